"""What every answer must be: of the shape that was asked for, its codes published, and nothing of the inside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLSchema,
    is_abstract_type,
    is_leaf_type,
)

from adapters.graphql.messages import Code, ErrorCode
from kit.api import FORBIDDEN_WORDS
from kit.fuzz.places import ANY_ID, MARK
from kit.fuzz.writing import Operation, Picked

CODES = frozenset(one.value for one in Code)
REFUSALS = frozenset(one.value for one in ErrorCode)
NOT_NOW = frozenset({Code.CONFLICT.value, Code.TIMEOUT.value})
"""What a server may say under load; counted, and no fault."""
INSIDE = re.compile(
    r"site-packages|/home/|/usr/|/tmp/|\.py\b|\bSELECT\b.{1,500}\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.{1,200}\bSET\b"
    r"|NoneType|\basyncio\b|uvicorn|starlette|strawberry|graphql-core|UNIQUE constraint|CHECK constraint|violates",
    re.DOTALL,
)
_NEVER_RUN = frozenset(
    one.value for one in (Code.GRAPHQL_PARSE_FAILED, Code.GRAPHQL_VALIDATION_FAILED, Code.QUERY_TOO_COMPLEX)
)
_PASSCODE = re.compile(rb"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b")
"""What is made by chance, and is other wherever it is made."""
_CURSOR_FIELDS = frozenset({"cursor", "startCursor", "endCursor"})


@attrs.frozen(kw_only=True)
class Answer:
    """What came back."""

    status: int
    media: str
    octets: bytes

    @property
    def text(self) -> str:
        return self.octets.decode(errors="replace")

    def like(self, other: Answer) -> bool:
        """Tell whether both say the same; of several fields that fail at once, one may or may not be told."""
        return self.octets == other.octets or self._essence() == other._essence()

    def _essence(self) -> object:
        try:
            content = json.loads(_PASSCODE.sub(b"made by chance", self.octets))
        except ValueError:
            return self.octets
        codes = {error["extensions"]["code"] for error in content.get("errors", ())}
        return self.status, content.get("data"), codes


@attrs.define
class Judged:
    """What was found in one answer."""

    outcome: str = ""
    faults: list[str] = attrs.field(factory=list)
    answered: set[str] = attrs.field(factory=set)
    cursors: list[str] = attrs.field(factory=list)
    valid: bool = False
    """Whether the document fits the schema and the limits, and so touched what it says."""


def judge(schema: GraphQLSchema, operation: Operation, answer: Answer) -> Judged:
    """Look at an answer from all sides."""
    judged = Judged()
    judged.faults += _texts(operation, answer)
    try:
        content = json.loads(answer.octets)
    except ValueError:
        judged.outcome = f"status {answer.status}, not JSON"
        judged.faults.append("the answer is not JSON")
        return judged
    if not answer.media.startswith(("application/json", "application/graphql-response+json")):
        judged.faults.append(f"the answer is {answer.media!r}")
    if not isinstance(content, dict) or not content or not set(content) <= {"data", "errors"}:
        judged.faults.append("the answer has neither data nor errors, or something else")
        return judged
    codes = _codes(content, judged)
    if answer.status >= 500 and not set(codes) & NOT_NOW:
        judged.faults.append(f"status {answer.status}")
    judged.valid = answer.status in (200, 400) and not _NEVER_RUN & set(codes)
    judged.outcome = ", ".join(sorted(set(codes))) or "data"
    if content.get("data") is not None and operation.picked:
        if codes:
            judged.outcome += ", beside data"
        _Shape(schema, judged).whole(content["data"], operation.picked, operation.root, "data")
    return judged


def _texts(operation: Operation, answer: Answer) -> Iterator[str]:
    text = answer.text
    yield from (f"the answer has {word!r} in it" for word in FORBIDDEN_WORDS if word in text)
    asked = operation.body.decode()
    found = INSIDE.search(text)
    if found and found[0] not in asked:
        yield f"the answer has {found[0]!r} in it"
    person = operation.person
    for mark in set(MARK.findall(text)):
        if mark.startswith(person.foreign_marks) and mark not in asked:
            yield f"the answer has the other merchant's text {mark}"
    for id in set(ANY_ID.findall(text)) & person.secret:
        if id not in asked:
            yield f"the answer has the other merchant's id {id}"


def _codes(content: Mapping[str, Any], judged: Judged) -> list[str]:
    errors = content.get("errors", [])
    if "errors" in content and (not isinstance(errors, list) or not errors):
        judged.faults.append("errors are no list, or an empty one")
        return []
    codes: list[str] = []
    for error in errors:
        code = error.get("extensions", {}).get("code")
        codes.append(str(code))
        if code not in CODES or code == Code.INTERNAL.value:
            judged.faults.append(f"an error has the code {code!r}")
        if not error.get("message") or not set(error) <= {"message", "locations", "path", "extensions"}:
            judged.faults.append(f"an error is not as errors are: {error}")
    return codes


@attrs.frozen
class _Shape:
    """Compares data with what was picked."""

    schema: GraphQLSchema
    judged: Judged

    def whole(self, data: object, picked: Sequence[Picked], type_name: str, path: str) -> None:
        if not isinstance(data, dict):
            self._fault(path, f"is {data!r}, not an object")
            return
        if is_abstract_type(self.schema.type_map[type_name]):
            type_name = str(data.get("__typename"))
        here = [one for one in picked if self._applies(one, type_name)]
        known = {one.key for one in here}
        needed = {one.key for one in here if not one.unsure}
        if not needed <= set(data) or not set(data) <= known:
            self._fault(path, f"has {sorted(data)}, not {sorted(known)}")
        for one in here:
            if one.key in data:
                self._value(data[one.key], one, one.type, type_name, f"{path}.{one.key}")

    def _applies(self, one: Picked, type_name: str) -> bool:
        return one.on is None or one.on == type_name

    def _value(self, value: object, one: Picked, type_: GraphQLOutputType, parent: str, path: str) -> None:
        if isinstance(type_, GraphQLNonNull):
            if value is None:
                self._fault(path, "is null")
                return
            type_ = type_.of_type
        if one.name != "__typename":
            self.judged.answered |= {f"{parent}.{one.name}", f"{one.parent}.{one.name}"}
        if value is None:
            return
        if isinstance(type_, GraphQLList):
            if not isinstance(value, list):
                self._fault(path, f"is {value!r}, not a list")
                return
            for at, item in enumerate(value):
                self._value(item, one, type_.of_type, parent, f"{path}[{at}]")
        elif is_leaf_type(type_):
            self._leaf(value, one, type_, path)
        else:
            assert isinstance(type_, GraphQLNamedType)
            self.whole(value, one.below, type_.name, path)

    def _leaf(self, value: object, one: Picked, type_: Any, path: str) -> None:
        fits = value in type_.values if isinstance(type_, GraphQLEnumType) else _LEAVES[type_.name](value)
        if not fits:
            self._fault(path, f"is {value!r}, which is no {type_.name}")
        if isinstance(type_, GraphQLEnumType) and type_.name == "ErrorCode" and value not in REFUSALS:
            self._fault(path, f"is {value!r}, which is not published")
        if one.name in _CURSOR_FIELDS and isinstance(value, str):
            self.judged.cursors.append(value)

    def _fault(self, path: str, words: str) -> None:
        self.judged.faults.append(f"{path} {words}"[:500])


_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


def _date(value: object) -> bool:
    return isinstance(value, str) and str(date.fromisoformat(value)) == value


def _instant(value: object) -> bool:
    return isinstance(value, str) and value.endswith("Z") and bool(datetime.fromisoformat(value))


_LEAVES: Mapping[str, Callable[[object], bool]] = {
    "Int": lambda value: type(value) is int and -(2**31) <= value < 2**31,
    "String": lambda value: isinstance(value, str),
    "ID": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    "Decimal": lambda value: isinstance(value, str) and _DECIMAL.fullmatch(value) is not None,
    "Date": _date,
    "DateTime": _instant,
    "PersonalData": lambda value: isinstance(value, dict),
}
