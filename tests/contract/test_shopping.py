"""Shopping lists, order templates, and putting an old order or a list into the cart."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import pytest

from application.authorization import Forbidden, Permission
from application.cart import AskedLine
from application.order_templates import AskedAudience
from application.ports.storage import CustomerNotFound
from application.pricing import AskedPrice, AskedRung
from domain.catalog import InvalidQuantity, NotForSale, UnknownSku
from domain.errors import Refused
from domain.identity import CustomerGroupId, OrderId, OrderTemplateId, ShoppingListId
from domain.inventory import InsufficientStock
from domain.ordering import OrderNotFound
from domain.shopping import (
    MOST_LISTS,
    MOST_TEMPLATES,
    InvalidList,
    ListChanged,
    ListNotFound,
    OrderTemplate,
    ShoppingList,
)
from domain.visibility import UnknownAudience, Visibility
from kit import builders as a
from kit.companies import with_companies
from kit.world import World, show


def line(world: World, code: str, many: object = 1, unit: str | None = None) -> AskedLine:
    return AskedLine(sku_id=world.shop.sku(code).id, quantity=Decimal(str(many)), unit=unit)


def save(world: World, *lines: AskedLine, by: str = "regular", **more: Any) -> ShoppingList:
    asked = {"name": "周单", "shared": True, "lines": lines or [line(world, "TEA-500", 2, "箱")], **more}
    return world.use.save_shopping_list(actor=world.shop.buyer(by), **asked)


def propose(world: World, *lines: AskedLine, **more: Any) -> OrderTemplate:
    asked = {"name": "夏季", "audience": [], "lines": lines or [line(world, "TEA-500", 2, "箱")], **more}
    return world.use.save_order_template(actor=world.shop.clerk, **asked)


def to_cart(world: World, list_id: Any, *, key: str = "one", by: str = "regular", **more: Any) -> Any:
    return world.use.add_list_to_cart(actor=world.shop.buyer(by), key=a.key(key), list_id=list_id, **more)


def in_cart(world: World, by: str = "regular", **more: Any) -> list[tuple[str, str]]:
    cart = world.use.look_at_cart(actor=world.shop.buyer(by), **more)
    assert cart is not None
    return [(one.line.unit, str(one.line.quantity)) for one in cart.lines]


def refused(act: Callable[[], object]) -> tuple[object, ...]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.refusals


def seen_by(world: World, by: str = "regular", **more: Any) -> list[str]:
    return [one.name for one in world.use.look_at_lists(actor=world.shop.buyer(by), **more)]


class TestLists:
    def test_everybody_of_the_company_has_what_is_shared(self, world: World) -> None:
        other = a.buyer(world.ids, customer=world.shop.customers["regular"])
        world.add([other])
        colleague = attrs.evolve(world.shop.buyer(), person_id=other.id)
        shared, own = save(world), save(world, name="我的", shared=False)
        assert seen_by(world) == ["周单", "我的"] and seen_by(world, "vip") == []
        assert world.use.look_at_lists(actor=colleague) == (shared,)
        change = partial(
            world.use.save_shopping_list, actor=colleague, name="月单", lines=[line(world, "NUTS")]
        )
        changed = change(list_id=shared.id, shared=True, version=1)
        assert (changed.version, [one.unit for one in changed.lines]) == (2, ["bag"])
        assert refused(partial(change, list_id=shared.id, shared=True, version=1)) == (ListChanged(2),)
        assert refused(partial(change, list_id=shared.id, shared=False)) == (InvalidList("SHARED"),)
        for strange in (own.id, world.ids.new(ShoppingListId)):
            assert refused(partial(change, list_id=strange, shared=True)) == (ListNotFound(),)
            gone = partial(world.use.delete_shopping_list, actor=colleague, list_id=strange)
            assert refused(gone) == (ListNotFound(),)
        assert world.use.delete_shopping_list(actor=world.shop.buyer(), list_id=own.id) == own
        assert save(world, list_id=shared.id, shared=True).version == 3
        assert seen_by(world) == ["周单"]

    def test_what_can_be_no_list_is_refused(self, world: World) -> None:
        for asked, refusals in (
            ({"name": " "}, (InvalidList("NAME"),)),
            ({"lines": []}, (InvalidList("LINES"),)),
            ({"lines": [line(world, "NUTS"), line(world, "NUTS", 2, "袋")]}, (InvalidList("TWICE"),)),
            ({"lines": [line(world, "SODA")]}, (NotForSale(world.shop.sku("SODA").id, 0),)),
            ({"customer_id": world.shop.customers["vip"].id}, (CustomerNotFound(),)),
        ):
            assert refused(partial(save, world, **asked)) == refusals
        for at in range(MOST_LISTS):
            save(world, name=f"{at}")
        assert refused(partial(save, world)) == (InvalidList("TOO_MANY"),)

    def test_goes_into_the_cart_of_its_company(self, world: World) -> None:
        world = with_companies(world)
        north = world.shop.customers["north"].id
        made = save(world, by="headquarters", customer_id=north)
        for _ in range(2):
            assert to_cart(world, made.id, by="headquarters").customer_id == north
        assert in_cart(world, "north") == [("case", "2")] and in_cart(world, "headquarters") == []
        assert seen_by(world, "headquarters", customer_id=north) == ["周单"]
        assert refused(lambda: to_cart(world, made.id, by="vip")) == (ListNotFound(),)
        elsewhere = partial(to_cart, world, made.id, by="headquarters", key="two")
        own = world.shop.customers["headquarters"].id
        assert refused(partial(elsewhere, customer_id=own)) == (CustomerNotFound(),)

    def test_what_cannot_be_had_is_left_out_and_told(self, world: World) -> None:
        made = save(world, line(world, "NUTS"), line(world, "RICE"), line(world, "TEA-500", 3))
        show(world, "nuts", Visibility(restricted=True))
        rice = attrs.evolve(world.shop.products["rice"], for_sale=False)
        with world.database.unit_of_work(world.shop.operator) as storage:
            storage.bulk.replace([rice])
        merchant = attrs.evolve(world.shop.merchant, restricts_goods=True)
        actor = attrs.evolve(world.shop.buyer(), merchant=merchant)
        added = world.use.add_list_to_cart(actor=actor, key=a.key("one"), list_id=made.id)
        assert added.left_out == (UnknownSku("1 bag", 0), NotForSale(world.shop.sku("RICE").id, 1))
        assert in_cart(world) == [("bottle", "3")]


class TestTemplates:
    def test_are_for_everyone_or_for_those_they_name(self, world: World) -> None:
        shop = world.shop
        tier, group = shop.tiers["vip"].id, shop.groups["east"].id
        company = shop.customers["strategic"].id
        propose(world)
        for name, id in (("等级", tier), ("分组", group), ("客户", company)):
            propose(world, name=name, audience=[AskedAudience(id=id, reference=id)])
        had = {
            name: [one.name for one in world.use.look_at_templates(actor=shop.buyer(name))]
            for name in ("regular", "vip", "strategic", "contract")
        }
        of_east = [name for name in had if group in storage_audience(world, shop.customers[name].id)]
        for name, templates in had.items():
            wanted = {"夏季"}
            wanted |= {"等级"} if name in ("vip", "contract") else set()
            wanted |= {"分组"} if name in of_east else set()
            wanted |= {"客户"} if name == "strategic" else set()
            assert set(templates) == wanted
        assert of_east
        assert len(world.use.look_at_templates(actor=shop.clerk)) == 4
        assert world.use.look_at_templates(actor=world.other.clerk) == ()
        with pytest.raises(Forbidden):
            world.use.look_at_templates(actor=shop.buyer("viewer"))

    def test_show_what_is_shown_and_go_into_the_cart(self, world: World) -> None:
        made = propose(world, line(world, "NUTS"), line(world, "TEA-500", 3))
        hidden = propose(world, line(world, "NUTS"), name="坚果节")
        show(world, "nuts", Visibility(restricted=True))
        merchant = attrs.evolve(world.shop.merchant, restricts_goods=True)
        actor = attrs.evolve(world.shop.buyer(), merchant=merchant)
        [seen] = world.use.look_at_templates(actor=actor)
        assert (seen.id, len(seen.lines)) == (made.id, 1)
        added = world.use.add_list_to_cart(actor=actor, key=a.key("one"), list_id=made.id)
        assert added.left_out == () and in_cart(world) == [("bottle", "3")]
        assert hidden.id != made.id
        assert refused(lambda: to_cart(world, world.ids.new(OrderTemplateId), key="two")) == (ListNotFound(),)
        assert refused(lambda: to_cart(world, None, key="three")) == (ListNotFound(),)

    def test_are_made_by_staff_who_note_it(self, world: World) -> None:
        made = propose(world)
        changed = propose(world, line(world, "NUTS"), template_id=made.id, version=1, name="冬季")
        assert changed.version == 2
        assert refused(partial(propose, world, template_id=made.id, version=1)) == (ListChanged(2),)
        strange = world.ids.new(CustomerGroupId)
        for asked, refusals in (
            ({"template_id": world.ids.new(OrderTemplateId)}, (ListNotFound(),)),
            ({"audience": [AskedAudience(id=strange, reference="x")]}, (UnknownAudience("x"),)),
            ({"audience": [AskedAudience(id=None, reference="y")] * 101}, (InvalidList("AUDIENCE"),)),
        ):
            assert refused(partial(propose, world, **asked)) == refusals
        delete = partial(world.use.delete_order_template, actor=world.shop.clerk, template_id=made.id)
        assert delete() == changed
        assert refused(delete) == (ListNotFound(),)
        with pytest.raises(Forbidden):
            world.use.save_order_template(
                actor=world.shop.colleague(Permission.MANAGE_PRICES), name="x", audience=[], lines=[]
            )
        assert list(world.database.audit.findings()) == []

    @pytest.mark.parametrize("storage_name", ["memory"], indirect=True)
    def test_are_so_many(self, world: World) -> None:
        for at in range(MOST_TEMPLATES):
            propose(world, name=f"{at}")
        assert refused(partial(propose, world)) == (InvalidList("TOO_MANY"),)


class TestReorder:
    def order(self, world: World, *lines: tuple[str, int], by: str = "regular", **more: Any) -> OrderId:
        basket = a.basket(*((world.shop.sku(code), many) for code, many in lines))
        place = partial(
            world.use.place_order, actor=world.shop.buyer(by), key=a.key("old"), wishes=a.wishes()
        )
        return place(basket=basket, **more).id

    def test_puts_in_what_can_be_had_and_tells_what_is_new(self, world: World) -> None:
        shop = world.shop
        order_id = self.order(
            world, ("TEA-500", 24), ("TEA-1L", 8), ("WATER-550", 6), ("NUTS", 2), ("RICE", 3)
        )
        self.reprice(world)
        tea, water, nuts, rice = (shop.products[name] for name in ("tea", "water", "nuts", "rice"))
        rule = attrs.evolve(water.skus[0].rule, minimum=a.pieces(12), step=a.pieces(12))
        with world.database.unit_of_work(shop.operator) as storage:
            storage.bulk.replace(
                [
                    attrs.evolve(water, skus=(attrs.evolve(water.skus[0], rule=rule),)),
                    attrs.evolve(nuts, for_sale=False),
                ]
            )
        show(world, "rice", Visibility(restricted=True))
        actor = attrs.evolve(shop.buyer(), merchant=attrs.evolve(shop.merchant, restricts_goods=True))
        reorder = partial(world.use.reorder, actor=actor, key=a.key("again"), order_id=order_id)
        first, second = reorder(), reorder()
        assert first == second
        by_code = {str(one.ordered.sku_code): one for one in first.lines}
        assert [(code, str(one.put), one.repriced) for code, one in by_code.items()] == [
            ("TEA-500", "24", True),
            ("TEA-1L", "4", False),
            ("WATER-550", "12", False),
            ("NUTS", "0", False),
            ("RICE", "0", False),
        ]
        problems = {code: one.quoted.problems for code, one in by_code.items()}
        assert problems["TEA-500"] == ()
        assert problems["TEA-1L"] == (InsufficientStock(tea.skus[1].id, a.pieces(4), a.pieces(8), 1),)
        assert problems["WATER-550"] == (InvalidQuantity(water.skus[0].id, (a.pieces(12),), 2),)
        assert problems["NUTS"] == (NotForSale(nuts.skus[0].id, 3),)
        assert problems["RICE"] == (UnknownSku("RICE", 4),) and rice.skus[0].id
        assert in_cart(world) == [("bottle", "24"), ("bottle", "4"), ("bottle", "12")]

    def reprice(self, world: World) -> None:
        rung = AskedRung(min_quantity=Decimal(1), unit_price=Decimal("3.60"))
        asked = AskedPrice(sku_id=world.shop.sku("TEA-500").id, rungs=(rung,))
        world.use.set_prices(actor=world.shop.clerk, prices=[asked])

    def test_anothers_order_is_not_there(self, world: World) -> None:
        theirs = self.order(world, ("NUTS", 1), by="vip")
        for strange in (theirs, world.ids.new(OrderId)):
            with pytest.raises(OrderNotFound):
                world.use.reorder(actor=world.shop.buyer(), key=a.key(strange), order_id=strange)

    def test_an_order_of_a_branch_goes_into_the_branchs_cart(self, world: World) -> None:
        world = with_companies(world)
        order_id = self.order(world, ("NUTS", 1), by="north")
        found = world.use.reorder(actor=world.shop.buyer("headquarters"), key=a.key("x"), order_id=order_id)
        assert found.customer_id == world.shop.customers["north"].id
        assert in_cart(world, "north") == [("bag", "1")]


def storage_audience(world: World, company: Any) -> frozenset[Any]:
    """Everything that a company goes by, but for its tier and itself."""
    above = {group.id: group.line for group in world.shop.groups.values()}
    return frozenset(
        id for one in world.shop.memberships if one.customer_id == company for id in above[one.group_id]
    )
