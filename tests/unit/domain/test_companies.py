"""Companies hang together in a tree, and are owned for a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from domain.customers import (
    MOST_ABOVE,
    BranchOfItself,
    CompanyName,
    Customer,
    Lineage,
    TreeTooDeep,
)
from domain.identity import CustomerId, PriceTierId, StaffId, perhaps
from domain.ownership import (
    NOBODY,
    AgentOfItself,
    OwnerKind,
    Owners,
    Ownership,
    OwnershipInPast,
    from_now_on,
    owners_at,
    with_periods,
)
from domain.period import Period

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C, D = (CustomerId.of(bytes([number]) * 16) for number in range(4))
WANG, LI = (StaffId.of(bytes([number]) * 16) for number in range(2))
COMPANY = Customer(id=A, name="分店", tier_id=PriceTierId.of(bytes(16)))
ALONE = Lineage(customer_id=A)


class TestMove:
    def test_it_makes_a_branch(self) -> None:
        moved = COMPANY.move(own=ALONE, under=Lineage(customer_id=B, above=(C,)))
        assert moved == attrs.evolve(COMPANY, parent_id=B)

    def test_it_makes_a_company_its_own_again(self) -> None:
        assert attrs.evolve(COMPANY, parent_id=B).move(own=ALONE, under=None) == COMPANY

    @pytest.mark.parametrize("under", [ALONE, Lineage(customer_id=B, above=(C, A, D))])
    def test_it_never_hangs_a_company_below_itself(self, under: Lineage) -> None:
        with pytest.raises(BranchOfItself) as refused:
            COMPANY.move(own=ALONE, under=under)
        assert refused.value == BranchOfItself(A, under.customer_id)

    @pytest.mark.parametrize("levels_below", range(MOST_ABOVE))
    def test_it_lets_nothing_have_too_much_above_it(self, levels_below: int) -> None:
        own = Lineage(customer_id=A, levels_below=levels_below)
        room = MOST_ABOVE - 1 - levels_below
        above = tuple(CustomerId.of(bytes([9, at]) * 8) for at in range(room))
        assert COMPANY.move(own=own, under=Lineage(customer_id=B, above=above)).parent_id == B
        with pytest.raises(TreeTooDeep) as refused:
            COMPANY.move(own=own, under=Lineage(customer_id=B, above=(*above, C)))
        assert refused.value == TreeTooDeep(MOST_ABOVE)

    def test_a_company_is_called_something(self) -> None:
        assert CompanyName(f" {'店' * CompanyName.longest} ") == "店" * CompanyName.longest
        for text in ("", " ", "店" * (CompanyName.longest + 1), "店\n"):
            with pytest.raises(ValueError, match="CompanyName"):
                CompanyName(f"x{text}x" if text == "店\n" else text)


def owned(since: datetime, owner: StaffId | CustomerId | None, kind: OwnerKind | None = None) -> Ownership:
    of = OwnerKind.AGENT if isinstance(owner, CustomerId) else OwnerKind.SALES_REP
    return Ownership(customer_id=A, kind=kind or of, since=since, owner_id=owner)


class TestOwnership:
    def test_a_sales_representative_is_staff_and_an_agent_a_company(self) -> None:
        for owner, kind in ((WANG, OwnerKind.AGENT), (B, OwnerKind.SALES_REP)):
            with pytest.raises(ValueError, match="representative"):
                owned(NOON, owner, kind)

    def test_nobody_is_its_own_agent(self) -> None:
        with pytest.raises(AgentOfItself) as refused:
            owned(NOON, A)
        assert refused.value == AgentOfItself(A)

    def test_it_begins_now_or_later(self) -> None:
        assert from_now_on(None, now=NOON) == from_now_on(NOON, now=NOON) == NOON
        assert from_now_on(NOON + HOUR, now=NOON) == NOON + HOUR
        with pytest.raises(OwnershipInPast) as refused:
            from_now_on(NOON - HOUR, now=NOON)
        assert refused.value == OwnershipInPast(NOON)

    def test_it_holds_from_its_beginning_up_to_the_next_of_its_kind(self) -> None:
        history = [owned(NOON + HOUR, LI), owned(NOON, WANG), owned(NOON + HOUR / 2, B)]
        found = [
            (NOON - HOUR, NOBODY),
            (NOON, Owners(sales_rep_id=WANG)),
            (NOON + HOUR / 2, Owners(sales_rep_id=WANG, agent_id=B)),
            (NOON + HOUR - timedelta(microseconds=1), Owners(sales_rep_id=WANG, agent_id=B)),
            (NOON + HOUR, Owners(sales_rep_id=LI, agent_id=B)),
        ]
        for at, owners in found:
            assert owners_at(history, at) == owners

    def test_nobody_may_own_a_customer_for_a_time(self) -> None:
        history = [owned(NOON, WANG), owned(NOON + HOUR, None)]
        assert owners_at(history, NOON + HOUR) == NOBODY

    def test_periods_are_half_open_and_the_newest_first(self) -> None:
        first, second, agent = owned(NOON, WANG), owned(NOON + HOUR, LI), owned(NOON, B)
        assert with_periods([agent, first, second]) == (
            (second, Period(NOON + HOUR, None)),
            (first, Period(NOON, NOON + HOUR)),
            (agent, Period(NOON, None)),
        )


def test_an_id_may_be_missing() -> None:
    assert perhaps(CustomerId, None) is None
    assert perhaps(CustomerId, str(A)) == A
