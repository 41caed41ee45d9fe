"""Companies through the API: what a parent sees and does, what a branch does not, and what staff change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from application.authorization import Actor
from domain.identity import CustomerId
from domain.ordering import OrderStatus
from domain.ownership import OwnerKind
from kit import builders as a
from kit.api import Api, line, open_api
from kit.companies import with_companies
from kit.world import World

PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
  order { id total { amount } customer { name } placedBy { name } buyer { name } address { street } }
  errors { __typename ... on UserError { code path } }
} }"""
CANCEL = """mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) {
  order { status } errors { __typename }
} }"""
QUOTE = """query ($input: QuoteInput!) { quote(input: $input) {
  total { amount } problems { __typename ... on UserError { path } } lines { total { amount } }
} }"""
ORDERS = """query ($first: Int, $after: String, $filter: OrderFilter) { me { customer {
  orders(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id customer { name } lines { quantity } }
} } } }"""
NODES = """query ($ids: [ID!]!) { nodes(ids: $ids) { __typename
  ... on Customer { name addresses { id } } ... on Order { number } ... on Buyer { name }
} }"""
TREE = """{ me { customer { name parent { id name } branches {
  totalCount nodes { name parent { name } orders { totalCount } branches(first: 1) { nodes { name } } }
} } } }"""


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(with_companies(world)) as opened:
        yield opened


async def place(api: Api, by: str, of: str | None = None, *, key: str = "one", **more: Any) -> dict[str, Any]:
    shop = api.world.shop
    asked = {
        "idempotencyKey": key,
        "paymentMethod": "BANK_TRANSFER",
        "lines": [line("TEA-500", 2)],
        **({"customerId": shop.customers[of].id} if of else {}),
        **more,
    }
    answered = await api.ask(PLACE, {"input": asked}, actor=shop.buyer(by))
    payload: dict[str, Any] = answered.data["placeOrder"]
    return payload


async def placed(
    api: Api, by: str, of: str | None = None, *, key: str = "one", **more: Any
) -> dict[str, Any]:
    payload = await place(api, by, of, key=key, **more)
    assert payload["errors"] == []
    order: dict[str, Any] = payload["order"]
    return order


async def orders_of(api: Api, by: str, **variables: Any) -> dict[str, Any]:
    answered = await api.ask(ORDERS, variables, actor=api.world.shop.buyer(by))
    found: dict[str, Any] = answered.data["me"]["customer"]["orders"]
    return found


async def seen(api: Api, by: str, *ids: str) -> list[bool]:
    answered = await api.ask(NODES, {"ids": [*ids]}, actor=api.world.shop.buyer(by))
    return [one is not None for one in answered.data["nodes"]]


