"""Taking back from lines what brings them below their floors, so that all of it still adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from domain.merchant import MarginGuard
from domain.money import Money
from domain.promotions._guard import GuardedLine
from domain.promotions._till import (
    AppliedPromotion,
    Folded,
    PromotionInput,
    RejectedPromotion,
    RejectionReason,
)


def guarded(given: PromotionInput, folded: Folded) -> Folded:
    """Compare every line with its floor, and take back what CAP takes back; other policies only tell."""
    if given.guard is None:
        return folded
    found: list[GuardedLine] = []
    for at, (line, net) in enumerate(zip(given.lines, folded.nets, strict=True)):
        below = given.guard.look(at, line, net)
        if below is not None:
            found.append(below)
    told = attrs.evolve(folded, guarded=tuple(found))
    return _capped(told) if given.guard.policy is MarginGuard.CAP else told


def guarded_whole(
    given: PromotionInput, folded: Folded, takes: Mapping[int, int]
) -> tuple[Folded, Mapping[int, int]]:
    """Compare once more, after staff take so much off each line; say what of that is left, by line.

    It is taken back before any promotion is: these have been looked at already.
    """
    guard, left = given.guard, dict(takes)
    if guard is None or not guard.guards_whole:
        return folded, takes
    found = {one.at: one for one in folded.guarded}
    for at, minor in takes.items():
        net = folded.nets[at]
        off = Money(minor, net.currency)
        below = guard.look(at, given.lines[at], net - off)
        if below is not None:
            before = found[at].before if at in found else net
            found[at] = attrs.evolve(below, before=before - off)
            left[at] -= (below.after - below.before).minor
    return attrs.evolve(folded, guarded=tuple(found[at] for at in sorted(found))), left


def _capped(folded: Folded) -> Folded:
    """Take back from the promotion that was applied last first; one that has nothing left is not applied.

    Which of an exclusive group is the best, and what thresholds are compared with, stays decided.
    """
    back = {one.at: one.after.minor - one.before.minor for one in folded.guarded if one.capped}
    if not back:
        return folded
    applied: list[AppliedPromotion] = []
    rejected = list(folded.rejected)
    for one in _last_first(folded.applied):
        left = _reduced(one, back)
        if one.discount.minor and not left.discount.minor and not left.gifts:
            reason = RejectionReason.NO_DISCOUNT
            rejected.append(RejectedPromotion(promotion=one.promotion, claim=one.claim, reason=reason))
        else:
            applied.append(left)
    applied.reverse()
    nets = list(folded.nets)
    for line in folded.guarded:
        nets[line.at] = line.after
    kept = {one.promotion.id for one in applied}
    gone = {one.promotion.id for one in folded.applied} - kept
    return attrs.evolve(
        folded,
        applied=tuple(applied),
        rejected=tuple(rejected),
        near_misses=tuple(one for one in folded.near_misses if one.promotion.id not in gone),
        nets=tuple(nets),
    )


def _last_first(applied: Sequence[AppliedPromotion]) -> Sequence[AppliedPromotion]:
    return applied[::-1]


def _reduced(one: AppliedPromotion, back: dict[int, int]) -> AppliedPromotion:
    """What is left of it after as much was taken back as there is to take; `back` is what is still to be taken."""
    taken: Sequence[int] = one.taken
    less = [min(back.get(at, 0), minor) for at, minor in enumerate(taken)]
    for at, minor in enumerate(less):
        if minor:
            back[at] -= minor
    returned = sum(less)
    currency = one.discount.currency
    return attrs.evolve(
        one,
        taken=tuple(was - minor for was, minor in zip(taken, less, strict=True)),
        discount=Money(one.discount.minor - returned, currency),
        cost=Money(one.cost.minor - returned, currency),
    )
