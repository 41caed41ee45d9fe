"""The orders of the demonstration, a year of them, quoted and placed as buyers do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random

import attrs

from dinghuo.demo.world._chance import ChanceIds
from dinghuo.demo.world._goods import PriceBook
from dinghuo.demo.world._size import Size
from domain.catalog import Listing, Pack, Product, Sku
from domain.customers import Buyer, Customer, Role
from domain.identity import CustomerId, OrderId, SkuId, WarehouseId
from domain.inventory import Demand, Reservation, StockItem, StockSheet, Warehouse, reserve
from domain.merchant import Merchant, PaymentMethod
from domain.ordering import Order, OrderLine, OrderPlaced, PaymentStatus, Side, Terms
from domain.ownership import Owners
from domain.price_choice import SkuPrices
from domain.pricing import EMPTY, PriceList
from domain.quantity import Factor, Quantity
from domain.quoting import LARGEST_LINE, Basket, BasketLine, Shelf, quote_basket

_DAYS = 365
_DAY = timedelta(days=1)
_LONGEST = timedelta(hours=72)
"""An order of this age is done."""
_FIRST_HOUR, _LAST_HOUR = 0, 13
"""Orders come from eight in the morning till nine in the evening in Shanghai."""
_MOST_OPEN = 120
_ONE_OPEN_OF = 40
_PLENTY = Quantity(LARGEST_LINE)
_WELL_STOCKED = Quantity(1_000_000)
_ANY_TERMS = Terms(payment_method=PaymentMethod.BANK_TRANSFER)
_NOTES = ("请上午送货", "送货前请电话联系", "货到后放后门", "发票随货")


@attrs.frozen
class Placed:
    """An order as it stands now, and what is reserved for it while it is open."""

    order: Order
    reservations: tuple[Reservation, ...] = ()
    confirmed: bool = False


@attrs.frozen
class _Wanted:
    """A way to order a SKU: so many of a unit."""

    quantity: Decimal
    unit: str


@attrs.define
class _Offer:
    """A SKU with the ways to order it, and how it was promised to whom."""

    listing: Listing
    ways: tuple[_Wanted, ...]
    priced: dict[int, SkuPrices] = attrs.field(factory=dict)
    promised: dict[tuple[int, int], OrderLine] = attrs.field(factory=dict)


@attrs.frozen
class _Shopper:
    """A company with the people who may order for it, and which prices it gets."""

    customer: Customer
    buyers: tuple[Buyer, ...]
    prices: int


class Year:
    """Twelve months of orders, oldest first."""

    def __init__(
        self,
        *,
        merchant: Merchant,
        products: Sequence[Product],
        warehouses: Sequence[Warehouse],
        prices: PriceBook,
        customers: Sequence[Customer],
        buyers: Sequence[Buyer],
        owners: Mapping[CustomerId, Owners],
        stock: Sequence[StockItem],
        ids: ChanceIds,
        chance: Random,
        now: datetime,
        size: Size,
    ) -> None:
        self._merchant, self._prices, self._ids, self._chance = merchant, prices, ids, chance
        self._now, self._size, self._owners = now, size, owners
        self._priority = {one.id: one.priority for one in warehouses}
        self._stock: dict[SkuId, dict[WarehouseId, StockItem]] = {}
        for item in stock:
            self._stock.setdefault(item.sku_id, {})[item.warehouse_id] = item
        self._audiences: list[tuple[PriceList, ...]] = []
        self._shoppers = self._gathered(customers, buyers)
        self._busy = list(accumulate(1_000 // (at % 40 + 4) for at in range(len(self._shoppers))))
        self._offers = [
            _Offer(Listing(sku, one.id, one.name, True), _ways(sku)) for one in products for sku in one.skus
        ]
        self._popular = _popularity(len(self._offers), chance)
        self._shelved = [at for at, offer in enumerate(self._offers) if self._well_stocked(offer)]
        self._popular_shelved = list(accumulate(_weight(self._popular, at) for at in self._shelved))
        self._turns = sorted(
            {
                turn
                for one in prices.ladders
                for turn in (one.validity.start, one.validity.end)
                if turn is not None and turn <= now
            }
        )

        self._phase = 0

    def orders(self) -> Iterator[Placed]:
        """Make all orders, numbered in the order in which they are placed."""
        number = self._size.orders
        open_ = min(_MOST_OPEN, max(min(number, 2), number // _ONE_OPEN_OF))
        for at, placed_at in enumerate(self._moments(number)):
            left = number - at
            yield self._order(
                at + 1,
                placed_at,
                open_for=left / open_ if left <= open_ else None,
                shipping=open_ < left <= open_ * 3 // 2,
            )

    def _moments(self, number: int) -> list[datetime]:
        """When orders are placed: in the daytime, a little more often from month to month."""
        chance, midnight = (
            self._chance,
            self._now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0),
        )
        latest = self._now - timedelta(minutes=10)
        moments = []
        for _ in range(number):
            day = midnight - _DAY * int(_DAYS * (1 - chance.random() ** 0.8))
            seconds = chance.randrange(_FIRST_HOUR * 3600, _LAST_HOUR * 3600)
            moment = day + timedelta(seconds=seconds, milliseconds=chance.randrange(1000))
            moments.append(moment if moment <= latest else moment - _DAY)
        return sorted(moments)

    def _order(self, number: int, at: datetime, *, open_for: float | None, shipping: bool) -> Placed:
        chance = self._chance
        shopper = chance.choices(self._shoppers, cum_weights=self._busy)[0]
        lines = self._lines(shopper, at, shelved=open_for is not None)
        order_id = self._ids.at(at).new(OrderId)
        order = Order(
            id=order_id,
            number=f"DH{number:08d}",
            customer_id=shopper.customer.id,
            buyer_id=chance.choice(shopper.buyers).id,
            owners=self._owners[shopper.customer.id],
            lines=lines,
            currency=self._merchant.currency,
            terms=self._terms(shopper.customer, at),
            placed_at=at,
            events=(OrderPlaced(at=at, order_id=order_id),),
        )
        fate, span = chance.random(), min(_LONGEST, self._now - at)
        if open_for is None:
            return Placed(self._stored(self._settled(order, fate, span, shipping=shipping)))
        made = self._reserved(order) if fate >= 0.06 else ()
        if not made:
            return Placed(self._stored(order.cancel(at=at + span * 0.2, by=Side.BUYER)))
        confirmed = open_for > 0.4
        if confirmed:
            order = order.confirm(at=at + span * 0.1)
        return Placed(self._stored(order), made, confirmed)

    def _settled(self, order: Order, fate: float, span: timedelta, *, shipping: bool) -> Order:
        """Let an order of the past go its way."""
        at = order.placed_at
        if fate < 0.04:
            return order.cancel(at=at + span * 0.05, by=Side.BUYER)
        order = order.confirm(at=at + span * 0.1)
        if fate < 0.06:
            return order.cancel(at=at + span * 0.2, by=Side.SELLER)
        order = order.start_fulfillment(at=at + span * 0.3)
        return order if shipping else order.complete(at=at + span * (0.5 + 0.4 * fate))

    def _stored(self, order: Order) -> Order:
        """Write on the order what the storage would have written, and what was paid."""
        share = _PAID[order.status.value]
        paid = PaymentStatus.PAID if self._chance.random() < share else PaymentStatus.UNPAID
        return attrs.evolve(order, payment_status=paid, version=len(order.events))

    def _lines(self, shopper: _Shopper, at: datetime, *, shelved: bool) -> tuple[OrderLine, ...]:
        chance, most = self._chance, self._size.lines
        many = most if self._size.exact_lines else int(chance.triangular(1, most + 1, 1 + most * 0.35))
        self._turn(at)
        lines = []
        for offer in self._picked(min(many, most), shelved=shelved):
            way = int(chance.random() * len(offer.ways))
            key = (shopper.prices, way)
            line = offer.promised.get(key)
            if line is None:
                line = offer.promised[key] = self._promised(offer, key, shopper, at)
            lines.append(line)
        return tuple(lines)

    def _picked(self, many: int, *, shelved: bool) -> list[_Offer]:
        """Choose SKUs, popular ones more often, each once."""
        chance, offers = self._chance, self._offers
        if shelved and len(self._shelved) >= many:
            pool: Sequence[int] = self._shelved
            weights = self._popular_shelved
        else:
            pool, weights = range(len(offers)), self._popular
        many = min(many, len(pool))
        if many * 3 > len(pool):
            return [offers[at] for at in chance.sample(pool, many)]
        picked = dict.fromkeys(chance.choices(pool, cum_weights=weights, k=many))
        while len(picked) < many:
            picked[chance.choices(pool, cum_weights=weights)[0]] = None
        return [offers[at] for at in picked]

    def _turn(self, at: datetime) -> None:
        """Forget what was quoted before the lists that hold changed."""
        phase = bisect_right(self._turns, at)
        if phase != self._phase:
            self._phase = phase
            for offer in self._offers:
                offer.priced.clear()
                offer.promised.clear()

    def _promised(self, offer: _Offer, key: tuple[int, int], shopper: _Shopper, at: datetime) -> OrderLine:
        """Order it alone, with nobody before at the shelf: the line is the same in every order until prices turn."""
        audience, way = key
        sku, wanted = offer.listing.sku, offer.ways[way]
        prices = offer.priced.get(audience)
        if prices is None:
            of_sku = {one: self._prices.ladders[one].get(sku.id, EMPTY) for one in self._audiences[audience]}
            prices = SkuPrices.of(of_sku, at=at, rules=self._merchant.price_rules)
            offer.priced[audience] = prices
        shelf = Shelf((offer.listing,), {sku.id: prices}, {sku.id: _PLENTY})
        basket = Basket((BasketLine(sku_id=sku.id, quantity=wanted.quantity, unit=wanted.unit),))
        alone = Order.place(
            id=self._ids.new(OrderId),
            customer_id=shopper.customer.id,
            buyer_id=shopper.buyers[0].id,
            quote=quote_basket(basket, shelf=shelf, merchant=self._merchant),
            terms=_ANY_TERMS,
            at=at,
        )
        return alone.lines[0]

    def _reserved(self, order: Order) -> tuple[Reservation, ...]:
        """Take the goods off the shelves; nothing where they do not suffice."""
        demands = [Demand(at, line.sku_id, line.base_quantity) for at, line in enumerate(order.lines)]
        items = tuple(item for demand in demands for item in self._stock[demand.sku_id].values())
        sheet = StockSheet(items, self._priority)
        available = sheet.available
        if any(demand.quantity > available[demand.sku_id] for demand in demands):
            return ()
        made = reserve(demands, order_id=order.id, sheet=sheet)
        for one in made:
            item = self._stock[one.sku_id][one.warehouse_id]
            self._stock[one.sku_id][one.warehouse_id] = attrs.evolve(
                item, available=item.available - one.quantity
            )
        return made

    def _terms(self, customer: Customer, at: datetime) -> Terms:
        chance = self._chance.random()
        methods = (PaymentMethod.BANK_TRANSFER, PaymentMethod.CASH_ON_DELIVERY)
        return Terms(
            payment_method=methods[chance > 0.7],
            requested_delivery_date=(at + _DAY * 2).date() if chance < 0.6 else None,
            purchase_order_number=f"PO-{at:%y%m%d}-{int(chance * 1000):03d}" if chance < 0.25 else None,
            note=_NOTES[int(chance * 100) % len(_NOTES)] if chance > 0.85 else None,
            address=customer.addresses[int(chance * 100) % len(customer.addresses)].address,
        )

    def _gathered(self, customers: Sequence[Customer], buyers: Sequence[Buyer]) -> list[_Shopper]:
        """Put companies that get the same lists together, so that they are quoted once."""
        people: dict[str, list[Buyer]] = {}
        for buyer in buyers:
            if buyer.role in (Role.OWNER, Role.PURCHASER):
                people.setdefault(buyer.customer_id, []).append(buyer)
        shoppers, known = [], dict[tuple[PriceList, ...], int]()
        for customer in customers:
            lists = self._prices.of(customer)
            prices = known.setdefault(lists, len(known))
            if prices == len(self._audiences):
                self._audiences.append(lists)
            shoppers.append(_Shopper(customer, tuple(people[customer.id]), prices))
        return shoppers

    def _well_stocked(self, offer: _Offer) -> bool:
        return any(item.available >= _WELL_STOCKED for item in self._stock[offer.listing.sku.id].values())


_PAID: Mapping[str, float] = {
    "SUBMITTED": 0.0,
    "CONFIRMED": 0.4,
    "IN_FULFILLMENT": 0.6,
    "COMPLETED": 0.93,
    "CANCELLED": 0.0,
}


def _ways(sku: Sku) -> tuple[_Wanted, ...]:
    """How people order a SKU: a little, more, by the pack."""
    rule, base = sku.rule, Pack(sku.unit, Factor(1))
    least = rule.nearest(rule.minimum.thousandths, unit=base, largest=LARGEST_LINE)[-1].thousandths
    step = rule.step.thousandths
    wanted = (least, least + step, least + step * 4, max(least, -(-12_000 // step) * step))
    ways = dict.fromkeys(_Wanted(Decimal(one) / 1000, sku.unit.name) for one in wanted)
    for pack in sku.packs:
        for many in (1, 3):
            there = pack.factor.times(Quantity(many * 1000))
            if there is not None and rule.allows(there):
                ways[_Wanted(Decimal(many), pack.unit.name)] = None
    return tuple(ways)


def _popularity(number: int, chance: Random) -> list[int]:
    """Weights, added up: a few SKUs are ordered often, many seldom."""
    ranks = list(range(number))
    chance.shuffle(ranks)
    return list(accumulate(1_000_000 // (rank + 20) for rank in ranks))


def _weight(added_up: Sequence[int], at: int) -> int:
    return added_up[at] - (added_up[at - 1] if at else 0)
