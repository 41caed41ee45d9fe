"""A second calculator: what promotions do to a basket, worked out from the rules alone and in another way.

It knows nothing of the engine and imports nothing of it. Amounts are whole fen, everything in between is an exact
fraction, and wherever the engine is clever this one tries every possibility. The two have to agree to the fen, line by
line; where they do not, one of them is wrong.

The rules, as the trade's resolvers have them: a line costs its unit price times its quantity, rounded half up. Single
pieces come first (every nth, buy and get, sets), then groups of lines, then gifts, then what the customer claims, which
may be a gift as well. Thresholds and shares are of what the goods cost when their stage began; those of gifts that
nobody claims of what they cost before the groups, unless a gift says otherwise. Gifts come off a shelf, whole ones
only; where there are too few there are fewer, or others, or they are owed, or nothing is given. Of one exclusive group
the best for the customer is applied; of equal ones that of the higher priority, then that of the lower name.

What is taken off is spread over the lines by what they cost at that moment: whole fen first, what is left over to the
largest remainders, of equal ones to the dearer line, then to the earlier. No line ever costs less than nothing. Then
staff take something off the whole, so much or what is over a round sum, spread in the same way.

A merchant may guard floors. Where discounts are capped, what was taken off a line last is taken back as far as its
floor, and never above what the line cost first: of promotions before staff take anything off, of that then. Under
another guard a line below its floor is refused, or has to be approved. Last of all the merchant's own rounding takes
what is over. No line goes below its floor by that: it is spread by what the lines cost beyond their floors, and does
nothing where they do not cost as much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import count
from types import MappingProxyType
from typing import NamedTuple

HALF = Fraction(1, 2)
NOTHING: Mapping[str, tuple[Fraction, Fraction]] = MappingProxyType({})


def rounded(exact: Fraction) -> int:
    """四舍五入 of what is never below zero."""
    return int(exact + HALF)


def cost(price: Fraction, quantity: Fraction) -> int:
    """What so many cost, in fen: 3.3333 yuan × 3 is 1000."""
    return rounded(price * quantity * 100)


class Goods(NamedTuple):
    """Which goods: any of these names, or all where there are none; never one of the others."""

    any_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()

    def have(self, names: frozenset[str]) -> bool:
        """Tell whether something that goes by these names is of them."""
        return not names & self.none_of and (not self.any_of or bool(names & self.any_of))


class Line(NamedTuple):
    """A line: what it goes by (its SKU, product, categories, brand), how many pieces, and what they cost in fen."""

    names: frozenset[str]
    pieces: Fraction
    fen: int


class Off(NamedTuple):
    """A threshold discount: (threshold, off) each; off is fen, or a share. It is `in_pieces`, or in fen."""

    steps: tuple[tuple[Fraction, int | Fraction], ...]
    in_pieces: bool = False
    repeats: bool = False
    cap: int | None = None


class Nth(NamedTuple):
    """Every nth piece a share cheaper."""

    nth: int
    share: Fraction
    most: int | None = None


class BuyGet(NamedTuple):
    """Buy so many, get so many of some goods a share cheaper."""

    buy: Fraction
    get: Fraction
    goods: Goods
    share: Fraction
    most: int | None = None


class Set(NamedTuple):
    """So many of each of these goods for so many fen."""

    parts: tuple[tuple[Goods, Fraction], ...]
    fen: int
    most: int | None = None


class Give(NamedTuple):
    """Goods that are given, so many pieces each: all of them, or the one that is chosen."""

    threshold: Fraction
    """In pieces, or in fen."""
    goods: tuple[tuple[str, Fraction], ...]
    in_pieces: bool = False
    choice: bool = False
    chosen: str | None = None
    repeats: bool = False
    most: int | None = None
    late: bool = False
    """Whether what groups took off counts for the threshold."""
    short: str = "PARTIAL"
    """Or `SUBSTITUTE`, `OWE`, `BLOCK`."""
    instead: tuple[tuple[str, Fraction], ...] = ()


class Deal(NamedTuple):
    """A promotion."""

    name: str
    stage: int
    what: Off | Nth | BuyGet | Set | Give
    goods: Goods = Goods()
    priority: int = 0
    group: str | None = None
    alone: bool = False


class Handed(NamedTuple):
    """Goods that a deal gives; what is missing of them, and whether it is owed."""

    deal: str
    name: str
    pieces: Fraction
    missing: Fraction
    owed: bool
    fen: int
    """What the pieces would cost."""


class Cut(NamedTuple):
    """What a promotion takes off each line, in fen; which lines it used, and how many pieces of each; what it gives."""

    off: dict[int, int]
    lines: frozenset[int]
    pieces: dict[int, Fraction]
    gifts: tuple[Handed, ...] = ()
    worth: int = 0
    """Of what it gives and owes."""
    faults: tuple[tuple[str, str, Fraction | None], ...] = ()
    """Deal, goods and how many are missing, where it is off for that; or what was chosen that it does not give."""

    @property
    def value(self) -> int:
        return sum(self.off.values()) + self.worth


class Guarded(NamedTuple):
    """What guards the lines: `CAP`, `BLOCK` or `APPROVAL`, and what one piece of each costs at least."""

    how: str = "CAP"
    floors: Sequence[Fraction | None] = ()
    lowest: Sequence[Fraction | None] = ()
    """Down to which price of a piece the customer may have them, where somebody approved that."""
    whole: bool = True
    """Whether what is taken off the whole is guarded."""

    def floor(self, at: int) -> Fraction | None:
        """Of this line."""
        return self.floors[at] if self.floors else None

    def least(self, at: int) -> Fraction | None:
        """What a piece of this line costs at least, by what is approved."""
        floor, lowest = self.floor(at), self.lowest[at] if self.lowest else None
        if self.how != "APPROVAL" or floor is None or lowest is None:
            return floor
        return min(floor, lowest)


class Reckoned(NamedTuple):
    """What came out: what each line costs, and what each promotion took off each line."""

    nets: tuple[int, ...]
    cuts: tuple[tuple[str, tuple[int, ...]], ...]
    off_whole: tuple[int, int] = (0, 0)
    """What staff took off the whole, and what the merchant's rounding did."""
    refused: tuple[int, ...] = ()
    """The lines that cannot be had so."""
    gifts: tuple[Handed, ...] = ()
    worths: tuple[tuple[str, int], ...] = ()
    """What the gifts of each deal that gives some are worth, with what is owed."""
    faults: tuple[tuple[str, str, Fraction | None], ...] = ()

    @property
    def total(self) -> int:
        return sum(self.nets)


