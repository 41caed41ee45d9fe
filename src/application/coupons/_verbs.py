"""Issuing coupons, claiming them, and taking them back."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.coupons._templates import strange_audience
from application.groups import TooManyCustomers
from application.idempotency import once
from application.ports.clock import Clock, Ids
from application.ports.secrets import Secrets
from application.ports.storage import Storage, UnitOfWork
from domain.coupons import (
    MOST_AUDIENCES,
    ClaimRefusal,
    ClaimWay,
    Coupon,
    CouponCode,
    CouponNotClaimable,
    CouponTemplate,
    CouponTemplateNotFound,
    HeldCoupon,
    InvalidCoupon,
)
from domain.errors import DomainError, Refused
from domain.identity import (
    AudienceId,
    CouponId,
    CouponTemplateId,
    IdempotencyKey,
)
from domain.trail import TrailNote
from domain.verification import ApprovalPending

MOST_ISSUED = 2_000
"""So many companies are issued coupons in one call."""


@attrs.frozen(kw_only=True)
class StopCouponTemplate:
    """Let nobody claim a template any more, and issue none of it; what was claimed holds."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, template_id: CouponTemplateId) -> CouponTemplate:
        """Answer the same where it was stopped before.

        :raises CouponTemplateNotFound: if there is none.
        :raises Forbidden: if the actor may not manage promotions.
        """
        policy.may(actor, Permission.MANAGE_PROMOTIONS)
        at = self.clock.now()
        with self.unit_of_work(actor) as storage:
            found = storage.coupons.lock_template(template_id)
            after = found.stop(at=at)
            if after != found:
                storage.coupons.stop(after)
                facts = {"claims": str(found.claims), "uses": str(found.uses)}
                storage.trail.note(
                    TrailNote(at=at, operation="stopCouponTemplate", about=template_id, before=facts)
                )
        return after


@attrs.frozen
class Issued:
    """The template after coupons of it were issued, and how many were."""

    template: CouponTemplate
    issued: int


@attrs.frozen(kw_only=True)
class IssueCoupons:
    """Give a coupon to each of many companies, once per key: those named, of a tier, or in a group.

    A company that has as many as it may is passed over.
    """

    unit_of_work: UnitOfWork
    secrets: Secrets
    clock: Clock
    ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        key: IdempotencyKey,
        template_id: CouponTemplateId,
        to: Mapping[str, AudienceId | None],
    ) -> Issued:
        """`to` has each as it was named, with its id where it can be one.

        :raises CouponTemplateNotFound: if there is none.
        :raises CouponNotClaimable: if its time is over, or there are fewer left than would be issued.
        :raises Refused: with everybody who is not there, or because there are too many.
        :raises Forbidden: if the actor may not manage promotions.
        """
        policy.may(actor, Permission.MANAGE_PROMOTIONS)
        with self.unit_of_work(actor) as storage:
            answer = once(
                storage,
                operation="issueCoupons",
                key=key,
                command=(template_id, tuple(sorted(to))),
                act=lambda: self._issue(storage, template_id, to),
            )
            if answer.refusal is not None:
                refusal: DomainError = answer.refusal
            else:
                return Issued(storage.coupons.lock_template(template_id), int(answer.result))
        raise refusal

    def _issue(
        self, storage: Storage, template_id: CouponTemplateId, to: Mapping[str, AudienceId | None]
    ) -> str:
        at = self.clock.now()
        template = storage.coupons.lock_template(template_id)
        if not 0 < len(to) <= MOST_AUDIENCES:
            raise InvalidCoupon("to")
        strange = strange_audience(storage, to, field="to")
        if strange:
            raise Refused(tuple(strange))
        named = {id for id in to.values() if id is not None}
        companies = storage.coupons.companies(named, most=MOST_ISSUED + 1)
        if len(companies) > MOST_ISSUED:
            raise TooManyCustomers(len(companies), most=MOST_ISSUED)
        claimed = storage.coupons.claimed(template_id, companies)
        given: list[Coupon] = []
        for customer_id in companies:
            try:
                given.append(
                    template.give(
                        id=self.ids.new(CouponId),
                        code=self.secrets.new_coupon_code(),
                        customer_id=customer_id,
                        claimed=claimed.get(customer_id, 0),
                        at=at,
                    )
                )
            except CouponNotClaimable as refusal:
                if refusal.reason is not ClaimRefusal.CLAIMED:
                    raise
        most = template.limits.claims
        if most is not None and template.claims + len(given) > most:
            raise CouponNotClaimable(ClaimRefusal.NONE_LEFT)
        if given:
            storage.coupons.claim(template_id, given)
            facts = {"to": " ".join(sorted(named)), "coupons": str(len(given))}
            storage.trail.note(TrailNote(at=at, operation="issueCoupons", about=template_id, after=facts))
        return str(len(given))


