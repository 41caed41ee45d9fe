"""What is not shown to somebody does not exist for them, on any path; who sees what is as the domain decides."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest
from graphql import GraphQLNonNull
from hypothesis import given
from hypothesis import strategies as st

from adapters.graphql.guard import Limits
from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor, ActorKind
from application.ports.groups import ProductVisibility
from application.views.catalog import (
    EVERYTHING,
    ProductCard,
    ProductFilter,
    ProductSort,
    ProductWant,
    SkuWant,
)
from application.views.pages import Slice, Window
from domain.catalog import Product, UnknownSku
from domain.errors import Refused
from domain.identity import AudienceId, ProductId
from domain.quoting import Basket, BasketLine
from domain.visibility import NOBODY, Audience, Visibility
from kit import builders as a
from kit.api import Api, line, open_api, ordered
from kit.fuzz.picking import allows
from kit.paging import Page, walk
from kit.strategies import few
from kit.walls.asking import BUILT, Asker, Question, root_fields, written
from kit.world import Shop, World, furnish_shop, show

pytestmark = pytest.mark.usefixtures("reading")

ALL = Window(size=100)
WHOLE = ProductWant(skus=SkuWant(price=True, stock=True, product=ProductWant()))
NAMES = ("regular", "vip", "strategic", "contract")
BOUNDLESS = Limits(
    document_bytes=10**6,
    tokens=10**5,
    nodes=10**5,
    depth=50,
    brace_depth=90,
    selections=10**4,
    same_names=10**7,
    objects=10**9,
    aliases=10**4,
)
NOBODY_SEES = Visibility(restricted=True)


async def found(world: World, actor: Actor) -> Actor:
    """The actor as the directory finds them now."""
    if actor.kind is ActorKind.GUEST:
        return await world.database.directory.guest(slug=actor.merchant.slug)
    return await world.database.directory.actor(a.claims(actor), at=world.clock.now())


async def everybody(world: World) -> Mapping[str, Actor]:
    """A guest and a buyer of each company, as they are found now."""
    shop = world.shop
    who = {"guest": shop.guest, **{name: shop.buyer(name) for name in NAMES}}
    return {name: await found(world, actor) for name, actor in who.items()}


def audience(shop: Shop, name: str) -> Audience:
    """What somebody goes by, as the world was furnished."""
    if name == "guest":
        return NOBODY
    company = shop.customers[name]
    groups = {group.id: group for group in shop.groups.values()}
    lines = [groups[one.group_id].line for one in shop.memberships if one.customer_id == company.id]
    return Audience.of(
        customer_id=company.id, tier_id=company.tier_id, group_ids=[id for way in lines for id in way]
    )


PEOPLE = (
    *(("groups", name) for name in ("east", "jiangsu", "west", "chains")),
    *(("tiers", name) for name in ("regular", "vip", "strategic")),
    *(("customers", name) for name in NAMES),
)
PRODUCTS = ("tea", "water", "rice", "nuts", "cup", "gone")
Rule = tuple[bool, frozenset[tuple[str, str]], frozenset[tuple[str, str]]]
"""Whether a product is restricted, to whom it is shown and from whom it is hidden, by what they are called here."""
some = st.frozensets(st.sampled_from(PEOPLE), max_size=3)
RULES = st.fixed_dictionaries({name: st.tuples(st.booleans(), some, some) for name in PRODUCTS})


def visibility(shop: Shop, rule: Rule) -> Visibility:
    """The rule as the shop has it."""
    restricted, shown, hidden = rule
    shown_to, hidden_from = (
        frozenset[AudienceId](getattr(shop, kind)[name].id for kind, name in named)
        for named in (shown - hidden if restricted else frozenset(), hidden)
    )
    return Visibility(restricted=restricted, shown_to=shown_to, hidden_from=hidden_from)


class TestWhoSeesWhat:
    @few
    @given(drawn=RULES, size=st.integers(1, 4), backwards=st.booleans())
    async def test_it_is_as_the_domain_decides(
        self, world: World, drawn: dict[str, Rule], size: int, backwards: bool
    ) -> None:
        shop = world.shop
        rules = {name: visibility(shop, rule) for name, rule in drawn.items()}
        with world.database.unit_of_work(shop.clerk) as storage:
            storage.visibilities.set(
                ProductVisibility(product_id=shop.products[name].id, visibility=rule)
                for name, rule in rules.items()
            )
        for who, actor in (await everybody(world)).items():
            expected = {
                shop.products[name].id
                for name, rule in rules.items()
                if rule.verdict(audience(shop, who)).visible
            }
            assert await seen(world, actor) == expected, who
            pages = await walk(listing(world, actor), sizes=[size], backwards=backwards)
            listed = [edge.node.id for edge in pages]
            for_sale = [one for one in _in_order(shop) if one.for_sale]
            assert listed == [one.id for one in for_sale if one.id in expected]
        for actor in (shop.clerk, shop.operator):
            assert await seen(world, actor) == {one.id for one in shop.products.values()}

    @pytest.mark.parametrize("group", ["east", "jiangsu"])
    async def test_groups_count_with_those_above(self, world: World, group: str) -> None:
        show(world, "tea", Visibility(restricted=True, shown_to=frozenset({world.shop.groups[group].id})))
        tea = world.shop.products["tea"].id
        sees = {name for name, actor in (await everybody(world)).items() if tea in await seen(world, actor)}
        assert sees == {"regular"}

    async def test_it_follows_who_is_in_a_group_now(self, world: World) -> None:
        shop, tea = world.shop, world.shop.products["tea"].id
        west, vip = shop.groups["west"].id, shop.customers["vip"].id
        show(world, "tea", Visibility(restricted=True, shown_to=frozenset({west})))
        assert tea in await seen(world, await found(world, shop.buyer("vip")))
        with world.database.unit_of_work(shop.clerk) as storage:
            storage.groups.take_out(west, [vip], at=a.NOON)
        assert tea not in await seen(world, await found(world, shop.buyer("vip")))

    async def test_the_other_merchants_rules_are_not_ours(self, world: World) -> None:
        show(world, "tea", NOBODY_SEES, shop=world.other)
        for actor in (await everybody(world)).values():
            assert world.shop.products["tea"].id in await seen(world, actor)
            assert not actor.merchant.restricts_goods


def _in_order(shop: Shop) -> list[Product]:
    return sorted(shop.products.values(), key=lambda one: (one.position, one.id))


def listing(
    world: World, actor: Actor, *, filter: ProductFilter = EVERYTHING, count: bool = False
) -> Page[ProductCard]:
    async def page(window: Window) -> Slice[ProductCard]:
        return await world.views(actor).catalog.products(
            window=window, filter=filter, sort=ProductSort.POSITION, want=WHOLE, count=count
        )

    return page


async def seen(world: World, actor: Actor) -> set[ProductId]:
    """Which products there are for somebody: on every way the same, for sale or not."""
    catalog, shop = world.views(actor).catalog, world.shop
    by_id = await catalog.products_by_id([one.id for one in shop.products.values()], want=WHOLE)
    skus = [sku for product in shop.products.values() for sku in product.skus]
    of_skus = await catalog.skus_by_id([sku.id for sku in skus], want=SkuWant())
    with world.database.unit_of_work.reading(actor) as storage:
        by_ids = storage.products.listings(ids=[sku.id for sku in skus])
        by_codes = storage.products.listings(codes=[sku.code for sku in skus])
    ways = [
        {*by_id},
        {card.product_id for card in of_skus.values()},
        {one.product_id for one in by_ids},
        {one.product_id for one in by_codes},
        {
            card.product_id
            for sku in skus
            if (card := await catalog.find_sku(code=sku.code, barcode=None, want=SkuWant()))
        },
    ]
    assert all(way == ways[0] for way in ways)
    page = await listing(world, actor, count=True)(ALL)
    for_sale = {one.id for one in shop.products.values() if one.for_sale}
    assert {edge.node.id for edge in page.edges} == ways[0] & for_sale
    assert page.total == len(page.edges)
    return ways[0]


class TestFilters:
    async def test_nothing_hidden_is_found_or_counted(self, world: World) -> None:
        shop = world.shop
        show(world, "tea", NOBODY_SEES)
        buyer = await found(world, shop.buyer())
        for filter in (
            ProductFilter(category=shop.categories["tea"].id),
            ProductFilter(text="柠檬茶"),
            ProductFilter(text="nmc"),
            ProductFilter(text="TEA-500"),
            ProductFilter(text="6901234567892"),
        ):
            page = await listing(world, buyer, filter=filter, count=True)(ALL)
            assert (page.edges, page.total) == ((), 0), filter
            assert len((await listing(world, shop.clerk, filter=filter)(ALL)).edges) == 1
        page = await listing(world, buyer, filter=ProductFilter(brand=shop.brands["spring"].id))(ALL)
        assert [edge.node.name for edge in page.edges] == ["天然水"]
        for in_stock in (True, False):
            page = await listing(world, buyer, filter=ProductFilter(in_stock=in_stock))(ALL)
            assert "柠檬茶" not in {edge.node.name for edge in page.edges}

    async def test_a_barcode_finds_the_first_that_is_shown(self, world: World) -> None:
        shared = a.sku(world.ids, code="ZZZ", barcode="6901234567892")
        product = a.product(world.ids, name="同码", skus=[shared])
        world.add([product])
        show(world, "tea", NOBODY_SEES)
        for actor, code in ((world.shop.buyer(), "ZZZ"), (world.shop.clerk, "TEA-500")):
            catalog = world.views(await found(world, actor)).catalog
            card = await catalog.find_sku(code=None, barcode="6901234567892", want=SkuWant())
            assert card is not None and card.code == code


class TestOrders:
    async def test_what_is_hidden_is_refused_as_what_is_not_there(self, world: World) -> None:
        shop = world.shop
        show(world, "tea", NOBODY_SEES)
        buyer = await found(world, shop.buyer())
        baskets = [
            a.basket((shop.sku("TEA-500"), 1)),
            Basket((BasketLine(sku_code=shop.sku("TEA-500").code, quantity=Decimal(1)),)),
        ]
        for basket, reference in zip(baskets, (shop.sku("TEA-500").id, "TEA-500"), strict=True):
            quote = world.use.quote_basket(actor=buyer, basket=basket)
            assert quote.refusals == (UnknownSku(reference, 0),)
            with pytest.raises(Refused) as refusal:
                world.use.place_order(actor=buyer, key=a.key(reference), basket=basket, wishes=a.wishes())
            assert refusal.value.refusals == (UnknownSku(reference, 0),)

    async def test_a_line_keeps_what_it_was_and_shows_no_more(self, world: World) -> None:
        shop = world.shop
        ordered(world, "regular")
        show(world, "tea", Visibility(hidden_from=frozenset({shop.customers["regular"].id})))
        document = """{ me { customer { orders { nodes { total { amount } lineCount lines {
            skuCode skuName quantity total { amount } skuHidden sku { id code name product { id } stock { status } }
        } } } } } }"""
        heads = document.replace("product { id } stock { status }", "")
        async with open_api(world) as api:
            for asked in (document, heads):
                for actor, hidden in ((shop.buyer(), True), (shop.buyer("vip"), None)):
                    data = (await api.ask(asked, actor=actor)).data
                    orders = data["me"]["customer"]["orders"]["nodes"]
                    if hidden is None:
                        assert orders == []
                        continue
                    [order] = orders
                    tea, nuts = order["lines"]
                    assert (tea["skuCode"], tea["skuName"]) == ("TEA-500", "柠檬茶 500ml")
                    assert (tea["sku"], tea["skuHidden"]) == (None, "NOT_OFFERED")
                    assert (nuts["sku"]["code"], nuts["skuHidden"]) == ("NUTS", None)
                    assert Decimal(tea["total"]["amount"]) > 0 and order["lineCount"] == 2
            staff = await api.ask(
                "{ staff { orders { nodes { lines { skuHidden sku { code } } } } } }", actor=shop.clerk
            )
            assert [one["sku"]["code"] for one in staff.data["staff"]["orders"]["nodes"][0]["lines"]] == [
                "TEA-500",
                "NUTS",
            ]

    async def test_a_refusal_of_before_is_told_without_the_sku(self, world: World) -> None:
        shop = world.shop
        document = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id } errors {
            __typename ... on InsufficientStock { sku { code } available } } } }"""
        asked = {
            "input": {
                "idempotencyKey": "k",
                "paymentMethod": "BANK_TRANSFER",
                "lines": [line("TEA-500", "999")],
            }
        }
        async with open_api(world) as api:
            for code in ({"code": "TEA-500"}, None):
                told = (await api.ask(document, asked, actor=shop.buyer())).data["placeOrder"]
                assert told["errors"] == [
                    {"__typename": "InsufficientStock", "sku": code, "available": "360"}
                ]
                show(world, "tea", NOBODY_SEES)


