"""Requests that mean harm, as they travel, each with what it is refused with."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from graphql import get_introspection_query

BIG = "QUERY_TOO_COMPLEX"
PLAIN = {"content-type": "application/json"}


@attrs.frozen(kw_only=True)
class Hostile:
    """A request, and the code and the limit that it is refused with."""

    name: str
    code: str
    limit: str | None = None
    content: bytes = attrs.field(default=b"", repr=False)
    method: str = "POST"
    params: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    headers: Mapping[str, str] = PLAIN


def document(
    name: str, code: str, text: str, *, limit: str | None = None, variables: Mapping[str, Any] | None = None
) -> Hostile:
    """A document and its variables."""
    content = json.dumps({"query": text, "variables": variables}).encode()
    return Hostile(name=name, code=code, limit=limit, content=content)


def _excessive(name: str, limit: str, text: str, variables: Mapping[str, Any] | None = None) -> Hostile:
    return document(name, "QUERY_TOO_COMPLEX", text, limit=limit, variables=variables)


def _invalid(name: str, text: str) -> Hostile:
    return document(name, "GRAPHQL_VALIDATION_FAILED", text)


def _wrong(name: str, content: bytes, **headers: str) -> Hostile:
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    return Hostile(name=name, code="BAD_USER_INPUT", content=content, headers={**PLAIN, **given})


def chain(many: int, times: int, *, last: str = "slug") -> str:
    """Fragments each of which spreads the next several times."""
    links = (
        f"fragment F{number} on Merchant {{ {f'...F{number + 1} ' * times}}}" for number in range(many - 1)
    )
    return "{ merchant { ...F0 } } " + " ".join(links) + f" fragment F{many - 1} on Merchant {{ {last} }}"


def nested(levels: int) -> str:
    """Categories within categories, so that the innermost field is this deep."""
    return "{ categories " + "{ parent " * (levels - 2) + "{ id }" + " }" * (levels - 1)


def _overlapping(many: int) -> str:
    """Fragments that overlap with themselves: each doubles its two fields, which double the next."""
    links = (
        f"fragment F{n} on Category {{ parent {{ ...F{n + 1} ...F{n + 1} }} parent {{ ...F{n + 1} ...F{n + 1} }} }}"
        for n in range(many - 1)
    )
    return "{ categories { ...F0 } } " + " ".join(links) + f" fragment F{many - 1} on Category {{ id }}"


def _of_selections() -> Iterator[Hostile]:
    yield _excessive("repeats", "nodes", "{ merchant { " + "slug " * 1_000 + "} }")
    yield _excessive("repeats in one set", "selections", "{ merchant { " + "slug " * 400 + "} }")
    yield _excessive(
        "repeats in sets", "nodes", "{ merchant { " + ("... { " + "slug " * 90 + "} ") * 6 + "} }"
    )
    pairs = "{ merchant { " + "... { " + "slug " * 99 + "} ... { " + "slug " * 99 + "} } }"
    yield _excessive("one name two hundred times", "sameNames", pairs)
    levels = "{ " + ("merchant { " + "slug " * 80 + "} ") * 3 + "}"
    yield _excessive("one name below one name", "sameNames", levels)
    yield _excessive(
        "aliases", "aliases", "{ merchant { " + " ".join(f"a{n}: slug" for n in range(90)) + " } }"
    )
    yield _excessive(
        "aliases of roots", "rootFields", "{ " + " ".join(f"a{n}: brands {{ id }}" for n in range(25)) + " }"
    )
    yield _excessive(
        "roots in fragments",
        "rootFields",
        "{ ...R ...R } fragment R on Query { " + "brands { id } " * 6 + "}",
    )
    yield _excessive("directives", "directives", "{ merchant { slug " + "@include(if: true) " * 150 + "} }")
    yield _excessive(
        "ten thousand directives", "documentBytes", "{ merchant { slug " + "@a " * 10_000 + "} }"
    )
    yield _excessive(
        "directives of an operation", "directives", "query " + "@x " * 300 + "{ merchant { slug } }"
    )
    yield _excessive("depth", "depth", nested(20))
    yield _excessive("depth of braces", "braceDepth", nested(1_000))
    yield _excessive("braces without end", "braceDepth", "{" + "a{" * 5_000)
    yield _excessive("brackets without end", "braceDepth", "{ a(x: " + "[" * 10_000)
    yield _excessive("parentheses without end", "braceDepth", "{ a" + "(" * 10_000)
    yield _excessive("depth behind a text", "braceDepth", '{ a(x: "\\"") ' + "{ b " * 100 + "}" * 101)
    yield _excessive(
        "depth behind a block", "braceDepth", '{ a(x: """\\""" " """) ' + "{ b " * 100 + "}" * 101
    )
    yield _excessive("tokens", "tokens", "{ " + "x " * 4_000 + "}")
    yield _excessive("commas and tokens", "tokens", "{ " + "x,,,," * 2_000 + "}")
    yield _excessive("comments", "tokens", "#\n" * 5_000 + "{ merchant { slug } }")
    yield _excessive(
        "operations", "tokens", " ".join(f"query Q{n} {{ brands {{ id }} }}" for n in range(300))
    )
    yield _excessive(
        "many big operations",
        "nodes",
        " ".join(f"query Q{n} {{ brands {{ {'id ' * 50}}} }}" for n in range(10)),
    )
    yield _excessive("a big document", "documentBytes", "{ merchant { slug } } #" + "x" * 100_000)
    yield _excessive(
        "a big document of ideographs", "documentBytes", "{ merchant { slug } } #" + "货" * 6_000
    )
    yield _excessive("a big text", "documentBytes", '{ sku(code: "' + "x" * 50_000 + '") { id } }')


