"""Registering over the API: from a guest to a buyer who orders, and what is hidden until then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import attrs
import pytest

from application.authorization import Actor, Permission
from domain.customers import NOT_APPROVED, Role
from domain.people import Phone
from kit import builders as a
from kit.api import HOME, Answered, Api, line, open_api
from kit.registering import NEW, invited, pending, registered, sent, submitted
from kit.world import World

WRONG = "errors { __typename ... on UserError { code message path } }"
REGISTER = f"""mutation($input: RegisterInput!) {{ register(input: $input) {{
  session {{ accessToken refreshToken membership {{ id merchantName customerName role }} }} {WRONG} }} }}"""
BY_WECHAT = f"""mutation($input: RegisterByWeChatInput!) {{ registerByWeChat(input: $input) {{
  session {{ membership {{ customerName role }} }} {WRONG} }} }}"""
INVITATION = """invitation { id code tierId salesRepId customerId role phone mostUses uses madeBy madeAt expiresAt
  revokedAt }"""
INVITE = f"""mutation($input: CreateInvitationInput!) {{ createInvitation(input: $input) {{
  {INVITATION} {WRONG} }} }}"""
REVOKE = (
    f"""mutation($id: ID!) {{ revokeInvitation(input: {{invitationId: $id}}) {{ {INVITATION} {WRONG} }} }}"""
)
STANDING = """customerId customerName state movedAt approvedUntil steps { state at reason }
  details { legalName unifiedSocialCreditCode contactName contactPhone licencePicture licenceValidUntil }"""
SAVE = f"""mutation($input: SaveCompanyDetailsInput!) {{ saveCompanyDetails(input: $input) {{
  verification {{ {STANDING} }} {WRONG} }} }}"""
SUBMIT = f"""mutation($id: ID!) {{ submitVerification(input: {{customerId: $id}}) {{
  verification {{ {STANDING} }} {WRONG} }} }}"""
ASK = f"""mutation($id: ID!) {{ askForInfo(input: {{customerId: $id, reason: "照片不清楚"}}) {{
  verification {{ state steps {{ state reason personId }} }} {WRONG} }} }}"""
APPROVE = f"""mutation($input: ApproveCustomerInput!) {{ approveCustomer(input: $input) {{
  verification {{ state approvedUntil credit {{ limit {{ amount currency }} days }} }} {WRONG} }} }}"""
WAITING = f"""query($filter: VerificationFilter, $first: Int) {{ staff {{
  verifications(filter: $filter, first: $first) {{ totalCount nodes {{ {STANDING} }} }} }} }}"""
MINE = f"{{ me {{ customer {{ name verification {{ {STANDING} }} }} }} }}"
QUOTE = """query($input: QuoteInput!) { quote(input: $input) {
  total { amount } lines { unitPrice { amount } } problems { code message } } }"""
PLACE = (
    f"""mutation($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{ order {{ number }} {WRONG} }} }}"""
)
DETAILS = {
    "legalName": "杭州河坊街小店",
    "unifiedSocialCreditCode": "91350100M000100Y43",
    "contactName": "陈小姐",
    "contactPhone": "13711112222",
    "licencePicture": "cos://licences/2.jpg",
}
GOODS = [line("TEA-500", "2")]


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


async def payload(api: Api, query: str, *, actor: Actor, **variables: Any) -> Any:
    """The one payload that was asked for."""
    [found] = (await api.ask(query, variables, actor=actor)).data.values()
    return found


async def bearing(api: Api, token: str, query: str, **variables: Any) -> Answered:
    """What whoever has the token is answered."""
    response = await api.http.post(
        "/graphql",
        json={"query": query, "variables": variables},
        headers={"accept-language": "en", "authorization": f"Bearer {token}"},
    )
    return Answered(response)


def colleague(world: World, *granted: Permission) -> Actor:
    """Somebody of the staff who may do this and no more."""
    member = a.staff(world.ids, permissions=[one.value for one in granted])
    world.add([member])
    return Actor.staff(world.shop.merchant, id=member.id, granted=frozenset(granted))


async def approved_till_tonight(api: Api) -> tuple[Any, dict[str, str], date]:
    """A company whose licence ends today, what it was approved with, and today."""
    world = api.world
    who, today = registered(world), world.shop.merchant.day_of(world.clock.now())
    submitted(world, who, valid_until=today)
    grant = {"customerId": str(who.customer_id), "tierId": str(world.shop.tiers["vip"].id)}
    await payload(api, APPROVE, actor=world.shop.clerk, input=grant)
    return who, grant, today


def codes(found: Any) -> list[str]:
    return [error["code"] for error in found["errors"]]


class TestTheWay:
    async def test_leads_from_a_guest_to_an_order(self, api: Api) -> None:
        world, shop = api.world, api.world.shop
        asked = {"phone": NEW, "code": sent(world), "name": "小陈", "company": "河坊街小店"}
        found = await payload(api, REGISTER, actor=shop.guest, input=asked)
        assert found["errors"] == []
        session = found["session"]
        assert session["membership"]["customerName"] == "河坊街小店"
        assert session["membership"]["role"] == "OWNER"
        token = session["accessToken"]

        mine = (await bearing(api, token, MINE)).data["me"]["customer"]["verification"]
        id = mine["customerId"]
        assert (mine["state"], mine["details"], mine["customerName"]) == ("DRAFT", None, "河坊街小店")
        refused = (await bearing(api, token, QUOTE, input={"lines": GOODS})).data["quote"]
        assert (refused["lines"], refused["total"]["amount"]) == ([], "0.00")
        assert [problem["code"] for problem in refused["problems"]] == ["APPROVAL_PENDING"]
        order = {"idempotencyKey": "k", "paymentMethod": "BANK_TRANSFER", "lines": GOODS}
        placed = (await bearing(api, token, PLACE, input=order)).data["placeOrder"]
        assert (placed["order"], codes(placed)) == (None, ["APPROVAL_PENDING"])

        early = (await bearing(api, token, SUBMIT, id=id)).data["submitVerification"]
        assert codes(early) == ["DETAILS_MISSING"]
        saved = (await bearing(api, token, SAVE, input={"customerId": id, **DETAILS})).data
        assert saved["saveCompanyDetails"]["verification"]["details"] == {
            **DETAILS,
            "contactPhone": "+8613711112222",
            "licenceValidUntil": None,
        }
        handed = (await bearing(api, token, SUBMIT, id=id)).data["submitVerification"]
        assert handed["verification"]["state"] == "SUBMITTED"

        waiting = await payload(api, WAITING, actor=shop.clerk, filter={"state": "SUBMITTED"})
        assert [one["customerId"] for one in waiting["verifications"]["nodes"]] == [id]
        back = await payload(api, ASK, actor=shop.clerk, id=id)
        assert back["verification"]["steps"][-1] == {
            "state": "NEED_INFO",
            "reason": "照片不清楚",
            "personId": shop.staff["clerk"].id,
        }
        again = (await bearing(api, token, SUBMIT, id=id)).data["submitVerification"]
        assert again["verification"]["steps"][-2]["reason"] == "照片不清楚"
        approved = await payload(
            api,
            APPROVE,
            actor=shop.clerk,
            input={
                "customerId": id,
                "tierId": shop.tiers["vip"].id,
                "salesRepId": shop.staff["trainee"].id,
                "contractName": "年度合同",
                "creditLimit": "5000",
                "creditDays": 30,
            },
        )
        assert approved["errors"] == []
        assert approved["verification"] == {
            "state": "APPROVED",
            "approvedUntil": None,
            "credit": {"limit": {"amount": "5000.00", "currency": "CNY"}, "days": 30},
        }
        ordered = (await bearing(api, token, PLACE, input=order)).data["placeOrder"]
        assert ordered["errors"] == [] and ordered["order"]["number"]
        quoted = (await bearing(api, token, QUOTE, input={"lines": GOODS})).data["quote"]
        assert quoted["problems"] == [] and quoted["lines"][0]["unitPrice"]["amount"]

    async def test_has_an_entry_in_the_trail_for_every_step(self, api: Api) -> None:
        who = registered(api.world)
        submitted(api.world, who)
        query = """query($about: ID!) { staff { trail(filter: {about: $about}) { nodes {
          operation actorKind personId } } } }"""
        found = await payload(api, query, actor=api.world.shop.clerk, about=who.customer_id)
        assert [(one["operation"], one["actorKind"]) for one in found["trail"]["nodes"]] == [
            ("submitVerification", "BUYER"),
            ("saveCompanyDetails", "BUYER"),
            ("register", "GUEST"),
        ]

    async def test_goes_by_wechat_too(self, api: Api) -> None:
        world = api.world
        world.wechat.add_person("one", open_id="open")
        world.wechat.add_phone("phone", NEW)
        world.wechat.add_person("two", open_id="open")
        said = {"name": "小陈", "company": "河坊街小店"}
        found = await payload(api, BY_WECHAT, actor=world.shop.guest, input={"code": "one", **said})
        assert codes(found) == ["PHONE_REQUIRED"]
        found = await payload(
            api, BY_WECHAT, actor=world.shop.guest, input={"code": "two", "phoneCode": "phone", **said}
        )
        assert found == {
            "session": {"membership": {"customerName": "河坊街小店", "role": "OWNER"}},
            "errors": [],
        }
        found = await payload(api, BY_WECHAT, actor=world.shop.guest, input={"code": "two", **said})
        assert codes(found) == ["WECHAT_REFUSED"]

    async def test_is_counted_as_signing_in_is(self, api: Api) -> None:
        twice = """mutation($input: RegisterInput!) { a: register(input: $input) { session { until } }
          b: register(input: $input) { session { until } } }"""
        asked = {"phone": NEW, "code": "000000", "name": "小陈"}
        answered = await api.ask(twice, {"input": asked}, actor=api.world.shop.guest)
        assert answered.code == "QUERY_TOO_COMPLEX"


class TestInvitations:
    async def test_are_made_passed_on_used_and_called_back(self, api: Api) -> None:
        world, shop = api.world, api.world.shop
        manager = colleague(world, Permission.MANAGE_CUSTOMERS)
        asked = {"tierId": shop.tiers["vip"].id, "salesRepId": shop.staff["trainee"].id, "phone": NEW}
        made = (await payload(api, INVITE, actor=manager, input=asked))["invitation"]
        assert made == {
            "id": made["id"],
            "code": made["code"],
            "tierId": asked["tierId"],
            "salesRepId": asked["salesRepId"],
            "customerId": None,
            "role": "OWNER",
            "phone": "+86*******0009",
            "mostUses": 1,
            "uses": 0,
            "madeBy": manager.person_id,
            "madeAt": "2026-03-02T04:00:00Z",
            "expiresAt": "2026-03-09T04:00:00Z",
            "revokedAt": None,
        }
        said = {"phone": NEW, "name": "小陈", "company": "店", "invitation": made["code"].lower()}
        found = await payload(api, REGISTER, actor=shop.guest, input={**said, "code": sent(world)})
        assert found["errors"] == []
        found = await payload(api, REGISTER, actor=shop.guest, input={**said, "code": sent(world)})
        assert codes(found) == ["INVITATION_USED_UP"]
        assert found["errors"][0]["path"] == ["input", "invitation"]
        revoked = (await payload(api, REVOKE, actor=manager, id=made["id"]))["invitation"]
        assert revoked["revokedAt"] and revoked["uses"] == 1
        found = await payload(api, REGISTER, actor=shop.guest, input={**said, "code": sent(world)})
        assert codes(found) == ["INVITATION_REVOKED"]
        listed = "{ staff { invitations { totalCount nodes { id code uses } } } }"
        seen = (await payload(api, listed, actor=manager))["invitations"]
        assert seen == {"totalCount": 1, "nodes": [{"id": made["id"], "code": made["code"], "uses": 1}]}

    async def test_are_refused_in_words(self, api: Api) -> None:
        shop, manager = api.world.shop, colleague(api.world, Permission.MANAGE_CUSTOMERS)
        foreign = api.world.other
        for asked, code, path in (
            ({"mostUses": 0}, "INVALID_ENTRY", "mostUses"),
            ({"role": "VIEWER"}, "INVALID_ENTRY", "role"),
            ({"phone": "110"}, "INVALID_PHONE", "phone"),
            ({"tierId": "nonsense"}, "UNKNOWN_TIER", "tierId"),
            ({"tierId": foreign.tiers["vip"].id}, "UNKNOWN_TIER", "tierId"),
            ({"salesRepId": foreign.staff["clerk"].id}, "UNKNOWN_STAFF", "salesRepId"),
            ({"salesRepId": foreign.tiers["vip"].id}, "UNKNOWN_STAFF", "salesRepId"),
            ({"customerId": foreign.customers["vip"].id}, "CUSTOMER_NOT_FOUND", "customerId"),
        ):
            found = await payload(api, INVITE, actor=manager, input=asked)
            assert (codes(found), found["errors"][0]["path"]) == ([code], ["input", path])
        there = invited(api.world, a.invitation(api.world.ids), shop=foreign)
        for id in (there.id, "nonsense"):
            assert codes(await payload(api, REVOKE, actor=manager, id=id)) == ["INVITATION_NOT_FOUND"]
        for actor in (shop.buyer("vip"), colleague(api.world, Permission.VIEW_CUSTOMERS)):
            assert (await api.ask(INVITE, {"input": {}}, actor=actor)).code == "FORBIDDEN"
        assert (await api.ask(INVITE, {"input": {}}, actor=shop.guest)).code == "UNAUTHENTICATED"


class TestDetails:
    async def test_are_refused_field_by_field(self, api: Api) -> None:
        who = registered(api.world)
        wrong = {
            "customerId": who.customer_id,
            "legalName": "",
            "unifiedSocialCreditCode": "91350100M000100Y44",
            "contactName": "x" * 51,
            "contactPhone": "110",
            "licencePicture": " ",
        }
        found = await payload(api, SAVE, actor=who.actor, input=wrong)
        assert codes(found) == ["INVALID_ENTRY"] * 5
        assert [error["path"][-1] for error in found["errors"]] == [*wrong][1:]

    async def test_are_read_by_owners_and_those_who_approve(self, api: Api) -> None:
        who = registered(api.world)
        submitted(api.world, who)
        shop, id = api.world.shop, who.customer_id
        purchaser = a.buyer(
            api.world.ids, customer=attrs.evolve(shop.customers["vip"], id=id), role=Role.PURCHASER
        )
        api.world.add([purchaser])
        reader = Actor.buyer(shop.merchant, id=purchaser.id, customer_id=id, role=Role.PURCHASER)
        assert (await api.ask(MINE, actor=reader)).code == "FORBIDDEN"
        open_to_all = "{ me { customer { verification { state steps { state reason } } } } }"
        found = (await api.ask(open_to_all, actor=reader)).data
        assert found["me"]["customer"]["verification"]["state"] == "SUBMITTED"
        assert (await api.ask(MINE, actor=who.actor)).data["me"]["customer"]["verification"]["details"]
        by_id = """query($id: ID!) { node(id: $id) { ... on Customer { verification { state details {
          legalName } } } } }"""
        both = colleague(api.world, Permission.VIEW_CUSTOMERS, Permission.MANAGE_CUSTOMERS)
        seen = (await api.ask(by_id, {"id": id}, actor=both)).data["node"]["verification"]
        assert seen == {"state": "SUBMITTED", "details": {"legalName": "杭州河坊街小店"}}
        only = colleague(api.world, Permission.VIEW_CUSTOMERS)
        assert (await api.ask(by_id, {"id": id}, actor=only)).code == "FORBIDDEN"


SKU = "code price { unitPrice { amount } } priceHidden stock { status available availableHidden }"
SKU_WITH_BREAKS = SKU.replace("amount }", "amount } breaks { unitPrice { amount } }")
PATHS = {
    "products": f"{{ products {{ nodes {{ skus {{ {SKU_WITH_BREAKS} }} }} }} }}",
    "product": f"query($product: ID!) {{ product(id: $product) {{ skus {{ {SKU} }} }} }}",
    "sku": f'{{ sku(code: "TEA-500") {{ {SKU} }} }}',
    "sku by barcode": f'{{ sku(barcode: "6901234567892") {{ {SKU} }} }}',
    "node": f"query($sku: ID!) {{ node(id: $sku) {{ ... on Sku {{ {SKU} }} }} }}",
    "nodes": f"query($sku: ID!) {{ nodes(ids: [$sku]) {{ ... on Sku {{ {SKU} }} }} }}",
    "the product of a SKU": f'{{ sku(code: "TEA-500") {{ product {{ skus {{ {SKU} }} }} }} }}',
    "an order's lines": f"{{ me {{ customer {{ orders {{ nodes {{ lines {{ sku {{ {SKU} }} }} }} }} }} }} }}",
    "for a quantity": '{ sku(code: "TEA-500") { price(quantity: "24", unit: "箱") { unitPrice { amount } } priceHidden'
    " stock { available availableHidden } code } }",
    "a search": f'{{ products(filter: {{text: "柠檬"}}) {{ nodes {{ skus {{ {SKU} }} }} }} }}',
}


def skus_in(data: Any) -> list[Any]:
    """Every SKU in an answer."""
    if isinstance(data, list):
        return [sku for one in data for sku in skus_in(one)]
    if not isinstance(data, dict):
        return []
    here = [data] if "priceHidden" in data else []
    return here + [sku for one in data.values() for sku in skus_in(one)]


class TestHiddenPrices:
    @pytest.mark.parametrize("over", [False, True], ids=["not yet", "no more"])
    @pytest.mark.parametrize("guest_prices", [False, True])
    async def test_hides_them_on_every_path(self, world: World, over: bool, guest_prices: bool) -> None:
        shop = world.shop
        merchant = attrs.evolve(shop.merchant, guest_prices=guest_prices)
        customer, buyer = pending(world, approval_over=over)
        actor = Actor.buyer(merchant, id=buyer.id, customer_id=customer.id, role=Role.OWNER)
        order = a.order(world.ids, buyer=buyer, lines=[a.order_line(shop.products["tea"])])
        world.add([a.as_stored(order, number=77)])
        given = {"sku": shop.sku("TEA-500").id, "product": shop.products["tea"].id}
        async with open_api(world) as api:
            for name, query in PATHS.items():
                variables = {key: value for key, value in given.items() if f"${key}:" in query}
                answered = await api.ask(query, variables, actor=actor)
                skus = skus_in(answered.data)
                assert skus, name
                for sku in skus:
                    assert sku["price"] is None and sku["priceHidden"] == "APPROVAL_PENDING", name
                    assert sku["stock"]["available"] is None, name
                    assert sku["stock"]["availableHidden"] == "APPROVAL_PENDING", name
                statuses = {sku["stock"].get("status", "IN_STOCK") for sku in skus}
                assert statuses <= {"IN_STOCK", "LOW", "OUT_OF_STOCK"}
                approved = await api.ask(query, variables, actor=shop.buyer("vip"))
                assert name == "an order's lines" or any(sku["price"] for sku in skus_in(approved.data)), name

    async def test_home_works_and_takes_no_more_statements(self, world: World) -> None:
        customer, buyer = pending(world)
        actor = Actor.buyer(world.shop.merchant, id=buyer.id, customer_id=customer.id, role=Role.OWNER)
        async with open_api(world) as api:
            before = world.database.statements
            answered = await api.ask(HOME, actor=actor)
            spent = world.database.statements - before
            skus = skus_in(answered.data)
            assert skus and {sku["priceHidden"] for sku in skus} == {"APPROVAL_PENDING"}
            assert spent <= 3

    async def test_hides_nothing_from_those_who_were_there_before(self, api: Api) -> None:
        actor = api.world.shop.buyer("vip")
        assert (await api.ask(MINE, actor=actor)).data["me"]["customer"]["verification"] is None
        found = (await api.ask(PATHS["products"], actor=actor)).data
        assert {sku["priceHidden"] for sku in skus_in(found)} <= {None, "NO_PRICE"}

    async def test_shows_them_from_the_moment_of_the_approval_to_its_end(self, api: Api) -> None:
        world = api.world
        who = registered(world)
        today = world.shop.merchant.day_of(world.clock.now())
        submitted(world, who, valid_until=today)
        query = '{ sku(code: "TEA-500") { price { unitPrice { amount } } priceHidden } }'

        async def hidden() -> Any:
            return (await api.ask(query, actor=who.actor)).data["sku"]["priceHidden"]

        assert await hidden() == "APPROVAL_PENDING"
        asked = {"customerId": who.customer_id, "tierId": world.shop.tiers["vip"].id}
        approved = await payload(api, APPROVE, actor=world.shop.clerk, input=asked)
        assert approved["verification"]["approvedUntil"] == today.isoformat()
        assert await hidden() is None
        world.clock.forward(timedelta(days=1))
        assert await hidden() == "APPROVAL_PENDING"
        mine = (await api.ask(MINE, actor=who.actor)).data["me"]["customer"]["verification"]
        assert mine["state"] == "EXPIRED"

    async def test_shows_them_while_a_new_licence_is_looked_at(self, api: Api) -> None:
        world, clerk = api.world, api.world.shop.clerk
        who, grant, today = await approved_till_tonight(api)
        query = '{ sku(code: "TEA-500") { priceHidden } }'

        async def hidden() -> Any:
            return (await api.ask(query, actor=who.actor)).data["sku"]["priceHidden"]

        longer = (today + timedelta(days=365)).isoformat()
        renewed = {"customerId": who.customer_id, **DETAILS, "licenceValidUntil": longer}
        saved = await payload(api, SAVE, actor=who.actor, input=renewed)
        assert (saved["errors"], saved["verification"]["state"]) == ([], "DRAFT")
        assert saved["verification"]["approvedUntil"] == today.isoformat()
        assert (await payload(api, SUBMIT, actor=who.actor, id=who.customer_id))["errors"] == []
        assert await hidden() is None
        found = await payload(api, WAITING, actor=clerk, filter={"state": "SUBMITTED"})
        assert [one["customerId"] for one in found["verifications"]["nodes"]] == [who.customer_id]
        world.clock.forward(timedelta(days=1))
        assert await hidden() == "APPROVAL_PENDING"
        approved = await payload(api, APPROVE, actor=clerk, input=grant)
        assert approved["verification"]["approvedUntil"] == longer
        assert await hidden() is None

    async def test_hides_them_when_the_new_licence_is_rejected(self, api: Api) -> None:
        world, clerk = api.world, api.world.shop.clerk
        who, _, _ = await approved_till_tonight(api)
        renewed = {"customerId": who.customer_id, **DETAILS}
        await payload(api, SAVE, actor=who.actor, input=renewed)
        await payload(api, SUBMIT, actor=who.actor, id=who.customer_id)
        world.use.reject_customer(actor=clerk, customer_id=who.customer_id, reason="假的")
        shown = (await api.ask('{ sku(code: "TEA-500") { priceHidden } }', actor=who.actor)).data["sku"]
        assert shown["priceHidden"] == "APPROVAL_PENDING"
        with world.database.unit_of_work.reading(clerk) as storage:
            assert storage.customers.get(who.customer_id).approval == NOT_APPROVED


class TestGuessing:
    async def test_of_invitations_is_as_hard_as_of_codes(self, api: Api) -> None:
        """However many stand in one minute: five tries, then the code is burnt, and the next comes in a minute."""
        world, phone = api.world, Phone("13900000006")
        there = invited(world, a.invitation(world.ids))
        code = sent(world, phone)
        said = {"phone": phone, "code": code, "name": "小陈", "company": "店"}
        tried = [
            codes(
                await payload(
                    api, REGISTER, actor=world.shop.guest, input={**said, "invitation": f"22222-2222{letter}"}
                )
            )
            for letter in "3456789"
        ]
        assert tried == [["INVITATION_NOT_FOUND"]] * 5 + [["INVALID_CODE"]] * 2
        found = await payload(
            api, REGISTER, actor=world.shop.guest, input={**said, "invitation": there.code.shown}
        )
        assert codes(found) == ["INVALID_CODE"], "the right one comes too late"
