"""What a hostile request costs, that it is refused with a code, and that honest ones are not."""

from __future__ import annotations

import asyncio
import gc
import json
import math
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import attrs
import httpx
import pytest
from anyio import to_thread
from graphql import build_client_schema, get_introspection_query, parse
from sqlalchemy import CTE, func, literal, select
from starlette.applications import Starlette
from starlette.types import Message

from adapters.graphql.guard import Cost, Exceeded, Limits, check_braces, check_json, measure
from adapters.graphql.messages import Code, Limit
from adapters.graphql.schema import SENSITIVE, schema
from adapters.graphql.server import Service, routes
from adapters.persistence.sql import SqlDatabase
from adapters.persistence.statements import Ask, Reader, Rows, Statement
from application.authorization import Actor
from application.ports.database import Database
from application.views.reading import Views
from kit.api import FORBIDDEN_WORDS, HOME, ROOMY, Api, LookThrough, ReadingThrough, open_api, ordered
from kit.builders import FixedClock
from kit.hostile import HOSTILE, Hostile, chain, nested
from kit.sealing import SEALING
from kit.world import World

MOST_CPU_S = 0.050
MEAN_CPU_S = 0.003
SLACK = 2
"""Machines that tests run on are slower than those that figures are promised for."""
ROUNDS = 3
"""Of so many times a request is sent the cheapest counts: what is more is the collector's, or another program's."""
MOST_MEMORY = 20 * 1024 * 1024
CODES = {code.value for code in Code}
LIMITS = {limit.value for limit in Limit}


@pytest.fixture(params=["memory"])
def storage_name(request: pytest.FixtureRequest) -> str:
    """Memory, because the guard asks no database."""
    name: str = request.param
    return name


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world, limits=Limits()) as opened:
        yield opened


async def send(api: Api, one: Hostile) -> httpx.Response:
    """Send it as a guest."""
    request = api.http.build_request(
        one.method,
        "/graphql",
        content=one.content or None,
        params=one.params or None,
        headers={"x-merchant": "shanquan", "accept-language": "en", **one.headers},
    )
    return await api.http.send(request)


class TestHostileRequests:
    def test_are_many(self) -> None:
        assert len({one.name for one in HOSTILE}) == len(HOSTILE) >= 40

    @pytest.mark.parametrize("one", HOSTILE, ids=lambda one: one.name)
    async def test_are_refused(self, api: Api, one: Hostile) -> None:
        response = await send(api, one)
        assert not [word for word in (*FORBIDDEN_WORDS, "Did you mean") if word in response.text]
        content = response.json()
        assert set(content) <= {"errors", "data"}
        error = content["errors"][0]
        assert (error["extensions"]["code"], error["extensions"].get("limit")) == (one.code, one.limit)
        assert {error["extensions"]["code"] for error in content["errors"]} <= CODES
        assert response.status_code < 500

    async def test_cost_little(self, api: Api) -> None:
        spent, memory = dict.fromkeys((one.name for one in HOSTILE), math.inf), {}
        gc.collect()
        for _ in range(ROUNDS):
            for one in HOSTILE:
                start = time.process_time()
                await send(api, one)
                spent[one.name] = min(spent[one.name], time.process_time() - start)
        tracemalloc.start()
        for one in HOSTILE:
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            await send(api, one)
            memory[one.name] = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        worst, heaviest = max(spent, key=spent.__getitem__), max(memory, key=memory.__getitem__)
        mean = sum(spent.values()) / len(spent)
        print(
            f"\n{len(HOSTILE)} requests, {mean * 1e3:.2f} ms of CPU each; most {spent[worst] * 1e3:.1f} ms: {worst}"
        )
        print(f"most memory {memory[heaviest] / 2**20:.2f} MiB: {heaviest}")
        assert mean <= MEAN_CPU_S * SLACK
        assert spent[worst] <= MOST_CPU_S * SLACK
        assert memory[heaviest] <= MOST_MEMORY


def checked(text: str, variables: dict[str, Any] | None = None, limits: Limits | None = None) -> None:
    """Look at a document as the endpoint does."""
    limits = limits or Limits()
    check_braces(text, limits)
    document = parse(text)
    order = measure(document, limits, variables=variables, sensitive=SENSITIVE)
    objects = Cost(schema._schema, document, order).objects(variables or {})
    if objects > limits.objects:
        raise Exceeded(Limit.OBJECTS, limits.objects)