class Table:
    """The goods on the table, as the promotions before have left them."""

    def __init__(self, lines: Sequence[Line], shelf: Mapping[str, tuple[Fraction, Fraction]]) -> None:
        self.shelf = {name: pieces for name, (pieces, _) in shelf.items()}
        self.prices = {name: price for name, (_, price) in shelf.items()}
        self.lines = lines
        self.costs = [line.fen for line in lines]
        self.free = [line.pieces for line in lines]
        self.touched: set[int] = set()
        self.shut: set[int] = set()

    def open(self, deal: Deal, goods: Goods) -> list[int]:
        """The lines of these goods that a deal may use."""
        return [
            at
            for at, line in enumerate(self.lines)
            if goods.have(line.names) and at not in self.shut and not (deal.alone and at in self.touched)
        ]

    def dearest(self, lines: Iterable[int]) -> list[int]:
        """The lines by what a piece of them cost at first."""
        return sorted(
            sorted(lines), key=lambda at: Fraction(self.lines[at].fen) / self.lines[at].pieces, reverse=True
        )

    def worth(self, at: int, pieces: Fraction, share: Fraction = Fraction(1)) -> int:
        """What so many pieces of a line cost at first, or a share of that; no more than is left of the line."""
        line = self.lines[at]
        return min(rounded(line.fen * pieces / line.pieces * share), self.costs[at])

    def take(
        self, lines: Iterable[int], wanted: Fraction, taken: Mapping[int, Fraction]
    ) -> dict[int, Fraction]:
        """Pick so many pieces, line by line, beside those that are taken."""
        picked: dict[int, Fraction] = {}
        for at in lines:
            there = min(self.free[at] - taken.get(at, Fraction(0)), wanted - sum(picked.values()))
            if there > 0:
                picked[at] = there
        return picked


