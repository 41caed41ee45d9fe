"""Facts and refusals as text: JSON by the classes' own fields, read back as the very same values."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from decimal import Decimal
from types import UnionType
from typing import Any, TypeVar, get_args

import attrs
import orjson
from cattrs import BaseValidationError, Converter

from domain.errors import DomainError
from domain.events import Event
from domain.identity import Id, Text

T = TypeVar("T")
_KIND = "kind"


def written(fact: Event) -> str:
    """Write a fact as JSON; its kind stands beside it in the outbox."""
    return orjson.dumps(_converter.unstructure(fact, type(fact))).decode()


def written_whole(value: attrs.AttrsInstance) -> str:
    """Write a value of the domain as JSON, by the fields of its class."""
    plain = _converter.unstructure(value, type(value))
    return orjson.dumps(plain, default=sorted, option=orjson.OPT_NON_STR_KEYS).decode()


def read_whole(text: str, kind: type[T]) -> T:
    """Read a value of this class back.

    :raises ValueError: if it is none.
    """
    try:
        value: T = _converter.structure(orjson.loads(text), kind)
    except BaseValidationError as wrong:
        raise ValueError(f"no {kind.__name__}") from wrong
    return value


def written_refusal(refusal: DomainError) -> Any:
    """Write a refusal as plain values, with its kind."""
    return _converter.unstructure(refusal, DomainError)


def read_refusal(plain: Any) -> DomainError:
    """Read a refusal back.

    :raises LookupError: if this version of the program does not know such a refusal.
    """
    found: DomainError = _converter.structure(plain, DomainError)
    return found


def _kinds(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)


def _write_kind(refusal: DomainError) -> dict[str, Any]:
    # Field by field, because the class's own hook would come back here.
    names = [name for name, _ in _fields(type(refusal))]
    plain = {name: _converter.unstructure(getattr(refusal, name)) for name in names}
    return {_KIND: type(refusal).__name__, **plain}


def _read_kind(plain: dict[str, Any], _: type[DomainError]) -> DomainError:
    found = next((kind for kind in _kinds(DomainError) if kind.__name__ == plain[_KIND]), None)
    if found is None:
        raise LookupError(f"unknown refusal {plain[_KIND]}")
    return found(**{name: _converter.structure(plain[name], kind) for name, kind in _fields(found)})


def _fields(kind: Any) -> list[tuple[str, Any]]:
    """Name the fields of a refusal, with their types; a refusal without facts has none."""
    if not attrs.has(kind):
        return []
    return [(field.name, field.type) for field in attrs.fields(attrs.resolve_types(kind))]


_converter = Converter(unstruct_collection_overrides={AbstractSet: lambda items: sorted(items, key=repr)})
_converter.register_unstructure_hook_func(
    lambda kind: isinstance(kind, type) and issubclass(kind, DomainError), _write_kind
)
_converter.register_structure_hook_func(
    lambda kind: isinstance(kind, type) and issubclass(kind, DomainError), _read_kind
)
_converter.register_unstructure_hook_func(
    lambda kind: isinstance(kind, type) and issubclass(kind, (Id, Text)), str
)
_converter.register_structure_hook_func(
    lambda kind: isinstance(kind, type) and issubclass(kind, (Id, Text)), lambda text, kind: kind(text)
)
_KINDS_OF_ID = {kind.tag: kind for kind in Id.__subclasses__()}


def _is_any_id(kind: Any) -> bool:
    """Tell whether it is an id of one of several kinds."""
    return isinstance(kind, UnionType) and all(
        isinstance(one, type) and issubclass(one, Id) for one in get_args(kind)
    )


_converter.register_unstructure_hook_func(_is_any_id, str)
_converter.register_structure_hook_func(
    _is_any_id, lambda text, _: _KINDS_OF_ID[text.partition("_")[0]](text)
)
_converter.register_unstructure_hook(time, time.isoformat)
_converter.register_structure_hook(time, lambda text, _: time.fromisoformat(text))
_converter.register_unstructure_hook(datetime, datetime.isoformat)
_converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
_converter.register_unstructure_hook(date, date.isoformat)
_converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
_converter.register_unstructure_hook(Decimal, str)
_converter.register_structure_hook(Decimal, lambda text, _: Decimal(text))
