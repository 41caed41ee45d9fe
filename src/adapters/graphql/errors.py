"""Errors beside the data: one closed list of codes, one table, and nothing of the inside."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from adapters.graphql.guard import Exceeded
from adapters.graphql.limits import TooOften
from adapters.graphql.messages import BadInput, Code, Locale, NotShown, Wrong, say
from application.authorization import Forbidden, HiddenReason, Unauthenticated
from application.ports.directory import UnknownMerchant
from application.ports.storage import NotNow
from application.ports.tokens import InvalidToken
from application.views.catalog import MOST_COMPARED, PricesNotCompared
from application.views.pages import InvalidPage

log = logging.getLogger(__name__)

_CODES: Mapping[type[BaseException], Code] = {
    BadInput: Code.BAD_USER_INPUT,
    InvalidPage: Code.BAD_USER_INPUT,
    UnknownMerchant: Code.BAD_USER_INPUT,
    Unauthenticated: Code.UNAUTHENTICATED,
    InvalidToken: Code.UNAUTHENTICATED,
    Forbidden: Code.FORBIDDEN,
    NotShown: Code.FORBIDDEN,
    NotNow: Code.CONFLICT,
    TimeoutError: Code.TIMEOUT,
    Exceeded: Code.QUERY_TOO_COMPLEX,
    TooOften: Code.RATE_LIMITED,
    RecursionError: Code.QUERY_TOO_COMPLEX,
}
_NOT_COMPARED = {
    HiddenReason.LOGIN_REQUIRED: Code.UNAUTHENTICATED,
    HiddenReason.APPROVAL_PENDING: Code.FORBIDDEN,
    HiddenReason.TOO_MANY_GOODS: Code.QUERY_TOO_COMPLEX,
}
"""Why goods are not compared by price."""
_SUGGESTION = re.compile(r" Did you mean [^?]*\?")
_TECHNICAL = frozenset({Code.GRAPHQL_PARSE_FAILED, Code.GRAPHQL_VALIDATION_FAILED, Code.BAD_USER_INPUT})
"""Where graphql-core says what is wrong, in words that are for developers and come from the document alone."""


def told(error: GraphQLError, *, locale: Locale, reference: str, suggesting: bool = False) -> dict[str, Any]:
    """Write an error as clients see it; what is not expected is logged under its reference and masked."""
    cause = cause_of(error)
    code = _code(error, cause)
    extensions: dict[str, Any] = {"code": code.value}
    if code is Code.INTERNAL:
        log.error(
            "masked as INTERNAL",
            exc_info=cause or error,
            extra={"reference": reference, "path": error.path},
        )
        extensions["reference"] = reference
    if isinstance(cause, NotNow):
        log_not_now(cause, path=error.path)
    if isinstance(cause, Exceeded):
        extensions |= {"limit": cause.limit.value, "most": cause.most}
    if isinstance(cause, PricesNotCompared):
        extensions["reason"] = cause.reason.value
    if isinstance(cause, TooOften):
        extensions["retryAfter"] = cause.retry_s
    message = _message(error, cause, code, locale, reference)
    answer: dict[str, Any] = {"message": message if suggesting else _SUGGESTION.sub("", message)}
    if error.locations:
        answer["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        answer["path"] = error.path
    return {**answer, "extensions": extensions}


def log_not_now(cause: NotNow, *, path: list[str | int] | None = None) -> None:
    """Put on record what stood in the way: what does so at every try is no matter of trying again."""
    log.warning("told to try again", extra={"path": path, "because": cause.because or type(cause).__name__})


def code_of(cause: BaseException) -> Code:
    """Find the code of something raised on purpose; INTERNAL for everything else."""
    if isinstance(cause, PricesNotCompared):
        return _NOT_COMPARED[cause.reason]
    return next((code for kind, code in _CODES.items() if isinstance(cause, kind)), Code.INTERNAL)


def cause_of(error: GraphQLError) -> BaseException | None:
    """What was raised in the house, if anything was: graphql-core's own errors have no cause."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _code(error: GraphQLError, cause: BaseException | None) -> Code:
    if isinstance(error, GraphQLSyntaxError):
        return Code.GRAPHQL_PARSE_FAILED
    marked = (error.extensions or {}).get("code")
    if marked == Code.GRAPHQL_VALIDATION_FAILED.value:
        return Code.GRAPHQL_VALIDATION_FAILED
    if cause is not None:
        return code_of(cause)
    # What graphql-core says itself is about variables or arguments, unless a value could not be written.
    if error.path is None or error.message.startswith("Argument "):
        return Code.BAD_USER_INPUT
    return Code.INTERNAL


def _message(
    error: GraphQLError, cause: BaseException | None, code: Code, locale: Locale, reference: str
) -> str:
    if isinstance(cause, BadInput):
        return say(cause.wrong, locale)
    if isinstance(cause, InvalidPage):
        return say(Wrong.PAGE, locale)
    if isinstance(cause, NotShown):
        return say(Wrong.INTROSPECTION, locale)
    if isinstance(cause, PricesNotCompared):
        many = cause.reason is HiddenReason.TOO_MANY_GOODS
        return say(Wrong.TOO_MANY_GOODS if many else Wrong.PRICES_HIDDEN, locale, MOST_COMPARED)
    message = say(code, locale, reference=reference)
    if isinstance(cause, Exceeded):
        return f"{message}: {say(cause.limit, locale, cause.most)}"
    if code in _TECHNICAL and cause is None:
        return f"{message}: {error.message}"
    return message
