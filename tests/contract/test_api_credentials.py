"""Passwords and second factors over the API: nobody is let in without what is owed, and guessing is hopeless."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import attrs
import pytest

from application.authorization import Permission
from application.ports.database import Database
from application.ports.passwords import Checked, Passwords
from application.privacy import LoginNotFound
from application.views.pages import Window
from domain.credentials import MOST_TRIES, STEP, TRIES_WITHIN, Email, SecondFactorOff, step_of
from domain.identity import LoginId
from domain.people import SEND_EVERY, Phone, Session
from domain.trail import Origin
from kit.api import Answered, Api, open_api
from kit.world import CHEAP, DEVICE, World, known_as

PHONE, EMAIL, UNKNOWN = Phone("13800000001"), "wang@example.com", "nobody@example.com"
PASSWORD = "correct horse battery"
SESSION = "session { accessToken refreshToken secondFactor membership { id } }"
ERRORS = """errors { __typename ... on UserError { code message path }
  ... on TooManyTries { waitSeconds } ... on InvalidPassword { shortest longest } }"""
WRONG = "errors { __typename ... on UserError { code message path } }"
REFRESH = f"""mutation($token: String!) {{
  refreshSession(input: {{refreshToken: $token}}) {{ {SESSION} {WRONG} }} }}"""
REQUEST = "mutation($phone: String!) { requestSignInCode(input: {phone: $phone}) { validUntil } }"
BY_PHONE = f"""mutation($phone: String!, $code: String!) {{
  signIn(input: {{phone: $phone, code: $code}}) {{ {SESSION} {WRONG} }} }}"""
BY_PASSWORD = f"""mutation($email: String!, $password: String!, $totp: String, $new: String) {{
  signInWithPassword(input: {{email: $email, password: $password, totp: $totp, newPassword: $new}}) {{
    {SESSION} {ERRORS} }} }}"""
SET = f"""mutation($new: String!, $old: String, $email: String) {{
  setPassword(input: {{newPassword: $new, oldPassword: $old, email: $email}}) {{ email {ERRORS} }} }}"""
BEGIN = f"mutation {{ beginTotp(input: {{}}) {{ device {{ secret uri }} {WRONG} }} }}"
CONFIRM = f"""mutation($totp: String!) {{ confirmTotp(input: {{totp: $totp}}) {{
  secondFactor {{ {SESSION} recoveryCodes }} {WRONG} }} }}"""
SHOW = f"mutation($totp: String!) {{ showTotp(input: {{totp: $totp}}) {{ {SESSION} {WRONG} }} }}"
DISABLE = f"mutation($totp: String!) {{ disableTotp(input: {{totp: $totp}}) {{ {SESSION} {WRONG} }} }}"
DEMAND = f"""mutation($demanded: Boolean!) {{
  demandSecondFactor(input: {{demanded: $demanded}}) {{ demanded {WRONG} }} }}"""
EVERYBODY = Window(size=100)
STAFF = "{ staff { id permissions } products(first: 1) { nodes { skus { priceHidden } } } }"


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    known_as(world, PHONE, staff_of=[world.shop])
    async with open_api(world) as opened:
        yield opened


async def guest(api: Api, query: str, **variables: Any) -> Any:
    """What a guest is answered: the one payload that was asked for."""
    answered = await api.ask(query, variables, actor=api.world.shop.guest)
    [payload] = answered.data.values()
    return payload


async def bearing(api: Api, session: Any, query: str, **variables: Any) -> Answered:
    """What whoever has the session is answered."""
    response = await api.http.post(
        "/graphql",
        json={"query": query, "variables": variables},
        headers={"accept-language": "en", "authorization": f"Bearer {session['accessToken']}"},
    )
    return Answered(response)


async def told(api: Api, session: Any, query: str, **variables: Any) -> Any:
    """The one payload that whoever has the session is answered."""
    [payload] = (await bearing(api, session, query, **variables)).data.values()
    return payload


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["errors"]]


async def by_phone(api: Api) -> Any:
    api.world.clock.forward(SEND_EVERY)
    await guest(api, REQUEST, phone=PHONE)
    return (await guest(api, BY_PHONE, phone=PHONE, code=api.world.inbox.code))["session"]


async def with_password(api: Api) -> None:
    payload = await told(api, await by_phone(api), SET, new=PASSWORD, email=EMAIL)
    assert payload == {"email": "w***@e***", "errors": []}


async def sign_in(api: Api, password: str = PASSWORD, email: str = EMAIL, **more: Any) -> Any:
    return await guest(api, BY_PASSWORD, email=email, password=password, **more)


def code(api: Api, secret: str) -> str:
    return DEVICE.codes(secret)(step_of(api.world.clock.now()))


async def turned_on(api: Api, session: Any) -> tuple[str, Any]:
    """Set the second factor up: its secret, and what was answered."""
    secret = (await told(api, session, BEGIN))["device"]["secret"]
    payload = await told(api, session, CONFIRM, totp=code(api, secret))
    assert payload["errors"] == []
    api.world.clock.forward(2 * STEP)
    return secret, payload["secondFactor"]


async def stands(api: Api, session: Any) -> str:
    """What is open to a session: everything that staff see, or nothing but what guests do."""
    found = (await bearing(api, session, STAFF)).data
    hidden = found["products"]["nodes"][0]["skus"][0]["priceHidden"]
    assert (found["staff"] is None) is (hidden == "LOGIN_REQUIRED")
    return "closed" if found["staff"] is None else "open"


class TestPasswords:
    async def test_let_somebody_in(self, api: Api) -> None:
        await with_password(api)
        session = (await sign_in(api, email="Wang@Example.com"))["session"]
        assert session["secondFactor"] == "NOT_NEEDED"
        assert await stands(api, session) == "open"

    async def test_refuse_with_words(self, api: Api) -> None:
        await with_password(api)
        assert codes(await sign_in(api, email="wang")) == ["INVALID_EMAIL"]
        for _ in range(MOST_TRIES):
            [wrong] = (await sign_in(api, "wrong"))["errors"]
            assert wrong == {
                "__typename": "InvalidCredentials",
                "code": "INVALID_CREDENTIALS",
                "message": "The e-mail or the password is wrong",
                "path": ["input"],
            }
        [locked] = (await sign_in(api))["errors"]
        assert (locked["code"], locked["waitSeconds"]) == (
            "TOO_MANY_TRIES",
            TRIES_WITHIN / timedelta(seconds=1),
        )
        session = await by_phone(api)
        [weak] = (await told(api, session, SET, new="short", email=EMAIL))["errors"]
        assert (weak["code"], weak["shortest"], weak["longest"]) == ("INVALID_PASSWORD", 10, 128)
        assert (await api.ask(SET, {"new": PASSWORD}, actor=api.world.shop.guest)).code == "UNAUTHENTICATED"

    async def test_are_replaced_where_others_have_seen_them(self, api: Api) -> None:
        add = """mutation { addStaff(input: {name: "新人", email: "new@example.com", permissions: []}) {
          joined { member { id name suspended permissions } firstPassword } errors { __typename } } }"""
        joined = (await api.ask(add, actor=api.world.shop.clerk)).data["addStaff"]["joined"]
        assert joined["member"] == {
            "id": joined["member"]["id"],
            "name": "新人",
            "suspended": False,
            "permissions": [],
        }
        first = joined["firstPassword"]
        assert codes(await sign_in(api, first, "new@example.com")) == ["NEW_PASSWORD_REQUIRED"]
        session = (await sign_in(api, first, "new@example.com", new=PASSWORD))["session"]
        assert session["membership"]["id"] == joined["member"]["id"]
        assert codes(await sign_in(api, first, "new@example.com")) == ["INVALID_CREDENTIALS"]


@attrs.frozen
class Nosy(Passwords):
    """Passwords that look at what is stored while they are compared: they wait for nobody if nobody waits for them."""

    database: Database
    threads: set[int] = attrs.field(factory=set)
    looked: list[Session | None] = attrs.field(factory=list)

    def hash(self, text: str) -> str:
        self._look()
        return CHEAP.hash(text)

    def check(self, hash: str | None, text: str) -> Checked:
        self._look()
        return CHEAP.check(hash, text)

    def _look(self) -> None:
        self.threads.add(threading.get_ident())
        with self.database.people() as people:
            self.looked.append(people.session("ses_0"))  # type: ignore[arg-type]  # nobody's


class TestWork:
    async def test_is_done_outside_of_transactions_and_of_the_loop(self, world: World) -> None:
        known_as(world, PHONE, staff_of=[world.shop])
        nosy, use = Nosy(world.database), world.use
        use = attrs.evolve(
            use,
            sign_in_with_password=attrs.evolve(use.sign_in_with_password, passwords=nosy),
            set_password=attrs.evolve(use.set_password, passwords=nosy),
            add_staff=attrs.evolve(use.add_staff, passwords=nosy),
        )
        async with open_api(world, use=use) as api:
            await with_password(api)
            assert (await sign_in(api))["session"]
            assert codes(await sign_in(api, "wrong")) == ["INVALID_CREDENTIALS"]
            add = """mutation { addStaff(input: {name: "新人", email: "new@example.com", permissions: []}) {
              errors { __typename } } }"""
            assert (await api.ask(add, actor=world.shop.clerk)).data["addStaff"]["errors"] == []
        assert len(nosy.looked) == 4
        assert threading.get_ident() not in nosy.threads


class TestSecondFactor:
    async def test_opens_everything_once_it_is_shown(self, api: Api) -> None:
        await with_password(api)
        before = await by_phone(api)
        secret, set_up = await turned_on(api, before)
        assert set_up["session"]["secondFactor"] == "SHOWN" and len(set_up["recoveryCodes"]) == 10
        assert await stands(api, set_up["session"]) == "open"
        for session in ((await sign_in(api))["session"], await by_phone(api)):
            assert session["secondFactor"] == "OWED"
            assert await stands(api, session) == "closed"
            assert (await bearing(api, session, "{ staff { id } }")).data == {"staff": None}
            # Nothing but to show it: setting up another, or changing the password, is no way around it.
            assert codes(await told(api, session, BEGIN)) == ["SECOND_FACTOR_ON"]
            assert codes(await told(api, session, SET, new=PASSWORD, old=PASSWORD)) == [
                "SECOND_FACTOR_REQUIRED"
            ]
            shown = (await told(api, session, SHOW, totp=code(api, secret)))["session"]
            assert await stands(api, shown) == "open"
            api.world.clock.forward(2 * STEP)
        assert (await sign_in(api, totp=code(api, secret)))["session"]["secondFactor"] == "SHOWN"

    async def test_is_taken_once_of_many_at_once(self, api: Api) -> None:
        await with_password(api)
        secret, _ = await turned_on(api, await by_phone(api))
        session, right = (await sign_in(api))["session"], code(api, secret)
        answers = await asyncio.gather(*(told(api, session, SHOW, totp=right) for _ in range(20)))
        assert sum(codes(one) == [] for one in answers) == 1
        assert {one for each in answers for one in codes(each)} <= {"INVALID_TOTP", "TOO_MANY_TRIES"}

    async def test_that_is_demanded_has_to_be_set_up(self, api: Api) -> None:
        manager = api.world.shop.colleague(Permission.MANAGE_STAFF)
        [refused] = (await api.ask(DEMAND, {"demanded": True}, actor=manager)).data.values()
        assert codes(refused) == ["SECOND_FACTOR_OFF"]
        early = await by_phone(api)
        assert await stands(api, early) == "open"
        with api.world.database.unit_of_work(api.world.shop.operator) as storage:
            storage.colleagues.demand_second_factor(True)
        # It holds for tokens that were made before, and for those without a session.
        assert await stands(api, early) == "closed"
        assert (await api.ask("{ staff { id } }", actor=manager)).data == {"staff": None}
        session = await by_phone(api)
        assert session["secondFactor"] == "SET_UP_OWED"
        assert await stands(api, session) == "closed"
        secret, set_up = await turned_on(api, session)
        assert await stands(api, set_up["session"]) == "open"
        assert codes(await told(api, set_up["session"], DISABLE, totp=code(api, secret))) == [
            "SECOND_FACTOR_DEMANDED"
        ]
        # Buyers are not asked for it.
        assert (await api.ask("{ me { id } }", actor=api.world.shop.buyer())).data["me"]

    async def test_is_demanded_by_somebody_who_has_one(self, api: Api) -> None:
        member = next(
            one
            for edge in (
                await api.world.views(api.world.shop.clerk).staff.people(window=EVERYBODY, count=False)
            ).edges
            if (one := edge.node).id not in {each.id for each in api.world.shop.staff.values()}
        )
        with api.world.database.unit_of_work(api.world.shop.operator) as storage:
            known = storage.colleagues.team().get(member.id)
            storage.colleagues.save(
                attrs.evolve(known, permissions=frozenset({"MANAGE_STAFF", "VIEW_TRAIL"}))
            )
        _, set_up = await turned_on(api, await by_phone(api))
        payload = await told(api, set_up["session"], DEMAND, demanded=True)
        assert payload == {"demanded": True, "errors": []}
        trail = "{ staff { trail { nodes { operation facts { name before after } } } } }"
        found = (await bearing(api, set_up["session"], trail)).data["staff"]["trail"]["nodes"]
        fact = {"name": "secondFactor", "before": "false", "after": "true"}
        assert found == [{"operation": "demandSecondFactor", "facts": [fact]}]

    async def test_is_turned_off_by_whoever_shows_it(self, api: Api) -> None:
        await with_password(api)
        _, set_up = await turned_on(api, await by_phone(api))
        assert codes(await told(api, set_up["session"], DISABLE, totp="wrong")) == ["INVALID_TOTP"]
        recovery = set_up["recoveryCodes"][3]
        off = (await told(api, set_up["session"], DISABLE, totp=recovery))["session"]
        assert off["secondFactor"] == "NOT_NEEDED"
        assert (await sign_in(api))["session"]["secondFactor"] == "NOT_NEEDED"
        assert codes(await told(api, off, DISABLE, totp=recovery)) == ["SECOND_FACTOR_OFF"]

    async def test_of_a_lost_device_is_taken_off_by_whoever_runs_the_installation(self, api: Api) -> None:
        world = api.world
        await with_password(api)
        session, origin = await by_phone(api), Origin(address="root")
        _, set_up = await turned_on(api, session)
        for who in (Email(EMAIL), Phone(PHONE)):
            ended = world.use.forget_totp(who=who, origin=origin)
            assert ended == 1, "the one that it was turned on in"
            over = await guest(api, REFRESH, token=session["refreshToken"])
            assert codes(over) == ["INVALID_REFRESH_TOKEN"]
            session = (await sign_in(api))["session"]
            assert session["secondFactor"] == "NOT_NEEDED"
            with pytest.raises(SecondFactorOff):
                world.use.forget_totp(who=who, origin=origin)
            _, set_up = await turned_on(api, session)
        for unknown in (Email("nobody@example.com"), Phone("13900000000"), world.ids.new(LoginId)):
            with pytest.raises(LoginNotFound):
                world.use.forget_totp(who=unknown, origin=origin)
        query = "{ staff { trail { nodes { operation actorKind address aboutId } } } }"
        reader = world.shop.colleague(Permission.VIEW_TRAIL)
        entries = (await api.ask(query, actor=reader)).data["staff"]["trail"]["nodes"]
        assert [(one["operation"], one["actorKind"], one["address"]) for one in entries] == [
            ("forgetSecondFactor", "OPERATOR", "root")
        ] * 2
        assert {one["aboutId"] for one in entries} == {set_up["session"]["membership"]["id"]}


class TestGuessing:
    """Whoever does not know the password has five guesses in a quarter of an hour, however they are sent."""

    @pytest.mark.parametrize("aliases", [2, 20, 100])
    async def test_is_not_helped_by_aliases(self, api: Api, aliases: int) -> None:
        await with_password(api)
        parts = (
            f'a{at}: signInWithPassword(input: {{email: "{EMAIL}", password: "{at}"}}) {{ __typename }}'
            for at in range(aliases)
        )
        answered = await api.ask(f"mutation {{ {' '.join(parts)} }}", actor=api.world.shop.guest)
        assert answered.code == "QUERY_TOO_COMPLEX"
        assert (await sign_in(api))["session"]

    @pytest.mark.parametrize("email", [EMAIL, UNKNOWN])
    async def test_counts_every_try_of_many_at_once(self, api: Api, email: str) -> None:
        await with_password(api)
        answers = await asyncio.gather(*(sign_in(api, "wrong", email) for _ in range(60)))
        found = [codes(one) for one in answers]
        assert found.count(["INVALID_CREDENTIALS"]) <= MOST_TRIES
        assert {one for each in found for one in each} == {"INVALID_CREDENTIALS", "TOO_MANY_TRIES"}
        if email == EMAIL:
            assert codes(await sign_in(api)) == ["TOO_MANY_TRIES"]

    async def test_is_not_helped_by_other_addresses_or_merchants(self, api: Api) -> None:
        await with_password(api)
        for at in range(MOST_TRIES):
            actor = (api.world.shop.guest, api.world.other.guest)[at % 2]
            headers = {"x-forwarded-for": f"10.0.0.{at}", "x-real-ip": f"10.0.0.{at}"}
            asked = {"email": EMAIL.upper() if at % 2 else EMAIL, "password": "wrong"}
            assert (await api.ask(BY_PASSWORD, asked, actor=actor, headers=headers)).data
        assert codes(await sign_in(api)) == ["TOO_MANY_TRIES"]

    async def test_locks_nobody_out_for_longer_than_a_quarter_of_an_hour(self, api: Api) -> None:
        await with_password(api)
        session = (await sign_in(api))["session"]
        for _ in range(MOST_TRIES * 3):
            await sign_in(api, "wrong")
        # A phone still lets in, and whoever is in stays in.
        assert await by_phone(api)
        assert (await bearing(api, session, "{ staff { id } }")).data["staff"]
        api.world.clock.forward(TRIES_WITHIN)
        assert (await sign_in(api))["session"]

    async def test_does_not_find_out_whose_e_mail_it_is(self, api: Api) -> None:
        """The same answers, after the same work: as many statements, and one password compared each time."""
        await with_password(api)

        async def story(email: str) -> tuple[list[str], list[int]]:
            before, bodies, work = api.world.database.statements, [], []
            for _ in range(MOST_TRIES + 2):
                asked = {"email": email, "password": "wrong"}
                answered = await api.ask(BY_PASSWORD, asked, actor=api.world.shop.guest)
                bodies.append(answered.response.text)
                before, spent = api.world.database.statements, api.world.database.statements - before
                work.append(spent)
            return bodies, work

        assert await story(EMAIL) == await story(UNKNOWN)
