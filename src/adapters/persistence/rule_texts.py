"""What quantity rules say beyond minimum and step, as text in a column of the SKU."""

from __future__ import annotations

from functools import lru_cache

import orjson

from domain.catalog import CaseRule, CatchWeight, QuantityRule, Quota
from domain.money import Percentage
from domain.period import CalendarPeriod
from domain.quantity import Quantity


def rule_text(rule: QuantityRule) -> str | None:
    """Write what a rule says beyond minimum and step."""
    if rule == QuantityRule(rule.minimum, rule.step):
        return None
    quota, case, weight = rule.quota, rule.case, rule.catch_weight
    surcharge = None if case is None or case.surcharge is None else case.surcharge.hundredths
    return orjson.dumps(
        [
            rule.maximum and rule.maximum.thousandths,
            quota and [quota.most.thousandths, quota.period.value],
            case and [case.unit, surcharge],
            *([] if weight is None else [weight.tolerance.hundredths]),
        ]
    ).decode()


@lru_cache(maxsize=4_096)
def rule_of(minimum: int, step: int, stored: str | None) -> QuantityRule:
    """Read a rule from its three columns; a merchant has few."""
    least, by = Quantity(minimum), Quantity(step)
    if stored is None:
        return QuantityRule(least, by)
    most, quota, case, *weight = orjson.loads(stored)
    return QuantityRule(
        least,
        by,
        None if most is None else Quantity(most),
        None if quota is None else Quota(Quantity(quota[0]), CalendarPeriod(quota[1])),
        None if case is None else CaseRule(case[0], None if case[1] is None else Percentage(case[1])),
        CatchWeight(Percentage(weight[0])) if weight else None,
    )
