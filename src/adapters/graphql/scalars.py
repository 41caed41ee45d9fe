"""GraphQL text ↔ values: the scalars, parsed at the door, and the enums of the domain."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

import attrs
import strawberry
from graphql import (
    ConstValueNode,
    FloatValueNode,
    GraphQLError,
    GraphQLScalarType,
    IntValueNode,
    StringValueNode,
)
from strawberry.types.scalar import ScalarDefinition

from adapters.graphql.messages import BadInput, Wrong
from application.privacy import PersonalData
from domain.errors import DomainError
from domain.identity import Id, IdempotencyKey
from domain.quantity import Quantity, decimal_text

MOST_DIGITS = 30
LARGEST_EXPONENT = 30
LONGEST_SEARCH = 200
"""In characters. SQLite fails with a pattern of 50,000 octets; no name is anywhere near as long."""
_EXACT_DIGITS = 15
"""A binary float of more significant digits may not be the decimal number that was written."""
_DECIMAL = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

AnyId = TypeVar("AnyId", bound=Id)


def known(kind: type[AnyId], text: str | None) -> AnyId | None:
    """Read an id; None where the text is none of this kind, so that it finds as little as one that is not there."""
    try:
        return None if text is None else kind(text)
    except ValueError:
        return None


def known_or_missing(kind: type[AnyId], text: str) -> AnyId:
    """Read an id for a verb; where the text is none, name one that nothing has, so that both get the same answer."""
    return known(kind, text) or kind.instead_of(text)


def as_asked(refusal: DomainError) -> DomainError:
    """Let a refusal name what was asked for where it names an id that stands in the place of it."""
    whole: Any = refusal
    if not attrs.has(type(whole)):
        return refusal
    facts = {one.name: getattr(whole, one.name) for one in attrs.fields(type(whole))}
    made = {
        name: fact.asked for name, fact in facts.items() if isinstance(fact, Id) and hasattr(fact, "asked")
    }
    told: DomainError = attrs.evolve(whole, **made) if made else refusal
    return told


def idempotency_key(text: str) -> IdempotencyKey:
    """Read what a client calls one intention.

    :raises BadInput: if it is empty, too long, or does not print.
    """
    try:
        return IdempotencyKey(text)
    except ValueError:
        raise BadInput(Wrong.IDEMPOTENCY_KEY) from None


def searched(text: str | None) -> str | None:
    """Read a part of a name that a list is searched for; None where nothing is.

    :raises BadInput: if it is too long.
    """
    if text and len(text) > LONGEST_SEARCH:
        raise BadInput(Wrong.SEARCH)
    return text or None


def parse_decimal(value: object) -> Decimal:
    """Read an exact decimal number.

    :raises GraphQLError: if it is none, is not exact, or is beyond the limits.
    """
    if isinstance(value, float):
        text = repr(value)
        if len(text.partition("e")[0].strip("-").replace(".", "").strip("0")) > _EXACT_DIGITS:
            raise GraphQLError("Decimal cannot be read exactly from this number: send it as a string.")
        value = text.replace("e+", "e")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise GraphQLError("Decimal is a decimal number, written as a string.")
    return _decimal(str(value) if isinstance(value, str) or abs(value) < 10**MOST_DIGITS else "")


@lru_cache(maxsize=1_024)
def _decimal(text: str) -> Decimal:
    """Read the text of a number: a basket has the same few quantities again and again."""
    if not _DECIMAL.fullmatch(text):
        raise GraphQLError("Decimal is a decimal number, written as a string.")
    number = Decimal(text)
    _, digits, exponent = number.as_tuple()
    if len(digits) > MOST_DIGITS or abs(int(exponent)) > LARGEST_EXPONENT or number.adjusted() > MOST_DIGITS:
        raise GraphQLError(f"Decimal has at most {MOST_DIGITS} digits.")
    return number


def write_decimal(value: object) -> str:
    """Write what has decimals as plain text: an amount is text already, a quantity knows its own."""
    if type(value) is str:
        return value
    if type(value) is Quantity:
        return decimal_text(value.thousandths)
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise GraphQLError("Decimal cannot represent this value.")


# The compiled execution need not ask about texts, which most of them are.
write_decimal.keeps_texts = True  # type: ignore[attr-defined]  # a mark on a function


def parse_instant(value: object) -> datetime:
    """Read an instant.

    :raises GraphQLError: if it is none, or names no time zone.
    """
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        if instant is not None and instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # told below, as every other text that is no instant
    raise GraphQLError("DateTime is an instant as RFC 3339 writes it, with its time zone.")


def write_instant(value: object) -> str:
    """Write an instant in UTC, as RFC 3339 does."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise GraphQLError("DateTime cannot represent this value.")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_day(value: object) -> date:
    """Read a calendar day.

    :raises GraphQLError: if it is none.
    """
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # told below, as every other text that is no day
    raise GraphQLError("Date is a calendar day, written YYYY-MM-DD.")


def write_day(value: object) -> str:
    """Write a calendar day."""
    if type(value) is not date:
        raise GraphQLError("Date cannot represent this value.")
    return value.isoformat()


def write_personal_data(value: object) -> dict[str, Any]:
    """Write what is kept of a person as the document that it is handed out as."""
    if not isinstance(value, PersonalData):
        raise GraphQLError("PersonalData cannot represent this value.")
    return value.as_document()


def parse_nothing(_: object) -> Any:
    """:raises GraphQLError: always: it is answered, and never given."""
    raise GraphQLError("PersonalData is answered, and never given.")


def _scalar(
    name: str, *, description: str, write: Callable[[object], Any], parse: Callable[[object], Any]
) -> ScalarDefinition:
    """Declare a scalar that is written as a string, or perhaps as a number, in documents as in variables."""

    def parse_literal(node: ConstValueNode) -> Any:
        if not isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
            return parse(None)
        return parse(node.value)

    definition = strawberry.scalar(name=name, description=description, serialize=write, parse_value=parse)
    definition.implementation = GraphQLScalarType(
        name=name,
        description=description,
        coerce_output_value=write,
        coerce_input_value=parse,
        coerce_input_literal=parse_literal,
        extensions={"strawberry-definition": definition},
    )
    return definition


SCALARS: Mapping[object, ScalarDefinition] = {
    Decimal: _scalar(
        "Decimal",
        description=(
            'An exact decimal number, as a string: "12.50". Where it is an argument, a number of up to '
            "15 digits is taken as well."
        ),
        write=write_decimal,
        parse=parse_decimal,
    ),
    datetime: _scalar(
        "DateTime",
        description='An instant in UTC, as RFC 3339 writes it: "2026-03-01T08:30:00Z".',
        write=write_instant,
        parse=parse_instant,
    ),
    date: _scalar(
        "Date",
        description='A calendar day in the merchant\'s time zone: "2026-03-01".',
        write=write_day,
        parse=parse_day,
    ),
    PersonalData: _scalar(
        "PersonalData",
        description="What is kept of a person, as one JSON object of the form that docs/privacy.md describes.",
        write=write_personal_data,
        parse=parse_nothing,
    ),
}
