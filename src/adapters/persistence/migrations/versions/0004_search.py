"""What goods are found by."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from adapters.persistence.search import token_rows
from adapters.persistence.statements import Row, columns_of
from adapters.persistence.tables import Words
from adapters.persistence.wording import Wording
from domain.identity import ProductId

revision = "0004"
down_revision = "0003"

_AT_ONCE = 1_000
_TEXTS = sa.text(
    """
    SELECT p.merchant_id, p.id, p.name, s.name, s.code, s.barcode
    FROM products p LEFT JOIN skus s ON s.merchant_id = p.merchant_id AND s.product_id = p.id AND s.for_sale
    WHERE p.merchant_id = :merchant_id AND p.id IN (
        SELECT id FROM products WHERE merchant_id = :merchant_id AND id > :after ORDER BY id LIMIT :most
    )
    ORDER BY p.id
    """
)


def upgrade() -> None:
    """Go forward, and write down what the goods that are there are found by."""
    op.create_table(
        "product_words",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("product_id", Words, nullable=False),
        sa.Column("written", Words, nullable=False),
        sa.Column("spelt", Words, nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "product_id", name=op.f("pk_product_words")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "product_id"],
            ["products.merchant_id", "products.id"],
            name=op.f("fk_product_words_products_merchant_id_product_id"),
        ),
    )
    op.create_table(
        "product_tokens",
        sa.Column("merchant_id", Words, nullable=False),
        sa.Column("token", Words, nullable=False),
        sa.Column("first_id", Words, nullable=False),
        sa.Column("product_ids", Words, nullable=False),
        sa.Column("many", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "token", "first_id", name=op.f("pk_product_tokens")),
        sqlite_with_rowid=False,
    )
    for (merchant_id,) in op.get_bind().execute(sa.text("SELECT id FROM merchants")).fetchall():
        for found in _wordings(merchant_id):
            words = [(merchant_id, id, wording.written, wording.spelt) for id, wording in found.items()]
            _insert("product_words (merchant_id, product_id, written, spelt)", words)
            tokens = list(token_rows(merchant_id, found))
            _insert("product_tokens (merchant_id, token, first_id, product_ids, many)", tokens)


def _wordings(merchant_id: str) -> Iterator[dict[ProductId, Wording]]:
    """What the merchant's goods are found by, some at a time."""
    after = ""
    while True:
        asked = {"merchant_id": merchant_id, "after": after, "most": _AT_ONCE}
        rows = op.get_bind().execute(_TEXTS, asked).fetchall()
        if not rows:
            return
        yield {
            ProductId(id): Wording.of_texts(text for row in of_product for text in row[2:] if text)
            for id, of_product in groupby(rows, key=lambda row: row[1])
        }
        after = rows[-1][1]


def _insert(into: str, rows: list[Row]) -> None:
    """Insert many rows in the way that is fastest on each database."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        return
    kinds = ("integer" if isinstance(value, int) else "text" for value in rows[0])
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    connection.exec_driver_sql(
        f"INSERT INTO {into} SELECT * FROM unnest({arrays})", tuple(columns_of(rows, len(rows[0])))
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("product_tokens")
    op.drop_table("product_words")