def spread(off: int, costs: Mapping[int, int]) -> dict[int, int]:
    """Take so much off lines that cost this: whole fen first, then one each where the most is missing."""
    whole = sum(costs.values())
    off = min(off, whole)
    if not off:
        return {}
    due = {at: Fraction(off * cost, whole) for at, cost in costs.items()}
    given = {at: int(share) for at, share in due.items()}
    waiting = set(costs)
    while sum(given.values()) < off:
        first = max(waiting, key=lambda at: (due[at] - given[at], costs[at], -at))
        given[first] += 1
        waiting.remove(first)
    return {at: fen for at, fen in given.items() if fen}


def reckon(
    lines: Sequence[Line],
    deals: Iterable[Deal],
    guard: Guarded = Guarded(),
    shelf: Mapping[str, tuple[Fraction, Fraction]] = NOTHING,
    *,
    staff_off: int | None = None,
    staff_round: int = 1,
    rounds: int = 1,
) -> Reckoned:
    """Work out what these lines cost after these deals.

    On the shelf is how many pieces there are of what may be given, and what a piece costs. Staff take `staff_off` fen
    off the whole, or what is over a multiple of `staff_round`; every order is then rounded down to a multiple of
    `rounds`.
    """
    table, cuts, gone = Table(lines, shelf), list[tuple[str, tuple[int, ...]]](), set[str]()
    given, faults, ungrouped = list[tuple[str, Cut]](), list[tuple[str, str, Fraction | None]](), None
    waiting = sorted(deals, key=lambda deal: (deal.stage, -deal.priority, deal.name))
    for stage in sorted({deal.stage for deal in waiting}):
        began = list(table.costs)
        ungrouped = list(table.costs) if ungrouped is None and stage >= 7 else ungrouped
        rest = [deal for deal in waiting if deal.stage == stage]
        while rest:
            group = rest[0].group
            rivals = [deal for deal in rest if deal is rest[0] or (group is not None and deal.group == group)]
            rest = [deal for deal in rest if deal not in rivals]
            if group in gone:
                continue
            offers = [
                (deal, cut)
                for deal in rivals
                if (cut := _cut(deal, table, began, ungrouped or began)) is not None
            ]
            if not offers:
                continue
            # The first of the largest: rivals stand in the order in which ties are decided.
            deal, cut = max(offers, key=lambda offer: offer[1].value)
            if cut.faults:
                faults += cut.faults
                continue
            if cut.gifts:
                given.append((deal.name, cut))
            for gift in cut.gifts:
                table.shelf[gift.name] -= gift.pieces
            for at, fen in cut.off.items():
                table.costs[at] -= fen
            for at, pieces in cut.pieces.items():
                table.free[at] -= pieces
            table.touched |= cut.lines
            if deal.alone:
                table.shut |= cut.lines
            if group is not None:
                gone.add(group)
            cuts.append((deal.name, tuple(cut.off.get(at, 0) for at in range(len(lines)))))
    if guard.how == "CAP":
        cuts = _capped(table, cuts, guard, keep={name for name, _ in given})
    refused = _refused(table, guard)
    by_staff = spread(
        staff_off if staff_off is not None else sum(table.costs) % staff_round, dict(enumerate(table.costs))
    )
    _take(table, by_staff)
    if guard.whole:
        if guard.how == "CAP":
            [(_, left)] = _capped(table, [("staff", _row(by_staff, len(lines)))], guard, keep={"staff"})
            by_staff = dict(enumerate(left))
        refused = _refused(table, guard)
    over = sum(table.costs) % rounds
    rooms = dict(enumerate(table.costs))
    if guard.whole:
        rooms = {at: max(0, fen - _least(table, guard, at)) for at, fen in rooms.items()}
    rounding = spread(over, rooms) if over <= sum(rooms.values()) else {}
    _take(table, rounding)
    off_whole = sum(by_staff.values()), sum(rounding.values())
    return Reckoned(
        tuple(table.costs),
        tuple(cuts),
        off_whole,
        refused,
        tuple(gift for _, cut in given for gift in cut.gifts),
        tuple((name, cut.worth) for name, cut in given),
        tuple(faults),
    )