class TestHonestRequests:
    @pytest.mark.parametrize("first", [1, 50, 100])
    def test_pass_with_room_to_spare(self, first: int) -> None:
        checked(HOME, {"first": first}, ROOMY)


QUESTIONS = {
    "everything": get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
        type_depth=12,
    ),
    "deprecated directives": get_introspection_query(experimental_directive_deprecation=True),
    "the usual": get_introspection_query(),
    "no descriptions": get_introspection_query(descriptions=False),
    "a type": '{ __type(name: "Sku") { name fields { name type { name ofType { name } } } } }',
}


class TestIntrospection:
    @pytest.mark.parametrize("query", QUESTIONS.values(), ids=QUESTIONS)
    async def test_is_answered_where_the_api_can_be_explored(self, world: World, query: str) -> None:
        async with open_api(world, graphiql=True) as open_to_all:
            found = await open_to_all.ask(query, actor=world.shop.guest)
        assert build_client_schema(found.data) if "types" in query else found.data["__type"]["name"] == "Sku"

    @pytest.mark.parametrize("query", QUESTIONS.values(), ids=QUESTIONS)
    async def test_is_refused_elsewhere(self, api: Api, query: str) -> None:
        for actor in (api.world.shop.guest, api.world.shop.buyer(), api.world.shop.clerk):
            answer = await api.ask(query, actor=actor)
            assert (answer.code, answer.response.status_code) == ("FORBIDDEN", 200)
            assert answer.errors[0]["message"] == "The schema does not show itself here"
            assert "data" not in answer.response.json()

    async def test_is_not_remembered_from_one_for_the_other(self, world: World) -> None:
        query = '{ __type(name: "Brand") { name } }'
        for explorable in (True, False, True):
            async with open_api(world, graphiql=explorable) as one:
                answer = await one.ask(query, actor=world.shop.guest)
                assert ("errors" in answer.response.json()) is not explorable

    async def test_leaves_the_names_of_types_to_everybody(self, api: Api) -> None:
        found = await api.ask("{ __typename merchant { __typename } }", actor=api.world.shop.guest)
        assert found.data == {"__typename": "Query", "merchant": {"__typename": "Merchant"}}

    @pytest.mark.parametrize(
        ("query", "variables"),
        [
            ("{ merchantt { slug } }", {}),
            ("query ($s: ProductSort) { products(sort: $s) { nodes { id } } }", {"s": "NAMEE"}),
            ("query ($f: ProductFilter) { products(filter: $f) { nodes { id } } }", {"f": {"tex": "x"}}),
        ],
    )
    async def test_comes_with_suggestions(self, world: World, query: str, variables: dict[str, Any]) -> None:
        for explorable in (True, False):
            async with open_api(world, graphiql=explorable) as one:
                answer = await one.ask(query, variables, actor=world.shop.guest)
            assert ("Did you mean" in answer.response.text) is explorable, answer.response.text


