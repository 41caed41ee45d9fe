"""Lists as PostgreSQL reads them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from adapters.persistence.postgres_waiting import array
from kit.postgres import Server

_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5)
_AWKWARD = st.sampled_from(["", "NULL", '"', '","', "\\", "{}", ",", " ", "可乐"])


@pytest.fixture(scope="module")
def connection(postgres: Server) -> Iterator[psycopg.Connection]:
    """A connection on which nothing is stored."""
    plain = make_url(postgres.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as opened:
        yield opened


class TestArray:
    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.one_of(_TEXTS, _AWKWARD, st.none()), max_size=6))
    def test_it_writes_texts_as_they_are_read(
        self, connection: psycopg.Connection, texts: list[str | None]
    ) -> None:
        assert connection.execute("SELECT %s::text[]", [array(texts)]).fetchone() == (texts,)

    @given(st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.none()), max_size=6))
    @settings(max_examples=50, deadline=None)
    def test_it_writes_whole_numbers_as_they_are_read(
        self, connection: psycopg.Connection, numbers: list[int | None]
    ) -> None:
        assert connection.execute("SELECT %s::bigint[]", [array(numbers)]).fetchone() == (numbers,)
