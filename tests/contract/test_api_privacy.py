"""Personal data through the API: handed out to whom it is about, and erased by whoever may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import attrs
import pytest

from application.authorization import Actor, Permission
from application.cart import AskedLine
from application.invitations import AskedInvitation
from domain.customers import Buyer, Role
from domain.identity import BuyerId
from domain.merchant import Staff
from domain.people import FRESH, SEND_EVERY, Login, Phone
from domain.privacy import ERASED
from kit import builders as a
from kit.api import Answered, Api, open_api
from kit.world import Shop, World, known_as

PHONE = Phone("13800000001")
WHY = "errors { __typename ... on UserError { code path } }"
WRONG = "errors { __typename ... on UserError { code path } ... on LastOwner { openOrders } }"
EXPORT_MINE = (
    f"mutation($until: DateTime) {{ exportMyData(input: {{until: $until}}) {{ personalData {WHY} }} }}"
)
EXPORT = f"""mutation($id: ID!, $until: DateTime) {{
  exportPerson(input: {{buyerId: $id, until: $until}}) {{ personalData {WHY} }} }}"""
ERASE_ME = f"mutation($code: String) {{ eraseMe(input: {{code: $code}}) {{ erasedPlaces {WRONG} }} }}"
ERASE = f"mutation($id: ID!) {{ erasePerson(input: {{buyerId: $id}}) {{ erasedAt {WRONG} }} }}"


@attrs.frozen(kw_only=True)
class Known:
    """Somebody who buys for a company, and works for another merchant."""

    login: Login
    buyer: Buyer
    member: Staff


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


@pytest.fixture
def known(world: World) -> Known:
    login, [buyer], [member] = known_as(
        world, PHONE, (world.shop, "vip"), staff_of=[world.other], role=Role.PURCHASER
    )
    return Known(login=login, buyer=buyer, member=member)


def acting(world: World, buyer: Buyer) -> Actor:
    """The buyer."""
    return Actor.buyer(world.shop.merchant, id=buyer.id, customer_id=buyer.customer_id, role=buyer.role)


def sign_in(world: World) -> str:
    """Sign in by a code."""
    world.clock.forward(SEND_EVERY)
    world.use.request_code(actor=world.shop.guest, phone=PHONE, locale="en")
    return world.use.verify_code(actor=world.shop.guest, phone=PHONE, code=world.inbox.code).access_token


async def bearing(api: Api, token: str, query: str, **variables: Any) -> Answered:
    response = await api.http.post(
        "/graphql",
        json={"query": query, "variables": variables},
        headers={"accept-language": "en", "authorization": f"Bearer {token}"},
    )
    return Answered(response)


async def payload(answered: Answered) -> Any:
    [found] = answered.data.values()
    return found


def order(world: World, buyer: Buyer, *, key: str = "one", to_own_address: bool = False) -> Any:
    """Let the buyer order."""
    shop = world.shop
    address = shop.customers["vip"].addresses[0].id if to_own_address else None
    wishes = attrs.evolve(a.wishes(), note="放门口", address_id=address)
    return world.use.place_order(
        actor=acting(world, buyer), key=a.key(key), basket=a.basket((shop.sku("NUTS"), 1)), wishes=wishes
    )


class TestExportingOneself:
    async def test_tells_everything_at_every_merchant(self, api: Api, known: Known) -> None:
        world = api.world
        placed = order(world, known.buyer)
        token = sign_in(world)
        told = (await payload(await bearing(api, token, EXPORT_MINE)))["personalData"]
        with world.database.people() as people:
            [session] = people.sessions_of(known.login.id)
        when = session.began_at.isoformat().replace("+00:00", "Z")
        assert told == {
            "form": "dinghuo personal data 1",
            "takenAt": when,
            "until": None,
            "olderUntil": None,
            "login": {
                "id": known.login.id,
                "phone": PHONE.masked,
                "identities": 0,
                "email": None,
                "password": False,
                "secondFactor": False,
                "sessions": [
                    {
                        "id": session.id,
                        "placeId": known.buyer.id,
                        "beganAt": when,
                        "refreshedAt": when,
                        "endedAt": None,
                        "proof": "CODE",
                        "secondFactor": False,
                    }
                ],
            },
            "places": [
                {
                    "merchant": world.shop.merchant.name,
                    "id": known.buyer.id,
                    "kind": "BUYER",
                    "name": known.buyer.name,
                    "company": world.shop.customers["vip"].name,
                    "role": "PURCHASER",
                    "permissions": [],
                    "erasedAt": None,
                    "addresses": [],
                    "contact": None,
                    "invitations": [],
                    "shoppingLists": [],
                    "orders": [
                        {
                            "id": placed.id,
                            "number": placed.number,
                            "placedAt": "2026-03-02T04:00:00Z",
                            "placed": True,
                            "note": "放门口",
                            "address": None,
                        }
                    ],
                    "trail": [],
                },
                {
                    "merchant": world.other.merchant.name,
                    "id": known.member.id,
                    "kind": "STAFF",
                    "name": known.member.name,
                    "company": None,
                    "role": None,
                    "permissions": [],
                    "erasedAt": None,
                    "addresses": [],
                    "contact": None,
                    "invitations": [],
                    "shoppingLists": [],
                    "orders": [],
                    "trail": [],
                },
            ],
        }

    async def test_tells_the_addresses_where_they_receive(self, api: Api) -> None:
        world, shop = api.world, api.world.shop
        book = shop.customers["vip"].addresses
        receiver = attrs.evolve(
            a.buyer(world.ids, customer=shop.customers["vip"]), name=book[0].address.recipient
        )
        colleague = a.buyer(world.ids, customer=shop.customers["vip"], name="同事")
        world.add([receiver, colleague])
        sent = order(world, colleague, to_own_address=True)
        told = await payload(await api.ask(EXPORT_MINE, actor=acting(world, receiver)))
        [place] = told["personalData"]["places"]
        assert told["personalData"]["login"] is None
        assert [one["id"] for one in place["addresses"]] == [
            one.id for one in book if one.address.recipient == receiver.name
        ]
        address = attrs.asdict(book[0].address)
        assert place["orders"] == [
            {
                "id": sent.id,
                "number": sent.number,
                "placedAt": "2026-03-02T04:00:00Z",
                "placed": False,
                "note": None,
                "address": address,
            }
        ]

    async def test_tells_where_they_are_whom_to_ask_and_what_invites_them(
        self, api: Api, known: Known
    ) -> None:
        world, shop = api.world, api.world.shop
        details = attrs.evolve(a.company_details(), phone=PHONE)
        world.add([a.verification(shop.customers["vip"], by=known.buyer, details=details)])
        colleague = a.buyer(world.ids, customer=shop.customers["vip"], name="同事")
        world.add([colleague])
        made = world.use.create_invitation(actor=shop.clerk, asked=AskedInvitation(phone=PHONE))
        world.use.create_invitation(actor=shop.clerk, asked=AskedInvitation(phone="13700001111"))
        world.use.create_invitation(actor=shop.clerk, asked=AskedInvitation())
        theirs = {
            "contact": {"name": details.contact, "phone": PHONE},
            "invitations": [
                {
                    "id": made.id,
                    "phone": PHONE.masked,
                    "madeAt": "2026-03-02T04:00:00Z",
                    "expiresAt": "2026-03-09T04:00:00Z",
                }
            ],
        }
        nothing: dict[str, Any] = {"contact": None, "invitations": []}
        manager = shop.clerk
        for answered, expected in (
            (await api.ask(EXPORT_MINE, actor=acting(world, known.buyer)), [theirs, nothing]),
            (await api.ask(EXPORT, {"id": known.buyer.id}, actor=manager), [theirs]),
            (await api.ask(EXPORT_MINE, actor=acting(world, colleague)), [nothing]),
            (await api.ask(EXPORT, {"id": colleague.id}, actor=manager), [nothing]),
        ):
            places = (await payload(answered))["personalData"]["places"]
            assert [{name: one[name] for name in nothing} for one in places] == expected

    async def test_tells_the_shopping_lists_that_are_theirs_alone(self, api: Api, known: Known) -> None:
        world, shop = api.world, api.world.shop
        colleague = a.buyer(world.ids, customer=shop.customers["vip"], name="同事")
        world.add([colleague])
        made = [
            world.use.save_shopping_list(
                actor=acting(world, by),
                name=name,
                shared=shared,
                lines=[AskedLine(sku_id=shop.sku("NUTS").id, quantity=Decimal(2))],
            )
            for by, name, shared in (
                (known.buyer, "给妈妈带的", False),
                (known.buyer, "公司常购", True),
                (colleague, "同事的", False),
            )
        ]
        [line] = made[0].lines
        theirs = {
            "id": made[0].id,
            "name": "给妈妈带的",
            "lines": [{"skuId": line.sku_id, "unit": line.unit, "quantity": "2"}],
        }
        for answered, expected in (
            (await api.ask(EXPORT_MINE, actor=acting(world, known.buyer)), [[theirs], []]),
            (await api.ask(EXPORT, {"id": known.buyer.id}, actor=shop.clerk), [None]),
        ):
            places = (await payload(answered))["personalData"]["places"]
            assert [one["shoppingLists"] for one in places] == expected

    async def test_tells_staff_what_they_did(self, api: Api) -> None:
        world, shop = api.world, api.world.shop
        placed = order(world, shop.buyers["vip"])
        world.use.confirm_order(actor=shop.clerk, key=a.key(), order_id=placed.id)
        told = await payload(await api.ask(EXPORT_MINE, actor=shop.clerk))
        [place] = told["personalData"]["places"]
        assert place["permissions"] == sorted(shop.staff["clerk"].permissions)
        assert [(one["operation"], one["aboutKind"], one["aboutId"]) for one in place["trail"]] == [
            ("confirmOrder", "Order", placed.id)
        ]

    async def test_comes_in_parts_by_time_where_it_is_much(
        self, api: Api, known: Known, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("application.privacy._exporting.MOST", 2)
        placed = []
        for at in range(5):
            placed.append(order(api.world, known.buyer, key=f"{at}"))
            api.world.clock.forward()
        token, until, told = sign_in(api.world), None, []
        while True:
            data = (await payload(await bearing(api, token, EXPORT_MINE, until=until)))["personalData"]
            assert data["until"] == until
            told.append([one["number"] for one in data["places"][0]["orders"]])
            until = data["olderUntil"]
            if until is None:
                break
        numbers = [one.number for one in reversed(placed)]
        assert told == [numbers[:2], numbers[2:4], numbers[4:]]

    async def test_is_not_for_guests(self, api: Api) -> None:
        for query in (EXPORT_MINE, ERASE_ME):
            assert (await api.ask(query, actor=api.world.shop.guest)).code == "UNAUTHENTICATED"


class TestExportingOthers:
    async def test_tells_nothing_of_the_login_and_of_other_merchants(self, api: Api, known: Known) -> None:
        manager = api.world.shop.clerk
        told = (await payload(await api.ask(EXPORT, {"id": known.buyer.id}, actor=manager)))["personalData"]
        assert told["login"] is None
        assert [one["id"] for one in told["places"]] == [known.buyer.id]

    async def test_needs_the_permission(self, api: Api, known: Known) -> None:
        clerk = await _hired(api.world, Permission.VIEW_PERSONAL_DATA, Permission.VIEW_CUSTOMERS)
        for query in (EXPORT, ERASE):
            for actor in (clerk, acting(api.world, known.buyer)):
                assert (await api.ask(query, {"id": known.buyer.id}, actor=actor)).code == "FORBIDDEN"

    @pytest.mark.parametrize("query", [EXPORT, ERASE], ids=["export", "erase"])
    async def test_finds_nobody_of_other_merchants(self, api: Api, query: str) -> None:
        world = api.world
        for id in (
            world.other.buyers["vip"].id,
            world.ids.new(BuyerId),
            world.shop.staff["clerk"].id,
            "nobody",
        ):
            told = await payload(await api.ask(query, {"id": id}, actor=world.shop.clerk))
            assert told["errors"] == [
                {"__typename": "PersonNotFound", "code": "PERSON_NOT_FOUND", "path": ["input", "buyerId"]}
            ]


class TestErasingOneself:
    async def test_takes_a_fresh_session(self, api: Api, known: Known) -> None:
        world = api.world
        token = sign_in(world)
        world.clock.forward(FRESH)
        told = await payload(await bearing(api, token, ERASE_ME))
        assert told["errors"] == [
            {"__typename": "ConfirmationRequired", "code": "CONFIRMATION_REQUIRED", "path": ["input", "code"]}
        ]
        assert await payload(await bearing(api, sign_in(world), ERASE_ME)) == {
            "erasedPlaces": 2,
            "errors": [],
        }
        for id, shop in ((known.buyer.id, world.shop), (known.member.id, world.other)):
            with world.database.unit_of_work.reading(shop.operator) as storage:
                assert storage.persons.get(id).name == ERASED
                [entry] = storage.persons.deeds(id, until=None, most=9).things
            assert (entry.operation, entry.about_id, entry.actor_kind) == (
                "eraseMe",
                id,
                "BUYER" if id == known.buyer.id else "STAFF",
            )

    async def test_takes_the_code_on_the_phone(self, api: Api, known: Known) -> None:
        world = api.world
        token = sign_in(world)
        world.clock.forward(FRESH)
        world.use.request_code(actor=world.shop.guest, phone=PHONE, locale="en")
        told = await payload(await bearing(api, token, ERASE_ME, code=world.inbox.wrong))
        assert [one["code"] for one in told["errors"]] == ["INVALID_CODE"]
        told = await payload(await bearing(api, token, ERASE_ME, code=f" {world.inbox.code} "))
        assert told == {"erasedPlaces": 2, "errors": []}
        with world.database.people() as people:
            assert people.login(known.login.id) is None

    async def test_is_not_done_where_a_wrong_code_is_shown_in_a_fresh_session(
        self, api: Api, known: Known
    ) -> None:
        token = sign_in(api.world)
        told = await payload(await bearing(api, token, ERASE_ME, code="000000"))
        assert [one["code"] for one in told["errors"]] == ["INVALID_CODE"]
        with api.world.database.people() as people:
            assert people.login(known.login.id) is not None

    @pytest.mark.usefixtures("known")
    async def test_shuts_the_door_behind_them(self, api: Api) -> None:
        token = sign_in(api.world)
        await bearing(api, token, ERASE_ME)
        again = await bearing(api, token, ERASE_ME)
        assert again.code == "UNAUTHENTICATED"

    async def test_needs_a_session(self, api: Api, known: Known) -> None:
        told = await payload(await api.ask(ERASE_ME, actor=acting(api.world, known.buyer)))
        assert [one["code"] for one in told["errors"]] == ["SESSION_OVER"]


class TestLastOwners:
    """Whoever is the last owner of a company stays until its orders are done."""

    @pytest.fixture
    def owner(self, world: World) -> Buyer:
        return world.shop.buyers["vip"]

    async def test_are_refused_while_orders_are_open(self, api: Api, owner: Buyer) -> None:
        world, shop = api.world, api.world.shop
        placed = order(world, owner)
        told = await payload(await api.ask(ERASE, {"id": owner.id}, actor=shop.clerk))
        assert told["errors"] == [
            {"__typename": "LastOwner", "code": "LAST_OWNER", "path": ["input"], "openOrders": 1}
        ]
        world.use.cancel_order(actor=shop.clerk, key=a.key(), order_id=placed.id)
        told = await payload(await api.ask(ERASE, {"id": owner.id}, actor=shop.clerk))
        assert (told["erasedAt"] is not None, told["errors"]) == (True, [])

    async def test_are_let_go_where_there_is_another(self, api: Api, owner: Buyer) -> None:
        world = api.world
        order(world, owner)
        world.add([a.buyer(world.ids, customer=world.shop.customers["vip"], role=Role.OWNER)])
        told = await payload(await api.ask(ERASE, {"id": owner.id}, actor=world.shop.clerk))
        assert told["errors"] == []

    async def test_keep_all_their_places_where_one_refuses(self, api: Api) -> None:
        world = api.world
        company = a.customer(world.ids, tier=world.shop.tiers["vip"], name="独店")
        world.add([company])
        shop = attrs.evolve(world.shop, customers={**world.shop.customers, "own": company})
        login, (there, here), _ = known_as(world, PHONE, (world.other, "vip"), (shop, "own"), role=Role.OWNER)
        order(world, here)
        told = await payload(await bearing(api, sign_in(world), ERASE_ME))
        assert [one["code"] for one in told["errors"]] == ["LAST_OWNER"]
        with world.database.people() as people:
            assert [one.person_id for one in people.memberships(login.id)] == [there.id, here.id]


async def _hired(world: World, *granted: Permission, shop: Shop | None = None) -> Actor:
    """Somebody new of the staff."""
    shop = shop or world.shop
    member = a.staff(world.ids, permissions=sorted(one.value for one in granted))
    world.add([member], to=shop)
    return Actor.staff(shop.merchant, id=member.id, granted=frozenset(granted))
