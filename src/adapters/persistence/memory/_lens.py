"""What is stored, turned into what one actor may see of it: cards, with everything that is wanted below them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from operator import attrgetter

import attrs

from adapters.persistence.memory._order_lines import line_card
from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._people import memberships_of
from adapters.persistence.memory._promotions import MemoryPromotionBook
from adapters.persistence.memory._shops import Shop, Shops
from adapters.persistence.memory._special_prices import prices_in
from application.authorization import (
    Actor,
    ActorKind,
    Permission,
    price_hidden_from,
    sees_customers,
    sees_verifications,
    veil_for,
)
from application.views.catalog import (
    BrandCard,
    CategoryCard,
    CategoryWant,
    ProductCard,
    ProductWant,
    SkuCard,
    SkuHead,
    SkuWant,
)
from application.views.customers import (
    MOST_HISTORY,
    BranchesWant,
    BuyerCard,
    BuyerWant,
    CustomerCard,
    CustomerWant,
    GroupCard,
    GroupTimeCard,
    OwnershipCard,
    TierCard,
    ownership_cards,
)
from application.views.inventory import StockCard, StockWant, WarehouseCard
from application.views.orders import (
    CompanyCard,
    LineWant,
    OrderCard,
    OrderLineCard,
    OrdersWant,
    OrderWant,
    SalesRepCard,
    card_of,
)
from application.views.pages import Key, Slice
from application.views.promotions import concerning
from application.views.registering import VerificationCard, verification_card
from application.views.stock_levels import StockLevel, StockSight
from domain.catalog import Brand, Category, Product, Sku
from domain.customers import Buyer, Customer, CustomerAddress
from domain.groups import CustomerGroup, Tag
from domain.identity import CustomerId, ProductId, SkuId, StaffId
from domain.inventory import StockItem, Warehouse
from domain.ordering import Order, OrderLine
from domain.ownership import owners_at
from domain.price_choice import NO_PRICES
from domain.pricing import PriceTier
from domain.privacy import Veil
from domain.promotions import Classified, Promotion
from domain.visibility import FOR_EVERYONE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@attrs.frozen(slots=False)
class Lens:
    """Turns what is stored into what the actor may see of it."""

    vault: Shops
    actor: Actor
    at: datetime
    shop: Shop = attrs.field(
        init=False, default=attrs.Factory(lambda own: own.vault.shop(own.actor.merchant_id), takes_self=True)
    )
    """As it was when the lens was made."""
    veil: Veil = attrs.field(default=attrs.Factory(lambda lens: veil_for(lens.actor), takes_self=True))

    @cached_property
    def bought(self) -> frozenset[ProductId]:
        """What the actor's company has ordered, and not called off."""
        theirs = (one for one in self.shop.orders.values() if one.customer_id == self.actor.customer_id)
        return frozenset(id for one in theirs if one.stands for id in one.product_ids)

    def shows(self, id: ProductId) -> bool:
        return self.shop.shows(id, self.actor)

    def shows_sku(self, id: SkuId) -> bool:
        """Tell whether there is such a SKU, and the actor is shown its product."""
        return id in self.shop.skus and self.shows(self.shop.skus[id])

    def product(self, product: Product, want: ProductWant) -> ProductCard:
        wanted = want.skus
        skus = (sku for sku in product.skus if sku.for_sale)
        brand = self.shop.brands.get(product.brand_id) if want.brand and product.brand_id else None
        place = self.shop.categories[product.category_id] if product.category_id else None
        return ProductCard(
            id=product.id,
            name=product.name,
            description=product.description if want.description else "",
            for_sale=product.for_sale,
            brand=brand_card(brand) if brand else None,
            category=self.category(place, want.category) if place and want.category else None,
            skus=tuple(self.sku(sku, wanted) for sku in skus) if wanted else (),
            pools_breaks=product.pools_breaks,
            visibility=self.shop.visibilities.get(product.id, FOR_EVERYONE) if want.visibility else None,
            bought_before=want.bought_before and product.id in self.bought,
            promotions=self._promotions(product) if want.promotions else (),
        )

    def _promotions(self, product: Product) -> tuple[Promotion, ...]:
        """What the actor is told of that the product can have a part in, while it is for sale."""
        goods = [
            Classified(
                sku_id=listing.sku.id,
                product_id=product.id,
                category_ids=listing.category_ids,
                brand_id=listing.brand_id,
            )
            for listing in (self.shop.listing(sku.id, placed=True) for sku in product.skus)
            if listing is not None and listing.for_sale
        ]
        return concerning(self._on_offer, goods)

    @cached_property
    def _on_offer(self) -> tuple[Promotion, ...]:
        return MemoryPromotionBook(self.vault, self.actor, self.at).shown()

    def sku(self, sku: Sku, want: SkuWant) -> SkuCard:
        hidden = price_hidden_from(self.actor)
        return SkuCard(
            id=sku.id,
            code=sku.code,
            name=sku.name,
            product_id=self.shop.skus[sku.id],
            unit=sku.unit,
            min_quantity=sku.rule.minimum,
            quantity_step=sku.rule.step,
            barcode=sku.barcode,
            options=sku.options,
            packs=sku.packs,
            for_sale=sku.for_sale,
            prices=prices_in(self.shop, self.actor, sku.id, at=self.at)
            if want.price and not hidden
            else NO_PRICES,
            price_hidden=hidden,
            stock=self._stock(sku) if want.stock else None,
            rule=sku.rule,
            product=self.product(self.shop.products[self.shop.skus[sku.id]], want.product)
            if want.product
            else None,
        )

    def category(self, category: Category, want: CategoryWant) -> CategoryCard:
        above = self.shop.categories[category.parent_id] if category.parent_id and want.parent else None
        return CategoryCard(
            id=category.id,
            name=category.name,
            parent_id=category.parent_id,
            parent=self.category(above, want.parent) if above and want.parent else None,
        )

    def orders(self, customer_id: CustomerId | None, want: OrdersWant) -> Slice[OrderCard]:
        """A page of the orders the actor may see, of one customer or of all."""
        found = (
            order
            for order in self.shop.orders.values()
            if want.filter.status in (None, order.status)
            and (customer_id is None or self._counts(order, customer_id, branches=want.filter.branches))
            and self.sees(order)
        )
        return cut(
            found,
            want.window,
            key=_newest_key,
            card=lambda order: self.order(order, want.want),
            count=want.count,
            descending=True,
        )

    def _counts(self, order: Order, customer_id: CustomerId, *, branches: bool) -> bool:
        """Tell whether an order is a customer's, or that of a company below it where these count as well."""
        below = branches and customer_id in self.shop.above(order.customer_id)
        return order.customer_id == customer_id or below

    def sees(self, order: Order) -> bool:
        return self.actor.has(Permission.VIEW_ORDERS) and self.shop.reaches(self.actor, order.customer_id)

    def sees_customer(self, id: CustomerId) -> bool:
        return sees_customers(self.actor) and self.shop.reaches(self.actor, id)

    def order(self, order: Order, want: OrderWant) -> OrderCard:
        seen = self.sees_customer(order.customer_id)
        lines, customer, buyer = want.lines, seen and want.customer, seen and want.buyer
        card = card_of(order, self.veil)._replace(
            lines=tuple(self._line(line, lines) for line in order.lines) if lines else (),
            customer=self.customer(self.shop.customers[order.customer_id], customer) if customer else None,
            buyer=self._buyer_of(order, buyer) if buyer else None,
        )
        if want.placed_by or want.owners:
            card = card._replace(placed_by=self._company(order.placed_by_id or order.customer_id))
        if want.owners:
            rep, agent = order.owners.sales_rep_id, order.owners.agent_id
            card = card._replace(
                sales_rep=self._sales_rep(rep) if rep else None, agent=self._company(agent) if agent else None
            )
        if not want.details:
            card = card._replace(
                payment_method=None, requested_delivery_date=None, purchase_order_number=None
            )
        if not want.promotions:
            card = card._replace(promotions=())
        if not want.amended:
            card = card._replace(adjusted=None, rounded=None, settled_total=None)
        return card if want.personal else card._replace(note=None, address=None)

    def _buyer_of(self, order: Order, want: BuyerWant) -> BuyerCard | None:
        """Whoever placed it: where it was somebody of a company above, those below do not see them."""
        found = self.shop.buyers.get(order.buyer_id)
        return self.buyer(found, want) if found and self.sees_customer(found.customer_id) else None

    def _line(self, line: OrderLine, want: LineWant) -> OrderLineCard:
        return line_card(
            line, want, sku=self.head(line.sku_id, want.sku) if self.shows_sku(line.sku_id) else None
        )

    def head(self, sku_id: SkuId, want: SkuWant | None) -> SkuHead | SkuCard:
        """The SKU below another row: what it is called, or what is wanted of it."""
        sku = self.shop.sku(sku_id)
        return SkuHead(id=sku.id, code=sku.code, name=sku.name) if want is None else self.sku(sku, want)

    def customer(self, customer: Customer, want: CustomerWant) -> CustomerCard:
        sorted_ = self.actor.has(Permission.VIEW_CUSTOMERS)
        return CustomerCard(
            id=customer.id,
            name=customer.name,
            tier=tier_card(self.shop.tiers[customer.tier_id]),
            addresses=tuple(map(self._address, customer.addresses)) if want.addresses else (),
            groups=self._groups(customer.id) if sorted_ and want.groups else (),
            group_history=self._history(customer.id) if sorted_ and want.group_history else (),
            tags=self._tags(customer.id) if sorted_ and want.tags else (),
            orders={one: self.orders(customer.id, one) for one in want.orders},
            verification=self.verification(customer.id) if want.verification else None,
            buyers=tuple(self._buyers_of(customer.id, want.buyers)) if want.buyers else (),
            parent=self._company(customer.parent_id) if want.parent and customer.parent_id else None,
            branches={one: self._branches(customer, one) for one in want.branches},
            ownerships=self._ownerships(customer) if want.ownerships else (),
        )

    def _address(self, one: CustomerAddress) -> CustomerAddress:
        return attrs.evolve(one, address=self.veil.address(one.address))

    def _buyers_of(self, customer_id: CustomerId, want: BuyerWant) -> Iterator[BuyerCard]:
        for buyer in sorted(self.shop.buyers.values(), key=lambda one: one.id):
            if buyer.customer_id == customer_id:
                yield self.buyer(buyer, want)

    def _branches(self, customer: Customer, want: BranchesWant) -> Slice[CustomerCard]:
        return cut(
            (one for one in self.shop.customers.values() if one.parent_id == customer.id),
            want.window,
            key=lambda one: (one.name, one.id),
            card=lambda one: self.customer(one, want.want),
            count=want.count,
        )

    def _ownerships(self, customer: Customer) -> tuple[OwnershipCard, ...]:
        history = [one for one in self.shop.ownerships.values() if one.customer_id == customer.id]
        owners = {one.owner_id for one in history}
        return ownership_cards(
            history,
            {one: self._company(one) for one in owners if isinstance(one, CustomerId)},
            {one: self._sales_rep(one) for one in owners if isinstance(one, StaffId)},
        )

    def _groups(self, customer_id: CustomerId) -> tuple[GroupCard, ...]:
        times = self.shop.memberships.values()
        now = (one.group_id for one in times if one.customer_id == customer_id and one.until is None)
        groups = sorted((self.shop.groups[id] for id in now), key=by_place)
        return tuple(map(group_card, groups))

    def _history(self, customer_id: CustomerId) -> tuple[GroupTimeCard, ...]:
        times = [one for one in self.shop.memberships.values() if one.customer_id == customer_id]
        newest = sorted(sorted(times, key=attrgetter("group_id")), key=attrgetter("since"), reverse=True)
        return tuple(
            GroupTimeCard(group_card(self.shop.groups[one.group_id]), one.since, one.until)
            for one in newest[:MOST_HISTORY]
        )

    def _tags(self, customer_id: CustomerId) -> tuple[Tag, ...]:
        found = self.shop.tags.get(customer_id)
        return tuple(sorted(found.tags)) if found else ()

    def sales_rep_of(self, id: CustomerId) -> StaffId | None:
        """Who looks after a customer now."""
        history = [one for one in self.shop.ownerships.values() if one.customer_id == id]
        return owners_at(history, self.at).sales_rep_id

    def _company(self, id: CustomerId) -> CompanyCard:
        return CompanyCard(id=id, name=self.shop.customers[id].name)

    def _sales_rep(self, id: StaffId) -> SalesRepCard:
        return SalesRepCard(id=id, name=self.veil.name(self.shop.staff[id].name))

    def verification(self, id: CustomerId) -> VerificationCard | None:
        """Where the verification of a company stands, if the actor may see it."""
        case = self.shop.verifications.get(id)
        if case is None or not (sees_verifications(self.actor) and own_or_any(self.actor, id)):
            return None
        day = self.actor.merchant.day_of(self.at)
        name = self.shop.customers[id].name
        return verification_card(case, name=name, actor=self.actor, day=day)

    def buyer(self, buyer: Buyer, want: BuyerWant) -> BuyerCard:
        customer = self.shop.customers[buyer.customer_id]
        mine = want.memberships and buyer.id == self.actor.person_id
        return BuyerCard(
            id=buyer.id,
            name=self.veil.name(buyer.name),
            role=buyer.role,
            customer=self.customer(customer, want.customer) if want.customer else None,
            memberships=memberships_of(self.vault, self.actor) if mine else (),
            suspended=buyer.suspended,
        )

    def stock(self, item: StockItem, want: StockWant) -> StockCard:
        return StockCard(
            sku=self.head(item.sku_id, want.sku),
            warehouse=warehouse_card(self.shop.warehouses[item.warehouse_id]),
            on_hand=item.on_hand,
            reserved=item.reserved,
            available=item.available,
        )

    def _stock(self, sku: Sku) -> StockLevel:
        return StockSight.of(self.actor).level(self.shop.available(sku.id), low_stock=sku.low_stock)


def own_or_any(actor: Actor, customer_id: CustomerId) -> bool:
    """Tell whether a company's verification is the actor's to see: buyers that of the own one, guests none."""
    if actor.kind is ActorKind.BUYER:
        return customer_id == actor.customer_id
    return actor.kind is not ActorKind.GUEST


def brand_card(brand: Brand) -> BrandCard:
    return BrandCard(id=brand.id, name=brand.name)


def tier_card(tier: PriceTier) -> TierCard:
    return TierCard(id=tier.id, code=tier.code, name=tier.name)


def group_card(group: CustomerGroup) -> GroupCard:
    return GroupCard(id=group.id, kind=group.kind, name=group.name, parent_id=group.parent_id)


def by_place(group: CustomerGroup) -> tuple[object, ...]:
    """The order of groups: those above before those below."""
    return (group.ancestors, group.name, group.id)


def warehouse_card(warehouse: Warehouse) -> WarehouseCard:
    return WarehouseCard(id=warehouse.id, code=warehouse.code, name=warehouse.name)


def _newest_key(order: Order) -> Key:
    return ((order.placed_at - _EPOCH) // _MICROSECOND, order.id)
