"""What people read when the answer is no, in their language."""

from adapters.graphql.messages._codes import (
    BadInput,
    Code,
    ErrorCode,
    Limit,
    Locale,
    NotShown,
    Untold,
    Wrong,
)
from adapters.graphql.messages._texts import MESSAGES, say

__all__ = [
    "MESSAGES",
    "BadInput",
    "Code",
    "ErrorCode",
    "Limit",
    "Locale",
    "NotShown",
    "Untold",
    "Wrong",
    "say",
]
