"""A schema with every kind of field; what its fields yield, and how they fail, is the data's choice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from enum import Enum
from typing import Annotated, Any, TypeAlias

import strawberry
from graphql import DocumentNode
from graphql.pyutils import Path
from strawberry.dataloader import DataLoader
from strawberry.extensions import FieldExtension, SchemaExtension
from strawberry.permission import BasePermission
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info


class Refused(Exception):
    """What the data raises."""


class Failing:
    """Data that is raised by whoever reads it."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __repr__(self) -> str:
        return "failing"


class Row:
    """An object of the data: its attributes are set from outside."""

    kind = "Row"

    def __repr__(self) -> str:
        return f"a {self.kind}"


class CatRow(Row):
    kind = "Cat"


class DogRow(Row):
    kind = "Dog"


class BoxRow(Row):
    kind = "Box"


class LidRow(Row):
    kind = "Lid"


def taken(root: Any, name: str) -> Any:
    """What a resolver yields: whatever the object keeps for it."""
    value = getattr(root, name)
    if isinstance(value, Failing):
        raise value.error
    return value


@strawberry.enum
class Colour(Enum):
    """Names are not values."""

    RED = "r"
    GREEN = "g"
    BLUE = "RED"


Tick: TypeAlias = Annotated[object, "Tick"]


class TickType:
    """Stands for the scalar."""


def write_tick(value: object) -> object:
    """Write what the data has; 13 cannot be written, and nothing comes of 7."""
    if value == 13:
        raise Refused("no such tick")
    return None if value == 7 else f"tick {value}"


TICK = strawberry.scalar(name="Tick", serialize=write_tick, parse_value=lambda value: value)


@strawberry.input
class Span:
    """An input object."""

    width: int = 3
    colours: list[Colour] | None = None
    label: str | None = strawberry.UNSET


class MayLook(BasePermission):
    """Lets pass whoever the object says."""

    message = "not for you"

    def has_permission(self, source: Any, info: Info, **_: Any) -> bool:
        return bool(getattr(source, "open", True))


class MayLookLater(MayLook):
    """The same, after a while."""

    async def has_permission(self, source: Any, info: Info, **_: Any) -> bool:  # type: ignore[override]
        return bool(getattr(source, "open", True))


class Shout(FieldExtension):
    """Changes what comes out."""

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        value = next_(source, info, **kwargs)
        return value.upper() if isinstance(value, str) else value


def where(info: Info) -> str:
    """The path as a resolver is told it, with the types on it."""
    parts: list[str] = []
    path: Path | None = info.path
    while path is not None:
        parts.append(f"{path.typename}.{path.key}")
        path = path.prev
    return "/".join(reversed(parts))


@strawberry.interface
class Being:
    """An interface with a function that names the type."""

    id: strawberry.ID
    name: str
    title: str | None
    friend: Being | None
    friends: list[Being | None] | None

    @classmethod
    def resolve_type(cls, value: Any, _info: Any, _type: Any) -> str:
        return str(value.kind)


@strawberry.type
class Cat(Being):
    """Plain attributes of all kinds, and some functions."""

    lives: int
    mood: Colour
    moods: list[Colour | None] | None
    purrs: bool | None
    weight: float
    tick: TickType
    ticks: list[TickType | None]
    kittens: list[Cat]
    lid: Lid

    @classmethod
    def is_type_of(cls, value: Any, _: Any) -> bool:
        return getattr(value, "kind", None) == "Cat"

    @strawberry.field
    @staticmethod
    def greeting(
        root: strawberry.Parent[Any],
        word: str = "hi",
        loud: bool | None = None,
        colour: Colour = Colour.GREEN,
        ids: list[strawberry.ID] | None = None,
    ) -> str | None:
        name = taken(root, "greeting")
        said = f"{word} {name} {colour.value} {ids}" if type(name) is str else name
        return said.upper() if loud and type(name) is str else said

    @strawberry.field
    def number(self, n: int) -> int:
        value: int = taken(self, "number")
        return value + n if type(value) is int else value

    @strawberry.field
    @staticmethod
    async def mate(root: strawberry.Parent[Any]) -> Cat | None:
        return taken(root, "mate")  # type: ignore[no-any-return]

    @strawberry.field
    @staticmethod
    async def vow(root: strawberry.Parent[Any], info: Info) -> str:
        vow = taken(root, "vow")
        return f"{vow} at {where(info)}" if type(vow) is str else vow

    @strawberry.field
    @staticmethod
    def loaded(root: strawberry.Parent[Any], info: Info) -> Dog | None:
        key = taken(root, "loaded")
        return info.context.dogs.load(key) if type(key) is int else key  # type: ignore[no-any-return]