def _of_fragments() -> Iterator[Hostile]:
    yield _excessive("2^n fragments", "nodes", chain(100, 2))
    yield _excessive("3^n fragments", "nodes", chain(80, 3))
    yield _excessive("100^n fragments", "nodes", chain(5, 100))
    yield _excessive("4^n overlapping fragments", "nodes", _overlapping(25))
    yield _excessive("a cycle", "fragmentCycle", "{ merchant { ...A } } fragment A on Merchant { ...A }")
    cycle = (
        "{ merchant { ...A } } fragment A on Merchant { ...B } fragment B on Merchant { ... { ...A ...A } }"
    )
    yield _excessive("a cycle of two", "fragmentCycle", cycle)
    yield _excessive(
        "a cycle nobody spreads", "fragmentCycle", "{ brands { id } } fragment A on Brand { ...A }"
    )
    ring = " ".join(f"fragment F{n} on Merchant {{ ...F{(n + 1) % 140} }}" for n in range(140))
    yield _excessive("a cycle of many", "fragmentCycle", "{ merchant { ...F0 } } " + ring)
    unused = " ".join(f"fragment U{n} on Merchant {{ {'slug ' * 90}}}" for n in range(6))
    yield _excessive("fragments nobody spreads", "nodes", "{ brands { id } } " + unused)
    doubles = " ".join(f"fragment U on Merchant {{ {'slug ' * 90}}}" for n in range(6))
    yield _excessive("fragments of one name", "nodes", "{ merchant { ...U } } " + doubles)
    yield _invalid("a chain of fragments to nothing", chain(140, 1, last="nothing"))
    spreads = " ".join(f"...F{n}" for n in range(99))
    links = " ".join(f"fragment F{n} on Merchant {{ {'slugg' if n == 98 else 'slug'} }}" for n in range(99))
    yield _invalid("a hundred fragments, one of them wrong", f"{{ merchant {{ {spreads} }} }} {links}")
    yield _invalid("a fragment that is missing", "{ merchant { ...Missing } }")


def _of_rows() -> Iterator[Hostile]:
    rows = "{ products(first: 100) { nodes { skus { price { breaks { unitPrice { amount } } } } } } }"
    many = "{ " + " ".join(f"p{n}: {rows[2:-2]}" for n in range(5)) + " }"
    yield _excessive("objects", "objects", many)
    asked = "query ($n: Int) " + many.replace("100", "$n")
    yield _excessive("objects by variables", "objects", asked, {"n": 100})
    inner = "{ staff { customers(first: 100) { nodes { orders(first: 100) { nodes { lines { sku { id } } } } } } } }"
    yield _excessive("pages in pages", "objects", inner)
    product = " fragment P on Product { skus { price { breaks { unitPrice { amount } } } } }"
    ids = " ".join(f"n{n}: nodes(ids: $i) {{ ...P }}" for n in range(9))
    yield _excessive(
        "objects by ids", "objects", "query ($i: [ID!]!) { " + ids + " }" + product, {"i": ["x"] * 100}
    )
    types = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    yield _excessive("deep introspection", "objects", types)
    yield document(
        "introspection of a type",
        "FORBIDDEN",
        """{ __type(name: "Sku") {
        fields { type { fields { type { fields { name } } } } } } }""",
    )
    hidden = "{ ...A } fragment A on Query { ... { x: __schema { types { name } } } }"
    yield document("introspection in a fragment", "FORBIDDEN", hidden)
    standard = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    )
    yield document("introspection", "FORBIDDEN", standard)


