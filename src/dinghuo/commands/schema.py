"""`schema`: the published contract."""

from __future__ import annotations

from adapters.graphql.schema import schema as built
from dinghuo.commands.options import Options
from dinghuo.settings import load


def schema(*, options: Options | None = None) -> int:
    """Print the GraphQL schema."""
    options = options or Options()
    load(given=options.given(), config=options.config)
    print(built.as_str().rstrip("\n"))
    return 0