def _take(table: Table, off: Mapping[int, int]) -> None:
    for at, fen in off.items():
        table.costs[at] -= fen


def _row(off: Mapping[int, int], lines: int) -> tuple[int, ...]:
    return tuple(off.get(at, 0) for at in range(lines))


def _least(table: Table, guard: Guarded, at: int) -> int:
    """What this line costs at least, in fen."""
    price = guard.least(at)
    return 0 if price is None else cost(price, table.lines[at].pieces)


def _refused(table: Table, guard: Guarded) -> tuple[int, ...]:
    """The lines that cost too little, where nothing is capped."""
    if guard.how == "CAP":
        return ()
    return tuple(at for at, fen in enumerate(table.costs) if fen < _least(table, guard, at))


def _capped(
    table: Table, cuts: Sequence[tuple[str, tuple[int, ...]]], guard: Guarded, *, keep: set[str]
) -> list[tuple[str, tuple[int, ...]]]:
    """Take back what was cut last, a fen at a time: slow, and hard to get wrong."""
    left = [(name, list(off)) for name, off in cuts]
    for at, line in enumerate(table.lines):
        floor = guard.floor(at)
        least = 0 if floor is None else min(cost(floor, line.pieces), line.fen)
        for _, off in reversed(left):
            while table.costs[at] < least and off[at]:
                table.costs[at], off[at] = table.costs[at] + 1, off[at] - 1
    return [(name, tuple(off)) for name, off in left if any(off) or name in keep]


def _cut(deal: Deal, table: Table, began: Sequence[int], ungrouped: Sequence[int]) -> Cut | None:
    what, lines = deal.what, table.open(deal, deal.goods)
    if isinstance(what, Give):
        early = deal.stage == 8 and not what.late
        return _give(deal.name, what, table, ungrouped if early else began, lines) if lines else None
    if isinstance(what, Off):
        off, pieces = _off(what, table, began, lines), dict[int, Fraction]()
    elif isinstance(what, Nth):
        off, pieces = _nth(what, table, lines)
    elif isinstance(what, BuyGet):
        off, pieces = _buy_get(what, table, lines, table.open(deal, what.goods))
    else:
        off, pieces = _set(what, table, lines)
    off = {at: fen for at, fen in off.items() if fen}
    used = frozenset(lines if isinstance(what, Off) else pieces)
    return Cut(off, used, pieces) if off else None


def _off(what: Off, table: Table, began: Sequence[int], lines: Sequence[int]) -> dict[int, int]:
    cost = sum(began[at] for at in lines)
    reached = sum((table.lines[at].pieces for at in lines), Fraction(0)) if what.in_pieces else Fraction(cost)
    best = 0
    for threshold, off in what.steps:
        if reached < threshold:
            break
        best = off if isinstance(off, int) else rounded(cost * off)
        if what.repeats:
            best *= int(reached / threshold)
    if what.cap is not None:
        best = min(best, what.cap)
    return spread(best, {at: table.costs[at] for at in lines})


