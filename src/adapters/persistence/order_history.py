"""The order history as readers see it, straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    union_all,
)

from adapters.persistence.branches import Reach, below_or_same, branches, reach_of, seeing, seen
from adapters.persistence.catalog import skus
from adapters.persistence.customers import customers
from adapters.persistence.order_cards import (
    LINE,
    LINE_DETAILS,
    LINE_PROMOTED,
    LINE_WEIGHED,
    PLACED,
    grouped,
    kept_of,
    line_cards,
    order_card,
    order_columns,
    order_width,
)
from adapters.persistence.ordering import order_lines, orders
from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement, any_of
from adapters.persistence.tables import instant, microseconds
from adapters.persistence.visibility import limits, visible
from application.authorization import Permission, sees_all_goods
from application.views.catalog import SkuCard
from application.views.customers import BuyerCard, CustomerCard
from application.views.orders import (
    OrderCard,
    OrderFilter,
    OrderHistory,
    OrdersWant,
    OrderWant,
)
from application.views.pages import Key, Slice, Window
from domain.identity import BuyerId, CustomerId, OrderId, SkuId

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_SORT = (orders.c.placed_at, orders.c.id)


@attrs.frozen(kw_only=True, cache_hash=True)
class Which:
    """What of the question which orders are wanted changes the statement."""

    one: bool = False
    """Those of the company `customer_id`."""
    each: bool = False
    """Those of each of the companies `customer_ids`."""
    below: bool = False
    """And of every company below it, or below each."""
    walled: bool = False
    """Only such of them as are within what the actor sees."""
    by_status: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """What has to hold of an order."""
        found: list[Any] = [orders.c.merchant_id == _MERCHANT]
        if self.one:
            one = orders.c.customer_id == bindparam("customer_id")
            found.append(below_or_same(orders.c.customer_id, "customer_id") if self.below else one)
        if self.each and not self.below:
            found.append(any_of(orders.c.customer_id, "customer_ids"))
        if self.walled:
            found += seen(orders.c.customer_id, Reach.BELOW)
        if self.by_status:
            found.append(orders.c.status == bindparam("status"))
        return found


def _of_each_below() -> tuple[FromClause, ColumnElement[Any]]:
    """Orders joined with each of the companies `customer_ids` that they are below, and that company."""
    same = select(customers.c.id.label("root"), customers.c.id.label("id")).where(
        customers.c.merchant_id == _MERCHANT, any_of(customers.c.id, "customer_ids")
    )
    below = select(branches.c.customer_id, branches.c.branch_id).where(
        branches.c.merchant_id == _MERCHANT, any_of(branches.c.customer_id, "customer_ids")
    )
    pairs = union_all(same, below).subquery("pairs")
    return orders.join(pairs, pairs.c.id == orders.c.customer_id), pairs.c.root


def _with_lines(
    page: Select[*tuple[Any, ...]],
    want: OrderWant,
    *order: tuple[str, bool],
    limited: bool,
    size: int | None = None,
) -> Statement:
    """Orders, each row with one of the lines; what is the order's alone stands in the row of its first line.

    The order after the last of a page of this size comes without lines: it only tells that there is one.
    """
    if want.lines is None:
        return Statement(page)
    rows: Any = page.cte("page")
    shown: list[ColumnElement[bool]] = []
    if size is not None:
        place = rows.c.get("place")
        if place is None:
            by = [rows.c[name].desc() if down else rows.c[name].asc() for name, down in order]
            rows = select(rows, func.row_number().over(order_by=by).label("place")).cte("placed")
        shown = [rows.c.place <= literal_column(str(size))]
    of_order = and_(order_lines.c.merchant_id == _MERCHANT, order_lines.c.order_id == rows.c.id, *shown)
    of_line = and_(
        skus.c.merchant_id == _MERCHANT,
        skus.c.id == order_lines.c.sku_id,
        *((visible(skus.c.product_id),) if limited else ()),
    )
    first = func.coalesce(order_lines.c.line, literal_column("0")) == literal_column("0")
    heads = [case((first, rows.c[column.name])) for column in order_columns(want)]
    lines = [
        *LINE,
        *(LINE_DETAILS if want.lines.details else ()),
        *(LINE_PROMOTED if want.lines.promoted else ()),
        *(LINE_WEIGHED if want.lines.weighed else ()),
    ]
    root = [rows.c.root] if "root" in rows.c else []
    by = [rows.c[name].desc() if down else rows.c[name].asc() for name, down in order]
    return Statement(
        select(*heads, *lines, *root)
        .select_from(rows.outerjoin(order_lines, of_order).outerjoin(skus, of_line))
        .order_by(*by, order_lines.c.line)
    )


@lru_cache(maxsize=256)
def _page(shape: Shape, which: Which, want: OrderWant, *, limited: bool) -> Statement:
    page = (
        select(*order_columns(want))
        .where(*which.conditions(), *conditions(shape, _SORT))
        .order_by(*ordering(shape, _SORT))
        .limit(most(shape))
    )
    down = shape.descending is not shape.backwards
    return _with_lines(page, want, ("placed_at", down), ("id", down), size=shape.size, limited=limited)


@lru_cache(maxsize=256)
def _page_of_each(shape: Shape, which: Which, want: OrderWant, *, limited: bool) -> Statement:
    """The same page of several customers' orders: the rows of each are numbered, and so cut.

    Where those below count as well, one order may be of several; each row ends with whose it is here.
    """
    source, root = _of_each_below() if which.below else (orders, orders.c.customer_id)
    place = func.row_number().over(partition_by=root, order_by=ordering(shape, _SORT))
    columns = [*order_columns(want), place.label("place"), *([root.label("root")] if which.below else [])]
    numbered = (
        select(*columns)
        .select_from(source)
        .where(*which.conditions(), *conditions(shape, _SORT))
        .subquery("numbered")
    )
    page = select(*numbered.c).where(numbered.c.place <= most(shape))
    if want.lines is None:
        page = page.order_by(numbered.c.place)
    by = [("place", False), *([("root", False)] if which.below else []), ("id", False)]
    return _with_lines(page, want, *by, size=shape.size, limited=limited)


@lru_cache(maxsize=32)
def _count(which: Which) -> Statement:
    if which.each:
        source, root = _of_each_below() if which.below else (orders, orders.c.customer_id)
        counted = select(root, func.count()).select_from(source).group_by(root)
        return Statement(counted.where(*which.conditions()))
    return Statement(select(func.count()).select_from(orders).where(*which.conditions()))


@lru_cache(maxsize=64)
def _by_id(want: OrderWant, reach: Reach, *, limited: bool) -> Statement:
    found = [
        orders.c.merchant_id == _MERCHANT,
        any_of(orders.c.id, "ids"),
        *seen(orders.c.customer_id, reach),
    ]
    page = select(*order_columns(want)).where(*found)
    return _with_lines(page, want, ("id", False), limited=limited)


def _key(row: Row) -> Key:
    return (microseconds(instant(row[PLACED])), row[0])


def _stored(key: Key) -> Sequence[Any]:
    """Turn the key's microseconds into an instant, which each database stores in its way."""
    return (instant(int(key[0])), key[1])


