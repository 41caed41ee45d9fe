"""The fold: every promotion on offer is applied to the lines as those before it have left them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from domain.errors import DomainError
from domain.money import Money, split
from domain.promotions._capping import guarded, guarded_whole
from domain.promotions._effects import Bundle, BuyGet, Gift, NthPiece, ThresholdDiscount
from domain.promotions._gifts import give
from domain.promotions._pieces import bundle, buy_get, nth_piece
from domain.promotions._promotion import Stage
from domain.promotions._scope import EVERYTHING, Scope
from domain.promotions._state import NOTHING, Lost, State, Won
from domain.promotions._thresholds import take_off
from domain.promotions._till import (
    AppliedPromotion,
    Folded,
    NearMiss,
    Offer,
    PromotionInput,
    RejectedPromotion,
    RejectionReason,
)


def fold(given: PromotionInput) -> Folded:
    """Apply what is on offer to the lines: line promotions, group promotions, gifts, what is claimed.

    Within a stage the exclusive groups come by their highest priority, then by their lowest id; whatever is in no group
    is alone in one. Of a group the promotion is applied that is worth most to the customer; of equal ones that of the
    higher priority, then of the lower id. Thresholds of group promotions and of gifts, and shares, are of what the
    lines cost after line promotions; those of what is claimed are of what they cost after group promotions. Together
    nothing takes off more than a line costs. A promotion for others, or about nothing in the basket, is not mentioned.
    Then comes what staff take off the whole, spread by what the lines cost then; the guard looks at the lines before
    and after that. Last comes what makes it round, spread by what the lines cost beyond their floors: where all of them
    together do not cost so much, nothing is left off.
    """
    return _Fold(given).run()


class _Fold:
    def __init__(self, given: PromotionInput) -> None:
        self._given, self._state = given, State.of(given)
        self._applied: list[AppliedPromotion] = []
        self._rejected: list[RejectedPromotion] = []
        self._near: list[NearMiss] = []
        self._problems: list[DomainError] = []
        self._groups_taken: set[str] = set()

    def run(self) -> Folded:
        of_stage: dict[Stage, list[Offer]] = {stage: [] for stage in Stage}
        for one in self._given.offers:
            of_stage[one.stage].append(one)
        for stage, offers in of_stage.items():
            if stage is Stage.GROUP:
                self._state.before_groups = list(self._state.net)
            bases = list(self._state.net)
            for group in _groups(offers):
                self._settle(group, bases)
        folded = guarded(self._given, self._folded())
        self._state.net = [net.minor for net in folded.nets]
        folded, taken = guarded_whole(self._given, folded, self._adjustment())
        adjusted, rounded = self._take_off(taken), self._take_off(self._rounding())
        nets, lines = self._state.net, zip(self._given.lines, self._state.net, strict=True)
        return attrs.evolve(
            folded,
            nets=self._moneys(nets) if taken or rounded else folded.nets,
            discounts=self._moneys([line.total.minor - net for line, net in lines]),
            adjusted=adjusted,
            rounded=rounded,
        )

    def _moneys(self, minors: Iterable[int]) -> tuple[Money, ...]:
        currency = self._given.currency
        return tuple([Money(minor, currency) for minor in minors])

    def _folded(self) -> Folded:
        """What promotions and coupons do, before the guard and before anything is taken off the whole."""
        return Folded(
            applied=tuple(self._applied),
            rejected=tuple(self._rejected),
            near_misses=tuple(self._near),
            nets=self._moneys(self._state.net),
            gifts=tuple(gift for one in self._applied for gift in one.gifts),
            problems=tuple(self._problems),
        )

    @property
    def _total(self) -> Money:
        return Money(sum(self._state.net), self._given.currency)

    def _adjustment(self) -> Mapping[int, int]:
        """What staff take off each line, as far as all of them cost so much."""
        adjustment = self._given.adjustment
        if adjustment is None:
            return NOTHING
        off = adjustment.off(self._total).minor
        return dict(enumerate(self._state.spread(off, range(len(self._given.lines)))))

    def _rounding(self) -> Mapping[int, int]:
        """What is left off each line to make the whole round."""
        guard, nets = self._given.guard, self._state.net
        rooms: Sequence[int] = nets
        if guard is not None and guard.guards_whole:
            lines = zip(self._given.lines, nets, strict=True)
            rooms = [guard.room(line, Money(net, self._given.currency)) for line, net in lines]
        off = self._total.beyond(self._given.rounding).minor
        if not off:
            return NOTHING
        return dict(enumerate(split(off, rooms))) if off <= sum(rooms) else NOTHING

    def _take_off(self, takes: Mapping[int, int]) -> int:
        """Take so much off each line; say how much it was."""
        for at, minor in takes.items():
            self._state.net[at] -= minor
        return sum(takes.values())

    def _settle(self, group: Sequence[Offer], bases: Sequence[int]) -> None:
        """Apply the best of a group, and say of the others why not."""
        best: tuple[Offer, Won] | None = None
        won: list[tuple[Offer, Won]] = []
        for offer in group:
            outcome = self._look(offer, bases)
            if isinstance(outcome, Won):
                won.append((offer, outcome))
                if best is None or outcome.value > best[1].value:
                    best = (offer, outcome)
            elif outcome is not None:
                self._reject(offer, outcome)
        for offer, _ in won:
            if best is not None and offer is not best[0]:
                self._reject(offer, Lost(RejectionReason.EXCLUSIVE_WORSE))
        if best is not None:
            self._apply(*best)

    def _look(self, offer: Offer, bases: Sequence[int]) -> Won | Lost | None:
        """See what a promotion would do; None where it is not to be mentioned."""
        promotion, lines = offer.promotion, self._given.lines
        if promotion.suspended or not promotion.is_for(self._given.audience):
            return None
        about = self._covered(promotion.scope)
        if isinstance(promotion.effect, Bundle):
            parts = promotion.effect.parts
            about = [at for at in about if any(part.goods.covers(lines[at]) for part in parts)]
        if not about:
            return None
        if not promotion.schedule.holds(self._given.at, time_zone=self._given.time_zone):
            return Lost(RejectionReason.NOT_NOW)
        if promotion.exclusive_group in self._groups_taken:
            return Lost(RejectionReason.EXCLUSIVE_TAKEN)
        spent = _spent(offer)
        if spent is not None:
            return Lost(spent)
        open_lines = self._state.open_to(promotion, about)
        if not open_lines:
            return Lost(RejectionReason.NOT_STACKABLE)
        outcome = self._evaluate(offer, open_lines, bases)
        budget = promotion.budget.amount
        if (
            isinstance(outcome, Won)
            and budget is not None
            and offer.usage.amount + outcome.value > budget.minor
        ):
            return Lost(RejectionReason.BUDGET_SPENT)
        return outcome

    def _evaluate(self, offer: Offer, lines: Sequence[int], bases: Sequence[int]) -> Won | Lost:
        promotion, state = offer.promotion, self._state
        effect = promotion.effect
        if isinstance(effect, ThresholdDiscount):
            return take_off(effect, state, bases, lines)
        if isinstance(effect, Gift):
            before = offer.stage is Stage.GIFT and not effect.after_discount
            return give(promotion, effect, state, state.before_groups if before else bases, lines)
        if isinstance(effect, NthPiece):
            return nth_piece(effect, state, lines)
        if isinstance(effect, BuyGet):
            got = state.open_to(promotion, self._covered(effect.goods))
            return buy_get(effect, state, lines, got)
        parts = ([at for at in lines if part.goods.covers(self._given.lines[at])] for part in effect.parts)
        return bundle(effect, state, list(parts))

    def _covered(self, scope: Scope) -> Sequence[int]:
        """The lines of these goods."""
        lines = self._given.lines
        if scope is EVERYTHING or scope == EVERYTHING:
            return range(len(lines))
        return [at for at, line in enumerate(lines) if scope.covers(line)]

    def _apply(self, offer: Offer, won: Won) -> None:
        if won.problems:
            self._problems += won.problems
            self._reject(offer, Lost(RejectionReason.GIFT_SHORT))
            return
        promotion, currency = offer.promotion, self._given.currency
        taken = self._state.apply(promotion, won)
        if promotion.exclusive_group is not None:
            self._groups_taken.add(promotion.exclusive_group)
        self._applied.append(
            AppliedPromotion(
                promotion=promotion,
                stage=offer.stage,
                claim=offer.claim,
                discount=Money(sum(taken), currency),
                taken=tuple(taken),
                gifts=won.gifts,
                cost=Money(won.value, currency),
            )
        )
        if won.gap is not None:
            self._near.append(NearMiss(promotion, won.gap))

    def _reject(self, offer: Offer, lost: Lost) -> None:
        self._rejected.append(
            RejectedPromotion(promotion=offer.promotion, claim=offer.claim, reason=lost.reason, gap=lost.gap)
        )
        if lost.gap is not None:
            self._near.append(NearMiss(offer.promotion, lost.gap))


def _groups(offers: Sequence[Offer]) -> list[list[Offer]]:
    """Sort into exclusive groups, each in the order in which ties are decided."""
    ranked = sorted(offers, key=lambda one: (-one.promotion.priority, one.promotion.id, one.claim or ""))
    groups: dict[str | int, list[Offer]] = {}
    for at, one in enumerate(ranked):
        groups.setdefault(one.promotion.exclusive_group or at, []).append(one)
    return list(groups.values())


def _spent(offer: Offer) -> RejectionReason | None:
    """Say whether it was used as often as it may be."""
    budget, usage = offer.promotion.budget, offer.usage
    if budget.uses is not None and usage.uses >= budget.uses:
        return RejectionReason.USES_SPENT
    if budget.uses_per_customer is not None and usage.uses_of_customer >= budget.uses_per_customer:
        return RejectionReason.CUSTOMER_USES_SPENT
    return None