@strawberry.type
class Dog(Being):
    """Fields that go the whole way: inputs, permissions, extensions."""

    age: int | None
    tag: str | None
    toys: list[str]
    extra: JSON | None

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return getattr(value, "kind", None) == "Dog" and info.field_name != ""

    @strawberry.field
    def spanned(self, span: Span, times: int = 2) -> list[str]:
        colours = [one.value for one in span.colours or ()]
        return [f"{span.width}{colours}{span.label!r}"] * times

    @strawberry.field(permission_classes=[MayLook])  # type: ignore[untyped-decorator]
    def secret(self) -> str | None:
        return taken(self, "secret")  # type: ignore[no-any-return]

    @strawberry.field(permission_classes=[MayLookLater])  # type: ignore[untyped-decorator]
    async def secret_later(self) -> str | None:
        return taken(self, "secret_later")  # type: ignore[no-any-return]

    @strawberry.field(extensions=[Shout()])  # type: ignore[untyped-decorator]
    def loud(self, word: str = "wuff") -> str:
        loud = taken(self, "loud")
        return f"{word} {loud}" if type(loud) is str else loud

    @strawberry.field
    def here(self, info: Info) -> str:
        return where(info)


Pet = Annotated[Cat | Dog, strawberry.union("Pet")]


def _is_lid(value: Any, _: Any) -> bool:
    return isinstance(value, LidRow)


_is_lid.by_class = True  # type: ignore[attr-defined]


@strawberry.type
class Lid:
    """A type whose check looks at the class alone."""

    label: str
    weight: float | None
    opens: bool

    is_type_of = staticmethod(_is_lid)


@strawberry.type
class Box:
    """Lists in lists, and whatever fits in."""

    width: int
    label: str | None
    lid: Lid | None
    inner: Box | None
    grid: list[list[int]]
    maybe_grid: list[list[int | None] | None] | None
    boxes: list[Box]
    maybe_boxes: list[Box | None] | None
    lids: list[Lid]
    pet: Pet | None
    pets: list[Pet | None]
    beings: list[Being]
    class_: str | None = strawberry.field(name="class", default=None)

    @strawberry.field
    async def slow_boxes(self) -> list[Box] | None:
        return taken(self, "slow_boxes")  # type: ignore[no-any-return]

    @strawberry.field
    def lazy_lids(self) -> list[Lid | None]:
        return taken(self, "lazy_lids")  # type: ignore[no-any-return]


@strawberry.type
class Query:
    """Roots that are attributes of the root value, and roots that are functions."""

    box: Box | None
    maybe_boxes: list[Box | None] | None
    being: Being | None
    pets: list[Pet | None] | None
    word: str | None

    @strawberry.field
    async def slow_box(self) -> Box | None:
        return taken(self, "slow_box")  # type: ignore[no-any-return]

    @strawberry.field
    def cats(self, first: int | None = None) -> list[Cat | None] | None:
        found = taken(self, "cats")
        return found[:first] if type(found) is list else found

    @strawberry.field
    def strict_box(self) -> Box:
        return taken(self, "strict_box")  # type: ignore[no-any-return]


class Given(SchemaExtension):
    """Takes a document that is parsed and valid already."""

    def __init__(self, document: DocumentNode) -> None:
        super().__init__()
        self._document = document

    async def on_parse(self) -> AsyncIterator[None]:
        self.execution_context.graphql_document = self._document
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        self.execution_context.pre_execution_errors = []
        yield


class Kennel:
    """The context: a loader that batches."""

    def __init__(self, dogs: dict[int, Any]) -> None:
        self.batches: list[list[int]] = []

        async def load(keys: list[int]) -> list[Any]:
            self.batches.append(list(keys))
            return [dogs.get(key) for key in keys]

        self.dogs: DataLoader[int, Any] = DataLoader(load_fn=load)


class Quiet(strawberry.Schema):
    """A schema that logs no errors: they are what is compared."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        pass


def menagerie(extensions: Iterable[Any] = ()) -> strawberry.Schema:
    """The schema, with these extensions."""
    return Quiet(
        query=Query,
        types=[Cat, Dog],
        extensions=list(extensions),
        config=StrawberryConfig(scalar_map={TickType: TICK}),
    )
