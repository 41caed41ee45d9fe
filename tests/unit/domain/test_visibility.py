"""Everyone sees a product unless it is restricted or hidden; who it is hidden from never does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import AudienceId, BuyerId
from domain.visibility import (
    FOR_EVERYONE,
    MOST_RULES,
    NOBODY,
    Audience,
    InvalidVisibility,
    Verdict,
    Visibility,
    VisibilityReason,
)
from kit import builders as a

IDS = a.SeededIds(0)
TIER = a.tier(IDS)
COMPANY = a.customer(IDS, tier=TIER)
EAST = a.group(IDS)
JIANGSU = a.group(IDS, name="江苏", below=EAST)
WEST = a.group(IDS, name="西部")
COMPANYS = Audience.of(customer_id=COMPANY.id, tier_id=TIER.id, group_ids=JIANGSU.line)
NAMES: tuple[AudienceId, ...] = (TIER.id, COMPANY.id, EAST.id, JIANGSU.id, WEST.id)


def shown_to(*ids: AudienceId, hidden_from: tuple[AudienceId, ...] = ()) -> Visibility:
    return Visibility(restricted=True, shown_to=frozenset(ids), hidden_from=frozenset(hidden_from))


class TestVerdict:
    def test_everyone_sees_what_is_not_restricted(self) -> None:
        for audience in (NOBODY, COMPANYS):
            assert FOR_EVERYONE.verdict(audience) == Verdict(True, VisibilityReason.EVERYONE)

    def test_what_is_restricted_is_seen_by_those_named_alone(self) -> None:
        for audience in (NOBODY, COMPANYS):
            assert shown_to().verdict(audience) == Verdict(False, VisibilityReason.NOT_NAMED)
        assert shown_to(WEST.id).verdict(COMPANYS) == Verdict(False, VisibilityReason.NOT_NAMED)

    @pytest.mark.parametrize("name", [TIER.id, COMPANY.id, JIANGSU.id, EAST.id])
    def test_a_company_is_named_by_itself_its_tier_its_groups_and_those_above(self, name: AudienceId) -> None:
        assert shown_to(name, WEST.id).verdict(COMPANYS) == Verdict(True, VisibilityReason.NAMED, name)
        assert shown_to(name).verdict(NOBODY).visible is False
        hidden = Visibility(hidden_from=frozenset({name}))
        assert hidden.verdict(COMPANYS) == Verdict(False, VisibilityReason.HIDDEN, name)
        assert hidden.verdict(NOBODY).visible

    def test_hiding_wins(self) -> None:
        both = shown_to(JIANGSU.id, hidden_from=(COMPANY.id,))
        assert both.verdict(COMPANYS) == Verdict(False, VisibilityReason.HIDDEN, COMPANY.id)

    @given(
        restricted=st.booleans(),
        shown=st.frozensets(st.sampled_from(NAMES)),
        hidden=st.frozensets(st.sampled_from(NAMES)),
        own=st.frozensets(st.sampled_from(NAMES)),
    )
    def test_it_is_what_the_rule_says(
        self,
        restricted: bool,
        shown: frozenset[AudienceId],
        hidden: frozenset[AudienceId],
        own: frozenset[AudienceId],
    ) -> None:
        named = shown - hidden if restricted else frozenset()
        visibility = Visibility(restricted=restricted, shown_to=named, hidden_from=hidden)
        verdict = visibility.verdict(Audience(own))
        assert verdict.visible is (not own & hidden and (not restricted or bool(own & named)))
        assert verdict.audience_id is None or verdict.audience_id in own
        if visibility.for_everyone:
            assert verdict.visible


class TestVisibility:
    def test_it_is_for_everyone_or_not(self) -> None:
        assert FOR_EVERYONE.for_everyone
        assert not shown_to().for_everyone
        assert not Visibility(hidden_from=frozenset({WEST.id})).for_everyone

    def test_rules_that_cannot_be_are_refused(self) -> None:
        many = [a.group(IDS, name=f"{at}").id for at in range(MOST_RULES)]
        for reason, restricted, shown, hidden in (
            ("NOT_RESTRICTED", False, [EAST.id], []),
            ("BOTH", True, [EAST.id, WEST.id], [WEST.id]),
            ("TOO_MANY", True, many, [WEST.id]),
        ):
            with pytest.raises(InvalidVisibility) as refusal:
                Visibility.decide(restricted=restricted, shown_to=shown, hidden_from=hidden)
            assert refusal.value == InvalidVisibility(reason)
            with pytest.raises(ValueError, match=r"shown|named"):
                Visibility(restricted=restricted, shown_to=frozenset(shown), hidden_from=frozenset(hidden))
        decided = Visibility.decide(restricted=True, shown_to=[EAST.id, EAST.id], hidden_from=[WEST.id])
        assert decided == shown_to(EAST.id, hidden_from=(WEST.id,))

    def test_people_are_no_audience(self) -> None:
        with pytest.raises(ValueError, match="groups, tiers and companies"):
            Visibility(hidden_from=frozenset({BuyerId.of(bytes(16))}))  # type: ignore[arg-type]  # that is refused
