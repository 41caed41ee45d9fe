"""The whole schema under fire: every field, argument and value, then chance; no request finds a way in or a fault."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import attrs
import pytest
from graphql import GraphQLSchema

from adapters.graphql.guard import Limits
from adapters.graphql.schema import schema
from adapters.persistence.memory import MemoryDatabase
from adapters.persistence.sql import SqlDatabase
from application.ports.database import Database
from kit.api import open_api
from kit.builders import FixedClock
from kit.fuzz import Door, Operation, furnish_marked, run
from kit.fuzz.judging import Answer, judge
from kit.fuzz.picking import fields_of
from kit.fuzz.writing import Given, Picked, Writer
from kit.plugin import TOLD
from kit.postgres import Server
from kit.sealing import SEALING

BUILT: GraphQLSchema = schema._schema
LEAST_ANSWERED = 0.8
"""The share of fields that answer somebody, those of refusals left out: 0.86 to 0.9 of them do."""


MORE = 150
"""So many operations by chance when everything has been asked for once."""


@pytest.fixture
def databases(sqlite_template: Path, postgres: Server, tmp_path: Path) -> Iterator[dict[str, Database]]:
    """Every kind, empty."""
    shutil.copyfile(sqlite_template, tmp_path / "fuzz.db")
    urls = {"SQLite": f"sqlite:///{tmp_path / 'fuzz.db'}", "PostgreSQL": postgres.create_database("fuzz")}
    found = {name: SqlDatabase(url, clock=FixedClock(), sealing=SEALING) for name, url in urls.items()}
    for one in found.values():
        one.migrate()
    yield {"memory": MemoryDatabase(), **found}
    for one in found.values():
        one.close()


# Where one field fails, graphql-core may leave the coroutines of those beside it without having awaited them.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine object:pytest.PytestUnraisableExceptionWarning"
)
async def test_it_stands_whatever_is_sent(
    databases: dict[str, Database], record_property: Callable[[str, object], None]
) -> None:
    seed = secrets.randbelow(10**6)
    places = {name: furnish_marked(one) for name, one in databases.items()}
    async with AsyncExitStack() as stack:
        doors = []
        for name, place in places.items():
            api = await stack.enter_async_context(open_api(place.world, limits=Limits()))
            doors.append(Door(name=name, http=api.http, url="http://dinghuo.test/graphql", token=api.token))
        report = await run(BUILT, places["memory"], doors, seed=seed, more=MORE)
        findings = [finding for one in databases.values() for finding in one.audit.findings()]
    told = "\n".join(report.lines())
    record_property(TOLD, told)
    assert report.failures == [], told
    assert report.coverage.missing() == []
    assert report.coverage.share_answered > LEAST_ANSWERED
    assert findings == []


def pick(parent: str, name: str, *below: Picked, **given: str) -> Picked:
    """A field of the schema."""
    field = fields_of(BUILT, parent)[name]
    values = tuple(Given(key, field.args[key].type, value) for key, value in given.items())
    return Picked.of(parent, name, field, given=values, below=below)


class TestTheJudge:
    """A judge who finds nothing proves nothing: each fault is planted into an answer that is right."""

    async def test_it_finds_nothing_in_a_right_answer(self, asked: tuple[Operation, Answer]) -> None:
        judged = judge(BUILT, *asked)
        assert (judged.faults, judged.outcome, judged.valid) == ([], "data", True)
        assert {"Query.product", "Product.skus", "Sku.minQuantity", "Money.amount"} <= judged.answered

    @pytest.mark.parametrize(
        ("right", "wrong", "fault"),
        [
            ('"minQuantity":"1"', '"minQuantity":1', "is 1, which is no Decimal"),
            ('"minQuantity":"1"', '"minQuantity":"1e1"', "which is no Decimal"),
            ('"minQuantity":"1"', '"minQuantity":null', "is null"),
            ('"minQuantity":"1",', "", "has "),
            ('"currency":"CNY"', '"currency":"XXX"', "which is no CurrencyCode"),
            ('"skus":[', '"skus":[null,', "is null"),
            ('{"data":', '{"extensions":{},"data":', "or something else"),
            ('{"data":', '{"errors":[],"data":', "an empty one"),
            ('{"data":', '{"errors":[{"message":"x","extensions":{"code":"NOPE"}}],"data":', "'NOPE'"),
            (
                '{"data":',
                '{"errors":[{"message":"x","extensions":{"code":"INTERNAL"}}],"data":',
                "'INTERNAL'",
            ),
            ('"name":"', '"name":"B#1# ', "the other merchant's text B#1#"),
            ('"name":"', '"name":"KeyError ', "'KeyError'"),
            ('"name":"', '"name":"SELECT x FROM orders ', "'SELECT x FROM'"),
            ('"name":"', '"name":"/usr/lib/x ', "'/usr/'"),
            ("}", "", "not JSON"),
        ],
    )
    async def test_it_finds_what_is_wrong(
        self, asked: tuple[Operation, Answer], right: str, wrong: str, fault: str
    ) -> None:
        operation, answer = asked
        assert right in answer.text
        spoilt = attrs.evolve(answer, octets=answer.text.replace(right, wrong, 1).encode())
        assert [one for one in judge(BUILT, operation, spoilt).faults if fault in one]

    async def test_it_finds_foreign_ids(self, asked: tuple[Operation, Answer]) -> None:
        operation, answer = asked
        theirs = operation.person.foreign["prd"][0]
        spoilt = attrs.evolve(answer, octets=answer.octets.replace(b'"id":"', f'"id":"{theirs} '.encode()))
        assert f"the answer has the other merchant's id {theirs}" in judge(BUILT, operation, spoilt).faults

    @pytest.mark.parametrize(("code", "faults"), [("CONFLICT", []), ("BAD_USER_INPUT", ["status 503"])])
    async def test_it_lets_a_server_say_not_now(
        self, asked: tuple[Operation, Answer], code: str, faults: list[str]
    ) -> None:
        content = f'{{"errors":[{{"message":"x","extensions":{{"code":"{code}"}}}}]}}'
        spoilt = attrs.evolve(asked[1], status=503, octets=content.encode())
        assert judge(BUILT, asked[0], spoilt).faults == faults

    @pytest.fixture
    async def asked(self) -> tuple[Operation, Answer]:
        """A question of a buyer and its right answer."""
        place = furnish_marked(MemoryDatabase())
        person = next(one for one in place.people if one.name.startswith("owner"))
        price = pick("SkuPrice", "unitPrice", pick("Money", "amount"), pick("Money", "currency"))
        skus = pick("Product", "skus", pick("Sku", "minQuantity"), pick("Sku", "price", price))
        shown = (pick("Product", "id"), pick("Product", "name"), skus)
        product = pick("Query", "product", *shown, id=person.own["prd"][0])
        operation = Writer(Random(1)).operation(person, "Query", [product], about="a test")
        async with open_api(place.world) as api:
            door = Door(name="the memory", http=api.http, url="http://dinghuo.test/graphql", token=api.token)
            return operation, await door.send(operation)
