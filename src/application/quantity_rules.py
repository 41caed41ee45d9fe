"""What may be ordered of which SKU: set rules, pool breaks, and allow a customer what the rule does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.many_skus import (
    changed,
    decided,
    named_skus,
    note_changes,
    some,
    unknown_sku,
    wrong_allowance,
)
from application.ports.clock import Clock
from application.ports.quantity_rules import Allowance
from application.ports.storage import UnitOfWork
from application.visibility import MOST_PRODUCTS, TooManyProducts
from domain.catalog import (
    CaseRule,
    CatchWeight,
    InvalidQuantityRule,
    Pack,
    QuantityRule,
    Quota,
    Sku,
    UnknownUnit,
)
from domain.errors import Refused
from domain.identity import CustomerId, ProductId, SkuCode, SkuId
from domain.money import Percentage
from domain.period import CalendarPeriod
from domain.privacy import HIDDEN
from domain.quantity import Factor, Quantity
from domain.quoting import LARGEST_LINE
from domain.trail import Facts, TrailNote
from domain.visibility import UnknownProduct


@attrs.frozen(kw_only=True)
class AskedRule:
    """The rule somebody wants for a SKU, whole: what is not said holds no longer. Quantities are of the base unit."""

    sku_id: SkuId | None = None
    sku_code: SkuCode | None = None
    reference: str = ""
    """What was written where it is neither id nor code, to name it in the refusal."""
    minimum: Decimal = Decimal(1)
    step: Decimal = Decimal(1)
    maximum: Decimal | None = None
    quota: Decimal | None = None
    period: CalendarPeriod | None = None
    case: str | None = None
    """The unit that is a case, by code or name, where breaking it is forbidden or costs the surcharge."""
    surcharge: Decimal | None = None
    """In percent."""
    tolerance: Decimal | None = None
    """In percent, where it costs what it weighs when it is picked."""


@attrs.frozen(kw_only=True)
class AskedAllowance:
    """A SKU whose rule is not to bind a customer."""

    sku_id: SkuId | None = None
    sku_code: SkuCode | None = None
    reference: str = ""


@attrs.frozen(kw_only=True)
class SetQuantityRules:
    """Set the rules of many SKUs at once, all or none."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, rules: Sequence[AskedRule]) -> tuple[SkuId, ...]:
        """Answer with the SKUs, in the order they were named.

        :raises Refused: with everything that is wrong with the rules.
        :raises Forbidden: if the actor may not manage the catalog.
        """
        policy.may(actor, Permission.MANAGE_CATALOG)
        some(rules)
        with self.unit_of_work(actor) as storage:
            ids = named_skus(storage, rules)
            locked = storage.quantity_rules.lock({id for id in ids if id is not None})
            wanted = decided(
                rules,
                [id if id in locked else None for id in ids],
                read=lambda asked, id, at: _rule(asked, locked[id], at),
                unknown=unknown_sku,
                twice=lambda at: InvalidQuantityRule("TWICE", at),
            )
            found = {id: sku.rule for id, sku in locked.items()}
            changes = changed(wanted, found)
            if changes:
                storage.quantity_rules.set(changes)
                note_changes(storage, "setQuantityRules", changes, found, _facts, at=self.clock.now())
        return tuple(wanted)


@attrs.frozen(kw_only=True)
class PoolBreaks:
    """Let quantity breaks count what is ordered of all SKUs of a product together, or of each alone."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self, *, actor: Actor, products: Sequence[tuple[str, ProductId | None]], pooled: bool
    ) -> tuple[ProductId, ...]:
        """For products by what they were called, each with its id where it can be one; answer with each once, in order.

        :raises Refused: with everything that is wrong.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        if not 0 < len(products) <= MOST_PRODUCTS:
            raise Refused((TooManyProducts(len(products)),))
        ids = list(dict.fromkeys(id for _, id in products if id is not None))
        with self.unit_of_work(actor) as storage:
            found = storage.quantity_rules.lock_pools(ids)
            strange = [
                UnknownProduct(reference, at)
                for at, (reference, id) in enumerate(products)
                if id is None or id not in found
            ]
            if strange:
                raise Refused(tuple(strange))
            changed = [id for id in ids if found[id] is not pooled]
            if changed:
                storage.quantity_rules.pool(changed, pooled=pooled)
                before, after = ({"poolsBreaks": str(one).lower()} for one in (not pooled, pooled))
                now = self.clock.now()
                storage.trail.note(
                    *(
                        TrailNote(at=now, operation="poolBreaks", about=id, before=before, after=after)
                        for id in changed
                    )
                )
        return tuple(ids)


