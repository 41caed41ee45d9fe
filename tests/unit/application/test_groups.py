"""Staff sort customers: groups are made, renamed and deleted, customers put in and taken out, tagged and untagged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch

import pytest

from adapters.persistence.memory import MemoryDatabase
from application import groups
from application.authorization import Forbidden, Permission, Unauthenticated
from application.groups import MOST_CUSTOMERS, Asked, TooManyCustomers, Way
from domain.errors import DomainError, Refused
from domain.groups import (
    MOST_TAGS,
    CustomerGroup,
    GroupInUse,
    GroupKind,
    GroupNameTaken,
    GroupNotFound,
    InvalidGroup,
    InvalidTag,
    TooManyTags,
    UnknownCustomer,
)
from domain.identity import CustomerGroupId, CustomerId
from domain.trail import facts_of
from domain.visibility import Visibility
from kit.world import World, furnish, show


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def asked(world: World, *names: str) -> list[Asked]:
    return [Asked(id=(id := world.shop.customers[name].id), reference=id) for name in names]


def create(
    world: World, name: str = "北区", *, kind: GroupKind = GroupKind.REGION, below: str = ""
) -> CustomerGroup:
    parent_id = world.shop.groups[below].id if below else None
    return world.use.create_group(actor=world.shop.clerk, name=name, kind=kind, parent_id=parent_id)


def move(world: World, way: Way, *names: str, group: str = "east") -> CustomerGroup:
    group_id = world.shop.groups[group].id
    return world.use.move_customers(
        actor=world.shop.clerk, group_id=group_id, way=way, customers=asked(world, *names)
    )


def tag(world: World, *names: str, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> None:
    world.use.change_tags(actor=world.shop.clerk, customers=asked(world, *names), add=add, remove=remove)


def tags(world: World, name: str) -> set[str]:
    id = world.shop.customers[name].id
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return {*storage.tags.lock([id])[id].tags}


def trail(world: World) -> list[tuple[str, str, Mapping[str, str], Mapping[str, str]]]:
    entries = world.database.vault.shop(world.shop.merchant.id).trail.values()  # type: ignore[attr-defined]  # memory
    return [(one.operation, one.about_id, facts_of(one.before), facts_of(one.after)) for one in entries]


def refusals(act: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[DomainError, ...]:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value.refusals


class TestGroups:
    def test_they_are_made_at_the_top_and_below_others(self, world: World) -> None:
        north, nanjing = create(world), create(world, "南京", below="jiangsu")
        assert (north.name, north.ancestors) == ("北区", ())
        assert nanjing.parent_id == world.shop.groups["jiangsu"].id
        assert trail(world) == [
            ("createCustomerGroup", north.id, {}, {"name": "北区", "kind": "REGION", "parent": ""}),
            (
                "createCustomerGroup",
                nanjing.id,
                {},
                {"name": "南京", "kind": "REGION", "parent": world.shop.groups["jiangsu"].id},
            ),
        ]

    def test_what_cannot_be_is_refused(self, world: World) -> None:
        missing = world.ids.new(CustomerGroupId)
        assert refusals(create, world, " ") == (InvalidGroup("NAME"),)
        assert refusals(create, world, "华东") == (GroupNameTaken("华东"),)
        assert refusals(create, world, kind=GroupKind.FREE, below="east") == (InvalidGroup("NOT_A_REGION"),)
        assert refusals(
            world.use.create_group,
            actor=world.shop.clerk,
            name="北区",
            kind=GroupKind.REGION,
            parent_id=missing,
        ) == (GroupNotFound(missing),)
        with patch.object(groups, "MOST_GROUPS", len(world.shop.groups)):
            assert refusals(create, world) == (InvalidGroup("TOO_MANY"),)
        assert trail(world) == []

    def test_a_name_is_taken_at_its_place_only(self, world: World) -> None:
        assert create(world, "江苏", below="west").name == "江苏"

    def test_they_are_renamed(self, world: World) -> None:
        east = world.shop.groups["east"].id

        def rename(name: str) -> CustomerGroup:
            return world.use.rename_group(actor=world.shop.clerk, group_id=east, name=name)

        assert rename("东部").name == "东部" == rename("东部").name
        assert trail(world) == [("renameCustomerGroup", east, {"name": "华东"}, {"name": "东部"})]
        assert refusals(rename, "西部") == (GroupNameTaken("西部"),)
        assert refusals(rename, "x" * 65) == (InvalidGroup("NAME"),)

    def test_they_go_with_everybody_who_was_in_them(self, world: World) -> None:
        west = world.shop.groups["west"].id
        gone = world.use.delete_group(actor=world.shop.clerk, group_id=west)
        assert gone.deleted_at == world.clock.now()
        vip = world.shop.customers["vip"].id
        was = {"name": "西部", "kind": "REGION", "customers": vip}
        assert trail(world) == [("deleteCustomerGroup", west, was, {})]
        assert refusals(world.use.delete_group, actor=world.shop.clerk, group_id=west) == (
            GroupNotFound(west),
        )

    def test_they_stay_while_something_needs_them(self, world: World) -> None:
        shop = world.shop
        east, jiangsu, west = (shop.groups[name].id for name in ("east", "jiangsu", "west"))
        delete = world.use.delete_group
        assert refusals(delete, actor=shop.clerk, group_id=east) == (GroupInUse(east, (jiangsu,), ()),)
        tea = shop.products["tea"].id
        for rule in (
            Visibility(restricted=True, shown_to=frozenset({west})),
            Visibility(hidden_from=frozenset({west})),
        ):
            show(world, "tea", rule)
            assert refusals(delete, actor=shop.clerk, group_id=west) == (GroupInUse(west, (), (tea,)),)
        show(world, "tea", Visibility())
        assert delete(actor=shop.clerk, group_id=west).id == west


class TestMembers:
    def test_they_are_put_in_and_taken_out_once(self, world: World) -> None:
        east, vip = world.shop.groups["east"], world.shop.customers["vip"].id
        where = {"group": east.id, "groupName": "华东"}
        for _ in range(2):
            assert move(world, Way.IN, "vip", "vip") == east
        world.clock.forward()
        for _ in range(2):
            move(world, Way.OUT, "vip", "regular")
        assert trail(world) == [
            ("addToCustomerGroup", vip, {}, where),
            ("removeFromCustomerGroup", vip, where, {}),
        ]

    def test_all_of_them_or_none(self, world: World) -> None:
        foreign, strange = world.other.customers["vip"].id, world.ids.new(CustomerId)
        named = [
            *asked(world, "vip"),
            Asked(id=foreign, reference=foreign),
            Asked(id=strange, reference=strange),
            Asked(id=None, reference="no id"),
        ]
        for way in Way:
            assert refusals(
                world.use.move_customers,
                actor=world.shop.clerk,
                group_id=world.shop.groups["east"].id,
                way=way,
                customers=named,
            ) == (
                UnknownCustomer(foreign, 1),
                UnknownCustomer(strange, 2),
                UnknownCustomer("no id", 3),
            )
        assert trail(world) == []

    @pytest.mark.parametrize("many", [0, MOST_CUSTOMERS + 1])
    def test_not_too_many_at_once(self, world: World, many: int) -> None:
        assert refusals(move, world, Way.IN, *["vip"] * many) == (TooManyCustomers(many),)
        assert refusals(tag, world, *["vip"] * many, add=("新客",)) == (TooManyCustomers(many),)

    def test_only_into_groups_that_are_there(self, world: World) -> None:
        for missing in (world.other.groups["east"].id, world.ids.new(CustomerGroupId)):
            assert refusals(
                world.use.move_customers,
                actor=world.shop.clerk,
                group_id=missing,
                way=Way.IN,
                customers=asked(world, "vip"),
            ) == (GroupNotFound(missing),)


class TestTags:
    def test_they_are_put_on_and_taken_off(self, world: World) -> None:
        tag(world, "vip", "strategic", add=("ＶＩＰ", "vip", "现结"))
        assert (tags(world, "vip"), tags(world, "strategic")) == ({"现结", "连锁", "vip"}, {"vip", "现结"})
        tag(world, "vip", remove=("VIP", "no such"))
        assert tags(world, "vip") == {"现结", "连锁"}
        vip, strategic = (world.shop.customers[name].id for name in ("vip", "strategic"))
        assert trail(world) == [
            ("tagCustomers", vip, {"tags": "现结, 连锁"}, {"tags": "vip, 现结, 连锁"}),
            ("tagCustomers", strategic, {"tags": ""}, {"tags": "vip, 现结"}),
            ("untagCustomers", vip, {"tags": "vip, 现结, 连锁"}, {"tags": "现结, 连锁"}),
        ]

    def test_what_changes_nothing_is_not_noted(self, world: World) -> None:
        tag(world, "vip", add=("现结",))
        tag(world, "vip", remove=("新客",))
        assert trail(world) == []

    def test_what_cannot_be_is_refused(self, world: World) -> None:
        assert refusals(tag, world, "vip", add=("ok", " ", "x" * 33)) == (
            InvalidTag(" "),
            InvalidTag("x" * 33),
        )
        assert refusals(tag, world, "vip") == (InvalidTag(""),)
        many = tuple(f"t{at}" for at in range(MOST_TAGS))
        vip = world.shop.customers["vip"].id
        assert refusals(tag, world, "vip", "strategic", add=many) == (TooManyTags(vip),)
        assert tags(world, "strategic") == set()
        tag(world, "strategic", add=many)
        foreign = world.other.customers["vip"].id
        assert refusals(
            world.use.change_tags,
            actor=world.shop.clerk,
            customers=[Asked(id=foreign, reference=foreign)],
            add=["新客"],
        ) == (UnknownCustomer(foreign, 0),)


def test_only_those_who_manage_customers_may(world: World) -> None:
    shop = world.shop
    east = shop.groups["east"].id
    verbs: list[Callable[..., Any]] = [
        lambda actor: world.use.create_group(actor=actor, name="北区", kind=GroupKind.REGION, parent_id=None),
        lambda actor: world.use.rename_group(actor=actor, group_id=east, name="东部"),
        lambda actor: world.use.move_customers(
            actor=actor, group_id=east, way=Way.IN, customers=asked(world, "vip")
        ),
        lambda actor: world.use.change_tags(actor=actor, customers=asked(world, "vip"), add=["a"]),
        lambda actor: world.use.delete_group(actor=actor, group_id=shop.groups["chains"].id),
    ]
    others = [one for one in Permission if one is not Permission.MANAGE_CUSTOMERS]
    for verb in verbs:
        for actor in (shop.buyer("vip"), shop.colleague(*others)):
            with pytest.raises(Forbidden):
                verb(actor)
        with pytest.raises(Unauthenticated):
            verb(shop.guest)
        assert verb(shop.colleague(Permission.MANAGE_CUSTOMERS))
