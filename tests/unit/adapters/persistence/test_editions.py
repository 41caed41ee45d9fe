"""What is remembered is of one edition, and never more than so much."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from adapters.persistence.catalog import brands, products, skus
from adapters.persistence.pricing import prices
from adapters.persistence.remembering import Memory
from adapters.persistence.statements import POSTGRES, SQLITE, Statement


class TestMemory:
    def test_adds_what_was_read_with_the_same_edition(self) -> None:
        memory = Memory[str, int](10)
        memory.add("who", 1, {"a": 1})
        memory.add("who", 1, {"b": 2})
        found = memory.of("who")
        assert found is not None
        assert (found.edition, found.found) == (1, {"a": 1, "b": 2})
        assert found.has({"a", "b"})
        assert found.has(["a"])
        assert not found.has({"a", "c"})

    def test_forgets_what_was_read_with_another(self) -> None:
        memory = Memory[str, int](10)
        memory.add("who", 1, {"a": 1})
        memory.add("who", 2, {"b": 2})
        memory.add("whose", 1, {"a": 3}, mark="x")
        memory.add("whose", 1, {"b": 4}, mark="y")
        found, other = memory.of("who"), memory.of("whose")
        assert found is not None
        assert other is not None
        assert (found.edition, found.found) == (2, {"b": 2})
        assert (other.mark, other.found) == ("y", {"b": 4})

    def test_leaves_to_those_who_have_it_what_they_have(self) -> None:
        memory = Memory[str, int](10)
        memory.add("who", 1, {"a": 1})
        held = memory.of("who")
        memory.add("who", 2, {"a": 2})
        assert held is not None
        assert (held.edition, held.found) == (1, {"a": 1})

    def test_forgets_who_has_not_asked_for_longest(self) -> None:
        memory = Memory[str, int](4)
        for name in ("one", "two"):
            memory.add(name, 1, {"a": 1, "b": 2})
        memory.of("one")
        memory.add("three", 1, {"a": 1})
        assert memory.of("two") is None
        assert memory.of("one") is not None
        memory.add("three", 1, {str(each): each for each in range(4)})
        assert [memory.of(name) for name in ("one", "two", "three")] == [None, None, None]
        memory.add("four", 1, {"a": 1})
        assert memory.of("four") is not None

    def test_does_not_forget_everything_for_what_is_too_much(self) -> None:
        memory = Memory[str, int](4)
        memory.add("one", 1, {"a": 1})
        memory.add("two", 1, {str(each): each for each in range(5)})
        assert memory.of("two") is None
        assert memory.of("one") is not None


def test_a_statement_says_what_it_writes_to() -> None:
    gone = skus.delete().where(skus.c.id == bindparam("sku")).returning(skus.c.id).cte("gone")
    both = Statement(update(products).where(products.c.id.in_(select(gone.c.id))).values(name="x"))
    read = Statement(select(prices.c.sku_id))
    inner = Statement(select(gone.c.id))
    for dialect in (POSTGRES, SQLITE):
        assert read.on(dialect).changes == frozenset()
        assert both.on(dialect).changes == {"products", "skus"}
        assert inner.on(dialect).changes == {"skus"}
        assert Statement(brands.delete()).on(dialect).changes == {"brands"}