def _give(name: str, what: Give, table: Table, costs: Sequence[int], lines: Sequence[int]) -> Cut | None:
    """Hand over one after the other, as often as it is due."""
    pieces = sum((table.lines[at].pieces for at in lines), Fraction(0))
    times = int((pieces if what.in_pieces else Fraction(sum(costs[at] for at in lines))) / what.threshold)
    times = min(times, 1 if not what.repeats else what.most or times)
    if not times:
        return None
    there = [(goods, each) for goods, each in what.goods if goods in table.shelf]
    if what.chosen is not None:
        there = [one for one in there if what.choice and one[0] == what.chosen]
        if not there:
            return Cut({}, frozenset(), {}, faults=((name, what.chosen, None),))
    elif what.choice:
        there = ([one for one in there if table.shelf[one[0]] >= one[1] * times] or there)[:1]
    left, handed, worth = dict(table.shelf), list[Handed](), 0
    faults: list[tuple[str, str, Fraction | None]] = []

    def take(goods: str, each: Fraction, wanted: int) -> int:
        taken = 0
        while taken < wanted and left.get(goods, Fraction(0)) >= each:
            left[goods], taken = left[goods] - each, taken + 1
        return taken

    for goods, each in there:
        given = [(goods, each, take(goods, each, times))]
        missing = times - given[0][2]
        if missing and what.short == "BLOCK":
            faults.append((name, goods, each * missing))
        for other, its in what.instead if what.short == "SUBSTITUTE" else ():
            given.append((other, its, take(other, its, missing)))
            missing -= given[-1][2]
        owed = what.short == "OWE" and missing > 0
        for at, (one, its, many) in enumerate(given):
            if many or (owed and not at):
                later = its * missing if not at else Fraction(0)
                fen = cost(table.prices[one], its * many)
                handed.append(Handed(name, one, its * many, later, owed and not at, fen))
                worth += fen + (cost(table.prices[one], later) if owed and not at else 0)
    if not handed and not faults:
        return None
    return Cut({}, frozenset(lines), {}, tuple(handed), worth if not faults else 0, tuple(faults))


def _nth(what: Nth, table: Table, lines: Sequence[int]) -> tuple[dict[int, int], dict[int, Fraction]]:
    """Lay every whole piece in a row, the dearest first, and cut every nth."""
    row = [at for at in table.dearest(lines) for _ in range(int(table.free[at]))]
    rounds = len(row) // what.nth
    if what.most is not None:
        rounds = min(rounds, what.most)
    row = row[: rounds * what.nth]
    cheap = row[what.nth - 1 :: what.nth]
    off = {at: table.worth(at, Fraction(cheap.count(at)), what.share) for at in set(cheap)}
    return off, {at: Fraction(row.count(at)) for at in set(row)}


def _buy_get(
    what: BuyGet, table: Table, buyable: Sequence[int], gettable: Sequence[int]
) -> tuple[dict[int, int], dict[int, Fraction]]:
    """Once more as long as there is enough to buy and anything to get beside it."""
    order = table.dearest(buyable)
    order = [at for at in order if at not in gettable] + [at for at in order if at in gettable]
    cheapest = table.dearest(gettable)[::-1]
    found: tuple[dict[int, Fraction], dict[int, Fraction]] = ({}, {})
    for times in count(1):
        if what.most is not None and times > what.most:
            break
        bought = table.take(order, what.buy * times, {})
        if sum(bought.values()) < what.buy * times:
            break
        got = table.take(cheapest, what.get * times, bought)
        if sum(got.values()) <= what.get * (times - 1):
            break
        found = (bought, got)
    bought, got = found
    off = {at: table.worth(at, pieces, what.share) for at, pieces in got.items()}
    both = {at: bought.get(at, Fraction(0)) + got.get(at, Fraction(0)) for at in {*bought, *got}}
    return off, both


def _set(what: Set, table: Table, lines: Sequence[int]) -> tuple[dict[int, int], dict[int, Fraction]]:
    """Try one set, two sets, three …, and keep as many as each saves something more."""
    best, kept = 0, dict[int, Fraction]()
    worths: dict[int, int] = {}
    for sets in count(1):
        if what.most is not None and sets > what.most:
            break
        taken: dict[int, Fraction] = {}
        for goods, pieces in what.parts:
            order = table.dearest(at for at in lines if goods.have(table.lines[at].names))
            picked = table.take(order, pieces * sets, taken)
            if sum(picked.values()) < pieces * sets:
                break
            for at, some in picked.items():
                taken[at] = taken.get(at, Fraction(0)) + some
        else:
            worth = {at: table.worth(at, some) for at, some in taken.items()}
            saved = sum(worth.values()) - what.fen * sets
            if saved <= best:
                break
            best, kept, worths = saved, taken, worth
            continue
        break
    return spread(best, worths), kept
