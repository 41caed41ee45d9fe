"""Teams: nobody changes themselves, and somebody is always left who can change the others."""

from __future__ import annotations

import attrs
import pytest

from domain.customers import Role
from domain.identity import BuyerId, LoginId, StaffId
from domain.team import (
    MANAGES,
    AlreadyBuyer,
    AlreadyStaff,
    BuyerNotFound,
    Company,
    LastManager,
    NoOwnerLeft,
    OwnAccess,
    StaffNotFound,
    Team,
)
from kit import builders as a

IDS = a.SeededIds()
BOSS = attrs.evolve(a.staff(IDS, permissions=[MANAGES]), login_id=IDS.new(LoginId))
CLERK = a.staff(IDS, permissions=["VIEW_STOCK"])
CUSTOMER = a.customer(IDS, tier=a.tier(IDS))
OWNER = attrs.evolve(a.buyer(IDS, customer=CUSTOMER, role=Role.OWNER), login_id=IDS.new(LoginId))
BUYER = a.buyer(IDS, customer=CUSTOMER)


class TestTeam:
    team = Team((BOSS, CLERK))

    def test_changes_what_somebody_may_do(self) -> None:
        wanted = frozenset({"VIEW_STOCK", MANAGES})
        assert self.team.change(CLERK.id, by=BOSS.id, permissions=wanted) == attrs.evolve(
            CLERK, permissions=wanted
        )
        gone = self.team.change(CLERK.id, by=BOSS.id, suspended=True)
        assert gone == attrs.evolve(CLERK, suspended=True)
        assert Team((BOSS, gone)).change(CLERK.id, by=None, suspended=False) == CLERK

    @pytest.mark.parametrize("by", [BOSS.id, CLERK.id])
    def test_lets_nobody_change_themselves(self, by: StaffId) -> None:
        with pytest.raises(OwnAccess):
            self.team.change(by, by=by, suspended=True)

    @pytest.mark.parametrize("change", [{"suspended": True}, {"permissions": frozenset({"VIEW_STOCK"})}])
    def test_keeps_somebody_who_manages_the_others(self, change: dict[str, object]) -> None:
        idle = attrs.evolve(BOSS, id=IDS.new(StaffId), suspended=True)
        with pytest.raises(LastManager):
            Team((BOSS, CLERK, idle)).change(BOSS.id, by=None, **change)  # type: ignore[arg-type]  # as it takes them
        other = attrs.evolve(BOSS, id=IDS.new(StaffId))
        assert Team((BOSS, CLERK, other)).change(BOSS.id, by=None, **change) != BOSS  # type: ignore[arg-type]  # as before

    def test_can_be_changed_where_nobody_manages_it(self) -> None:
        assert Team((CLERK,)).change(CLERK.id, by=None, suspended=True).suspended

    def test_has_everybody_once(self) -> None:
        assert BOSS.login_id is not None
        with pytest.raises(AlreadyStaff):
            self.team.admit(BOSS.login_id)
        self.team.admit(IDS.new(LoginId))
        with pytest.raises(StaffNotFound):
            self.team.get(IDS.new(StaffId))


class TestCompany:
    company = Company((OWNER, BUYER))

    def test_changes_what_somebody_may_do(self) -> None:
        assert self.company.change(BUYER.id, by=OWNER.id, role=Role.VIEWER).role is Role.VIEWER
        gone = self.company.change(BUYER.id, by=OWNER.id, suspended=True)
        assert gone == attrs.evolve(BUYER, suspended=True)
        assert Company((OWNER, gone)).change(BUYER.id, by=None, suspended=False) == BUYER

    def test_lets_nobody_change_themselves(self) -> None:
        with pytest.raises(OwnAccess):
            self.company.change(OWNER.id, by=OWNER.id, role=Role.VIEWER)

    @pytest.mark.parametrize("change", [{"suspended": True}, {"role": Role.VIEWER}])
    def test_keeps_an_owner(self, change: dict[str, object]) -> None:
        with pytest.raises(NoOwnerLeft):
            self.company.change(OWNER.id, by=None, **change)  # type: ignore[arg-type]  # as it takes them
        other = attrs.evolve(OWNER, id=IDS.new(BuyerId))
        assert Company((OWNER, other)).change(OWNER.id, by=None, **change) != OWNER  # type: ignore[arg-type]  # as before

    def test_can_be_changed_where_nobody_owns_it(self) -> None:
        assert Company((BUYER,)).change(BUYER.id, by=None, suspended=True).suspended

    def test_has_everybody_once(self) -> None:
        assert OWNER.login_id is not None
        with pytest.raises(AlreadyBuyer):
            self.company.admit(OWNER.login_id)
        self.company.admit(IDS.new(LoginId))
        with pytest.raises(BuyerNotFound):
            self.company.get(IDS.new(BuyerId))
