"""Storage for coupons: their templates, the coupons of companies, and what counts them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.coupons import Coupon, CouponCode, CouponTemplate, HeldCoupon
from domain.identity import AudienceId, CouponId, CouponTemplateId, CustomerId, OrderId
from domain.visibility import Audience


class Coupons(Protocol):
    """The coupons of the merchant. A buyer's storage holds only those of the own company and of those below it.

    Templates are locked before coupons, and both after stock and before orders, each in the order of their ids.
    """

    def add_template(self, template: CouponTemplate) -> None:
        """Store a new one.

        :raises Stale: if another is claimed by its code, or somebody it is open to is gone.
        """
        ...

    def template(self, template_id: CouponTemplateId) -> CouponTemplate:
        """Find a template by id.

        :raises CouponTemplateNotFound: if there is none.
        """
        ...

    def lock_template(self, which: CouponTemplateId | CouponCode) -> CouponTemplate:
        """Find a template by id, or by the code it is claimed by, and keep it as it is until the unit of work ends.

        :raises CouponTemplateNotFound: if there is none.
        """
        ...

    def stop(self, template: CouponTemplate) -> None:
        """Store that it was stopped, after `lock_template`."""
        ...

    def audience(self, customer_id: CustomerId) -> Audience:
        """Everything that the company goes by; nothing where there is no such company."""
        ...

    def companies(self, ids: Collection[AudienceId], *, most: int) -> tuple[CustomerId, ...]:
        """The first companies, by id, that go by one of these."""
        ...

    def claimed(
        self, template_id: CouponTemplateId, customer_ids: Collection[CustomerId]
    ) -> Mapping[CustomerId, int]:
        """How many of the template these companies have claimed, those that were withdrawn too; none where left out."""
        ...

    def claim(self, template_id: CouponTemplateId, new: Sequence[Coupon]) -> None:
        """Store new coupons of one template and count them, after `lock_template`.

        :raises Stale: if there would be more of them than may be, or one has the code of another.
        """
        ...

    def lock(self, coupon_id: CouponId) -> HeldCoupon:
        """Find a coupon with its template, and keep it as it is until the unit of work ends.

        :raises CouponNotFound: if there is none for this actor.
        """
        ...

    def withdraw(self, coupon: Coupon) -> None:
        """Store that it was withdrawn, after `lock`."""
        ...

    def of_company_later(
        self, customer_id: CustomerId, *, codes: Collection[CouponCode]
    ) -> Callable[[], tuple[HeldCoupon, ...]]:
        """Ask for coupons of one company by their codes; those of others are left out."""
        ...

    def usable_later(
        self, customer_id: CustomerId, *, at: datetime, most: int
    ) -> Callable[[], tuple[HeldCoupon, ...]]:
        """Ask for the coupons of one company that may be used now; those that end first, the first of them."""
        ...

    def use(self, held: Sequence[HeldCoupon], *, order_id: OrderId, at: datetime) -> None:
        """Use coupons in an order, each once, and count the uses of their templates.

        :raises Stale: if one was used or withdrawn meanwhile, holds no longer, or its template is used up.
        """
        ...

    def give_back(self, order_id: OrderId) -> None:
        """Let the coupons that were used in an order be used again; what was given back is not given twice."""
        ...
