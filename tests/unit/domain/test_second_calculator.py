"""Money, worked out twice: the engine of promotions and a calculator written from the rules alone agree to the fen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random

import attrs
import pytest

from domain import money
from domain.money import Currency, Money, UnitPrice
from domain.promotions import (
    Gift,
    GiftGoods,
    GiftShortage,
    Guard,
    GuardedLine,
    Offer,
    PricedLine,
    Promotion,
    Scope,
    Stage,
    ThresholdDiscount,
    _capping,
    _fold,
    _gifts,
    _pieces,
    _state,
    _thresholds,
)
from domain.promotions._state import State, Won
from domain.quantity import Quantity
from kit.second_baskets import CNY, Case, case_of, compare, disagreement
from kit.second_calculator import (
    BuyGet,
    Deal,
    Give,
    Goods,
    Guarded,
    Handed,
    Line,
    Nth,
    Off,
    Reckoned,
    Set,
    cost,
    reckon,
    spread,
)

SEED = 20261127
BASKETS = 5_000
UNTIL_FOUND = 3_000
"""A fault is found within so many baskets; most within a few dozen."""

F = Fraction


class TestSecondCalculator:
    """By hand: the worked cases, and what read systems get wrong."""

    def test_it_rounds_a_line_once_half_up(self) -> None:
        assert [cost(F("0.0375"), F(n)) for n in (333, 1000, 1)] == [1249, 3750, 4]
        assert [cost(F("3.16"), F(7)), cost(F("3.1635"), F(7))] == [2212, 2214]

    @pytest.mark.parametrize(
        ("off", "costs", "shares"),
        [
            (1000, [3333, 3333, 3334], [333, 333, 334]),
            (1000, [1, 1, 9998], [0, 0, 1000]),
            (1500, [5990, 0, 2995, 1015], [899, 0, 449, 152]),
            (2000, [500, 300], [500, 300]),
            (1000, [3333, 6666], [333, 667]),
            (16, [5, 5, 5, 5, 5, 5, 5, 1], [3, 2, 2, 2, 2, 2, 2, 1]),
        ],
    )
    def test_it_spreads_by_largest_remainder(self, off: int, costs: list[int], shares: list[int]) -> None:
        found = spread(off, dict(enumerate(costs)))
        assert sum(found.values()) == min(off, sum(costs))
        assert [found.get(at, 0) for at in range(len(costs))] == shares

    @pytest.mark.parametrize(("fen", "off"), [(9_999, 0), (10_000, 1000), (9_950, 0)])
    def test_it_gives_a_threshold_to_whoever_reaches_it(self, fen: int, off: int) -> None:
        assert taken(fen, Off(((F(10_000), 1000),))) == off

    @pytest.mark.parametrize(("fen", "off"), [(19_999, 0), (20_000, 3000), (65_000, 9000), (90_000, 9000)])
    def test_it_repeats_up_to_the_cap(self, fen: int, off: int) -> None:
        assert taken(fen, Off(((F(20_000), 3000),), repeats=True, cap=9000)) == off

    def test_it_takes_the_deepest_step(self) -> None:
        steps = ((F(10_000), 500), (F(20_000), 1500), (F(30_000), F(1, 10)))
        assert [taken(fen, Off(steps)) for fen in (9_999, 10_000, 29_999, 30_005)] == [0, 500, 1500, 3001]

    def test_it_applies_coupons_after_groups(self) -> None:
        """Three at 90.00: 满200减20, then a coupon 满240减10; one of 满260 is not reached."""
        lines = [Line(frozenset({"tea"}), F(3), 27_000)]
        off = Deal("1", 7, Off(((F(20_000), 2000),)))
        assert reckon(lines, [Deal("2", 9, Off(((F(24_000), 1000),))), off]).total == 24_000
        assert reckon(lines, [Deal("2", 9, Off(((F(26_000), 1000),))), off]).total == 25_000

    def test_it_applies_the_best_of_an_exclusive_group(self) -> None:
        lines = [Line(frozenset({"tea"}), F(3), 27_000)]
        amount = Deal("1", 7, Off(((F(20_000), 2000),)), group="g")
        share = Deal("2", 7, Off(((F(2), F(1, 10)),), in_pieces=True), group="g")
        found = reckon(lines, [amount, share])
        assert (found.total, [name for name, _ in found.cuts]) == (24_300, ["2"])

    def test_it_cuts_every_second_piece_the_dearest_first(self) -> None:
        lines = [Line(frozenset({"a"}), F(1), 1000), Line(frozenset({"b"}), F(2), 6000)]
        assert reckon(lines, [Deal("1", 6, Nth(2, F(1, 2)))]).nets == (1000, 4500)

    def test_it_gives_what_is_got_beside_what_is_bought(self) -> None:
        lines = [Line(frozenset({"a"}), F(5), 5000)]
        assert reckon(lines, [Deal("1", 6, BuyGet(F(3), F(1), Goods(), F(1)))]).total == 4000

    def test_it_makes_as_many_sets_as_are_worth_it(self) -> None:
        lines = [Line(frozenset({"a"}), F(3), 3000), Line(frozenset({"b"}), F(2), 4000)]
        parts = ((Goods(frozenset({"a"})), F(1)), (Goods(frozenset({"b"})), F(1)))
        assert reckon(lines, [Deal("1", 6, Set(parts, 2500))]).total == 6000
        assert reckon(lines, [Deal("1", 6, Set(parts, 3000))]).total == 7000

    def test_it_gives_one_for_every_ten(self) -> None:
        """买10赠1 of cases at 34.80: 23 are two gifts; where there is one it is given, owed, another's, or none is."""
        lines = [Line(frozenset({"case"}), F(23), 80_040)]
        shelf = {"case": (F(1), F("34.8")), "cup": (F(9), F(1))}
        give = Give(F(10), (("case", F(1)),), in_pieces=True, repeats=True)

        def given(what: Give, stage: int = 8) -> Reckoned:
            return reckon(lines, [Deal("1", stage, what)], shelf=shelf)

        part, owed = Handed("1", "case", F(1), F(1), False, 3480), Handed("1", "case", F(1), F(1), True, 3480)
        assert (given(give).gifts, given(give).worths) == ((part,), (("1", 3480),))
        found = given(give._replace(short="OWE"))
        assert (found.gifts, found.worths) == ((owed,), (("1", 6960),))
        found = given(give._replace(short="SUBSTITUTE", instead=(("case", F(1)), ("cup", F(2)))))
        assert found.gifts == (part._replace(missing=F(0)), Handed("1", "cup", F(2), F(0), False, 200))
        found = given(give._replace(short="BLOCK"))
        assert (found.gifts, found.faults) == ((), (("1", "case", F(1)),))
        assert given(give._replace(threshold=F(24))) == reckon(lines, [])
        two = give._replace(goods=(("case", F(1)), ("cup", F(1))), choice=True)
        assert [one.name for one in given(two).gifts] == ["cup"]
        assert [one.name for one in given(two._replace(chosen="case")).gifts] == ["case"]
        assert given(two._replace(chosen="tea")).faults == (("1", "tea", None),)

    def test_a_gift_is_given_by_what_goods_cost_before_groups_and_a_coupon_by_what_they_cost_after(
        self,
    ) -> None:
        lines, shelf = [Line(frozenset({"tea"}), F(1), 10_000)], {"cup": (F(9), F(1))}
        off, give = Deal("1", 7, Off(((F(10_000), 1000),))), Give(F(10_000), (("cup", F(1)),))
        for deal, many in (
            (Deal("2", 8, give), 1),
            (Deal("2", 8, give._replace(late=True)), 0),
            (Deal("2", 9, give), 0),
            (Deal("2", 9, give._replace(threshold=F(9_000))), 1),
        ):
            assert len(reckon(lines, [off, deal], shelf=shelf).gifts) == many

    def test_it_leaves_lines_their_floors_when_something_comes_off_the_whole(self) -> None:
        """Two lines of 35.00: one may cost no less than 31.00. Staff take 10.00, 5.00 of each."""
        lines = [Line(frozenset({name}), F(10), 3500) for name in ("tea", "nuts")]
        floors = (F("3.1"), None)
        found = reckon(lines, [], Guarded("CAP", floors), staff_off=1000)
        assert (found.nets, found.off_whole, found.refused) == ((3100, 3000), (900, 0), ())
        found = reckon(lines, [], Guarded("BLOCK", floors), staff_off=1000)
        assert (found.nets, found.refused) == ((3000, 3000), (0,))
        assert reckon(lines, [], Guarded("APPROVAL", floors, (F(3), None)), staff_off=1000).refused == ()
        assert reckon(lines, [], Guarded("BLOCK", floors, whole=False), staff_off=1000).refused == ()
        odd = [Line(frozenset({name}), F(10), fen) for name, fen in (("tea", 3530), ("nuts", 3540))]
        for most, nets in (("3.53", (3530, 3470)), ("0", (3495, 3505))):
            assert reckon(odd, [], Guarded("BLOCK", (F(most), None)), rounds=100).nets == nets
        assert reckon(odd, [], Guarded("BLOCK", (F("3.53"), F("3.53"))), rounds=100).nets == (3530, 3540)