class TestPlacingForABranch:
    async def test_it_is_the_branchs_order_at_its_price_to_its_address(self, api: Api) -> None:
        shop = api.world.shop
        there = shop.customers["south"].addresses[0]
        order = await placed(api, "headquarters", "south", addressId=there.id)
        own = await placed(api, "south", key="own")
        assert order["total"] == own["total"]
        assert (order["customer"]["name"], order["placedBy"]["name"]) == ("south 公司", "headquarters 公司")
        assert order["buyer"]["name"] == "headquarters 的人"
        assert order["address"]["street"] == there.address.street
        assert own["placedBy"]["name"] == "south 公司"

    async def test_prices_are_the_branchs(self, api: Api) -> None:
        totals = [
            (await placed(api, "headquarters", name, key=name))["total"]["amount"]
            for name in ("headquarters", "north")
        ]
        assert totals[0] != totals[1]

    @pytest.mark.parametrize(
        ("by", "of"),
        [
            ("north", "headquarters"),
            ("north", "south"),
            ("corner", "north"),
            ("east", "west"),
            ("east", "agent"),
            ("headquarters", "agent"),
            ("agent", "vip"),
        ],
    )
    async def test_it_is_for_nobody_above_beside_or_elsewhere(self, api: Api, by: str, of: str) -> None:
        payload = await place(api, by, of, expectedTotal="1.00", addressId="adr_x")
        assert payload["order"] is None
        assert payload["errors"] == [
            {"__typename": "CustomerNotFound", "code": "CUSTOMER_NOT_FOUND", "path": ["input", "customerId"]}
        ]

    async def test_an_address_of_the_parent_is_none_of_the_branch(self, api: Api) -> None:
        own = api.world.shop.customers["headquarters"].addresses[0].id
        payload = await place(api, "headquarters", "south", addressId=own)
        assert [one["code"] for one in payload["errors"]] == ["ADDRESS_NOT_FOUND"]

    async def test_a_key_is_for_one_company(self, api: Api) -> None:
        first = await placed(api, "headquarters", "south")
        assert await placed(api, "headquarters", "south") == first
        payload = await place(api, "headquarters", "north")
        assert [one["code"] for one in payload["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]

    async def test_a_quote_is_at_the_branchs_price_and_for_nobody_elses(self, api: Api) -> None:
        shop = api.world.shop
        order = await placed(api, "headquarters", "north")
        found = {}
        for name in ("north", "agent"):
            asked = {"lines": [line("TEA-500", 2)], "customerId": shop.customers[name].id}
            answered = await api.ask(QUOTE, {"input": asked}, actor=shop.buyer("headquarters"))
            found[name] = answered.data["quote"]
        assert (found["north"]["total"], found["north"]["problems"]) == (order["total"], [])
        assert found["agent"] == {
            "total": {"amount": "0.00"},
            "problems": [{"__typename": "CustomerNotFound", "path": ["input", "customerId"]}],
            "lines": [],
        }

    async def test_roles_of_the_parent_decide(self, api: Api) -> None:
        shop = api.world.shop
        order = await placed(api, "headquarters PURCHASER", "south")
        for role in ("APPROVER", "FINANCE", "VIEWER"):
            assert await seen(api, f"headquarters {role}", order["id"]) == [True]
            asked = {"idempotencyKey": role, "paymentMethod": "BANK_TRANSFER", "lines": [line("TEA-500", 2)]}
            asked["customerId"] = shop.customers["south"].id
            answered = await api.ask(PLACE, {"input": asked}, actor=shop.buyer(f"headquarters {role}"))
            assert answered.code == "FORBIDDEN"

    async def test_a_parent_cancels_what_a_branch_ordered(self, api: Api) -> None:
        shop = api.world.shop
        order = await placed(api, "corner")
        asked = {"input": {"idempotencyKey": "c", "orderId": order["id"]}}
        payloads = [
            (await api.ask(CANCEL, asked, actor=shop.buyer(name))).data["cancelOrder"]
            for name in ("south", "agent", "headquarters")
        ]
        refused = {"order": None, "errors": [{"__typename": "OrderNotFound"}]}
        assert payloads[:2] == [refused, refused]
        assert payloads[2] == {"order": {"status": OrderStatus.CANCELLED.value}, "errors": []}
        assert list(api.world.database.audit.findings()) == []

    async def test_a_branch_sees_which_company_ordered_for_it_and_not_who(self, api: Api) -> None:
        order = await placed(api, "headquarters", "corner")
        found = await api.ask(
            "query ($id: ID!) { node(id: $id) { ... on Order { placedBy { name } buyer { name } } } }",
            {"id": order["id"]},
            actor=api.world.shop.buyer("corner"),
        )
        assert found.data["node"] == {"placedBy": {"name": "headquarters 公司"}, "buyer": None}

    async def test_it_takes_few_statements(self, api: Api) -> None:
        if api.world.database.statements == 0:
            return
        spent = []
        for key, more in (("own", None), ("branch", "south")):
            await placed(api, "headquarters", more, key=f"warm {key}")
            before = api.world.database.statements
            await placed(api, "headquarters", more, key=key)
            spent.append(api.world.database.statements - before)
        print(f"\nplacing with everything shown takes {spent} statements")
        assert spent[0] == spent[1]


class TestSeeing:
    async def test_a_parent_sees_the_orders_of_its_subtree(self, api: Api) -> None:
        names = ("headquarters", "north", "corner", "south", "agent", "east", "west")
        for name in names:
            for at in range(2):
                api.world.clock.forward()
                await placed(api, name, key=f"{name} {at}")
        below = {
            "headquarters": {"headquarters", "north", "corner", "south"},
            "north": {"north", "corner"},
            "corner": {"corner"},
            "agent": {"agent", "east", "west"},
            "east": {"east"},
        }
        for name, expected in below.items():
            page = await orders_of(api, name, filter={"branches": True})
            assert {one["customer"]["name"] for one in page["nodes"]} == {f"{one} 公司" for one in expected}
            assert page["totalCount"] == len(page["nodes"]) == 2 * len(expected)
            assert all(one["lines"] for one in page["nodes"])
            own = await orders_of(api, name)
            assert own["totalCount"] == 2
            assert {one["customer"]["name"] for one in own["nodes"]} == {f"{name} 公司"}
            some = await orders_of(api, name, filter={"branches": True, "status": "CONFIRMED"})
            assert (some["totalCount"], some["nodes"]) == (0, [])

    async def test_pages_of_a_subtree_neither_skip_nor_repeat(self, api: Api) -> None:
        placed_ids = []
        for at in range(7):
            api.world.clock.forward(timedelta(seconds=at % 2))
            by = ("headquarters", "north", "corner", "south")[at % 4]
            placed_ids.append((await placed(api, by, key=f"k{at}"))["id"])
        found: list[str] = []
        after = None
        while True:
            page = await orders_of(api, "headquarters", first=2, after=after, filter={"branches": True})
            found += [one["id"] for one in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert sorted(found) == sorted(placed_ids)
        stolen = await orders_of(api, "south", first=9, after=after, filter={"branches": True})
        assert {one["customer"]["name"] for one in stolen["nodes"]} <= {"south 公司"}

    async def test_staff_see_each_customers_subtree_beside_each_other(self, api: Api) -> None:
        for name in ("north", "corner", "south", "east"):
            await placed(api, name, key=name)
        query = """{ staff { customers(text: "公司") { nodes { name
          orders(first: 3, filter: { branches: true }) { totalCount nodes { customer { name } lines { quantity } } }
          bare: orders(first: 1, filter: { branches: true }) { nodes { id } } } } } }"""
        answered = await api.ask(query, actor=api.world.shop.clerk)
        found = {
            one["name"].partition(" ")[0]: (
                one["orders"]["totalCount"],
                sorted(each["customer"]["name"].partition(" ")[0] for each in one["orders"]["nodes"]),
                [len(each["lines"]) for each in one["orders"]["nodes"]],
                len(one["bare"]["nodes"]),
            )
            for one in answered.data["staff"]["customers"]["nodes"]
        }
        assert found == {
            "headquarters": (3, ["corner", "north", "south"], [1, 1, 1], 1),
            "north": (2, ["corner", "north"], [1, 1], 1),
            "corner": (1, ["corner"], [1], 1),
            "south": (1, ["south"], [1], 1),
            "agent": (1, ["east"], [1], 1),
            "east": (1, ["east"], [1], 1),
            "west": (0, [], [], 0),
        }

    async def test_a_parent_sees_the_subtrees_of_its_branches(self, api: Api) -> None:
        shop = api.world.shop
        for name in ("north", "corner", "south"):
            await placed(api, name, key=name)
        orders = "name orders(filter: { branches: true }) { totalCount nodes { customer { name } } }"
        query = f"""query ($id: ID!) {{ node(id: $id) {{ ... on Customer {{ {orders} }} }}
          me {{ customer {{ branches {{ nodes {{ {orders} }} }} }} }} }}"""
        answered = await api.ask(query, {"id": shop.customers["north"].id}, actor=shop.buyer("headquarters"))
        found = [answered.data["node"], *answered.data["me"]["customer"]["branches"]["nodes"]]
        assert [
            (
                one["name"],
                one["orders"]["totalCount"],
                {each["customer"]["name"] for each in one["orders"]["nodes"]},
            )
            for one in found
        ] == [
            ("north 公司", 2, {"north 公司", "corner 公司"}),
            ("north 公司", 2, {"north 公司", "corner 公司"}),
            ("south 公司", 1, {"south 公司"}),
        ]

    async def test_the_tree_is_shown_with_pages_of_branches(self, api: Api) -> None:
        await placed(api, "north")
        shop = api.world.shop
        answered = await api.ask(TREE, actor=shop.buyer("headquarters"))
        parent = {"name": "headquarters 公司"}
        assert answered.data["me"]["customer"] == {
            "name": "headquarters 公司",
            "parent": None,
            "branches": {
                "totalCount": 2,
                "nodes": [
                    {
                        "name": "north 公司",
                        "parent": parent,
                        "orders": {"totalCount": 1},
                        "branches": {"nodes": [{"name": "corner 公司"}]},
                    },
                    {
                        "name": "south 公司",
                        "parent": parent,
                        "orders": {"totalCount": 0},
                        "branches": {"nodes": []},
                    },
                ],
            },
        }
        answered = await api.ask(TREE, actor=shop.buyer("east"))
        assert answered.data["me"]["customer"] == {
            "name": "east 公司",
            "parent": {"id": shop.customers["agent"].id, "name": "agent 公司"},
            "branches": {"totalCount": 0, "nodes": []},
        }

    async def test_pages_of_branches_go_on_after_a_cursor(self, api: Api) -> None:
        query = """query ($after: String, $before: String, $first: Int, $last: Int) { me { customer {
          branches(first: $first, after: $after, last: $last, before: $before) {
            pageInfo { hasNextPage hasPreviousPage endCursor startCursor } nodes { name } } } } }"""
        actor = api.world.shop.buyer("agent")

        async def page(**variables: Any) -> Any:
            answered = await api.ask(query, variables, actor=actor)
            found = answered.data["me"]["customer"]["branches"]
            return [one["name"] for one in found["nodes"]], found["pageInfo"]

        first, info = await page(first=1)
        assert (first, info["hasNextPage"]) == (["east 公司"], True)
        second, info = await page(first=1, after=info["endCursor"])
        assert (second, info["hasNextPage"]) == (["west 公司"], False)
        last, info = await page(last=1)
        assert (last, info["hasPreviousPage"]) == (["west 公司"], True)
        assert (await page(last=1, before=info["startCursor"]))[0] == ["east 公司"]
        answered = await api.ask(query, {"first": 101}, actor=actor)
        assert answered.code == "BAD_USER_INPUT"

    async def test_ids_open_what_is_below_and_nothing_else(self, api: Api) -> None:
        shop = api.world.shop
        mine = {
            name: [shop.customers[name].id, shop.buyers[name].id, (await placed(api, name, key=name))["id"]]
            for name in ("headquarters", "north", "corner", "south", "agent", "east", "west")
        }
        within = {
            "headquarters": {"headquarters", "north", "corner", "south"},
            "headquarters VIEWER": {"headquarters", "north", "corner", "south"},
            "north": {"north", "corner"},
            "corner": {"corner"},
            "agent": {"agent", "east", "west"},
            "east": {"east"},
            "vip": set(),
        }
        for by, expected in within.items():
            for name, ids in mine.items():
                assert await seen(api, by, *ids) == [name in expected] * 3, (by, name)

    async def test_a_company_that_leaves_is_seen_no_more(self, api: Api) -> None:
        world = api.world
        order = await placed(api, "corner")
        assert await seen(api, "headquarters", order["id"]) == [True]
        world.use.set_customer_parent(
            actor=world.shop.clerk, customer_id=world.shop.customers["north"].id, parent_id=None
        )
        assert await seen(api, "headquarters", order["id"]) == [False]
        assert await seen(api, "north", order["id"]) == [True]


ADD = """mutation ($input: AddCustomerInput!) { addCustomer(input: $input) {
  customer { id name tier { code } parent { name } branches { totalCount } }
  errors { __typename ... on UserError { code path message } }
} }"""
HANG = """mutation ($input: SetCustomerParentInput!) { setCustomerParent(input: $input) {
  customer { parent { name } } errors { __typename ... on UserError { code path } ... on TreeTooDeep { mostAbove } }
} }"""
OWN = """mutation ($input: SetCustomerOwnerInput!) { setCustomerOwner(input: $input) {
  customer { ownerships { kind since until salesRep { name } agent { name } } }
  errors { __typename ... on UserError { code path } }
} }"""
HAND = """mutation ($input: HandOverCustomersInput!) { handOverCustomers(input: $input) {
  movedCustomers errors { __typename ... on UserError { code path } }
} }"""
MINE = (
    """query ($rep: ID) { staff { customers(filter: { salesRep: $rep }) { totalCount nodes { name } } } }"""
)


async def change(api: Api, document: str, **asked: Any) -> dict[str, Any]:
    answered = await api.ask(document, {"input": asked}, actor=api.world.shop.clerk)
    [payload] = answered.data.values()
    found: dict[str, Any] = payload
    return found


class TestStaff:
    async def test_they_add_a_branch(self, api: Api) -> None:
        shop = api.world.shop
        payload = await change(api, ADD, name="新店", tier="VIP", parentId=shop.customers["south"].id)
        customer = payload["customer"]
        assert payload["errors"] == []
        assert customer.pop("id").startswith("cus_")
        assert customer == {
            "name": "新店",
            "tier": {"code": shop.tiers["vip"].code},
            "parent": {"name": "south 公司"},
            "branches": {"totalCount": 0},
        }

    async def test_they_are_told_what_is_wrong(self, api: Api) -> None:
        shop, nobody = api.world.shop, "cus_" + "7" * 26
        ids = {name: one.id for name, one in shop.customers.items()}
        cases: list[tuple[str, dict[str, Any], str, str]] = [
            (ADD, {"name": "", "tier": "VIP"}, "INVALID_COMPANY_NAME", "name"),
            (ADD, {"name": "店", "tier": "?"}, "TIER_NOT_FOUND", "tier"),
            (ADD, {"name": "店", "tier": "VIP", "parentId": nobody}, "PARENT_NOT_FOUND", "parentId"),
            (HANG, {"customerId": "x"}, "CUSTOMER_NOT_FOUND", "customerId"),
            (HANG, {"customerId": ids["vip"], "parentId": "x"}, "PARENT_NOT_FOUND", "parentId"),
            (
                HANG,
                {"customerId": ids["headquarters"], "parentId": ids["corner"]},
                "BRANCH_OF_ITSELF",
                "parentId",
            ),
            (
                OWN,
                {"customerId": ids["east"], "kind": "AGENT", "ownerId": ids["east"]},
                "AGENT_OF_ITSELF",
                "ownerId",
            ),
            (
                OWN,
                {"customerId": ids["east"], "kind": "SALES_REP", "effectiveFrom": "2020-01-01T00:00:00Z"},
                "OWNERSHIP_IN_PAST",
                "effectiveFrom",
            ),
        ]
        for document, asked, code, path in cases:
            payload = await change(api, document, **asked)
            assert [(one["code"], one["path"]) for one in payload["errors"]] == [(code, ["input", path])]
        strangers: list[tuple[str, dict[str, Any]]] = [
            (OWN, {"customerId": ids["east"], "kind": "AGENT", "ownerId": shop.staff["rep"].id}),
            (OWN, {"customerId": ids["east"], "kind": "SALES_REP", "ownerId": ids["agent"]}),
            (HAND, {"fromSalesRepId": "x"}),
        ]
        for document, asked in strangers:
            payload = await change(api, document, **asked)
            assert [one["code"] for one in payload["errors"]] == ["OWNER_NOT_FOUND"]

    async def test_they_move_a_company(self, api: Api) -> None:
        shop = api.world.shop
        moved = await change(
            api, HANG, customerId=shop.customers["north"].id, parentId=shop.customers["west"].id
        )
        assert moved == {"customer": {"parent": {"name": "west 公司"}}, "errors": []}
        moved = await change(api, HANG, customerId=shop.customers["north"].id)
        assert moved == {"customer": {"parent": None}, "errors": []}

    async def test_they_say_who_owns_a_customer_and_hand_over(self, api: Api) -> None:
        world, shop = api.world, api.world.shop
        rep, other = shop.staff["rep"], shop.staff["colleague"]
        east, at = shop.customers["east"].id, world.clock.now()
        own = {"customerId": east, "kind": "SALES_REP", "ownerId": rep.id}
        await change(api, OWN, **own)
        later = (at + timedelta(hours=1)).isoformat()
        payload = await change(
            api,
            OWN,
            **{**own, "kind": "AGENT", "ownerId": shop.customers["agent"].id, "effectiveFrom": later},
        )
        first, second = payload["customer"]["ownerships"]
        assert (first["kind"], first["agent"], first["salesRep"]) == ("AGENT", {"name": "agent 公司"}, None)
        assert (second["kind"], second["until"], second["salesRep"]) == ("SALES_REP", None, {"name": "rep"})
        mine = [await api.ask(MINE, {"rep": one.id}, actor=shop.clerk) for one in (rep, other)]
        assert [one.data["staff"]["customers"]["totalCount"] for one in mine] == [1, 0]
        world.clock.forward()
        payload = await change(api, HAND, fromSalesRepId=rep.id, toSalesRepId=other.id)
        assert payload == {"movedCustomers": 1, "errors": []}
        mine = [await api.ask(MINE, {"rep": one.id}, actor=shop.clerk) for one in (rep, other)]
        assert [one.data["staff"]["customers"]["totalCount"] for one in mine] == [0, 1]
        nobody = await api.ask(MINE, {"rep": "nobody"}, actor=shop.clerk)
        assert nobody.data["staff"]["customers"] == {"totalCount": 0, "nodes": []}

    async def test_an_order_keeps_who_owned_its_customer(self, api: Api) -> None:
        world, shop = api.world, api.world.shop
        old = await placed(api, "east", key="old")
        own = partial(world.use.set_customer_owner, actor=shop.clerk, customer_id=shop.customers["east"].id)
        own(kind=OwnerKind.SALES_REP, owner_id=shop.staff["rep"].id)
        own(kind=OwnerKind.AGENT, owner_id=shop.customers["agent"].id)
        order = await placed(api, "agent", "east", key="new")
        world.clock.forward()
        own(kind=OwnerKind.SALES_REP, owner_id=None)
        query = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Order {
          customer { name } salesRep { name } agent { name } placedBy { name } } } }"""
        answered = await api.ask(query, {"ids": [old["id"], order["id"]]}, actor=shop.clerk)
        assert answered.data["nodes"] == [
            {
                "customer": {"name": "east 公司"},
                "salesRep": None,
                "agent": None,
                "placedBy": {"name": "east 公司"},
            },
            {
                "customer": {"name": "east 公司"},
                "salesRep": {"name": "rep"},
                "agent": {"name": "agent 公司"},
                "placedBy": {"name": "agent 公司"},
            },
        ]
        answered = await api.ask(query, {"ids": [order["id"]]}, actor=shop.buyer("east"))
        assert answered.code == "FORBIDDEN"

    async def test_every_change_is_in_the_trail_by_ids(self, api: Api) -> None:
        shop, world = api.world.shop, api.world
        east, rep, other = shop.customers["east"].id, shop.staff["rep"].id, shop.staff["colleague"].id
        added = await change(api, ADD, name="王小明的店", tier="VIP", parentId=east)
        await change(api, HANG, customerId=east)
        await change(api, HANG, customerId=east)
        await change(api, OWN, customerId=east, kind="SALES_REP", ownerId=rep)
        world.clock.forward()
        await change(api, HAND, fromSalesRepId=rep, toSalesRepId=other)
        query = """{ staff { trail { nodes { operation aboutId facts { name before after } } } } }"""
        answered = await api.ask(query, actor=shop.clerk)
        since = [a.NOON.isoformat(), world.clock.now().isoformat()]
        found = [
            (one["operation"], one["aboutId"], {f["name"]: (f["before"], f["after"]) for f in one["facts"]})
            for one in answered.data["staff"]["trail"]["nodes"]
        ]
        assert found[::-1] == [
            (
                "addCustomer",
                CustomerId(added["customer"]["id"]),
                {"tier": (None, shop.tiers["vip"].id), "parent": (None, east)},
            ),
            ("setCustomerParent", east, {"parent": (shop.customers["agent"].id, None)}),
            ("setCustomerOwner", east, {"salesRep": (None, rep), "since": (None, since[0])}),
            ("handOverCustomers", east, {"salesRep": (rep, other), "since": (None, since[1])}),
        ]

    async def test_others_may_not(self, api: Api) -> None:
        shop = api.world.shop
        nobody = Actor.staff(shop.merchant, id=shop.staff["rep"].id, granted=frozenset())
        for actor in (shop.buyer("headquarters"), nobody):
            for document, asked in (
                (ADD, {"name": "店", "tier": "VIP"}),
                (HANG, {"customerId": shop.customers["north"].id}),
                (HAND, {"fromSalesRepId": shop.staff["rep"].id}),
            ):
                answered = await api.ask(document, {"input": asked}, actor=actor)
                assert answered.code == "FORBIDDEN"
