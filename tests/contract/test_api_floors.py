"""Floors through the API: set and seen by staff, guarding what buyers order, and told to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from application.authorization import Actor, Permission
from kit import builders as a
from kit.api import Api, line, open_api
from kit.promoting import drafted, less
from kit.world import World

FLOORS = """query ($first: Int, $after: String, $last: Int, $before: String, $code: String) { staff {
  floors(first: $first, after: $after, last: $last, before: $before, skuCode: $code) {
    totalCount pageInfo { endCursor startCursor hasNextPage hasPreviousPage }
    nodes { sku { code } floor { amount } cost { amount } margin usualMargin lowest { amount } } } } }"""
MARGINS = "{ staff { categoryMargins { margin category { name } } } }"
APPROVALS = """query ($first: Int, $after: String) { staff { floorApprovals(first: $first, after: $after) {
  totalCount pageInfo { endCursor } nodes { lowest { amount } until reason sku { code } customer { name } } } } }"""
BELOW = """query ($first: Int, $after: String, $last: Int, $since: DateTime, $until: DateTime) { staff {
  linesBelowFloor(first: $first, after: $after, last: $last, since: $since, until: $until) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { orderId orderNumber placedAt sku { code } baseQuantity net { amount } floor { amount } } } } }"""
SET = """mutation ($floors: [FloorInput!]!) { setFloors(input: {floors: $floors}) {
  skus { code } errors { ... on UserError { code path } ... on InvalidFloor { reason } } } }"""
SET_MARGINS = """mutation ($margins: [CategoryMarginInput!]!) { setCategoryMargins(input: {margins: $margins}) {
  categories { name parent { name } } errors { ... on UserError { code path } ... on InvalidFloor { reason } } } }"""
APPROVE = """mutation ($input: ApproveBelowFloorInput!) { approveBelowFloor(input: $input) {
  approvals { sku { code } lowest { amount } until reason }
  errors { ... on UserError { code path } ... on InvalidAllowance { reason } } } }"""
SETTINGS = """mutation ($guard: MarginGuard!) {
  setMerchantSettings(input: {settingsVersion: 0, marginGuard: $guard}) {
    merchant { marginGuard } errors { __typename } } }"""
QUOTE = """query ($lines: [OrderLineInput!]!) { quote(input: {lines: $lines}) { total { amount }
  lines { discount { amount } net { amount } discountCapped
          problems { code path message ... on BelowFloor { sku { code } } } }
  applied { discount { amount } } rejected { reason } } }"""
PLACE = """mutation ($lines: [OrderLineInput!]!, $key: String!) {
  placeOrder(input: {idempotencyKey: $key, paymentMethod: BANK_TRANSFER, lines: $lines}) {
    order { id total { amount } } errors { ... on UserError { code path } } } }"""


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


async def asked(api: Api, query: str, actor: Actor | None = None, **variables: Any) -> Any:
    """The innermost field that was asked for."""
    found = (await api.ask(query, variables, actor=actor or api.world.shop.clerk)).data
    while isinstance(found, dict) and len(found) == 1:
        found = next(iter(found.values()))
    return found


def some(*permissions: Permission, world: World) -> Actor:
    """A member of staff who may do this and nothing else."""
    member = a.staff(world.ids, permissions=[one.value for one in permissions])
    world.add([member])
    return Actor.staff(world.shop.merchant, id=member.id, granted=frozenset(permissions))


async def test_floors_are_set_and_shown_with_what_they_come_to(api: Api) -> None:
    floors = [
        {"skuCode": "TEA-500", "floor": "2.95", "cost": "2"},
        {"skuCode": "TEA-1L", "cost": "0.0375", "margin": "12.5"},
        {"skuId": api.world.shop.sku("WATER-550").id, "cost": "1"},
    ]
    assert await asked(api, SET, floors=floors) == {
        "skus": [{"code": "TEA-500"}, {"code": "TEA-1L"}, {"code": "WATER-550"}],
        "errors": [],
    }
    drinks, water = (api.world.shop.categories[name] for name in ("drinks", "water"))
    margins = [{"categoryId": drinks.id, "margin": "20"}, {"categoryId": water.id, "margin": "33.33"}]
    answer = await asked(api, SET_MARGINS, margins=margins)
    assert answer["errors"] == []
    assert answer["categories"] == [
        {"name": drinks.name, "parent": None},
        {"name": water.name, "parent": {"name": drinks.name}},
    ]
    shown = await asked(api, FLOORS, first=100)
    assert shown["totalCount"] == 3
    assert [
        (one["sku"]["code"], one["lowest"]["amount"], one["margin"], one["usualMargin"])
        for one in shown["nodes"]
    ] == [
        ("TEA-1L", "0.0422", "12.5", "20"),
        ("TEA-500", "2.95", None, "20"),
        ("WATER-550", "1.3333", None, "33.33"),
    ]
    assert (shown["nodes"][1]["floor"], shown["nodes"][1]["cost"]) == ({"amount": "2.95"}, {"amount": "2.00"})
    page = await asked(api, FLOORS, first=2)
    rest = await asked(api, FLOORS, first=2, after=page["pageInfo"]["endCursor"])
    assert [one["sku"]["code"] for one in (*page["nodes"], *rest["nodes"])] == [
        "TEA-1L",
        "TEA-500",
        "WATER-550",
    ]
    last = await asked(api, FLOORS, last=1)
    assert [one["sku"]["code"] for one in last["nodes"]] == ["WATER-550"]
    for code, many in (("TEA-500", 1), ("NUTS", 0), ("", 0)):
        found = await asked(api, FLOORS, code=code)
        assert (len(found["nodes"]), found["totalCount"]) == (many, many)
    assert await asked(api, MARGINS) == [
        {"margin": margin, "category": {"name": name}}
        for _, margin, name in sorted([(drinks.id, "20", drinks.name), (water.id, "33.33", water.name)])
    ]
    await asked(api, SET, floors=[{"skuCode": "TEA-500"}])
    await asked(api, SET_MARGINS, margins=[{"categoryId": drinks.id}])
    assert (await asked(api, FLOORS))["totalCount"] == 2
    assert len(await asked(api, MARGINS)) == 1


async def test_everything_that_is_wrong_is_named(api: Api) -> None:
    floors = [
        {"skuCode": "NONE"},
        {"skuId": api.world.other.sku("TEA-500").id, "floor": "1"},
        {"skuCode": "TEA-500", "floor": "-1"},
        {"skuCode": "TEA-1L", "cost": "1.00001"},
        {"skuCode": "NUTS", "margin": "5"},
        {"skuCode": "RICE", "cost": "1", "margin": "900.01"},
        {"skuCode": "CUP", "cost": "1"},
        {"skuCode": "CUP", "cost": "1"},
    ]
    answer = await asked(api, SET, floors=floors)
    assert answer["skus"] is None
    assert [(one["code"], one.get("reason"), one["path"][2]) for one in answer["errors"]] == [
        ("UNKNOWN_SKU", None, "0"),
        ("UNKNOWN_SKU", None, "1"),
        ("INVALID_FLOOR", "FLOOR", "2"),
        ("INVALID_FLOOR", "COST", "3"),
        ("INVALID_FLOOR", "MARGIN", "4"),
        ("INVALID_FLOOR", "MARGIN", "5"),
        ("INVALID_FLOOR", "TWICE", "7"),
    ]
    drinks = api.world.shop.categories["drinks"].id
    answer = await asked(
        api,
        SET_MARGINS,
        margins=[
            {"categoryId": api.world.other.categories["drinks"].id, "margin": "1"},
            {"categoryId": "no id", "margin": "1"},
            {"categoryId": drinks, "margin": "1"},
            {"categoryId": drinks, "margin": "1"},
            {"categoryId": api.world.shop.categories["water"].id, "margin": "-1"},
        ],
    )
    assert [(one["code"], one.get("reason"), one["path"][1:]) for one in answer["errors"]] == [
        ("UNKNOWN_GOODS", None, ["margins", "0"]),
        ("UNKNOWN_GOODS", None, ["margins", "1"]),
        ("INVALID_FLOOR", "TWICE", ["margins", "3"]),
        ("INVALID_FLOOR", "MARGIN", ["margins", "4"]),
    ]
    for query, field in ((SET, "floors"), (SET_MARGINS, "margins")):
        answer = next(iter((await api.ask(query, {field: []}, actor=api.world.shop.clerk)).data.values()))
        assert [one["code"] for one in answer["errors"]] == ["TOO_MANY_RULES"]


async def test_an_approval_is_made_and_seen(api: Api) -> None:
    shop = api.world.shop
    vip, tea = shop.customers["vip"], shop.sku("TEA-500").id
    given = {
        "customerId": vip.id,
        "skus": [{"skuId": tea, "lowest": "2.8"}],
        "until": "2126-01-01T00:00:00Z",
        "reason": "临期清仓",
    }
    answer = await asked(api, APPROVE, input=given)
    shown = {"lowest": {"amount": "2.80"}, "until": "2126-01-01T00:00:00Z", "reason": "临期清仓"}
    assert answer == {"approvals": [{"sku": {"code": "TEA-500"}, **shown}], "errors": []}
    found = await asked(api, APPROVALS)
    assert found["nodes"] == [{"sku": {"code": "TEA-500"}, "customer": {"name": vip.name}, **shown}]
    assert found["totalCount"] == 1
    wrong = {
        **given,
        "skus": [
            {"skuId": "none"},
            {"skuId": tea},
            {"skuId": tea, "lowest": "-1"},
            given["skus"][0],
            given["skus"][0],
        ],
        "until": "2020-01-01T00:00:00Z",
        "reason": " ",
    }
    answer = await asked(api, APPROVE, input=wrong)
    assert [(one["code"], one.get("reason"), one["path"][1:]) for one in answer["errors"]] == [
        ("INVALID_ALLOWANCE", "UNTIL", []),
        ("INVALID_ALLOWANCE", "REASON", []),
        ("UNKNOWN_SKU", None, ["skus", "0"]),
        ("INVALID_ALLOWANCE", "LOWEST", ["skus", "1"]),
        ("INVALID_ALLOWANCE", "LOWEST", ["skus", "2"]),
        ("INVALID_ALLOWANCE", "TWICE", ["skus", "4"]),
    ]
    for stranger in (api.world.other.customers["vip"].id, "no id"):
        answer = await asked(api, APPROVE, input={**given, "customerId": stranger})
        assert [one["code"] for one in answer["errors"]] == ["CUSTOMER_NOT_FOUND"]
    ended = {"customerId": vip.id, "skus": [{"skuId": tea}], "reason": "到此为止"}
    [over] = (await asked(api, APPROVE, input=ended))["approvals"]
    assert (over["lowest"]["amount"], over["until"]) == ("0.00", "2026-03-02T04:00:00Z")


@pytest.mark.parametrize(
    ("guard", "net", "capped", "codes"),
    [
        ("NONE", "30.00", False, []),
        ("BLOCK", "30.00", False, ["BELOW_FLOOR"]),
        ("CAP", "33.00", True, []),
        ("APPROVAL", "30.00", False, ["BELOW_FLOOR_NEEDS_APPROVAL"]),
    ],
)
async def test_buyers_learn_no_more_than_they_have_to(
    api: Api, guard: str, net: str, capped: bool, codes: list[str]
) -> None:
    world = api.world
    world.use.create_promotion(actor=world.shop.clerk, draft=drafted(less(("30", "5"))))
    await asked(api, SET, floors=[{"skuCode": "TEA-500", "floor": "3.3"}])
    if guard != "NONE":
        answer = await asked(api, SETTINGS, guard=guard)
        assert answer == {"merchant": {"marginGuard": guard}, "errors": []}
    quote = await asked(api, QUOTE, world.shop.buyer(), lines=[line("TEA-500", 10)])
    [one] = quote["lines"]
    assert (one["net"]["amount"], one["discountCapped"]) == (net, capped)
    assert [problem["code"] for problem in one["problems"]] == codes
    assert all(problem["path"] == ["input", "lines", "0"] for problem in one["problems"])
    assert all(
        "3.3" not in problem["message"] and "33" not in problem["message"] for problem in one["problems"]
    )
    placed = await asked(api, PLACE, world.shop.buyer(), lines=[line("TEA-500", 10)], key="k")
    assert [error["code"] for error in placed["errors"]] == codes
    if not codes:
        assert placed["order"]["total"] == {"amount": net}
    assert list(world.database.audit.findings()) == []


ADJUST = """mutation ($order: ID!, $key: String!) {
  adjustOrder(input: {idempotencyKey: $key, orderId: $order, amount: "3", reason: "老客户"}) {
    order { total { amount } adjustment { amount } }
    errors { __typename ... on UserError { code path message } ... on BelowFloor { sku { code } }
             ... on BelowFloorNeedsApproval { sku { code } } } } }"""


@pytest.mark.parametrize(
    ("policy", "kind", "code"),
    [
        ("BLOCK", "BelowFloor", "BELOW_FLOOR"),
        ("APPROVAL", "BelowFloorNeedsApproval", "BELOW_FLOOR_NEEDS_APPROVAL"),
    ],
)
async def test_staff_hear_of_a_line_that_they_bring_below_its_floor(
    api: Api, policy: str, kind: str, code: str
) -> None:
    await asked(api, SET, floors=[{"skuCode": "TEA-500", "floor": "3.3"}])
    await asked(api, SETTINGS, guard=policy)
    placed = await asked(api, PLACE, api.world.shop.buyer(), lines=[line("TEA-500", 10)], key="k")
    clerk = some(Permission.ADJUST_ORDERS, Permission.VIEW_ORDERS, world=api.world)
    told = await asked(api, ADJUST, clerk, order=placed["order"]["id"], key="a")
    [error] = told["errors"]
    assert (told["order"], error["__typename"], error["code"]) == (None, kind, code)
    assert (error["path"], error["sku"]) == (["input"], {"code": "TEA-500"})
    assert "33" not in error["message"] and "3.3" not in error["message"]


TRACE = """query ($order: ID!) { staff { guardTrace(orderId: $order) {
  policy lines { sku { code } floor { amount } before { amount } after { amount } } } } }"""


async def test_staff_see_what_the_guard_did_to_an_order(api: Api) -> None:
    world, buyer = api.world, api.world.shop.buyer()
    world.use.create_promotion(actor=world.shop.clerk, draft=drafted(less(("30", "5"))))
    await asked(api, SET, floors=[{"skuCode": "TEA-500", "floor": "3.3"}])
    free = await asked(api, PLACE, buyer, lines=[line("TEA-500", 10)], key="free")
    await asked(api, SETTINGS, guard="CAP")
    lines = [line("TEA-500", 10), line("NUTS", 1)]
    capped = await asked(api, PLACE, buyer, lines=lines, key="capped")
    other = await asked(api, PLACE, buyer, lines=[line("NUTS", 1)], key="other")
    await asked(api, SET, floors=[{"skuCode": "TEA-500", "floor": "1"}])

    async def traced(id: str, actor: Actor | None = None) -> Any:
        answer = await api.ask(TRACE, {"order": id}, actor=actor or world.shop.clerk)
        return answer.response.json()

    found = (await traced(capped["order"]["id"]))["data"]["staff"]["guardTrace"]
    assert (found["policy"], len(found["lines"])) == ("CAP", 1)
    [one] = found["lines"]
    # Five yuan over 35.00 and 12.00 are 3.72 and 1.28.
    assert one == {
        "sku": {"code": "TEA-500"},
        "floor": {"amount": "33.00"},
        "before": {"amount": "31.28"},
        "after": {"amount": "33.00"},
    }
    for id in (free["order"]["id"], other["order"]["id"], f"ord_{'7' * 26}", "no id"):
        assert (await traced(id))["data"] == {"staff": {"guardTrace": None}}
    stranger = await traced(capped["order"]["id"], world.other.clerk)
    assert stranger["data"] == {"staff": {"guardTrace": None}}
    for permission in (Permission.VIEW_FLOORS, Permission.VIEW_ORDERS):
        refused = await traced(capped["order"]["id"], some(permission, world=world))
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"]
    assert (await traced(capped["order"]["id"], buyer))["data"] == {"staff": None}


async def test_lines_below_their_floors_are_paged_newest_first(api: Api) -> None:
    world, buyer = api.world, api.world.shop.buyer()
    ids = []
    for many in (10, 20, 30):
        lines = [line("TEA-500", many), line("NUTS", many)]
        placed = await asked(api, PLACE, buyer, lines=lines, key=f"k{many}")
        ids.append(placed["order"]["id"])
        world.clock.forward()
    assert (await asked(api, BELOW))["nodes"] == []
    await asked(
        api, SET, floors=[{"skuCode": "TEA-500", "floor": "3.3501"}, {"skuCode": "NUTS", "cost": "0"}]
    )
    found = await asked(api, BELOW, first=100)
    nets = [(one["orderId"], one["net"]["amount"], one["floor"]["amount"]) for one in found["nodes"]]
    # Ten cost 3.50 each, from 24 on 3.30.
    assert nets == [(ids[2], "99.00", "100.50")]
    assert found["nodes"][0]["sku"] == {"code": "TEA-500"}
    assert (found["nodes"][0]["baseQuantity"], found["totalCount"]) == ("30", 1)
    await asked(api, SET, floors=[{"skuCode": "TEA-500", "cost": "3", "margin": "20"}])
    page = await asked(api, BELOW, first=2)
    assert (page["totalCount"], [one["orderId"] for one in page["nodes"]]) == (3, [ids[2], ids[1]])
    rest = await asked(api, BELOW, first=2, after=page["pageInfo"]["endCursor"])
    assert [one["orderId"] for one in rest["nodes"]] == [ids[0]]
    assert [one["orderId"] for one in (await asked(api, BELOW, last=1))["nodes"]] == [ids[0]]
    second = page["nodes"][1]["placedAt"]
    assert [one["orderId"] for one in (await asked(api, BELOW, since=second))["nodes"]] == [ids[2], ids[1]]
    assert [one["orderId"] for one in (await asked(api, BELOW, until=second))["nodes"]] == [ids[0]]
    world.use.cancel_order(actor=buyer, key=a.key("c"), order_id=ids[1])
    assert (await asked(api, BELOW))["totalCount"] == 2


async def test_a_line_at_its_floor_is_not_below_it(api: Api) -> None:
    """Three at 0.04 are 0.12; three times the floor is rounded half up, once."""
    world = api.world
    prices = """mutation { setPrices(input: {prices: [{skuCode: "NUTS", breaks: [{unitPrice: "0.04"}]}]}) {
      errors { ... on UserError { code } } } }"""
    assert await asked(api, prices) == []
    placed = await asked(api, PLACE, world.shop.buyer(), lines=[line("NUTS", 3)], key="k")
    assert placed["order"]["total"] == {"amount": "0.12"}
    world.clock.forward()
    for floor, many in (("0.0383", 0), ("0.04", 0), ("0.0416", 0), ("0.0417", 1), ("0.0434", 1)):
        await asked(api, SET, floors=[{"skuCode": "NUTS", "floor": floor}])
        assert (await asked(api, BELOW))["totalCount"] == many, floor


async def test_who_may_not_see_floors_sees_nothing(api: Api) -> None:
    world = api.world
    await asked(api, SET, floors=[{"skuCode": "TEA-500", "floor": "3.3"}])
    rest = [one for one in Permission if one not in (Permission.VIEW_FLOORS, Permission.MANAGE_FLOORS)]
    for actor in (some(*rest, world=world), world.shop.buyer(), Actor.guest(world.shop.merchant)):
        for query in (FLOORS, MARGINS, APPROVALS, BELOW):
            answer = (await api.ask(query, actor=actor)).response.json()
            assert answer["data"] in (None, {"staff": None})
            codes = {one["extensions"]["code"] for one in answer.get("errors", ())}
            assert codes <= {"FORBIDDEN", "UNAUTHENTICATED"}
            assert codes or answer["data"] == {"staff": None}
    for query in (BELOW, APPROVALS):
        alone = await api.ask(query, actor=some(Permission.VIEW_FLOORS, world=world))
        assert [one["extensions"]["code"] for one in alone.errors] == ["FORBIDDEN"]
    for query, variables in (
        (SET, {"floors": [{"skuCode": "TEA-500"}]}),
        (SET_MARGINS, {"margins": []}),
        (APPROVE, {"input": {"customerId": "c", "skus": [], "reason": "r"}}),
    ):
        answer = await api.ask(query, variables, actor=some(Permission.VIEW_FLOORS, *rest, world=world))
        assert [one["extensions"]["code"] for one in answer.errors] == ["FORBIDDEN"]
