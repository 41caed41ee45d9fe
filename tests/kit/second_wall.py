"""The first wall, taken away: what every statement asks for its merchant's sake, it asks no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import attrs
from sqlalchemy.engine import Dialect

from adapters.persistence.statements import Compiled, Statement

_ASKS = re.compile(
    r"(?:\b\w+\.merchant_id|\bmerchants\.id) = %\((?:merchant_id|of_merchant|the_merchant_id)\)s"
    r'(?:::VARCHAR)?(?: COLLATE "C")?'
)


@attrs.define
class Hole:
    """What was asked without naming a merchant."""

    texts: set[str] = attrs.field(factory=set)
    """The statements that would have named one, as they were sent."""


@contextmanager
def no_first_wall() -> Iterator[Hole]:
    """Send PostgreSQL every statement as if somebody had forgotten to write that it is about one merchant."""
    hole, whole = Hole(), Statement.on

    def forgetful(statement: Statement, dialect: Dialect) -> Compiled:
        found = whole(statement, dialect)
        if dialect.name != "postgresql" or not _ASKS.search(found.text):
            return found
        text = _ASKS.sub("true", found.text)
        assert "merchant_id)s" not in text.partition("VALUES")[0], f"it still names a merchant: {text}"
        hole.texts.add(text)
        return attrs.evolve(found, text=text)

    with patch.object(Statement, "on", forgetful):
        yield hole
