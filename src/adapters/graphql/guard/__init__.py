"""The guard: what a request may cost, found out before it costs anything."""

from adapters.graphql.guard.cost import Cost
from adapters.graphql.guard.measure import Measured, fields_of, introspects, measure
from adapters.graphql.guard.scan import check_braces, check_json, check_lists, check_tokens
from adapters.graphql.limits import Exceeded, Limits

__all__ = [
    "Cost",
    "Exceeded",
    "Limits",
    "Measured",
    "check_braces",
    "check_json",
    "check_lists",
    "check_tokens",
    "fields_of",
    "introspects",
    "measure",
]
