"""Refusals are values: they are equal when they say the same."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import attrs
import pytest

import domain
from domain.catalog import InvalidQuantity, NotForSale, UnknownSku
from domain.errors import DomainError, Refused
from domain.identity import SkuId
from domain.ordering import OrderNotFound
from kit.builders import pieces

SKU, OTHER = SkuId.of(bytes(16)), SkuId.of(bytes(15) + b"\1")


def every_refusal() -> list[Any]:
    modules = [import_module(f"domain.{module.name}") for module in iter_modules(domain.__path__)]
    found = {thing for module in modules for thing in vars(module).values() if isinstance(thing, type)}
    refusals = {thing for thing in found if issubclass(thing, DomainError)} - {DomainError}
    return sorted(refusals, key=lambda kind: kind.__name__)


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        (NotForSale(SKU), NotForSale(SKU), NotForSale(OTHER)),
        (NotForSale(SKU, 1), NotForSale(SKU, 1), NotForSale(SKU, 2)),
        (OrderNotFound(), OrderNotFound(), NotForSale(SKU)),
        (InvalidQuantity(SKU, (pieces(6),)), InvalidQuantity(SKU, (pieces(6),)), InvalidQuantity(SKU, ())),
        (
            Refused((OrderNotFound(),)),
            Refused((OrderNotFound(),)),
            Refused((OrderNotFound(), OrderNotFound())),
        ),
        (UnknownSku("a", 1), UnknownSku("a", 1), InvalidQuantity("a", 1)),  # type: ignore[arg-type]
        (DomainError(), DomainError(), OrderNotFound()),
    ],
)
def test_is_equal_to_what_says_the_same(one: DomainError, same: DomainError, other: DomainError) -> None:
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert {one, same} == {one}


def test_is_nothing_but_a_refusal() -> None:
    assert OrderNotFound() != ()
    assert OrderNotFound() != "OrderNotFound"


def test_says_its_name() -> None:
    assert str(NotForSale(SKU)) == "NotForSale"
    assert str(DomainError()) == "DomainError"


def test_can_be_raised_and_carries_its_facts() -> None:
    with pytest.raises(NotForSale) as caught:
        raise NotForSale(SKU, 3)
    assert caught.value == NotForSale(SKU, 3)
    assert caught.value.line == 3


def test_names_at_least_one_reason() -> None:
    with pytest.raises(ValueError, match="refusals"):
        Refused(())


@pytest.mark.parametrize("kind", every_refusal(), ids=lambda kind: kind.__name__)
def test_every_refusal_is_frozen_and_explained(kind: Any) -> None:
    assert attrs.has(kind)
    assert kind.__doc__
    refusal = kind(*[()] * len(attrs.fields(kind))) if kind is not Refused else Refused((OrderNotFound(),))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(refusal, "anything", 1)  # noqa: B010
