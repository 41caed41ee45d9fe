"""The one pass over a document counts what a document has whose fragments are written out."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Lexer,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    build_schema,
    parse,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.graphql.guard import Cost, Exceeded, Limits, check_tokens, measure
from adapters.graphql.guard.measure import same_name_pairs

SCHEMA = build_schema(
    """
    type Query { one: Thing rows(first: Int): ThingConnection }
    type ThingConnection { nodes: [Thing!]! edges: [ThingEdge!]! pageInfo: PageInfo! }
    type ThingEdge { node: Thing! }
    type PageInfo { endCursor: String }
    type Thing { id: ID one: Thing skus: [Thing!]! others: [Thing!]! rows(first: Int): ThingConnection }
    """
)
NAMES = ("A", "B", "C")


def below(later: tuple[str, ...]) -> st.SearchStrategy[str]:
    """What may be selected of a thing; fragments spread only those after them."""
    leaves = ["id", "a: id", "id @include(if: true)", *(f"...{name}" for name in later)]

    def wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        some = st.lists(inner, min_size=1, max_size=3).map(" ".join)
        around = st.sampled_from(
            [
                "one {%s}", "b: one {%s}", "skus {%s}", "others {%s}", "... {%s}", "... on Thing @skip(if: false) {%s}",
                "rows {nodes {%s}}", "rows(first: 3) {edges {node {%s}} pageInfo {endCursor}}",
            ]
        )  # fmt: skip
        return st.builds(lambda shape, what: shape % what, around, some)

    one = st.recursive(st.sampled_from(leaves), wider, max_leaves=6)
    return st.lists(one, min_size=1, max_size=4).map(" ".join)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Small documents whose fragments have no cycles."""
    fragments = [
        f"fragment {name} on Thing {{ {draw(below(NAMES[at + 1 :]))} }}" for at, name in enumerate(NAMES)
    ]
    # Every fragment is spread, so that nothing is counted that the operation does not have.
    return f"{{ one {{ {draw(below(NAMES))} ...A ...B ...C }} }} " + " ".join(fragments)


class Naive:
    """Writes the fragments out, as often as they are spread."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self.nodes = self.aliases = self.directives = self.depth = 0
        self.paths: dict[tuple[str, ...], int] = {}
        (self.operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        self.objects = self.walk(self.operation.selection_set, (), 1, 1)

    def walk(self, selections: SelectionSetNode, path: tuple[str, ...], many: int, page: int) -> int:
        objects = 0
        for one in selections.selections:
            self.nodes += 1
            self.directives += len(one.directives or ())
            if isinstance(one, FieldNode):
                self.aliases += one.alias is not None
                at = (*path, (one.alias or one.name).value)
                self.depth = max(self.depth, len(at))
                self.paths[at] = self.paths.get(at, 0) + 1
                if one.selection_set is not None:
                    name = one.name.value
                    rows = 3 if one.arguments else 20
                    times = {"skus": 10, "others": 10, "nodes": page, "edges": page}.get(name, 1)
                    objects += many * times + self.walk(one.selection_set, at, many * times, rows)
            elif isinstance(one, InlineFragmentNode):
                objects += self.walk(one.selection_set, path, many, page)
            elif isinstance(one, FragmentSpreadNode):
                inner = self.fragments[one.name.value].selection_set
                objects += self.walk(inner, path, many, page)
        return objects

    @property
    def pairs(self) -> int:
        return sum(many * (many - 1) // 2 for many in self.paths.values())


ENOUGH = Limits(
    nodes=10**6,
    depth=100,
    aliases=10**6,
    directives=10**6,
    selections=10**6,
    same_names=10**9,
    root_fields=100,
)


@given(documents())
def test_it_counts_what_is_there_when_written_out(text: str) -> None:
    document = parse(text)
    naive = Naive(document)
    order = measure(document, ENOUGH)
    assert Cost(SCHEMA, document, order).objects({}) == naive.objects
    assert same_name_pairs(naive.operation.selection_set, naive.fragments) == naive.pairs
    for name, found in (
        ("nodes", naive.nodes),
        ("depth", naive.depth),
        ("aliases", naive.aliases),
        ("directives", naive.directives),
        ("same_names", naive.pairs),
    ):
        exact = attrs.evolve(ENOUGH, **_only(name, found))
        measure(document, exact)
        if found:
            with pytest.raises(Exceeded) as refused:
                measure(document, attrs.evolve(ENOUGH, **_only(name, found - 1)))
            assert refused.value.most == found - 1


PIECES = (
    *"{}()[]!$&:=@|, \n\t\ufeff",
    "...", "name", "_1", "on", "12", "-3", "0", "1.5", "-1.5e10", "2E-3", "1e+4", '""', '"a b"',
    '"\\"{ x"', '"\\u00e9"', '""""""', '"""a " "" b"""', '"""\\""" # """', "# a { b\n", "#\n",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["", " "]))
def test_it_counts_tokens_as_the_parser_does(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    lexer = Lexer(Source(text))
    try:
        while lexer.advance().kind is not TokenKind.EOF:
            pass
    except GraphQLSyntaxError:
        return  # pieces can touch each other in ways that are no tokens
    kinds, token = [], lexer.token.prev
    while token is not None:
        kinds.append(token.kind)
        token = token.prev
    comments = kinds.count(TokenKind.COMMENT)
    count = len(kinds) - comments - 1  # the beginning is one as well
    most = max(count, comments)
    assume(most < len(text))
    check_tokens(text, Limits(tokens=most))
    if most:
        with pytest.raises(Exceeded, match="tokens"):
            check_tokens(text, Limits(tokens=most - 1))


def _only(name: str, most: int) -> dict[str, Any]:
    return {name: most}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_it_finds_cycles_and_nothing_else(edges: list[tuple[int, int]]) -> None:
    reached = {n: {b for a, b in edges if a == n} for n in range(10)}
    for _ in range(10):
        reached = {n: ones.union(*(reached[one] for one in ones)) for n, ones in reached.items()}
    fragments = " ".join(
        f"fragment F{n} on Thing {{ id {' '.join(f'...F{b}' for a, b in edges if a == n)} }}"
        for n in range(10)
    )
    document = parse("{ one { id } } " + fragments)
    if any(n in ones for n, ones in reached.items()):
        with pytest.raises(Exceeded, match="fragmentCycle"):
            measure(document, ENOUGH)
    else:
        order = [one.name.value for one in measure(document, ENOUGH)]
        assert all(order.index(f"F{b}") < order.index(f"F{a}") for a, b in edges)
        assert len(order) == 10