def _of_values() -> Iterator[Hostile]:
    ask = "query ($x: ID!) { product(id: $x) { id } }"
    yield _excessive("deep variables", "jsonDepth", ask, {"x": json.loads("[" * 100 + "]" * 100)})
    deep = json.loads('{"a":' * 500 + "1" + "}" * 500)
    yield _excessive("deep objects", "jsonDepth", ask, {"x": deep})
    yield _excessive("long lists", "listItems", ask, {"x": [0] * 60_000})
    yield _excessive("long lists in lists", "listItems", ask, {"x": [[[0] * 60_000]]})
    yield _excessive("long lists of lines", "listItems", ask, {"lines": [{}] * 60_000})
    yield _excessive("long lists in a document", "listItems", "{ brands(x: [" + "1," * 1_150 + "]) { id } }")
    yield _excessive(
        "long lists in a default", "listItems", "query ($x: [Int] = [" + "1," * 1_100 + "]) { brands { id } }"
    )
    yield document(
        "too many ids",
        "BAD_USER_INPUT",
        "query ($x: [ID!]!) { nodes(ids: $x) { id } }",
        variables={"x": ["x"] * 101},
    )
    yield document("too many rows", "BAD_USER_INPUT", "{ products(first: 101) { nodes { id } } }")
    yield document("a billion rows", "BAD_USER_INPUT", "{ products(first: 1000000000) { nodes { id } } }")
    yield document("no rows", "BAD_USER_INPUT", "{ products(first: 0) { nodes { id } } }")
    yield document("rows below nothing", "BAD_USER_INPUT", "{ products(last: -1) { nodes { id } } }")
    yield _invalid("a huge integer", "{ products(first: " + "9" * 5_000 + ") { nodes { id } } }")
    yield _invalid("a huge float", "{ products(first: 1e400) { nodes { id } } }")
    page = "query ($n: Int) { products(first: $n) { nodes { id } } }"
    for name, number in (
        ("integer", "9" * 400),
        ("float", "1e400"),
        ("not a number", "NaN"),
        ("infinity", "-Infinity"),
    ):
        content = json.dumps({"query": page, "variables": {"n": "?"}}).replace('"?"', number)
        yield _wrong(f"{name} as a variable", content.encode())
    yield document("2^31", "BAD_USER_INPUT", page, variables={"n": 2**31})
    yield _wrong("a zero character", json.dumps({"query": ask, "variables": {"x": "a\0b"}}).encode())
    yield _invalid("a zero character in a document", '{ sku(code: "\\u0000") { id } }')
    yield document("a control character", "GRAPHQL_PARSE_FAILED", "{ brands \u0007 { id } }")
    yield document("a bidirectional override", "GRAPHQL_PARSE_FAILED", "{ brands \u202e { id } }")
    yield document(
        "a lone surrogate in a document", "GRAPHQL_PARSE_FAILED", '{ sku(code: "\\ud800") { id } }'
    )
    yield document("a text without end", "GRAPHQL_PARSE_FAILED", '{ sku(code: """' + "x" * 10_000)
    yield _excessive("texts without end", "tokens", '{ sku(code: """' + '"' * 10_000)
    yield document("backslashes without end", "GRAPHQL_PARSE_FAILED", '{ sku(code: "' + "\\" * 9_999)


def _of_mutations() -> Iterator[Hostile]:
    cancel = 'cancelOrder(input: {idempotencyKey: "x", orderId: "x"}) { errors { __typename } }'
    yield _excessive(
        "mutations", "mutations", "mutation { " + " ".join(f"m{n}: {cancel}" for n in range(5)) + " }"
    )
    yield _excessive(
        "mutations in a fragment",
        "mutations",
        "mutation { ...M } fragment M on Mutation { " + " ".join(f"m{n}: {cancel}" for n in range(5)) + " }",
    )
    place = 'placeOrder(input: {idempotencyKey: "x", paymentMethod: BANK_TRANSFER}) { errors { __typename } }'
    yield _excessive("orders", "sensitiveMutations", f"mutation {{ a: {place} b: {place} }}")
    yield _excessive(
        "an order behind another mutation", "sensitiveMutations", f"mutation {{ {cancel} {place} }}"
    )
    params = {"query": f"mutation {{ {cancel} }}"}
    yield Hostile(name="a mutation by GET", code="BAD_USER_INPUT", method="GET", params=params)
    deep = {"query": "{ brands { id } }", "variables": '{"x":' * 100 + "1" + "}" * 100}
    yield Hostile(
        name="deep variables by GET", code="QUERY_TOO_COMPLEX", limit="jsonDepth", method="GET", params=deep
    )


