"""The rate limiter, in memory and in Redis; and what the API makes of it."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import redis
from limits.aio.storage import MemoryStorage
from starlette.types import Receive, Scope, Send

from adapters.graphql.limits import RateLimits
from adapters.graphql.pace import Pace, line_of
from adapters.rate_limiting import MEMORY, WindowRateLimiter
from application.ports.rate_limiting import RateLimiter
from dinghuo import serving
from domain.identity import OrderId
from kit.api import Api, open_api, ordered
from kit.plugin import UNTESTED_REDIS
from kit.world import World

STORES = (MEMORY, "redis")
CANCEL = "mutation ($i: CancelOrderInput!) { cancelOrder(input: $i) { order { status } } }"
SLUG = "{ merchant { slug } }"


@pytest.fixture(params=["memory"])
def storage_name(request: pytest.FixtureRequest) -> str:
    """Memory, because no database is asked how often somebody asks."""
    name: str = request.param
    return name


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    """Where counts are kept; a Redis is named by REDIS_URL, or is the one of this machine."""
    if request.param == MEMORY:
        return MEMORY
    url = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")
    try:
        redis.Redis.from_url(url, socket_connect_timeout=1).ping()
    except redis.ConnectionError as error:
        if "REDIS_URL" in os.environ:
            raise
        pytest.skip(f"{UNTESTED_REDIS}{error}")
    return url


@pytest.fixture
async def limiter(store: str) -> AsyncIterator[RateLimiter]:
    one = WindowRateLimiter(store, window_s=2, within_s=10)
    yield one
    await one.close()


def somebody() -> str:
    """Somebody nobody has counted before: what is in Redis outlives a test."""
    return secrets.token_hex(8)


class TestTheLimiter:
    async def test_lets_as_much_be_done_as_may_be(self, limiter: RateLimiter) -> None:
        who = somebody()
        assert [await limiter.take("read", who, most=3) for _ in range(3)] == [0, 0, 0]
        assert await limiter.take("read", who, most=3) in (1, 2, 3, 4)

    async def test_counts_everybody_and_everything_apart(self, limiter: RateLimiter) -> None:
        who, other = somebody(), somebody()
        assert await limiter.take("read", who, most=1) == 0
        assert await limiter.take("read", who, most=1) > 0
        assert await limiter.take("read", other, most=1) == 0
        assert await limiter.take("write", who, most=1) == 0

    async def test_counts_several_at_once_or_none(self, limiter: RateLimiter) -> None:
        who = somebody()
        assert await limiter.take("read", who, most=3, times=4) > 0
        assert await limiter.take("read", who, most=3, times=3) == 0
        assert await limiter.take("read", who, most=3) > 0

    async def test_lets_it_be_done_again_when_it_said(self, limiter: RateLimiter) -> None:
        who = somebody()
        assert await limiter.take("read", who, most=1) == 0
        left = await limiter.take("read", who, most=1)
        # The window before counts less and less: after two of them nothing is left of it.
        for _ in range(3):
            if not left:
                break
            await asyncio.sleep(left)
            left = await limiter.take("read", who, most=1)
        assert left == 0

    async def test_counts_what_is_done_at_the_same_time(self, limiter: RateLimiter) -> None:
        who = somebody()
        taken = await asyncio.gather(*(limiter.take("read", who, most=10) for _ in range(50)))
        assert taken.count(0) == 10

    async def test_forgets_in_memory_what_is_over_and_looks_for_it_now_and_then(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looks: list[int] = []
        look = "_MemoryStorage__expire_events"
        real = getattr(MemoryStorage, look)

        async def counted(storage: MemoryStorage) -> None:
            await real(storage)
            looks.append(len(storage.expirations))

        monkeypatch.setattr(MemoryStorage, look, counted)
        limiter = WindowRateLimiter(MEMORY, window_s=1)
        for _ in range(300):
            assert await limiter.take("read", somebody(), most=3) == 0
            await asyncio.sleep(0)
        assert 1 <= len(looks) <= 4
        await asyncio.sleep(2.1)
        assert await limiter.take("read", somebody(), most=3) == 0
        await asyncio.sleep(0.1)
        assert looks[-1] == 1

    @pytest.mark.parametrize("store", ["redis"], indirect=True)
    async def test_shares_its_counts_where_they_are_in_redis(self, store: str) -> None:
        who, one, other = somebody(), WindowRateLimiter(store), WindowRateLimiter(store)
        assert await one.take("read", who, most=1) == 0
        assert await other.take("read", who, most=1) > 0
        await one.close()
        await other.close()

    async def test_lets_pass_what_it_cannot_count_and_says_so_once(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        gone = WindowRateLimiter("redis://:secret@127.0.0.1:1/0")
        with caplog.at_level(logging.ERROR):
            assert [await gone.take("read", "anybody", most=1) for _ in range(3)] == [0, 0, 0]
        await gone.close()
        assert [record.message.partition(":")[0] for record in caplog.records] == ["rates are not limited"]
        assert "secret" not in caplog.text


@asynccontextmanager
async def paced(world: World, **most: int) -> AsyncIterator[Api]:
    async with open_api(world, pace=Pace(WindowRateLimiter(), RateLimits(**most))) as api:
        yield api


def is_refused(response: httpx.Response) -> bool:
    """Tell whether it was too often; then it says when to try again, twice."""
    if response.status_code != 429:
        return False
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert error["message"] == "Too many requests, try again later"
    assert 1 <= error["extensions"]["retryAfter"] <= 120
    assert response.headers["retry-after"] == str(error["extensions"]["retryAfter"])
    assert response.json().get("data") is None
    return True


class TestTheApi:
    async def test_limits_an_address_whoever_asks(self, world: World) -> None:
        buyer, guest = world.shop.buyer("regular"), world.shop.guest
        async with paced(world, per_address=3) as api:
            asked = [await api.ask(SLUG, actor=one) for one in (buyer, guest, buyer, guest)]
            assert [is_refused(one.response) for one in asked] == [False, False, False, True]
            # Nothing is read of it, so that nothing can be wrong with it.
            assert is_refused(
                await api.http.post("/graphql", content=b"[", headers={"accept-language": "en"})
            )

    async def test_limits_a_person_whatever_the_token(self, world: World) -> None:
        buyer, other = world.shop.buyer("regular"), world.shop.clerk
        async with paced(world, per_person=2) as api:
            asked = [await api.ask(SLUG, actor=one) for one in (buyer, buyer, buyer, other, world.shop.guest)]
            assert [is_refused(one.response) for one in asked] == [False, False, True, False, False]

    async def test_counts_a_mutation_as_often_as_it_stands_there(self, world: World) -> None:
        shop = world.shop
        buyer = shop.buyer("regular")
        order = ordered(world)
        async with paced(world, per_mutation=2) as api:
            three = "mutation ($i: CancelOrderInput!) { " + " ".join(
                f"{alias}: cancelOrder(input: $i) {{ order {{ status }} }}" for alias in "abc"
            )
            asked = await api.ask(three + " }", cancelling(order), actor=buyer)
            assert is_refused(asked.response)
            # None of the three was done.
            assert (await api.ask(STATUS, {"id": order}, actor=buyer)).data["node"]["status"] == "SUBMITTED"
            done = await api.ask(CANCEL, cancelling(order), actor=buyer)
            assert done.data["cancelOrder"]["order"]["status"] == "CANCELLED"

    async def test_counts_what_fragments_hide(self, world: World) -> None:
        order, buyer = ordered(world), world.shop.buyer("regular")
        document = (
            "mutation M($i: CancelOrderInput!) { ...F ... on Mutation { b: cancelOrder(input: $i) { order { id } } } } "
            "fragment F on Mutation { a: cancelOrder(input: $i) { order { id } } } query Q { merchant { slug } }"
        )
        async with paced(world, per_mutation=1) as api:
            response = await api.http.post(
                "/graphql",
                json={"query": document, "variables": cancelling(order), "operationName": "M"},
                headers={"accept-language": "en", "authorization": f"Bearer {api.token(buyer)}"},
            )
            assert is_refused(response)

    async def test_counts_each_mutation_apart_and_reads_not_at_all(self, world: World) -> None:
        order, buyer = ordered(world), world.shop.buyer("regular")
        async with paced(world, per_mutation=1) as api:
            assert [is_refused((await api.ask(SLUG, actor=buyer)).response) for _ in range(3)] == [False] * 3
            assert not is_refused((await api.ask(CANCEL, cancelling(order), actor=buyer)).response)
            assert is_refused((await api.ask(CANCEL, cancelling(order), actor=buyer)).response)


STATUS = "query ($id: ID!) { node(id: $id) { ... on Order { status } } }"


def cancelling(order: OrderId) -> dict[str, Any]:
    return {"i": {"idempotencyKey": secrets.token_hex(8), "orderId": order}}


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "line"),
        [
            ("203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
            ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::"),
            ("2001:db8:1:3::2", "2001:db8:1:3::"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("testclient", "testclient"),
            ("", ""),
        ],
    )
    def test_are_those_of_one_line(self, address: str, line: str) -> None:
        assert line_of(address) == line


class TestProxies:
    """Behind a proxy, and only there, a header says where a request comes from."""

    async def seen(self, client: str, *, proxies: Sequence[str]) -> str:
        told: list[str] = []

        async def app(scope: Scope, _: Receive, __: Send) -> None:
            told.append(scope["client"][0])

        async def nothing(*_: object) -> Any:
            raise AssertionError("nobody asks")

        config = serving.config(app, receive_s=1, proxies=proxies)
        config.load()
        headers = [(b"x-forwarded-for", b"203.0.113.9")]
        scope = {"type": "http", "scheme": "http", "client": (client, 1234), "headers": headers}
        await config.loaded_app(scope, nothing, nothing)
        return told[0]

    async def test_are_believed_where_they_are_named(self) -> None:
        assert await self.seen("10.1.2.3", proxies=["10.0.0.0/8"]) == "203.0.113.9"
        assert await self.seen("192.0.2.1", proxies=["10.0.0.0/8"]) == "192.0.2.1"
        assert await self.seen("127.0.0.1", proxies=[]) == "127.0.0.1"
