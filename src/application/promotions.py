"""Promotions: make and change them, suspend them for a while, end them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock, Ids
from application.ports.promotions import GoodsId
from application.ports.storage import Storage, UnitOfWork
from domain.errors import DomainError, Refused
from domain.identity import AudienceId, CustomerGroupId, PromotionId, SkuId, writable
from domain.promotions import (
    EVERYBODY,
    LONGEST_TEXT,
    UNLIMITED,
    Budget,
    Bundle,
    BuyGet,
    Effect,
    Gift,
    InvalidPromotion,
    Promotion,
    PromotionName,
    PromotionNotFound,
    Schedule,
    Scope,
    Stacking,
    UnknownGoods,
)
from domain.trail import Facts, TrailNote
from domain.visibility import UnknownAudience

MOST_AT_A_TIME = 100
"""So many promotions of one merchant hold, or are to come, at a time."""


@attrs.frozen(kw_only=True)
class Draft:
    """A promotion as staff write it down."""

    name: str
    text: str = ""
    effect: Effect
    scope: Scope
    audience: frozenset[AudienceId] = EVERYBODY
    schedule: Schedule
    budget: Budget = UNLIMITED
    priority: int = 0
    exclusive_group: str | None = None
    stacking: Stacking = Stacking.STACK
    public: bool = True

    def promotion(self, id: PromotionId, *, version: int, suspended: bool) -> Promotion:
        """Make it a promotion.

        :raises InvalidPromotion: if it can be none.
        """
        try:
            name = PromotionName(self.name)
        except ValueError:
            raise InvalidPromotion("NAME", "name") from None
        if not writable(self.text, longest=LONGEST_TEXT):
            raise InvalidPromotion("TEXT", "text")
        group = self.exclusive_group
        if group is not None and (not writable(group, longest=64) or not group.strip()):
            raise InvalidPromotion("TEXT", "exclusiveGroup")
        try:
            return Promotion(
                id=id,
                name=name,
                text=self.text,
                effect=self.effect,
                scope=self.scope,
                audience=self.audience,
                schedule=self.schedule,
                budget=self.budget,
                priority=self.priority,
                exclusive_group=group,
                stacking=self.stacking,
                public=self.public,
                suspended=suspended,
                version=version,
            )
        except ValueError:
            raise InvalidPromotion("TOO_LARGE") from None


@attrs.frozen(kw_only=True)
class CreatePromotion:
    """Make a promotion; it is on offer whenever it says."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, draft: Draft) -> Promotion:
        """:raises Refused: if it can be none, names what there is not, or there are too many.
        :raises Forbidden: if the actor may not manage promotions.
        """
        policy.may(actor, Permission.MANAGE_PROMOTIONS)
        with self.unit_of_work(actor) as storage:
            now = self.clock.now()
            promotion = _made(draft, self.ids.new(PromotionId), version=1, suspended=False)
            check_named(storage, draft)
            _check_room(storage, at=now)
            storage.promotions.add(promotion, at=now)
            storage.trail.note(_noted("createPromotion", promotion.id, at=now, after=_facts(promotion)))
        return promotion


@attrs.frozen(kw_only=True)
class ChangePromotion:
    """Say all of a promotion anew; what orders have kept of it stays as it was."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, promotion_id: PromotionId, seen: int, draft: Draft) -> Promotion:
        """`seen` is the version that the change was made from.

        :raises Refused: if there is none, somebody else changed it, it can be none, or names what there is not.
        :raises Forbidden: if the actor may not manage promotions.
        """
        policy.may(actor, Permission.MANAGE_PROMOTIONS)
        with self.unit_of_work(actor) as storage:
            found, now = _locked(storage, promotion_id), self.clock.now()
            if found.version != seen:
                raise Refused((InvalidPromotion("CHANGED", "version"),))
            promotion = _made(draft, found.id, version=seen + 1, suspended=found.suspended)
            check_named(storage, draft)
            if not _may_hold(found, now) and _may_hold(promotion, now):
                _check_room(storage, at=now)
            return _saved(storage, "changePromotion", found, promotion, at=now)


class Halt(Enum):
    """What is done to a promotion so that it holds no longer, or again."""

    SUSPEND = "suspendPromotion"
    RESUME = "resumePromotion"
    END = "endPromotion"


@attrs.frozen(kw_only=True)
class HaltPromotion:
    """Suspend a promotion, let it hold again, or end it; where it is so already it stays as it is."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, promotion_id: PromotionId, halt: Halt) -> Promotion:
        """:raises Refused: if there is none, it has ended already, or there are too many.
        :raises Forbidden: if the actor may not manage promotions.
        """
        policy.may(actor, Permission.MANAGE_PROMOTIONS)
        with self.unit_of_work(actor) as storage:
            found, now = _locked(storage, promotion_id), self.clock.now()
            if halt is Halt.END:
                try:
                    promotion = found.end(at=now)
                except InvalidPromotion as refusal:
                    raise Refused((refusal,)) from None
            else:
                promotion = found.suspend(suspended=halt is Halt.SUSPEND)
            if promotion == found:
                return found
            if not _may_hold(found, now) and _may_hold(promotion, now):
                _check_room(storage, at=now)
            changed = attrs.evolve(promotion, version=found.version + 1)
            return _saved(storage, halt.value, found, changed, at=now)


