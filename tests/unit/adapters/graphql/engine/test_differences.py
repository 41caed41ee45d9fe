"""The engine beside graphql-core: whatever is asked and whatever the data is, the answers are the same."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator

import pytest
from graphql import parse, validate

from adapters.graphql.engine import Counts
from kit.engine.comparing import Pair, generated
from kit.plugin import TOLD

MANY = int(os.environ.get("ENGINE_QUERIES", "5000"))
SEED = int(os.environ.get("ENGINE_SEED", "20261126"))
PARTS = 10
LEAST_FAST = 0.8


@pytest.fixture
def unhindered() -> Iterator[None]:
    """Syntax trees are many objects: collect them less often."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 50, 50)
    yield
    gc.set_threshold(*usual)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.usefixtures("unhindered")
async def test_it_answers_as_graphql_core_does(
    part: int, record_property: Callable[[str, object], None]
) -> None:
    pair = Pair()
    first = SEED + part * (MANY // PARTS)
    for seed in range(first, first + MANY // PARTS):
        document, badness = generated(pair, seed)
        await pair.compare(document, seed, badness=badness)
    counts = pair.engine.counts
    record_property(TOLD, f"engine, seeds {first} to {seed}: {shares(counts)}")
    assert not any(counts.left.values()), counts
    assert counts.fast >= LEAST_FAST * (counts.fast + counts.with_holes + counts.whole), counts
    assert counts.holes > 0, "the data was wild"


def shares(counts: Counts) -> str:
    """What was done how."""
    all_ = counts.fast + counts.with_holes + counts.whole
    return (
        f"{counts.fast / all_:.1%} fast, {counts.with_holes / all_:.1%} with {counts.holes} values left to "
        f"graphql-core, {counts.whole / all_:.1%} done again as a whole"
    )


def test_it_is_tried_with_valid_documents() -> None:
    pair = Pair()
    for seed in range(SEED, SEED + 100):
        document, _ = generated(pair, seed)
        assert not validate(pair.schema._schema, parse(document.text)), document.text
