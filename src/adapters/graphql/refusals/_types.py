"""Refusals as data: one handler and one table turn what a verb refuses into the typed errors of its payload."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import attrs
import strawberry
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension
from strawberry.types.base import get_object_definition

from adapters.graphql.context import Info
from adapters.graphql.messages import ErrorCode, Untold, say
from adapters.graphql.refusals._table import TABLE
from adapters.graphql.requires import field
from adapters.graphql.scalars import as_asked
from application.authorization import Permission
from application.ports.storage import IdempotencyKeyReused
from domain.errors import DomainError, Refused
from domain.inventory import InsufficientStock

C = TypeVar("C", bound=type)
_NAMES: dict[type[DomainError], str] = {}


@attrs.frozen
class Told:
    """A refusal on its way to a client: beside code, message and path it has every fact of the refusal."""

    refusal: DomainError
    code: ErrorCode
    saying: ErrorCode | Untold
    """What is said of it, if somebody wants to hear it."""
    path: tuple[str, ...]

    def __getattr__(self, fact: str) -> Any:
        return getattr(self.refusal, fact)


def tell(refusals: Iterable[DomainError], *, items: str) -> list[Told]:
    """Tell of refusals; `items` is the list of the input that their lines count."""
    return [_told(one, items) for refusal in refusals for one in _each(refusal)]


def _each(refusal: DomainError) -> tuple[DomainError, ...]:
    if not isinstance(refusal, Refused):
        return (refusal,)
    return tuple(one for part in refusal.refusals for one in _each(part))


def _told(refusal: DomainError, items: str) -> Told:
    refusal = as_asked(refusal)
    row = TABLE[type(refusal)]
    line = getattr(refusal, "line", None)
    at = () if line is None else (items, str(line))
    # Some say themselves which field of the input they are about.
    named = getattr(refusal, "field", None)
    about = row.about if named is None else (named,) if named else ()
    untold = isinstance(refusal, InsufficientStock) and refusal.available is None
    saying = Untold.INSUFFICIENT_STOCK if untold else row.code
    return Told(refusal, row.code, saying, ("input", *at, *about))


class Refusals(FieldExtension):
    """Turns what a verb returns into its payload's first field, and what it refuses into the payload's errors."""

    def __init__(self, payload: type, *, items: str = "lines") -> None:
        self._payload, self._items = payload, items
        self._noun = get_object_definition(payload, strict=True).fields[0].python_name

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: Info, **kwargs: Any
    ) -> Any:
        try:
            result = await next_(source, info, **kwargs)
        except DomainError as refusal:
            if not all(type(one) in TABLE for one in _each(refusal)):
                raise
            errors = tell((refusal,), items=self._items)
            return self._payload(**{self._noun: None, "errors": errors})
        return self._payload(**{self._noun: result, "errors": []})


def _said(root: Told, info: Info) -> str:
    """Put it into words."""
    return say(root.saying, info.context.locale, root.refusal)


@strawberry.interface(name="UserError", description="Why something was refused, for people and for programs.")
class UserErrorType:
    """What every refusal has."""

    code: ErrorCode = field(Permission.BROWSE, description="Which refusal it is.")
    message: str = field(
        Permission.BROWSE,
        description="What to show to people, in the language they accept.",
        resolver=_said,
    )
    path: list[str] | None = field(
        Permission.BROWSE,
        description='Which part of the input it is about: ["input", "lines", "3", "quantity"].',
    )

    @classmethod
    def resolve_type(cls, value: Told, _info: object, _of: object) -> str:
        """Name the type of a refusal."""
        return _NAMES[type(value.refusal)]

    resolve_type.__func__.by_object = True  # type: ignore[attr-defined]  # a mark on a function


def refusal(kind: type[DomainError], *, description: str) -> Callable[[C], C]:
    """Declare the type of a refusal; its facts are the refusal's own attributes."""

    def declared(cls: C) -> C:
        def is_type_of(value: object, _info: object) -> bool:
            return isinstance(value, Told) and type(value.refusal) is kind

        is_type_of.by_object = True  # type: ignore[attr-defined]  # as above
        cls.is_type_of = staticmethod(is_type_of)  # type: ignore[attr-defined]  # Strawberry looks for it there
        _NAMES[kind] = kind.__name__
        made: C = strawberry.type(cls, name=kind.__name__, description=description)
        return made

    return declared


@refusal(IdempotencyKeyReused, description="The same key came before with another input.")
class IdempotencyKeyReusedType(UserErrorType):
    """Shows IdempotencyKeyReused."""

    key: str = field(Permission.BROWSE, description="The key.")
