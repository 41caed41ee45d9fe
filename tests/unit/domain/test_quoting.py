"""A quote is what the basket costs: every line priced, every fault named, no clock and no chance."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import permutations
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import (
    InvalidQuantity,
    Listing,
    NotForSale,
    Pack,
    QuantityRule,
    Sku,
    Unit,
    UnknownSku,
    UnknownUnit,
)
from domain.errors import DomainError, Refused
from domain.identity import ProductId, SkuCode, SkuId
from domain.inventory import Demand, InsufficientStock
from domain.merchant import PriceRules, StockDisplay
from domain.money import LARGEST_PRICE, Currency, Money, UnitPrice
from domain.price_choice import SkuPrices
from domain.pricing import EMPTY, Ladder, PriceSource, PriceUnavailable, Rung
from domain.quantity import LARGEST, LARGEST_FACTOR, NONE, Factor, Quantity
from domain.quoting import (
    LARGEST_LINE,
    MOST_LINES,
    Basket,
    BasketLine,
    EmptyBasket,
    OrderMinimum,
    OrderMinimumNotReached,
    Quote,
    Shelf,
    TooManyLines,
    quote_basket,
)
from kit import strategies as some
from kit.builders import NOON, SeededIds, case_of, ladder, merchant, pieces, price_list, sku, tier

IDS = SeededIds()
SHOP = merchant(IDS)
PRODUCT = IDS.new(ProductId)
BASE = price_list(IDS)
PLENTY = Quantity(LARGEST)
SIXES = QuantityRule(minimum=pieces(6), step=pieces(6))
TEA = sku(IDS, packs=[case_of(24)])
MILK = sku(IDS, code="MILK-1", name="牛奶")
GRAMS = QuantityRule(minimum=Quantity(1), step=Quantity(1))
RICE = sku(
    IDS, code="RICE-1", name="大米", unit="公斤", rule=GRAMS, packs=[Pack(Unit.named("斤"), Factor(1, 2))]
)
SIX_PACK = sku(IDS, code="SIX-1", rule=SIXES, packs=[case_of(4)])
GOODS = (TEA, MILK, RICE, SIX_PACK)
PRICES = {
    TEA.id: ladder((1, "3.33"), (24, "2.85")),
    MILK.id: ladder((1, "12.00")),
    RICE.id: ladder(("0.001", "6.99")),
    SIX_PACK.id: ladder((1, "1.25")),
}


def shelf(
    *goods: Sku,
    prices: Mapping[SkuId, Ladder] | None = None,
    available: Mapping[SkuId, Quantity] | None = None,
    for_sale: bool = True,
) -> Shelf:
    goods = goods or GOODS
    return Shelf(
        tuple(Listing(it, PRODUCT, it.name, for_sale) for it in goods),
        {
            sku_id: SkuPrices.of({BASE: of_sku}, at=NOON, rules=PriceRules(2))
            for sku_id, of_sku in (PRICES if prices is None else prices).items()
        },
        {it.id: PLENTY for it in goods} if available is None else available,
    )


def asked(*lines: tuple[Sku, str] | tuple[Sku, str, str]) -> Basket:
    return Basket(
        tuple(
            BasketLine(sku_id=it.id, quantity=Decimal(number), unit=unit[0] if unit else None)
            for it, number, *unit in lines
        )
    )


def quoted(*lines: tuple[Sku, str] | tuple[Sku, str, str], on: Shelf | None = None) -> Quote:
    return quote_basket(asked(*lines), shelf=on or shelf(), merchant=SHOP)


def problems(quote: Quote) -> list[tuple[DomainError, ...]]:
    return [line.problems for line in quote.lines]


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    lines = []
    for _ in range(draw(st.integers(1, 8))):
        it = draw(st.sampled_from(GOODS))
        number = draw(some.decimals(most=40_000) | st.integers(-1, 60).map(Decimal))
        unit = draw(st.sampled_from([None, *(one.code for one in it.units), "托"]))
        lines.append(BasketLine(sku_id=it.id, quantity=number, unit=unit))
    return Basket(tuple(lines))


available = st.fixed_dictionaries({it.id: some.quantities(least=0, most=80_000) for it in GOODS})


class TestPricing:
    def test_prices_every_line_and_adds_up(self) -> None:
        quote = quoted((TEA, "10"), (RICE, "2.5"), (MILK, "1"))
        assert [line.total and line.total.amount for line in quote.lines] == ["33.30", "17.48", "12.00"]
        assert quote.total.amount == "62.78"
        assert quote.refusals == ()
        assert quote.or_refuse() is quote

    def test_tells_how_a_price_came_about(self) -> None:
        (case, piece, nothing) = quoted((TEA, "2", "箱"), (TEA, "1"), (TEA, "1", "托")).lines
        assert [one.after and one.after.amount for one in case.price_trace] == ["68.40"]
        assert [one.after and one.after.amount for one in piece.price_trace] == ["3.33"]
        assert nothing.price_trace == ()

    def test_prices_a_case_at_the_break_it_reaches(self) -> None:
        (line,) = quoted((TEA, "2", "箱")).lines
        assert line.price is not None
        assert line.total is not None
        assert (line.price.unit_price.amount, line.total.amount) == ("68.40", "136.80")
        assert line.price.list_price.amount == "68.40"
        assert (line.quantity, line.base_quantity) == (pieces(2), pieces(48))

    @given(st.integers(1, 400))
    def test_costs_the_same_in_cases_as_in_bottles(self, cases: int) -> None:
        in_cases, in_bottles = quoted((TEA, str(cases), "case")), quoted((TEA, str(cases * 24)))
        assert in_cases.total == in_bottles.total

    @pytest.mark.parametrize(("many", "total"), [("333", "12.49"), ("1000", "37.50"), ("1", "0.04")])
    def test_rounds_a_line_once(self, many: str, total: str) -> None:
        fine = shelf(TEA, prices={TEA.id: ladder((1, "0.0375"))})
        assert quoted((TEA, many), on=fine).total.amount == total

    def test_charges_the_tier_what_it_is_shown(self) -> None:
        vip = price_list(IDS, source=PriceSource.TIER, tier=tier(IDS, percentage="95"))
        for scale, total in ((2, "22.12"), (4, "22.14")):
            prices = SkuPrices.of({BASE: ladder((1, "3.33")), vip: EMPTY}, at=NOON, rules=PriceRules(scale))
            on = attrs.evolve(shelf(TEA), prices={TEA.id: prices})
            assert quoted((TEA, "7"), on=on).total.amount == total

    @given(baskets(), available)
    def test_totals_the_lines_that_can_be_priced(self, basket: Basket, there: dict[SkuId, Quantity]) -> None:
        quote = quote_basket(basket, shelf=shelf(available=there), merchant=SHOP)
        assert quote.total.minor == sum(line.total.minor for line in quote.lines if line.total)
        for line in quote.lines:
            assert (line.total is None) is (line.price is None) is (line.base_quantity is None)
            if line.price and line.quantity:
                assert line.total == line.price.unit_price.times(line.quantity)

    @given(baskets(), available)
    def test_gives_the_same_quote_for_the_same_basket(
        self, basket: Basket, there: dict[SkuId, Quantity]
    ) -> None:
        one, other = (quote_basket(basket, shelf=shelf(available=there), merchant=SHOP) for _ in range(2))
        assert one == other
        assert hash(one) == hash(other)

    @given(baskets(), available, st.randoms(use_true_random=False))
    def test_does_not_care_for_the_order_of_the_lines(
        self, basket: Basket, there: dict[SkuId, Quantity], random: Random
    ) -> None:
        shuffled = list(basket.lines)
        random.shuffle(shuffled)
        on = shelf(available=there)
        one = quote_basket(basket, shelf=on, merchant=SHOP)
        other = quote_basket(Basket(tuple(shuffled)), shelf=on, merchant=SHOP)
        assert one.total == other.total
        assert amounts(one) == amounts(other)

    def test_is_in_the_currency_of_the_merchant(self) -> None:
        abroad = attrs.evolve(SHOP, currency=Currency.JPY)
        assert quote_basket(Basket(), shelf=shelf(), merchant=abroad).total == Money(0, Currency.JPY)


def amounts(quote: Quote) -> list[tuple[object, ...]]:
    """What each line comes to and what is wrong with it, without where it stood."""
    return sorted(
        (
            str(line.listing and line.listing.sku.id),
            line.requested,
            line.total.minor if line.total else -1,
            sorted(repr(attrs.evolve(problem, line=0)) for problem in line.problems),  # type: ignore[misc]
        )
        for line in quote.lines
    )


class TestMerging:
    def test_makes_one_line_of_two_of_one_sku_in_one_unit(self) -> None:
        quote = quoted((MILK, "1"), (TEA, "20"), (TEA, "1", "箱"), (TEA, "4", "瓶"), (TEA, "1", "case"))
        assert [(line.line, str(line.requested), line.base_quantity) for line in quote.lines] == [
            (0, "1", pieces(1)),
            (1, "24", pieces(24)),
            (2, "2", pieces(48)),
        ]
        assert quote.lines[1].price is not None
        assert quote.lines[1].price.unit_price.amount == "2.85"

    def test_knows_a_sku_by_id_and_by_code_alike(self) -> None:
        lines = (
            BasketLine(sku_id=TEA.id, quantity=Decimal(1)),
            BasketLine(sku_code=TEA.code, quantity=Decimal(2)),
            BasketLine(sku_id=TEA.id, sku_code=MILK.code, quantity=Decimal(3)),
        )
        quote = quote_basket(Basket(lines), shelf=shelf(), merchant=SHOP)
        assert [line.quantity for line in quote.lines] == [pieces(6)]

    def test_meets_the_rule_together(self) -> None:
        assert quoted((SIX_PACK, "6"), (SIX_PACK, "6")).refusals == ()
        assert quoted((SIX_PACK, "2"), (SIX_PACK, "4")).refusals == ()
        assert quoted((SIX_PACK, "2"), (SIX_PACK, "1", "箱")).refusals == ()

    @pytest.mark.parametrize("bad", ["-1", "0", "0.5", "NaN", "Infinity", "1E+400", "1E-10"])
    def test_lets_no_line_make_another_good(self, bad: str) -> None:
        quote = quoted((TEA, "10"), (TEA, bad), (TEA, "5"))
        assert [line.line for line in quote.lines] == [0, 1]
        assert quote.lines[0].quantity == pieces(15)
        assert problems(quote)[0] == ()
        (problem,) = problems(quote)[1]
        assert isinstance(problem, InvalidQuantity)
        assert problem.line == 1

    def test_adds_what_is_exact_only_together(self) -> None:
        thirds = sku(IDS, code="CAKE", unit="个", packs=[Pack(Unit("slice", "块"), Factor(1, 3))])
        on = shelf(thirds, prices={thirds.id: ladder((1, 9))})
        quote = quoted((thirds, "1", "块"), (thirds, "2", "块"), on=on)
        assert (quote.refusals, quote.total.amount) == ((), "9.00")
        assert problems(quoted((thirds, "1", "块"), on=on)) == [(InvalidQuantity(thirds.id, (pieces(3),)),)]

    def test_refuses_more_together_than_a_quantity_can_say(self) -> None:
        most = str(LARGEST // 1000)
        quote = quoted((TEA, most), (TEA, most))
        assert problems(quote) == [(InvalidQuantity(TEA.id, (Quantity(LARGEST_LINE),)),)]


class TestProblems:
    def test_refuses_an_empty_basket(self) -> None:
        quote = quoted()
        assert (quote.lines, quote.problems, quote.total.minor) == ((), (EmptyBasket(),), 0)
        with pytest.raises(Refused) as caught:
            quote.or_refuse()
        assert caught.value == Refused((EmptyBasket(),))

    def test_takes_as_many_lines_as_an_order_has_and_no_more(self) -> None:
        assert quoted(*[(TEA, "1")] * MOST_LINES).refusals == ()
        quote = quoted(*[(TEA, "1")] * (MOST_LINES + 1))
        assert (quote.lines, quote.refusals) == ((), (TooManyLines(MOST_LINES + 1),))

    def test_names_every_sku_it_does_not_know(self) -> None:
        gone = IDS.new(SkuId)
        lines = (
            BasketLine(sku_id=gone, quantity=Decimal(1)),
            BasketLine(sku_code=SkuCode("GONE"), quantity=Decimal(1)),
            BasketLine(reference="??", quantity=Decimal(1)),
            BasketLine(sku_id=gone, sku_code=TEA.code, quantity=Decimal(1)),
            BasketLine(quantity=Decimal("NaN")),
        )
        quote = quote_basket(Basket(lines), shelf=shelf(), merchant=SHOP)
        references = [gone, "GONE", "??", gone, ""]
        assert quote.refusals == tuple(UnknownSku(reference, at) for at, reference in enumerate(references))
        assert [line.line for line in quote.lines] == [0, 1, 2, 3, 4]
        assert quote.demands == ()

    def test_names_the_units_there_are(self) -> None:
        quote = quoted((TEA, "1", "托"), (TEA, "1", ""))
        assert problems(quote) == [
            (UnknownUnit(TEA.id, "托", TEA.units, 0),),
            (UnknownUnit(TEA.id, "", TEA.units, 1),),
        ]

    def test_refuses_what_is_not_for_sale_and_still_says_what_it_costs(self) -> None:
        quote = quoted((TEA, "1"), on=shelf(for_sale=False))
        assert problems(quote) == [(NotForSale(TEA.id, 0),)]
        assert quote.total.amount == "3.33"

    def test_refuses_what_nobody_has_a_price_for(self) -> None:
        assert problems(quoted((TEA, "1"), on=shelf(prices={}))) == [(PriceUnavailable(TEA.id, 0),)]
        from_two = shelf(prices={TEA.id: ladder((2, 3))})
        assert problems(quoted((TEA, "1"), on=from_two)) == [(PriceUnavailable(TEA.id, 0),)]

    @pytest.mark.parametrize(
        ("quantity", "nearest"),
        [
            ("-1", ["1"]),
            ("0", ["1"]),
            ("-0", ["1"]),
            ("0.5", ["1"]),
            ("1.5", ["1", "2"]),
            ("1E-10", ["1"]),
            ("NaN", ["1"]),
            ("sNaN", ["1"]),
            ("-NaN", ["1"]),
            ("Infinity", ["1000000"]),
            ("-Infinity", ["1"]),
            ("1E+400", ["1000000"]),
            ("1E+999999", ["1000000"]),
            ("-1E+999999", ["1"]),
            ("1E-999999", ["1"]),
            ("1000000.001", ["1000000"]),
            ("1000001", ["1000000"]),
        ],
    )
    def test_names_the_nearest_quantities_whatever_was_asked_for(
        self, quantity: str, nearest: list[str]
    ) -> None:
        expected = InvalidQuantity(TEA.id, tuple(pieces(one) for one in nearest))
        quote = quoted((TEA, quantity))
        assert problems(quote) == [(expected,)]
        assert quote.total.minor == 0
        assert quote.demands == ()

    @given(st.decimals(allow_nan=True, allow_infinity=True), st.sampled_from([None, "箱", "托"]))
    def test_answers_whatever_number_is_asked_for(self, number: Decimal, unit: str | None) -> None:
        basket = Basket((BasketLine(sku_id=TEA.id, quantity=number, unit=unit),) * 2)
        assert quote_basket(basket, shelf=shelf(), merchant=SHOP).lines

    @pytest.mark.parametrize(("quantity", "nearest"), [("3", [6]), ("8", [6, 12])])
    def test_names_what_the_rule_allows(self, quantity: str, nearest: list[int]) -> None:
        expected = InvalidQuantity(SIX_PACK.id, tuple(pieces(one) for one in nearest))
        assert problems(quoted((SIX_PACK, quantity))) == [(expected,)]

    def test_names_for_each_unit_what_would_do_beside_the_others(self) -> None:
        quote = quoted((SIX_PACK, "3"), (MILK, "1"), (SIX_PACK, "2", "箱"))
        assert problems(quote) == [
            (InvalidQuantity(SIX_PACK.id, (pieces(4),), 0),),
            (),
            (InvalidQuantity(SIX_PACK.id, (), 2),),
        ]
        quote = quoted((SIX_PACK, "4"), (SIX_PACK, "1", "箱"))
        assert problems(quote) == [
            (InvalidQuantity(SIX_PACK.id, (pieces(2), pieces(8)), 0),),
            (InvalidQuantity(SIX_PACK.id, (pieces(2),), 1),),
        ]

    def test_takes_the_largest_line_and_no_more_in_all_units_together(self) -> None:
        most = LARGEST_LINE // 1000
        assert quoted((TEA, str(most))).refusals == ()
        assert problems(quoted((TEA, str(most - 24)), (TEA, "1", "箱"))) == [(), ()]
        assert problems(quoted((TEA, str(most - 23)), (TEA, "1", "箱"))) == [
            (InvalidQuantity(TEA.id, (pieces(most - 24),), 0),),
            (InvalidQuantity(TEA.id, (), 1),),
        ]

    def test_names_every_problem_of_a_line(self) -> None:
        on = shelf(SIX_PACK, prices={}, available={}, for_sale=False)
        assert problems(quoted((SIX_PACK, "5"), on=on)) == [
            (
                NotForSale(SIX_PACK.id, 0),
                InvalidQuantity(SIX_PACK.id, (pieces(6),), 0),
                PriceUnavailable(SIX_PACK.id, 0),
                InsufficientStock(SIX_PACK.id, NONE, pieces(5), 0),
            )
        ]

    def test_names_the_problems_of_every_line_in_order(self) -> None:
        quote = quoted((TEA, "0"), (MILK, "1", "托"), (RICE, "0.0001"), (SIX_PACK, "12"))
        assert [type(problem) for problem in quote.refusals] == [
            InvalidQuantity,
            UnknownUnit,
            InvalidQuantity,
        ]
        with pytest.raises(Refused) as caught:
            quote.or_refuse()
        assert caught.value == Refused(quote.refusals)


class TestStock:
    def test_takes_all_there_is_and_no_more(self) -> None:
        on = shelf(available={TEA.id: pieces(10)})
        assert quoted((TEA, "10"), on=on).refusals == ()
        assert quoted((TEA, "11"), on=on).refusals == (InsufficientStock(TEA.id, pieces(10), pieces(11), 0),)
        assert quoted((MILK, "1"), on=on).refusals == (InsufficientStock(MILK.id, NONE, pieces(1), 0),)

    def test_speaks_in_the_unit_asked_for(self) -> None:
        on = shelf(available={TEA.id: pieces(71), RICE.id: Quantity(1_234)})
        assert quoted((TEA, "3", "箱"), on=on).refusals == (
            InsufficientStock(TEA.id, pieces(2), pieces(3), 0),
        )
        assert quoted((RICE, "3", "斤"), on=on).refusals == (
            InsufficientStock(RICE.id, pieces("2.46"), pieces(3), 0),
        )

    def test_counts_both_units_of_a_sku_together(self) -> None:
        on = shelf(available={TEA.id: pieces(50)})
        assert quoted((TEA, "2"), (TEA, "2", "箱"), on=on).refusals == ()
        assert quoted((TEA, "3"), (TEA, "2", "箱"), on=on).refusals == (
            InsufficientStock(TEA.id, pieces(2), pieces(3), 0),
            InsufficientStock(TEA.id, pieces(1), pieces(2), 1),
        )
        assert quoted((TEA, "60"), (TEA, "1", "箱"), on=on).refusals == (
            InsufficientStock(TEA.id, pieces(26), pieces(60), 0),
            InsufficientStock(TEA.id, NONE, pieces(1), 1),
        )

    @given(st.integers(0, 200), st.integers(1, 150), st.integers(1, 6))
    def test_can_be_had_once_any_one_line_is_cut_to_what_is_available(
        self, there: int, bottles: int, cases: int
    ) -> None:
        on = shelf(available={TEA.id: pieces(there)})
        wanted = {"瓶": bottles, "箱": cases}
        quote = quoted(*((TEA, str(many), unit) for unit, many in wanted.items()), on=on)
        assert bool(quote.refusals) is (bottles + 24 * cases > there)
        for problem, (unit, other) in zip(quote.refusals, permutations(wanted, 2), strict=False):
            assert isinstance(problem, InsufficientStock)
            assert problem.requested == pieces(wanted[unit])
            left = int(str(problem.available))
            factor = {"瓶": 1, "箱": 24}
            beside = wanted[other] * factor[other]
            assert left * factor[unit] + beside <= there or left == 0
            assert (left + 1) * factor[unit] + beside > there

    def test_speaks_in_the_smallest_unit_of_the_largest_stock(self) -> None:
        crumbs = sku(
            IDS,
            code="CRUMB",
            unit="公斤",
            rule=GRAMS,
            packs=[Pack(Unit("mg", "毫克"), Factor(1, LARGEST_FACTOR))],
        )
        prices, most = {crumbs.id: ladder(("0.001", 1))}, Quantity(LARGEST)
        on = shelf(crumbs, prices=prices, available={crumbs.id: Quantity(LARGEST // LARGEST_FACTOR - 1)})
        assert quoted((crumbs, str(most), "毫克"), on=on).refusals == (
            InsufficientStock(crumbs.id, Quantity(LARGEST - LARGEST_FACTOR), most, 0),
        )

    @given(baskets(), available)
    def test_asks_for_what_each_line_needs(self, basket: Basket, there: dict[SkuId, Quantity]) -> None:
        quote = quote_basket(basket, shelf=shelf(available=there), merchant=SHOP)
        for demand in quote.demands:
            line = quote.lines[demand.line]
            assert line.listing is not None
            assert demand == Demand(demand.line, line.listing.sku.id, line.base_quantity or NONE)
        if not quote.refusals:
            assert [demand.line for demand in quote.demands] == list(range(len(quote.lines)))


class TestLargestBasket:
    def test_fits_64_bits(self) -> None:
        dear = Ladder((Rung(Quantity(1), UnitPrice(LARGEST_PRICE, Currency.CNY)),))
        of_tier = price_list(IDS, source=PriceSource.TIER, tier=tier(IDS, percentage="1000"))
        prices = SkuPrices.of({BASE: dear, of_tier: EMPTY}, at=NOON, rules=PriceRules(2))
        unit = Pack(Unit.named("托"), Factor(LARGEST_FACTOR))
        goods = [sku(IDS, code=f"D-{at}", packs=[unit]) for at in range(MOST_LINES)]
        on = attrs.evolve(shelf(*goods), prices={it.id: prices for it in goods})
        for number, name in (("1", "托"), (str(LARGEST_LINE // 1000), "瓶")):
            quote = quoted(*((it, number, name) for it in goods), on=on)
            assert quote.refusals == ()
            assert quote.total.minor == 500 * 10**16 < 2**63
            assert all(line.price and line.price.unit_price.ten_thousandths < 2**63 for line in quote.lines)


def money(minor: int) -> Money:
    return Money(minor, Currency.CNY)


class TestOrderMinimum:
    ASKS = attrs.evolve(SHOP, order_minimum_amount=money(3_330))

    @pytest.mark.parametrize(("many", "short"), [("1", 2_997), ("9", 333), ("10", 0), ("11", 0)])
    def test_says_what_is_missing_and_refuses_only_when_it_is_placed(self, many: str, short: int) -> None:
        quote = quote_basket(asked((TEA, many)), shelf=shelf(), merchant=self.ASKS)
        assert quote.order_minimum == OrderMinimum(money(3_330), money(short))
        assert quote.problems == ()
        expected = (OrderMinimumNotReached(money(3_330), money(short)),) if short else ()
        assert quote.refusals == expected

    def test_says_nothing_where_there_is_none(self) -> None:
        assert quoted((TEA, "1")).order_minimum is None

    def test_does_not_refuse_what_cannot_be_priced_for_its_amount(self) -> None:
        basket = Basket(
            (
                BasketLine(sku_id=TEA.id, quantity=Decimal(1)),
                BasketLine(reference="no such", quantity=Decimal(1)),
            )
        )
        quote = quote_basket(basket, shelf=shelf(), merchant=self.ASKS)
        assert quote.order_minimum == OrderMinimum(money(3_330), money(2_997))
        assert quote.refusals == (UnknownSku("no such", 1),)

    def test_does_not_refuse_nothing_for_its_amount(self) -> None:
        quote = quote_basket(Basket(), shelf=shelf(), merchant=self.ASKS)
        assert (quote.order_minimum, quote.refusals) == (
            OrderMinimum(money(3_330), money(3_330)),
            (EmptyBasket(),),
        )


@pytest.mark.parametrize(
    ("display", "told"),
    [(StockDisplay.EXACT, pieces(3)), (StockDisplay.BANDED, None), (StockDisplay.HIDDEN, None)],
)
def test_tells_how_much_there_is_only_where_the_merchant_shows_it(
    display: StockDisplay, told: Quantity | None
) -> None:
    on = shelf(available={TEA.id: pieces(3)})
    quote = quote_basket(asked((TEA, "4")), shelf=on, merchant=attrs.evolve(SHOP, stock_display=display))
    assert problems(quote) == [(InsufficientStock(TEA.id, told, pieces(4), 0),)]