def _of_bodies() -> Iterator[Hostile]:
    ask = json.dumps({"query": "{ merchant { slug } }"}).encode()
    yield _wrong("a batch", b"[" + ask + b"]")
    yield _wrong("a batch of many", b"[" + b",".join([ask] * 1_000) + b"]")
    yield _wrong("a form", b"query=%7Bbrands%7Bid%7D%7D", content_type="application/x-www-form-urlencoded")
    parts = b'--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n' + ask + b"\r\n--x--\r\n"
    yield _wrong("parts", parts, content_type="multipart/form-data; boundary=x")
    yield _wrong("text", ask, content_type="text/plain")
    yield _wrong("compressed", gzip.compress(b" " * 10_000_000), content_encoding="gzip")
    yield _wrong("not UTF-8", b'{"query": "\xff\xfe\xc0\x80"}')
    yield _wrong("UTF-16", ask.decode().encode("utf-16"))
    yield _wrong("a surrogate", b'{"query": "{ a } #\\ud800"}')
    yield _wrong("nothing", b"")
    yield _wrong("openings", b"[" * 250_000)
    yield _wrong("texts", b'"' * 250_000)
    yield _wrong("backslashes", b'{"query": "' + b"\\" * 250_001)
    pairs = b'{"query": [' + b"[]," * 80_000 + b"]}"
    yield _wrong("pairs of brackets", pairs)
    yield Hostile(name="a big body", code=BIG, limit="bodyBytes", content=b" " * 300_000)
    announced = {**PLAIN, "content-length": "9" * 50}
    yield Hostile(name="a long announcement", code=BIG, limit="bodyBytes", content=ask, headers=announced)
    yield _wrong("a false announcement", ask[:-1], content_length="-1")
    yield _wrong("an announcement of nonsense", ask[:-1], content_length="abc")


def _of_names() -> Iterator[Hostile]:
    """Documents that are named by a hash."""
    missing = "PERSISTED_QUERY_NOT_FOUND"
    for number, (code, extension) in enumerate(
        (
            (missing, {"version": 1, "sha256Hash": "0" * 64}),
            ("BAD_USER_INPUT", {"version": 2, "sha256Hash": "0" * 64}),
            ("BAD_USER_INPUT", {"version": 1, "sha256Hash": "0" * 10_000}),
            ("BAD_USER_INPUT", {"version": 1, "sha256Hash": ["0" * 64]}),
            ("BAD_USER_INPUT", {"version": 1}),
            ("BAD_USER_INPUT", [1]),
        )
    ):
        content = json.dumps({"extensions": {"persistedQuery": extension}}).encode()
        yield Hostile(name=f"a hash, {number}", code=code, content=content)
    given = {"version": 1, "sha256Hash": "0" * 64}
    other = {"query": "{ brands { id } }", "extensions": {"persistedQuery": given}}
    yield _wrong("a hash of another document", json.dumps(other).encode())
    two = {"documentId": "sha256:" + "1" * 64, "extensions": {"persistedQuery": given}}
    yield _wrong("two hashes", json.dumps(two).encode())
    yield Hostile(name="a name", code=missing, method="GET", params={"documentId": f"sha256:{'0' * 64}"})
    yield _wrong("a name that is none", json.dumps({"documentId": "../../etc/passwd"}).encode())


def _of_suggestions() -> Iterator[Hostile]:
    yield _invalid("fishing for fields", "{ merchantt { slugg } productz { id } }")
    yield _invalid("fishing for types", '{ node(id: "x") { ... on Produkt { id } } }')
    yield _invalid("fishing for arguments", "{ products(firs: 1) { nodes { id } } }")
    yield _invalid("ninety errors", "{ merchant { " + " ".join(f"x{n}" for n in range(90)) + " } }")
    yield _invalid("a type system", "type Query { x: Int } query { brands { id } }")
    yield document("a subscription", "BAD_USER_INPUT", "subscription { x }")
    yield document("two operations", "BAD_USER_INPUT", "query A { brands { id } } query B { brands { id } }")


HOSTILE = (
    *_of_selections(),
    *_of_fragments(),
    *_of_rows(),
    *_of_values(),
    *_of_mutations(),
    *_of_bodies(),
    *_of_names(),
    *_of_suggestions(),
)
