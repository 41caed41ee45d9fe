"""Making a coupon template, of what staff have asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock, Ids
from application.ports.promotions import GoodsId
from application.ports.secrets import Secrets
from application.ports.storage import Storage, UnitOfWork
from domain.coupons import (
    LONGEST_TERMS,
    MOST_AUDIENCES,
    ClaimWay,
    CouponLimits,
    CouponName,
    CouponTemplate,
    CouponValidity,
    InvalidCoupon,
    StackingGroup,
)
from domain.errors import DomainError, Refused
from domain.identity import (
    AudienceId,
    BrandId,
    CategoryId,
    CouponTemplateId,
    Id,
    ProductId,
    SkuId,
    StaffId,
)
from domain.money import Currency, Money, Percentage
from domain.period import Period
from domain.promotions import Gift, Scope, UnknownGoods
from domain.quantity import scaled
from domain.trail import Facts, TrailNote
from domain.visibility import UnknownAudience

AnyId = TypeVar("AnyId", bound=Id)
T = TypeVar("T")
MOST_GOODS = 100
"""So many goods, categories and brands the scope of a template names."""


@attrs.frozen(kw_only=True)
class AskedScope:
    """The goods that somebody wants a coupon for, as they were named: none at all means everything."""

    sku_ids: tuple[str, ...] = ()
    product_ids: tuple[str, ...] = ()
    category_ids: tuple[str, ...] = ()
    brand_ids: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class AskedTemplate:
    """The template that staff ask for, as it was given."""

    name: str
    terms: str = ""
    amount_off: Decimal | None = None
    percentage_off: Decimal | None = None
    gift: Gift | None = None
    """What is given in place of that, and from which amount on."""
    most_off: Decimal | None = None
    threshold: Decimal | None = None
    scope: AskedScope = AskedScope()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    valid_days: int | None = None
    way: ClaimWay = ClaimWay.ISSUED
    open_from: datetime | None = None
    open_until: datetime | None = None
    audience: Mapping[str, AudienceId | None] = MappingProxyType({})
    """Each as it was named, with its id where it can be one."""
    stacking_group: str | None = None
    claims: int | None = None
    claims_each: int | None = 1
    uses: int | None = None


@attrs.frozen(kw_only=True)
class CreateCouponTemplate:
    """Make a template; it never changes, but may be stopped."""

    unit_of_work: UnitOfWork
    secrets: Secrets
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, asked: AskedTemplate) -> CouponTemplate:
        """:raises Refused: with everything that cannot be, or is not there.
        :raises Forbidden: if the actor may not manage promotions.
        """
        policy.may(actor, Permission.MANAGE_PROMOTIONS)
        at = self.clock.now()
        template = self._made(actor, asked, at=at)
        with self.unit_of_work(actor) as storage:
            strange = [
                *strange_goods(storage, asked.scope, asked.gift),
                *strange_audience(storage, asked.audience),
            ]
            if strange:
                raise Refused(tuple(strange))
            storage.coupons.add_template(template)
            storage.trail.note(
                TrailNote(at=at, operation="createCouponTemplate", about=template.id, after=_noted(template))
            )
        return template

    def _made(self, actor: Actor, asked: AskedTemplate, *, at: datetime) -> CouponTemplate:
        read = _Reading(actor.merchant.currency)
        name = read.part("name", lambda: CouponName(asked.name))
        terms = read.part("terms", lambda: _terms(asked.terms))
        off = read.part(_off(asked), lambda: read.off(asked))
        most = read.part("mostOff", lambda: read.perhaps(asked.most_off))
        threshold = read.part("threshold", lambda: read.perhaps(asked.threshold))
        scope = read.part("scope", lambda: _scope(asked.scope))
        validity = read.part("validUntil", lambda: _validity(asked, at=at))
        opened = read.part("openUntil", lambda: Period(asked.open_from, asked.open_until))
        limits = read.part(
            "limits",
            lambda: CouponLimits(claims=asked.claims, claims_each=asked.claims_each, uses=asked.uses),
        )
        stacking = read.part(
            "stackingGroup",
            lambda: None if asked.stacking_group is None else StackingGroup(asked.stacking_group),
        )
        audience = frozenset(id for id in asked.audience.values() if id is not None)
        if len(asked.audience) > MOST_AUDIENCES:
            read.wrong.append(InvalidCoupon("audience"))
        if read.wrong:
            raise Refused(tuple(read.wrong))
        assert name and off and scope and validity and opened and limits, "nothing that was read is missing"
        try:
            return CouponTemplate(
                id=self.ids.new(CouponTemplateId),
                name=name,
                terms=terms or "",
                currency=actor.merchant.currency,
                off=off,
                most=most,
                threshold=threshold,
                scope=scope,
                validity=validity,
                limits=limits,
                way=asked.way,
                claim_code=self.secrets.new_coupon_code() if asked.way is ClaimWay.BY_CODE else None,
                open=opened,
                audience=audience,
                stacking=stacking,
                made_by=actor.person_id if isinstance(actor.person_id, StaffId) else None,
                made_at=at,
            )
        except ValueError:
            # Each part can be; together they cannot: what comes off and from when on.
            raise Refused((InvalidCoupon("threshold"),)) from None


class _Reading:
    """Reads the parts of what was given, and gathers which of them cannot be."""

    def __init__(self, currency: Currency) -> None:
        self.currency, self.wrong = currency, list[DomainError]()

    def part(self, field: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ValueError:
            self.wrong.append(InvalidCoupon(field))
            return None

    def off(self, asked: AskedTemplate) -> Money | Percentage | Gift:
        if sum(one is not None for one in (asked.amount_off, asked.percentage_off, asked.gift)) != 1:
            raise ValueError("an amount comes off, or a share, or something is given")
        if asked.gift is not None:
            if not isinstance(asked.gift.threshold, Money):
                raise ValueError("a gift is given from an amount on")
            return asked.gift
        if asked.percentage_off is not None:
            share = Percentage.of(asked.percentage_off)
            if not 0 < share.hundredths <= 10_000:
                raise ValueError("a share is more than nothing, and at most all")
            return share
        return self.money(asked.amount_off or Decimal(0))

    def money(self, number: Decimal) -> Money:
        minor = scaled(number, decimals=self.currency.exponent)
        if minor <= 0:
            raise ValueError("an amount is more than nothing")
        return Money(minor, self.currency)

    def perhaps(self, number: Decimal | None) -> Money | None:
        return None if number is None else self.money(number)


def _off(asked: AskedTemplate) -> str:
    """Which part of what was given says what comes off."""
    if asked.gift is not None:
        return "gift"
    return "amountOff" if asked.percentage_off is None else "percentageOff"


def _terms(text: str) -> str:
    trimmed = text.strip()
    if len(trimmed) > LONGEST_TERMS or not trimmed.isprintable():
        raise ValueError(f"terms are up to {LONGEST_TERMS} printable characters")
    return trimmed


def _validity(asked: AskedTemplate, *, at: datetime) -> CouponValidity:
    validity = CouponValidity(period=Period(asked.valid_from, asked.valid_until), days=asked.valid_days)
    if validity.from_claim(at) is None:
        raise ValueError("its time is over before it is made")
    return validity


def _scope(asked: AskedScope) -> Scope:
    named = (asked.sku_ids, asked.product_ids, asked.category_ids, asked.brand_ids, asked.without)
    if sum(map(len, named)) > MOST_GOODS:
        raise ValueError(f"at most {MOST_GOODS} are named")
    return Scope(
        sku_ids=_known(SkuId, asked.sku_ids),
        product_ids=_known(ProductId, asked.product_ids),
        category_ids=_known(CategoryId, asked.category_ids),
        brand_ids=_known(BrandId, asked.brand_ids),
        without=frozenset().union(
            _known(SkuId, asked.without),
            _known(ProductId, asked.without),
            _known(CategoryId, asked.without),
            _known(BrandId, asked.without),
        ),
    )


def _known(kind: type[AnyId], texts: Iterable[str]) -> frozenset[AnyId]:
    """Those that can be ids of this kind."""
    found = set()
    for text in texts:
        try:
            found.add(kind(text))
        except ValueError:
            continue
    return frozenset(found)


def strange_goods(storage: Storage, asked: AskedScope, gift: Gift | None) -> list[DomainError]:
    """Everything that is named and is not there, or is there as something else."""
    given = () if gift is None else tuple(one.sku_id for one in (*gift.goods, *gift.substitutes))
    without = asked.without
    anything: set[GoodsId] = {*_known(SkuId, without), *_known(ProductId, without)}
    anything |= {*_known(CategoryId, without), *_known(BrandId, without)}
    named: list[tuple[Sequence[str], Collection[GoodsId]]] = [
        (asked.sku_ids, _known(SkuId, asked.sku_ids)),
        (asked.product_ids, _known(ProductId, asked.product_ids)),
        (asked.category_ids, _known(CategoryId, asked.category_ids)),
        (asked.brand_ids, _known(BrandId, asked.brand_ids)),
        (without, anything),
        (given, frozenset(given)),
    ]
    there = storage.promotions.goods({id for _, ids in named for id in ids})
    return [UnknownGoods(text) for texts, ids in named for text in texts if text not in there & {*ids}]


def strange_audience(
    storage: Storage, named: Mapping[str, AudienceId | None], *, field: str = "audience"
) -> list[DomainError]:
    """Find who is named in a part of the input and is not there."""
    known = storage.visibilities.audiences({id for id in named.values() if id is not None})
    return [UnknownAudience(text, field=field) for text, id in named.items() if id is None or id not in known]


def _what(off: Money | Percentage | Gift) -> str:
    """What comes off or is given, in words."""
    if isinstance(off, Gift):
        return repr(off)
    return off.amount if isinstance(off, Money) else f"{off}%"


def _noted(one: CouponTemplate) -> Facts:
    """What the trail says of a new template: never the code it is claimed by."""
    facts = {
        "name": one.name,
        "off": _what(one.off),
        "mostOff": one.most and one.most.amount,
        "threshold": one.least and one.least.amount,
        "scope": " ".join(sorted(one.scope.named)),
        "without": " ".join(sorted(one.scope.without)),
        "validFrom": one.validity.period.start and one.validity.period.start.isoformat(),
        "validUntil": one.validity.period.end and one.validity.period.end.isoformat(),
        "validDays": one.validity.days,
        "way": one.way.value,
        "audience": " ".join(sorted(one.audience)),
        "stackingGroup": one.stacking,
        "claims": one.limits.claims,
        "claimsEach": one.limits.claims_each,
        "uses": one.limits.uses,
    }
    return {name: str(value) for name, value in facts.items() if value not in (None, "")}
