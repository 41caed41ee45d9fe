"""What one merchant has stored, and the place where the committed state of every merchant is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

import attrs

from adapters.persistence.tables import microseconds
from application.authorization import Actor, ActorKind, sees_product
from application.ports.floors import FloorApproval
from application.ports.quantity_rules import Allowance
from application.ports.storage import Answer
from domain.cart import Cart
from domain.catalog import Brand, Category, Listing, Product, Sku
from domain.coupons import Coupon, CouponTemplate
from domain.customers import MOST_ABOVE, Buyer, Customer
from domain.events import Event
from domain.floors import SkuFloor, usual_margin
from domain.groups import CustomerGroup, CustomerTags, GroupMembership
from domain.identity import (
    BrandId,
    BuyerId,
    CategoryId,
    CouponId,
    CouponTemplateId,
    CustomerGroupId,
    CustomerId,
    IdempotencyKey,
    InvitationId,
    MerchantId,
    MovementId,
    OrderId,
    OrderTemplateId,
    PersonId,
    PriceBatchId,
    PriceListId,
    PriceTierId,
    ProductId,
    PromotionId,
    ShoppingListId,
    SkuCode,
    SkuId,
    SpecialPriceId,
    StaffId,
    WarehouseId,
)
from domain.inventory import Movement, Reservation, StockItem, Warehouse
from domain.invitations import Invitation
from domain.ladders import AnyLadder, DatedLadder, Ladders
from domain.merchant import Merchant, Staff
from domain.money import Percentage, UnitPrice
from domain.ordering import Amendment, Order
from domain.own_names import OwnName
from domain.ownership import OwnerKind, Ownership
from domain.period import Period
from domain.price_batches import BatchState, PriceBatch
from domain.pricing import PriceList, PriceSource, PriceTier
from domain.promotions import Promotion, PromotionInput, Usage
from domain.quantity import NONE, Quantity
from domain.searching import MissedSearch
from domain.shopping import OrderTemplate, ShoppingList
from domain.special_prices import OrderSpecial, SpecialPrice
from domain.trail import TrailEntry, TrailHead
from domain.verification import VerificationCase
from domain.visibility import FOR_EVERYONE, NOBODY, Audience, Visibility

WAIT_S = 10.0


@attrs.frozen(kw_only=True)
class Fact:
    """One fact in the outbox; the sequence counts from one for each aggregate."""

    aggregate_id: str
    sequence: int
    event: Event
    told: bool = False


@attrs.frozen
class Claim:
    """A key that was used: with which fingerprint, and how it ended, where it has."""

    fingerprint: str
    answer: Answer | None = None


Place: TypeAlias = tuple[PriceListId, SkuId]


@attrs.frozen
class Held:
    """A ladder as it is kept, and the batch that says when it holds, if any."""

    ladder: DatedLadder
    batch_id: PriceBatchId | None = None

    @property
    def key(self) -> tuple[str | None, Period, int, PriceBatchId | None]:
        """What a list has once of a SKU."""
        return (self.ladder.unit, self.ladder.validity, self.ladder.priority, self.batch_id)


@attrs.define(kw_only=True)
class Shop:
    """Everything one merchant has stored, by its keys. What is in a table is frozen; the tables are not."""

    merchants: dict[MerchantId, Merchant] = attrs.Factory(dict)
    staff: dict[StaffId, Staff] = attrs.Factory(dict)
    tiers: dict[PriceTierId, PriceTier] = attrs.Factory(dict)
    lists: dict[PriceListId, PriceList] = attrs.Factory(dict)
    customers: dict[CustomerId, Customer] = attrs.Factory(dict)
    groups: dict[CustomerGroupId, CustomerGroup] = attrs.Factory(dict)
    memberships: dict[tuple[CustomerGroupId, CustomerId, datetime], GroupMembership] = attrs.Factory(dict)
    tags: dict[CustomerId, CustomerTags] = attrs.Factory(dict)
    ownerships: dict[tuple[CustomerId, OwnerKind, datetime], Ownership] = attrs.Factory(dict)
    carts: dict[CustomerId, Cart] = attrs.Factory(dict)
    shopping_lists: dict[ShoppingListId, ShoppingList] = attrs.Factory(dict)
    order_templates: dict[OrderTemplateId, OrderTemplate] = attrs.Factory(dict)
    own_names: dict[tuple[CustomerId, OwnName], tuple[SkuId, datetime]] = attrs.Factory(dict)
    """Which SKU a company means by a name, and since when."""
    buyers: dict[BuyerId, Buyer] = attrs.Factory(dict)
    invitations: dict[InvitationId, Invitation] = attrs.Factory(dict)
    coupon_templates: dict[CouponTemplateId, CouponTemplate] = attrs.Factory(dict)
    coupons: dict[CouponId, Coupon] = attrs.Factory(dict)
    verifications: dict[CustomerId, VerificationCase] = attrs.Factory(dict)
    categories: dict[CategoryId, Category] = attrs.Factory(dict)
    brands: dict[BrandId, Brand] = attrs.Factory(dict)
    products: dict[ProductId, Product] = attrs.Factory(dict)
    skus: dict[SkuId, ProductId] = attrs.Factory(dict)
    codes: dict[SkuCode, SkuId] = attrs.Factory(dict)
    visibilities: dict[ProductId, Visibility] = attrs.Factory(dict)
    """Of the products that not everyone sees."""
    allowances: dict[tuple[CustomerId, SkuId], Allowance] = attrs.Factory(dict)
    floors: dict[SkuId, SkuFloor] = attrs.Factory(dict)
    margins: dict[CategoryId, Percentage] = attrs.Factory(dict)
    approvals: dict[tuple[CustomerId, SkuId], FloorApproval] = attrs.Factory(dict)
    """What customers may have below its floor."""
    ladders: dict[tuple[PriceListId, SkuId], tuple[Held, ...]] = attrs.Factory(dict)
    batches: dict[PriceBatchId, PriceBatch] = attrs.Factory(dict)
    promotions: dict[PromotionId, Promotion] = attrs.Factory(dict)
    promotions_used: dict[PromotionId, Usage] = attrs.Factory(dict)
    """How much of each that has a budget was used by all customers together."""
    promotion_customers: dict[tuple[PromotionId, CustomerId], int] = attrs.Factory(dict)
    order_inputs: dict[OrderId, PromotionInput] = attrs.Factory(dict)
    special_prices: dict[SpecialPriceId, SpecialPrice] = attrs.Factory(dict)
    specials_taken: dict[SpecialPriceId, int] = attrs.Factory(dict)
    special_customers: dict[tuple[SpecialPriceId, CustomerId], int] = attrs.Factory(dict)
    order_specials: dict[OrderId, tuple[OrderSpecial, ...]] = attrs.Factory(dict)
    amendments: dict[OrderId, tuple[Amendment, ...]] = attrs.Factory(dict)
    warehouses: dict[WarehouseId, Warehouse] = attrs.Factory(dict)
    stock: dict[tuple[SkuId, WarehouseId], StockItem] = attrs.Factory(dict)
    movements: dict[MovementId, Movement] = attrs.Factory(dict)
    reservations: dict[OrderId, tuple[Reservation, ...]] = attrs.Factory(dict)
    orders: dict[OrderId, Order] = attrs.Factory(dict)
    numbers: dict[str, OrderId] = attrs.Factory(dict)
    answers: dict[tuple[str, str, IdempotencyKey], Claim] = attrs.Factory(dict)
    outbox: dict[str, tuple[Fact, ...]] = attrs.Factory(dict)
    counters: dict[str, int] = attrs.Factory(dict)
    erasures: dict[PersonId, datetime] = attrs.Factory(dict)
    missed: dict[tuple[str, str], MissedSearch] = attrs.Factory(dict)
    """By their text, and by the company or nothing."""
    trail: dict[int, TrailEntry] = attrs.Factory(dict)
    trail_heads: dict[MerchantId, TrailHead] = attrs.Factory(dict)

    def copy(self) -> Shop:
        """The same shop with tables of its own."""
        return self._with(dict)

    def sealed(self) -> Shop:
        """The same shop with tables that cannot be written to."""
        return self._with(MappingProxyType)

    def record(self, aggregate_id: str, events: Iterable[Event], *, told: bool = False) -> None:
        """Append facts to the outbox of their aggregate."""
        before = self.outbox.get(aggregate_id, ())
        numbered = enumerate(events, start=len(before) + 1)
        facts = (
            Fact(aggregate_id=aggregate_id, sequence=at, event=event, told=told) for at, event in numbered
        )
        self.outbox[aggregate_id] = (*before, *facts)

    def sku(self, sku_id: SkuId) -> Sku:
        """Find a SKU that is known to be there."""
        return next(sku for sku in self.products[self.skus[sku_id]].skus if sku.id == sku_id)

    def listing(self, sku_id: SkuId, *, placed: bool = False) -> Listing | None:
        """Find a SKU with what it belongs to, and where that is in the catalog."""
        if sku_id not in self.skus:
            return None
        product, sku = self.products[self.skus[sku_id]], self.sku(sku_id)
        category = self.categories.get(product.category_id) if placed and product.category_id else None
        return Listing(
            sku,
            product.id,
            product.name,
            for_sale=product.for_sale and sku.for_sale,
            category_ids=frozenset((*category.ancestors, category.id)) if category else frozenset(),
            brand_id=product.brand_id if placed else None,
            pools_breaks=product.pools_breaks,
        )

    def lowest(self, sku_id: SkuId) -> UnitPrice | None:
        """The least that one of the base unit is sold for; None where the SKU has no floor."""
        floor = self.floors.get(sku_id)
        if floor is None:
            return None
        return floor.lowest(self.usual_margin(sku_id))

    def usual_margin(self, sku_id: SkuId) -> Percentage | None:
        """The margin of the nearest category of a SKU that has one."""
        category_id = self.products[self.skus[sku_id]].category_id
        line = () if category_id is None else (*self.categories[category_id].ancestors, category_id)
        return usual_margin(line, self.margins)

    def put_product(self, product: Product) -> None:
        """Keep a product, and which SKUs are its own."""
        self.products[product.id] = product
        for sku in product.skus:
            self.skus[sku.id] = product.id
            self.codes[sku.code] = sku.id

    def put_order(self, order: Order) -> Order:
        """Keep an order as it is, without its facts, and whose number it has."""
        stored = attrs.evolve(order, events=())
        self.orders[order.id] = stored
        self.numbers[order.number] = order.id
        return stored

    def available(self, sku_id: SkuId) -> Quantity:
        """Add up what is available over all warehouses."""
        of_sku = (self.stock.get((sku_id, warehouse_id)) for warehouse_id in self.warehouses)
        return sum((item.available for item in of_sku if item), NONE)

    def audience(self, customer_id: CustomerId) -> Audience:
        """Everything that the company goes by."""
        customer = self.customers.get(customer_id)
        if customer is None:
            return NOBODY
        groups = (
            one.group_id
            for one in self.memberships.values()
            if one.customer_id == customer_id and not one.until
        )
        lines = (self.groups[group_id].line for group_id in groups)
        return Audience.of(
            customer_id=customer_id, tier_id=customer.tier_id, group_ids=chain.from_iterable(lines)
        )

    def shows(self, product_id: ProductId, actor: Actor) -> bool:
        """Tell whether the actor is shown the product."""
        return sees_product(actor, self.visibilities.get(product_id, FOR_EVERYONE))

    def stores_all(self, visibility: Visibility) -> bool:
        """Tell whether everybody whom the visibility of a product names was stored."""
        named = visibility.shown_to | visibility.hidden_from
        return all(id in self.groups or id in self.tiers or id in self.customers for id in named)

    def note_restrictions(self, merchant_id: MerchantId) -> None:
        """Write down whether the merchant restricts anything."""
        merchant = self.merchants[merchant_id]
        self.merchants[merchant_id] = attrs.evolve(merchant, restricts_goods=bool(self.visibilities))

    def note_promotions(self, merchant_id: MerchantId, at: datetime) -> None:
        """Write down whether the merchant has promotions that hold, or will."""
        ends = [one.schedule.validity.end for one in self.promotions.values() if not one.suspended]
        promotes = any(end is None or end > at for end in ends)
        self.merchants[merchant_id] = attrs.evolve(self.merchants[merchant_id], promotes=promotes)

    def above(self, customer_id: CustomerId) -> Iterator[CustomerId]:
        """The companies above another, the nearest first."""
        one = self.customers.get(customer_id)
        for _ in range(MOST_ABOVE + 1):
            if one is None or one.parent_id is None:
                return
            yield one.parent_id
            one = self.customers.get(one.parent_id)

    def has_branches(self, customer_id: CustomerId) -> bool:
        """Tell whether anything is below the company."""
        return any(one.parent_id == customer_id for one in self.customers.values())

    def reaches(self, actor: Actor, customer_id: CustomerId) -> bool:
        """Tell whether the company is the actor's to see: buyers the own one and those below, guests none."""
        if actor.kind is ActorKind.BUYER:
            below = actor.has_branches and any(one == actor.customer_id for one in self.above(customer_id))
            return customer_id == actor.customer_id or below
        return actor.kind is not ActorKind.GUEST

    def said(self, list_id: PriceListId, sku_id: SkuId) -> AnyLadder:
        """What a list says of a SKU, whenever it holds; what is staged is not said."""
        live = (self.live(held) for held in self.ladders.get((list_id, sku_id), ()))
        return Ladders.put(one for one in live if one is not None)

    def live(self, held: Held) -> DatedLadder | None:
        """The ladder as it holds; None where its batch is not published."""
        if held.batch_id is None:
            return held.ladder
        batch = self.batches[held.batch_id]
        if batch.state is not BatchState.PUBLISHED or batch.published_at is None:
            return None
        validity, place = Period(batch.effective_from, None), microseconds(batch.published_at)
        return attrs.evolve(held.ladder, validity=validity, place=place)

    def ladders_for(
        self, customer_id: CustomerId | None, sku_id: SkuId, *, at: datetime | None = None
    ) -> Mapping[PriceList, AnyLadder]:
        """Every list the customer may get that did not end before, with what it says of the SKU."""
        asking = None if customer_id is None else self.customers.get(customer_id)
        lists = (self._seen_by(asking, one) for one in self.lists.values())
        return {
            one: self.said(one.id, sku_id)
            for one in lists
            if one is not None and (at is None or one.validity.end is None or at < one.validity.end)
        }

    def _seen_by(self, customer: Customer | None, one: PriceList) -> PriceList | None:
        """The list as the customer gets it; None where it is not for them."""
        audience = (one.tier and one.tier.id) or one.group_id or one.region_id
        if one.customer_id is None:
            if audience is None:
                return one
            return one if customer and audience in self.audience(customer.id).ids else None
        if customer is None:
            return None
        companies = [customer.id, *([] if one.source is PriceSource.CONTRACT else self.above(customer.id))]
        if one.customer_id not in companies:
            return None
        return attrs.evolve(one, distance=companies.index(one.customer_id))

    def stores_audience(self, one: PriceList) -> bool:
        """Tell whether everybody whom a list is for was stored."""
        named = ((one.tier and one.tier.id, self.tiers), (one.customer_id, self.customers))
        groups = ((one.group_id, self.groups), (one.region_id, self.groups))
        return all(id is None or id in there for id, there in (*named, *groups))

    def _with(self, table: Callable[[Any], Any]) -> Shop:
        return Shop(**{field.name: table(getattr(self, field.name)) for field in attrs.fields(Shop)})


def put(shop: Shop, place: Place, held: Sequence[Held]) -> None:
    """Keep what a list has of a SKU; nothing where there is nothing."""
    if held:
        shop.ladders[place] = tuple(held)
    else:
        shop.ladders.pop(place, None)


class Shops(Protocol):
    """Where shops are found."""

    @property
    def shops(self) -> Mapping[MerchantId, Shop]:
        """Those of every merchant."""
        ...

    def shop(self, merchant_id: MerchantId) -> Shop:
        """That of one merchant; an empty one where there is none."""
        ...


class Snapshot(Shops):
    """What was committed at one moment."""

    def __init__(self, shops: Mapping[MerchantId, Shop]) -> None:
        self._shops = shops

    @property
    def shops(self) -> Mapping[MerchantId, Shop]:
        return self._shops

    def shop(self, merchant_id: MerchantId) -> Shop:
        return self._shops.get(merchant_id, NOTHING)


NOTHING = Shop().sealed()
