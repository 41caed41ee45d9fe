"""The siege of the walls finds holes: each of these is made on purpose, and found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
from sqlalchemy import select

from adapters.graphql import requires
from adapters.graphql.context import Context
from adapters.graphql.loaders import Loaders
from adapters.identity.tokens import SignedTokens
from adapters.persistence import customer_book, order_history
from adapters.persistence.branches import Reach
from adapters.persistence.customer_statements import CARD, CUSTOMERS_AND_TIERS
from adapters.persistence.customers import customers
from adapters.persistence.memory import MemoryDatabase, Shop
from adapters.persistence.memory._lens import Lens
from adapters.persistence.memory._storage import MemoryOrders, MemoryProducts
from adapters.persistence.sql import SqlDatabase, SqlLook
from adapters.persistence.statements import Statement, any_of
from application.authorization import Actor
from application.ports.database import Database
from application.views.stock_levels import StockSight
from domain.customers import Approval
from domain.ordering import IllegalMove, OrderNotFound, OrderStatus
from domain.quantity import NONE
from domain.quoting import _pricing
from kit.builders import FixedClock
from kit.sealing import SEALING
from kit.walls.running import Walls
from kit.walls.scene import Caller
from kit.walls.siege import first_of, open_walls

Planting = Callable[[pytest.MonkeyPatch], None]
Part = Callable[[Walls, Sequence[Caller]], Awaitable[None]]


@attrs.frozen(kw_only=True)
class Fault:
    """A hole in the walls: how it is made, who goes through it, what they do, and what is said of it."""

    plant: Planting
    by: str
    doing: Part
    told: str
    memory: bool = False


def forget_the_merchant(patch: pytest.MonkeyPatch) -> None:
    statement = select(*CARD).select_from(CUSTOMERS_AND_TIERS).where(any_of(customers.c.id, "customer_ids"))
    forgetful = Statement(statement)
    patch.setattr(customer_book, "cards_by_id", lambda _: forgetful)


def forget_the_company(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(order_history, "reach_of", lambda _: Reach.ALL)


def look_up_the_tree(patch: pytest.MonkeyPatch) -> None:
    real = Shop.reaches

    def reaches(self: Shop, actor: Any, customer_id: Any) -> bool:
        above = actor.customer_id is not None and customer_id in [*self.above(actor.customer_id)]
        return above or real(self, actor, customer_id)

    patch.setattr(Shop, "reaches", reaches)


def look_at_siblings(patch: pytest.MonkeyPatch) -> None:
    real = Shop.reaches

    def reaches(self: Shop, actor: Any, customer_id: Any) -> bool:
        parents = [
            self.customers[one].parent_id
            for one in (actor.customer_id, customer_id)
            if one is not None and one in self.customers
        ]
        siblings = len(parents) == 2 and parents[0] is not None and parents[0] == parents[1]
        return siblings or real(self, actor, customer_id)

    patch.setattr(Shop, "reaches", reaches)


def show_who_ordered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        Lens, "_buyer_of", lambda self, order, want: self.buyer(self.shop.buyers[order.buyer_id], want)
    )


def forget_a_permission(patch: pytest.MonkeyPatch) -> None:
    real = requires._may

    def may(actor: Any, need: requires.Need) -> None:
        if need.coordinate != "Customer.orders":
            real(actor, need)

    patch.setattr(requires, "_may", may)


def remember_the_prices_of_the_first(patch: pytest.MonkeyPatch) -> None:
    real, first = SqlLook.views, list[Any]()

    def views(self: SqlLook, actor: Any) -> Any:
        if self._known is not None and self._known[1].price_lists is not None:
            first.append(self._known[1].price_lists)
            self._known = (self._known[0], attrs.evolve(self._known[1], price_lists=first[0]))
        return real(self, actor)

    patch.setattr(SqlLook, "views", views)


def write_for_any_company(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MemoryOrders, "_own", lambda self, order_id: self.shop.orders.get(order_id))


def tell_what_there_is(patch: pytest.MonkeyPatch) -> None:
    def get(self: MemoryOrders, order_id: Any) -> Any:
        found = self._own(order_id)
        if found is not None:
            return found
        if order_id in self.shop.orders:
            raise IllegalMove(order_id, OrderStatus.SUBMITTED, OrderStatus.CANCELLED)
        raise OrderNotFound()

    patch.setattr(MemoryOrders, "get", get)


def count_for_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lens, "sees", lambda *_: True)


def keep_what_was_loaded(patch: pytest.MonkeyPatch) -> None:
    kept: list[Loaders] = []

    def load(self: Context) -> Loaders:
        if not kept:
            kept.append(Loaders(self.views))
        return kept[0]

    patch.setattr(Context, "load", property(load))


def show_what_is_hidden(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lens, "shows", lambda *_: True)


def sell_what_is_hidden(patch: pytest.MonkeyPatch) -> None:
    real = MemoryProducts.listings

    def listings(self: MemoryProducts, **asked: Any) -> Any:
        return real(attrs.evolve(self, actor=Actor.operator(self.actor.merchant)), **asked)

    patch.setattr(MemoryProducts, "listings", listings)


def take_old_tokens(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SignedTokens, "read", lambda self, token, **_: self._signed(token)[0])


def show_the_figure(patch: pytest.MonkeyPatch) -> None:
    exact = StockSight(None, banded=False, coarse=False, low_stock=NONE)
    patch.setattr(StockSight, "of", lambda _: exact)


def tell_the_figure_where_it_does_not_suffice(patch: pytest.MonkeyPatch) -> None:
    real = _pricing.priced

    def quoted(line: Any, **more: Any) -> Any:
        return real(line, **{**more, "figures": True})

    patch.setattr(_pricing, "priced", quoted)


def approve_whoever_asks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Approval, "holds_on", lambda *_: True)


async def ask(walls: Walls, callers: Sequence[Caller]) -> None:
    await walls.everything_open(callers)


async def ask_before_others_name(walls: Walls, callers: Sequence[Caller]) -> None:
    await walls.everything_open([one for one in first_of(walls.scene) if one not in callers])
    await walls.names_of_others(callers, kinds=False)


async def name(walls: Walls, callers: Sequence[Caller]) -> None:
    await walls.names_of_others(callers, kinds=False)


async def do(walls: Walls, callers: Sequence[Caller]) -> None:
    await walls.everything_done(callers)


async def try_doors(walls: Walls, callers: Sequence[Caller]) -> None:
    await walls.everything_closed(callers)


async def come(walls: Walls, callers: Sequence[Caller]) -> None:
    await walls.nobody(callers)


OWNER, CLERK = "the owner of a company at shanquan", "staff clerk at shanquan"
FAULTS = [
    Fault(plant=forget_the_merchant, by=CLERK, doing=name, told="Customer.name of haiyun"),
    Fault(plant=forget_the_company, by=OWNER, doing=name, told="Query.node(id) = ord_"),
    Fault(
        plant=look_up_the_tree,
        by="a branch at shanquan",
        doing=name,
        told="Query.node(id) = ord_",
        memory=True,
    ),
    Fault(
        plant=look_at_siblings,
        by="a distributor at shanquan",
        doing=name,
        told="Query.node(id) = cus_",
        memory=True,
    ),
    Fault(
        plant=show_who_ordered,
        by="a branch at shanquan",
        doing=ask,
        told="Buyer.name of shanquan",
        memory=True,
    ),
    Fault(
        plant=forget_a_permission,
        by="staff VIEW_CUSTOMERS at shanquan",
        doing=try_doors,
        told="is not refused",
    ),
    Fault(
        plant=remember_the_prices_of_the_first,
        by="somebody of the company strategic at shanquan",
        doing=ask,
        told="PriceChange.ladder.rungs.price of shanquan",
    ),
    Fault(plant=write_for_any_company, by=OWNER, doing=name, told="and it changed orders", memory=True),
    Fault(plant=tell_what_there_is, by=OWNER, doing=name, told="is not as for ord_7777", memory=True),
    Fault(plant=count_for_everybody, by=OWNER, doing=name, told="Query.node(id) = ord_", memory=True),
    Fault(
        plant=keep_what_was_loaded,
        by=OWNER,
        doing=ask_before_others_name,
        told="Order.number of shanquan",
        memory=True,
    ),
    Fault(plant=show_what_is_hidden, by=OWNER, doing=name, told="Product.name of shanquan", memory=True),
    Fault(
        plant=sell_what_is_hidden,
        by=OWNER,
        doing=name,
        told="Query.quote(input.lines.skuId) = sku_",
        memory=True,
    ),
    Fault(
        plant=approve_whoever_asks,
        by="somebody of the company pending at shanquan",
        doing=ask,
        told="PriceChange.ladder.rungs.price of shanquan",
        memory=True,
    ),
    Fault(plant=show_the_figure, by=OWNER, doing=ask, told="a sum of shanquan", memory=True),
    Fault(
        plant=tell_the_figure_where_it_does_not_suffice,
        by=OWNER,
        doing=do,
        told="StockItem.on_hand of shanquan",
        memory=True,
    ),
    Fault(
        plant=take_old_tokens,
        by="somebody whose token is over at shanquan",
        doing=come,
        told="is let in",
        memory=True,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.plant.__name__)
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine object:pytest.PytestUnraisableExceptionWarning"
)
async def test_a_hole_is_found(fault: Fault, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    database: Database = MemoryDatabase()
    if not fault.memory:
        database = SqlDatabase(f"sqlite:///{tmp_path / 'walls.db'}", clock=FixedClock(), sealing=SEALING)
        database.migrate()
    async with open_walls(database) as walls:
        fault.plant(monkeypatch)
        callers = [one for one in walls.scene.callers if one.name == fault.by]
        assert callers
        if fault.doing is ask:
            callers = [*callers, *first_of(walls.scene)]
        await fault.doing(walls, callers)
        assert any(fault.told in one for one in walls.leaks), walls.leaks[:5]
    database.close()
