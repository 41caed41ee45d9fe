"""Coupons through the front door."""

from __future__ import annotations

from typing import Any

import pytest

from application.authorization import Actor, Permission
from domain.coupons import ClaimWay
from kit import builders as a
from kit import couponing as c
from kit.api import Api, open_api
from kit.world import World

OFFER = """id name terms amountOff { amount } percentageOff mostOff { amount } threshold { amount } forEverything
    gifts { quantity sku { code } } giftChoice
    validFrom validUntil validDays openFrom openUntil stackingGroup"""
TEMPLATE = f"""id offer {{ {OFFER} }} goods goodsWithout way claimCode audience mostClaims mostClaimsEach mostUses
    claims uses madeBy madeAt stoppedAt"""
COUPON = "id code offer { id name } customerId standing claimedAt validFrom validUntil orderId"
ERRORS = """errors { __typename ... on UserError { code path message } ... on InvalidCoupon { field }
    ... on UnknownGoods { reference } ... on UnknownAudience { reference } }"""
CREATE = f"""mutation ($input: CreateCouponTemplateInput!) {{ createCouponTemplate(input: $input) {{
    template {{ {TEMPLATE} }} {ERRORS} }} }}"""
STOP = """mutation ($input: StopCouponTemplateInput!) { stopCouponTemplate(input: $input) {
    template { stoppedAt } errors { __typename } } }"""
ISSUE = """mutation ($input: IssueCouponsInput!) { issueCoupons(input: $input) {
    done { issued template { claims } } errors { __typename ... on CouponNotClaimable { reason } } } }"""
WITHDRAW = """mutation ($input: WithdrawCouponInput!) { withdrawCoupon(input: $input) {
    coupon { id standing } errors { __typename } } }"""
CLAIM = f"""mutation ($input: ClaimCouponInput!) {{ claimCoupon(input: $input) {{
    coupon {{ {COUPON} }} errors {{ __typename ... on CouponNotClaimable {{ reason }} }} }} }}"""


async def done(api: Api, document: str, *, by: Actor | None = None, **input: Any) -> Any:
    """What came of a mutation of the clerk's, or of somebody else's."""
    data = (await api.ask(document, {"input": input}, actor=by or api.world.shop.clerk)).data
    [payload] = data.values()
    return payload


