"""The tree of companies and their owners over every storage, and what staff do to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest

from application.authorization import Forbidden
from application.ports.storage import CustomerNotFound, Stale
from application.retrying import retrying
from domain.customers import (
    MOST_ABOVE,
    BranchOfItself,
    Customer,
    InvalidCompanyName,
    Lineage,
    ParentNotFound,
    TierNotFound,
    TreeTooDeep,
)
from domain.errors import DomainError
from domain.identity import CustomerId, StaffId
from domain.ownership import (
    NOBODY,
    AgentOfItself,
    OwnerKind,
    OwnerNotFound,
    Owners,
    Ownership,
    OwnershipInPast,
)
from kit.companies import with_companies
from kit.racing import at_once
from kit.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
def tree(world: World) -> World:
    return with_companies(world)


def lineage(world: World, name: str) -> Lineage:
    with world.database.unit_of_work(world.shop.clerk) as storage:
        return storage.tree.lineage(world.shop.customers[name].id)


def above(world: World, name: str) -> list[str]:
    names = {one.id: name for name, one in world.shop.customers.items()}
    return [names[one] for one in lineage(world, name).above]


def move(world: World, name: str, parent: str | None) -> CustomerId:
    return world.use.set_customer_parent(
        actor=world.shop.clerk,
        customer_id=world.shop.customers[name].id,
        parent_id=None if parent is None else world.shop.customers[parent].id,
    )


def get(world: World, customer_id: CustomerId) -> Customer:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.customers.get(customer_id)


def whole(world: World) -> None:
    assert list(world.database.audit.findings()) == []


class TestTree:
    def test_it_gives_back_of_whom_a_company_is_a_branch(self, tree: World) -> None:
        for one in tree.shop.customers.values():
            assert get(tree, one.id) == one
        whole(tree)

    def test_it_knows_where_everybody_stands(self, tree: World) -> None:
        assert above(tree, "corner") == ["north", "headquarters"]
        assert above(tree, "headquarters") == []
        assert [lineage(tree, one).levels_below for one in ("headquarters", "north", "corner")] == [2, 1, 0]

    def test_it_moves_a_company_with_everything_below_it(self, tree: World) -> None:
        move(tree, "north", "west")
        assert above(tree, "corner") == ["north", "west", "agent"]
        assert lineage(tree, "headquarters").levels_below == 1
        assert get(tree, tree.shop.customers["north"].id).parent_id == tree.shop.customers["west"].id
        move(tree, "north", None)
        assert above(tree, "corner") == ["north"]
        assert above(tree, "north") == []
        whole(tree)

    def test_it_never_makes_a_ring(self, tree: World) -> None:
        for name, parent in (("headquarters", "corner"), ("north", "corner"), ("north", "north")):
            with pytest.raises(BranchOfItself):
                move(tree, name, parent)
        whole(tree)

    def test_it_has_so_many_levels_and_no_more(self, tree: World) -> None:
        under = tree.shop.customers["corner"].id
        for at in range(MOST_ABOVE - 2):
            under = tree.use.add_customer(
                actor=tree.shop.clerk, name=f"第 {at} 层", tier="VIP", parent_id=under
            )
        with pytest.raises(TreeTooDeep):
            tree.use.add_customer(actor=tree.shop.clerk, name="太深", tier="VIP", parent_id=under)
        with pytest.raises(TreeTooDeep):
            move(tree, "headquarters", "agent")
        whole(tree)

    def test_storage_refuses_what_the_domain_would(self, tree: World) -> None:
        """Whoever writes past the verbs is refused by the tables."""
        shop = tree.shop
        ring = attrs.evolve(shop.customers["headquarters"], parent_id=shop.customers["corner"].id)
        stranger = attrs.evolve(shop.customers["east"], parent_id=tree.other.customers["vip"].id)
        for wrong in (ring, stranger):
            with pytest.raises(Stale), tree.database.unit_of_work(shop.clerk) as storage:
                storage.tree.move(wrong)
        with pytest.raises(Stale), tree.database.unit_of_work(shop.clerk) as storage:
            storage.customers.add(shop.customers["vip"])
        whole(tree)

    def test_a_stranger_and_nobody_are_alike(self, tree: World) -> None:
        own, move = tree.shop.customers["vip"].id, tree.use.set_customer_parent
        for one in (tree.other.customers["vip"].id, tree.ids.new(CustomerId)):
            with pytest.raises(CustomerNotFound):
                move(actor=tree.shop.clerk, customer_id=one, parent_id=None)
            with pytest.raises(ParentNotFound):
                move(actor=tree.shop.clerk, customer_id=own, parent_id=one)

    def test_a_buyer_reaches_what_is_below(self, tree: World) -> None:
        shop = tree.shop
        seen = {
            name: {other for other, one in shop.customers.items() if reached(tree, name, one.id)}
            for name in ("headquarters", "north", "corner", "agent", "east")
        }
        assert seen == {
            "headquarters": {"headquarters", "north", "south", "corner"},
            "north": {"north", "corner"},
            "corner": {"corner"},
            "agent": {"agent", "east", "west"},
            "east": {"east"},
        }

    @pytest.mark.parametrize("round", range(3))
    def test_two_moves_at_once_never_make_a_ring_together(self, tree: World, round: int) -> None:
        """Each of them alone would do; and so it is with rings of more than two."""
        shop = tree.shop
        names = [("headquarters", "agent"), ("agent", "headquarters"), ("agent", "corner")][: 2 + round % 2]
        verb = retrying(tree.use.set_customer_parent)

        def moving(name: str, parent: str) -> Callable[[], CustomerId]:
            one, other = shop.customers[name].id, shop.customers[parent].id
            return lambda: verb(actor=shop.clerk, customer_id=one, parent_id=other)

        ended = at_once([moving(*pair) for pair in names])
        refused = [one for one in ended if isinstance(one, DomainError)]
        assert [one for one in ended if isinstance(one, Exception)] == refused
        assert len(refused) >= 1
        assert all(isinstance(one, BranchOfItself) for one in refused)
        whole(tree)


def reached(world: World, name: str, customer_id: CustomerId) -> bool:
    with world.database.unit_of_work.reading(world.shop.buyer(name)) as storage:
        try:
            return storage.customers.get(customer_id).id == customer_id
        except CustomerNotFound:
            return False


class TestAddCustomer:
    def test_it_stores_a_branch(self, tree: World) -> None:
        parent = tree.shop.customers["south"].id
        new = tree.use.add_customer(actor=tree.shop.clerk, name=" 新店 ", tier="VIP", parent_id=parent)
        found = get(tree, new)
        assert (found.name, found.parent_id, found.tier_id) == ("新店", parent, tree.shop.tiers["vip"].id)
        whole(tree)

    def test_it_takes_a_tier_by_id(self, tree: World) -> None:
        tier = tree.shop.tiers["strategic"].id
        new = tree.use.add_customer(actor=tree.shop.clerk, name="新店", tier=tier)
        assert (get(tree, new).tier_id, get(tree, new).parent_id) == (tier, None)

    @pytest.mark.parametrize(
        ("name", "tier", "refusal"),
        [("", "VIP", InvalidCompanyName(100)), ("店", "no such", TierNotFound("no such"))],
    )
    def test_it_refuses(self, tree: World, name: str, tier: str, refusal: DomainError) -> None:
        with pytest.raises(type(refusal)) as refused:
            tree.use.add_customer(actor=tree.shop.clerk, name=name, tier=tier)
        assert refused.value == refusal

    def test_only_those_who_may_change_customers_do(self, tree: World) -> None:
        for actor in (tree.shop.colleague(), tree.shop.buyer("headquarters")):
            with pytest.raises(Forbidden):
                tree.use.add_customer(actor=actor, name="店", tier="VIP")
            with pytest.raises(Forbidden):
                tree.use.set_customer_parent(
                    actor=actor, customer_id=tree.shop.customers["north"].id, parent_id=None
                )


def owners(world: World, name: str, *, after: timedelta = timedelta()) -> Owners:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.ownerships.owners(world.shop.customers[name].id, at=world.clock.now() + after)


def own(world: World, name: str, owner: StaffId | CustomerId | None, **more: timedelta) -> None:
    kind = OwnerKind.AGENT if isinstance(owner, CustomerId) else OwnerKind.SALES_REP
    world.use.set_customer_owner(
        actor=world.shop.clerk,
        customer_id=world.shop.customers[name].id,
        kind=kind,
        owner_id=owner,
        since=world.clock.now() + more["after"] if more else None,
    )


def history(world: World, name: str) -> list[tuple[timedelta, StaffId | CustomerId | None]]:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        found = storage.ownerships.of(world.shop.customers[name].id)
    return [(one.since - world.clock.now(), one.owner_id) for one in found]


class TestOwnership:
    def test_nobody_owns_a_customer_at_first(self, tree: World) -> None:
        assert owners(tree, "east") == NOBODY
        assert history(tree, "east") == []

    def test_it_begins_now_or_when_it_is_planned(self, tree: World) -> None:
        rep, other = (tree.shop.staff[name].id for name in ("rep", "colleague"))
        agent = tree.shop.customers["agent"].id
        own(tree, "east", rep)
        own(tree, "east", other, after=HOUR)
        own(tree, "east", agent, after=HOUR / 2)
        assert owners(tree, "east") == Owners(sales_rep_id=rep)
        assert owners(tree, "east", after=HOUR - timedelta(microseconds=1)) == Owners(
            sales_rep_id=rep, agent_id=agent
        )
        assert owners(tree, "east", after=HOUR) == Owners(sales_rep_id=other, agent_id=agent)
        assert history(tree, "east") == [(timedelta(), rep), (HOUR / 2, agent), (HOUR, other)]
        assert owners(tree, "west") == NOBODY
        whole(tree)

    def test_there_is_one_of_a_kind_at_a_time(self, tree: World) -> None:
        rep, other = (tree.shop.staff[name].id for name in ("rep", "colleague"))
        own(tree, "east", rep)
        own(tree, "east", other)
        assert history(tree, "east") == [(timedelta(), other)]
        own(tree, "east", None)
        assert owners(tree, "east") == NOBODY

    def test_two_at_once_leave_one(self, tree: World) -> None:
        reps = [tree.shop.staff[name].id for name in ("rep", "colleague")]
        verb = retrying(tree.use.set_customer_owner)

        def owning(rep: StaffId) -> Callable[[], CustomerId]:
            return lambda: verb(
                actor=tree.shop.clerk,
                customer_id=tree.shop.customers["east"].id,
                kind=OwnerKind.SALES_REP,
                owner_id=rep,
            )

        ended = at_once([owning(reps[at % 2]) for at in range(6)])
        assert set(ended) == {tree.shop.customers["east"].id}
        assert len(history(tree, "east")) == 1

    def test_it_refuses(self, tree: World) -> None:
        rep, east = tree.shop.staff["rep"].id, tree.shop.customers["east"].id
        with pytest.raises(OwnershipInPast):
            own(tree, "east", rep, after=-HOUR)
        with pytest.raises(AgentOfItself):
            own(tree, "east", east)
        for stranger in (
            tree.other.staff["clerk"].id,
            tree.ids.new(StaffId),
            tree.other.customers["vip"].id,
            tree.ids.new(CustomerId),
        ):
            with pytest.raises(OwnerNotFound):
                own(tree, "east", stranger)
        for nobody in (tree.other.customers["vip"].id, tree.ids.new(CustomerId)):
            with pytest.raises(CustomerNotFound):
                tree.use.set_customer_owner(
                    actor=tree.shop.clerk, customer_id=nobody, kind=OwnerKind.SALES_REP, owner_id=rep
                )
        assert history(tree, "east") == []

    def test_a_stranger_owns_nothing_whoever_writes(self, tree: World) -> None:
        wrong = Ownership(
            customer_id=tree.shop.customers["east"].id,
            kind=OwnerKind.SALES_REP,
            since=tree.clock.now(),
            owner_id=tree.other.staff["clerk"].id,
        )
        with pytest.raises(Stale), tree.database.unit_of_work(tree.shop.clerk) as storage:
            storage.ownerships.set(wrong)


class TestHandOver:
    def test_it_moves_what_is_owned_and_what_is_planned(self, tree: World) -> None:
        rep, other, clerk = (tree.shop.staff[name].id for name in ("rep", "colleague", "clerk"))
        own(tree, "east", rep)
        own(tree, "west", rep)
        own(tree, "west", clerk, after=HOUR / 2)
        own(tree, "north", clerk)
        own(tree, "north", rep, after=2 * HOUR)
        own(tree, "south", rep)
        own(tree, "south", clerk, after=HOUR)
        own(tree, "agent", clerk)
        own(tree, "corner", rep, after=HOUR)
        moved = tree.use.hand_over_customers(
            actor=tree.shop.clerk, giver=rep, taker=other, since=tree.clock.now() + HOUR
        )
        assert moved == 3
        assert history(tree, "east") == [(timedelta(), rep), (HOUR, other)]
        assert history(tree, "west") == [(timedelta(), rep), (HOUR / 2, clerk)]
        assert history(tree, "north") == [(timedelta(), clerk), (2 * HOUR, other)]
        assert history(tree, "south") == [(timedelta(), rep), (HOUR, clerk)]
        assert history(tree, "corner") == [(HOUR, other)]
        assert history(tree, "agent") == [(timedelta(), clerk)]
        whole(tree)

    def test_it_leaves_nobody_where_nobody_takes(self, tree: World) -> None:
        rep = tree.shop.staff["rep"].id
        own(tree, "east", rep)
        tree.clock.forward(HOUR)
        assert tree.use.hand_over_customers(actor=tree.shop.clerk, giver=rep, taker=None) == 1
        assert owners(tree, "east") == NOBODY
        assert history(tree, "east") == [(-HOUR, rep), (timedelta(), None)]

    def test_to_oneself_it_moves_nothing(self, tree: World) -> None:
        rep = tree.shop.staff["rep"].id
        own(tree, "east", rep)
        assert tree.use.hand_over_customers(actor=tree.shop.clerk, giver=rep, taker=rep) == 0

    def test_it_refuses(self, tree: World) -> None:
        rep, clerk = tree.shop.staff["rep"].id, tree.shop.clerk
        hand_over = tree.use.hand_over_customers
        for stranger in (tree.other.staff["clerk"].id, tree.ids.new(StaffId)):
            with pytest.raises(OwnerNotFound):
                hand_over(actor=clerk, giver=stranger, taker=rep)
            with pytest.raises(OwnerNotFound):
                hand_over(actor=clerk, giver=rep, taker=stranger)
        with pytest.raises(OwnershipInPast):
            hand_over(actor=clerk, giver=rep, taker=None, since=tree.clock.now() - HOUR)
        for actor in (tree.shop.colleague(), tree.shop.buyer("headquarters")):
            with pytest.raises(Forbidden):
                hand_over(actor=actor, giver=rep, taker=None)
