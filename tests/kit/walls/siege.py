"""A whole run over one database: by everybody, or by a part of them that is small enough for every change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from starlette.applications import Starlette

from adapters.graphql.schema import schema
from adapters.graphql.server import Service, routes
from application.ports.database import Database
from kit.api import open_api
from kit.door import Door
from kit.walls.asking import open_to
from kit.walls.running import BOUNDLESS, PLAIN, Walls
from kit.walls.scene import Caller, Scene, furnish_walls

PARTS = {"memory": 0, "sqlite": 1, "postgres": 2}
"""Each adapter is tried by a third of the people, and what is closed by a third of those to whom different things are;
`programmes/walls.py` lets everybody try everything on each."""


_ROOM = 8 * 2**20
"""So many characters of documents are remembered here: those of everything that can be done are larger than what a
server keeps, and come again in turn, so that each of them would have been forgotten."""


@contextmanager
def _roomy() -> Iterator[None]:
    library, most = schema.library, schema.library.most_text
    library.most_text = _ROOM
    try:
        yield
    finally:
        library.most_text = most


@asynccontextmanager
async def open_walls(database: Database) -> AsyncIterator[Walls]:
    """Furnish a database, and open its doors."""
    scene = furnish_walls(database)
    world = scene.world
    async with open_api(world, limits=BOUNDLESS) as api:
        plain = Service(
            use=world.use,
            reading=database.reading,
            tokens=api.tokens,
            clock=world.clock,
            ids=world.ids,
            limits=BOUNDLESS,
            engine=False,
        )
        with _roomy():
            yield Walls(scene=scene, door=api.door, plain=Door(Starlette(routes=routes(plain))))


async def besiege(
    walls: Walls, callers: Sequence[Caller], *, refused: Sequence[Caller] | None = None
) -> None:
    """Let these try everything; those who may do the most come first, whose cursors the others are to try.

    In a small run only those tell that they are `refused` what is closed who are named, and the first try one name of
    another kind in every place. In a whole one everybody does, every name is tried in the place of every other kind
    too, and every cursor.
    """
    whole = refused is None
    somebody = [one for one in callers if one.actor is not None]
    first = first_of(walls.scene)
    everybody = [*first, *(one for one in somebody if one not in first)]
    await walls.everything_open(everybody, plain=1 if whole else PLAIN)
    await walls.every_argument(first)
    await walls.all_at_once()
    await walls.nobody([one for one in callers if one.actor is None])
    await walls.everything_closed(somebody if refused is None else refused)
    await walls.names_of_others(somebody, kinds=whole)
    if not whole:
        await walls.wrong_kinds(first)
    await walls.everything_done(everybody)


def first_of(scene: Scene) -> list[Caller]:
    """The staff who may do everything, and an owner of a company, of each merchant."""
    return [one for one in scene.callers if one.name.startswith(("staff clerk", "the owner"))]


def share(callers: Sequence[Caller], at: int, of: int) -> list[Caller]:
    """One of several parts, which together are all."""
    return list(callers[at::of])


def one_of_each(callers: Sequence[Caller]) -> list[Caller]:
    """One of those to whom the same is closed."""
    alike: dict[frozenset[str], Caller] = {}
    for one in callers:
        if one.actor is not None:
            alike.setdefault(frozenset(open_to(one.actor)), one)
    return [*alike.values()]
