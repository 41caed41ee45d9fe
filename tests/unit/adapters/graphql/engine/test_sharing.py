"""Shared values: the same object is given the same dict, and nothing that was not right is kept."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import attrs
import orjson
import pytest
import strawberry
from strawberry.types import ExecutionResult

from adapters.graphql.engine import CompiledExecution, Engine, sharing


@attrs.frozen(eq=False)
class Coin:
    """A value that never changes; one without a mint has an odd one."""

    amount: str
    currency: str = "CNY"
    mint: Any = "Shanghai"


@attrs.frozen(eq=False)
class Note(Coin):
    """The same, but not named as shared."""


@attrs.frozen(eq=False)
class Price:
    """A value made of values."""

    coin: Coin
    breaks: tuple[Coin, ...] = ()


@strawberry.type(name="Coin")
class CoinType:
    """Shows Coin."""

    amount: str
    currency: str
    mint: int | None = None

    @strawberry.field
    @staticmethod
    def text(root: Coin) -> str:
        """What is called to be read: nothing is kept of what is only read."""
        return f"{root.currency} {root.amount}"


@strawberry.type(name="Price")
class PriceType:
    """Shows Price."""

    coin: CoinType
    breaks: list[CoinType]


@attrs.frozen(eq=False)
class Purse:
    """What is asked for them."""

    coins: tuple[Coin, ...] = ()
    price: Price | None = None
    prices: tuple[Price, ...] = ()


@strawberry.type
class Query:
    """A purse, as root value."""

    coins: list[CoinType]
    price: PriceType | None
    prices: list[PriceType | None]


class Both:
    """A schema executed both ways."""

    def __init__(self, written: Callable[[dict[str, Any]], Any] | None = None) -> None:
        self.engine = Engine(compile_on_sight=1, shared=(Coin, Price), written=written)
        self._plain = strawberry.Schema(query=Query)
        self._compiled = strawberry.Schema(
            query=Query, extensions=[lambda: Kept(self._documents), lambda: CompiledExecution(self.engine)]
        )
        self._documents: dict[str, Any] = {}

    async def ask(self, document: str, purse: Purse) -> ExecutionResult:
        """Execute a document both ways, compare, and answer with what the engine made."""
        expected = await self._plain.execute(document, root_value=purse)
        found = await self._compiled.execute(document, root_value=purse)
        assert orjson.dumps(found.data) == orjson.dumps(expected.data)
        assert _told(found) == _told(expected)
        return found


class Kept(strawberry.extensions.SchemaExtension):
    """Parses a document once, as plans belong to documents."""

    def __init__(self, known: dict[str, Any]) -> None:
        super().__init__()
        self._known = known

    def on_parse(self) -> Any:
        running = self.execution_context
        assert running.query is not None
        if running.query in self._known:
            running.graphql_document = self._known[running.query]
        yield
        self._known[running.query] = running.graphql_document


def _told(result: ExecutionResult) -> list[tuple[str, Any, Any]]:
    return [(error.message, error.path, error.locations) for error in result.errors or ()]


async def test_it_gives_the_same_object_the_same_dict() -> None:
    coin, both = Coin("1.00"), Both()
    first = await both.ask("{ coins { amount text } }", Purse(coins=(coin, Coin("1.00"), coin)))
    second = await both.ask("{ coins { amount text } }", Purse(coins=(coin,)))
    assert first.data is not None
    assert second.data is not None
    one, other, again = first.data["coins"]
    assert one is again is second.data["coins"][0]
    assert one == other
    assert one is not other


async def test_it_keeps_nothing_that_is_only_read() -> None:
    coin, both = Coin("1.00"), Both()
    for _ in range(2):
        await both.ask("{ coins { amount currency } }", Purse(coins=(coin, coin)))
    assert not both.engine._shared._kept


async def test_it_keeps_selections_apart() -> None:
    coin, both = Coin("1.00"), Both()
    price = Price(coin, (coin, coin))
    document = "{ price { coin { text } breaks { currency } a: coin { b: text __typename } } }"
    for _ in range(2):
        await both.ask(document, Purse(price=price))
        await both.ask("{ price { coin { currency text } } }", Purse(price=price))


async def test_it_keeps_nothing_that_has_a_hole() -> None:
    odd, both = Coin("1.00", mint="not a number"), Both()
    for _ in range(3):
        found = await both.ask("{ coins { text mint } }", Purse(coins=(odd, odd)))
        assert [error.path for error in found.errors or ()] == [["coins", 0, "mint"], ["coins", 1, "mint"]]
        await both.ask("{ prices { breaks { mint text } } }", Purse(prices=(Price(odd, (odd,)), Price(odd))))
    assert both.engine.counts.with_holes == 6


async def test_it_keeps_nothing_that_is_not_one() -> None:
    wrong: Any = Coin("1.00", currency=None)  # type: ignore[arg-type]  # that is what is wrong
    both = Both()
    for _ in range(2):
        await both.ask(
            "{ prices { coin { currency amount text } } }", Purse(prices=(Price(wrong), Price(Coin("2.00"))))
        )


async def test_it_keeps_only_what_is_named() -> None:
    note, both = Note("5.00"), Both()
    found = await both.ask("{ coins { text } }", Purse(coins=(note, note)))
    assert found.data is not None
    one, other = found.data["coins"]
    assert one is not other


async def test_it_keeps_what_is_read_alike_in_one_place() -> None:
    price, both = Price(Coin("1.00")), Both()
    again = "a: prices { coin { amount currency } } b: prices { coin { currency amount } }"
    document = f"{{ price {{ coin {{ amount currency }} }} {again} }}"
    found = await both.ask(document, Purse(price=price, prices=(price,)))
    assert found.data is not None
    assert found.data["price"] is found.data["a"][0]
    assert list(found.data["b"][0]["coin"]) == ["currency", "amount"]


async def test_it_keeps_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MOST_KEPT", 10)
    both = Both()
    coins = [Coin(str(number)) for number in range(25)]
    await both.ask("{ coins { text } }", Purse(coins=tuple(coins)))
    shared = both.engine._shared
    assert sum(map(len, shared._memos)) == 5
    await both.ask("{ coins { text } }", Purse(coins=tuple(coins[:3])))


async def test_it_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MOST_YOUNG", 10)
    monkeypatch.setattr(sharing, "MOST_KEPT", 25)
    both = Both()
    document, coins = "{ coins { text } }", [Coin(str(number)) for number in range(35)]
    first = await both.ask(document, Purse(coins=tuple(coins)))
    second = await both.ask(document, Purse(coins=tuple(coins[20:])))
    assert first.data is not None
    assert second.data is not None
    kept = zip(first.data["coins"][20:], second.data["coins"], strict=True)
    assert all(one is again for one, again in kept)
    third = await both.ask(document, Purse(coins=(coins[0],)))
    assert third.data is not None
    assert third.data["coins"][0] is not first.data["coins"][0]
    assert sum(map(len, both.engine._shared._memos)) == both.engine._shared._kept == 16


def write(part: dict[str, Any]) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(part))


async def test_it_gives_what_was_written_in_the_place_of_a_dict() -> None:
    coin, both = Coin("1.00"), Both(write)
    purse = Purse(coins=(coin, coin), price=Price(coin, (coin,)))
    document = "{ coins { amount text } price { coin { currency } breaks { text } } }"
    first, second = [await both.ask(document, purse) for _ in range(2)]
    assert first.data is not None
    assert second.data is not None
    assert first.data["coins"][0] is first.data["coins"][1] is second.data["coins"][0]
    assert first.data["price"] is second.data["price"]
    assert isinstance(first.data["price"], orjson.Fragment)


async def test_it_writes_nothing_that_has_a_hole() -> None:
    odd, fine, both = Coin("1.00", mint="not a number"), Coin("1.00", mint=1), Both(write)
    for _ in range(3):
        purse = Purse(
            coins=(odd, fine, odd), prices=(Price(odd, (odd,)), Price(fine, (odd, fine)), Price(fine))
        )
        await both.ask("{ coins { text mint } prices { coin { mint } breaks { mint text } } }", purse)
    assert both.engine.counts.with_holes == 3


@pytest.mark.parametrize("written", [None, write])
async def test_it_answers_as_without_whatever_is_asked(
    written: Callable[[dict[str, Any]], Any] | None,
) -> None:
    chance, both = Random(7), Both(written)
    pool = [Coin(str(n), mint=chance.choice([1, None, "odd"])) for n in range(12)]
    prices = [Price(chance.choice(pool), tuple(chance.sample(pool, chance.randrange(4)))) for _ in range(12)]
    parts = ("amount", "text", "mint", "m: mint", "__typename")
    documents = []
    for _ in range(25):
        coin, breaks = (" ".join(chance.sample(parts, chance.randrange(1, 4))) for _ in range(2))
        documents.append(f"{{ prices {{ coin {{ {coin} }} breaks {{ {breaks} }} }} coins {{ {coin} }} }}")
    for _ in range(300):
        purse = Purse(coins=tuple(chance.sample(pool, 5)), prices=tuple(chance.choices(prices, k=5)))
        await both.ask(chance.choice(documents), purse)
    assert both.engine.counts.whole == 0
