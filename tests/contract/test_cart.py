"""The cart: shared by a company, never losing what two do at once, and ordered whole."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import pytest

from application.authorization import Actor, Forbidden
from application.cart import AskedChange, AskedLine, CartLook
from application.ports.storage import CustomerNotFound, Stale
from application.retrying import retrying
from domain.cart import Cart, CartChangeKind, CartFull, CartLine, CartLineNotFound, InvalidCartText
from domain.catalog import InvalidQuantity, NotForSale, UnknownSku, UnknownUnit
from domain.errors import Refused
from domain.identity import CartLineId, SkuId
from domain.ordering import Order
from domain.own_names import OwnName
from domain.pricing import PriceChange
from domain.quoting import EmptyBasket, TooManyLines
from domain.visibility import Visibility
from kit import builders as a
from kit.companies import with_companies
from kit.racing import at_once
from kit.world import World, show


def line(world: World, code: str, many: int | str, unit: str | None = None, **more: Any) -> AskedLine:
    return AskedLine(sku_id=world.shop.sku(code).id, quantity=Decimal(str(many)), unit=unit, **more)


def add(world: World, *lines: AskedLine, by: str = "regular", key: str = "one", **more: Any) -> None:
    world.use.add_to_cart(actor=world.shop.buyer(by), key=a.key(key), lines=lines, **more)


def look(world: World, by: str = "regular", **more: Any) -> CartLook:
    found = world.use.look_at_cart(actor=world.shop.buyer(by), **more)
    assert found is not None
    return found


def counted(cart: CartLook) -> list[tuple[str, str]]:
    return [(one.line.unit, str(one.line.quantity)) for one in cart.lines]


def change(world: World, at: int = 0, *, by: str = "regular", **what: Any) -> None:
    line_id = look(world, by).lines[at].line.id
    changes = [AskedChange(line_id=line_id, **what)]
    world.use.change_cart_lines(actor=world.shop.buyer(by), changes=changes)


def refused(act: Callable[[], object]) -> tuple[object, ...]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.refusals


class TestPort:
    def test_it_gives_back_what_was_stored(self, world: World) -> None:
        shop = world.shop
        company = shop.customers["regular"].id
        some = [
            CartLine(
                id=world.ids.new(CartLineId),
                sku_id=shop.sku(code).id,
                unit="bottle",
                quantity=a.pieces(many),
                place=at,
            )
            for at, (code, many) in enumerate((("TEA-500", "2"), ("NUTS", "0.5")))
        ]
        with world.database.unit_of_work(shop.buyer()) as storage:
            empty = storage.carts.lock(company)
            assert empty == Cart(customer_id=company)
            storage.carts.save(empty, attrs.evolve(empty, lines=tuple(some)))
        with world.database.unit_of_work(shop.buyer()) as storage:
            cart = storage.carts.lock(company)
            assert cart.lines == tuple(some)
            changed = attrs.evolve(some[1], note="给前台", selected=False)
            storage.carts.save(cart, attrs.evolve(cart, lines=(changed,)))
        with world.database.unit_of_work.reading(shop.buyer()) as storage:
            assert storage.carts.get(company).lines == (changed,)

    def test_nobody_has_another_companys(self, world: World) -> None:
        add(world, line(world, "TEA-500", 2), by="vip")
        vip = world.shop.customers["vip"].id
        strangers = (world.shop.buyer(), world.shop.guest, world.shop.clerk, world.other.buyer("vip"))
        for stranger in strangers:
            for ask in ("get", "lock"):
                with pytest.raises(CustomerNotFound), world.database.unit_of_work(stranger) as storage:
                    getattr(storage.carts, ask)(vip)

    def test_it_refuses_a_sku_that_is_not_there(self, world: World) -> None:
        strange = CartLine(
            id=world.ids.new(CartLineId), sku_id=world.other.sku("NUTS").id, unit="bag", quantity=a.pieces(1)
        )
        empty = Cart(customer_id=world.shop.customers["regular"].id)
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.buyer()) as storage:
            storage.carts.save(empty, attrs.evolve(empty, lines=(strange,)))


class TestAdding:
    def test_what_is_there_becomes_more(self, world: World) -> None:
        add(world, line(world, "TEA-500", 1, "箱"), line(world, "TEA-500", 3), line(world, "NUTS", 2))
        change(world, selected=False)
        add(world, line(world, "TEA-500", 2, "case", note="加急"), key="two")
        cart = look(world)
        assert counted(cart) == [("case", "3"), ("bottle", "3"), ("bag", "2")]
        assert cart.lines[0].line.selected and cart.lines[0].line.note == "加急"
        assert str(cart.quote.total.amount) == "272.10"
        assert cart.lines[0].changes == ()

    def test_the_same_key_adds_once(self, world: World) -> None:
        for _ in range(2):
            add(world, line(world, "TEA-500", 2))
        assert counted(look(world)) == [("bottle", "2")]

    def test_everything_that_is_wrong_is_named_and_nothing_is_added(self, world: World) -> None:
        sku = world.shop.sku
        strange = world.ids.new(SkuId)
        found = refused(
            lambda: add(
                world,
                line(world, "TEA-500", 2),
                AskedLine(sku_id=strange, reference=strange, quantity=Decimal(1)),
                line(world, "TEA-OLD", 1),
                line(world, "TEA-500", 1, "托"),
                line(world, "TEA-500", "0.0001"),
                line(world, "TEA-500", 0),
                line(world, "NUTS", 1, note="x" * 201),
                line(world, "NUTS", 1, text="x" * 65),
            )
        )
        tea, nuts = sku("TEA-500"), sku("NUTS")
        assert nuts.id and found == (
            UnknownSku(strange, 1),
            NotForSale(sku("TEA-OLD").id, 2),
            UnknownUnit(tea.id, "托", tea.units, 3),
            InvalidQuantity(tea.id, (), 4),
            InvalidQuantity(tea.id, (), 5),
            InvalidCartText("note", 200, 6),
            InvalidCartText("text", 64, 7),
        )
        assert look(world).lines == ()
        assert refused(lambda: add(world, key="two")) == (EmptyBasket(),)
        many = [line(world, "NUTS", 1)] * 501
        assert refused(lambda: add(world, *many, key="three")) == (TooManyLines(501),)
        assert refused(lambda: add(world, *[line(world, "NUTS", 900_000)] * 2, key="four")) == (
            InvalidQuantity(nuts.id, (), 1),
        )

    def test_a_cart_has_room_for_as_many_lines_as_an_order(self, world: World) -> None:
        goods = [
            a.product(
                world.ids,
                name=f"货 {at}",
                skus=[a.sku(world.ids, code=f"MANY-{at}-{one}") for one in range(84)],
            )
            for at in range(6)
        ]
        world.add(goods)
        many = [AskedLine(sku_id=sku.id, quantity=Decimal(1)) for product in goods for sku in product.skus]
        add(world, *many[:500])
        assert len(look(world).lines) == 500
        assert refused(lambda: add(world, many[500], key="two")) == (CartFull(),)
        add(world, many[0], key="three")

    def test_a_company_means_by_a_text_what_was_chosen_for_it(self, world: World) -> None:
        add(world, line(world, "TEA-500", 2, text="那个茶"), line(world, "NUTS", 1, text="每日坚果"))
        own = world.shop.customers["regular"].id
        with world.database.unit_of_work.reading(world.shop.buyer()) as storage:
            known = storage.own_names.find(own, [OwnName("那个茶"), OwnName("每日坚果")])
        assert known == {OwnName("那个茶"): world.shop.sku("TEA-500").id}
        assert look(world).lines[0].line.written == "那个茶"

    def test_only_who_may_order_has_a_cart(self, world: World) -> None:
        for actor in (world.shop.buyer("viewer"), world.shop.clerk):
            with pytest.raises(Forbidden):
                world.use.look_at_cart(actor=actor)

    def test_who_is_above_a_company_uses_its_cart(self, world: World) -> None:
        world = with_companies(world)
        north = world.shop.customers["north"].id
        add(world, line(world, "TEA-500", 2), by="headquarters", customer_id=north)
        add(world, line(world, "TEA-500", 3), by="north")
        assert counted(look(world, "headquarters", customer_id=north)) == [("bottle", "5")]
        assert look(world, "headquarters").lines == ()
        other = world.shop.customers["vip"].id
        assert world.use.look_at_cart(actor=world.shop.buyer("north"), customer_id=other) is None
        act = partial(add, world, line(world, "TEA-500", 2), by="north", key="two", customer_id=other)
        assert refused(act) == (CustomerNotFound(),)


class TestChanging:
    def test_only_what_is_said_is_changed(self, world: World) -> None:
        add(world, line(world, "TEA-500", 2), line(world, "NUTS", 1, note="坚果"))
        change(world, 1, quantity=Decimal(5))
        change(world, 1, selected=False)
        change(world, 0, note="茶")
        cart = look(world)
        assert [(str(x.line.quantity), x.line.selected, x.line.note) for x in cart.lines] == [
            ("2", True, "茶"),
            ("5", False, "坚果"),
        ]
        assert str(cart.quote.total.amount) == "7.00" and len(cart.quote.lines) == 1
        assert cart.lines[1].quoted is not None and cart.lines[1].quoted.price is not None

    def test_what_is_wrong_changes_nothing(self, world: World) -> None:
        add(world, line(world, "TEA-500", 2))
        mine = look(world).lines[0].line.id
        changes = [
            AskedChange(line_id=mine, quantity=Decimal(9)),
            AskedChange(line_id=world.ids.new(CartLineId), quantity=Decimal(1)),
            AskedChange(line_id=None),
            AskedChange(line_id=mine, quantity=Decimal(-1)),
            AskedChange(line_id=mine, note="\0"),
        ]
        act = partial(world.use.change_cart_lines, actor=world.shop.buyer(), changes=changes)
        assert refused(act) == (
            CartLineNotFound(1),
            CartLineNotFound(2),
            InvalidQuantity(world.shop.sku("TEA-500").id, (), 3),
            InvalidCartText("note", 200, 4),
        )
        assert counted(look(world)) == [("bottle", "2")]
        for many, refusal in ((0, EmptyBasket()), (501, TooManyLines(501))):
            some = [AskedChange(line_id=mine)] * many
            assert refused(partial(world.use.change_cart_lines, actor=world.shop.buyer(), changes=some)) == (
                refusal,
            )

    def test_lines_are_taken_out(self, world: World) -> None:
        add(world, line(world, "TEA-500", 2), line(world, "NUTS", 1), line(world, "RICE", 1))
        remove = partial(world.use.remove_from_cart, actor=world.shop.buyer())
        remove(line_ids={look(world).lines[1].line.id, world.ids.new(CartLineId)})
        add(world, line(world, "NUTS", 4), key="two")
        assert counted(look(world)) == [("bottle", "2"), ("kg", "1"), ("bag", "4")]
        remove(line_ids=None)
        assert look(world).lines == ()

    def test_another_companys_line_is_not_there(self, world: World) -> None:
        add(world, line(world, "TEA-500", 2), by="vip")
        theirs = look(world, "vip").lines[0].line.id
        changes = [AskedChange(line_id=theirs, quantity=Decimal(1))]
        act = partial(world.use.change_cart_lines, actor=world.shop.buyer(), changes=changes)
        assert refused(act) == (CartLineNotFound(0),)
        world.use.remove_from_cart(actor=world.shop.buyer(), line_ids={theirs})
        assert counted(look(world, "vip")) == [("bottle", "2")]


class TestWhatHasChanged:
    def reprice(self, world: World, code: str, price: str) -> None:
        base = PriceChange(world.shop.lists["base"].id, world.shop.sku(code).id, a.ladder((1, price)))
        fact = a_price_fact(world, base)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.prices.set([base], event=fact)

    def test_a_price_is_told_until_it_was_seen(self, world: World) -> None:
        add(world, line(world, "NUTS", 2), line(world, "RICE", 1))
        self.reprice(world, "NUTS", "13.00")
        # More of it hides nothing.
        change(world, 0, quantity=Decimal(3))
        add(world, line(world, "NUTS", 1), key="two")
        [changed] = look(world).lines[0].changes
        assert changed.kind is CartChangeKind.PRICE
        assert (
            str(changed.price_before and changed.price_before.amount),
            str(changed.price_now and changed.price_now.amount),
        ) == ("12.00", "13.00")
        assert look(world).lines[1].changes == ()
        world.use.acknowledge_cart(actor=world.shop.buyer())
        assert look(world).lines[0].changes == ()

    def test_a_break_that_is_reached_is_no_change(self, world: World) -> None:
        add(world, line(world, "TEA-500", 1))
        change(world, 0, quantity=Decimal(24))
        assert look(world).lines[0].changes == ()
        add(world, line(world, "TEA-500", 300), key="two")
        assert look(world).lines[0].changes == ()

    def test_stock_that_goes_and_comes_back_is_told(self, world: World) -> None:
        add(world, line(world, "TEA-1L", 10))
        place = partial(world.use.place_order, actor=world.shop.buyer("vip"), wishes=a.wishes())
        order = place(key=a.key("x"), basket=a.basket((world.shop.sku("TEA-1L"), 5)))
        [changed] = look(world).lines[0].changes
        assert changed.kind is CartChangeKind.OUT_OF_STOCK
        world.use.acknowledge_cart(actor=world.shop.buyer())
        assert look(world).lines[0].changes == ()
        world.use.cancel_order(actor=world.shop.buyer("vip"), key=a.key("y"), order_id=order.id)
        [changed] = look(world).lines[0].changes
        assert changed.kind is CartChangeKind.BACK_IN_STOCK

    def test_what_is_sold_no_more_or_otherwise_stays_and_is_told(self, world: World) -> None:
        add(world, line(world, "NUTS", 2), line(world, "WATER-550", 6), line(world, "TEA-500", 1, "箱"))
        shop = world.shop
        nuts, water, tea = (shop.products[name] for name in ("nuts", "water", "tea"))
        rule = attrs.evolve(water.skus[0].rule, minimum=a.pieces(12))
        changed = [
            attrs.evolve(nuts, for_sale=False),
            attrs.evolve(water, skus=(attrs.evolve(water.skus[0], rule=rule),)),
            attrs.evolve(tea, skus=(attrs.evolve(tea.skus[0], packs=()), *tea.skus[1:])),
        ]
        with world.database.unit_of_work(shop.operator) as storage:
            storage.bulk.replace(changed)
        cart = look(world)
        assert [[one.kind for one in each.changes] for each in cart.lines] == [
            [CartChangeKind.NOT_FOR_SALE],
            [CartChangeKind.QUANTITY_RULE],
            [CartChangeKind.UNIT_GONE],
        ]
        again = attrs.evolve(changed[0], for_sale=True)
        world.use.acknowledge_cart(actor=shop.buyer())
        with world.database.unit_of_work(shop.operator) as storage:
            storage.bulk.replace([again])
        assert [[one.kind for one in each.changes] for each in look(world).lines] == [
            [CartChangeKind.FOR_SALE_AGAIN],
            [],
            [CartChangeKind.UNIT_GONE],
        ]

    def test_of_what_is_not_shown_only_the_buyers_words_are_told(self, world: World) -> None:
        add(world, line(world, "NUTS", 2, text="坚果"), line(world, "RICE", 1), line(world, "TEA-500", 1))
        show(world, "nuts", Visibility(restricted=True))
        show(world, "rice", Visibility(restricted=True))
        actor = attrs.evolve(
            world.shop.buyer(), merchant=attrs.evolve(world.shop.merchant, restricts_goods=True)
        )
        cart = world.use.look_at_cart(actor=actor)
        assert cart is not None
        assert [[one.kind for one in each.changes] for each in cart.lines] == [
            [CartChangeKind.NOT_OFFERED],
            [CartChangeKind.NOT_OFFERED],
            [],
        ]
        rice = cart.lines[1].line
        assert [one.problems for one in cart.quote.lines] == [
            (UnknownSku("坚果", 0),),
            (UnknownSku(rice.id, 1),),
            (),
        ]
        act = partial(world.use.place_order, actor=actor, key=a.key("o"), basket=None, wishes=a.wishes())
        assert refused(act) == (UnknownSku("坚果", 0), UnknownSku(rice.id, 1))


class TestOrdering:
    def order(self, world: World, *, by: str = "regular", key: str = "order", **more: Any) -> Order:
        place = retrying(world.use.place_order)
        return place(actor=world.shop.buyer(by), key=a.key(key), basket=None, wishes=a.wishes(), **more)

    def test_what_is_selected_is_ordered_and_leaves_the_cart(self, world: World) -> None:
        add(world, line(world, "TEA-500", 1, "箱"), line(world, "NUTS", 2), line(world, "RICE", 1))
        change(world, 1, selected=False)
        shown = look(world).quote.total
        order = self.order(world)
        assert [one.sku_code for one in order.lines] == ["TEA-500", "RICE"]
        assert order.total == shown
        assert counted(look(world)) == [("bag", "2")]
        assert self.order(world) == order
        assert refused(lambda: self.order(world, key="two")) == (EmptyBasket(),)

    def test_a_refused_order_leaves_the_cart_as_it_is(self, world: World) -> None:
        add(world, line(world, "TEA-1L", 13), line(world, "NUTS", 2))
        assert len(refused(lambda: self.order(world))) == 1
        assert counted(look(world)) == [("bottle", "13"), ("bag", "2")]

    def test_a_branch_is_ordered_for_from_its_own_cart(self, world: World) -> None:
        world = with_companies(world)
        north = world.shop.customers["north"].id
        add(world, line(world, "NUTS", 1), by="headquarters")
        add(world, line(world, "TEA-500", 2), by="north")
        order = self.order(world, by="headquarters", customer_id=north)
        assert [one.sku_code for one in order.lines] == ["TEA-500"]
        assert look(world, "north").lines == () and counted(look(world, "headquarters")) == [("bag", "1")]
        assert list(world.database.audit.findings()) == []


class TestTogether:
    def both(self, world: World) -> tuple[Actor, Actor]:
        """Two who buy for one company."""
        first = world.shop.buyer()
        other = a.buyer(world.ids, customer=world.shop.customers["regular"])
        world.add([other])
        return first, attrs.evolve(first, person_id=other.id)

    def test_nothing_that_two_add_at_once_is_lost(self, world: World) -> None:
        add_, both = retrying(world.use.add_to_cart), self.both(world)
        lines = [line(world, "TEA-500", 1), line(world, "NUTS", 2)]
        acts: list[Callable[[], object]] = [
            partial(add_, actor=both[at % 2], key=a.key(f"k{at}"), lines=lines[:: (-1) ** at])
            for at in range(12)
        ]
        ended = at_once(acts)
        assert [one for one in ended if isinstance(one, BaseException)] == []
        assert sorted(counted(look(world))) == [("bag", "24"), ("bottle", "12")]

    def test_an_order_takes_what_was_there_and_no_more(self, world: World) -> None:
        """However adding and ordering meet: what was added is in an order or in the cart, and nothing is twice."""
        add_, place = retrying(world.use.add_to_cart), retrying(world.use.place_order)
        acts: list[Callable[[], object]] = []
        both = self.both(world)
        for at in range(6):
            actor = both[at % 2]
            acts.append(partial(add_, actor=actor, key=a.key(f"a{at}"), lines=[line(world, "TEA-500", 1)]))
            acts.append(partial(place, actor=actor, key=a.key(f"o{at}"), basket=None, wishes=a.wishes()))
        ended = at_once(acts)
        orders = [one for one in ended if isinstance(one, Order)]
        assert all(isinstance(one, Order | str) or refusals_of(one) == (EmptyBasket(),) for one in ended)
        ordered = sum(one.base_quantity.thousandths for order in orders for one in order.lines)
        left = sum(one.line.quantity.thousandths for one in look(world).lines)
        assert ordered + left == 6_000


def refusals_of(ended: object) -> tuple[object, ...]:
    return ended.refusals if isinstance(ended, Refused) else ()


def a_price_fact(world: World, change: PriceChange) -> Any:
    from domain.pricing import PricesSet

    return PricesSet(at=world.clock.now(), list_id=change.list_id, sku_ids=(change.sku_id,))


@pytest.mark.parametrize("storage_name", ["sqlite"], indirect=True)
def test_a_look_takes_as_many_statements_however_many_lines_there_are(world: World) -> None:
    goods = [
        a.product(
            world.ids, name=f"货 {at}", skus=[a.sku(world.ids, code=f"MANY-{at}-{one}") for one in range(60)]
        )
        for at in range(5)
    ]
    world.add(goods)
    many = [AskedLine(sku_id=sku.id, quantity=Decimal(1)) for product in goods for sku in product.skus]
    spent = []
    for some in (many[:2], many[2:]):
        add(world, *some, key=f"{len(some)}")
        change(world, 0, selected=False)
        before = world.database.statements
        look(world)
        spent.append(world.database.statements - before)
    assert len(look(world).lines) == 300
    assert spent[1] == spent[0] <= 8, spent
    before = world.database.statements
    add(world, *many, key="again")
    assert world.database.statements - before <= 16