def taken(fen: int, what: Off) -> int:
    return fen - reckon([Line(frozenset({"tea"}), F(1), fen)], [Deal("1", 7, what)]).total


class TestSetsOfTheSameGoods:
    """Where one part of a set takes what another wants, the second set may save more than the first."""

    def test_it_goes_on_as_long_as_a_set_saves_something(self) -> None:
        case = case_of(Random("5/1333"))
        assert any(len(getattr(one.promotion.effect, "parts", ())) == 2 for one in case.offers)
        assert disagreement(case) is None


@pytest.mark.no_cover  # measuring doubles what it takes, and the rooms have tests of their own
class TestAgreement:
    """By chance: baskets and promotions of every kind, in any order and any subset."""

    def test_the_engine_says_what_the_second_calculator_says(self) -> None:
        print(f"seed {SEED}: {BASKETS} baskets")
        assert compare(SEED, BASKETS) is None

    def test_the_baskets_are_of_every_kind(self) -> None:
        """Nothing is proved by baskets that nothing happens to."""
        kinds: dict[str, int] = {}
        for number in range(400):
            case = case_of(Random(f"{SEED}/{number}"))
            for one in _fold.fold(case.given).applied:
                kind = type(one.promotion.effect).__name__
                kind = f"{kind} of a coupon" if one.claim else kind
                kinds[kind] = kinds.get(kind, 0) + 1
        plain = {"ThresholdDiscount", "NthPiece", "BuyGet", "Bundle", "Gift"}
        assert set(kinds) == plain | {"ThresholdDiscount of a coupon", "Gift of a coupon"}
        assert min(kinds.values()) > 20, kinds


