"""Who works here and who buys for whom, over the API: changed by those who may, and felt with the next request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest

from application.authorization import Actor, Permission
from domain.customers import Role
from domain.identity import BuyerId, StaffId
from domain.people import Phone
from kit.api import Api, open_api
from kit.world import World, known_as

WRONG = "errors { __typename ... on UserError { code path } }"
GRANTED = "errors { ... on UserError { code path } ... on NotYoursToGrant { permissions } }"
MEMBER = "member { id name suspended permissions }"
ADD = f"""mutation($input: AddStaffInput!) {{ addStaff(input: $input) {{
  joined {{ {MEMBER} firstPassword }} {WRONG} }} }}"""
PERMIT = f"""mutation($id: ID!, $permissions: [Permission!]!) {{
  setStaffPermissions(input: {{staffId: $id, permissions: $permissions}}) {{ {MEMBER} {GRANTED} }} }}"""
SUSPEND = f"mutation($id: ID!) {{ suspendStaff(input: {{staffId: $id}}) {{ {MEMBER} {WRONG} }} }}"
REINSTATE = f"mutation($id: ID!) {{ reinstateStaff(input: {{staffId: $id}}) {{ {MEMBER} {WRONG} }} }}"
PEOPLE = """query($first: Int, $after: String) { staff { people(first: $first, after: $after) {
  totalCount nodes { id name suspended permissions } pageInfo { hasNextPage endCursor } } } }"""
BUYER = "buyer { id name role suspended customer { id buyers { id suspended } } }"
ADD_BUYER = f"mutation($input: AddBuyerInput!) {{ addBuyer(input: $input) {{ {BUYER} {WRONG} }} }}"
ROLE = f"""mutation($id: ID!, $role: Role!) {{
  setBuyerRole(input: {{buyerId: $id, role: $role}}) {{ {BUYER} {WRONG} }} }}"""
SUSPEND_BUYER = f"mutation($id: ID!) {{ suspendBuyer(input: {{buyerId: $id}}) {{ {BUYER} {WRONG} }} }}"
REINSTATE_BUYER = f"mutation($id: ID!) {{ reinstateBuyer(input: {{buyerId: $id}}) {{ {BUYER} {WRONG} }} }}"
COMPANY = "{ me { customer { buyers { id name role suspended customer { name } memberships { id } } } } }"


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


async def told(api: Api, query: str, actor: Actor, **variables: Any) -> Any:
    """The one payload that somebody is answered."""
    [payload] = (await api.ask(query, variables, actor=actor)).data.values()
    return payload


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["errors"]]


class TestStaff:
    async def test_join_and_are_listed(self, api: Api) -> None:
        shop = api.world.shop
        asked = {"name": "新人", "phone": "13800000001", "permissions": ["VIEW_STOCK"]}
        payload = await told(api, ADD, shop.clerk, input=asked)
        member = payload["joined"]["member"]
        assert payload["joined"]["firstPassword"] is None
        assert member == {
            "id": member["id"],
            "name": "新人",
            "suspended": False,
            "permissions": ["VIEW_STOCK"],
        }
        first = (await api.ask(PEOPLE, {"first": 2}, actor=shop.clerk)).data["staff"]["people"]
        assert [one["id"] for one in first["nodes"]] == sorted(one.id for one in shop.staff.values())
        # What this program does not know is not shown.
        assert first["nodes"][1]["permissions"] == ["VIEW_STOCK"]
        assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
        rest = await api.ask(PEOPLE, {"after": first["pageInfo"]["endCursor"]}, actor=shop.clerk)
        assert rest.data["staff"]["people"]["nodes"] == [member]

    async def test_are_nobody_with_the_next_request_once_they_are_suspended(self, api: Api) -> None:
        shop = api.world.shop
        trainee = attrs.evolve(shop.colleague(), person_id=shop.staff["trainee"].id)
        assert (await api.ask("{ staff { id } }", actor=trainee)).data["staff"]
        payload = await told(api, SUSPEND, shop.clerk, id=trainee.person_id)
        assert payload["member"]["suspended"] is True
        answered = await api.ask("{ staff { id } }", actor=trainee)
        assert (answered.response.status_code, answered.code) == (401, "UNAUTHENTICATED")
        payload = await told(api, REINSTATE, shop.clerk, id=trainee.person_id)
        assert payload["member"]["suspended"] is False
        assert (await api.ask("{ staff { id } }", actor=trainee)).data["staff"]

    async def test_may_do_what_they_are_told_with_the_next_request(self, api: Api) -> None:
        shop = api.world.shop
        trainee = attrs.evolve(shop.colleague(), person_id=shop.staff["trainee"].id)
        asked = {"id": trainee.person_id, "permissions": ["VIEW_CUSTOMERS"]}
        payload = await told(api, PERMIT, shop.clerk, **asked)
        assert payload["member"]["permissions"] == ["VIEW_CUSTOMERS"]
        found = (await api.ask("{ staff { permissions } }", actor=trainee)).data["staff"]["permissions"]
        assert found == ["BROWSE", "BACK_OFFICE", "VIEW_CUSTOMERS", "MANAGE_LOGIN"]

    async def test_are_refused_by_name(self, api: Api) -> None:
        shop, other = api.world.shop, api.world.other
        clerk, trainee = shop.staff["clerk"].id, shop.staff["trainee"].id
        more: dict[str, Any]
        for query, more in ((PERMIT, {"permissions": []}), (SUSPEND, {}), (REINSTATE, {})):
            assert codes(await told(api, query, shop.clerk, id=clerk, **more)) == ["OWN_ACCESS"]
            for id in (
                other.staff["clerk"].id,
                api.world.ids.new(StaffId),
                shop.buyers["vip"].id,
                "nonsense",
            ):
                assert codes(await told(api, query, shop.clerk, id=id, **more)) == ["STAFF_NOT_FOUND"]
        asked = {"id": trainee, "permissions": ["BROWSE", "MANAGE_LOGIN"]}
        [refused] = (await told(api, PERMIT, shop.clerk, **asked))["errors"]
        assert (refused["code"], refused["path"]) == ("NOT_YOURS_TO_GRANT", ["input", "permissions"])
        assert refused["permissions"] == ["BROWSE", "MANAGE_LOGIN"]
        for given, code in (
            ({}, "CONTACT_REQUIRED"),
            ({"phone": "12345"}, "INVALID_PHONE"),
            ({"email": "wang"}, "INVALID_EMAIL"),
            ({"phone": "13800000001", "name": " "}, "INVALID_NAME"),
        ):
            asked = {"name": "新人", "permissions": [], **given}
            assert codes(await told(api, ADD, shop.clerk, input=asked)) == [code]

    async def test_are_for_those_who_manage_them(self, api: Api) -> None:
        shop = api.world.shop
        trainee = attrs.evolve(shop.colleague(), person_id=shop.staff["trainee"].id)
        for actor, code in (
            (trainee, "FORBIDDEN"),
            (shop.buyer("vip"), "FORBIDDEN"),
            (shop.guest, "UNAUTHENTICATED"),
        ):
            assert (await api.ask(SUSPEND, {"id": trainee.person_id}, actor=actor)).code == code
        assert (await api.ask(PEOPLE, actor=trainee)).code == "FORBIDDEN"


class TestBuyers:
    async def test_are_seen_by_their_company(self, api: Api) -> None:
        shop = api.world.shop
        mine = sorted((shop.buyers["regular"], shop.buyers["viewer"]), key=lambda one: one.id)
        found = (await api.ask(COMPANY, actor=shop.buyer())).data["me"]["customer"]["buyers"]
        assert found == [
            {
                "id": one.id,
                "name": one.name,
                "role": one.role.value,
                "suspended": False,
                "customer": {"name": shop.customers["regular"].name},
                "memberships": [{"id": one.id}] if one is shop.buyers["regular"] else [],
            }
            for one in mine
        ]

    async def test_are_managed_by_an_owner(self, api: Api) -> None:
        shop, phone = api.world.shop, Phone("13800000001")
        login, _, _ = known_as(api.world, phone, (api.world.other, "vip"))
        owner, company = shop.buyer("vip"), shop.customers["vip"].id
        asked = {"customerId": company, "phone": phone, "name": "新人", "role": "PURCHASER"}
        buyer = (await told(api, ADD_BUYER, owner, input=asked))["buyer"]
        people = [{"id": shop.buyers["vip"].id, "suspended": False}, {"id": buyer["id"], "suspended": False}]
        assert buyer["customer"] == {"id": company, "buyers": people}
        with api.world.database.people() as known:
            places = known.memberships(login.id)
        assert [one.person_id for one in places if one.merchant_id == shop.merchant.id] == [buyer["id"]]
        assert codes(await told(api, ADD_BUYER, owner, input=asked)) == ["ALREADY_BUYER"]
        assert (await told(api, ROLE, owner, id=buyer["id"], role="VIEWER"))["buyer"]["role"] == "VIEWER"
        newcomer = Actor.buyer(
            shop.merchant, id=BuyerId(buyer["id"]), customer_id=company, role=Role.PURCHASER
        )
        assert (await api.ask("{ me { role } }", actor=newcomer)).data["me"] == {"role": "VIEWER"}
        gone = (await told(api, SUSPEND_BUYER, owner, id=buyer["id"]))["buyer"]
        assert gone["suspended"] and gone["customer"]["buyers"][1]["suspended"]
        answered = await api.ask("{ me { role } }", actor=newcomer)
        assert (answered.response.status_code, answered.code) == (401, "UNAUTHENTICATED")
        assert not (await told(api, REINSTATE_BUYER, owner, id=buyer["id"]))["buyer"]["suspended"]
        assert (await api.ask("{ me { role } }", actor=newcomer)).data["me"]

    async def test_are_refused_by_name(self, api: Api) -> None:
        shop, other = api.world.shop, api.world.other
        owner = shop.buyer("vip")
        more: dict[str, Any]
        for query, more in ((ROLE, {"role": "VIEWER"}), (SUSPEND_BUYER, {}), (REINSTATE_BUYER, {})):
            own = await told(api, query, owner, id=shop.buyers["vip"].id, **more)
            assert codes(own) == ["OWN_ACCESS"]
            for id in (shop.buyers["regular"].id, other.buyers["vip"].id, api.world.ids.new(BuyerId), "x"):
                assert codes(await told(api, query, owner, id=id, **more)) == ["BUYER_NOT_FOUND"]
        base = {"phone": "13800000001", "name": "新人", "role": "VIEWER"}
        for company in (shop.customers["regular"].id, other.customers["vip"].id, "nonsense"):
            payload = await told(api, ADD_BUYER, owner, input={**base, "customerId": company})
            assert codes(payload) == ["CUSTOMER_NOT_FOUND"]
        staff = shop.colleague(Permission.MANAGE_CUSTOMERS)
        last = "mutation($id: ID!) { suspendBuyer(input: {buyerId: $id}) { errors { __typename } } }"
        payload = await told(api, last, staff, id=shop.buyers["strategic"].id)
        assert payload["errors"] == [{"__typename": "NoOwnerLeft"}]

    async def test_are_for_those_who_may(self, api: Api) -> None:
        shop = api.world.shop
        for actor, code in ((shop.buyer(), "FORBIDDEN"), (shop.guest, "UNAUTHENTICATED")):
            answered = await api.ask(SUSPEND_BUYER, {"id": shop.buyers["viewer"].id}, actor=actor)
            assert answered.code == code
