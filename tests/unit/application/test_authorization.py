"""Who may do what: one table, every permission against everybody there is."""

from __future__ import annotations

import pytest

from application.authorization import (
    GRANTABLE,
    Actor,
    ActorKind,
    Forbidden,
    HiddenReason,
    Permission,
    Unauthenticated,
    may,
    price_hidden_from,
    sees_company_details,
    sees_verifications,
    stock_figure_hidden_from,
    veil_for,
)
from domain.customers import Role
from domain.identity import BuyerId, CustomerId, StaffId
from kit.builders import SeededIds, merchant

IDS = SeededIds()
SHOP = merchant(IDS)
CLERK, LI, COMPANY = IDS.new(StaffId), IDS.new(BuyerId), IDS.new(CustomerId)
P = Permission


def buyer(role: Role) -> Actor:
    return Actor.buyer(SHOP, id=LI, customer_id=COMPANY, role=role)


def staff(*granted: Permission) -> Actor:
    return Actor.staff(SHOP, id=CLERK, granted=frozenset(granted))


LOOKING = {P.BROWSE, P.MANAGE_LOGIN, P.VIEW_ACCOUNT, P.VIEW_ORDERS}
BUYING = LOOKING | {P.PLACE_ORDERS, P.CANCEL_ORDERS}
GIVEN = {
    P.VIEW_ORDERS,
    P.CANCEL_ORDERS,
    P.VIEW_CUSTOMERS,
    P.VIEW_STOCK,
    P.CONFIRM_ORDERS,
    P.MANAGE_STOCK,
    P.MANAGE_PRICES,
    P.MANAGE_PROMOTIONS,
    P.VIEW_FLOORS,
    P.MANAGE_FLOORS,
    P.ADJUST_ORDERS,
    P.MANAGE_CATALOG,
    P.VIEW_TRAIL,
    P.MANAGE_CUSTOMERS,
    P.MANAGE_SETTINGS,
    P.VIEW_PERSONAL_DATA,
    P.MANAGE_PERSONAL_DATA,
    P.MANAGE_CUSTOMERS,
    P.MANAGE_STAFF,
}
WORKING = {P.BROWSE, P.MANAGE_LOGIN, P.BACK_OFFICE}
TABLE: list[tuple[str, Actor, set[Permission]]] = [
    ("guest", Actor.guest(SHOP), {P.BROWSE}),
    ("somebody who owes the second factor", Actor.unproven(SHOP, id=CLERK), {P.BROWSE, P.MANAGE_LOGIN}),
    ("owner", buyer(Role.OWNER), BUYING | {P.MANAGE_COMPANY}),
    ("purchaser", buyer(Role.PURCHASER), BUYING),
    ("approver", buyer(Role.APPROVER), LOOKING),
    ("finance", buyer(Role.FINANCE), LOOKING),
    ("viewer", buyer(Role.VIEWER), LOOKING),
    ("trainee", staff(), WORKING),
    ("storekeeper", staff(P.MANAGE_STOCK), WORKING | {P.MANAGE_STOCK}),
    ("staff given everything", staff(*P), WORKING | GIVEN),
    ("operator", Actor.operator(SHOP), {P.BROWSE} | GIVEN),
]


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize(("actor", "allowed"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_table_of_permissions(actor: Actor, allowed: set[Permission], permission: Permission) -> None:
    if permission in allowed:
        assert actor.has(permission)
        may(actor, permission)
        return
    assert not actor.has(permission)
    refusal = Unauthenticated if actor.kind is ActorKind.GUEST else Forbidden
    with pytest.raises(refusal) as caught:
        may(actor, permission)
    assert caught.value == refusal(permission)


def test_the_table_knows_every_role_and_every_kind_of_actor() -> None:
    assert {actor.kind for _, actor, _ in TABLE} == set(ActorKind)
    assert len([actor for _, actor, _ in TABLE if actor.kind is ActorKind.BUYER]) == len(Role)


def test_staff_are_given_nothing_that_is_only_for_buyers() -> None:
    assert GRANTABLE == GIVEN
    assert {P.PLACE_ORDERS, P.VIEW_ACCOUNT, P.MANAGE_COMPANY}.isdisjoint(GRANTABLE)


def test_an_actor_is_called_by_the_person_or_by_the_kind() -> None:
    names = [Actor.guest(SHOP).name, buyer(Role.OWNER).name, staff().name, Actor.operator(SHOP).name]
    assert names == ["GUEST", LI, CLERK, "OPERATOR"]


def test_an_actor_belongs_to_one_merchant_and_a_buyer_to_one_company() -> None:
    assert {actor.merchant_id for _, actor, _ in TABLE} == {SHOP.id}
    assert [actor.customer_id for _, actor, _ in TABLE if actor.kind is ActorKind.BUYER] == [COMPANY] * len(
        Role
    )
    assert {actor.customer_id for _, actor, _ in TABLE if actor.kind is not ActorKind.BUYER} == {None}


def test_only_guests_see_no_prices_and_only_where_the_merchant_hides_them() -> None:
    assert price_hidden_from(Actor.guest(SHOP)) is HiddenReason.LOGIN_REQUIRED
    assert price_hidden_from(Actor.guest(merchant(IDS, guest_prices=True))) is None
    assert {price_hidden_from(actor) for _, actor, _ in TABLE if actor.kind is not ActorKind.GUEST} == {None}


def test_people_are_shown_in_clear_to_buyers_and_to_staff_with_the_permission() -> None:
    assert {veil_for(actor).drawn for name, actor, _ in TABLE if name in ("guest", "storekeeper")} == {True}
    assert {veil_for(buyer(role)).drawn for role in Role} == {False}
    for permission in P:
        shown = permission in (P.VIEW_PERSONAL_DATA, P.MANAGE_PERSONAL_DATA)
        assert veil_for(staff(permission)).drawn is not shown


def test_only_guests_see_no_stock_figures() -> None:
    assert stock_figure_hidden_from(Actor.guest(SHOP)) is HiddenReason.LOGIN_REQUIRED
    assert (
        stock_figure_hidden_from(Actor.guest(merchant(IDS, guest_prices=True))) is HiddenReason.LOGIN_REQUIRED
    )
    assert {
        stock_figure_hidden_from(actor) for _, actor, _ in TABLE if actor.kind is not ActorKind.GUEST
    } == {None}


@pytest.mark.parametrize("guest_prices", [False, True])
@pytest.mark.parametrize("role", Role)
def test_a_buyer_of_a_company_that_is_not_approved_sees_neither(role: Role, guest_prices: bool) -> None:
    shop = merchant(IDS, guest_prices=guest_prices)
    actor = Actor.buyer(shop, id=LI, customer_id=COMPANY, role=role, approved=False)
    assert price_hidden_from(actor) is HiddenReason.APPROVAL_PENDING
    assert stock_figure_hidden_from(actor) is HiddenReason.APPROVAL_PENDING
    assert actor.permissions == buyer(role).permissions, "it is refused in words, and not as a stranger"


def test_those_who_see_companies_see_where_their_verifications_stand() -> None:
    seeing = {name for name, actor, _ in TABLE if sees_verifications(actor)}
    reading = {name for name, actor, _ in TABLE if sees_company_details(actor)}
    roles = {role.value.lower() for role in Role}
    assert seeing == roles | {"staff given everything", "operator"}
    assert reading == {"owner", "staff given everything", "operator"}
    assert sees_verifications(staff(P.VIEW_CUSTOMERS)) and not sees_company_details(staff(P.VIEW_CUSTOMERS))
    assert sees_verifications(staff(P.MANAGE_CUSTOMERS)) and sees_company_details(staff(P.MANAGE_CUSTOMERS))
