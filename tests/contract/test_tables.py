"""The tables obey the rules of a schema that is sharded by merchant, from the first day."""

from __future__ import annotations

import pytest
from sqlalchemy import (
    Float,
    ForeignKeyConstraint,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

import adapters.persistence.sql  # noqa: F401  # importing it describes every table
from adapters.persistence.tables import metadata

GLOBAL = {
    "merchants",
    "logins",
    "login_identities",
    "login_codes",
    "login_passwords",
    "login_factors",
    "login_tries",
    "sessions",
    "refresh_tokens",
    "sealing",
}
ACROSS = {"ix_buyers_login_id", "ix_staff_login_id"}
"""Where somebody signs in it is not known yet at which merchant."""
GIVEN = frozenset(
    {
        "merchants.stock_display",
        "merchants.delivery_lead_days",
        "merchants.version",
        "merchants.price_strategy",
        "merchants.margin_guard",
        "merchants.order_rounding",
        "orders.adjusted",
        "orders.rounded",
        "order_lines.discount",
        "products.pools_breaks",
    }
)
"""Columns that came to rows that were there, which say what these had been all along."""
TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)
OF_A_MERCHANT = [table for table in TABLES if table.name not in GLOBAL]
by_name = pytest.mark.parametrize("table", OF_A_MERCHANT, ids=lambda table: table.name)


@by_name
def test_the_merchant_is_first_in_every_key(table: Table) -> None:
    assert next(iter(table.primary_key.columns)).name == "merchant_id"
    keys = [one for one in table.constraints if isinstance(one, UniqueConstraint | PrimaryKeyConstraint)]
    assert keys
    for key in keys:
        assert next(iter(key.columns)).name == "merchant_id", key.name
    for index in table.indexes:
        assert next(iter(index.columns)).name == "merchant_id" or index.name in ACROSS, index.name


@by_name
def test_references_stay_within_the_merchant(table: Table) -> None:
    for reference in table.foreign_key_constraints:
        first = reference.elements[0]
        assert first.parent.name == "merchant_id"
        if reference.referred_table.name in GLOBAL:
            assert len(reference.elements) == 1
        else:
            assert first.column.name == "merchant_id" and len(reference.elements) > 1


def test_global_tables_never_point_into_a_merchants() -> None:
    for name in GLOBAL:
        for reference in metadata.tables[name].foreign_key_constraints:
            assert reference.referred_table.name in GLOBAL


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_ids_are_made_by_the_program_and_nothing_cascades(table: Table) -> None:
    for column in table.columns:
        assert column.identity is None and column.default is None
        assert (column.server_default is not None) is (f"{table.name}.{column.name}" in GIVEN)
        assert column.autoincrement in (False, "auto") and not (
            column.primary_key and len(table.primary_key.columns) == 1 and isinstance(column.type, Integer)
        )
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint):
            assert constraint.ondelete is None and constraint.onupdate is None


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_amounts_are_whole_numbers(table: Table) -> None:
    assert [column.name for column in table.columns if isinstance(column.type, Float | Numeric)] == []
