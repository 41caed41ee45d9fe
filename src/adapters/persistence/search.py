"""The search for goods in tables: their words, and an index of how everything in them begins.

What decides is the words (`wording.py` says how); the tokens only tell where to look. A text that leads to few products
is looked up by its tokens. One that leads to many is found soon by looking through the goods in the order of the list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

import attrs
from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from adapters.persistence.catalog import products, skus
from adapters.persistence.own_names import customer_names
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Ask, Reader, Row, Statement, any_of
from adapters.persistence.tables import Words, belongs_to, tenant_table
from adapters.persistence.wording import Sought, Wording, beyond
from application.authorization import Actor
from domain.catalog import Product
from domain.identity import MerchantId, ProductId

FEW = 600
"""So many products are looked at one by one; where there are more, the list itself is looked through."""
_MOST = 3_000
"""So many are read from the index for one token; one that leads to more tells nothing."""
_MOST_ROWS = 1_000
"""Nor does one that begins so many rows, whatever is in them."""
_ENOUGH = 50
"""Where there are so few, no further token is worth asking for."""
_AT_ONCE = 50_000
"""So many rows are loaded by one statement, which has a minute for it."""
_TOGETHER = 28
"""So many ids fit in a row without being stored apart from it."""

product_words = tenant_table(
    "product_words",
    Column("product_id", Words, nullable=False),
    Column("written", Words, nullable=False),
    Column("spelt", Words, nullable=False),
    belongs_to("products", "product_id"),
    key=("product_id",),
)

product_tokens = tenant_table(
    "product_tokens",
    Column("token", Words, nullable=False),
    Column("first_id", Words, nullable=False),
    Column("product_ids", Words, nullable=False),
    Column("many", Integer, nullable=False),
    key=("token", "first_id"),
    checked=False,
)
"""Products by what begins in their words; those stored together share rows, each named after its first product.

A product has some sixty tokens. A row for each, with a reference that is checked, took ten times as long to write. What
a product was found by once stays: it costs a look, and finds nothing.
"""

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_WORDS = Statement(
    select(product_words.c.product_id, product_words.c.written, product_words.c.spelt).where(
        product_words.c.merchant_id == _MERCHANT, any_of(product_words.c.product_id, "product_ids")
    )
)
_ROWS = (
    select(
        product_tokens.c.product_ids,
        product_tokens.c.many,
        product_tokens.c.token,
        product_tokens.c.first_id,
    )
    .where(
        product_tokens.c.merchant_id == _MERCHANT,
        product_tokens.c.token >= bindparam("token"),
        product_tokens.c.token < bindparam("beyond"),
    )
    .order_by(product_tokens.c.token, product_tokens.c.first_id)
    .limit(_MOST_ROWS)
    .subquery()
)
_COUNTED = select(
    _ROWS.c.product_ids,
    _ROWS.c.many,
    (func.sum(_ROWS.c.many).over(order_by=(_ROWS.c.token, _ROWS.c.first_id)) - _ROWS.c.many).label("before"),
).subquery()
_BEGINNING = Statement(
    select(_COUNTED.c.product_ids, _COUNTED.c.many).where(_COUNTED.c.before < bindparam("most"))
)
"""The rows of one beginning, no more of them than it takes to see that they are too many."""


def add_words(session: Session, merchant_id: MerchantId, many: Iterable[Product]) -> None:
    """Write down what new products are found by."""
    found = {product.id: Wording.of(product) for product in many}
    session.load(product_words, (_row(merchant_id, id, wording) for id, wording in found.items()))
    rows = token_rows(merchant_id, found)
    while some := list(islice(rows, _AT_ONCE)):
        session.load(product_tokens, some)


def replace_words(session: Session, merchant_id: MerchantId, many: Collection[Product]) -> None:
    """Write down what products are found by now, new ones or not."""
    asked = {"merchant_id": merchant_id, "product_ids": [product.id for product in many]}
    before = {id: Wording(written, spelt) for id, written, spelt in session.all(_WORDS, asked)}
    now = {product.id: Wording.of(product) for product in many}
    changed = {id: wording for id, wording in now.items() if wording != before.get(id)}
    session.replace(product_words, (_row(merchant_id, id, wording) for id, wording in changed.items()))
    nothing = Wording("", "")
    added = sorted(
        (token, id)
        for id, wording in changed.items()
        for token in {*wording.tokens}.difference(before.get(id, nothing).tokens)
    )
    # A row that is named after the product has the product in it.
    session.insert_missing(product_tokens, ((merchant_id, token, id, id, 1) for token, id in added))


def token_rows(merchant_id: str, many: Mapping[ProductId, Wording]) -> Iterator[Row]:
    """The rows of the index for new products, in its own order, in which they are written fastest."""
    of_token: dict[str, list[str]] = {}
    for id in sorted(many):
        for token in many[id].tokens:
            of_token.setdefault(token, []).append(id)
    for token, ids in sorted(of_token.items()):
        for at in range(0, len(ids), _TOGETHER):
            some = ids[at : at + _TOGETHER]
            yield (merchant_id, token, some[0], " ".join(some), len(some))


def _row(merchant_id: str, id: str, wording: Wording) -> Row:
    return (merchant_id, id, wording.written, wording.spelt)


@attrs.frozen
class Found:
    """How a text is looked for, whatever it is; a part of a statement's shape."""

    few: bool
    """Whether it is known which goods come into question."""
    spelt: bool
    named: bool = False
    """Whether there are goods that the company calls so itself."""

    @property
    def condition(self) -> ColumnElement[bool]:
        """Keep the products that the text finds."""
        of_product = (
            product_words.c.merchant_id == products.c.merchant_id,
            product_words.c.merchant_id == _MERCHANT,
            product_words.c.product_id == products.c.id,
        )
        finds = _finds(product_words.c.written, product_words.c.spelt, spelt=self.spelt)
        said: ColumnElement[bool] = exists().where(*of_product, finds)
        if self.named:
            said = or_(said, any_of(products.c.id, "named"))
        return and_(any_of(products.c.id, "candidates"), said) if self.few else said


