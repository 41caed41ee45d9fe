"""However many rows there are, a document costs the same statements: made from the schema, for every list in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import attrs
import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from adapters.graphql.guard import Limits
from adapters.graphql.requires import _needs
from adapters.graphql.schema import schema
from application.authorization import Actor, Permission
from application.ports.groups import ProductVisibility
from domain.ownership import OwnerKind, Ownership
from domain.promotions import Scope
from domain.visibility import Visibility
from kit import builders as a
from kit import couponing
from kit.api import Api, open_api, ordered
from kit.companies import with_companies
from kit.promoting import less
from kit.specials import made as special_price
from kit.world import World, show

BOUNDLESS = Limits(
    document_bytes=10**6,
    tokens=10**5,
    nodes=10**5,
    depth=40,
    brace_depth=100,
    selections=10**4,
    same_names=10**6,
    objects=10**9,
)
Permissions = frozenset[Permission]
DEEP = 4
MOST = 12
"""What any document of a client may take (the contract for documents that clients are built with)."""
IDS = {"ids": "$ids", "id": "$id", "code": '"TEA-500"'}


@attrs.frozen
class Listed:
    """A list of the schema, and a document that asks for everything below it."""

    path: str
    document: str


def lists(*, to: str, by: Permissions) -> Iterator[Listed]:
    """Every list that can be reached from one of the roots, to a depth, by those who have these permissions."""
    query = schema._schema.query_type
    assert query is not None
    for name, declared in query.fields.items():
        if name not in ("node", "quote") and name in to.split():
            yield from _below(declared, name, (), DEEP, by)


def _open(declared: GraphQLField, by: Permissions) -> bool:
    return not _needs(declared).isdisjoint(by)


def _below(
    declared: GraphQLField, name: str, path: tuple[str, ...], depth: int, by: Permissions
) -> Iterator[Listed]:
    type_ = get_named_type(declared.type)
    here = (*path, f"{name}{_arguments(declared)}")
    if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) or depth == 0:
        return
    if isinstance(get_nullable_type(declared.type), GraphQLList) or _is_connection(type_):
        inner = "... on Product" if name == "nodes" and not path else ""
        shown = schema._schema.type_map["Product"] if inner else type_
        selection = _everything(shown, DEEP, by)
        body = f"{{ {inner} {selection} }}" if inner else selection
        yield Listed(" ".join(here), _wrapped(here, body))
    for inner_name, inner_declared in type_.fields.items():
        if inner_name not in path and _required(inner_declared) <= IDS.keys() and _open(inner_declared, by):
            yield from _below(inner_declared, inner_name, here, depth - 1, by)


def _wrapped(path: tuple[str, ...], selection: str) -> str:
    text = selection
    for name in reversed(path):
        text = f"{{ {name} {text} }}"
    variables = [f"${one}: {kind}" for one, kind in (("ids", "[ID!]!"), ("id", "ID!")) if f"${one})" in text]
    return f"query {'(' + ', '.join(variables) + ')' if variables else ''} {text}"


def _everything(type_: GraphQLNamedType, depth: int, by: Permissions) -> str:
    """Everything of a type that is open."""
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    parts = []
    for name, below in type_.fields.items():
        if _required(below) - IDS.keys() or not _open(below, by):
            continue
        if is_leaf_type(get_named_type(below.type)):
            parts.append(name)
        elif depth > 0 and not (_is_connection(type_) and name == "edges"):
            parts.append(
                f"{name}{_arguments(below)} {_everything(get_named_type(below.type), depth - 1, by)}"
            )
    return "{ " + " ".join(parts) + " }"


def _arguments(declared: GraphQLField) -> str:
    given = [f"{one}: {IDS[one]}" for one in sorted(_required(declared))]
    if "code" in declared.args and not given:
        given = [f"code: {IDS['code']}"]
    if "first" in declared.args:
        given.append("first: 100")
    return f"({', '.join(given)})" if given else ""


def _required(declared: GraphQLField) -> set[str]:
    return {name for name, one in declared.args.items() if isinstance(one.type, GraphQLNonNull)}


def _is_connection(type_: object) -> bool:
    return isinstance(type_, GraphQLObjectType) and type_.name.endswith("Connection")


def grow(world: World) -> None:
    """Five times as much of everything that lists have."""
    shop, ids = world.shop, world.ids
    tier = shop.tiers["vip"]
    customers = [a.customer(ids, tier=tier, name=f"新客户 {at}", addresses=2) for at in range(15)]
    buyers = [a.buyer(ids, customer=one) for one in customers for _ in range(3)]
    buyers += [a.buyer(ids, customer=shop.customers["vip"]) for _ in range(9)]
    people = [a.staff(ids) for _ in range(20)]
    drinks = [a.category(ids, name=f"分类 {at}", below=shop.categories["tea"]) for at in range(10)]
    brands = [a.brand(ids, name=f"品牌 {at}") for at in range(10)]
    goods = [
        a.product(
            ids,
            name=f"商品 {at}",
            position=at,
            category=drinks[at % 10],
            brand=brands[at % 10],
            skus=[a.sku(ids, code=f"NEW-{at}-{each}") for each in range(3)],
        )
        for at in range(30)
    ]
    there = [a.stock_item(one.skus[0], shop.warehouses["main"], on_hand=9) for one in goods]
    lines = [a.order_line(one) for one in goods[:9]]
    branches = [
        a.customer(ids, tier=tier, name=f"新分店 {at}", parent=shop.customers["headquarters"])
        for at in range(9)
    ]
    owned = [
        Ownership(
            customer_id=one.id,
            kind=OwnerKind.SALES_REP,
            since=world.clock.now() + timedelta(days=day),
            owner_id=shop.staff["rep"].id,
        )
        for one in branches
        for day in range(3)
    ]
    buyers += [a.buyer(ids, customer=one) for one in branches]
    orders = [
        a.as_stored(a.order(ids, buyer=buyer, lines=lines), number=1000 + 3 * at + each)
        for at, buyer in enumerate([*buyers, *shop.buyers.values()])
        for each in range(3)
    ]
    invitations = [
        a.invitation(ids, code=f"BBBBBBBB{at:02}".replace("0", "Z").replace("1", "Y")) for at in range(20, 30)
    ]
    cases = [a.verification(one, details=a.company_details()) for one in customers]
    with world.database.unit_of_work(shop.clerk) as storage:
        storage.trail.note(*(a.trail_note(about=one.id) for one in orders))
        for _ in range(20):
            storage.promotions.add(less(("1", "1")), at=a.NOON)
    groups = [a.group(ids, name=f"区域 {at}", below=shop.groups["jiangsu"]) for at in range(10)]
    world.add(
        people,
        customers,
        branches,
        owned,
        buyers,
        drinks,
        brands,
        goods,
        there,
        [a.opening(ids, one) for one in there],
        orders,
        groups,
        [a.membership(group, one) for one in customers for group in groups],
        [a.tags(one, "新客", "现结", "连锁") for one in customers],
        [
            ProductVisibility(
                product_id=one.id,
                visibility=Visibility(
                    restricted=True,
                    shown_to=frozenset({tier.id, *(group.id for group in groups)}),
                    hidden_from=frozenset(customer.id for customer in customers),
                ),
            )
            for one in goods
        ],
    )
    world.add(invitations, cases)
    templates = [couponing.template(ids, audience=[tier.id], each=None) for _ in range(10)]
    world.add(
        templates,
        [
            couponing.coupon(ids, one, shop.customers[name], number=2 * at + which)
            for at, one in enumerate(templates)
            for which, name in enumerate(("vip", "regular"))
        ],
    )


def restricted(world: World) -> None:
    """A product that is shown to somebody of every kind, and hidden from others."""
    shop = world.shop
    deep = a.group(world.ids, name="苏州", below=shop.groups["jiangsu"])
    world.add([deep], [a.membership(deep, shop.customers["regular"])])
    show(
        world,
        "nuts",
        Visibility(
            restricted=True,
            shown_to=frozenset({shop.tiers["vip"].id, deep.id, shop.customers["vip"].id}),
            hidden_from=frozenset({shop.customers["regular"].id, shop.groups["chains"].id}),
        ),
    )


OF_STAFF = list(
    lists(
        to="products categories brands nodes product sku merchant staff",
        by=frozenset(Permission) - {Permission.PLACE_ORDERS},
    )
)
OF_BUYERS = list(
    lists(
        to="products me coupons claimableCoupons",
        by=frozenset(
            {Permission.BROWSE, Permission.VIEW_ACCOUNT, Permission.VIEW_ORDERS, Permission.PLACE_ORDERS}
        ),
    )
)


@pytest.fixture(params=["sqlite"])
def storage_name(request: pytest.FixtureRequest) -> str:
    """A database that counts; the readers are the same on the other."""
    name: str = request.param
    return name


class TestStatements:
    def test_it_is_asked_of_every_list(self) -> None:
        paths = {one.path for one in (*OF_STAFF, *OF_BUYERS)}
        for path in (
            "products(first: 100)",
            "products(first: 100) nodes skus",
            "products(first: 100) nodes promotions",
            "nodes(ids: $ids)",
            "staff orders(first: 100) nodes lines",
            "staff customers(first: 100) nodes orders(first: 100)",
            "staff stock(first: 100)",
            "staff people(first: 100)",
            "staff customers(first: 100) nodes buyers",
            "staff trail(first: 100)",
            "staff trail(first: 100) nodes facts",
            "staff groups",
            "staff customers(first: 100) nodes groupHistory",
            "products(first: 100) nodes visibility shownTo",
            "staff invitations(first: 100)",
            "staff verifications(first: 100)",
            "staff verifications(first: 100) nodes steps",
            "me customer verification steps",
            "me customer orders(first: 100)",
            "me customer addresses",
            "me customer buyers",
            "me customer branches(first: 100)",
            "staff customers(first: 100) nodes ownerships",
            "categories",
            "staff couponTemplates(first: 100)",
            "staff coupons(first: 100)",
            "coupons(first: 100)",
            "claimableCoupons(first: 100)",
        ):
            assert path in paths

    async def test_it_takes_the_same_number_however_many_rows_there_are(self, world: World) -> None:
        world = with_companies(world)
        for name in ("vip", "regular", "north", "south", "headquarters"):
            ordered(world, name)
        own = partial(
            world.use.set_customer_owner, actor=world.shop.clerk, customer_id=world.shop.customers["north"].id
        )
        own(kind=OwnerKind.SALES_REP, owner_id=world.shop.staff["rep"].id)
        own(kind=OwnerKind.AGENT, owner_id=world.shop.customers["agent"].id)
        restricted(world)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            scope = Scope(product_ids=frozenset({world.shop.products["nuts"].id}))
            storage.promotions.add(less(("1", "1"), scope=scope), at=a.NOON)
            storage.promotions.add(less(("1", "1")), at=a.NOON)
        world.add(
            [a.invitation(world.ids)],
            # One of those the goods are shown to and one of those they are hidden from, so that both have steps.
            [
                a.verification(world.shop.customers[name], details=a.company_details())
                for name in ("vip", "regular")
            ],
        )
        async with open_api(world, limits=BOUNDLESS) as api:
            asked = [
                *((one, world.shop.clerk) for one in OF_STAFF),
                *((one, world.shop.buyer("vip")) for one in OF_BUYERS),
                *((one, world.shop.buyer("headquarters")) for one in OF_BUYERS),
            ]
            few = [await statements(api, one, actor) for one, actor in asked]
            grow(world)
            many = [await statements(api, one, actor) for one, actor in asked]
        told = {
            (one.path, actor.name): (before, after)
            for (one, actor), before, after in zip(asked, few, many, strict=True)
        }
        print(f"\n{len(told)} lists, at most {max(many)} statements for everything {DEEP} levels below one")
        assert {path: counts for path, counts in told.items() if counts[1] > counts[0]} == {}

    async def test_it_takes_few_for_what_clients_ask(self, world: World) -> None:
        documents = (
            """{ products(first: 100) { nodes { skus { code price { unitPrice { amount } } stock { status }
              product { category { parent { parent { name } } } } } } totalCount } }""",
            """{ me { customer { branches { nodes { name orders(first: 3, filter: { branches: true }) { totalCount
              nodes { number placedBy { name } } } branches { nodes { name } totalCount } parent { name } } } } } }""",
            """{ me { customer { addresses { id } a: orders { nodes { lines { sku { product { name } } } } }
              b: orders(filter: { status: CONFIRMED }) { totalCount } } } }""",
        )
        async with open_api(with_companies(world), limits=BOUNDLESS) as api:
            for document in documents:
                spent = await statements(api, Listed("", document), api.world.shop.buyer("headquarters"))
                assert spent <= MOST


async def test_special_prices_take_one_for_all_goods_of_an_answer(world: World) -> None:
    shop, goods = world.shop, "{ products(first: 50) { nodes { skus { price { unitPrice { amount } } } } } }"

    async with open_api(world, limits=BOUNDLESS) as api:

        async def spent() -> int:
            return await statements(api, Listed("", goods), shop.buyer())

        without = await spent()
        made = [special_price(world, "0.5", shop.sku("TEA-500"), stock=5)]
        one = await spent()
        skus = [shop.sku(code) for code in ("TEA-500", "NUTS", "RICE", "WATER-550")]
        made += [special_price(world, "0.1", sku) for sku in skus for _ in range(3)]
        many = await spent()
        for special in made:
            world.use.end_special_price(actor=shop.clerk, special_price_id=special.id)
        assert (one, many, await spent()) == (without + 1, without + 1, without)


async def statements(api: Api, one: Listed, actor: Actor) -> int:
    """Count the statements that a document takes."""
    shop = api.world.shop
    variables = {
        name: value
        for name, value in (
            ("ids", [product.id for product in shop.products.values()]),
            ("id", shop.products["tea"].id),
        )
        if f"${name})" in one.document
    }
    before = api.world.database.statements
    answered = await api.ask(one.document, variables, actor=actor)
    assert answered.data, one.path
    return api.world.database.statements - before
