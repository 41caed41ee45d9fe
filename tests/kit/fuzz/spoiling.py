"""Requests that are wrong as a whole: the document, its variables, or how they are sent."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import attrs

from application.authorization import ActorKind
from kit.fuzz.writing import Operation

_PUT_IN = '{ } ( ) $ @ ... " """ # ! 字 1.e & : |'
_WORDS = "nope id {id} @skip @nope on null __type"
_VARIABLES = '[] "x" 1 true NaN { {"v0":null} {"v0":{"v0":[]}} {"nope":1,"v0":[[1]]} 1e400'

Spoil = Callable[[Operation, Random], Operation]


def spoilt(operation: Operation, chance: Random) -> Operation:
    """Spoil a request in one way."""
    way = chance.choice(_WAYS)
    changed = way(operation, chance)
    about = f"{operation.about}, spoilt: {way.__name__.strip('_').replace('_', ' ')}"
    return attrs.evolve(changed, picked=(), about=about)


def _cut(one: Operation, chance: Random) -> Operation:
    return attrs.evolve(one, document=one.document[: chance.randrange(1, len(one.document))])


def _something_put_in(one: Operation, chance: Random) -> Operation:
    at = chance.randrange(len(one.document))
    odd = chance.choice([*_PUT_IN.split(), "\0", "\ufeff", "\ud800"])
    return attrs.evolve(one, document=one.document[:at] + odd + one.document[at:])


def _another_word(one: Operation, chance: Random) -> Operation:
    words = one.document.split(" ")
    words[chance.randrange(len(words))] = chance.choice(_WORDS.split())
    return attrs.evolve(one, document=" ".join(words))


def _another_kind(one: Operation, chance: Random) -> Operation:
    kind = one.document.partition(" ")[0]
    other = chance.choice(("subscription", "query", "mutation", "fragment", "extend type", ""))
    return attrs.evolve(one, document=one.document.replace(kind, other, 1))


def _no_variables(one: Operation, _: Random) -> Operation:
    return attrs.evolve(one, variables=None)


def _odd_variables(one: Operation, chance: Random) -> Operation:
    return attrs.evolve(one, variables=chance.choice(_VARIABLES.split()))


def _more_variables(one: Operation, _: Random) -> Operation:
    more = (one.variables or "{}").rstrip().removesuffix("}")
    comma = ", " if more.strip() != "{" else ""
    return attrs.evolve(one, variables=more + comma + '"nope": {"a": [1, "2", null]}, "": 0}')


def _wrong_variable_types(one: Operation, chance: Random) -> Operation:
    kinds = ("Int", "String!", "[ID!]!", "Nope", "Boolean", "Product", "[[Int]]", "Decimal")
    document = one.document.replace("$v0: ", f"$v0: {chance.choice(kinds)} = 1, $w: ", 1)
    return attrs.evolve(one, document=document)


def _odd_name(one: Operation, chance: Random) -> Operation:
    return attrs.evolve(one, operation_name=chance.choice(("Nope", "", 1, [], {}, "x" * 5_000, "\0", False)))


def _two_operations(one: Operation, chance: Random) -> Operation:
    more = chance.choice(("query B { merchant { id } }", "{ me { id } }", "query Fuzz { merchant { id } }"))
    return attrs.evolve(one, document=f"{one.document} {more}")


def _spread_of_itself(one: Operation, _: Random) -> Operation:
    links = "fragment X on Category { parent { ...Y } } fragment Y on Category { ...X }"
    return attrs.evolve(one, document="{ categories { ...X } } " + links, variables=None)


def _introspection(one: Operation, chance: Random) -> Operation:
    asked = ("{ __schema { types { name } } }", '{ __type(name: "Order") { name } }', "{ __schema { nope } }")
    return attrs.evolve(one, document=chance.choice(asked), variables=None)


def _by_get(one: Operation, _: Random) -> Operation:
    return attrs.evolve(one, by_get=len(one.document) + len(one.variables or "") < 4_000)


def _odd_headers(one: Operation, chance: Random) -> Operation:
    odd: tuple[dict[str, str], ...] = (
        {"x-merchant": "haiyun"},
        {"x-merchant": "nobody"},
        {"x-merchant": "' OR 1=1"},
        {"authorization": "Bearer x"},
        {"authorization": "Bearer a.b.c"},
        {"authorization": "Basic eDp5"},
        {"authorization": ""},
        {"accept": "text/html"},
        {"accept": "application/graphql-response+json;q=nope, */*;q=9"},
        {"accept-language": "zz;q=1e9,*;q=0.1,\xff"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "text/plain"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"x-request-id": "x" * 500},
        {"content-encoding": "gzip"},
    )
    if one.person.actor.kind is ActorKind.GUEST:
        # A guest who names a merchant is that merchant's guest: nothing is odd about that.
        odd = odd[1:]
    return attrs.evolve(one, headers=chance.choice(odd))


_WAYS: tuple[Spoil, ...] = (
    _cut,
    _something_put_in,
    _another_word,
    _another_kind,
    _no_variables,
    _odd_variables,
    _more_variables,
    _wrong_variable_types,
    _odd_name,
    _two_operations,
    _spread_of_itself,
    _introspection,
    _by_get,
    _odd_headers,
)
