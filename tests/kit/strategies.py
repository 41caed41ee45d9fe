"""Hypothesis strategies for the values of the domain, small enough to be read when an example fails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import attrs
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from domain.catalog import Option, Pack, Product, QuantityRule, Sku, Unit
from domain.customers import Address, Buyer, Customer, CustomerAddress, Role
from domain.identity import (
    AddressId,
    BuyerId,
    CustomerId,
    Id,
    OrderId,
    PriceListId,
    PriceTierId,
    ProductId,
    SkuCode,
    SkuId,
)
from domain.merchant import PaymentMethod
from domain.money import Currency, Money, Percentage, UnitPrice
from domain.ordering import Order, OrderLine, OrderPlaced, Side, Terms
from domain.period import ALWAYS, Period
from domain.pricing import Ladder, PriceList, PriceSource, PriceTier, QuantityBreak, Rung
from domain.quantity import Factor, Quantity

AnyId = TypeVar("AnyId", bound=Id)
T = TypeVar("T")

few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""For properties of what is stored: few examples, and one database for all of them."""

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
currencies = st.sampled_from(Currency)
percentages = st.integers(0, 20_000).map(Percentage)
factors = st.builds(
    Factor, st.sampled_from((1, 1, 2, 5, 12, 24, 1000)), st.sampled_from((1, 1, 1, 2, 3, 4, 1000))
)
units = st.sampled_from([Unit.named(name) for name in ("瓶", "箱", "包", "斤", "公斤", "托")])
rules = st.builds(
    QuantityRule,
    minimum=st.sampled_from((1, 2, 6, 10)).map(lambda pieces: Quantity(pieces * 1000)),
    step=st.sampled_from((1, 2, 3, 6)).map(lambda pieces: Quantity(pieces * 1000)),
)
instants = st.integers(0, 10**15 // 4).map(lambda micros: EARLIEST + timedelta(microseconds=micros))
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
names = st.text("茶柠檬汁水甲乙丙ßéAaBbZz09 -_%'\"\\", min_size=1, max_size=10).filter(
    lambda text: text == text.strip() and text != ""
)


def ids(kind: type[AnyId]) -> SearchStrategy[AnyId]:
    """Identities of one kind."""
    return st.binary(min_size=16, max_size=16).map(kind.of)


def codes(longest: int = 8) -> SearchStrategy[SkuCode]:
    """The merchant's codes of SKUs."""
    return st.text("ABCXYZ0123456789-", min_size=1, max_size=longest).map(SkuCode)


def money(
    currency: SearchStrategy[Currency] | Currency = Currency.CNY,
    *,
    least: int = -(10**12),
    most: int = 10**12,
) -> SearchStrategy[Money]:
    """Amounts, owed or owing."""
    kinds = st.just(currency) if isinstance(currency, Currency) else currency
    return st.builds(Money, st.integers(least, most), kinds)


def quantities(*, least: int = 1, most: int = 10**7) -> SearchStrategy[Quantity]:
    """Quantities by their thousandths: mostly whole, sometimes not, above zero unless told."""
    whole = st.integers(-(-least // 1000), most // 1000).map(lambda pieces: Quantity(pieces * 1000))
    return whole | st.integers(least, most).map(Quantity)


def decimals(*, places: int = 3, least: int = 1, most: int = 10**6) -> SearchStrategy[Decimal]:
    """Numbers as people write them, with so many decimals."""
    return st.integers(least, most).map(lambda number: Decimal(number).scaleb(-places))


def unit_prices(
    currency: Currency = Currency.CNY, *, scale: int = 4, most: int = 10**8
) -> SearchStrategy[UnitPrice]:
    """Prices of one unit with no more than `scale` decimals, free ones among them."""
    step = 10 ** (4 - scale)
    return st.integers(0, most // step).map(lambda steps: UnitPrice(steps * step, currency))


def rungs(currency: Currency = Currency.CNY, *, shares: bool = True, scale: int = 4) -> SearchStrategy[Rung]:
    """Breaks with a price or, where `shares`, a share of the base price."""
    price: SearchStrategy[UnitPrice | Percentage] = unit_prices(currency, scale=scale)
    return st.builds(Rung, quantities(least=1, most=10**6), price | percentages if shares else price)


def ladders(
    currency: Currency = Currency.CNY,
    *,
    shares: bool = True,
    scale: int = 4,
    fewest: int = 0,
    most: int = 5,
) -> SearchStrategy[Ladder]:
    """Ladders of so many rungs, no two from the same quantity on."""
    return st.lists(
        rungs(currency, shares=shares, scale=scale),
        min_size=fewest,
        max_size=most,
        unique_by=lambda rung: rung.min_quantity,
    ).map(Ladder.of)


@st.composite
def quantity_breaks(draw: DrawFn, currency: Currency = Currency.CNY) -> tuple[QuantityBreak, ...]:
    """A ladder in which every rung has its price, by ascending quantity."""
    ladder = draw(ladders(currency, shares=False, fewest=1))
    return ladder.over(ladder, scale=4)


@st.composite
def periods(draw: DrawFn) -> Period:
    """Periods that may be open at either end."""
    start = draw(st.none() | instants)
    length = draw(st.none() | st.integers(1, 10**14))
    if length is None:
        return Period(start=start)
    return Period(start=start, end=(start or EARLIEST) + timedelta(microseconds=length))


@st.composite
def tiers(draw: DrawFn) -> PriceTier:
    """Price tiers, with a percentage or without."""
    return PriceTier(
        id=draw(ids(PriceTierId)),
        code=draw(st.text("ABCVIP0123", min_size=1, max_size=8)),
        name=draw(names),
        percentage=draw(st.none() | percentages),
    )


@st.composite
def price_lists(
    draw: DrawFn,
    *,
    sources: Sequence[PriceSource] = tuple(one for one in PriceSource if one is not PriceSource.SPECIAL),
    tier: PriceTier | None = None,
    customer_id: CustomerId | None = None,
) -> PriceList:
    """Price lists for a fitting audience: this tier and this customer where given, else anybody's."""
    source = draw(st.sampled_from(sources))
    its_tier = tier or draw(tiers())
    with_tier = source is PriceSource.TIER or (source is PriceSource.PRICE_LIST and draw(st.booleans()))
    return PriceList(
        id=draw(ids(PriceListId)),
        source=source,
        name=draw(names),
        priority=draw(st.integers(-3, 3)),
        tier=its_tier if with_tier else None,
        customer_id=(customer_id or draw(ids(CustomerId))) if source is PriceSource.CONTRACT else None,
        validity=draw(st.just(ALWAYS) | periods()),
    )


@st.composite
def skus(draw: DrawFn) -> Sku:
    """SKUs in one of the units of the trade, some with packs."""
    own, *others = draw(st.lists(units, min_size=1, max_size=3, unique_by=lambda unit: unit.code))
    options = st.builds(Option, names, names)
    return Sku(
        id=draw(ids(SkuId)),
        code=draw(codes()),
        name=draw(names),
        unit=own,
        barcode=draw(st.none() | st.text("0123456789", min_size=8, max_size=13)),
        options=tuple(draw(st.lists(options, max_size=2, unique_by=lambda option: option.name))),
        packs=tuple(Pack(unit, draw(factors)) for unit in others),
        rule=draw(rules),
        low_stock=draw(st.none() | quantities()),
        for_sale=draw(st.integers(0, 4)) > 0,
    )


@st.composite
def products(draw: DrawFn, *, most_skus: int = 3) -> Product:
    """Products without category and brand, with a few SKUs."""
    return Product(
        id=draw(ids(ProductId)),
        name=draw(names),
        skus=tuple(
            draw(
                st.lists(
                    skus(),
                    min_size=1,
                    max_size=most_skus,
                    unique_by=(lambda sku: sku.id, lambda sku: sku.code),
                )
            )
        ),
        position=draw(st.integers(0, 5)),
        description=draw(st.just("") | names),
        for_sale=draw(st.integers(0, 4)) > 0,
    )


addresses = st.builds(
    Address, recipient=names, phone=st.text("0123456789", max_size=11), region=names, street=names
)


@st.composite
def customers(draw: DrawFn, *, tier_id: PriceTierId | None = None) -> Customer:
    """Buying companies, of this tier where one is given."""
    book = st.builds(CustomerAddress, id=ids(AddressId), address=addresses)
    return Customer(
        id=draw(ids(CustomerId)),
        name=draw(names),
        tier_id=tier_id or draw(ids(PriceTierId)),
        addresses=tuple(draw(st.lists(book, max_size=2, unique_by=lambda one: one.id))),
    )


@st.composite
def buyers(draw: DrawFn, *, customer_id: CustomerId | None = None) -> Buyer:
    """People who buy, for this company where one is given."""
    return Buyer(
        id=draw(ids(BuyerId)),
        customer_id=customer_id or draw(ids(CustomerId)),
        name=draw(names),
        role=draw(st.sampled_from(Role)),
    )


terms = st.builds(
    Terms,
    payment_method=st.sampled_from(PaymentMethod),
    requested_delivery_date=st.none() | days,
    purchase_order_number=st.none() | names,
    note=st.none() | names,
    address=st.none() | addresses,
)


@st.composite
def order_lines(draw: DrawFn, *, of: Sequence[Product] = ()) -> OrderLine:
    """Lines whose total is their price times their quantity: of these products, or of any."""
    product = draw(st.sampled_from(of) if of else products())
    sku = draw(st.sampled_from(product.skus))
    quantity, price = draw(quantities()), draw(unit_prices())
    return OrderLine(
        sku_id=sku.id,
        sku_code=sku.code,
        sku_name=sku.name,
        product_id=product.id,
        unit_code=sku.unit.code,
        unit_name=sku.unit.name,
        quantity=quantity,
        base_quantity=quantity,
        unit_price=price,
        list_price=draw(unit_prices()),
        price_source=draw(st.sampled_from(PriceSource)),
        total=price.times(quantity),
    )


@st.composite
def orders(
    draw: DrawFn,
    *,
    of: Sequence[Product] = (),
    customer_id: CustomerId | None = None,
    buyer_id: BuyerId | None = None,
) -> Order:
    """Orders just placed and not yet stored, with the fact that they were placed."""
    at = draw(instants)
    order = Order(
        id=draw(ids(OrderId)),
        number="",
        customer_id=customer_id or draw(ids(CustomerId)),
        buyer_id=buyer_id or draw(ids(BuyerId)),
        lines=tuple(draw(st.lists(order_lines(of=of), min_size=1, max_size=4))),
        currency=Currency.CNY,
        terms=draw(terms),
        placed_at=at,
    )
    return _told(order, at)


@st.composite
def moved_orders(draw: DrawFn) -> Order:
    """Orders that went some way, by the moves the domain allows."""
    order, at = draw(orders()), draw(instants)
    journeys = {
        "submitted": order,
        "cancelled by the buyer": order.cancel(at=at, by=Side.BUYER),
        "confirmed": order.confirm(at=at),
        "cancelled by the merchant": order.confirm(at=at).cancel(at=at, by=Side.SELLER),
        "in fulfillment": order.confirm(at=at).start_fulfillment(at=at),
        "completed": order.confirm(at=at).start_fulfillment(at=at).complete(at=at),
    }
    return journeys[draw(st.sampled_from(sorted(journeys)))]


def _told(order: Order, at: datetime) -> Order:
    return attrs.evolve(order, events=(OrderPlaced(at=at, order_id=order.id),))
