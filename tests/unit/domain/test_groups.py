"""Groups sort companies, regions in a tree; tags are written once."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.groups import (
    DEEPEST_GROUP,
    MOST_TAGS,
    CustomerGroup,
    CustomerTags,
    GroupInUse,
    GroupKind,
    GroupMembership,
    GroupName,
    GroupUse,
    InvalidGroup,
    Tag,
    TooManyTags,
)
from domain.identity import CustomerGroupId, CustomerId, ProductId
from kit import builders as a
from kit.builders import NOON

COMPANY, PRODUCT = CustomerId.of(bytes(16)), ProductId.of(bytes(16))
IDS = a.SeededIds(0)


def region(name: str = "华东", *, below: CustomerGroup | None = None) -> CustomerGroup:
    return a.group(IDS, name=name, below=below)


class TestTag:
    @pytest.mark.parametrize("text", ["VIP 客户", "vip客户 ", "ｖｉｐ　客户", " Vip\t客户"])
    def test_it_is_the_same_in_either_case_and_width_and_with_any_blanks(self, text: str) -> None:
        assert Tag(text).replace(" ", "") == "vip客户"
        assert Tag(f"  {text}  ") == Tag(text)

    @pytest.mark.parametrize("text", ["", "  ", "x" * 33, "a\0b", "a\u200bb", "a\u202eb"])
    def test_it_is_short_and_printable(self, text: str) -> None:
        with pytest.raises(ValueError, match="a Tag is 1 to 32 printable characters"):
            Tag(text)

    @given(st.text(max_size=20))
    def test_what_is_a_tag_stays_the_same_tag(self, text: str) -> None:
        try:
            tag = Tag(text)
        except ValueError:
            return
        assert Tag(tag) == tag == Tag(tag.upper().lower()) or tag.upper().lower() != tag


class TestCustomerGroup:
    def test_regions_form_a_tree(self) -> None:
        east = region()
        jiangsu = region("江苏", below=east)
        nanjing = region("南京", below=jiangsu)
        assert nanjing.ancestors == (east.id, jiangsu.id)
        assert nanjing.parent_id == jiangsu.id
        assert nanjing.line == (east.id, jiangsu.id, nanjing.id)
        assert (east.parent_id, east.line) == (None, (east.id,))

    def test_nothing_else_does(self) -> None:
        free = a.group(IDS, kind=GroupKind.FREE)
        for kind, below in ((GroupKind.FREE, region()), (GroupKind.REGION, free), (GroupKind.FREE, free)):
            with pytest.raises(InvalidGroup) as refusal:
                a.group(IDS, kind=kind, below=below)
            assert refusal.value == InvalidGroup("NOT_A_REGION")
        with pytest.raises(ValueError, match="only regions"):
            attrs.evolve(free, ancestors=(region().id,))

    def test_the_tree_is_not_too_deep(self) -> None:
        deepest = region()
        for _ in range(DEEPEST_GROUP - 1):
            deepest = region(below=deepest)
        with pytest.raises(InvalidGroup) as refusal:
            region(below=deepest)
        assert refusal.value == InvalidGroup("TOO_DEEP")

    def test_it_is_renamed(self) -> None:
        east = region()
        assert east.rename(GroupName("东部")) == attrs.evolve(east, name=GroupName("东部"))

    def test_it_goes_when_nothing_needs_it(self) -> None:
        assert region().delete(at=NOON, below=(), named_by=()).deleted_at == NOON

    def test_it_stays_as_long_as_something_needs_it(self) -> None:
        east = region()
        jiangsu = region(below=east)
        with pytest.raises(GroupInUse) as refusal:
            east.delete(at=NOON, below=(jiangsu.id,), named_by=())
        assert refusal.value == GroupInUse(east.id, (jiangsu.id,), ())
        with pytest.raises(GroupInUse) as refusal:
            east.delete(at=NOON, below=(), named_by=(PRODUCT,))
        assert refusal.value == GroupInUse(east.id, (), (PRODUCT,))
        uses = {GroupUse.PROMOTIONS, GroupUse.COUPONS}
        with pytest.raises(GroupInUse) as refusal:
            east.delete(at=NOON, below=(), named_by=(), uses=uses)
        assert refusal.value == GroupInUse(east.id, (), (), (GroupUse.COUPONS, GroupUse.PROMOTIONS))


class TestGroupMembership:
    def test_it_ends_after_it_began(self) -> None:
        one = GroupMembership(group_id=CustomerGroupId.of(bytes(16)), customer_id=COMPANY, since=NOON)
        assert attrs.evolve(one, until=NOON + timedelta(microseconds=1)).until is not None
        with pytest.raises(ValueError, match="ends after it began"):
            attrs.evolve(one, until=NOON)
        with pytest.raises(ValueError, match="time zone"):
            attrs.evolve(one, since=datetime(2026, 1, 1))  # noqa: DTZ001  # that is what is refused


class TestCustomerTags:
    def test_tags_are_put_on_and_taken_off(self) -> None:
        new, cash, chain = map(Tag, ("新客", "现结", "连锁"))
        tags = CustomerTags(customer_id=COMPANY, tags=frozenset({new}))
        assert tags.change(add=[cash, new]).tags == {new, cash}
        assert tags.change(remove=[new, chain]).tags == frozenset()
        assert tags.change(add=[chain], remove=[new]).tags == {chain}

    def test_they_are_not_too_many(self) -> None:
        many = [Tag(f"t{at}") for at in range(MOST_TAGS)]
        tags = CustomerTags(customer_id=COMPANY).change(add=many)
        assert tags.change(add=[Tag("more")], remove=many[:1]).tags >= {Tag("more")}
        with pytest.raises(TooManyTags) as refusal:
            tags.change(add=[Tag("more")])
        assert refusal.value == TooManyTags(COMPANY)
        with pytest.raises(ValueError, match="tags"):
            CustomerTags(customer_id=COMPANY, tags=frozenset([*many, Tag("more")]))
