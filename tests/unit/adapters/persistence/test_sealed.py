"""Sealed columns: a statement knows what of it is sealed, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    bindparam,
    case,
    func,
    select,
    union_all,
    update,
)

from adapters.persistence.customers import addresses, buyers
from adapters.persistence.merchants import staff
from adapters.persistence.statements import SQLITE, JoinedText, JsonRows, Statement, any_of
from application.ports.sealing import place_of
from kit.sealing import SEALING

ID, NAME, MERCHANT = buyers.c.id, buyers.c.name, buyers.c.merchant_id
IN = place_of("mer_1", "buyers", "name", "buy_1")


def opened(
    construct: Executable, *row: str, of: str | None = "mer_1", **parameters: str
) -> tuple[object, ...]:
    """What becomes of a row in which the name is sealed for its place."""
    stored = tuple(SEALING.seal("小李", place=IN) if value == "小李" else value for value in row)
    [found] = Statement(construct).on(SQLITE).seals.open([stored], parameters, SEALING, of=of)
    return found


class TestShown:
    def test_beside_its_key(self) -> None:
        assert opened(select(ID, NAME), "buy_1", "小李") == ("buy_1", "小李")

    def test_with_the_merchant_in_the_row(self) -> None:
        assert opened(select(MERCHANT, NAME, ID), "mer_1", "小李", "buy_1", of=None)[1] == "小李"

    def test_with_its_key_among_the_parameters(self) -> None:
        asked = select(NAME).where(bindparam("m") == MERCHANT, bindparam("b") == ID)
        assert opened(asked, "小李", of=None, m="mer_1", b="buy_1") == ("小李",)

    def test_out_of_a_subquery_under_another_name(self) -> None:
        page = select(ID, NAME).cte("page")
        shown = select(page.c.id, case((page.c.id == "x", page.c.name)).label("called"))
        assert opened(shown, "buy_1", "小李") == ("buy_1", "小李")

    def test_nothing_where_nothing_is(self) -> None:
        [row] = Statement(select(ID, NAME)).on(SQLITE).seals.open([("buy_1", None)], {}, SEALING, of="mer_1")
        assert row == ("buy_1", None)

    @pytest.mark.parametrize(
        "construct",
        [
            select(NAME),
            select(func.lower(NAME), ID),
            select(func.coalesce(NAME, staff.c.name), ID),
            select(NAME, staff.c.id).join(staff, staff.c.merchant_id == MERCHANT),
            union_all(select(ID, NAME), select(staff.c.id, staff.c.name)),
            select(ID).where(bindparam("name") == NAME),
            select(ID).where(NAME.like("x%")),
            select(ID).where(func.lower(NAME) == "x"),
            update(buyers).where(bindparam("b") == ID, bindparam("x") == NAME).values(role="OWNER"),
            update(buyers).where(bindparam("m") == MERCHANT).values(name=bindparam("n")),
        ],
        ids=str,
    )
    def test_is_refused_where_its_place_is_unknown_or_it_is_compared(self, construct: Executable) -> None:
        with pytest.raises(ValueError, match="sealed"):
            Statement(construct).on(SQLITE)

    @pytest.mark.parametrize(
        "make", [JsonRows, JoinedText, lambda column: any_of(column, "names")], ids=["rows", "text", "any"]
    )
    def test_is_refused_in_what_hides_it(self, make: Callable[[ColumnElement[Any]], object]) -> None:
        with pytest.raises(ValueError, match="sealed"):
            make(NAME)

    def test_is_looked_at_whether_it_is_there(self) -> None:
        Statement(select(ID).where(NAME.is_not(None))).on(SQLITE)

    def test_is_refused_where_nobody_says_whose_it_is(self) -> None:
        with pytest.raises(ValueError, match="of which merchant"):
            opened(select(ID, NAME), "buy_1", "小李", of=None)


class TestGiven:
    def test_to_a_row_that_is_changed(self) -> None:
        change = update(buyers).where(bindparam("m") == MERCHANT, bindparam("b") == ID)
        seals = Statement(change.values(name=bindparam("n"), role=bindparam("r"))).on(SQLITE).seals
        given = {"m": "mer_1", "b": "buy_1", "n": "小李", "r": "OWNER"}
        closed = seals.close(given, SEALING, of=None)
        assert SEALING.open(closed["n"], place=IN) == "小李"
        assert {**closed, "n": "小李"} == given

    def test_to_a_new_row_whose_key_is_named(self) -> None:
        row: dict[str, BindParameter[str]] = {name: bindparam(name) for name in ("merchant_id", "id", "name")}
        with pytest.raises(ValueError, match="not beside it"):
            Statement(buyers.insert().values(row)).on(SQLITE)
        seals = Statement(buyers.insert().values(row), keys={"id": "id"}).on(SQLITE).seals
        closed = seals.close({"id": "buy_1", "name": "小李"}, SEALING, of="mer_1")
        assert SEALING.open(closed["name"], place=IN) == "小李"
        assert seals.close({"id": "buy_1", "name": None}, SEALING, of="mer_1")["name"] is None

    def test_to_several_columns(self) -> None:
        book = addresses.c
        change = update(addresses).where(book.merchant_id == bindparam("m"), book.id == bindparam("i"))
        seals = Statement(change.values(street=bindparam("s"), phone=bindparam("p"))).on(SQLITE).seals
        closed = seals.close({"m": "mer_1", "i": "adr_1", "s": "路", "p": "1"}, SEALING, of=None)
        for name, column, text in (("s", "street", "路"), ("p", "phone", "1")):
            place = place_of("mer_1", "addresses", column, "adr_1")
            assert SEALING.open(closed[name], place=place) == text
