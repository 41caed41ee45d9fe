"""Threshold discounts: 满减, 满折, 每满."""

from __future__ import annotations

from collections.abc import Sequence

from domain.money import Money, half_up
from domain.promotions._effects import WHOLE, Step, Threshold, ThresholdDiscount, size, sized
from domain.promotions._state import Lost, State, Won, summed
from domain.promotions._till import RejectionReason


def reach(threshold: Threshold, state: State, bases: Sequence[int], lines: Sequence[int]) -> int:
    """How much of what a threshold is of these lines come to."""
    if isinstance(threshold, Money):
        return summed(bases, lines)
    return summed(state.thousandths, lines)


def take_off(
    effect: ThresholdDiscount, state: State, bases: Sequence[int], lines: Sequence[int]
) -> Won | Lost:
    """Compare what the lines come to with the steps; a share is of what they cost in `bases`."""
    like = effect.steps[0].threshold
    reached = reach(like, state, bases, lines)
    step, after = _deepest(effect, reached)
    if step is None:
        assert after is not None, "below the first step there is a first step"
        return Lost(RejectionReason.BELOW_THRESHOLD, sized(size(after) - reached, like))
    cost = summed(bases, lines)
    off = step.off.minor if isinstance(step.off, Money) else half_up(cost * step.off.hundredths, WHOLE)
    gap = None if after is None else size(after) - reached
    if effect.repeats:
        each = size(step.threshold)
        off *= reached // each
        gap = each - reached % each
    if effect.cap is not None and off >= effect.cap.minor:
        off, gap = effect.cap.minor, None if effect.repeats else gap
    off = min(off, state.cost(lines))
    if not off:
        return Lost(RejectionReason.NO_DISCOUNT)
    return Won(spread=off, used=lines, gap=None if gap is None else sized(gap, like))


def _deepest(effect: ThresholdDiscount, reached: int) -> tuple[Step | None, Threshold | None]:
    """The deepest step that is reached, and the threshold after it."""
    deepest = None
    for step in effect.steps:
        if size(step.threshold) > reached:
            return deepest, step.threshold
        deepest = step
    return deepest, None
