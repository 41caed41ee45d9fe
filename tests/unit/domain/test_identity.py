"""Identities are opaque, tagged and ordered; short texts are trimmed and printable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import Id, IdempotencyKey, OrderId, SkuCode, SkuId, is_id, writable
from kit.builders import SeededIds

octets = st.binary(min_size=16, max_size=16)
KINDS = sorted(
    (kind for kind in Id.__subclasses__() if kind.__module__ == Id.__module__), key=lambda kind: kind.tag
)
"""Those of the domain: elsewhere others are made, for what is never stored."""


@given(st.sampled_from(KINDS), octets)
def test_an_id_is_the_text_it_travels_as(kind: type[Id], number: bytes) -> None:
    made = kind.of(number)
    assert made == str(made)
    assert kind(str(made)) == made
    assert made.startswith(f"{kind.tag}_")
    assert len(made) == 30
    assert type(made) is kind


@given(st.sampled_from(KINDS), st.text(max_size=40))
def test_an_id_in_the_place_of_a_text_is_of_its_kind_and_knows_the_text(kind: type[Id], text: str) -> None:
    made = kind.instead_of(text)
    assert (type(made), made.asked, kind(str(made))) == (kind, text, made)
    assert made == kind.instead_of(text) != kind.instead_of(f"{text}x")
    assert not hasattr(kind(str(made)), "asked")


@given(octets, octets)
def test_ids_are_ordered_as_their_octets_are(one: bytes, other: bytes) -> None:
    assert (SkuId.of(one) < SkuId.of(other)) is (one < other)
    assert (SkuId.of(one) == SkuId.of(other)) is (one == other)


@given(octets)
def test_ids_of_two_kinds_are_never_the_same(number: bytes) -> None:
    assert str(SkuId.of(number)) != str(OrderId.of(number))
    with pytest.raises(ValueError, match="not an id of kind 'ord'"):
        OrderId(SkuId.of(number))


def test_every_kind_has_its_own_tag() -> None:
    assert len({kind.tag for kind in KINDS}) == len(KINDS) == 26


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sku",
        "sku_",
        *("sku_" + "0" * many for many in (1, 25, 27)),
        *("sku_" + "0" * 25 + digit for digit in ("w", "A", "-", "\n", "٠")),
        "ord_" + "0" * 26,
        "sku" + "0" * 26,
        " sku_" + "0" * 26,
        "sku_0" * 6,
    ],
)
def test_refuses_what_is_no_id_of_the_kind(text: str) -> None:
    with pytest.raises(ValueError, match="not an id of kind 'sku'"):
        SkuId(text)


@pytest.mark.parametrize("many", [0, 1, 15, 17, 20, 32])
def test_is_made_of_sixteen_octets_and_no_others(many: int) -> None:
    with pytest.raises(ValueError, match="not an id"):
        SkuId.of(bytes(many))


@given(st.text(max_size=70))
def test_a_code_is_trimmed_printable_and_not_too_long(text: str) -> None:
    try:
        code = SkuCode(text)
    except ValueError:
        assert not text.strip() or len(text.strip()) > 64 or not text.strip().isprintable()
    else:
        assert code == text.strip()
        assert SkuCode(code) == code
        assert 1 <= len(code) <= 64


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\0", "\ud800", "a" * 65])
def test_refuses_what_is_no_code(text: str) -> None:
    with pytest.raises(ValueError, match="a SkuCode is 1 to 64 printable characters"):
        SkuCode(text)


def test_a_key_may_be_longer_than_a_code() -> None:
    assert len(IdempotencyKey("k" * 128)) == 128
    assert len(SkuCode(" " + "c" * 64 + " ")) == 64
    with pytest.raises(ValueError, match="a IdempotencyKey is 1 to 128"):
        IdempotencyKey("k" * 129)


@pytest.mark.parametrize("text", ["", "两行\n字\t和 空格\r\n", "a" * 20, "🍋"])
def test_keeps_texts_of_several_lines(text: str) -> None:
    assert writable(text, longest=20)


@pytest.mark.parametrize("text", ["a" * 21, "a\0b", "\x1b", "\x7f", "\ud800"])
def test_does_not_keep_what_a_database_cannot(text: str) -> None:
    assert not writable(text, longest=20)


def test_tells_what_is_written_as_an_id() -> None:
    assert is_id(SeededIds().new(SkuId))
    for text in ("", "sku", f"sku_{'0' * 25}", f"sku_{'0' * 25}w", f"_{'0' * 26}", f"s\0u_{'0' * 26}"):
        assert not is_id(text)
