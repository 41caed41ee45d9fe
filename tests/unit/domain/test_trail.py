"""The audit trail: what is written holds together, and whatever is done to it afterwards shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import MerchantId, OrderId, SkuId, StaffId
from domain.trail import (
    BEGINNING,
    LONGEST_ORIGIN,
    BrokenLink,
    Doer,
    Fault,
    Origin,
    TrailEntry,
    TrailHead,
    TrailNote,
    facts_of,
    first_broken,
)
from kit import builders as a

IDS = a.SeededIds()
MERCHANT = IDS.new(MerchantId)
ORDER = IDS.new(OrderId)
CLERK = Doer(kind="STAFF", person_id=IDS.new(StaffId), origin=Origin(address="192.0.2.7", request_id="req-1"))
LONG = 60
FIELDS = [field.name for field in attrs.fields(TrailEntry)]


def trail(many: int, *, head: TrailHead = TrailHead()) -> list[TrailEntry]:
    """So many entries after a head."""
    notes = (a.trail_note(about=ORDER, after={"at": str(at)}) for at in range(many))
    return list(head.extend(notes, merchant_id=MERCHANT, by=CLERK))


def broken(
    entries: Iterable[TrailEntry], *, head: TrailHead | None = None, anchors: Sequence[TrailHead] = ()
) -> BrokenLink | None:
    """What is wrong with a trail whose head is, unless told, the one that it was written with."""
    return first_broken(entries, head=head or TrailHead.after(WHOLE), anchors=anchors)


WHOLE = trail(LONG)
ANYWHERE = pytest.mark.parametrize("at", [0, 1, 2, 29, 30, 57, 58, LONG - 1])


def another(value: Any) -> Any:
    """A value that is not this one."""
    return value + 1 if isinstance(value, int) else f"{value or ''}x"


class TestWriting:
    def test_an_entry_says_who_did_what_from_where_and_what_it_was(self) -> None:
        (entry,) = trail(1)
        assert entry == TrailEntry(
            merchant_id=MERCHANT,
            sequence=1,
            at=int(a.NOON.timestamp()) * 1_000_000,
            actor_kind="STAFF",
            person_id=CLERK.person_id,
            address="192.0.2.7",
            request_id="req-1",
            operation="confirmOrder",
            about_kind="Order",
            about_id=ORDER,
            before='{"status":"SUBMITTED"}',
            after='{"at":"0"}',
            previous=BEGINNING,
            hash=entry.hash,
        )

    def test_the_hash_is_that_of_the_form_that_is_published(self) -> None:
        """Worked out here without any of the code, as somebody else would check an export."""
        sku = SkuId.of(b"\0" * 16)
        at = datetime(2026, 3, 2, 4, 0, 0, 7, tzinfo=UTC)
        note = TrailNote(at=at, operation="setPrices", about=sku, before={}, after={"b": '茶 "x"', "a": "1"})
        (entry,) = TrailHead().extend(
            [note], merchant_id=MERCHANT, by=Doer(kind="OPERATOR", origin=Origin(address="root"))
        )
        form = (
            f'["dinghuo trail 1","{MERCHANT}",1,1772424000000007,"OPERATOR",null,"root","","setPrices","Sku",'
            f'"sku_00000000000000000000000000","{{}}",'
            '"{\\"a\\":\\"1\\",\\"b\\":\\"茶 \\\\\\"x\\\\\\"\\"}"]'
        )
        assert entry.canonical == form
        assert json.loads(json.loads(form)[-1]) == note.after == facts_of(entry.after)
        assert entry.hash == sha256(b"0" * 64 + b"\n" + form.encode()).hexdigest()

    def test_entries_follow_one_another(self) -> None:
        assert [entry.sequence for entry in WHOLE] == list(range(1, LONG + 1))
        assert [entry.previous for entry in WHOLE] == [BEGINNING, *(entry.hash for entry in WHOLE[:-1])]
        more = trail(2, head=TrailHead.after(WHOLE))
        assert broken([*WHOLE, *more], head=TrailHead.after(more), anchors=[TrailHead.after(WHOLE)]) is None

    def test_an_instant_has_a_time_zone(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            a.trail_note(about=ORDER, at=a.NOON.replace(tzinfo=None))

    @given(text=st.text(max_size=300))
    def test_what_is_said_of_the_origin_can_be_stored(self, text: str) -> None:
        origin = Origin(address=text, request_id=text)
        assert len(origin.address) == min(len(text), LONGEST_ORIGIN)
        assert origin.address == origin.request_id
        assert origin.address.isprintable()
        assert origin.address.encode().decode() == origin.address

    @given(
        facts=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4),
        step=st.timedeltas(min_value=timedelta(days=-9999), max_value=timedelta(days=9999)),
    )
    def test_whatever_is_noted_holds(self, facts: dict[str, str], step: timedelta) -> None:
        note = a.trail_note(about=ORDER, at=a.NOON + step, before=facts, after=facts)
        entries = TrailHead().extend([note, note], merchant_id=MERCHANT, by=CLERK)
        assert first_broken(entries, head=TrailHead.after(entries)) is None
        assert facts_of(entries[1].before) == facts


class TestFollowing:
    def test_nothing_is_whole(self) -> None:
        assert first_broken([], head=TrailHead()) is None
        assert first_broken([], head=TrailHead(), anchors=[TrailHead()]) is None

    def test_what_was_written_is_whole(self) -> None:
        anchors = [TrailHead.after(WHOLE[: at + 1]) for at in range(LONG)]
        assert broken(WHOLE, anchors=anchors) is None

    @ANYWHERE
    @pytest.mark.parametrize("field", FIELDS)
    def test_an_edited_entry_is_found(self, at: int, field: str) -> None:
        entry = WHOLE[at]
        changed = attrs.evolve(entry, **{field: another(getattr(entry, field))})
        fault = {"sequence": Fault.MISSING, "previous": Fault.OUT_OF_ORDER}.get(field, Fault.EDITED)
        assert broken([*WHOLE[:at], changed, *WHOLE[at + 1 :]]) == BrokenLink(at + 1, fault)

    @ANYWHERE
    def test_a_missing_entry_is_found(self, at: int) -> None:
        fault = Fault.TRUNCATED if at == LONG - 1 else Fault.MISSING
        assert broken([*WHOLE[:at], *WHOLE[at + 1 :]]) == BrokenLink(at + 1, fault)

    @ANYWHERE
    def test_entries_that_changed_places_are_found(self, at: int) -> None:
        other = (at + 7) % LONG
        for renumber in (False, True):
            entries = list(WHOLE)
            entries[at], entries[other] = entries[other], entries[at]
            if renumber:
                entries = [attrs.evolve(one, sequence=n) for n, one in enumerate(entries, start=1)]
            found = broken(entries)
            first = min(at, other) + 1
            # Of another sequence than its place it seems that those between are missing.
            assert found == BrokenLink(first, Fault.OUT_OF_ORDER if renumber else Fault.MISSING)

    @ANYWHERE
    def test_an_inserted_entry_is_found(self, at: int) -> None:
        added = attrs.evolve(WHOLE[at], operation="setPrices")
        added = attrs.evolve(added, hash=added.digest())
        moved = [attrs.evolve(one, sequence=one.sequence + 1) for one in WHOLE[at:]]
        entries = [*WHOLE[:at], added, *moved]
        head = attrs.evolve(TrailHead.after(WHOLE), sequence=LONG + 1)
        assert broken(entries, head=head) == BrokenLink(at + 2, Fault.OUT_OF_ORDER)
        assert broken([*WHOLE[: at + 1], *WHOLE[at:]]) == BrokenLink(at + 2, Fault.OUT_OF_ORDER)

    def test_what_follows_the_head_is_found(self) -> None:
        more = trail(1, head=TrailHead.after(WHOLE))
        assert broken([*WHOLE, *more]) == BrokenLink(LONG + 1, Fault.APPENDED)
        assert broken(WHOLE, head=TrailHead()) == BrokenLink(1, Fault.APPENDED)

    @pytest.mark.parametrize("kept", [0, 1, 30, LONG - 1])
    def test_a_trail_that_was_cut_short_is_found(self, kept: int) -> None:
        assert broken(WHOLE[:kept]) == BrokenLink(kept + 1, Fault.TRUNCATED)
        head = TrailHead.after(WHOLE[:kept]) if kept else TrailHead()
        assert broken(WHOLE[:kept], head=head) is None, "without an anchor nobody can know"
        cut = BrokenLink(kept + 1, Fault.TRUNCATED)
        assert broken(WHOLE[:kept], head=head, anchors=[TrailHead.after(WHOLE)]) == cut

    @ANYWHERE
    def test_a_trail_that_was_written_anew_is_found_by_an_anchor(self, at: int) -> None:
        anew = [*WHOLE[:at]]
        head = TrailHead.after(anew) if anew else TrailHead()
        anew += _forged(head, LONG - at + 3)
        forged = TrailHead.after(anew)
        assert broken(anew, head=forged) is None, "without an anchor nobody can know"
        found = broken(anew, head=forged, anchors=[TrailHead.after(WHOLE)])
        assert found == BrokenLink(LONG, Fault.REWRITTEN)

    def test_a_head_that_says_otherwise_is_found(self) -> None:
        head = TrailHead(sequence=LONG, hash="f" * 64)
        assert broken(WHOLE, head=head) == BrokenLink(LONG, Fault.REWRITTEN)
        assert first_broken([], head=TrailHead(sequence=0, hash="f" * 64)) == BrokenLink(0, Fault.REWRITTEN)

    def test_it_takes_one_entry_at_a_time(self) -> None:
        taken: list[int] = []

        def entries() -> Iterator[TrailEntry]:
            for entry in (WHOLE[0], attrs.evolve(WHOLE[1], operation=""), *WHOLE[2:]):
                taken.append(entry.sequence)
                yield entry

        assert first_broken(entries(), head=TrailHead.after(WHOLE)) == BrokenLink(2, Fault.EDITED)
        assert taken == [1, 2]


def _forged(head: TrailHead, many: int) -> list[TrailEntry]:
    """Entries of somebody who knows how they are written."""
    notes = [a.trail_note(about=ORDER, operation="cancelOrder")] * many
    return list(head.extend(notes, merchant_id=MERCHANT, by=CLERK))
