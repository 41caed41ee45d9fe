"""Refusals: what a verb refuses, as the typed errors of its payload."""

from adapters.graphql.refusals._table import TABLE
from adapters.graphql.refusals._types import (
    IdempotencyKeyReusedType,
    Refusals,
    Told,
    UserErrorType,
    refusal,
    tell,
)

__all__ = [
    "TABLE",
    "IdempotencyKeyReusedType",
    "Refusals",
    "Told",
    "UserErrorType",
    "refusal",
    "tell",
]