def _without(shop: Shop, name: str) -> Shop:
    """A shop in which the product of this name never was."""
    gone = shop.products[name]
    ids, codes = {sku.id for sku in gone.skus}, {str(sku.code) for sku in gone.skus}
    return attrs.evolve(
        shop,
        products={key: one for key, one in shop.products.items() if one.id != gone.id},
        ladders={key: one for key, one in shop.ladders.items() if key[1] not in ids},
        on_hand={key: one for key, one in shop.on_hand.items() if key[0] not in codes},
    )


def twin_without(world: World, name: str) -> World:
    """The world as it would be had the product never been."""
    database, ids = MemoryDatabase(), a.SeededIds(0)
    shop = furnish_shop(
        database, ids, slug="shanquan", name="山泉食品", changed=lambda one: _without(one, name)
    )
    assert shop.merchant == world.shop.merchant
    other = furnish_shop(database, ids, slug="haiyun", name="海韵百货")
    return World(database=database, clock=a.FixedClock(), ids=a.SeededIds(1), shop=shop, other=other)


def naming(product: Product, shop: Shop) -> Iterator[dict[str, Any]]:
    """Every way in which the arguments of fields at the root can lead to a product."""
    yield {}
    skus = product.skus
    for sku in skus:
        yield {"sku(id)": sku.id}
        yield {"sku(code)": str(sku.code)}
        yield {"sku(barcode)": sku.barcode}
        yield {"node(id)": sku.id}
        lines = [{"skuId": sku.id, "quantity": "1"}, {"skuCode": str(sku.code), "quantity": "1"}]
        yield {"quote(input)": {"lines": lines}}
        yield {
            "placeOrder(input)": {"idempotencyKey": sku.id, "paymentMethod": "BANK_TRANSFER", "lines": lines}
        }
    yield {"product(id)": product.id}
    yield {"node(id)": product.id}
    yield {"nodes(ids)": [product.id, *(sku.id for sku in skus), shop.products["rice"].id]}
    for text in (product.name, "nmc", *(str(sku.code) for sku in skus)):
        yield {"products(filter)": {"text": text}}
    yield {"products(filter)": {"category": product.category_id}}
    yield {"products(filter)": {"brand": product.brand_id}}
    for first in (1, 2):
        yield {"products(first)": first, "products(filter)": {"inStock": True}}
    yield {"products(last)": 2, "products(sort)": "NAME"}


