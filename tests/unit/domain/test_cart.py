"""The cart and its lines."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cart import (
    Cart,
    CartChange,
    CartChangeKind,
    CartFull,
    CartLine,
    CartLineNotFound,
    LineChange,
    Seen,
    ToAdd,
    to_be_had,
)
from domain.catalog import InvalidQuantity, Listing, NotForSale, QuantityRule, Sku
from domain.errors import DomainError, Refused
from domain.identity import CartLineId, CustomerId
from domain.inventory import InsufficientStock
from domain.price_choice import SkuPrices
from domain.pricing import QuantityBreak
from domain.quantity import NONE, Quantity
from domain.quoting import LARGEST_LINE, MOST_LINES, QuoteLine
from kit import builders as a

IDS = a.SeededIds(5)
COMPANY = IDS.new(CustomerId)
CASE = a.case_of(24)
TEA = a.sku(IDS, packs=[CASE])
BOTTLE = TEA.unit.code
K = CartChangeKind


def prices(*rungs: tuple[int, str]) -> SkuPrices:
    base = a.price_list(IDS)
    breaks = tuple(QuantityBreak(a.pieces(least), a.yuan(price)) for least, price in rungs)
    return SkuPrices(((base, breaks),) if breaks else (), breaks)


def quoted(
    many: int = 2,
    *,
    sku: Sku = TEA,
    offered: SkuPrices = prices((1, "3.50"), (24, "3.30")),
    for_sale: bool = True,
    problems: tuple[DomainError, ...] = (),
) -> QuoteLine:
    """A line of so many bottles, as it is quoted."""
    product = a.product(IDS, skus=[sku])
    return QuoteLine(
        line=0,
        listing=Listing(sku, product.id, product.name, for_sale=for_sale),
        pack=sku.sold_in(None),
        quantity=a.pieces(many),
        base_quantity=a.pieces(many),
        requested=Decimal(many),
        prices=offered,
        problems=problems,
    )


def line(many: int = 2, *, seen: QuoteLine | None = None) -> CartLine:
    found = CartLine(id=IDS.new(CartLineId), sku_id=TEA.id, unit=BOTTLE, quantity=a.pieces(many))
    return found.looked_at(seen) if seen else found


def to_add(many: int | str = 1, *, sku: Sku = TEA, unit: str = BOTTLE, at: int = 0, **more: str) -> ToAdd:
    return ToAdd(sku_id=sku.id, unit=unit, quantity=a.pieces(many), line=at, **more)


def add(cart: Cart, *many: ToAdd) -> Cart:
    return cart.add(many, new_id=lambda: IDS.new(CartLineId))


def short(left: int | None) -> InsufficientStock:
    return InsufficientStock(TEA.id, None if left is None else a.pieces(left), a.pieces(2))


class TestAdding:
    def test_what_is_there_in_the_unit_becomes_more(self) -> None:
        cart = add(
            Cart(customer_id=COMPANY), to_add(1, note="a"), to_add(2, unit="case", written="茶"), to_add(3)
        )
        first, second = cart.lines
        assert (first.quantity, first.note, first.place) == (a.pieces(4), "a", 0)
        assert (second.quantity, second.written, second.place) == (a.pieces(2), "茶", 1)
        cart = cart.change([LineChange(id=second.id, selected=False)])
        cart = add(cart, to_add(1, unit="case", written="x", note="b"))
        assert cart.lines[1] == attrs.evolve(second, quantity=a.pieces(3), note="b", selected=True)

    def test_places_only_grow(self) -> None:
        cart = add(Cart(customer_id=COMPANY), to_add(), to_add(unit="case"))
        cart = add(cart.without([cart.lines[0].id]), to_add())
        assert [one.place for one in cart.lines] == [1, 2]

    def test_a_line_and_a_cart_have_an_end(self) -> None:
        largest = str(Quantity(LARGEST_LINE))
        many = (to_add(largest), to_add("0.001", at=1), *(to_add(unit=f"u{at}") for at in range(MOST_LINES)))
        with pytest.raises(Refused) as caught:
            add(Cart(customer_id=COMPANY), *many)
        assert caught.value.refusals == (InvalidQuantity(TEA.id, (), 1), CartFull())
        assert len(add(Cart(customer_id=COMPANY), *many[2:]).lines) == MOST_LINES

    @given(
        st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 9)), max_size=12), st.randoms()
    )
    def test_the_order_in_which_goods_come_changes_no_quantity(
        self, many: list[tuple[str, int]], chance: object
    ) -> None:
        shuffled = sorted(many, key=lambda _: chance.random())  # type: ignore[attr-defined]  # hypothesis leaves it untyped
        one, other = (
            {
                line.unit: line.quantity
                for line in add(Cart(customer_id=COMPANY), *(to_add(n, unit=u) for u, n in some)).lines
            }
            for some in (many, shuffled)
        )
        assert one == other
        assert sum(each.thousandths for each in one.values()) == 1000 * sum(number for _, number in many)


class TestChanging:
    def test_only_what_is_said_is_changed(self) -> None:
        cart = add(Cart(customer_id=COMPANY), to_add(1, note="a"), to_add(unit="case"))
        first, second = cart.lines
        changes = [
            LineChange(id=first.id, quantity=a.pieces(5)),
            LineChange(id=first.id, selected=False, line=1),
            LineChange(id=second.id, note="b", line=2),
        ]
        after = cart.change(changes)
        assert after.lines == (
            attrs.evolve(first, quantity=a.pieces(5), selected=False),
            attrs.evolve(second, note="b"),
        )
        assert after.selected == after.lines[1:]

    def test_what_is_not_there_is_named(self) -> None:
        with pytest.raises(Refused) as caught:
            Cart(customer_id=COMPANY).change(
                [LineChange(id=None), LineChange(id=IDS.new(CartLineId), line=1)]
            )
        assert caught.value.refusals == (CartLineNotFound(0), CartLineNotFound(1))


class TestWhatHasChanged:
    def test_nothing_where_it_is_as_it_was_seen(self) -> None:
        assert line(seen=quoted()).changes(quoted()) == ()
        assert line().changes(quoted()) == ()

    def test_a_price_at_the_quantity_that_was_seen(self) -> None:
        dearer = quoted(30, offered=prices((1, "3.60"), (24, "3.30")))
        assert line(30, seen=quoted(2)).changes(dearer) == (
            CartChange(kind=K.PRICE, price_before=a.yuan("3.50"), price_now=a.yuan("3.60")),
        )
        gone = quoted(offered=prices())
        assert line(seen=quoted()).changes(gone)[0].price_now is None
        assert line(seen=gone).changes(gone) == ()

    def test_the_rule(self) -> None:
        sku = attrs.evolve(TEA, rule=QuantityRule(a.pieces(6), a.pieces(2)))
        [found] = line(seen=quoted()).changes(quoted(sku=sku))
        assert found == CartChange(
            kind=K.QUANTITY_RULE,
            minimum_before=a.pieces(1),
            minimum_now=a.pieces(6),
            step_before=a.pieces(1),
            step_now=a.pieces(2),
        )

    def test_whether_it_is_sold(self) -> None:
        assert line(seen=quoted()).changes(quoted(for_sale=False)) == (CartChange(kind=K.NOT_FOR_SALE),)
        assert line(seen=quoted(for_sale=False)).changes(quoted()) == (CartChange(kind=K.FOR_SALE_AGAIN),)

    def test_what_is_not_offered_at_all(self) -> None:
        nothing = QuoteLine(line=0, requested=Decimal(1))
        assert line(seen=quoted()).changes(nothing) == (CartChange(kind=K.NOT_OFFERED),)
        no_unit = attrs.evolve(quoted(), pack=None, quantity=None, base_quantity=None)
        assert line(seen=quoted()).changes(no_unit) == (CartChange(kind=K.UNIT_GONE),)
        assert Seen.of(nothing) is None and Seen.of(no_unit) is None

    @pytest.mark.parametrize(
        ("before", "now", "enough_before", "enough_now", "kinds"),
        [
            (2, 2, True, False, [K.OUT_OF_STOCK]),
            (2, 3, True, False, []),
            (3, 2, True, False, [K.OUT_OF_STOCK]),
            (2, 2, False, True, [K.BACK_IN_STOCK]),
            (3, 2, False, True, []),
            (2, 2, False, False, []),
        ],
    )
    def test_the_stock_where_nobody_asked_for_another_quantity(
        self, before: int, now: int, enough_before: bool, enough_now: bool, kinds: list[CartChangeKind]
    ) -> None:
        was = quoted(before, problems=() if enough_before else (short(None),))
        found = line(now, seen=was).changes(quoted(now, problems=() if enough_now else (short(1),)))
        assert [one.kind for one in found] == kinds

    def test_another_quantity_is_seen_with_it_unless_that_hides_something(self) -> None:
        one = line(30, seen=quoted(2))
        assert one.asked_for(quoted(30)).seen == Seen.of(quoted(30))
        dearer = quoted(30, offered=prices((1, "3.60")))
        assert one.asked_for(dearer) == one
        assert line(2).asked_for(quoted(2)).seen == Seen.of(quoted(2))
        nothing = attrs.evolve(quoted(), base_quantity=None)
        assert one.asked_for(nothing) == one

    def test_all_lines_of_a_cart_are_seen_that_are_told(self) -> None:
        cart = Cart(customer_id=COMPANY, lines=(line(), line()))
        first, second = cart.lines
        assert cart.looked_at({first.id: quoted()}).lines == (first.looked_at(quoted()), second)
        assert cart.asked_for({second.id: quoted()}).lines == (first, second.looked_at(quoted()))


class TestWhatCanBeHad:
    by_six = attrs.evolve(TEA, rule=QuantityRule(a.pieces(6), a.pieces(6)))

    @pytest.mark.parametrize(
        ("line", "many"),
        [
            (quoted(8), 8),
            (quoted(8, problems=(NotForSale(TEA.id),)), 0),
            (quoted(8, problems=(short(None),)), 0),
            (quoted(8, problems=(short(5),)), 5),
            (quoted(8, problems=(short(0),)), 0),
            (quoted(8, sku=by_six, problems=(InvalidQuantity(TEA.id, (a.pieces(6), a.pieces(12))),)), 12),
            (quoted(8, problems=(InvalidQuantity(TEA.id, (a.pieces(6),)),)), 6),
            (quoted(8, problems=(InvalidQuantity(TEA.id, ()),)), 0),
            (
                quoted(
                    8, sku=by_six, problems=(InvalidQuantity(TEA.id, (a.pieces(6), a.pieces(12))), short(7))
                ),
                6,
            ),
            (quoted(4, sku=by_six, problems=(InvalidQuantity(TEA.id, (a.pieces(6),)), short(7))), 0),
            (QuoteLine(line=0, requested=Decimal(1)), 0),
        ],
    )
    def test_is_what_the_rule_and_the_stock_leave(self, line: QuoteLine, many: int) -> None:
        assert to_be_had(line) == (a.pieces(many) if many else NONE)


def test_a_line_is_asked_for_by_the_words_of_the_buyer() -> None:
    assert line().asked.reference.startswith("cln_")
    assert attrs.evolve(line(), written="茶").asked.reference == "茶"
