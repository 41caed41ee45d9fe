"""When the engine executes and when it does not, what it keeps, and that executions do not meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import strawberry
from graphql import DocumentNode, GraphQLError, parse
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult, Info

from adapters.graphql.engine import CompiledExecution, Engine, Left
from adapters.graphql.engine.compiler import Compiler
from kit.engine.menagerie import BoxRow, CatRow, DogRow, Given, Kennel, LidRow, Quiet, Row, menagerie


class House:
    """A schema with an engine, and the documents that were sent to it."""

    def __init__(self, *more: Any, schema: strawberry.Schema | None = None, **options: Any) -> None:
        self.engine = Engine(**{"compile_on_sight": 1, **options})
        self.schema = schema or menagerie()
        self._more = more

    async def ask(
        self,
        document: str | DocumentNode,
        root: Any = None,
        *,
        dogs: dict[int, Any] | None = None,
        name: str | None = None,
        **variables: Any,
    ) -> ExecutionResult:
        node = parse(document) if isinstance(document, str) else document
        self.schema.extensions = (
            *self._more,
            lambda: Given(node),
            lambda: CompiledExecution(self.engine),
        )
        self.kennel = Kennel(dogs or {})
        return await self.schema.execute(
            "{ given }",
            variable_values=variables,
            root_value=root,
            context_value=self.kennel,
            operation_name=name,
        )


def row(kind: type[Row] = Row, **values: Any) -> Any:
    made = kind()
    made.__dict__.update(values)
    return made


# Which operations it leaves


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{ __schema { queryType { name } } }", Left.INTROSPECTION),
        ('{ word __type(name: "Cat") { name } }', Left.INTROSPECTION),
        ("query ($n: Int!) { cats(first: $n) { id } }", Left.VARIABLES),
        ("{ word @other }", Left.DIRECTIVE),
        ("mutation { word }", Left.OPERATION),
        ("{ " + " ".join(f"w{n}: word" for n in range(101)) + " }", Left.UNCOMPILED),
        ("{ nothing }", Left.UNCOMPILED),
    ],
)
async def test_it_leaves_to_graphql_core(document: str, reason: Left) -> None:
    house = House(most_fields=100)
    await house.ask(document, row(word="w"))
    assert house.engine.counts.left[reason] == 1
    assert house.engine.counts.fast == 0


async def test_it_answers_typename() -> None:
    house = House()
    assert (await house.ask("{ __typename }")).data == {"__typename": "Query"}
    assert house.engine.counts.fast == 1


class Hooking(SchemaExtension):
    """Hooks each field."""

    def resolve(self, _next: Callable[..., Any], root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        value = _next(root, info, *args, **kwargs)
        return f"hooked {value}" if isinstance(value, str) else value


async def test_it_leaves_everything_to_extensions_that_hook_fields() -> None:
    house = House(Hooking)
    assert (await house.ask("{ word }", row(word="w"))).data == {"word": "hooked w"}
    assert house.engine.counts.left[Left.EXTENSION] == 1


class Answering(SchemaExtension):
    """Has an answer of its own."""

    async def on_execute(self) -> AsyncIterator[None]:
        from graphql import ExecutionResult as Result

        self.execution_context.result = Result({"word": "mine"}, None)
        yield


async def test_it_keeps_the_answer_of_another_extension() -> None:
    house = House(Answering)
    assert (await house.ask("{ word }", row(word="w"))).data == {"word": "mine"}
    assert house.engine.counts.left[Left.ANSWERED] == 1


async def test_it_leaves_schemas_that_are_executed_in_their_own_way() -> None:
    @strawberry.type
    class Query:
        word: str

    schema = Quiet(query=Query, config=StrawberryConfig(enable_experimental_incremental_execution=True))
    house = House(schema=schema)
    assert (await house.ask("{ word }", row(word="w"))).data == {"word": "w"}
    assert house.engine.counts.left[Left.EXECUTOR] == 1


async def test_it_leaves_what_the_compiler_stumbles_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Compiler, "compile", lambda *_: 1 / 0)
    house = House()
    node = parse("{ word }")
    for _ in range(2):
        assert (await house.ask(node, row(word="w"))).data == {"word": "w"}
    assert house.engine.counts.left[Left.UNCOMPILED] == 2
    assert len(caplog.records) == 1


# What it keeps


async def test_it_compiles_on_second_sight() -> None:
    house = House(compile_on_sight=2)
    node = parse("{ word }")
    for _ in range(3):
        assert (await house.ask(node, row(word="w"))).data == {"word": "w"}
    counts = house.engine.counts
    assert (counts.left[Left.UNSEEN], counts.compiled, counts.fast) == (1, 1, 2)


async def test_it_tries_once_to_compile_what_cannot_be() -> None:
    house = House()
    node = parse("{ nothing }")
    for _ in range(3):
        await house.ask(node)
    assert house.engine.counts.left[Left.UNCOMPILED] == 3
    assert house.engine.counts.compiled == 0


async def test_it_compiles_for_each_value_of_a_switch() -> None:
    house = House()
    node = parse("query ($yes: Boolean!) { word @include(if: $yes) other: word @skip(if: $yes) }")
    for yes, expected in ((True, {"word": "w"}), (False, {"other": "w"}), (True, {"word": "w"})):
        assert (await house.ask(node, row(word="w"), yes=yes)).data == expected
    assert house.engine.counts.compiled == 2


async def test_it_keeps_so_many_documents() -> None:
    house = House(most_documents=3)
    nodes = [parse("{ word }") for _ in range(5)]
    for node in nodes:
        await house.ask(node, row(word="w"))
    assert house.engine.counts.compiled == 5
    await house.ask(nodes[-1], row(word="w"))
    assert house.engine.counts.compiled == 5
    await house.ask(nodes[0], row(word="w"))
    assert house.engine.counts.compiled == 6
    assert len(house.engine._documents) == 3


async def test_it_keeps_so_many_plans_of_a_document() -> None:
    house = House(most_plans=2)
    node = parse("query ($a: Boolean!, $b: Boolean!) { word @skip(if: $a) other: word @skip(if: $b) }")
    for a in (True, False):
        for b in (True, False):
            await house.ask(node, row(word="w"), a=a, b=b)
    (document,) = house.engine._documents.values()
    assert len(document.plans) == 2


async def test_it_forgets_its_plans_for_another_schema() -> None:
    house = House()
    node = parse("{ word }")
    await house.ask(node, row(word="w"))
    house.schema = menagerie()
    await house.ask(node, row(word="w"))
    assert house.engine.counts.compiled == 2


async def test_it_takes_an_operation_by_name() -> None:
    house = House()
    node = parse("query A { word } query B { other: word }")
    assert (await house.ask(node, row(word="w"), name="B")).data == {"other": "w"}
    assert (await house.ask(node, row(word="w"), name="A")).data == {"word": "w"}
    assert house.engine.counts.fast == 2


# How it runs


async def test_it_lets_loaders_batch_over_the_whole_answer() -> None:
    house = House()
    dogs = {n: row(DogRow, name=f"d{n}") for n in range(4)}
    cats = [row(CatRow, loaded=n, mate=row(CatRow, loaded=n + 2)) for n in range(2)]
    result = await house.ask(
        "{ cats { loaded { name } mate { loaded { name } } } }", row(cats=cats), dogs=dogs
    )
    assert result.data == {
        "cats": [{"loaded": {"name": f"d{n}"}, "mate": {"loaded": {"name": f"d{n + 2}"}}} for n in range(2)]
    }
    assert house.kennel.batches == [[0, 1], [2, 3]]
    assert house.engine.counts.fast == 1


async def test_it_keeps_the_order_of_fields_whatever_comes_first() -> None:
    house = House()
    result = await house.ask("{ slowBox { width } word }", row(word="w", slow_box=row(BoxRow, width=1)))
    assert list(result.data or ()) == ["slowBox", "word"]


async def test_executions_of_one_plan_do_not_meet() -> None:
    house = House()
    node = parse("query ($n: Int!) { cats { number(n: $n) vow mate { number(n: $n) } } }")

    async def one(n: int) -> None:
        mate = row(CatRow, number=0)
        cats = [row(CatRow, number=1, vow=f"v{n}", mate=mate)]
        result = await house.ask(node, row(cats=cats), n=n)
        assert result.data == {
            "cats": [{"number": n + 1, "vow": f"v{n} at Query.cats/None.0/Cat.vow", "mate": {"number": n}}]
        }

    await asyncio.gather(*(one(n) for n in range(20)))
    assert house.engine.counts.fast == 20
    assert house.engine.counts.compiled == 1


@pytest.mark.parametrize("many", [1, 2])
async def test_it_ends_when_it_is_cancelled(many: int) -> None:
    stopped: list[int] = []

    @strawberry.type
    class Query:
        @strawberry.field
        async def forever(self, n: int) -> str:
            try:
                await asyncio.Event().wait()
            finally:
                stopped.append(n)
            return ""

    house = House(schema=Quiet(query=Query))
    fields = " ".join(f"f{n}: forever(n: {n})" for n in range(many))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await house.ask(f"{{ {fields} }}")
    assert sorted(stopped) == list(range(many))
    assert house.engine.counts.whole == 0


class Counted:
    """Counts how often its attribute is read."""

    def __init__(self, value: Any) -> None:
        self.reads = 0
        self._value = value

    @property
    def word(self) -> Any:
        self.reads += 1
        return self._value


@pytest.mark.parametrize("value", ["w", None, 5, b"octets", RuntimeError("given")])
async def test_it_reads_an_attribute_once(value: Any) -> None:
    house = House()
    root = Counted(value)
    await house.ask("{ word }", root)
    assert root.reads == 1


async def test_it_leaves_only_the_hole_to_graphql_core() -> None:
    house = House()
    boxes = [row(BoxRow, width=1, label="a"), row(BoxRow, width=2**31, label="b"), None]
    result = await house.ask("{ maybeBoxes { width label } }", row(maybe_boxes=boxes))
    assert result.data == {"maybeBoxes": [{"width": 1, "label": "a"}, None, None]}
    assert [one.path for one in result.errors or ()] == [["maybeBoxes", 1, "width"]]
    counts = house.engine.counts
    assert (counts.with_holes, counts.holes, counts.whole) == (1, 1, 0)


async def test_it_begins_again_where_null_has_no_place() -> None:
    house = House()
    result = await house.ask("{ word strictBox { width } }", row(word="w", strict_box=None))
    assert result.data is None
    assert [one.path for one in result.errors or ()] == [["strictBox"]]
    assert house.engine.counts.whole == 1


async def test_it_reads_an_iterator_once_even_if_it_begins_again() -> None:
    house = House()
    box = row(BoxRow, lids=iter([row(LidRow, label="a"), row(LidRow, label=None)]), label="b")
    result = await house.ask("{ box { label lids { label } } }", row(box=box))
    assert result.data == {"box": None}
    assert [one.path for one in result.errors or ()] == [["box", "lids", 1, "label"]]


async def test_it_tells_resolvers_what_graphql_core_tells_them() -> None:
    told: list[Info] = []

    @strawberry.type
    class Query:
        @strawberry.field
        def word(self, info: Info, n: int = 3) -> str:
            told.append(info)
            return "w"

    house = House(schema=Quiet(query=Query), compile_on_sight=2)
    node = parse("query ($n: Int = 4) { a: word(n: $n) }")
    for _ in range(2):
        await house.ask(node)
    first, second = told
    assert house.engine.counts.fast == 1
    for name in ("field_name", "python_name", "path", "variable_values", "operation", "root_value", "schema"):
        assert getattr(first, name) == getattr(second, name)
    assert first.selected_fields == second.selected_fields
    assert second.context is house.kennel


async def test_it_asks_once_for_each_class_where_that_is_enough() -> None:
    asked: list[object] = []

    @strawberry.interface
    class Being:
        name: str

        @classmethod
        def resolve_type(cls, value: Any, _info: Any, _type: Any) -> str:
            asked.append(value)
            return "Cat" if isinstance(value, CatRow) else "Dog"

    Being.resolve_type.__func__.by_class = True  # type: ignore[attr-defined]

    @strawberry.type
    class Cat(Being):
        @classmethod
        def is_type_of(cls, value: Any, _: Any) -> bool:
            return isinstance(value, CatRow)

    @strawberry.type
    class Query:
        beings: Any = strawberry.field(graphql_type=list[Being | None])

    house = House(schema=Quiet(query=Query, types=[Cat]))
    beings = [row(CatRow, name="a"), row(CatRow, name="b"), row(DogRow, name="c")]
    result = await house.ask("{ beings { __typename name } }", row(beings=beings))
    assert result.data == {
        "beings": [{"__typename": "Cat", "name": "a"}, {"__typename": "Cat", "name": "b"}, None]
    }
    assert [one.message for one in result.errors or ()] == [
        "Abstract type 'Being' was resolved to a type 'Dog' that does not exist inside the schema."
    ]
    assert asked.count(beings[0]) == 1 and asked.count(beings[1]) == 0


async def test_it_tells_nothing_but_the_object_where_that_is_enough() -> None:
    told: list[object] = []

    @strawberry.interface
    class Being:
        name: str

        @classmethod
        def resolve_type(cls, value: Any, info: Any, _type: Any) -> str:
            told.append(info)
            return "Cat" if value.name else "Dog"

    Being.resolve_type.__func__.by_object = True  # type: ignore[attr-defined]

    def is_cat(value: Any, info: Any) -> bool:
        told.append(info)
        return bool(value.name != "b")

    is_cat.by_object = True  # type: ignore[attr-defined]

    @strawberry.type
    class Cat(Being):
        is_type_of = staticmethod(is_cat)

    @strawberry.type
    class Query:
        beings: Any = strawberry.field(graphql_type=list[Being])

    house = House(schema=Quiet(query=Query, types=[Cat]))
    beings = [row(CatRow, name="a"), row(CatRow, name="c")]
    result = await house.ask("{ beings { __typename name } }", row(beings=beings))
    assert result.data == {"beings": [{"__typename": "Cat", "name": one.name} for one in beings]}
    assert told == [None] * 4, "nobody was told where it is"
    # What is said of one object is not believed of another of its class.
    result = await house.ask("{ beings { name } }", row(beings=[*beings, row(CatRow, name="b")]))
    assert result.data is None
    result = await house.ask("{ beings { name } }", row(beings=[*beings, row(CatRow, name="")]))
    assert "does not exist inside the schema" in str(result.errors)


@pytest.mark.parametrize("keeps", [False, True])
async def test_it_gives_texts_as_they_are_where_the_scalar_promises_so(*, keeps: bool) -> None:
    written: list[object] = []

    def write(value: Any) -> str:
        written.append(value)
        if isinstance(value, list):
            raise GraphQLError("no weight")
        return value if type(value) is str else f"{value} kg"

    write.keeps_texts = keeps  # type: ignore[attr-defined]
    weight = strawberry.scalar(name="Weight", serialize=write, parse_value=lambda value: value)

    @strawberry.type
    class Query:
        given: Any = strawberry.field(graphql_type=WeightType)
        perhaps: Any = strawberry.field(graphql_type=WeightType | None)

    config = StrawberryConfig(scalar_map={WeightType: weight})
    house = House(schema=Quiet(query=Query, config=config))
    heavy = Heavy("5 t")
    answers = [
        (await house.ask("{ given perhaps }", row(given=one, perhaps=other))).data
        for one, other in (("1 g", None), (2, "2 g"), (heavy, 3), ("4 g", []), ([], "5 g"))
    ]
    assert answers == [
        {"given": "1 g", "perhaps": None},
        {"given": "2 kg", "perhaps": "2 g"},
        {"given": "5 t kg", "perhaps": "3 kg"},
        {"given": "4 g", "perhaps": None},
        None,
    ]
    assert ("1 g" in written) is not keeps


class Heavy(str):
    """A text that is not quite one."""

    __slots__ = ()


class WeightType:
    """Stands for the scalar."""


async def test_it_does_not_wait_for_ever_for_what_it_threw_away() -> None:
    """A field fails where null has no place while another is on its way: the second try is graphql-core's alone."""
    house = House()
    root = row(slow_box=row(BoxRow, width=1), strict_box=None)
    result = await house.ask("{ slowBox { width } strictBox { width } }", root)
    assert result.data is None
    assert house.engine.counts.whole == 1