@attrs.frozen(kw_only=True)
class WithdrawCoupon:
    """Take a coupon back from a company that has not used it."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, coupon_id: CouponId) -> HeldCoupon:
        """Answer the same where it was withdrawn before.

        :raises CouponNotFound: if there is none.
        :raises CouponUsed: if it was used.
        :raises Forbidden: if the actor may not manage promotions.
        """
        policy.may(actor, Permission.MANAGE_PROMOTIONS)
        with self.unit_of_work(actor) as storage:
            found = storage.coupons.lock(coupon_id)
            after = found.coupon.withdraw()
            if after != found.coupon:
                storage.coupons.withdraw(after)
                facts = {"template": found.template.id, "customer": after.customer_id}
                storage.trail.note(
                    TrailNote(at=self.clock.now(), operation="withdrawCoupon", about=coupon_id, before=facts)
                )
        return HeldCoupon(after, found.template)


@attrs.frozen(kw_only=True)
class ClaimCoupon:
    """A company takes a coupon, from the list or with a code, once per key."""

    unit_of_work: UnitOfWork
    secrets: Secrets
    clock: Clock
    ids: Ids

    def __call__(
        self, *, actor: Actor, key: IdempotencyKey, which: CouponTemplateId | CouponCode | None
    ) -> HeldCoupon:
        """`which` is None where what was named can be neither.

        :raises ApprovalPending: if the company is not approved; the key is still good once it is.
        :raises CouponTemplateNotFound: if there is none that this company may claim.
        :raises CouponNotClaimable: if it can be claimed not yet, or not any more.
        :raises Forbidden: if the actor may not order.
        """
        policy.may(actor, Permission.PLACE_ORDERS)
        if not actor.approved:
            raise ApprovalPending
        with self.unit_of_work(actor) as storage:
            answer = once(
                storage,
                operation="claimCoupon",
                key=key,
                command=which,
                act=lambda: self._claim(storage, actor, which),
            )
            if answer.refusal is not None:
                refusal: DomainError = answer.refusal
            else:
                return storage.coupons.lock(CouponId(answer.result))
        raise refusal

    def _claim(self, storage: Storage, actor: Actor, which: CouponTemplateId | CouponCode | None) -> str:
        customer_id = actor.customer_id
        assert customer_id is not None, "only buyers may place orders"
        if which is None:
            raise CouponTemplateNotFound
        template = storage.coupons.lock_template(which)
        way = ClaimWay.BY_CODE if isinstance(which, CouponCode) else ClaimWay.LISTED
        if template.way is not way or not template.is_for(storage.coupons.audience(customer_id)):
            raise CouponTemplateNotFound
        claimed = storage.coupons.claimed(template.id, [customer_id]).get(customer_id, 0)
        coupon = template.give(
            id=self.ids.new(CouponId),
            code=self.secrets.new_coupon_code(),
            customer_id=customer_id,
            claimed=claimed,
            at=self.clock.now(),
        )
        storage.coupons.claim(template.id, [coupon])
        return coupon.id