def _floored(numerator: int, denominator: int) -> int:
    return numerator // denominator


def _to_the_first(self: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """What is left over goes to the lines as they stand."""
    base = sum(weights)
    parts = [self.minor * weight // base if base else 0 for weight in weights]
    for at in range(self.minor - sum(parts)):
        parts[at] += 1
    return tuple(Money(part, self.currency) for part in parts)


def _to_the_last(self: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """The last line takes the rest."""
    base = sum(weights)
    parts = [self.minor * weight // base if base else 0 for weight in weights]
    parts[-1] += self.minor - sum(parts)
    return tuple(Money(part, self.currency) for part in parts)


def _ties_to_the_later(self: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    base = sum(weights)
    if not base:
        return tuple(Money(0, self.currency) for _ in weights)
    shares = [divmod(self.minor * weight, base) for weight in weights]
    parts = [whole for whole, _ in shares]
    order = sorted(range(len(weights)), key=lambda at: (-shares[at][1], -weights[at], -at))
    for at in order[: self.minor - sum(parts)]:
        parts[at] += 1
    return tuple(Money(part, self.currency) for part in parts)


def _beyond(effect: ThresholdDiscount, reached: int) -> object:
    """A threshold has to be passed, and not only reached."""
    return _DEEPEST(effect, reached - 1)


def _mostly(effect: ThresholdDiscount, reached: int) -> object:
    """A threshold is reached half a yuan early."""
    return _DEEPEST(effect, reached + 50)


def _without_cap(effect: ThresholdDiscount, *rest: object) -> object:
    return _TAKE_OFF(attrs.evolve(effect, cap=None), *rest)  # type: ignore[arg-type]  # as they come


def _once(effect: ThresholdDiscount, *rest: object) -> object:
    return _TAKE_OFF(attrs.evolve(effect, repeats=False), *rest)  # type: ignore[arg-type]  # as they come


def _of_what_is_left(effect: ThresholdDiscount, state: State, _: object, lines: Sequence[int]) -> object:
    """Thresholds and shares are of what promotions of the same stage have left."""
    return _TAKE_OFF(effect, state, list(state.net), lines)


def _cheapest_first(state: State, lines: Sequence[int]) -> list[int]:
    return _DEAREST(state, lines)[::-1]


def _never_used(self: State, promotion: object, won: Won) -> Sequence[int]:
    return _APPLY(self, promotion, attrs.evolve(won, pieces={}))  # type: ignore[arg-type]  # as it comes


def _by_list(self: State, minor: int, over: Sequence[int]) -> Sequence[int]:
    """Spread by what the lines cost before any promotion."""
    lines = sorted(over)
    bases = [self.given.lines[at].total for at in lines]
    parts = Money(minor, self.given.currency).discount_over(bases)
    return self.by_line({at: min(part.minor, self.net[at]) for at, part in zip(lines, parts, strict=True)})


def _everything(self: Scope, line: object) -> bool:
    return _COVERS(attrs.evolve(self, without=frozenset()), line)  # type: ignore[arg-type]  # as it comes


def _up_to_the_floor(self: Guard, at: int, line: PricedLine, net: Money) -> GuardedLine | None:
    """A price that is below the floor is raised."""
    found = _LOOK(self, at, line, net)
    return found and attrs.evolve(found, after=found.floor)


def _floored_floor(self: Guard, at: int, line: PricedLine, net: Money) -> GuardedLine | None:
    """The floor of the whole quantity is a fen too low."""
    found = _LOOK(self, at, line, net)
    return found and attrs.evolve(found, after=Money(max(net.minor, found.after.minor - 1), net.currency))


def _unapproved(self: Guard, at: int, line: PricedLine, net: Money) -> GuardedLine | None:
    return _LOOK(attrs.evolve(self, approved={}), at, line, net)


def _gift_so(
    **changes: object,
) -> Callable[[pytest.MonkeyPatch], None]:
    """Give as if the gift said something else."""

    def give(promotion: Promotion, effect: Gift, *rest: object) -> object:
        return _GIVE(promotion, attrs.evolve(effect, **changes), *rest)  # type: ignore[arg-type]  # as they come

    return lambda patch: patch.setattr(_fold, "give", give)


def _off_no_shelf(self: State, promotion: Promotion, won: Won) -> Sequence[int]:
    """What is given is there for the next gift as well."""
    before = dict(self.gifts)
    taken = _APPLY(self, promotion, won)
    self.gifts = before
    return taken


def _not_taken(self: _gifts._Counter, goods: GiftGoods, times: int) -> int:
    """Of goods that are named twice more is given than there is."""
    return min(times, self._left[goods.sku_id] // goods.quantity.thousandths)


def _claimed_before_groups(
    self: _fold._Fold, offer: Offer, lines: Sequence[int], bases: Sequence[int]
) -> object:
    """A coupon's gift is given by what the goods cost before group promotions."""
    early = offer.claim is not None and isinstance(offer.promotion.effect, Gift)
    return _EVALUATE(self, offer, lines, self._state.before_groups if early else bases)


_GIVE, _EVALUATE = _gifts.give, _fold._Fold._evaluate
_LOOK, _ROOM = Guard.look, Guard.room
_DEEPEST, _TAKE_OFF = _thresholds._deepest, _thresholds.take_off
_DEAREST, _APPLY, _COVERS = _pieces.dearest_first, State.apply, Scope.covers


def _split_so(patch: pytest.MonkeyPatch, allocate: Callable[[Money, Sequence[int]], Sequence[Money]]) -> None:
    def split(minor: int, weights: Sequence[int]) -> list[int]:
        return [part.minor for part in allocate(Money(minor, Currency.CNY), weights)]

    for module in (_state, _pieces):
        patch.setattr(module, "split", split)


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "a share is cut off": lambda patch: patch.setattr(_thresholds, "half_up", _floored),
    "pieces are cut off": lambda patch: patch.setattr(_state, "half_up", _floored),
    "fen left over go to the first": lambda patch: _split_so(patch, _to_the_first),
    "the last takes the rest": lambda patch: _split_so(patch, _to_the_last),
    "equal remainders go to the later": lambda patch: _split_so(patch, _ties_to_the_later),
    "a threshold has to be passed": lambda patch: patch.setattr(_thresholds, "_deepest", _beyond),
    "a threshold is reached early": lambda patch: patch.setattr(_thresholds, "_deepest", _mostly),
    "no cap": lambda patch: patch.setattr(_fold, "take_off", _without_cap),
    "repeats once": lambda patch: patch.setattr(_fold, "take_off", _once),
    "shares of what is left": lambda patch: patch.setattr(_fold, "take_off", _of_what_is_left),
    "the first of a group and not the best": lambda patch: patch.setattr(Won, "value", property(lambda _: 1)),
    "coupons with the groups": lambda patch: patch.setattr(
        Offer, "stage", property(lambda self: self.promotion.stage)
    ),
    "every nth of the cheapest": lambda patch: patch.setattr(_pieces, "dearest_first", _cheapest_first),
    "a piece takes part twice": lambda patch: patch.setattr(State, "apply", _never_used),
    "spread by the list": lambda patch: patch.setattr(State, "spread", _by_list),
    "nothing is capped": lambda patch: patch.setattr(_capping, "_capped", lambda folded: folded),
    "capped from the first": lambda patch: patch.setattr(_capping, "_last_first", lambda one: [*one]),
    "capped above the list": lambda patch: patch.setattr(Guard, "look", _up_to_the_floor),
    "a floor is cut off": lambda patch: patch.setattr(Guard, "look", _floored_floor),
    "staff go below floors": lambda patch: patch.setattr(
        _fold, "guarded_whole", lambda _, folded, takes: (folded, takes)
    ),
    "rounding goes below floors": lambda patch: patch.setattr(Guard, "room", lambda _, __, net: net.minor),
    "rounding knows no approvals": lambda patch: patch.setattr(
        Guard, "room", lambda self, line, net: _ROOM(attrs.evolve(self, approved={}), line, net)
    ),
    "nothing is approved": lambda patch: patch.setattr(Guard, "look", _unapproved),
    "gifts are given once": _gift_so(repeats=False),
    "gifts are given in part": _gift_so(shortage=GiftShortage.PARTIAL, substitutes=()),
    "all is given of a choice": _gift_so(choice=False),
    "a gift has no limit": _gift_so(most=None),
    "what is given is there still": lambda patch: patch.setattr(State, "apply", _off_no_shelf),
    "more is given than there is": lambda patch: patch.setattr(_gifts._Counter, "_take", _not_taken),
    "a gift coupon counts what groups took off": lambda patch: patch.setattr(
        _fold._Fold, "_evaluate", _claimed_before_groups
    ),
    "what is left out counts": lambda patch: patch.setattr(Scope, "covers", _everything),
    "pieces after the groups": lambda patch: patch.setattr(
        Promotion,
        "stage",
        property(lambda one: Stage.GROUP if isinstance(one.effect, ThresholdDiscount) else Stage.GIFT),
    ),
}


@pytest.mark.no_cover
class TestTeeth:
    """Every fault that is planted in the engine is found."""

    @pytest.mark.parametrize("fault", FAULTS)
    def test_it_finds(self, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
        FAULTS[fault](monkeypatch)
        found = compare(SEED, UNTIL_FOUND)
        assert found is not None, f"seed {SEED}: nobody notices that {fault}"

    def test_it_finds_a_line_that_was_cut_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(money, "half_up", _floored)
        assert UnitPrice(375, CNY).times(Quantity(333_000)).minor == 1248
        assert compare(SEED, UNTIL_FOUND) is not None

    def test_it_finds_what_costs_less_than_nothing(self) -> None:
        case = next(one for at in range(100) if len((one := _plain(at)).lines) > 1)
        folded = _fold.fold(case.given)
        below = attrs.evolve(folded, nets=(Money(-1, CNY), *folded.nets[1:]))
        assert "below nothing" in (disagreement(case, lambda _: below) or "")


def _plain(number: int) -> Case:
    return attrs.evolve(case_of(Random(f"{SEED}/{number}")), offers=())