# Mutations


@strawberry.type
class Counting:
    """What is counted, as root value."""

    @strawberry.mutation
    @staticmethod
    async def add(info: strawberry.Info[Any, Any], number: int) -> int:
        """Fails for numbers that are too large."""
        info.context.append(number)
        if number > 9:
            raise ValueError("too large")
        return sum(info.context)


@pytest.mark.parametrize(("number", "times"), [(1, 3), (10, 2), ("one", 0), (None, 0)])
async def test_a_mutation_is_executed_once_and_answered_as_ever(number: Any, times: int) -> None:
    @strawberry.type
    class Query:
        word: str

    engine = Engine()
    plain = Quiet(query=Query, mutation=Counting)
    document = (
        "mutation Add($number: Int!) { one: add(number: 1) more: add(number: $number) last: add(number: 2) }"
    )
    node = parse(document)
    compiled = Quiet(
        query=Query, mutation=Counting, extensions=[lambda: Given(node), lambda: CompiledExecution(engine)]
    )
    for _ in range(3):
        expected_done: list[int] = []
        done: list[int] = []
        expected = await plain.execute(
            document, variable_values={"number": number}, context_value=expected_done
        )
        found = await compiled.execute(document, variable_values={"number": number}, context_value=done)
        assert (found.data, done) == (expected.data, expected_done)
        assert [str(one) for one in found.errors or ()] == [str(one) for one in expected.errors or ()]
        assert len(done) == times
    assert engine.counts.left[Left.OPERATION] == 3
