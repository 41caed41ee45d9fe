"""Values for arguments: those that may be right, and those that must be refused or borne."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import attrs
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    get_nullable_type,
)

from kit.fuzz.meanings import ALL_RIVALS, BEGINNINGS, DECIMALS_OF, ID_TAGS, INTS_OF, TEXTS_OF
from kit.fuzz.places import Person

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
_BIG = 10**30


@attrs.frozen
class Raw:
    """A number as it is to be written, which Python would write otherwise or not at all."""

    text: str


Value = object


def spelled(value: Value) -> str:
    """Write a value as JSON."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {spelled(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(spelled, value)) + "]"
    return json.dumps(value)


def literal(value: Value, type_: GraphQLInputType | None) -> str:
    """Write a value as a literal of a document."""
    plain = None if type_ is None else get_nullable_type(type_)
    if isinstance(plain, GraphQLList) and value is not None and not isinstance(value, list):
        return literal(value, plain.of_type)  # one value may stand for a list of it
    if isinstance(value, dict):
        fields = plain.fields if isinstance(plain, GraphQLInputObjectType) else {}
        parts = (
            f"{key}: {literal(one, fields[key].type if key in fields else None)}"
            for key, one in value.items()
            if _NAME.fullmatch(key)
        )
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        inner: Any = plain.of_type if isinstance(plain, GraphQLList) else plain
        return "[" + ", ".join(literal(one, inner) for one in value) + "]"
    if isinstance(value, str) and isinstance(plain, GraphQLEnumType) and _NAME.fullmatch(value):
        return value
    return spelled(value)


TEXTS: tuple[Value, ...] = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "x\udfff",
    "😀" * 10,
    "👨‍👩‍👧",
    "\u202eabc\u202c",
    "\ufeff",
    "\r\n\t",
    "\x1b[31m",
    "'; DROP TABLE orders; --",
    "%",
    "_",
    "\\",
    '"',
    "%_\\%",
    "=1+1",
    "{0.today} {reference}",
    "${x}",
    "e\u0301",
    "x" * 65,
    "x" * 129,
    "字" * 2_000,
    "x" * 60_000,
    7,
    True,
    Raw("1e400"),
    [],
    ["a", "b"],
    {},
)
_NUMBERS: tuple[Value, ...] = (
    0,
    -1,
    2**31 - 1,
    2**31,
    -(2**31) - 1,
    2**63 - 1,
    2**63,
    _BIG,
    Raw("1e400"),
    Raw("-0"),
    Raw("1.0"),
    Raw("1.5"),
    True,
)
_DECIMALS = """0 -1 -1000 0.0 -0 1e5 NaN Infinity -Infinity 1e400 1E-400 1_000 １２ ٣ +1 1. .5 0x10 0.0001
    999999999999 -0.001 1e-30 1e30"""
_ODD: Mapping[str, tuple[Value, ...]] = {
    "Int": (*_NUMBERS, 100, 101, "7", "", [1], {}),
    "Decimal": (
        *_NUMBERS,
        *_DECIMALS.split(),
        *("9" * 30, "9" * 31, "0." + "0" * 30 + "1", " 1", ""),
        *(2.5, Raw("NaN"), Raw("Infinity"), [], {}, ["1"]),
    ),
    "Date": (
        *(
            "2026-02-30",
            "2020-01-01",
            "0000-01-01",
            "0001-01-01",
            "9999-12-31",
            "2026-3-1",
            "2026-03-01T00:00:00Z",
        ),
        *("", "２０２６-03-01", "-001-01-01", "tomorrow", 20260301, True, [], {}),
    ),
    "DateTime": ("2026-03-01T00:00:00", "2026-03-01T25:00:00Z", "0001-01-01T00:00:00+14:00", "", 0, [], {}),
    "Boolean": (True, False, "true", 0, 1, "", [], {}),
    "String": TEXTS,
    "ID": (*TEXTS, 2**63, -1),
}


def _cursor(content: str) -> str:
    return urlsafe_b64encode(content.encode()).decode().rstrip("=")


_CONTENTS = r"""null [] {} "POSITION" ["POSITION"] ["POSITION","a","b"] ["POSITION",1,null] ["NEWEST",-1]
    ["POSITION",1e400,"x"] ["POSITION",true,"x"] ["POSITION",1.5,"x"] ["POSITION",1,"\u0000"] ["NAME",[],{}]
    ["POSITION",1,"\ud800"] ["NAME","\u0000","x"] ["PLACED",-1,"x"]"""
CURSORS: tuple[Value, ...] = (
    *("", "x", "====", "é", "\0", "A" * 2_000, " ", "-", "_-_-"),
    *map(
        _cursor,
        (
            *_CONTENTS.split(),
            *(f'["POSITION",{number},"x"]' for number in (2**63, -(2**63), 10**30)),
            "[" * 500,
        ),
    ),
)
_CURSOR_NAMES = ("after", "before")


