"""Things to test with: builders with readable defaults, a clock that stands still, ids that count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from types import MappingProxyType

import attrs

from application.authorization import Actor
from application.inventory import StockChange
from application.ordering import Wishes
from application.ports.clock import AnyId, Clock, Ids
from application.ports.text_messages import TextMessageFailed, TextMessages
from application.ports.tokens import Claims
from domain.catalog import Brand, Category, Pack, Product, QuantityRule, Sku, Unit
from domain.customers import Address, Buyer, CompanyName, Customer, CustomerAddress, Role
from domain.groups import CustomerGroup, CustomerTags, GroupKind, GroupMembership, GroupName, Tag
from domain.identity import (
    AddressId,
    BrandId,
    BuyerId,
    CategoryId,
    CustomerGroupId,
    CustomerId,
    Id,
    IdempotencyKey,
    InvitationId,
    MerchantId,
    MovementId,
    OrderId,
    PriceListId,
    PriceTierId,
    ProductId,
    SkuCode,
    SkuId,
    StaffId,
    WarehouseId,
)
from domain.inventory import Movement, MovementReason, StockChanged, StockItem, Warehouse
from domain.invitations import Invitation, InvitationCode, PersonName, Welcome
from domain.merchant import Merchant, PaymentMethod, Staff
from domain.money import Currency, Percentage, UnitPrice
from domain.ordering import Order, OrderLine, OrderPlaced, Terms
from domain.people import Phone
from domain.period import ALWAYS, Period
from domain.pricing import Ladder, PriceList, PriceSource, PriceTier, Rung
from domain.quantity import NONE, Factor, Quantity
from domain.quoting import Basket, BasketLine
from domain.trail import Facts, TrailNote
from domain.verification import (
    CompanyDetails,
    PictureReference,
    UnifiedSocialCreditCode,
    VerificationCase,
    VerificationState,
    VerificationStep,
)

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
"""Noon of a Monday in Shanghai."""
LONG_AGO = NOON - timedelta(days=365)
KEY = b"a key for tests, thirty-two octets"
ANY_WHOLE = QuantityRule()
BY_TRANSFER = Terms(payment_method=PaymentMethod.BANK_TRANSFER)


class FixedClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, instant: datetime = NOON) -> None:
        self._instant = instant

    def now(self) -> datetime:
        return self._instant

    def forward(self, step: timedelta = timedelta(minutes=1)) -> datetime:
        """Move the hands and read them."""
        self._instant += step
        return self._instant


@attrs.frozen
class Inbox(TextMessages):
    """Text messages that arrive here: the phone, the code, for how many minutes, in which language."""

    messages: list[tuple[Phone, str, int, str]] = attrs.field(factory=list)
    fails: list[bool] = attrs.field(factory=list)
    """While there is something in it, nothing arrives; the first says whether another try may do better."""

    def send_code(self, phone: Phone, code: str, *, minutes: int, locale: str) -> None:
        if self.fails:
            raise TextMessageFailed(self.fails[0])
        self.messages.append((phone, code, minutes, locale))

    @property
    def code(self) -> str:
        """The last code that arrived."""
        return self.messages[-1][1]

    @property
    def wrong(self) -> str:
        """A code that is not the last one."""
        return f"{(int(self.code) + 1) % 1_000_000:06}"


class SeededIds(Ids):
    """Identities counted from one, never the same for two seeds."""

    def __init__(self, seed: int = 0) -> None:
        self._seed, self._count = seed.to_bytes(8, "big"), count(1)

    def new(self, kind: type[AnyId]) -> AnyId:
        return kind.of(self._seed + next(self._count).to_bytes(8, "big"))


def pieces(number: Decimal | int | str) -> Quantity:
    """A quantity as one writes it."""
    return Quantity.of(number)


def yuan(number: Decimal | int | str) -> UnitPrice:
    """A price in the usual currency."""
    return UnitPrice.of(number, Currency.CNY)


def ladder(*rungs: tuple[Decimal | int | str, Decimal | int | str]) -> Ladder:
    """A ladder of (from how many, at which price or, where it ends in `%`, which share)."""
    return Ladder.of(Rung(pieces(least), _price(price)) for least, price in rungs)


def merchant(
    ids: Ids, *, slug: str = "shanquan", name: str = "山泉食品", guest_prices: bool = False
) -> Merchant:
    """A wholesaler of drinks."""
    return Merchant(id=ids.new(MerchantId), slug=slug, name=name, guest_prices=guest_prices)


def staff(ids: Ids, *, name: str = "王店长", permissions: Iterable[str] = ()) -> Staff:
    """A person who works for the merchant."""
    return Staff(id=ids.new(StaffId), name=name, permissions=frozenset(permissions))


def tier(ids: Ids, *, code: str = "REGULAR", name: str = "普通", percentage: str | None = None) -> PriceTier:
    """A price tier."""
    share = None if percentage is None else Percentage.of(percentage)
    return PriceTier(id=ids.new(PriceTierId), code=code, name=name, percentage=share)


def price_list(
    ids: Ids,
    *,
    source: PriceSource = PriceSource.BASE,
    name: str = "",
    priority: int = 0,
    tier: PriceTier | None = None,
    customer: Customer | None = None,
    group: CustomerGroup | None = None,
    region: CustomerGroup | None = None,
    validity: Period = ALWAYS,
) -> PriceList:
    """A price list, by default the base price."""
    return PriceList(
        id=ids.new(PriceListId),
        source=source,
        name=name or source.value,
        priority=priority,
        tier=tier,
        customer_id=customer.id if customer else None,
        group_id=group.id if group else None,
        region_id=region.id if region else None,
        validity=validity,
    )


def address(*, recipient: str = "李老板", street: str = "人民路 1 号") -> Address:
    """Where goods go."""
    return Address(recipient=recipient, phone="13800000000", region="浙江省杭州市", street=street)


def customer(
    ids: Ids, *, tier: PriceTier, name: str = "便利店", addresses: int = 1, parent: Customer | None = None
) -> Customer:
    """A buying company, perhaps a branch of another."""
    book = tuple(
        CustomerAddress(id=ids.new(AddressId), address=address(street=f"人民路 {at + 1} 号"))
        for at in range(addresses)
    )
    return Customer(
        id=ids.new(CustomerId),
        name=name,
        tier_id=tier.id,
        parent_id=None if parent is None else parent.id,
        addresses=book,
    )


def buyer(ids: Ids, *, customer: Customer, name: str = "小李", role: Role = Role.PURCHASER) -> Buyer:
    """A person who buys for the company."""
    return Buyer(id=ids.new(BuyerId), customer_id=customer.id, name=name, role=role)


def group(
    ids: Ids, *, name: str = "华东", kind: GroupKind = GroupKind.REGION, below: CustomerGroup | None = None
) -> CustomerGroup:
    """A group of customers, a region unless told."""
    return CustomerGroup.create(id=ids.new(CustomerGroupId), kind=kind, name=GroupName(name), below=below)


def membership(group: CustomerGroup, customer: Customer, *, since: datetime = LONG_AGO) -> GroupMembership:
    """A company in a group, since long ago unless told."""
    return GroupMembership(group_id=group.id, customer_id=customer.id, since=since)


def tags(customer: Customer, *words: str) -> CustomerTags:
    """The tags of a company."""
    return CustomerTags(customer_id=customer.id, tags=frozenset(map(Tag, words)))


def invitation(
    ids: Ids,
    *,
    code: str = "ABCDEFGH23",
    welcome: Welcome = Welcome(),
    most_uses: int = 1,
    made_by: Staff | None = None,
    at: datetime = NOON,
    lasts: timedelta = timedelta(days=7),
) -> Invitation:
    """A code for a new company."""
    return Invitation(
        id=ids.new(InvitationId),
        code=InvitationCode(code),
        welcome=welcome,
        most_uses=most_uses,
        made_by=None if made_by is None else made_by.id,
        made_at=at,
        expires_at=at + lasts,
    )


def company_details(*, legal_name: str = "杭州山泉便利店", valid_until: date | None = None) -> CompanyDetails:
    """What a company says of itself."""
    return CompanyDetails(
        legal_name=CompanyName(legal_name),
        code=UnifiedSocialCreditCode("91350100M000100Y43"),
        contact=PersonName("王老板"),
        phone=Phone("13811112222"),
        picture=PictureReference("cos://licences/1.jpg"),
        valid_until=valid_until,
    )


def verification(
    customer: Customer, *, by: Buyer | None = None, details: CompanyDetails | None = None, at: datetime = NOON
) -> VerificationCase:
    """The verification of a company: a draft, or handed in with what it says."""
    person = None if by is None else by.id
    begun = VerificationCase.begin(customer.id, by=person, at=at)
    steps = (*begun.steps, VerificationStep(state=VerificationState.SUBMITTED, at=at, by=person))
    return attrs.evolve(
        begun, details=details, steps=begun.steps if details is None else steps, events=(), version=1
    )


def category(ids: Ids, *, name: str = "饮料", below: Category | None = None, position: int = 0) -> Category:
    """A place in the tree of goods."""
    ancestors = (*below.ancestors, below.id) if below else ()
    return Category(id=ids.new(CategoryId), name=name, ancestors=ancestors, position=position)


def brand(ids: Ids, *, name: str = "山泉") -> Brand:
    """A brand."""
    return Brand(id=ids.new(BrandId), name=name)


def case_of(many: int) -> Pack:
    """A case of so many of the base unit."""
    return Pack(Unit.named("箱"), Factor(many))


def sku(
    ids: Ids,
    *,
    code: str = "TEA-1",
    name: str = "柠檬茶 500ml",
    unit: str = "瓶",
    packs: Sequence[Pack] = (),
    rule: QuantityRule = ANY_WHOLE,
    barcode: str | None = None,
    low_stock: Quantity | None = None,
    for_sale: bool = True,
) -> Sku:
    """A SKU sold by the bottle, one and more."""
    return Sku(
        id=ids.new(SkuId),
        code=SkuCode(code),
        name=name,
        unit=Unit.named(unit),
        packs=tuple(packs),
        rule=rule,
        barcode=barcode,
        low_stock=low_stock,
        for_sale=for_sale,
    )


def product(
    ids: Ids,
    *,
    name: str = "柠檬茶",
    skus: Sequence[Sku] = (),
    position: int = 0,
    description: str = "",
    category: Category | None = None,
    brand: Brand | None = None,
    for_sale: bool = True,
) -> Product:
    """A product with one SKU unless others are given."""
    return Product(
        id=ids.new(ProductId),
        name=name,
        skus=tuple(skus) or (sku(ids),),
        position=position,
        description=description,
        category_id=category.id if category else None,
        brand_id=brand.id if brand else None,
        for_sale=for_sale,
    )


def warehouse(ids: Ids, *, code: str = "MAIN", name: str = "主仓", priority: int = 0) -> Warehouse:
    """A place where goods are kept."""
    return Warehouse(id=ids.new(WarehouseId), code=code, name=name, priority=priority)


def stock_item(sku: Sku, warehouse: Warehouse, *, on_hand: Decimal | int | str) -> StockItem:
    """So much of a SKU in a warehouse, none of it promised."""
    there = pieces(on_hand)
    return StockItem(sku_id=sku.id, warehouse_id=warehouse.id, on_hand=there, available=there)


def opening(ids: Ids, item: StockItem, *, at: datetime = NOON) -> Movement:
    """The movement that explains what is on hand from the start."""
    return Movement(
        id=ids.new(MovementId),
        sku_id=item.sku_id,
        warehouse_id=item.warehouse_id,
        change=item.on_hand,
        before=NONE,
        after=item.on_hand,
        reason=MovementReason.OPENING,
        at=at,
    )


def movement(
    ids: Ids,
    item: StockItem,
    *,
    change: Decimal | int | str,
    reason: MovementReason = MovementReason.RECEIPT,
    at: datetime = NOON,
) -> Movement:
    """A change of what is on hand, from what the item says is there."""
    by = pieces(change)
    return Movement(
        id=ids.new(MovementId),
        sku_id=item.sku_id,
        warehouse_id=item.warehouse_id,
        change=by,
        before=item.on_hand,
        after=item.on_hand + by,
        reason=reason,
        at=at,
    )


def stock_changed(*movements: Movement, at: datetime = NOON) -> StockChanged:
    """The fact that goods were received."""
    ids = tuple(one.id for one in movements)
    return StockChanged(at=at, movement_ids=ids, reason=MovementReason.RECEIPT)


def trail_note(
    *,
    about: Id,
    operation: str = "confirmOrder",
    at: datetime = NOON,
    before: Facts = MappingProxyType({"status": "SUBMITTED"}),
    after: Facts = MappingProxyType({"status": "CONFIRMED"}),
) -> TrailNote:
    """What there is to note of an order that was confirmed."""
    return TrailNote(at=at, operation=operation, about=about, before=before, after=after)


def key(text: str = "one") -> IdempotencyKey:
    """What a client calls one intention."""
    return IdempotencyKey(text)


def guest(merchant: Merchant) -> Actor:
    """Somebody who has not signed in."""
    return Actor.guest(merchant)


def operator(merchant: Merchant) -> Actor:
    """Whoever runs the installation."""
    return Actor.operator(merchant)


def claims(actor: Actor) -> Claims:
    """What a token says of the actor, who is no guest."""
    assert actor.person_id is not None, "guests have no token"
    return Claims(
        merchant_id=actor.merchant_id,
        kind=actor.kind,
        person_id=actor.person_id,
        customer_id=actor.customer_id,
        session_id=actor.session_id,
    )


def basket(*lines: tuple[Sku, Decimal | int | str]) -> Basket:
    """So many of each SKU, in its base unit."""
    return Basket(tuple(BasketLine(sku_id=sku.id, quantity=Decimal(number)) for sku, number in lines))


def stock_change(sku: Sku, warehouse: Warehouse, number: Decimal | int | str) -> StockChange:
    """So many of the SKU more, or fewer, in the warehouse."""
    return StockChange(sku_id=sku.id, warehouse=warehouse.id, quantity=Decimal(number))


def wishes(*, payment_method: PaymentMethod = PaymentMethod.BANK_TRANSFER) -> Wishes:
    """Nothing but how to pay."""
    return Wishes(payment_method=payment_method)


def order_line(
    product: Product,
    *,
    sku: Sku | None = None,
    quantity: Decimal | int | str = 2,
    price: Decimal | int | str = "3.50",
) -> OrderLine:
    """A line at a price, in the base unit."""
    one, many, each = sku or product.skus[0], pieces(quantity), yuan(price)
    return OrderLine(
        sku_id=one.id,
        sku_code=one.code,
        sku_name=one.name,
        product_id=product.id,
        unit_code=one.unit.code,
        unit_name=one.unit.name,
        quantity=many,
        base_quantity=many,
        unit_price=each,
        list_price=each,
        price_source=PriceSource.BASE,
        total=each.times(many),
    )


def order(
    ids: Ids,
    *,
    buyer: Buyer,
    lines: Sequence[OrderLine],
    at: datetime = NOON,
    number: str = "",
    terms: Terms = BY_TRANSFER,
) -> Order:
    """An order just placed and not yet stored, with the fact that it was placed."""
    placed = Order(
        id=ids.new(OrderId),
        number=number,
        customer_id=buyer.customer_id,
        buyer_id=buyer.id,
        lines=tuple(lines),
        currency=Currency.CNY,
        terms=terms,
        placed_at=at,
    )
    return attrs.evolve(placed, events=(OrderPlaced(at=at, order_id=placed.id),))


def as_stored(order: Order, *, number: int) -> Order:
    """The order as an import has it: with a number, and a version for every fact."""
    return attrs.evolve(order, number=f"DH{number:08d}", version=len(order.events))


def _price(price: Decimal | int | str) -> UnitPrice | Percentage:
    if isinstance(price, str) and price.endswith("%"):
        return Percentage.of(price.removesuffix("%"))
    return yuan(price)