@attrs.frozen
class SqlOrderHistory(OrderHistory):
    """What one actor sees of the orders of one merchant."""

    sight: Sight

    async def newest(
        self, *, window: Window, filter: OrderFilter, want: OrderWant, count: bool
    ) -> Slice[OrderCard]:
        if not self._sees():
            return Slice(total=0 if count else None)
        asked = OrdersWant(window=window, filter=filter, want=want, count=count)
        actor = self.sight.actor
        reach = reach_of(actor)
        which = Which(one=reach is not Reach.ALL, below=reach is Reach.BELOW)
        return await self.sight.read(lambda: self._read_page(which, actor.customer_id, asked))

    async def newest_of(
        self, customer_ids: Collection[CustomerId], want: OrdersWant
    ) -> Mapping[CustomerId, Slice[OrderCard]]:
        return await self.sight.read(lambda: self.read_newest_of(customer_ids, want)) if customer_ids else {}

    async def orders_by_id(self, ids: Collection[OrderId], *, want: OrderWant) -> Mapping[OrderId, OrderCard]:
        def reader() -> Reader[Mapping[OrderId, OrderCard]]:
            asked = {"ids": sorted(ids), **self._who()}
            rows = yield Ask(_by_id(want, reach_of(self.sight.actor), limited=self._limited()), asked)
            heads, lines = grouped(rows, want)
            return {card.id: card for card in (yield from self._cards(heads, lines, want))}

        return await self.sight.read(reader) if ids and self._sees() else {}

    def read_newest_of(
        self, customer_ids: Collection[CustomerId], want: OrdersWant
    ) -> Reader[Mapping[CustomerId, Slice[OrderCard]]]:
        """Read a page of each customer's orders."""
        actor = self.sight.actor
        reach, below = reach_of(actor), want.filter.branches
        asked = [id for id in customer_ids if reach is not Reach.OWN or id == actor.customer_id]
        found: dict[CustomerId, Slice[OrderCard]] = {
            id: Slice(total=0 if want.count else None) for id in customer_ids
        }
        if not self._sees() or not asked:
            return found
        walled = reach is Reach.BELOW and asked != [actor.customer_id]
        if len(asked) == 1:
            which = Which(one=True, below=below and reach is not Reach.OWN, walled=walled)
            found[asked[0]] = yield from self._read_page(which, asked[0], want)
        else:
            which = Which(each=True, below=below, walled=walled)
            found |= yield from self._read_pages(which, asked, want)
        return found

    def _read_pages(
        self, which: Which, customer_ids: Sequence[CustomerId], want: OrdersWant
    ) -> Reader[dict[CustomerId, Slice[OrderCard]]]:
        which = attrs.evolve(which, by_status=want.filter.status is not None)
        asked = self._asked(want.filter, {"customer_ids": sorted(customer_ids)})
        shape = Shape.of(want.window, descending=True)
        parameters = {**asked, **page_parameters(want.window, stored=_stored)}
        rows = yield Ask(_page_of_each(shape, which, want.want, limited=self._limited()), parameters)
        counted = (yield Ask(_count(which), asked)) if want.count else []
        totals: dict[str, int] = {row[0]: row[1] for row in counted}
        heads, lines = grouped(rows, want.want)
        cards = yield from self._cards(heads, lines, want.want)
        of_each: dict[str, tuple[Rows, list[OrderCard]]] = {id: ([], []) for id in customer_ids}
        for row, card in zip(heads, cards, strict=True):
            its_rows, its_cards = of_each[row[-1] if which.below else row[2]]
            its_rows.append(row)
            its_cards.append(card)
        return {
            id: cut(
                of_each[id][0],
                want.window,
                key=_key,
                nodes=page_of(of_each[id][1], want.window),
                total=totals.get(id, 0) if want.count else None,
            )
            for id in customer_ids
        }

    def _read_page(
        self, which: Which, customer_id: CustomerId | None, want: OrdersWant
    ) -> Reader[Slice[OrderCard]]:
        """Read a page of the orders of one customer, of those below it as well, or of all."""
        which = attrs.evolve(which, by_status=want.filter.status is not None)
        asked = self._asked(want.filter, {"customer_id": customer_id} if which.one else {})
        shape = Shape.of(want.window, descending=True)
        parameters = {**asked, **page_parameters(want.window, stored=_stored)}
        rows = yield Ask(_page(shape, which, want.want, limited=self._limited()), parameters)
        total = (yield Ask(_count(which), asked))[0][0] if want.count else None
        heads, lines = grouped(rows, want.want)
        cards = yield from self._cards(heads, lines, want.want)
        return cut(heads, want.window, key=_key, nodes=page_of(cards, want.window), total=total)

    def _asked(self, filter: OrderFilter, more: Mapping[str, Any]) -> dict[str, Any]:
        by_status = {} if filter.status is None else {"status": filter.status.value}
        return {**self._who(), **by_status, **more}

    def _who(self) -> dict[str, Any]:
        actor = self.sight.actor
        return {"merchant_id": actor.merchant_id, **seeing(actor), **limits(actor)}

    def _limited(self) -> bool:
        return not sees_all_goods(self.sight.actor)

    def _sees(self) -> bool:
        return self.sight.actor.has(Permission.VIEW_ORDERS)

    def _cards(self, heads: Rows, lines: Sequence[Rows], want: OrderWant) -> Reader[list[OrderCard]]:
        """Turn the first rows of orders, and the rows of their lines, into cards with whatever else is wanted."""
        goods: Mapping[SkuId, SkuCard] = {}
        customers: Mapping[CustomerId, CustomerCard] = {}
        buyers: Mapping[BuyerId, BuyerCard] = {}
        if want.lines is not None and want.lines.sku is not None:
            shown = (row[order_width(want)] for rows in lines for row in rows)
            ids = {id for id in shown if id is not None}
            goods = (yield from self.sight.catalog.read_skus(ids, want.lines.sku)) if ids else {}
        if want.customer is not None and heads:
            ids = {row[2] for row in heads}
            customers = yield from self.sight.customers.read_customers(ids, want.customer)
        if want.buyer is not None and heads:
            ids = {row[3] for row in heads}
            buyers = yield from self.sight.customers.read_buyers(ids, want.buyer)
        cards = [
            order_card(row, want, line_cards(of_it, row[4], want, goods), customers, buyers, self.sight.veil)
            for row, of_it in zip(heads, lines, strict=True)
        ]
        return (yield from self._with_kept(cards, heads, want)) if want.placed_by or want.owners else cards

    def _with_kept(self, cards: Sequence[OrderCard], heads: Rows, want: OrderWant) -> Reader[list[OrderCard]]:
        """Add which company placed each, and who owned its customer then, as they are called now."""
        kept = [kept_of(row, want) for row in heads]
        named = {one for by, _, agent in kept for one in ((by, agent) if want.owners else (by,)) if one}
        companies = yield from self.sight.customers.read_companies(named)
        reps = {rep for _, rep, _ in kept if rep} if want.owners else set()
        sales_reps = yield from self.sight.customers.read_sales_reps(reps)
        return [
            card._replace(
                placed_by=companies.get(by),
                sales_rep=sales_reps.get(rep) if rep else None,
                agent=companies.get(agent) if agent and want.owners else None,
            )
            for card, (by, rep, agent) in zip(cards, kept, strict=True)
        ]
