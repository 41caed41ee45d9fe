"""Promotions on single pieces: every nth for less, buy A get B, sets at a fixed price.

A piece takes part in one of them only. What a piece costs is its share of its line, so that a line ordered by the case
counts like one ordered by the bottle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from domain.money import split
from domain.promotions._effects import Bundle, BuyGet, NthPiece
from domain.promotions._state import Lost, State, Won
from domain.promotions._till import RejectionReason
from domain.quantity import Quantity

_PIECE = 1000
MOST_TRIED = 1000
"""So many sets one order gets at most, of those whose parts take from the same lines."""


def dearest_first(state: State, lines: Iterable[int]) -> list[int]:
    """The lines by what one of the base unit costs, equal ones as they stand."""
    chosen = set(lines)
    if len(chosen) == len(state.dearest):
        return list(state.dearest)
    return [at for at in state.dearest if at in chosen]


def nth_piece(effect: NthPiece, state: State, lines: Sequence[int]) -> Won | Lost:
    """Count the pieces of all lines, the dearest first, and take something off every nth."""
    total = sum([state.free[at] // _PIECE for at in lines])
    if total < effect.nth:
        return Lost(RejectionReason.BELOW_THRESHOLD, Quantity((effect.nth - total) * _PIECE))
    most = total // effect.nth
    if effect.most is not None:
        most = min(most, effect.most)
    takes: dict[int, int] = {}
    pieces: dict[int, int] = {}
    before, last, cheap = 0, most * effect.nth, 0
    for at in dearest_first(state, lines):
        if before == last:
            break
        after = before + state.free[at] // _PIECE
        if after > last:
            after = last
        if after > before:
            pieces[at] = (after - before) * _PIECE
            before, cheaper = after, after // effect.nth - cheap
            if cheaper:
                takes[at] = state.worth(at, cheaper * _PIECE, effect.off.hundredths)
                cheap += cheaper
    return _won(takes, pieces)


def buy_get(effect: BuyGet, state: State, bought: Sequence[int], got: Sequence[int]) -> Won | Lost:
    """Take something off what is got, as often as enough is bought.

    What is both is bought first where it is dear, and got first where it is cheap.
    """
    buy, get = effect.buy.thousandths, effect.get.thousandths
    only_bought = sum(state.free[at] for at in bought if at not in got)
    both = sum(state.free[at] for at in bought if at in got)
    only_got = sum(state.free[at] for at in got if at not in bought)
    if only_bought + both < buy:
        return Lost(RejectionReason.BELOW_THRESHOLD, Quantity(buy - only_bought - both))

    def left(times: int) -> int:
        return only_got + both - max(0, buy * times - only_bought)

    most = (only_bought + both) // buy
    times = _largest(
        most if effect.most is None else min(most, effect.most), lambda n: left(n) > get * (n - 1)
    )
    if not times:
        return Lost(RejectionReason.BELOW_THRESHOLD, Quantity(get))
    free = dict(enumerate(state.free))
    order = dearest_first(state, bought)
    paid = _take(
        [*(at for at in order if at not in got), *(at for at in order if at in got)], free, buy * times
    )
    cheaper = _take(reversed(dearest_first(state, got)), free, min(get * times, left(times)))
    takes = {at: state.worth(at, pieces, effect.off.hundredths) for at, pieces in cheaper.items()}
    return _won(takes, {at: paid.get(at, 0) + cheaper.get(at, 0) for at in {**paid, **cheaper}})


def bundle(effect: Bundle, state: State, parts: Sequence[Sequence[int]]) -> Won | Lost:
    """Make as many sets as are worth it, of the dearest pieces; the parts are filled in their order."""
    wanted = [part.quantity.thousandths for part in effect.parts]
    orders = [dearest_first(state, lines) for lines in parts]
    there = [sum(state.free[at] for at in lines) for lines in parts]
    missing = sum(max(0, want - have) for want, have in zip(wanted, there, strict=True))
    if missing:
        return Lost(RejectionReason.BELOW_THRESHOLD, Quantity(missing))

    def filled(sets: int) -> dict[int, int] | None:
        free, taken = dict(enumerate(state.free)), dict[int, int]()
        for order, want in zip(orders, wanted, strict=True):
            of_part = _take(order, free, want * sets)
            if sum(of_part.values()) < want * sets:
                return None
            for at, pieces in of_part.items():
                taken[at] = taken.get(at, 0) + pieces
        return taken

    def saved(sets: int) -> int | None:
        taken = filled(sets)
        if taken is None:
            return None
        return sum(state.worth(at, pieces) for at, pieces in taken.items()) - effect.price.minor * sets

    def worth_it(sets: int) -> bool:
        more, less = saved(sets), saved(sets - 1)
        return more is not None and less is not None and more > less

    most = min(have // want for have, want in zip(there, wanted, strict=True))
    if effect.most is not None:
        most = min(most, effect.most)
    if sum(map(len, parts)) == len({at for lines in parts for at in lines}):
        sets = _largest(most, worth_it)
    else:
        # Where one part takes what another wants, a set may save more than the one before it.
        sets = _first_that_fails(min(most, MOST_TRIED), worth_it)
    taken = filled(sets)
    if not sets or not taken:
        return Lost(RejectionReason.NO_DISCOUNT)
    worth = {at: state.worth(at, pieces) for at, pieces in taken.items()}
    return _won(_saved(sum(worth.values()) - effect.price.minor * sets, worth), taken)


def _saved(off: int, worth: Mapping[int, int]) -> dict[int, int]:
    """Allocate what is saved by what the pieces of the set cost (the component price share)."""
    lines = sorted(worth)
    return dict(zip(lines, split(off, [worth[at] for at in lines]), strict=True))


def _won(takes: Mapping[int, int], pieces: Mapping[int, int]) -> Won | Lost:
    takes = {at: minor for at, minor in takes.items() if minor}
    if not takes:
        return Lost(RejectionReason.NO_DISCOUNT)
    return Won(takes=takes, used=pieces.keys(), pieces=pieces)


def _take(lines: Iterable[int], free: dict[int, int], wanted: int) -> dict[int, int]:
    """Take so much of the lines, one after the other, out of what is free."""
    taken: dict[int, int] = {}
    for at in lines:
        pieces = min(free[at], wanted)
        if pieces:
            taken[at] = pieces
            free[at] -= pieces
            wanted -= pieces
    return taken


def _first_that_fails(most: int, holds: Callable[[int], bool]) -> int:
    """The number up to `most` after which it holds no more, tried one after the other."""
    return next((number for number in range(most) if not holds(number + 1)), most)


def _largest(most: int, holds: Callable[[int], bool]) -> int:
    """The largest number up to `most` for which it holds, where it holds for all below that; zero if for none."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if holds(middle):
            least = middle
        else:
            most = middle - 1
    return least
