"""The demonstration: the same from the same seed, and true in everything it says."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import anyio
import attrs
import pytest

from adapters.identity.secrets import KeyedSecrets
from adapters.persistence.memory import MemoryDatabase
from adapters.persistence.memory._shops import Shop
from application.authorization import GRANTABLE, ActorKind
from application.ports.directory import Wanted
from application.ports.tokens import Claims
from dinghuo.demo.world import (
    DEMO,
    EMAIL,
    INVITATION,
    ImpossibleSize,
    Phonebook,
    Size,
    Stage,
    new_password,
    seed,
    slugs,
)
from dinghuo.people import SHOWN_FIRST
from domain.coupons import ClaimWay
from domain.customers import Role
from domain.identity import StaffId
from domain.inventory import OPEN_STATES, ReservationState
from domain.merchant import PriceRules
from domain.ordering import OPEN_STATUSES, OrderStatus, PaymentStatus
from domain.ownership import OwnerKind
from domain.people import Phone
from domain.period import ALWAYS
from domain.price_choice import SkuPrices
from domain.pricing import PriceSource
from domain.promotions import Gift, NthPiece, ThresholdDiscount
from domain.quantity import NONE, Quantity
from kit.builders import KEY, NOON, FixedClock
from kit.world import CHEAP

SMALL = Size(products=60, customers=12, orders=400, lines=8)


def seeded(size: Size, *, random_seed: int = 1) -> MemoryDatabase:
    """A database with this world in it."""
    database = MemoryDatabase()
    seed(database.unit_of_work, clock=FixedClock(), size=size, random_seed=random_seed)
    return database


def shops(database: MemoryDatabase) -> list[Shop]:
    """What each merchant has stored."""
    return list(database.unit_of_work.vault.shops.values())


@pytest.fixture(scope="module")
def database() -> MemoryDatabase:
    return seeded(SMALL)


@pytest.fixture(scope="module")
def shop(database: MemoryDatabase) -> Shop:
    (found,) = shops(database)
    return found


def test_gives_every_product_as_many_skus_as_asked_with_three_breaks_each() -> None:
    (shop,) = shops(seeded(Size(products=30, skus=3, customers=5, orders=10, lines=3)))
    assert {len(product.skus) for product in shop.products.values()} == {3}
    names = [sku.name for product in shop.products.values() for sku in product.skus]
    assert len(set(names)) == len(names) == 90
    base = next(one.id for one in shop.lists.values() if one.source is PriceSource.BASE)
    breaks = [
        len(one.ladder.ladder.rungs)
        for (list_id, _), held in shop.ladders.items()
        for one in held
        if list_id == base
    ]
    assert breaks == [3] * 90


def test_the_same_seed_makes_the_same_world(shop: Shop) -> None:
    (again,) = shops(seeded(SMALL))
    (other,) = shops(seeded(SMALL, random_seed=2))
    assert again == shop
    assert other.orders.keys().isdisjoint(shop.orders.keys())


def test_it_has_what_was_asked_for(shop: Shop) -> None:
    assert (len(shop.products), len(shop.customers), len(shop.orders)) == (60, 12, 400)
    assert all(1 <= len(one.skus) <= 4 for one in shop.products.values())
    lines = Counter(len(one.lines) for one in shop.orders.values())
    assert (min(lines), max(lines)) == (1, 8)
    assert (len(shop.warehouses), len(shop.tiers), len(shop.staff)) == (2, 3, 2)
    assert (len(shop.categories), len({one.parent_id for one in shop.categories.values()})) > (30, 5)


def test_a_chain_and_an_agent_hang_together(shop: Shop) -> None:
    below = Counter(one.parent_id for one in shop.customers.values() if one.parent_id is not None)
    assert sorted(below.values()) == [2, 2]
    agents = {one.owner_id for one in shop.ownerships.values() if one.kind is OwnerKind.AGENT}
    assert len(agents) == 1 and agents < below.keys()
    kept = {order.owners.agent_id for order in shop.orders.values()}
    assert agents < kept
    assert all(order.owners.sales_rep_id in shop.staff for order in shop.orders.values())


def test_nothing_it_says_is_a_lie_after_any_transaction() -> None:
    database, stages = MemoryDatabase(), Counter[Stage]()

    def audited(stage: Stage, *, slug: str, done: int, total: int) -> None:
        assert (slug, 0 <= done <= total) == ("demo", True)
        stages[stage] += 1
        assert list(database.audit.findings()) == []

    size = attrs.evolve(SMALL, orders=4100, customers=40, lines=25)
    seed(database.unit_of_work, clock=FixedClock(), size=size, progress=audited)
    assert stages == {Stage.CATALOG: 2, Stage.ORDERS: 7}


def test_a_small_one_that_is_interrupted_leaves_nothing_behind() -> None:
    database = MemoryDatabase()

    def interrupted(stage: Stage, *, slug: str, done: int, total: int) -> None:
        assert slug and done <= total
        if stage is Stage.ORDERS and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed(database.unit_of_work, clock=FixedClock(), size=SMALL, progress=interrupted)
    assert shops(database) == []
    seed(database.unit_of_work, clock=FixedClock(), size=SMALL)
    assert list(database.audit.findings()) == []


def test_there_is_a_template_for_everyone_and_a_list_of_a_company(shop: Shop) -> None:
    [template], [kept] = shop.order_templates.values(), shop.shopping_lists.values()
    assert not template.audience and kept.customer_id in shop.customers
    for line in (*template.lines, *kept.lines):
        sku = shop.sku(line.sku_id)
        assert sku.sold_in(line.unit) is not None and sku.rule.allows(line.quantity)


def test_orders_are_numbered_as_they_were_placed_and_the_next_number_is_free(shop: Shop) -> None:
    orders = sorted(shop.orders.values(), key=lambda order: order.number)
    assert [one.number for one in orders] == [f"DH{at:08d}" for at in range(1, 401)]
    assert [one.placed_at for one in orders] == sorted(one.placed_at for one in orders)
    assert NOON - timedelta(days=367) < orders[0].placed_at < orders[-1].placed_at < NOON
    assert list(shop.counters.values()) == [400]


def test_every_line_costs_what_its_customer_paid_then(shop: Shop) -> None:
    rules, sources = PriceRules(), Counter[PriceSource]()
    for order in shop.orders.values():
        for line in order.lines:
            prices = SkuPrices.of(
                shop.ladders_for(order.customer_id, line.sku_id), at=order.placed_at, rules=rules
            )
            pack = shop.sku(line.sku_id).sold_in(line.unit_code)
            assert pack is not None
            price = prices.price_in(pack, quantity=line.quantity)
            assert price is not None
            assert (price.unit_price, price.source) == (line.unit_price, line.price_source)
            sources[line.price_source] += 1
    assert set(sources) >= {PriceSource.BASE, PriceSource.TIER, PriceSource.CONTRACT}


def test_only_open_orders_reserve_and_the_stock_covers_them(shop: Shop) -> None:
    statuses = Counter(one.status for one in shop.orders.values())
    assert statuses.most_common(1)[0][0] is OrderStatus.COMPLETED
    assert statuses.keys() >= {*OPEN_STATUSES, OrderStatus.CANCELLED, OrderStatus.IN_FULFILLMENT}
    states = {OrderStatus.SUBMITTED: ReservationState.HELD, OrderStatus.CONFIRMED: ReservationState.COMMITTED}
    for order in shop.orders.values():
        made = [one for one in shop.reservations.get(order.id, ()) if one.state in OPEN_STATES]
        if order.status not in OPEN_STATUSES:
            assert made == []
            continue
        assert {one.state for one in made} == {states[order.status]}
        reserved = Counter[int]()
        for one in made:
            reserved[one.line] += one.quantity.thousandths
        wanted = {at: line.base_quantity.thousandths for at, line in enumerate(order.lines)}
        assert dict(reserved) == wanted


def test_the_stock_is_what_was_counted_some_low_and_some_sold_out(shop: Shop) -> None:
    counted = {(one.sku_id, one.warehouse_id): one.after for one in shop.movements.values()}
    assert {key: item.on_hand for key, item in shop.stock.items() if item.on_hand} == counted
    available = [shop.available(sku_id) for sku_id in shop.skus]
    assert 0 < sum(one == NONE for one in available) < len(available) // 5
    assert 0 < sum(NONE < one <= Quantity(20_000) for one in available) < len(available) // 4


@pytest.mark.parametrize("random_seed", range(1, 31))
def test_nothing_is_promised_that_is_not_there(random_seed: int) -> None:
    database = seeded(Size(products=1, customers=3, orders=400, lines=1), random_seed=random_seed)
    assert list(database.audit.findings()) == []


def test_an_order_tells_one_fact_a_version(shop: Shop) -> None:
    for order in shop.orders.values():
        facts = shop.outbox[order.id]
        assert order.version == len(facts)
        assert [one.event.at for one in facts] == sorted(one.event.at for one in facts)
        assert facts[-1].event.at <= NOON


def test_most_of_what_is_completed_is_paid(shop: Shop) -> None:
    completed = [one for one in shop.orders.values() if one.status is OrderStatus.COMPLETED]
    paid = sum(one.payment_status is PaymentStatus.PAID for one in completed)
    assert len(completed) * 8 // 10 < paid < len(completed)


def test_the_people_have_their_roles(shop: Shop) -> None:
    roles: dict[str, list[Role]] = {}
    for buyer in shop.buyers.values():
        roles.setdefault(buyer.customer_id, []).append(buyer.role)
    assert roles.keys() == shop.customers.keys()
    assert all(Role.OWNER in of_one and len(of_one) <= 3 for of_one in roles.values())
    owner, clerk = shop.staff.values()
    assert owner.permissions == {permission.value for permission in GRANTABLE}
    assert clerk.permissions < owner.permissions


def test_there_are_lists_for_everyone_for_tiers_for_some_customers_and_for_later(shop: Shop) -> None:
    lists = Counter(one.source for one in shop.lists.values())
    assert lists == {
        PriceSource.BASE: 1,
        PriceSource.TIER: 3,
        PriceSource.CONTRACT: 4,
        PriceSource.PRICE_LIST: 3,
    }
    holding = [NOON in one.validity for one in shop.lists.values() if one.source is PriceSource.PRICE_LIST]
    assert sorted(holding) == [False, True, True]
    base = next(one.id for one in shop.lists.values() if one.source is PriceSource.BASE)
    assert all((base, sku_id) in shop.ladders for sku_id in shop.skus)


def test_lines_can_be_asked_for_exactly() -> None:
    (shop,) = shops(seeded(attrs.evolve(SMALL, orders=40, lines=30, exact_lines=True)))
    assert {len(one.lines) for one in shop.orders.values()} == {30}


def test_every_merchant_has_a_world_of_its_own() -> None:
    size = attrs.evolve(SMALL, products=5, orders=3, merchants=2)
    first, second = shops(seeded(size))
    assert slugs(size) == ("demo", "demo-2")
    assert [one.slug for shop in (first, second) for one in shop.merchants.values()] == ["demo", "demo-2"]
    assert first.products.keys().isdisjoint(second.products.keys())


def test_some_of_its_people_can_sign_in_at_every_merchant_as_the_same(shop: Shop) -> None:
    database, secrets = MemoryDatabase(), KeyedSecrets(key=KEY)
    phonebook = Phonebook(people=database.people, secrets=secrets)
    size = attrs.evolve(SMALL, merchants=2)
    seed(database.unit_of_work, clock=FixedClock(), size=size, phonebook=phonebook)
    with database.people() as people:
        logins = [people.login_at(secrets.phone_index(Phone(f"1390000000{at}"))) for at in (1, 2, 3, 4)]
        places = [people.memberships(login.id) for login in logins if login]
    assert [len(of_login) for of_login in places] == [2, 2, 4, 2]
    assert [len({place.merchant_id for place in of_login}) for of_login in places] == [2] * 4
    assert len({place.customer_name for place in places[2]}) == 2
    assert [place.customer_id is None for of_login in places for place in of_login] == [True] * 4 + [
        False
    ] * 6
    assert list(database.audit.findings()) == []
    first, _ = shops(database)
    *known, waiting = first.buyers.values()
    assert [attrs.evolve(one, login_id=None) for one in known] == list(shop.buyers.values())
    assert not first.customers[waiting.customer_id].approval.given
    assert [case.state.value for case in first.verifications.values()] == ["SUBMITTED"]
    assert [one.code for one in first.invitations.values()] == [INVITATION]
    assert {one.login_id for one in shop.buyers.values()} == {None}


def test_its_owner_has_another_password_each_time() -> None:
    database, secrets = MemoryDatabase(), KeyedSecrets(key=KEY)
    assert new_password(database.people, secrets, CHEAP) is None, "there is no such owner"
    phonebook = Phonebook(people=database.people, secrets=secrets)
    seed(database.unit_of_work, clock=FixedClock(), size=SMALL, phonebook=phonebook)
    given = [new_password(database.people, secrets, CHEAP) for _ in range(2)]
    with database.people() as people:
        found = people.credentials_at(secrets.email_index(EMAIL))
        owner = people.login_at(secrets.phone_index(Phone("13900000001")))
    assert found is not None and owner is not None and found.login_id == owner.id
    assert [CHEAP.check(found.hash, one or "").right for one in given] == [False, True]
    chosen = attrs.evolve(found, index="another", email="l***@e***")
    with database.people() as people:
        people.put_credentials(chosen, before=found)
    assert new_password(database.people, secrets, CHEAP) is None, "the owner has chosen an e-mail"


def test_a_tiny_world_is_made_as_well() -> None:
    database, size = MemoryDatabase(), Size(products=1, customers=1, orders=1, lines=1)
    phonebook = Phonebook(people=database.people, secrets=KeyedSecrets(key=KEY))
    seed(database.unit_of_work, clock=FixedClock(), size=size, phonebook=phonebook)
    assert list(database.audit.findings()) == []


def test_more_lines_than_skus_are_refused_before_anything_is_stored() -> None:
    database = MemoryDatabase()
    size = Size(products=2, customers=1, orders=1, lines=50, exact_lines=True)
    with pytest.raises(ImpossibleSize):
        seed(database.unit_of_work, clock=FixedClock(), size=size)
    assert shops(database) == []


def test_the_usual_world_is_worth_looking_at() -> None:
    assert (DEMO.products, DEMO.customers, DEMO.orders, DEMO.merchants) == (600, 60, 4000, 1)


class TestWhatIsOnOffer:
    def test_there_are_prices_for_a_contract_a_group_and_later(self, shop: Shop) -> None:
        contract = next(one for one in shop.lists.values() if one.name.endswith("年度合同"))
        of_group = next(one for one in shop.lists.values() if one.group_id is not None)
        assert contract.customer_id in {
            one.customer_id for one in shop.memberships.values() if one.group_id == of_group.group_id
        }
        held = [
            one.ladder
            for (list_id, _), ladders in shop.ladders.items()
            for one in ladders
            if list_id == contract.id
        ]
        assert {one.unit is None for one in held} == {True, False}
        dated = [
            (list_id, one.ladder.validity)
            for (list_id, _), ladders in shop.ladders.items()
            for one in ladders
            if one.ladder.validity != ALWAYS
        ]
        base = next(one.id for one in shop.lists.values() if one.source is PriceSource.BASE)
        assert {list_id for list_id, _ in dated} == {base, of_group.id}
        assert {NOON in validity for _, validity in dated} == {True, False}

    def test_there_are_promotions_of_several_kinds_and_a_coupon_to_claim(self, shop: Shop) -> None:
        now = [one for one in shop.promotions.values() if one.schedule.holds(NOON, time_zone="Asia/Shanghai")]
        assert {type(one.effect) for one in now} == {ThresholdDiscount, Gift, NthPiece}
        assert any(one.audience for one in now)
        (template,) = shop.coupon_templates.values()
        assert template.way is ClaimWay.LISTED and template.claimable(claimed=0, at=NOON) is None

    def test_there_are_rules_of_quantity_that_can_be_met(self, shop: Shop) -> None:
        rules = [sku.rule for one in shop.products.values() for sku in one.skus]
        assert any(one.quota for one in rules) and any(one.case for one in rules)
        for one in shop.products.values():
            for sku in one.skus:
                assert sku.rule.allows(sku.rule.minimum)

    def test_there_are_goods_that_are_weighed_and_a_special_price_that_holds(self, shop: Shop) -> None:
        weighed = [sku for one in shop.products.values() for sku in one.skus if sku.rule.catch_weight]
        assert weighed and all(sku.unit.decimals for sku in weighed)
        (special,) = shop.special_prices.values()
        assert special.schedule.holds(NOON, time_zone="Asia/Shanghai")
        assert special.limited and special.sku_id in shop.skus

    def test_whoever_it_is_shown_as_has_a_list_a_contract_and_names(self, database: MemoryDatabase) -> None:
        async def asked() -> tuple[Claims, ...]:
            (merchant,) = await database.directory.merchants()
            vip = Wanted(kind=ActorKind.BUYER, tier_code=SHOWN_FIRST)
            found = await database.directory.people(merchant.id, vip)
            return (*found, *await database.directory.people(merchant.id, Wanted(kind=ActorKind.STAFF)))

        buyer, staff = anyio.run(asked)
        (shop,) = shops(database)
        (kept,) = shop.shopping_lists.values()
        assert kept.customer_id == buyer.customer_id
        assert {customer_id for customer_id, _ in shop.own_names} == {buyer.customer_id}
        assert isinstance(staff.person_id, StaffId)
        assert shop.staff[staff.person_id].permissions == {one.value for one in GRANTABLE}

    def test_what_was_looked_for_in_vain_is_not_to_be_found(self, shop: Shop) -> None:
        assert len(shop.missed) == 4
        names = " ".join(one.name for one in shop.products.values())
        assert not any(one.text in names for one in shop.missed.values())

    def test_a_world_for_measuring_has_none_of_it(self) -> None:
        (shop,) = shops(seeded(Size(products=60, skus=1, customers=3, orders=2)))
        assert not (shop.promotions or shop.coupon_templates or shop.shopping_lists or shop.special_prices)