class TestTemplates:
    async def test_staff_make_and_stop_them(self, world: World) -> None:
        shop = world.shop
        tea, vip = shop.products["tea"].id, shop.tiers["vip"].id
        async with open_api(world) as api:
            made = await done(
                api,
                CREATE,
                name="九折券",
                terms="限茶饮",
                percentageOff="10",
                mostOff="30",
                threshold="100",
                goods={"productIds": [tea], "without": [shop.sku("TEA-1L").id]},
                validDays=7,
                way="BY_CODE",
                audience=[vip],
                stackingGroup="开业",
                mostClaims=10,
                mostUses=5,
            )
            assert made["errors"] == []
            template = made["template"]
            offer = template.pop("offer")
            assert offer.pop("id") == template["id"]
            assert offer == {
                "name": "九折券",
                "terms": "限茶饮",
                "amountOff": None,
                "percentageOff": "10",
                "mostOff": {"amount": "30.00"},
                "threshold": {"amount": "100.00"},
                "gifts": [],
                "giftChoice": False,
                "forEverything": False,
                "validFrom": None,
                "validUntil": None,
                "validDays": 7,
                "openFrom": None,
                "openUntil": None,
                "stackingGroup": "开业",
            }
            assert len(template.pop("claimCode")) == 19
            id = template.pop("id")
            assert template == {
                "goods": [tea],
                "goodsWithout": [shop.sku("TEA-1L").id],
                "way": "BY_CODE",
                "audience": [vip],
                "mostClaims": 10,
                "mostClaimsEach": 1,
                "mostUses": 5,
                "claims": 0,
                "uses": 0,
                "madeBy": shop.staff["clerk"].id,
                "madeAt": "2026-03-02T04:00:00Z",
                "stoppedAt": None,
            }
            stopped = await done(api, STOP, templateId=id)
            assert stopped == {"template": {"stoppedAt": "2026-03-02T04:00:00Z"}, "errors": []}
            listed = "{ staff { couponTemplates { totalCount nodes { id offer { name } stoppedAt } } } }"
            found = (await api.ask(listed, actor=shop.clerk)).data["staff"]["couponTemplates"]
            assert (found["totalCount"], [one["id"] for one in found["nodes"]]) == (1, [id])
            assert (await done(api, STOP, templateId="nonsense"))["errors"] == [
                {"__typename": "CouponTemplateNotFound"}
            ]

    async def test_a_template_gives_something(self, world: World) -> None:
        nuts = world.shop.sku("NUTS").id
        async with open_api(world) as api:
            gift: dict[str, Any] = {
                "amount": "30",
                "choice": True,
                "goods": [{"skuId": nuts, "quantity": "2"}],
            }
            made = await done(api, CREATE, name="赠品券", gift=gift)
            assert made["errors"] == []
            offer = made["template"]["offer"]
            assert (offer["gifts"], offer["giftChoice"]) == (
                [{"quantity": "2", "sku": {"code": "NUTS"}}],
                True,
            )
            assert (offer["threshold"], offer["amountOff"]) == ({"amount": "30.00"}, None)
            for wrong, code in (
                ({**gift, "goods": [{"skuId": "x"}]}, "UNKNOWN_GOODS"),
                ({**gift, "goods": []}, "INVALID_COUPON"),
                ({**gift, "goods": [*gift["goods"], {"skuId": "x"}]}, "UNKNOWN_GOODS"),
            ):
                refused = await done(api, CREATE, name="赠品券", gift=wrong)
                assert [one["code"] for one in refused["errors"]] == [code]

    async def test_what_is_wrong_is_named(self, world: World) -> None:
        theirs = world.other.products["tea"].id
        async with open_api(world) as api:
            wrong = await done(api, CREATE, name="", amountOff="0")
            assert [(one["field"], one["path"]) for one in wrong["errors"]] == [
                ("name", ["input", "name"]),
                ("amountOff", ["input", "amountOff"]),
            ]
            wrong = await done(
                api, CREATE, name="x", amountOff="1", goods={"skuIds": [theirs]}, audience=["no"]
            )
            assert [(one["code"], one["reference"], one["path"]) for one in wrong["errors"]] == [
                ("UNKNOWN_GOODS", theirs, ["input"]),
                ("UNKNOWN_AUDIENCE", "no", ["input", "audience"]),
            ]