@attrs.frozen(kw_only=True)
class AllowQuantities:
    """Let a customer order of SKUs whatever quantity, until then, for a reason; or let the rules bind it again."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        customer_id: CustomerId,
        skus: Sequence[AskedAllowance],
        until: datetime | None,
        reason: str,
    ) -> tuple[Allowance, ...]:
        """Answer with what is allowed now; without `until` it ends now.

        :raises Refused: with everything that is wrong.
        :raises CustomerNotFound: if there is no such company.
        :raises Forbidden: if the actor may not manage customers.
        """
        policy.may(actor, Permission.MANAGE_CUSTOMERS)
        some(skus)
        now = self.clock.now()
        refusals = wrong_allowance(until, reason, at=now)
        with self.unit_of_work(actor) as storage:
            storage.customers.get(customer_id)
            ids = named_skus(storage, skus)
            refusals += [
                unknown_sku(asked, at)
                for at, (id, asked) in enumerate(zip(ids, skus, strict=True))
                if id is None
            ]
            if refusals:
                raise Refused(tuple(refusals))
            allowances = tuple(
                Allowance(customer_id=customer_id, sku_id=id, until=until or now, reason=reason)
                for id in dict.fromkeys(ids)
                if id is not None
            )
            before = storage.quantity_rules.allow(allowances)
            storage.trail.note(*(_allowed(one, before.get(one.sku_id), at=now) for one in allowances))
        return allowances


def _rule(asked: AskedRule, sku: Sku, line: int) -> QuantityRule:
    """Read a rule; the base unit's decimals bind its quantities.

    :raises DomainError: if it can be none.
    """
    case = None
    if asked.case is not None:
        case = sku.sold_in(asked.case)
        if case is None:
            raise UnknownUnit(sku.id, asked.case, sku.units, line)
    if (asked.quota is None) is not (asked.period is None):
        raise InvalidQuantityRule("QUOTA", line)
    if case is not None and (
        case.factor.numerator <= case.factor.denominator or case.factor.times(Quantity(1000)) is None
    ):
        raise InvalidQuantityRule("CASE", line)
    if asked.surcharge is not None and case is None:
        raise InvalidQuantityRule("SURCHARGE", line)
    try:
        surcharge = None if asked.surcharge is None else Percentage.of(asked.surcharge)
        case_rule = None if case is None else CaseRule(case.unit.code, surcharge)
    except ValueError:
        raise InvalidQuantityRule("SURCHARGE", line) from None
    try:
        weight = None if asked.tolerance is None else CatchWeight(Percentage.of(asked.tolerance))
    except ValueError:
        raise InvalidQuantityRule("WEIGHT", line) from None
    if weight is not None and not sku.unit.decimals:
        raise InvalidQuantityRule("WEIGHT", line)
    try:
        quota = (
            None
            if asked.quota is None or asked.period is None
            else Quota(_quantity(asked.quota, sku), asked.period)
        )
        rule = QuantityRule(
            _quantity(asked.minimum, sku),
            _quantity(asked.step, sku),
            None if asked.maximum is None else _quantity(asked.maximum, sku),
            quota,
            case_rule,
            weight,
        )
    except ValueError:
        raise InvalidQuantityRule("QUANTITY", line) from None
    largest = LARGEST_LINE if quota is None else min(LARGEST_LINE, quota.most.thousandths)
    whole = attrs.evolve(sku, rule=rule).orderable
    units = (Pack(sku.unit, Factor(1)), *sku.packs)
    if not any(whole.nearest(0, unit=unit, largest=largest) for unit in units):
        raise InvalidQuantityRule("NOTHING_LEFT", line)
    return rule


def _quantity(number: Decimal, sku: Sku) -> Quantity:
    """:raises ValueError: if it is no quantity of the base unit, or too large for a line."""
    quantity = Quantity.of(number)
    if quantity.thousandths % sku.unit.smallest or quantity.thousandths > LARGEST_LINE:
        raise ValueError("not a quantity of the base unit")
    return quantity


def _facts(rule: QuantityRule) -> Facts:
    """What there is to note of a rule."""
    facts = {"minimum": str(rule.minimum), "step": str(rule.step)}
    if rule.maximum is not None:
        facts["maximum"] = str(rule.maximum)
    if rule.quota is not None:
        facts["quota"] = f"{rule.quota.most} {rule.quota.period.value}"
    if rule.case is not None:
        facts["case"] = rule.case.unit
        facts["surcharge"] = "FORBIDDEN" if rule.case.surcharge is None else f"{rule.case.surcharge}%"
    if rule.catch_weight is not None:
        facts["tolerance"] = f"{rule.catch_weight.tolerance}%"
    return facts


def _allowed(one: Allowance, before: datetime | None, *, at: datetime) -> TrailNote:
    return TrailNote(
        at=at,
        operation="allowQuantities",
        about=one.customer_id,
        before={} if before is None else {"sku": one.sku_id, "until": before.isoformat()},
        after={"sku": one.sku_id, "until": one.until.isoformat(), "reason": HIDDEN},
    )
