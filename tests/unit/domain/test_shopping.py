"""Shopping lists and order templates."""

from __future__ import annotations

import pytest

from domain.identity import BuyerId, CustomerGroupId, CustomerId, OrderTemplateId, ShoppingListId, SkuId
from domain.shopping import (
    MOST_LIST_LINES,
    InvalidList,
    ListLine,
    ListName,
    OrderTemplate,
    ShoppingList,
    check_lines,
)
from kit import builders as a

IDS = a.SeededIds(6)
ME, OTHER = IDS.new(BuyerId), IDS.new(BuyerId)


def some(many: int) -> list[ListLine]:
    return [ListLine(sku_id=IDS.new(SkuId), unit="bottle", quantity=a.pieces(1)) for _ in range(many)]


@pytest.mark.parametrize(("owner", "shown"), [(None, (True, True)), (ME, (True, False))])
def test_a_list_of_somebodys_own_is_shown_to_nobody_else(
    owner: BuyerId | None, shown: tuple[bool, bool]
) -> None:
    one = ShoppingList(
        id=IDS.new(ShoppingListId),
        customer_id=IDS.new(CustomerId),
        owner_id=owner,
        name=ListName("周单"),
        lines=tuple(some(1)),
    )
    assert (one.is_shown_to(ME), one.is_shown_to(OTHER)) == shown


def test_a_template_is_for_everyone_or_for_those_it_names() -> None:
    group, other = IDS.new(CustomerGroupId), IDS.new(CustomerGroupId)
    one = OrderTemplate(id=IDS.new(OrderTemplateId), name=ListName("夏季"), lines=tuple(some(1)))
    assert one.is_for([])
    named = OrderTemplate(id=one.id, name=one.name, audience=frozenset({group}), lines=one.lines)
    assert named.is_for([group, other]) and not named.is_for([other])


def test_lines_are_some_and_each_once() -> None:
    assert check_lines(some(MOST_LIST_LINES)) is None
    assert check_lines([]) == check_lines(some(MOST_LIST_LINES + 1)) == InvalidList("LINES")
    assert check_lines(some(1) * 2) == InvalidList("TWICE")
