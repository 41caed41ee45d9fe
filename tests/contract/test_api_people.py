"""Signing in over the API: who may, what is seen of a login's places, and that guessing is hopeless."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from adapters.identity.memory import MemoryWeChat
from adapters.identity.secrets import KeyedSecrets
from application.authorization import Actor
from application.ports.database import Database
from application.ports.people import PeopleStorage
from application.ports.text_messages import TextMessages
from application.ports.wechat import WeChat, WeChatIdentity
from dinghuo.channels import NoWeChat
from domain.customers import Role
from domain.people import (
    ACCESS_LASTS,
    MOST_SENDS,
    MOST_TRIES,
    SEND_EVERY,
    SENDS_WITHIN,
    Login,
    Phone,
    SentCodes,
)
from kit.api import Answered, Api, open_api
from kit.builders import KEY
from kit.world import World, known_as

PHONE, UNKNOWN = Phone("13800000001"), Phone("13800000002")
SESSION = "session { accessToken until refreshToken membership { id merchantName customerName role } }"
ERRORS = """errors { __typename ... on UserError { code message path }
  ... on CodeSentAlready { waitSeconds } ... on TooManyCodes { waitSeconds } ... on TextMessageFailed { retry } }"""
WRONG = "errors { __typename ... on UserError { code message path } }"
REQUEST = (
    f"mutation($phone: String!) {{ requestSignInCode(input: {{phone: $phone}}) {{ validUntil {ERRORS} }} }}"
)
SIGN_IN = f"""mutation($phone: String!, $code: String!) {{
  signIn(input: {{phone: $phone, code: $code}}) {{ {SESSION} {WRONG} }} }}"""
REFRESH = f"""mutation($token: String!) {{
  refreshSession(input: {{refreshToken: $token}}) {{ {SESSION} {WRONG} }} }}"""
_INDEXES = KeyedSecrets(key=KEY)
BY_WECHAT = f"""mutation($code: String!, $phoneCode: String) {{
  signInByWeChat(input: {{code: $code, phoneCode: $phoneCode}}) {{ {SESSION}
    errors {{ ... on UserError {{ code }} ... on WeChatRefused {{ reason }} }} }} }}"""
SIGN_OUT = """mutation($all: Boolean!) {
  signOut(input: {everywhere: $all}) { endedSessions errors { ... on UserError { code } } } }"""
SWITCH = f"mutation($id: ID!) {{ switchMembership(input: {{membershipId: $id}}) {{ {SESSION} {WRONG} }} }}"
PLACES = "id merchantName customerName role"
ME = f"{{ me {{ id memberships {{ {PLACES} }} }} staff {{ id memberships {{ {PLACES} }} }} }}"


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


async def guest(api: Api, query: str, *, at: Actor | None = None, **variables: Any) -> Any:
    """What a guest is answered: the one payload that was asked for."""
    answered = await api.ask(query, variables, actor=at or api.world.shop.guest)
    [payload] = answered.data.values()
    return payload


async def bearing(api: Api, token: str, query: str, **variables: Any) -> Answered:
    """What whoever has the token is answered."""
    response = await api.http.post(
        "/graphql",
        json={"query": query, "variables": variables},
        headers={"accept-language": "en", "authorization": f"Bearer {token}"},
    )
    return Answered(response)


async def signed_in(api: Api, phone: str = PHONE, *, at: Actor | None = None) -> Any:
    """Sign somebody in with the code that arrives."""
    api.world.clock.forward(SEND_EVERY)
    await guest(api, REQUEST, phone=phone)
    payload = await guest(api, SIGN_IN, at=at, phone=phone, code=api.world.inbox.code)
    assert payload["errors"] == []
    return payload["session"]


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["errors"]]


class TestSigningIn:
    async def test_takes_the_code_that_was_sent(self, api: Api) -> None:
        shop = api.world.shop
        _, [buyer], _ = known_as(api.world, PHONE, (shop, "vip"), role=Role.OWNER)
        until = api.world.clock.now() + timedelta(minutes=5)
        sent = await guest(api, REQUEST, phone="138 0000-0001")
        assert sent == {"validUntil": until.isoformat().replace("+00:00", "Z"), "errors": []}
        assert api.world.inbox.messages[0][0::3] == (PHONE, "en")
        payload = await guest(api, SIGN_IN, phone="+8613800000001", code=api.world.inbox.code)
        session = payload["session"]
        assert session["membership"] == {
            "id": buyer.id,
            "merchantName": shop.merchant.name,
            "customerName": shop.customers["vip"].name,
            "role": "OWNER",
        }
        found = (await bearing(api, session["accessToken"], "{ me { id name customer { name } } }")).data
        assert found["me"] == {
            "id": buyer.id,
            "name": buyer.name,
            "customer": {"name": shop.customers["vip"].name},
        }

    async def test_lasts_for_a_quarter_of_an_hour_and_is_refreshed(self, api: Api) -> None:
        known_as(api.world, PHONE, (api.world.shop, "vip"))
        session = await signed_in(api)
        api.world.clock.forward(ACCESS_LASTS)
        assert (await bearing(api, session["accessToken"], "{ me { id } }")).code == "UNAUTHENTICATED"
        fresh = (await guest(api, REFRESH, token=session["refreshToken"]))["session"]
        assert (await bearing(api, fresh["accessToken"], "{ me { id } }")).data["me"]
        assert codes(await guest(api, REFRESH, token=session["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
        assert codes(await guest(api, REFRESH, token=fresh["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]

    async def test_refuses_with_words(self, api: Api) -> None:
        await guest(api, REQUEST, phone=PHONE)
        assert (await guest(api, REQUEST, phone=PHONE))["errors"] == [
            {
                "__typename": "CodeSentAlready",
                "code": "CODE_SENT_ALREADY",
                "message": "A code was just sent, try again in 60 seconds",
                "path": ["input", "phone"],
                "waitSeconds": 60,
            }
        ]
        assert codes(await guest(api, REQUEST, phone="12345")) == ["INVALID_PHONE"]
        assert codes(await guest(api, SIGN_IN, phone="12345", code="1")) == ["INVALID_PHONE"]
        assert codes(await guest(api, SIGN_IN, phone=PHONE, code=api.world.inbox.wrong)) == ["INVALID_CODE"]
        assert codes(await guest(api, SIGN_IN, phone=PHONE, code=api.world.inbox.code)) == ["NO_MEMBERSHIP"]
        api.world.inbox.fails.append(False)
        [failed] = (await guest(api, REQUEST, phone=UNKNOWN))["errors"]
        assert (failed["code"], failed["retry"]) == ("TEXT_MESSAGE_FAILED", False)

    async def test_ends_here_and_everywhere(self, api: Api) -> None:
        known_as(api.world, PHONE, (api.world.shop, "vip"))
        sessions = [await signed_in(api) for _ in range(3)]
        out = await bearing(api, sessions[0]["accessToken"], SIGN_OUT, all=False)
        assert out.data["signOut"] == {"endedSessions": 1, "errors": []}
        again = await bearing(api, sessions[0]["accessToken"], SIGN_OUT, all=True)
        assert codes(again.data["signOut"]) == ["SESSION_OVER"]
        out = await bearing(api, sessions[1]["accessToken"], SIGN_OUT, all=True)
        assert out.data["signOut"] == {"endedSessions": 2, "errors": []}
        for session in sessions:
            refused = await guest(api, REFRESH, token=session["refreshToken"])
            assert (refused["session"], codes(refused)) == (None, ["INVALID_REFRESH_TOKEN"])

    async def test_is_for_those_who_are_somebody_where_it_has_to_be(self, api: Api) -> None:
        shop = api.world.shop
        for query, variables in ((SIGN_OUT, {"all": False}), (SWITCH, {"id": shop.buyers["vip"].id})):
            assert (await api.ask(query, variables, actor=shop.guest)).code == "UNAUTHENTICATED"
            for actor in (shop.buyer("viewer"), shop.colleague()):
                [payload] = (await api.ask(query, variables, actor=actor)).data.values()
                assert codes(payload) == ["SESSION_OVER"]

    async def test_leaves_tokens_without_a_session_as_they_are(self, api: Api) -> None:
        shop = api.world.shop
        assert (await api.ask("{ me { id } }", actor=shop.buyer())).data["me"]["id"] == shop.buyers[
            "regular"
        ].id
        assert (await api.ask("{ staff { id } }", actor=shop.clerk)).data["staff"]["id"] == shop.staff[
            "clerk"
        ].id


@attrs.frozen
class Nosy(TextMessages, WeChat):
    """A provider that looks at what is stored while it is asked: it waits for nobody if nobody waits for it."""

    database: Database
    seen: list[SentCodes | Login | None] = attrs.field(factory=list)

    def send_code(self, phone: Phone, code: str, *, minutes: int, locale: str) -> None:
        self.seen.append(self._stored(lambda people: people.codes(_INDEXES.phone_index(phone))))

    def identify(self, code: str) -> WeChatIdentity:
        self.seen.append(self._stored(lambda people: people.login_at(_INDEXES.phone_index(PHONE))))
        return WeChatIdentity("wx1", code)

    def phone_number(self, code: str) -> Phone:
        self.seen.append(self._stored(lambda people: people.login_at(_INDEXES.phone_index(PHONE))))
        return PHONE

    def _stored(self, look: Callable[[PeopleStorage], SentCodes | Login | None]) -> SentCodes | Login | None:
        with self.database.people() as people:
            return look(people)


class TestProviders:
    async def test_are_asked_outside_of_transactions(self, world: World) -> None:
        nosy, use = Nosy(world.database), world.use
        login, [buyer], _ = known_as(world, PHONE, (world.shop, "vip"))
        use = attrs.evolve(
            use,
            request_code=attrs.evolve(use.request_code, text_messages=nosy),
            sign_in_by_wechat=attrs.evolve(use.sign_in_by_wechat, wechat=nosy),
        )
        async with open_api(world, use=use) as api:
            assert codes(await guest(api, REQUEST, phone=PHONE)) == []
            payload = await guest(api, BY_WECHAT, code="first", phoneCode="phone")
        assert payload["session"]["membership"]["id"] == buyer.id
        [sent, *logins] = nosy.seen
        assert isinstance(sent, SentCodes) and sent.sent == (world.clock.now(),)
        assert logins == [login, login]


class TestWeChat:
    async def test_signs_in_whom_it_knows(self, world: World) -> None:
        wechat = MemoryWeChat(clock=world.clock)
        for code in ("first", "second", "third"):
            wechat.add_person(code, open_id="open", union_id="union")
        wechat.add_phone("phone", PHONE)
        _, [buyer], _ = known_as(world, PHONE, (world.shop, "vip"))
        async with open_api(attrs.evolve(world, wechat=wechat)) as api:
            assert codes(await guest(api, BY_WECHAT, code="first")) == ["PHONE_REQUIRED"]
            payload = await guest(api, BY_WECHAT, code="second", phoneCode="phone")
            assert (payload["errors"], payload["session"]["membership"]["id"]) == ([], buyer.id)
            payload = await guest(api, BY_WECHAT, code="third")
            found = await bearing(api, payload["session"]["accessToken"], "{ me { id } }")
            assert found.data["me"]["id"] == buyer.id
            [refused] = (await guest(api, BY_WECHAT, code="third"))["errors"]
            assert (refused["code"], refused["reason"]) == ("WECHAT_REFUSED", "CODE_USED")

    async def test_is_not_there_unless_it_is_set_up(self, world: World) -> None:
        verb = attrs.evolve(world.use.sign_in_by_wechat, wechat=NoWeChat())
        async with open_api(world, use=attrs.evolve(world.use, sign_in_by_wechat=verb)) as api:
            assert codes(await guest(api, BY_WECHAT, code="first")) == ["WECHAT_UNAVAILABLE"]


class TestPlaces:
    async def test_are_those_of_the_login_that_asks(self, api: Api) -> None:
        shop, other = api.world.shop, api.world.other
        _, buyers, [member] = known_as(
            api.world,
            PHONE,
            (shop, "vip"),
            (shop, "regular"),
            (other, "vip"),
            staff_of=[other],
            role=Role.FINANCE,
        )
        known_as(api.world, UNKNOWN, (shop, "vip"), staff_of=[shop])
        here = [
            {
                "id": buyer.id,
                "merchantName": one.merchant.name,
                "customerName": one.customers[name].name,
                "role": "FINANCE" if one is shop else None,
            }
            for buyer, one, name in zip(buyers, (shop, shop, other), ("vip", "regular", "vip"), strict=True)
        ]
        place = {"id": member.id, "merchantName": other.merchant.name, "customerName": None, "role": None}
        session = await signed_in(api)
        found = (await bearing(api, session["accessToken"], ME)).data
        assert found == {"me": {"id": buyers[0].id, "memberships": [*here, place]}, "staff": None}

        switched = (await bearing(api, session["accessToken"], SWITCH, id=member.id)).data["switchMembership"]
        assert switched["session"]["membership"] == place
        assert switched["session"]["refreshToken"] is None
        for one in here:
            one["role"] = "FINANCE" if one["merchantName"] == other.merchant.name else None
        found = (await bearing(api, switched["session"]["accessToken"], ME)).data
        assert found == {"me": None, "staff": {"id": member.id, "memberships": [*here, place]}}
        # The place of the session is switched, not only that of the token.
        fresh = (await guest(api, REFRESH, token=session["refreshToken"]))["session"]
        assert fresh["membership"] == place

    async def test_are_the_own_one_without_a_login(self, api: Api) -> None:
        shop = api.world.shop
        found = (await api.ask(ME, actor=shop.buyer("vip"))).data["me"]["memberships"]
        assert [(one["id"], one["role"]) for one in found] == [(shop.buyers["vip"].id, "OWNER")]
        found = (await api.ask(ME, actor=shop.clerk)).data["staff"]["memberships"]
        assert [one["id"] for one in found] == [shop.staff["clerk"].id]

    async def test_are_nobody_elses(self, api: Api) -> None:
        shop = api.world.shop
        _, [mine, _], _ = known_as(api.world, PHONE, (shop, "vip"), (api.world.other, "vip"))
        node = f"query($id: ID!) {{ node(id: $id) {{ ... on Buyer {{ memberships {{ {PLACES} }} }} }} }}"
        asker = attrs.evolve(shop.buyer("vip"), person_id=mine.id)
        answers = [
            (await api.ask(node, {"id": mine.id}, actor=actor)).data["node"]["memberships"]
            for actor in (asker, shop.buyer("vip"), shop.clerk)
        ]
        assert (len(answers[0]), *answers[1:]) == (2, [], [])
        token = api.token(shop.buyer("vip"))
        assert codes((await bearing(api, token, SWITCH, id=mine.id)).data["switchMembership"]) == [
            "SESSION_OVER"
        ]

    async def test_cannot_be_switched_to_where_the_login_has_none(self, api: Api) -> None:
        known_as(api.world, PHONE, (api.world.shop, "vip"))
        token = (await signed_in(api))["accessToken"]
        for id in (api.world.shop.buyers["vip"].id, api.world.other.staff["clerk"].id, "nonsense", ""):
            [payload] = (await bearing(api, token, SWITCH, id=id)).data.values()
            assert codes(payload) == ["MEMBERSHIP_NOT_FOUND"]


class TestGuessing:
    """Whoever does not hold the phone has 50 guesses a day at one of a million codes, however they are sent."""

    @pytest.fixture(autouse=True)
    def _known(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "vip"))

    @pytest.mark.parametrize("aliases", [2, 20, 100])
    async def test_is_not_helped_by_aliases(self, api: Api, aliases: int) -> None:
        for verb, given in (("signIn", ', code: "123456"'), ("requestSignInCode", "")):
            parts = (
                f'a{at}: {verb}(input: {{phone: "{PHONE}"{given}}}) {{ __typename }}' for at in range(aliases)
            )
            answered = await api.ask(f"mutation {{ {' '.join(parts)} }}", actor=api.world.shop.guest)
            assert answered.code == "QUERY_TOO_COMPLEX"
        assert api.world.inbox.messages == []

    async def test_counts_every_try_of_many_at_once(self, api: Api) -> None:
        await guest(api, REQUEST, phone=PHONE)
        wrong = api.world.inbox.wrong
        answers = await asyncio.gather(*(guest(api, SIGN_IN, phone=PHONE, code=wrong) for _ in range(100)))
        assert {tuple(codes(one)) for one in answers} == {("INVALID_CODE",)}
        assert codes(await guest(api, SIGN_IN, phone=PHONE, code=api.world.inbox.code)) == ["INVALID_CODE"]

    async def test_lets_one_of_many_in_who_have_the_code(self, api: Api) -> None:
        await guest(api, REQUEST, phone=PHONE)
        code = api.world.inbox.code
        answers = await asyncio.gather(*(guest(api, SIGN_IN, phone=PHONE, code=code) for _ in range(30)))
        assert sorted(len(codes(one)) for one in answers) == [0] + [1] * 29

    async def test_sends_one_of_many_requests(self, api: Api) -> None:
        answers = await asyncio.gather(*(guest(api, REQUEST, phone=PHONE) for _ in range(30)))
        assert sorted(codes(one) for one in answers) == [[]] + [["CODE_SENT_ALREADY"]] * 29
        assert len(api.world.inbox.messages) == 1

    async def test_burns_the_code(self, api: Api) -> None:
        await guest(api, REQUEST, phone=PHONE)
        for _ in range(MOST_TRIES):
            await guest(api, SIGN_IN, phone=PHONE, code=api.world.inbox.wrong)
        assert codes(await guest(api, SIGN_IN, phone=PHONE, code=api.world.inbox.code)) == ["INVALID_CODE"]

    async def test_is_not_helped_by_other_addresses_or_merchants(self, api: Api) -> None:
        await guest(api, REQUEST, phone=PHONE)
        for at in range(MOST_TRIES):
            actor = (api.world.shop.guest, api.world.other.guest)[at % 2]
            headers = {"x-forwarded-for": f"10.0.0.{at}", "x-real-ip": f"10.0.0.{at}"}
            variables = {"phone": PHONE, "code": api.world.inbox.wrong}
            assert (await api.ask(SIGN_IN, variables, actor=actor, headers=headers)).data
        assert codes(await guest(api, SIGN_IN, phone=PHONE, code=api.world.inbox.code)) == ["INVALID_CODE"]
        assert codes(await guest(api, REQUEST, at=api.world.other.guest, phone=PHONE)) == [
            "CODE_SENT_ALREADY"
        ]

    async def test_ends_with_ten_codes_a_day(self, api: Api) -> None:
        for _ in range(MOST_SENDS):
            assert codes(await guest(api, REQUEST, phone=PHONE)) == []
            api.world.clock.forward(SEND_EVERY)
        [refused] = (await guest(api, REQUEST, phone=PHONE))["errors"]
        left = SENDS_WITHIN - MOST_SENDS * SEND_EVERY
        assert (refused["code"], refused["waitSeconds"]) == ("TOO_MANY_CODES", left / timedelta(seconds=1))
        api.world.clock.forward(left)
        assert codes(await guest(api, REQUEST, phone=PHONE)) == []

    async def test_does_not_find_out_whose_phone_it_is(self, api: Api) -> None:
        """The same answers, after the same work: as many statements, of which none asks for the login."""

        async def story(phone: str) -> tuple[list[str], list[int]]:
            before, bodies, work = api.world.database.statements, [], []
            steps: list[tuple[str, Callable[[], dict[str, str]]]] = [
                (REQUEST, lambda: {"phone": phone}),
                (REQUEST, lambda: {"phone": phone}),
                *[(SIGN_IN, lambda: {"phone": phone, "code": api.world.inbox.wrong})] * (MOST_TRIES + 2),
                (SIGN_IN, lambda: {"phone": phone, "code": api.world.inbox.code}),
            ]
            for query, variables in steps:
                answered = await api.ask(query, variables(), actor=api.world.shop.guest)
                bodies.append(answered.response.text)
                before, spent = api.world.database.statements, api.world.database.statements - before
                work.append(spent)
            return bodies, work

        assert await story(PHONE) == await story(UNKNOWN)
