"""The guard: what a request may cost, found out before it costs anything."""

from adapters.graphql.guard.cost import Cost
from adapters.graphql.guard.limits import Exceeded, Limits
from adapters.graphql.guard.measure import Measured, measure
from adapters.graphql.guard.scan import check_braces, check_json, check_lists

__all__ = [
    "Cost",
    "Exceeded",
    "Limits",
    "Measured",
    "check_braces",
    "check_json",
    "check_lists",
    "measure",
]
