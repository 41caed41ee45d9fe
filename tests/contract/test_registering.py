"""Registering on every database: what is stored comes back, uses hold in a race, and readers see what they may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import attrs
import pytest

from application.authorization import Actor, Permission
from application.ports.storage import Stale
from application.retrying import retrying
from application.views.customers import CustomerWant
from application.views.pages import Slice, Window
from application.views.registering import ANY_VERIFICATION, DetailsCard, VerificationCard, VerificationFilter
from domain.customers import MOST_ABOVE, NOT_APPROVED, Approval, Role, TreeTooDeep
from domain.errors import DomainError
from domain.groups import Tag
from domain.identity import CustomerId, InvitationId, LoginId, PriceListId, PriceTierId
from domain.invitations import (
    AlreadyMember,
    Invitation,
    InvitationCode,
    InvitationNotFound,
    InvitationUsedUp,
    Welcome,
)
from domain.money import Currency, Money
from domain.people import Phone
from domain.pricing import PriceList, PriceSource
from domain.privacy import CLEAR, Veil
from domain.verification import (
    CreditTerms,
    Reason,
    VerificationCase,
    VerificationNotFound,
    VerificationState,
)
from kit import builders as a
from kit.builders import NOON
from kit.paging import walk
from kit.racing import at_once
from kit.registering import approved, invited, newcomer, registered, sent, sent_now, submitted
from kit.world import Shop, World

S = VerificationState
ALL = Window(size=100)
A_DAY = timedelta(days=1)
READING = pytest.mark.usefixtures("reading")


def whole_invitation(world: World, *, shop: Shop | None = None) -> Invitation:
    """An invitation with everything that one can have."""
    at = shop or world.shop
    welcome = Welcome(
        tier_id=at.tiers["vip"].id,
        sales_rep_id=at.staff["trainee"].id,
        parent_id=at.customers["regular"].id,
        tags=(Tag("展会"), Tag("新")),
    )
    made = a.invitation(world.ids, welcome=welcome, most_uses=5, made_by=at.staff["clerk"])
    return attrs.evolve(
        made, phone_index="index", phone="+86*******0009", uses=2, revoked_at=NOON + timedelta(hours=1)
    )


class TestInvitations:
    def test_are_found_by_id_and_by_code(self, world: World) -> None:
        joining = Welcome(customer_id=world.shop.customers["vip"].id, role=Role.FINANCE)
        made = [
            whole_invitation(world),
            a.invitation(world.ids, code="AAAAABBBB2", welcome=joining),
            a.invitation(world.ids, code="AAAAABBBB3"),
        ]
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.invitations.add(made[1])
        invited(world, made[0])
        invited(world, made[2])
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            for one in made:
                assert storage.invitations.get(one.id) == one
                assert storage.invitations.by_code(one.code) == one

    def test_forget_the_phone_that_they_are_for(self, world: World) -> None:
        mine = invited(world, whole_invitation(world))
        there = invited(world, whole_invitation(world, shop=world.other), shop=world.other)
        again = attrs.evolve(a.invitation(world.ids, code="AAAAABBBB2"), phone_index="index", phone="+86*9")
        others = [
            attrs.evolve(a.invitation(world.ids, code="AAAAABBBB3"), phone_index="other", phone="+86*8"),
            a.invitation(world.ids, code="AAAAABBBB4"),
        ]
        for one in (again, *others):
            invited(world, one)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            found = storage.invitations.for_phone("index")
            assert found == sorted((mine, again), key=lambda one: one.id)
            storage.invitations.forget([one.forget_phone(at=NOON) for one in found])
            storage.invitations.forget([])
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.invitations.for_phone("index") == []
            for one in (mine, again):
                assert storage.invitations.get(one.id) == one.forget_phone(at=NOON)
            for one in others:
                assert storage.invitations.get(one.id) == one
        with world.database.unit_of_work.reading(world.other.clerk) as storage:
            assert storage.invitations.get(there.id) == there

    def test_have_codes_of_their_own_at_each_merchant(self, world: World) -> None:
        here, there = (invited(world, whole_invitation(world, shop=one), shop=one) for one in world_of(world))
        assert here.code == there.code
        with (
            pytest.raises(Stale),
            world.database.unit_of_work(world.shop.clerk) as storage,
        ):
            storage.invitations.add(attrs.evolve(here, id=world.ids.new(InvitationId)))

    def test_put_a_new_company_where_it_belongs(self, world: World) -> None:
        shop = world.shop
        vip = shop.customers["vip"]
        for tags in ((), (Tag("展会"), Tag("新"))):
            welcome = Welcome(parent_id=vip.id, tags=tags)
            code = f"AAAAABBBB{len(tags) + 3}"
            one = invited(world, a.invitation(world.ids, code=code, welcome=welcome))
            who = registered(world, phone=Phone(f"1390000010{len(tags)}"), who=newcomer(invitation=one))
            with world.database.unit_of_work(shop.clerk) as storage:
                assert storage.customers.get(who.customer_id).parent_id == vip.id
                assert storage.tree.lineage(who.customer_id).above == (vip.id,)
                assert storage.tags.lock([who.customer_id])[who.customer_id].tags == {*tags}
        assert list(world.database.audit.findings()) == []

    def test_let_the_tree_grow_no_deeper_than_it_may(self, world: World) -> None:
        shop, parent = world.shop, world.shop.customers["vip"].id
        for _ in range(MOST_ABOVE):
            tier = shop.tiers["vip"].code
            parent = world.use.add_customer(actor=shop.clerk, name="分店", tier=tier, parent_id=parent)
        one = invited(world, a.invitation(world.ids, welcome=Welcome(parent_id=parent)))
        with pytest.raises(TreeTooDeep):
            registered(world, who=newcomer(invitation=one))
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            assert storage.invitations.get(one.id).uses == 0

    def test_are_nobody_elses(self, world: World) -> None:
        there = invited(world, whole_invitation(world, shop=world.other), shop=world.other)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            with pytest.raises(InvitationNotFound):
                storage.invitations.get(there.id)
            with pytest.raises(InvitationNotFound):
                storage.invitations.by_code(there.code)

    @pytest.mark.parametrize(
        "welcome",
        [
            lambda world: Welcome(tier_id=world.ids.new(PriceTierId)),
            lambda world: Welcome(tier_id=world.other.tiers["vip"].id),
            lambda world: Welcome(sales_rep_id=world.other.staff["clerk"].id),
            lambda world: Welcome(customer_id=world.other.customers["vip"].id),
            lambda world: Welcome(parent_id=world.other.customers["vip"].id),
        ],
    )
    def test_refer_only_to_what_is_the_merchants(
        self, world: World, welcome: Callable[[World], Welcome]
    ) -> None:
        one = a.invitation(world.ids, welcome=welcome(world))
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.invitations.add(one)

    def test_are_used_until_they_are_used_up_or_called_back(self, world: World) -> None:
        one = invited(world, a.invitation(world.ids, most_uses=2))
        revoked = invited(world, a.invitation(world.ids, code="AAAAABBBB2"))
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.invitations.revoke(revoked.revoke(at=NOON))
        for _ in range(2):
            with world.database.unit_of_work(world.shop.guest) as storage:
                storage.invitations.use(one)
        for spent in (one, revoked):
            with pytest.raises(Stale), world.database.unit_of_work(world.shop.guest) as storage:
                storage.invitations.use(spent)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.invitations.get(one.id).uses == 2
            assert storage.invitations.get(revoked.id).revoked_at == NOON

    @READING
    async def test_are_listed_newest_first_to_those_who_manage_customers(self, world: World) -> None:
        made = [
            invited(world, a.invitation(world.ids, code=f"AAAAABBB{at:02}".replace("0", "2")))
            for at in (2, 3, 4, 5, 6)
        ]
        invited(world, a.invitation(world.ids), shop=world.other)
        manager = world.shop.colleague(Permission.MANAGE_CUSTOMERS)
        book = world.views(manager).registrations
        found = await book.invitations(window=ALL, count=True)
        assert [edge.node for edge in found.edges] == made[::-1]
        assert found.total == 5

        async def page(window: Window) -> Slice[Invitation]:
            return await book.invitations(window=window, count=False)

        for backwards in (False, True):
            walked = await walk(page, sizes=(1, 2, 4), backwards=backwards)
            assert [edge.node for edge in walked] == made[::-1]
        for actor in (
            world.shop.guest,
            world.shop.buyer("vip"),
            world.shop.colleague(Permission.VIEW_CUSTOMERS),
        ):
            seen = await world.views(actor).registrations.invitations(window=ALL, count=True)
            assert (seen.edges, seen.total) == ((), 0)


def world_of(world: World) -> tuple[Shop, Shop]:
    """The two wholesalers."""
    return world.shop, world.other


class TestARace:
    def test_lets_in_as_many_as_the_invitation_says(self, world: World) -> None:
        """Twenty register at once with an invitation for five; each has a phone of its own."""
        one = invited(world, a.invitation(world.ids, most_uses=5))
        phones = [Phone(f"139{at:08}") for at in range(20)]
        codes = {phone: sent_now(world, phone) for phone in phones}
        let_in: list[Phone] = []
        refused: list[type[DomainError]] = []

        def coming(phone: Phone) -> Callable[[], None]:
            def come() -> None:
                try:
                    retrying(world.use.register)(
                        actor=world.shop.guest,
                        phone=phone,
                        code=codes[phone],
                        newcomer=newcomer(company=f"店 {phone[-2:]}", invitation=one),
                    )
                    let_in.append(phone)
                except DomainError as refusal:
                    refused.append(type(refusal))

            return come

        assert at_once([coming(phone) for phone in phones]) == [None] * 20
        assert (len(let_in), refused) == (5, [InvitationUsedUp] * 15)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.invitations.get(one.id).uses == 5
        assert list(world.database.audit.findings()) == []

    def test_makes_one_login_of_one_phone(self, world: World) -> None:
        """The same code comes ten times at once: one is let in."""
        phone = Phone("13900000009")
        code, results = sent(world, phone), []

        def come() -> None:
            try:
                register = retrying(world.use.register)
                register(actor=world.shop.guest, phone=phone, code=code, newcomer=newcomer())
                results.append("in")
            except DomainError as refusal:
                results.append(type(refusal).__name__)

        assert at_once([come] * 10) == [None] * 10
        assert sorted(results) == ["InvalidCode"] * 9 + ["in"]

    def test_lets_one_of_two_decide(self, world: World) -> None:
        who = registered(world)
        submitted(world, who)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            case = storage.verifications.get(who.customer_id)
        day = world.shop.merchant.day_of(NOON)
        moved = case.reject(Reason("不行"), by=None, day=day, at=NOON)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.verifications.save(moved)
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.verifications.save(case.approve(credit=None, by=None, day=day, at=NOON))


class TestCustomers:
    def test_store_what_is_decided_of_a_company(self, world: World) -> None:
        shop, vip = world.shop, world.shop.customers["vip"]
        approval, tier = Approval(until=date(2027, 1, 31)), shop.tiers["regular"].id
        with world.database.unit_of_work(shop.clerk) as storage:
            storage.customers.approve(vip.id, approval=approval, tier_id=tier)
        after = attrs.evolve(vip, approval=approval, tier_id=tier)
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.customers.get(vip.id) == after
            storage.customers.withdraw_approval(vip.id)
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            assert storage.customers.get(vip.id) == attrs.evolve(after, approval=NOT_APPROVED)
            assert storage.customers.get(shop.customers["regular"].id) == shop.customers["regular"]

    def test_refuse_what_is_another_merchants(self, world: World) -> None:
        shop, other = world.shop, world.other
        mine, theirs = shop.customers["vip"], other.customers["vip"]
        for id, tier in ((theirs.id, shop.tiers["vip"].id), (mine.id, other.tiers["vip"].id)):
            with pytest.raises(Stale), world.database.unit_of_work(shop.clerk) as storage:
                storage.customers.approve(id, approval=Approval(), tier_id=tier)
        with pytest.raises(Stale), world.database.unit_of_work(shop.clerk) as storage:
            storage.customers.withdraw_approval(theirs.id)

    def test_store_a_company_and_its_people(self, world: World) -> None:
        shop = world.shop
        new = attrs.evolve(a.customer(world.ids, tier=shop.tiers["vip"]), approval=NOT_APPROVED)
        buyer = attrs.evolve(a.buyer(world.ids, customer=new), login_id=world.ids.new(LoginId))
        with world.database.unit_of_work(shop.guest) as storage:
            storage.customers.add(new)
            storage.customers.add_buyer(buyer)
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            assert storage.customers.get(new.id) == new
        twice = attrs.evolve(a.buyer(world.ids, customer=new), login_id=buyer.login_id)
        nowhere = attrs.evolve(twice, login_id=None, customer_id=world.other.customers["vip"].id)
        for wrong in (twice, nowhere):
            with pytest.raises(Stale), world.database.unit_of_work(shop.guest) as storage:
                storage.customers.add_buyer(wrong)

    def test_get_lists_of_their_own(self, world: World) -> None:
        vip, other = world.shop.customers["vip"], world.other.customers["vip"]
        lists = [
            PriceList(
                id=world.ids.new(PriceListId), source=PriceSource.CONTRACT, name="新合同", customer_id=one.id
            )
            for one in (vip, other)
        ]
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.prices.add(lists[0])
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.prices.add(lists[1])
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert lists[0] in storage.prices.lists()


def whole_case(world: World, customer_id: CustomerId) -> VerificationCase:
    """Everything that a verification can have."""
    details = a.company_details(valid_until=date(2027, 1, 31))
    customer = attrs.evolve(world.shop.customers["vip"], id=customer_id)
    case = a.verification(customer, by=world.shop.buyers["vip"], details=details)
    credit = CreditTerms(limit=Money(500_000, Currency.CNY), days=30)
    return attrs.evolve(
        case.approve(credit=credit, by=world.shop.staff["clerk"].id, day=date(2026, 3, 2), at=NOON + A_DAY),
        events=(),
        version=3,
    )


class TestVerifications:
    def test_come_back_as_they_were_stored(self, world: World) -> None:
        vip, regular = (world.shop.customers[name] for name in ("vip", "regular"))
        made = (whole_case(world, vip.id), a.verification(regular))
        world.add(made)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert [storage.verifications.get(one.customer_id) for one in made] == list(made)

    def test_grow_step_by_step(self, world: World) -> None:
        vip, day = world.shop.customers["vip"], date(2026, 3, 2)
        begun = VerificationCase.begin(vip.id, by=world.shop.buyers["vip"].id, at=NOON)
        with world.database.unit_of_work(world.shop.guest) as storage:
            storage.verifications.add(begun)
        person, details = world.shop.buyers["vip"].id, a.company_details()
        changes: tuple[Callable[[VerificationCase], VerificationCase], ...] = (
            lambda case: case.save(details, by=person, day=day, at=NOON),
            lambda case: case.submit(by=person, day=day, at=NOON + A_DAY),
            lambda case: case.ask(Reason("再拍一张"), by=None, day=day, at=NOON + 2 * A_DAY),
            lambda case: case.save(details, by=person, day=day, at=NOON + 3 * A_DAY).submit(
                by=person, day=day, at=NOON + 3 * A_DAY
            ),
        )
        stored = begun
        for change in changes:
            with world.database.unit_of_work(world.shop.clerk) as storage:
                after = change(storage.verifications.get(vip.id))
                saved = storage.verifications.save(after)
            with world.database.unit_of_work.reading(world.shop.clerk) as storage:
                stored = storage.verifications.get(vip.id)
            assert stored == saved == attrs.evolve(after, version=saved.version, events=())
        assert [step.state for step in stored.steps] == [S.DRAFT, S.SUBMITTED, S.NEED_INFO, S.SUBMITTED]
        assert stored.version == 6, "one for every fact"
        assert list(world.database.audit.findings()) == []

    def test_are_shown_to_a_buyer_of_the_own_company_alone(self, world: World) -> None:
        world.add([a.verification(one) for one in world.shop.customers.values()])
        mine = world.shop.customers["vip"]
        with world.database.unit_of_work.reading(world.shop.buyer("vip")) as storage:
            assert storage.verifications.get(mine.id).customer_id == mine.id
            for stranger in (
                world.shop.customers["regular"].id,
                world.other.customers["vip"].id,
                world.ids.new(CustomerId),
            ):
                with pytest.raises(VerificationNotFound):
                    storage.verifications.get(stranger)
        with (
            world.database.unit_of_work.reading(world.shop.guest) as storage,
            pytest.raises(VerificationNotFound),
        ):
            storage.verifications.get(mine.id)


async def listed(
    world: World, state: VerificationState | None = None, *, actor: Actor | None = None
) -> list[VerificationCard]:
    """The verifications in a state, as staff see them."""
    book = world.views(actor or world.shop.clerk).registrations
    asked = VerificationFilter(state=state)
    found = await book.verifications(window=ALL, filter=asked, count=True)
    assert found.total == len(found.edges)
    return [edge.node for edge in found.edges]


@READING
class TestTheBook:
    async def furnished(self, world: World) -> dict[VerificationState, list[CustomerId]]:
        """Two companies in every state, the oldest step first, with the days of approvals around today."""
        day = world.shop.merchant.day_of(NOON)
        made: dict[VerificationState, list[CustomerId]] = {state: [] for state in S}
        for at, state in enumerate([*S, *S]):
            customer = a.customer(world.ids, tier=world.shop.tiers["vip"], name=f"公司 {at}")
            case = a.verification(customer, details=a.company_details(), at=NOON + at * timedelta(hours=1))
            stored = S.APPROVED if state is S.EXPIRED else state
            until = {S.APPROVED: day, S.EXPIRED: day - A_DAY}.get(state)
            steps = (*case.steps[:-1], attrs.evolve(case.steps[-1], state=stored))
            world.add([customer], [attrs.evolve(case, steps=steps, approved_until=until)])
            made[state].append(customer.id)
        return made

    async def test_lists_by_state_as_it_is_today_the_oldest_first(self, world: World) -> None:
        made = await self.furnished(world)
        everything = [id for pair in zip(*made.values(), strict=True) for id in pair]
        assert [card.customer_id for card in await listed(world)] == everything
        for state, ids in made.items():
            cards = await listed(world, state)
            assert [card.customer_id for card in cards] == ids
            assert {card.state for card in cards} == {state}
        world.clock.forward(A_DAY)
        assert await listed(world, S.APPROVED) == []
        assert {card.customer_id for card in await listed(world, S.EXPIRED)} == {
            *made[S.EXPIRED],
            *made[S.APPROVED],
        }

    async def test_turns_its_pages_without_gaps(self, world: World) -> None:
        made = await self.furnished(world)
        book = world.views(world.shop.clerk).registrations
        for asked, wanted in (
            (ANY_VERIFICATION, [id for pair in zip(*made.values(), strict=True) for id in pair]),
            (VerificationFilter(state=S.EXPIRED), made[S.EXPIRED]),
        ):

            async def page(window: Window, asked: VerificationFilter = asked) -> Slice[VerificationCard]:
                return await book.verifications(window=window, filter=asked, count=False)

            for backwards in (False, True):
                walked = await walk(page, sizes=(1, 5, 2), backwards=backwards)
                assert [edge.node.customer_id for edge in walked] == wanted

    async def test_shows_each_what_they_may_see(self, world: World) -> None:
        vip = world.shop.customers["vip"]
        case = whole_case(world, vip.id)
        world.add([case])
        shop = world.shop
        owner = Actor.buyer(
            shop.merchant, id=shop.buyers["vip"].id, customer_id=vip.id, role=Role.OWNER, approved=False
        )
        reader = attrs.evolve(owner, permissions=shop.buyer("viewer").permissions)

        async def seen(actor: Actor) -> VerificationCard | None:
            return (await world.views(actor).registrations.verifications_of([vip.id])).get(vip.id)

        assert case.details is not None
        people = (Permission.MANAGE_CUSTOMERS, Permission.VIEW_PERSONAL_DATA)
        whole = await seen(shop.colleague(*people))
        assert whole == VerificationCard(
            customer_id=vip.id,
            customer_name=vip.name,
            state=S.APPROVED,
            moved_at=NOON + A_DAY,
            steps=case.steps,
            approved_until=date(2027, 1, 31),
            details=DetailsCard.of(case.details, CLEAR),
            credit=case.credit,
        )
        [draft, handed, decided] = case.steps
        assert await seen(shop.colleague(Permission.MANAGE_CUSTOMERS)) == whole._replace(
            details=DetailsCard.of(case.details, Veil(drawn=True))
        )
        told = whole._replace(steps=(draft, handed, attrs.evolve(decided, by=None)))
        assert await seen(owner) == told, "which of the staff decided is not for the company"
        for actor in (reader, shop.colleague(Permission.VIEW_CUSTOMERS)):
            assert await seen(actor) == told._replace(credit=None, details=None)
        for stranger in (
            shop.guest,
            shop.buyer("regular"),
            shop.colleague(Permission.VIEW_STOCK),
            world.other.clerk,
            world.other.buyer("vip"),
        ):
            assert await seen(stranger) is None
            assert await listed(world, actor=stranger) == []

    async def test_hangs_below_companies(self, world: World) -> None:
        vip = world.shop.customers["vip"]
        world.add([whole_case(world, vip.id)])
        want = CustomerWant(addresses=False, verification=True)
        for actor in (world.shop.clerk, world.shop.buyer("vip")):
            views = world.views(actor)
            found = await views.customers.customers_by_id([vip.id], want=want)
            beside = await views.registrations.verifications_of([vip.id])
            assert found[vip.id].verification == beside[vip.id]
            assert found[vip.id].addresses == ()
        plain = await world.views(world.shop.clerk).customers.customers_by_id([vip.id])
        assert plain[vip.id].verification is None
        before = await world.views(world.shop.clerk).customers.customers_by_id(
            [world.shop.customers["regular"].id], want=want
        )
        assert [card.verification for card in before.values()] == [None]


@READING
class TestTheActor:
    async def test_is_approved_with_the_company_until_its_last_day_is_over(self, world: World) -> None:
        day = world.shop.merchant.day_of(NOON)
        who = registered(world)

        async def look() -> bool:
            found = await world.database.directory.actor(a.claims(who.actor), at=world.clock.now())
            opened = world.database.reading.look(at=world.clock.now())
            looked = await opened.actor(a.claims(who.actor))
            await opened.close()
            assert found == looked
            return found.approved

        assert not await look()
        submitted(world, who)
        assert not await look()
        world.use.ask_for_info(actor=world.shop.clerk, customer_id=who.customer_id, reason="再拍一张")
        assert not await look()
        approved(world, who, valid_until=day)
        assert await look()
        world.clock.forward(timedelta(hours=11))
        assert await look(), "it is before midnight where the merchant is"
        world.clock.forward(timedelta(hours=1))
        assert not await look(), "the licence was good until yesterday"
        submitted(world, who, valid_until=day + 9 * A_DAY)
        assert not await look()

    async def test_of_a_company_that_was_there_before_is_approved(self, world: World) -> None:
        for name in world.shop.buyers:
            claims = a.claims(world.shop.buyer(name))
            assert (await world.database.directory.actor(claims, at=NOON)).approved


class TestColleagues:
    def test_join_once_each(self, world: World) -> None:
        who = registered(world)
        welcome = Welcome(customer_id=who.customer_id, role=Role.PURCHASER)
        code = InvitationCode("AAAAABBBB2")
        one = invited(world, attrs.evolve(a.invitation(world.ids, welcome=welcome, most_uses=9), code=code))
        colleague = registered(world, phone=Phone("13900000007"), who=newcomer(company=None, invitation=one))
        assert colleague.customer_id == who.customer_id
        with pytest.raises(AlreadyMember):
            registered(world, who=newcomer(company=None, invitation=one))