def _made(draft: Draft, id: PromotionId, *, version: int, suspended: bool) -> Promotion:
    """:raises Refused: if it can be none."""
    try:
        return draft.promotion(id, version=version, suspended=suspended)
    except InvalidPromotion as refusal:
        raise Refused((refusal,)) from None


def _locked(storage: Storage, promotion_id: PromotionId) -> Promotion:
    """:raises Refused: if there is no such promotion."""
    found = storage.promotions.lock(promotion_id)
    if found is None:
        raise Refused((PromotionNotFound(promotion_id),))
    return found


def check_named(storage: Storage, draft: Draft, *, lock: bool = True) -> None:
    """Look whether there is all that a draft names, and keep groups as they are, unless nothing is to be locked.

    :raises Refused: with all that is named and that there is not.
    """
    goods = sorted(_goods(draft))
    there = storage.promotions.goods(goods)
    refusals: list[DomainError] = [UnknownGoods(id) for id in goods if id not in there]
    refusals += strangers(storage, draft.audience, lock=lock)
    if refusals:
        raise Refused(tuple(refusals))


def strangers(
    storage: Storage, audience: frozenset[AudienceId], *, lock: bool = True
) -> list[UnknownAudience]:
    """Those of an audience that there are not; groups are kept as they are, unless nothing is to be locked."""
    groups = {id for id in audience if isinstance(id, CustomerGroupId)}
    known: set[AudienceId] = {*storage.visibilities.audiences(audience if lock else {*audience} - groups)}
    if groups and not lock:
        known |= groups & {one.id for one in storage.groups.all()}
    return [UnknownAudience(id, field="audienceIds") for id in sorted(audience) if id not in known]


def _goods(draft: Draft) -> frozenset[GoodsId]:
    """All goods that it names, wherever it does."""
    scopes: list[Scope] = [draft.scope]
    gifts: Iterable[SkuId] = ()
    effect = draft.effect
    if isinstance(effect, BuyGet):
        scopes.append(effect.goods)
    elif isinstance(effect, Bundle):
        scopes += [part.goods for part in effect.parts]
    elif isinstance(effect, Gift):
        gifts = (one.sku_id for one in (*effect.goods, *effect.substitutes))
    return frozenset().union(*(scope.named | scope.without for scope in scopes), gifts)


def _check_room(storage: Storage, *, at: datetime) -> None:
    """:raises Refused: if there are as many as may be."""
    if storage.promotions.unended(at=at) >= MOST_AT_A_TIME:
        raise Refused((InvalidPromotion("TOO_MANY"),))


def _may_hold(promotion: Promotion, at: datetime) -> bool:
    end = promotion.schedule.validity.end
    return not promotion.suspended and (end is None or end > at)


def _saved(
    storage: Storage, operation: str, found: Promotion, promotion: Promotion, *, at: datetime
) -> Promotion:
    storage.promotions.save(promotion, at=at)
    before, after = _facts(found), _facts(promotion)
    storage.trail.note(
        _noted(
            operation,
            promotion.id,
            at=at,
            before={name: fact for name, fact in before.items() if after[name] != fact},
            after={name: fact for name, fact in after.items() if before[name] != fact},
        )
    )
    return promotion


def _facts(promotion: Promotion) -> Facts:
    """All of it, in words."""
    schedule, budget = promotion.schedule, promotion.budget
    validity = schedule.validity
    return {
        "name": promotion.name,
        "text": promotion.text,
        "effect": repr(promotion.effect),
        "scope": " ".join(sorted(promotion.scope.named)),
        "without": " ".join(sorted(promotion.scope.without)),
        "audience": " ".join(sorted(promotion.audience)),
        "from": validity.start.isoformat() if validity.start else "",
        "until": validity.end.isoformat() if validity.end else "",
        "weekdays": " ".join(map(str, sorted(schedule.weekdays))),
        "slots": " ".join(f"{one.start:%H:%M}-{one.end:%H:%M}" for one in schedule.slots),
        "budgetAmount": budget.amount.amount if budget.amount else "",
        "budgetUses": str(budget.uses or ""),
        "usesPerCustomer": str(budget.uses_per_customer or ""),
        "priority": str(promotion.priority),
        "exclusiveGroup": promotion.exclusive_group or "",
        "stacking": promotion.stacking.value,
        "public": str(promotion.public),
        "suspended": str(promotion.suspended),
    }


_NOTHING: Facts = {}


def _noted(
    operation: str, about: PromotionId, *, at: datetime, before: Facts = _NOTHING, after: Facts = _NOTHING
) -> TrailNote:
    return TrailNote(at=at, operation=operation, about=about, before=before, after=after)
