"""What fields need is asked before they answer, also below interfaces and unions; told on a schema of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, cast

import attrs
import pytest
import strawberry

from adapters.graphql.guard import Limits
from adapters.graphql.nodes import NodeType, shows
from adapters.graphql.requires import field
from adapters.graphql.schema import Schema
from adapters.graphql.selections import Plans
from application.authorization import Actor, Permission
from domain.customers import Role
from domain.identity import BuyerId, CustomerId
from kit import builders as a

IDS = a.SeededIds()
SHOP = a.merchant(IDS)
BUYER = Actor.buyer(SHOP, id=IDS.new(BuyerId), customer_id=IDS.new(CustomerId), role=Role.OWNER)


@attrs.frozen
class Safe:
    """What only some may open."""

    id: str = "saf_1"
    content: str = "gold"


@attrs.frozen
class Shelf:
    """What everybody may look at."""

    id: str = "she_1"
    content: str = "tea"


@shows(Safe, name="Safe", description="A safe.")
class SafeType(NodeType):
    """Shows Safe."""

    content: str = field(Permission.MANAGE_STOCK, description="What is in it.")


@shows(Shelf, name="Shelf", description="A shelf.")
class ShelfType(NodeType):
    """Shows Shelf."""

    content: str = field(Permission.BROWSE, description="What is on it.")


@attrs.frozen
class Room:
    """What one goes through."""

    safe: Safe = Safe()


@strawberry.type(name="Room", description="A room.")
class RoomType:
    """Shows Room."""

    safe: SafeType = field(Permission.BROWSE, description="What stands in it.")


Furniture = Annotated[SafeType | ShelfType, strawberry.union("Furniture", description="Either.")]


def _always(value: object) -> Callable[[], object]:
    def resolve() -> object:
        return value

    return resolve


@strawberry.type
class Query:
    """Ways in."""

    room = field(Permission.BROWSE, description="A way in.", graphql_type=RoomType, resolver=_always(Room()))
    node = field(Permission.BROWSE, description="One.", graphql_type=NodeType, resolver=_always(Safe()))
    pieces = field(
        Permission.BROWSE,
        description="All.",
        graphql_type=list[Furniture],
        resolver=_always([Shelf(), Safe()]),
    )
    safe = field(Permission.BROWSE, description="One.", graphql_type=SafeType, resolver=_always(Safe()))


SCHEMA = Schema(query=Query)


@attrs.define
class Asking:
    """As much of a context as this schema needs."""

    actor: Actor
    plans: Plans = attrs.field(factory=Plans)
    limits: Limits = Limits()
    explorable: bool = False
    compiled: bool = True
    pace: None = None


async def ask(query: str, actor: Actor) -> Any:
    """The data, or what was raised."""
    result = await SCHEMA.execute(query, context_value=cast(Any, Asking(actor)))
    if result.errors:
        return type(result.errors[0].original_error).__name__
    return result.data


@pytest.mark.parametrize(
    "query",
    [
        "{ safe { content } }",
        "{ room { safe { id content } } }",
        """{ room { ...Here } }
        fragment Here on Room { safe { id } safe { ... on Node { ...There } } }
        fragment There on Safe { content }""",
        "{ safe { ... on Node { ... on Safe { content } } } }",
        "{ node { ... on Safe { content } } }",
        "{ node { ...One } } fragment One on Node { ...Two } fragment Two on Safe { id content }",
        "{ pieces { ... on Safe { content } ... on Shelf { content } } }",
        "{ pieces { ... on Node { id } ... on Safe { inside: content } } }",
    ],
)
async def test_fields_stay_closed_wherever_they_are_reached(query: str) -> None:
    assert await ask(query, BUYER) == "Forbidden"
    assert await ask(query, Actor.guest(SHOP)) == "Unauthenticated"
    assert await ask(query, Actor.operator(SHOP))


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{ node { id __typename } }", {"node": {"id": "saf_1", "__typename": "Safe"}}),
        ("{ node { ... on Shelf { content } } }", {"node": {}}),
        ("{ pieces { ... on Shelf { content } } }", {"pieces": [{"content": "tea"}, {}]}),
        ("{ safe { id content @skip(if: true) } }", {"safe": {"id": "saf_1"}}),
    ],
)
async def test_fields_stay_open_beside_them(query: str, data: object) -> None:
    assert await ask(query, Actor.guest(SHOP)) == data


async def test_an_undeclared_field_answers_nothing_even_if_it_got_in() -> None:
    declared = SCHEMA._schema.query_type
    assert declared is not None
    definition = declared.fields["safe"].extensions["strawberry-definition"]
    needs = definition.directives
    try:
        definition.directives = []
        assert await ask("{ safe { id } }", Actor.operator(SHOP)) == "Forbidden"
    finally:
        definition.directives = needs
    assert await ask("{ safe { id } }", Actor.operator(SHOP))