def questions(actor: Actor, product: Product, shop: Shop) -> Iterator[Question]:
    """Everything that is open to somebody at the root, asked in every way that can lead to the product."""
    for values in naming(product, shop):
        for root, name in root_fields():
            declared = BUILT.type_map[root].fields[name]  # type: ignore[attr-defined]  # roots have fields
            needed = {
                f"{name}({argument})"
                for argument, one in declared.args.items()
                if isinstance(one.type, GraphQLNonNull)
            }
            named = {key for key in values if key.startswith(f"{name}(")}
            asked = (named and needed <= named) or (not values and not needed and root == "Query")
            if name == "sku" and not named:
                continue
            if asked and allows(actor, root, name, declared):
                kinds = frozenset({"Product", "Sku"}) if name in ("node", "nodes") else None
                picked = Asker(actor).field(root, name, values, on=kinds)
                if picked is not None:
                    yield written(root, [picked], about=f"{name} {values}")


class TestEveryPath:
    """Every root that the schema has, in every way that can name a product: as if it had never been."""

    async def test_they_are_derived_from_the_schema(self, world: World) -> None:
        tea = world.shop.products["tea"]
        roots = {one.picked[0].name for one in questions(world.shop.buyer(), tea, world.shop)}
        assert roots >= {"products", "product", "sku", "node", "nodes", "quote", "placeOrder", "me"}
        guests = {one.picked[0].name for one in questions(world.shop.guest, tea, world.shop)}
        assert guests >= {"products", "product", "sku", "node", "nodes", "categories", "brands"}

    async def test_what_is_hidden_was_never_there(self, world: World) -> None:
        twin = twin_without(world, "tea")
        show(world, "tea", NOBODY_SEES)
        tea, asked = world.shop.products["tea"], 0
        async with open_api(world, limits=BOUNDLESS) as here, open_api(twin, limits=BOUNDLESS) as there:
            for actor in (world.shop.guest, world.shop.buyer(), world.shop.buyer("vip")):
                for one in questions(actor, tea, world.shop):
                    told, expected = [await _sent(api, one, actor) for api in (here, there)]
                    assert told == expected, one.about
                    assert not [
                        word for word in _traces(tea) if word in told and word not in one.variables
                    ], one.about
                    asked += 1
        assert asked > 60


async def _sent(api: Api, one: Question, actor: Actor) -> str:
    answered = await api.ask(one.document, _variables(one), actor=actor)
    return answered.response.text


def _variables(one: Question) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(one.variables)
    return read


def _traces(product: Product) -> Sequence[str]:
    """What would tell of a product."""
    return [product.id, product.name, *(text for sku in product.skus for text in (sku.id, sku.name))]