class TestCoupons:
    async def test_they_are_issued_listed_and_withdrawn(self, world: World) -> None:
        shop = world.shop
        of = c.template(world.ids, way=ClaimWay.ISSUED)
        world.add([of])
        async with open_api(world) as api:
            given: dict[str, Any] = {"templateId": of.id, "to": [shop.tiers["vip"].id]}
            issued = await done(api, ISSUE, idempotencyKey="k", **given)
            assert issued == {"done": {"issued": 2, "template": {"claims": 2}}, "errors": []}
            assert await done(api, ISSUE, idempotencyKey="k", **given) == issued
            mine = f"{{ coupons(standing: AVAILABLE) {{ totalCount nodes {{ {COUPON} }} }} }}"
            found = (await api.ask(mine, actor=shop.buyer("vip"))).data["coupons"]
            [coupon] = found["nodes"]
            assert found["totalCount"] == 1
            assert len(coupon.pop("code")) == 19
            id = coupon.pop("id")
            assert coupon == {
                "offer": {"id": of.id, "name": "满减券"},
                "customerId": shop.customers["vip"].id,
                "standing": "AVAILABLE",
                "claimedAt": "2026-03-02T04:00:00Z",
                "validFrom": "2026-03-02T04:00:00Z",
                "validUntil": None,
                "orderId": None,
            }
            assert (await api.ask(mine, actor=shop.buyer())).data["coupons"]["nodes"] == []
            whose = shop.customers["vip"].id
            all_of = f'{{ staff {{ coupons(filter: {{ customerId: "{whose}" }}) {{ nodes {{ id standing }} }} }} }}'
            for_staff = (await api.ask(all_of, actor=shop.clerk)).data["staff"]["coupons"]["nodes"]
            assert for_staff == [{"id": id, "standing": "AVAILABLE"}]
            withdrawn = await done(api, WITHDRAW, couponId=id)
            assert withdrawn == {"coupon": {"id": id, "standing": "WITHDRAWN"}, "errors": []}
            assert (await api.ask(mine, actor=shop.buyer("vip"))).data["coupons"]["nodes"] == []
            missing = await done(api, WITHDRAW, couponId="cpn_x")
            assert missing["errors"] == [{"__typename": "CouponNotFound"}]

    @pytest.mark.parametrize(
        ("picked", "needed"),
        [("customerId", Permission.VIEW_CUSTOMERS), ("orderId", Permission.VIEW_ORDERS)],
    )
    async def test_staff_are_told_companies_and_orders_only_if_they_see_these(
        self, world: World, picked: str, needed: Permission
    ) -> None:
        document = f"{{ staff {{ coupons {{ nodes {{ id {picked} }} }} }} }}"
        async with open_api(world) as api:
            for more, told in (((), False), ((needed,), True)):
                granted = {Permission.MANAGE_PROMOTIONS, *more}
                member = a.staff(world.ids, permissions=[one.value for one in granted])
                world.add([member])
                who = Actor.staff(world.shop.merchant, id=member.id, granted=frozenset(granted))
                answer = await api.ask(document, actor=who)
                assert answer.data if told else answer.code == "FORBIDDEN"

    async def test_companies_claim_them(self, world: World) -> None:
        shop = world.shop
        listed = c.template(world.ids, claims=1)
        coded = c.template(world.ids, way=ClaimWay.BY_CODE, claim_code=c.code(7))
        world.add([listed, coded])
        vip, regular = shop.buyer("vip"), shop.buyer()
        claimable = "{ claimableCoupons { totalCount nodes { id name } } }"
        async with open_api(world) as api:
            found = (await api.ask(claimable, actor=vip)).data["claimableCoupons"]
            assert found == {"totalCount": 1, "nodes": [{"id": listed.id, "name": "满减券"}]}
            claimed = await done(api, CLAIM, by=vip, idempotencyKey="a", templateId=listed.id)
            assert (claimed["errors"], claimed["coupon"]["customerId"]) == ([], shop.customers["vip"].id)
            again = await done(api, CLAIM, by=vip, idempotencyKey="a", templateId=listed.id)
            assert again["coupon"]["id"] == claimed["coupon"]["id"]
            assert (await api.ask(claimable, actor=vip)).data["claimableCoupons"]["totalCount"] == 0
            late = await done(api, CLAIM, by=regular, idempotencyKey="b", templateId=listed.id)
            assert late["errors"] == [{"__typename": "CouponNotClaimable", "reason": "NONE_LEFT"}]
            by_code = await done(api, CLAIM, by=regular, idempotencyKey="c", code=c.code(7).shown.lower())
            assert by_code["coupon"]["offer"]["id"] == coded.id

    @pytest.mark.parametrize(
        "given",
        [{}, {"code": "ABC"}, {"code": c.code(8)}, {"templateId": "cpt_x"}, {"templateId": "x", "code": "y"}],
    )
    async def test_what_cannot_be_claimed_is_not_there(self, world: World, given: dict[str, str]) -> None:
        async with open_api(world) as api:
            found = await done(api, CLAIM, by=world.shop.buyer("vip"), idempotencyKey="k", **given)
            assert found["errors"] == [{"__typename": "CouponTemplateNotFound"}]