DOCUMENTS: dict[Limit, tuple[int, Callable[[int], str]]] = {
    Limit.BRACE_DEPTH: (32, lambda n: "{ brands(x: " + "[" * (n - 2) + "]" * (n - 2) + ") { id } }"),
    Limit.NODES: (
        500,
        lambda n: "{ brands { " + "... { id } " * (n // 2 - 1) + ("id" if n % 2 else "") + " __typename } }",
    ),
    Limit.DEPTH: (12, nested),
    Limit.ALIASES: (30, lambda n: "{ merchant { " + " ".join(f"a{i}: slug" for i in range(n)) + " } }"),
    Limit.DIRECTIVES: (20, lambda n: "{ merchant { slug " + "@x " * n + "} }"),
    Limit.SELECTIONS: (100, lambda n: "{ merchant { " + "slug " * n + "} }"),
    Limit.ROOT_FIELDS: (10, lambda n: "{ " + "brands { id } " * n + "}"),
    Limit.MUTATIONS: (4, lambda n: "mutation { " + "cancelOrder { order { id } } " * n + "}"),
    Limit.SENSITIVE_MUTATIONS: (1, lambda n: "mutation { " + "placeOrder { order { id } } " * n + "}"),
    Limit.LIST_ITEMS: (1000, lambda n: "{ brands(x: [" + "1 " * n + "]) { id } }"),
}


class TestLimits:
    @pytest.mark.parametrize("limit", DOCUMENTS, ids=lambda one: one.value)
    def test_are_reached_and_not_passed(self, limit: Limit) -> None:
        most, of = DOCUMENTS[limit]
        room = (
            attrs.evolve(Limits(), selections=10_000, same_names=10**9) if limit is Limit.NODES else Limits()
        )
        checked(of(most), limits=room)
        with pytest.raises(Exceeded) as refused:
            checked(of(most + 1), limits=room)
        assert (refused.value.limit, refused.value.most) == (limit, most)

    def test_hold_for_pairs_of_one_name(self) -> None:
        limits = Limits(same_names=45)
        checked("{ merchant { " + "slug " * 10 + "} }", limits=limits)
        with pytest.raises(Exceeded, match="sameNames"):
            checked("{ merchant { " + "slug " * 11 + "} }", limits=limits)

    def test_hold_for_objects(self) -> None:
        # A page, and for each of its rows a product, ten SKUs and ten units.
        query = "query ($n: Int) { products(first: $n) { nodes { skus { unit { code } } } } }"
        checked(query, {"n": 10}, Limits(objects=211))
        with pytest.raises(Exceeded, match="objects"):
            checked(query, {"n": 10}, Limits(objects=210))
        with pytest.raises(Exceeded, match="objects"):
            checked(query, {}, Limits(objects=420))
        checked(query, {}, Limits(objects=421))

    @pytest.mark.parametrize(
        ("arguments", "variables", "compares"),
        [
            ("sort: PRICE_ASCENDING", {}, True),
            ("sort: PRICE_DESCENDING, filter: { priceTo: 9 }", {}, True),
            ("sort: $sort", {"sort": "PRICE_DESCENDING"}, True),
            ("filter: { priceFrom: $from }", {}, True),
            ("filter: $filter", {"filter": {"priceTo": "9"}}, True),
            ("sort: NAME, filter: { priceFrom: null, inStock: true }", {}, False),
            ("sort: $sort, filter: $filter", {"sort": "NEWEST", "filter": {"priceTo": None}}, False),
            ("sort: $sort, filter: $filter", {}, False),
        ],
    )
    def test_hold_for_goods_compared_by_price(
        self, arguments: str, variables: dict[str, Any], *, compares: bool
    ) -> None:
        given = "$sort: ProductSort, $filter: ProductFilter, $from: Decimal"
        query = f"query ({given}) {{ products(first: 2, {arguments}) {{ nodes {{ id }} }} }}"
        objects = 1 + 2 + (5_000 if compares else 0)
        checked(query, variables, Limits(objects=objects))
        with pytest.raises(Exceeded, match="objects"):
            checked(query, variables, Limits(objects=objects - 1))

    def test_hold_for_ranges_of_prices(self) -> None:
        counted = "{ productFacets { prices { count range { priceFrom { amount } } } } }"
        # The facets, ten ranges with two objects below each, and all that is compared.
        checked(counted, {}, Limits(objects=5_031))
        with pytest.raises(Exceeded, match="objects"):
            checked(counted, {}, Limits(objects=5_030))
        both = "{ productFacets(filter: { priceTo: 9 }) { prices { count } } }"
        checked(both, {}, Limits(objects=10_011))
        with pytest.raises(Exceeded, match="objects"):
            checked(both, {}, Limits(objects=10_010))

    def test_hold_for_goods_compared_by_default(self) -> None:
        query = "query ($sort: ProductSort = PRICE_ASCENDING) { products(sort: $sort) { nodes { id } } }"
        checked(query, {"sort": "NAME"}, Limits(objects=21))
        with pytest.raises(Exceeded, match="objects"):
            checked(query, {}, Limits(objects=5_020))

    async def test_hold_for_tokens_and_bytes(self, api: Api) -> None:
        async def limit(text: str) -> str | None:
            answer = await api.ask(text, actor=api.world.shop.guest)
            errors = answer.response.json().get("errors")
            return str(errors[0]["extensions"].get("limit")) if errors else None

        padding = "{ merchant { slug } } #"
        room = 16 * 1024 - len(padding)
        assert await limit(padding + "x" * room) is None
        assert await limit(padding + "x" * (room + 1)) == "documentBytes"

        def of_tokens(many: int) -> str:
            return "{ a(x: [" + "1 " * 900 + "] y: [" + "1 " * (many - 900 - 13) + "]) }"

        assert parse(of_tokens(1200)).token_count == 1200
        assert await limit(of_tokens(1200)) == "None"
        assert await limit(of_tokens(1201)) == "tokens"

    def test_hold_for_json(self) -> None:
        check_json(b"[" * 32 + b"]" * 32, Limits())
        check_json(b'{"a":' * 32 + b'"' + b"[" * 99 + b'\\""' + b"}" * 32, Limits())
        for deep in (
            b"[" * 33 + b"]" * 33,
            b'{"a":' * 33 + b"1" + b"}" * 33,
            b'["\\"",' * 33 + b"1" + b"]" * 33,
        ):
            with pytest.raises(Exceeded, match="jsonDepth"):
                check_json(deep, Limits())

    async def test_hold_for_lists_in_variables(self, api: Api) -> None:
        query = "query ($x: ID!) { product(id: $x) { id } }"
        for variables, expected in (
            ({"x": [0] * 1000}, None),
            ({"x": [0] * 1001}, "listItems"),
            ({"lines": [0] * 1000}, None),
            ({"lines": [0] * 1001}, "listItems"),
            ({"a": [{"ids": [[]] * 1001}]}, "listItems"),
        ):
            answer = await api.ask(query, variables, actor=api.world.shop.guest)
            assert answer.errors[0]["extensions"].get("limit") == expected

    async def test_can_be_set(self, world: World) -> None:
        async with open_api(world, limits=Limits(depth=1)) as strict:
            answer = await strict.ask("{ merchant { slug } }", actor=world.shop.guest)
            assert answer.code == "QUERY_TOO_COMPLEX"
            assert answer.errors[0]["extensions"] == {"code": answer.code, "limit": "depth", "most": 1}
            assert answer.errors[0]["message"] == (
                "The query is too complex: Fields are nested at most 1 levels deep"
            )
        async with open_api(world, limits=Limits()) as usual:
            assert (await usual.ask("{ merchant { slug } }", actor=world.shop.guest)).data

    async def test_hold_again_for_documents_that_are_known(self, api: Api) -> None:
        query = "query ($n: Int) { " + " ".join(
            f"p{n}: products(first: $n) {{ nodes {{ skus {{ price {{ breaks {{ minQuantity }} }} }} }} }}"
            for n in range(9)
        ) + " }"  # fmt: skip
        codes = []
        for rows in (1, 100, 1):
            answer = await api.ask(query, {"n": rows}, actor=api.world.shop.guest)
            codes.append(answer.code if "errors" in answer.response.json() else None)
        assert codes == [None, "QUERY_TOO_COMPLEX", None]

    def test_are_reached_without_recursion(self) -> None:
        checked(chain(140, 1))


class Endless:
    """A port that never answers."""

    def __getattr__(self, name: str) -> Any:
        async def wait(*_: Any, **__: Any) -> None:
            await asyncio.Event().wait()

        return wait


class Asleep(LookThrough):
    """A look that never ends."""

    def views(self, actor: Actor) -> Views:
        port = cast(Any, Endless())
        return Views(
            catalog=port,
            orders=port,
            customers=port,
            stock=port,
            prices=port,
            floors=port,
            allowances=port,
            amendments=port,
            trail=port,
            registrations=port,
            coupons=port,
            staff=port,
            own_names=port,
            missed=port,
            promotions=port,
        )


class Held:
    """A verb that waits until it is released."""

    def __init__(self, verb: Callable[..., object]) -> None:
        self._verb = verb
        self.released, self.ended = threading.Event(), threading.Event()

    def __call__(self, **asked: Any) -> object:
        assert self.released.wait(10)
        result = self._verb(**asked)
        self.ended.set()
        return result


class TestTime:
    async def test_ends_for_what_takes_too_long(self, world: World) -> None:
        async with open_api(
            world, reading=ReadingThrough(world.database.reading, Asleep), limits=Limits(execute_s=0.05)
        ) as api:
            answer = await api.ask("{ brands { id } }", actor=world.shop.guest)
        assert (answer.response.status_code, answer.code) == (503, "TIMEOUT")

    @pytest.mark.parametrize("begun", [b"", b'{"query": '])
    async def test_ends_for_those_who_send_slowly(self, world: World, begun: bytes) -> None:
        async with open_api(world) as api:
            service = Service(
                use=world.use,
                reading=api.reading,
                tokens=api.tokens,
                clock=world.clock,
                ids=world.ids,
                limits=Limits(receive_s=0.05),
            )
            coming: list[Message] = [{"type": "http.request", "body": begun, "more_body": True}]
            sent: list[Message] = []

            async def receive() -> Message:
                if coming:
                    return coming.pop()
                await asyncio.Event().wait()
                raise AssertionError

            async def note(message: Message) -> None:
                sent.append(message)

            headers = [(b"content-type", b"application/json"), (b"x-merchant", b"shanquan")]
            scope = {
                "type": "http",
                "method": "POST",
                "path": "/graphql",
                "query_string": b"",
                "headers": headers,
            }
            await Starlette(routes=routes(service))(scope, receive, note)
        assert sent[0]["status"] == 408
        assert (b"connection", b"close") in sent[0]["headers"]
        assert json.loads(sent[1]["body"])["errors"][0]["extensions"] == {"code": "TIMEOUT"}

    async def test_lets_a_verb_that_has_begun_come_to_its_end(self, world: World) -> None:
        held = Held(world.use.cancel_order)
        use = attrs.evolve(world.use, cancel_order=cast(Any, held))
        order = ordered(world)
        cancel = "mutation ($i: CancelOrderInput!) { cancelOrder(input: $i) { order { id } } }"
        asked = {"i": {"idempotencyKey": "once", "orderId": order}}
        async with open_api(world, use=use, limits=Limits(execute_s=0.05)) as api:
            late = await api.ask(cancel, asked, actor=world.shop.buyer())
            assert late.code == "TIMEOUT"
            held.released.set()
            assert await to_thread.run_sync(held.ended.wait, 5)
        async with open_api(world) as api:
            found = await api.ask(
                f'{{ node(id: "{order}") {{ ... on Order {{ status }} }} }}', actor=world.shop.buyer()
            )
            assert found.data["node"] == {"status": "CANCELLED"}
            again = await api.ask(cancel, asked, actor=world.shop.buyer())
            assert again.data["cancelOrder"]["order"] == {"id": order}

    @pytest.mark.parametrize("storage_name", ["sqlite", "postgres"], indirect=True)
    async def test_ends_for_statements_of_readers(self, database: Database) -> None:
        assert isinstance(database, SqlDatabase)
        hasty = SqlDatabase(database.url, clock=FixedClock(), sealing=SEALING, statement_s=0.2)
        endless = Statement(select(func.count()).select_from(_endless()))

        def reader(statement: Statement) -> Callable[[], Reader[Rows]]:
            def ask() -> Reader[Rows]:
                return (yield Ask(statement, {}))

            return ask

        await hasty.start()
        for _ in range(3):
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                await hasty.driver.read(reader(endless), of=None)
            assert 0.2 <= time.monotonic() - begun < 2
            assert await hasty.driver.read(reader(Statement(select(literal(1)))), of=None) == [(1,)]
        await hasty.stop()

    @pytest.mark.parametrize("storage_name", ["sqlite"], indirect=True)
    def test_has_no_end_for_those_who_check_everything(self, database: Database) -> None:
        assert isinstance(database, SqlDatabase)
        hasty = SqlDatabase(database.url, clock=FixedClock(), sealing=SEALING, statement_s=0.01)
        long = Statement(select(func.count()).select_from(select(_endless()).limit(300_000).subquery()))
        with hasty.driver.snapshot(of=None) as session:
            assert session.all(long, {}) == [(300_000,)]
        hasty.close()


def _endless() -> CTE:
    """Rows without end."""
    rows = select(literal(1).label("n")).cte("rows", recursive=True)
    return rows.union_all(select(rows.c.n + 1))
