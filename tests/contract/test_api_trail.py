"""The audit trail through the API: nothing that staff do is left out of it, and those who may read it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import attrs
import pytest

from adapters.graphql.requires import Requires
from adapters.graphql.schema import schema
from domain.catalog import CatchWeight, QuantityRule
from domain.customers import Buyer
from domain.identity import (
    CouponId,
    CouponTemplateId,
    LoginId,
    OrderId,
    OrderTemplateId,
    PriceBatchId,
    PromotionId,
    SpecialPriceId,
    StaffId,
)
from domain.merchant import Staff
from domain.money import Percentage
from domain.own_names import OwnName
from domain.ownership import OwnerKind, Ownership
from domain.price_batches import PriceBatch
from domain.shopping import ListName, OrderTemplate
from kit import builders as a
from kit import couponing
from kit.api import Api, open_api, ordered
from kit.promoting import less
from kit.registering import NEW, invited, sent_now
from kit.specials import special
from kit.world import World


def owned(world: World) -> StaffId:
    """Let the trainee look after a customer."""
    one = Ownership(
        customer_id=world.shop.customers["vip"].id,
        kind=OwnerKind.SALES_REP,
        since=world.clock.now(),
        owner_id=world.shop.staff["trainee"].id,
    )
    world.add([one])
    return world.shop.staff["trainee"].id


READ = """query ($first: Int, $after: String, $last: Int, $before: String, $filter: TrailFilter) { staff {
  trail(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount
    edges { cursor node { sequence at actorKind personId personName address requestId operation aboutKind aboutId
                          facts { name before after } previous hash } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  } } }"""


def known_to_wechat(world: World) -> str:
    """A code with which WeChat knows somebody, and shows a phone."""
    code = str(world.ids.new(LoginId))
    world.wechat.add_person(code, open_id="open")
    world.wechat.add_phone(code, NEW)
    return code


def waiting(world: World) -> str:
    """A company that has handed in what it is."""
    company = world.shop.customers["vip"]
    world.add([a.verification(company, details=a.company_details())])
    return company.id


def unused_group(world: World, *, holding: str | None = None) -> str:
    """A group of customers that nothing needs, in which one of them may be."""
    one = a.group(world.ids, name="西北")
    world.add([one])
    if holding is not None:
        world.add([a.membership(one, world.shop.customers[holding])])
    return one.id


def tagged(world: World, name: str) -> str:
    """A tag that a customer carries."""
    company = world.shop.customers[name]
    with world.database.unit_of_work(world.shop.operator) as storage:
        storage.tags.save([a.tags(company, "老客户")])
    return "老客户"


def called(world: World, name: str) -> str:
    """What a customer calls something."""
    company, own = world.shop.customers[name].id, OwnName("小瓶")
    with world.database.unit_of_work(world.shop.operator) as storage:
        storage.own_names.learn(company, {own: world.shop.sku("TEA-500").id}, at=world.clock.now())
    return own


CHANGE = {"skuCode": "NUTS", "warehouse": "MAIN", "quantity": "2"}


LESS = {
    "name": "满减",
    "effect": {"thresholdDiscount": {"steps": [{"amount": "200", "amountOff": "20"}]}},
}


def promoted(world: World, *, suspended: bool = False) -> str:
    """A promotion."""
    one = less(("100", "10"), id=world.ids.new(PromotionId), suspended=suspended)
    with world.database.unit_of_work(world.shop.operator) as storage:
        storage.promotions.add(one, at=world.clock.now())
    return one.id


def cheaper(world: World) -> str:
    """A special price."""
    one = special("9", sku_id=world.shop.sku("NUTS").id, id=world.ids.new(SpecialPriceId), version=1)
    with world.database.unit_of_work(world.shop.operator) as storage:
        storage.special_prices.add(one, at=world.clock.now())
    return one.id


def proposed(world: World) -> str:
    """A template of orders."""
    one = OrderTemplate(id=world.ids.new(OrderTemplateId), name=ListName("春季"), lines=())
    with world.database.unit_of_work(world.shop.operator) as storage:
        storage.order_templates.save(one)
    return one.id


def staged(world: World) -> str:
    """A batch of prices, without any."""
    batch = PriceBatch(id=world.ids.new(PriceBatchId), name="春", ladders=0, created_at=a.NOON)
    world.add([batch])
    return batch.id


def suspended(world: World, person: Staff | Buyer) -> str:
    """Somebody who is suspended."""
    world.add([attrs.evolve(person, suspended=True)])
    return person.id


def templated(world: World) -> CouponTemplateId:
    """A coupon template that is there."""
    made = couponing.template(world.ids)
    world.add([made])
    return made.id


def weighable(world: World) -> OrderId:
    """A confirmed order of goods that are weighed, of which nothing is noted."""
    rice, clerk = world.shop.sku("RICE"), world.shop.clerk
    rule = QuantityRule(catch_weight=CatchWeight(Percentage.of(100)))
    with world.database.unit_of_work(clerk) as storage:
        storage.quantity_rules.set({rice.id: rule})
    order_id = ordered(world, code="RICE", many=2)
    with world.database.unit_of_work(clerk) as storage:
        storage.orders.save(storage.orders.get(order_id).confirm(at=world.clock.now()))
        storage.stock.commit(order_id)
    return order_id


def couponed(world: World) -> CouponId:
    """A coupon of a company that is there."""
    of = couponing.template(world.ids, claimed=1)
    made = couponing.coupon(world.ids, of, world.shop.customers["vip"])
    world.add([of], [made])
    return made.id


DOINGS: Mapping[str, Callable[[World], dict[str, Any]]] = {
    "confirmOrder": lambda world: {"idempotencyKey": "k", "orderId": ordered(world)},
    "cancelOrder": lambda world: {"idempotencyKey": "k", "orderId": ordered(world)},
    "adjustOrder": lambda world: {
        "idempotencyKey": "k",
        "orderId": ordered(world),
        "amount": "1",
        "reason": "老客户",
    },
    "recordWeights": lambda world: {
        "idempotencyKey": "k",
        "orderId": weighable(world),
        "lines": [{"line": 0, "actual": "3"}],
    },
    "receiveStock": lambda _: {"idempotencyKey": "k", "changes": [CHANGE]},
    "adjustStock": lambda _: {"idempotencyKey": "k", "changes": [CHANGE], "reason": "COUNT"},
    "exportPerson": lambda world: {"buyerId": world.shop.buyers["regular"].id},
    "erasePerson": lambda world: {"buyerId": world.shop.buyers["regular"].id},
    "addStaff": lambda _: {"name": "新人", "phone": "13800000001", "permissions": ["VIEW_STOCK"]},
    "setStaffPermissions": lambda world: {"staffId": world.shop.staff["trainee"].id, "permissions": []},
    "suspendStaff": lambda world: {"staffId": world.shop.staff["trainee"].id},
    "reinstateStaff": lambda world: {"staffId": suspended(world, a.staff(world.ids))},
    "addBuyer": lambda world: {
        "customerId": world.shop.customers["vip"].id,
        "phone": "13800000001",
        "name": "新人",
        "role": "VIEWER",
    },
    "setBuyerRole": lambda world: {"buyerId": world.shop.buyers["viewer"].id, "role": "FINANCE"},
    "suspendBuyer": lambda world: {"buyerId": world.shop.buyers["viewer"].id},
    "reinstateBuyer": lambda world: {
        "buyerId": suspended(world, a.buyer(world.ids, customer=world.shop.customers["vip"]))
    },
    "setPrices": lambda _: {"prices": [{"skuCode": "NUTS", "breaks": [{"unitPrice": "9"}]}]},
    "createSpecialPrice": lambda _: {"name": "特价", "skuCode": "NUTS", "unitPrice": "1"},
    "changeSpecialPrice": lambda world: {
        "specialPriceId": cheaper(world),
        "version": 1,
        "name": "特价",
        "skuCode": "NUTS",
        "unitPrice": "1",
    },
    "endSpecialPrice": lambda world: {"specialPriceId": cheaper(world)},
    "createPromotion": lambda _: {"promotion": LESS},
    "changePromotion": lambda world: {"promotionId": promoted(world), "version": 0, "promotion": LESS},
    "suspendPromotion": lambda world: {"promotionId": promoted(world)},
    "resumePromotion": lambda world: {"promotionId": promoted(world, suspended=True)},
    "endPromotion": lambda world: {"promotionId": promoted(world)},
    "saveOrderTemplate": lambda _: {"name": "夏季", "lines": [{"skuCode": "NUTS", "quantity": "1"}]},
    "deleteOrderTemplate": lambda world: {"templateId": proposed(world)},
    "createPriceList": lambda _: {"name": "新价"},
    "changePriceList": lambda world: {"priceListId": world.shop.lists["promotion"].id, "name": "新价"},
    "copyPriceList": lambda world: {"priceListId": world.shop.lists["promotion"].id, "name": "新价"},
    "raisePrices": lambda world: {"priceListId": world.shop.lists["promotion"].id, "percentage": "110"},
    "publishPriceBatch": lambda world: {"batchId": staged(world)},
    "undoPriceBatch": lambda world: {"batchId": staged(world)},
    "register": lambda world: {"phone": NEW, "code": sent_now(world), "name": "小陈", "company": "店"},
    "registerByWeChat": lambda world: {
        "code": known_to_wechat(world),
        "phoneCode": known_to_wechat(world),
        "name": "小陈",
        "company": "店",
    },
    "createCouponTemplate": lambda _: {"name": "满减券", "amountOff": "10"},
    "stopCouponTemplate": lambda world: {"templateId": templated(world)},
    "issueCoupons": lambda world: {
        "idempotencyKey": "i",
        "templateId": templated(world),
        "to": [world.shop.customers["vip"].id],
    },
    "withdrawCoupon": lambda world: {"couponId": couponed(world)},
    "createInvitation": lambda _: {"mostUses": 2},
    "revokeInvitation": lambda world: {"invitationId": invited(world, a.invitation(world.ids)).id},
    "askForInfo": lambda world: {"customerId": waiting(world), "reason": "照片不清楚"},
    "rejectCustomer": lambda world: {"customerId": waiting(world), "reason": "不行"},
    "approveCustomer": lambda world: {
        "customerId": waiting(world),
        "tierId": world.shop.tiers["regular"].id,
    },
    "addCustomer": lambda _: {"name": "新店", "tier": "VIP"},
    "setCustomerParent": lambda world: {
        "customerId": world.shop.customers["vip"].id,
        "parentId": world.shop.customers["regular"].id,
    },
    "setCustomerOwner": lambda world: {
        "customerId": world.shop.customers["vip"].id,
        "kind": "SALES_REP",
        "ownerId": world.shop.staff["trainee"].id,
    },
    "handOverCustomers": lambda world: {
        "fromSalesRepId": owned(world),
        "toSalesRepId": world.shop.staff["clerk"].id,
    },
    "createCustomerGroup": lambda _: {"name": "西南", "kind": "REGION"},
    "renameCustomerGroup": lambda world: {"groupId": world.shop.groups["east"].id, "name": "江浙"},
    "deleteCustomerGroup": lambda world: {"groupId": unused_group(world)},
    "addToCustomerGroup": lambda world: {
        "groupId": unused_group(world),
        "customerIds": [world.shop.customers["vip"].id],
    },
    "removeFromCustomerGroup": lambda world: {
        "groupId": unused_group(world, holding="vip"),
        "customerIds": [world.shop.customers["vip"].id],
    },
    "tagCustomers": lambda world: {"customerIds": [world.shop.customers["vip"].id], "tags": ["展会"]},
    "untagCustomers": lambda world: {
        "customerIds": [world.shop.customers["vip"].id],
        "tags": [tagged(world, "vip")],
    },
    "setProductVisibility": lambda world: {
        "products": [{"productId": world.shop.products["tea"].id, "restricted": True}]
    },
    "setOwnName": lambda world: {
        "name": "大瓶",
        "skuId": world.shop.sku("TEA-1L").id,
        "customerId": world.shop.customers["vip"].id,
    },
    "removeOwnName": lambda world: {
        "name": called(world, "vip"),
        "customerId": world.shop.customers["vip"].id,
    },
    "setQuantityRules": lambda _: {"rules": [{"skuCode": "NUTS", "maximum": "60"}]},
    "poolBreaks": lambda world: {"productIds": [world.shop.products["tea"].id], "pooled": True},
    "allowQuantities": lambda world: {
        "customerId": world.shop.customers["vip"].id,
        "skuIds": [world.shop.sku("CUP").id],
        "until": "2126-01-01T00:00:00Z",
        "reason": "展会",
    },
    "setFloors": lambda _: {"floors": [{"skuCode": "NUTS", "cost": "2.50"}]},
    "setCategoryMargins": lambda world: {
        "margins": [{"categoryId": world.shop.categories["drinks"].id, "margin": "12.5"}]
    },
    "approveBelowFloor": lambda world: {
        "customerId": world.shop.customers["vip"].id,
        "skus": [{"skuId": world.shop.sku("CUP").id, "lowest": "0.5"}],
        "until": "2126-01-01T00:00:00Z",
        "reason": "清仓",
    },
    "setMerchantSettings": lambda _: {"settingsVersion": 0, "cutOffTime": "17:30"},
}
"""For every mutation that staff may send, something that it does."""
CHANGES_NOTHING: Mapping[str, str] = dict.fromkeys(
    (
        "requestSignInCode",
        "signIn",
        "signInByWeChat",
        "refreshSession",
        "signOut",
        "switchMembership",
        "signInWithPassword",
        "setPassword",
        "beginTotp",
        "confirmTotp",
        "showTotp",
        "disableTotp",
    ),
    "logins, codes, passwords and sessions are the person's own, and no merchant's",
) | {"demandSecondFactor": "test_api_credentials.py tries it with somebody who has shown one"}
"""Mutations that staff may send and that need leave no entry, each with the reason."""
LEAVES_NOBODY: Mapping[str, str] = {
    "exportMyData": "it changes nothing, and is the person's own",
    "eraseMe": "whoever sends it is gone afterwards: tests/contract/test_api_privacy.py reads what it leaves",
}
"""Mutations that are not tried as the others are."""


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened_api:
        yield opened_api


async def trail(api: Api, **variables: Any) -> Any:
    """Read the trail as the clerk."""
    return (await api.ask(READ, variables, actor=api.world.shop.clerk)).data["staff"]["trail"]


async def nodes(api: Api, **variables: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in (await trail(api, **variables))["edges"]]


async def do(api: Api, name: str, *, input: dict[str, Any]) -> None:
    """Send a mutation as the clerk."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ errors {{ __typename }} }} }}"
    answered = await api.ask(document, {"input": input}, actor=api.world.shop.clerk)
    assert answered.data[name]["errors"] == []


def open_to_staff(world: World) -> set[str]:
    """Every mutation of the schema that somebody of the staff may send."""
    assert schema._schema.mutation_type is not None
    found = set()
    for name, declared in schema._schema.mutation_type.fields.items():
        directives = declared.extensions["strawberry-definition"].directives
        needs = [one.permission for one in directives if isinstance(one, Requires)]
        if not world.shop.clerk.permissions.isdisjoint(needs):
            found.add(name)
    return found


class TestEveryMutation:
    def test_that_staff_may_send_is_tried(self, world: World) -> None:
        assert open_to_staff(world) == DOINGS.keys() | CHANGES_NOTHING.keys() | LEAVES_NOBODY.keys(), (
            "say what it does, or why not"
        )
        assert not DOINGS.keys() & CHANGES_NOTHING.keys()

    @pytest.mark.parametrize("name", DOINGS)
    async def test_leaves_an_entry(self, api: Api, name: str) -> None:
        input = DOINGS[name](api.world)
        assert await nodes(api) == []
        for _ in range(2 if "idempotencyKey" in input else 1):
            await do(api, name, input=input)
        (entry,) = await nodes(api)
        person = api.world.shop.staff["clerk"]
        assert (entry["operation"], entry["sequence"], entry["actorKind"]) == (name, 1, "STAFF")
        assert (entry["personId"], entry["personName"]) == (person.id, person.name)
        assert entry["address"] == "127.0.0.1"
        assert entry["requestId"].startswith("req_")
        assert entry["at"] == "2026-03-02T04:00:00Z"
        assert entry["facts"] and any(one["before"] != one["after"] for one in entry["facts"])
        assert list(api.world.database.audit.findings()) == []


class TestReading:
    async def test_shows_who_did_what(self, api: Api) -> None:
        order_id = ordered(api.world)
        await do(api, "confirmOrder", input={"idempotencyKey": "k", "orderId": order_id})
        await do(api, "setPrices", input=DOINGS["setPrices"](api.world))
        second, first = await nodes(api)
        nuts, base = api.world.shop.sku("NUTS").id, api.world.shop.lists["base"].id
        assert (first["aboutKind"], first["aboutId"]) == ("Order", order_id)
        assert first["facts"] == [{"name": "status", "before": "SUBMITTED", "after": "CONFIRMED"}]
        assert (second["aboutKind"], second["aboutId"]) == ("Sku", nuts)
        assert second["facts"] == [
            {"name": "ladder", "before": "1: 12.00", "after": "1: 9.00"},
            {"name": "priceList", "before": base, "after": base},
        ]
        assert (first["previous"], second["previous"]) == ("0" * 64, first["hash"])
        heads = api.world.database.audit.trail_heads()
        assert heads[api.world.shop.merchant.id].hash == second["hash"]

    async def test_is_paged_and_counted(self, api: Api) -> None:
        changes = [{**CHANGE, "quantity": str(many)} for many in range(1, 6)]
        await do(api, "receiveStock", input={"idempotencyKey": "k", "changes": changes})
        first = await trail(api, first=2)
        assert [edge["node"]["sequence"] for edge in first["edges"]] == [5, 4]
        assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (5, True)
        rest = await trail(api, first=5, after=first["pageInfo"]["endCursor"])
        assert [edge["node"]["sequence"] for edge in rest["edges"]] == [3, 2, 1]
        assert rest["pageInfo"]["hasNextPage"] is False
        last = await trail(api, last=2, before=rest["edges"][2]["cursor"])
        assert [edge["node"]["sequence"] for edge in last["edges"]] == [3, 2]
        wrong = {"after": "WyJQTEFDRUQiLDEsIm9yZCJd"}
        assert (await api.ask(READ, wrong, actor=api.world.shop.clerk)).code == "BAD_USER_INPUT"

    async def test_is_narrowed(self, api: Api) -> None:
        shop = api.world.shop
        await do(api, "setPrices", input=DOINGS["setPrices"](api.world))
        api.world.clock.forward()
        await do(
            api, "receiveStock", input={"idempotencyKey": "k", "changes": [{**CHANGE, "skuCode": "CUP"}]}
        )
        for filter, expected in (
            ({"about": shop.sku("NUTS").id}, [1]),
            ({"about": api.world.ids.new(OrderId)}, []),
            ({"about": "nothing"}, []),
            ({"actor": shop.staff["clerk"].id}, [2, 1]),
            ({"actor": shop.buyers["vip"].id}, []),
            ({"actor": shop.sku("NUTS").id}, []),
            ({"since": "2026-03-02T04:01:00Z"}, [2]),
            ({"until": "2026-03-02T12:01:00+08:00"}, [1]),
            ({"about": shop.sku("CUP").id, "until": "2026-03-02T04:01:00Z"}, []),
            ({"since": "0001-01-01T00:00:00Z", "until": "9999-12-31T23:59:59Z"}, [2, 1]),
            ({"about": None, "actor": None}, [2, 1]),
        ):
            found = await trail(api, filter=filter)
            assert [edge["node"]["sequence"] for edge in found["edges"]] == expected, filter
            assert found["totalCount"] == len(expected)

    @pytest.mark.parametrize(
        "instant",
        ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "2026-03-02T04:00:00", "noon", 7],
    )
    async def test_refuses_what_is_no_instant(self, api: Api, instant: object) -> None:
        asked = {"filter": {"since": instant}}
        assert (await api.ask(READ, asked, actor=api.world.shop.clerk)).code == "BAD_USER_INPUT"

    async def test_is_for_those_who_may(self, api: Api) -> None:
        await do(api, "setPrices", input=DOINGS["setPrices"](api.world))
        shop = api.world.shop
        trainee = attrs.evolve(shop.colleague(), person_id=shop.staff["trainee"].id)
        assert (await api.ask(READ, actor=trainee)).code == "FORBIDDEN"
        for outsider in (shop.guest, shop.buyer()):
            assert (await api.ask(READ, actor=outsider)).data == {"staff": None}
        theirs = (await api.ask(READ, actor=api.world.other.clerk)).data
        assert theirs["staff"]["trail"]["edges"] == []