def _finds(written: ColumnElement[Any], read: ColumnElement[Any], *, spelt: bool) -> ColumnElement[bool]:
    """Keep what is written or read so."""
    finds: ColumnElement[bool] = Has(written, "written")
    return or_(finds, and_(Has(read, "head"), Has(read, "spelt"))) if spelt else finds


@cache
def _called(*, spelt: bool) -> Statement:
    """The products of which the company has a name of its own that the text finds."""
    of_name = and_(skus.c.merchant_id == customer_names.c.merchant_id, skus.c.id == customer_names.c.sku_id)
    return Statement(
        select(skus.c.product_id)
        .select_from(customer_names.join(skus, of_name))
        .where(
            customer_names.c.merchant_id == _MERCHANT,
            customer_names.c.customer_id == bindparam("customer_id"),
            skus.c.for_sale == true(),
            _finds(customer_names.c.name, customer_names.c.spelt, spelt=spelt),
        )
        .distinct()
    )


def look_up(actor: Actor, sought: Sought) -> Reader[tuple[Found, dict[str, Any]]]:
    """Find out how to look for something: the shape of the condition, and its parameters."""
    merchant_id = actor.merchant_id
    given: dict[str, Any] = {"written": sought.written}
    if sought.spelt is not None:
        given |= {"spelt": sought.spelt, "head": sought.head}
    named: set[str] = set()
    if actor.customer_id is not None:
        asked = {**given, "merchant_id": merchant_id, "customer_id": actor.customer_id}
        named = {id for (id,) in (yield Ask(_called(spelt=sought.spelt is not None), asked))}
        given["named"] = sorted(named)
    candidates = yield from _candidates(merchant_id, sought)
    if candidates is not None:
        given["candidates"] = sorted(candidates | named)
    return Found(few=candidates is not None, spelt=sought.spelt is not None, named=bool(named)), given


def _candidates(merchant_id: MerchantId, sought: Sought) -> Reader[set[str] | None]:
    """The products among which all are that the text finds; None where they are many."""
    if not sought.ways:
        return None
    found: set[str] = set()
    for way in sought.ways:
        of_way: set[str] | None = None
        for token in way:
            some = yield from _led_to(merchant_id, token)
            if some is not None:
                of_way = some if of_way is None else of_way & some
            if of_way is not None and len(of_way) <= _ENOUGH:
                break
        if of_way is None:
            return None
        found |= of_way
    return found if len(found) <= FEW else None


def _led_to(merchant_id: MerchantId, token: str) -> Reader[set[str] | None]:
    """The products that a beginning leads to; None where they are too many to tell."""
    asked = {"merchant_id": merchant_id, "token": token, "beyond": beyond(token), "most": _MOST + 1}
    rows = yield Ask(_BEGINNING, asked)
    if len(rows) == _MOST_ROWS or sum(many for _, many in rows) > _MOST:
        return None
    return {id for ids, _ in rows for id in ids.split()}


class Has(ColumnElement[bool]):
    """Whether the parameter is a part of the column, exactly as it is."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], parameter: str) -> None:
        self.column = column
        self.part = bindparam(parameter, type_=Text())


@compiles(Has, "postgresql")
def _has_on_postgres(element: Has, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"strpos({_inside(element, compiler, kwargs)}) > 0"


@compiles(Has, "sqlite")
def _has_on_sqlite(element: Has, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"instr({_inside(element, compiler, kwargs)}) > 0"


def _inside(element: Has, compiler: SQLCompiler, kwargs: dict[str, Any]) -> str:
    return f"{compiler.process(element.column, **kwargs)}, {compiler.process(element.part, **kwargs)}"