@attrs.define
class Values:
    """Makes values for one person."""

    person: Person
    chance: Random
    cursors: list[str]
    """Those that answers had."""
    keys: list[str]
    """Those that were used."""

    def honest(self, type_: GraphQLInputType, name: str, *, of: str = "") -> Value:
        """A value that may be right, for an argument of this name of the field `of`."""
        plain = get_nullable_type(type_)
        if isinstance(plain, GraphQLList):
            return [self.honest(plain.of_type, name, of=of) for _ in range(self.chance.choice((1, 1, 2)))]
        if isinstance(plain, GraphQLInputObjectType):
            return self.filled(plain)
        if isinstance(plain, GraphQLEnumType):
            return self.chance.choice(list(plain.values))
        return self._scalar(plain.name, name, of)

    def filled(self, type_: GraphQLInputObjectType, *, keep: str = "") -> dict[str, Value]:
        """An object with what it needs, one of each group of rivals, and some of the rest; `keep` is always in it."""
        fields = type_.fields
        left_out = self.rivals_to_drop(fields, keep)
        return {
            name: self.honest(field.type, name, of=type_.name)
            for name, field in fields.items()
            if name not in left_out
            and (
                isinstance(field.type, GraphQLNonNull)
                or name == keep
                or isinstance(get_nullable_type(field.type), GraphQLList)
                or any(name in group for group in ALL_RIVALS)
                or self.chance.random() < 0.25
            )
        }

    def rivals_to_drop(self, fields: Mapping[str, object], keep: str) -> set[str]:
        """Those names that stand beside a rival."""
        dropped: set[str] = set()
        for group in ALL_RIVALS:
            there = [name for name in group if name in fields]
            if len(there) == len(group):
                chosen = keep if keep in there else self.chance.choice(there)
                dropped |= {name for name in there if name != chosen}
        return dropped

    def placed(self, type_: GraphQLInputType, name: str, path: tuple[str, ...], value: Value) -> Value:
        """A value that is honest but for what lies at the path in it."""
        if not path:
            return value
        plain = get_nullable_type(type_)
        if isinstance(plain, GraphQLList):
            return [self.placed(plain.of_type, name, path, value)]
        assert isinstance(plain, GraphQLInputObjectType)
        made = self.filled(plain, keep=path[0])
        made[path[0]] = self.placed(plain.fields[path[0]].type, path[0], path[1:], value)
        return made

    def odd(self, type_: GraphQLInputType, name: str, *, of: str = "") -> list[Value]:
        """Everything that an argument is tried with."""
        named, plain = get_named_type(type_), get_nullable_type(type_)
        found: list[Value] = [None]
        if isinstance(named, GraphQLEnumType):
            found += [*named.values, next(iter(named.values)).lower(), "NOPE", "", 0, True, {}]
        elif isinstance(named, GraphQLInputObjectType):
            found += [{}, [], "x", 1, {"nope": 1}, {**self.filled(named), "__proto__": {}}]
        else:
            found += _ODD[named.name]
        if name in _CURSOR_NAMES:
            found += CURSORS
        if named.name == "ID":
            found += self._other_ids(name, of)
        if isinstance(plain, GraphQLList):
            one = self.honest(plain.of_type, name, of=of)
            found += [[], [None], one, [one], [[one]], *([one] * many for many in (3, 101, 501, 1001))]
        return found

    def _scalar(self, kind: str, name: str, of: str) -> Value:
        choose = self.chance.choice
        if name in _CURSOR_NAMES and self.cursors:
            return choose(self.cursors)
        if kind == "ID":
            return choose(self._ids(self.person.own, name, of))
        if kind == "Decimal":
            return choose(DECIMALS_OF.get(name, ("1", "2.5")))
        if kind == "Int":
            return choose(INTS_OF.get(name, range(1, 21)))
        if kind == "Boolean":
            return choose((True, False))
        if name in BEGINNINGS:
            return choose(("2026-01-01T00:00:00Z", "2026-03-03T00:00:00Z"))
        if kind in ("Date", "DateTime"):
            return "2099-03-05" if kind == "Date" else "2099-03-05T00:00:00Z"
        return self._text(name, of)

    def _text(self, name: str, of: str) -> str:
        choose = self.chance.choice
        if exactly := TEXTS_OF.get(f"{_field(of)}.{name}"):
            return choose(exactly)
        if name == "idempotencyKey":
            return self._key()
        if name in ("skuCode", "code"):
            return choose(self.person.codes)
        if name == "tier":
            return choose(self.person.tiers)
        return choose(TEXTS_OF.get(name, ("text",)))

    def _key(self) -> str:
        if not self.keys or self.chance.random() < 0.9:
            self.keys.append(f"fuzz-{len(self.keys)}-{self.chance.getrandbits(32):08x}")
            return self.keys[-1]
        return self.chance.choice(self.keys)

    def _ids(self, known: Mapping[str, Sequence[str]], name: str, of: str) -> Sequence[str]:
        named = of if name in ("id", "ids") else name
        tags = ID_TAGS.get(f"{_field(of)}.{named}") or ID_TAGS.get(named)
        return [one for tag in (tags.split() if tags else known) for one in known[tag]]

    def _other_ids(self, name: str, of: str) -> list[Value]:
        """Foreign ones, missing ones, those of other kinds, and what only looks like one."""
        own, foreign = (self._ids(known, name, of) for known in (self.person.own, self.person.foreign))
        some = self.chance.choice(own)
        tag = some.partition("_")[0]
        others = [ids[0] for ids in self.person.own.values()]
        digits = some.partition("_")[2]
        return [
            *self.chance.sample(own, min(2, len(own))),
            *self.chance.sample(foreign, min(3, len(foreign))),
            *others,
            f"{tag}_{'0' * 26}",
            f"{tag}_{'v' * 26}",
            f"{tag}_",
            f"{tag}_{digits[:-1]}",
            f"{tag}_{digits}0",
            some.upper(),
            f"{tag}_{'w' * 26}",
            f" {some}",
            f"xyz_{digits}",
            digits,
        ]


def _field(of: str) -> str:
    """The field that is meant by its own name, or by that of its input."""
    return of[:1].lower() + of[1:].removesuffix("Input")
