"""What was given lately: a guess that is bounded, and each merchant's own."""

from __future__ import annotations

import pytest

from application import gift_counter
from application.gift_counter import given_lately, note
from domain.identity import MerchantId, SkuId

ONE, OTHER = (MerchantId.of(bytes([255] * 15 + [at])) for at in (1, 2))
GOODS = [SkuId.of(bytes([255] * 15 + [at])) for at in range(9)]


@pytest.fixture(autouse=True)
def of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered before, and nothing afterwards."""
    monkeypatch.setattr(gift_counter, "_lately", {})


def test_it_remembers_what_each_merchant_gave() -> None:
    note(ONE, frozenset(GOODS[:2]))
    note(ONE, frozenset(GOODS[1:3]))
    note(OTHER, frozenset(GOODS[4:5]))
    assert given_lately(ONE) == frozenset(GOODS[:3])
    assert given_lately(OTHER) == frozenset(GOODS[4:5])


def test_it_remembers_the_newest_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gift_counter, "MOST_GIFTS", 3)
    note(ONE, frozenset(GOODS[:3]))
    note(ONE, frozenset(GOODS[3:5]))
    assert given_lately(ONE) == frozenset(GOODS[3:5])
    note(ONE, frozenset(GOODS[:4]))
    assert given_lately(ONE) == frozenset(GOODS[3:5])


def test_it_begins_anew_where_there_are_too_many_merchants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gift_counter, "MOST_MERCHANTS", 1)
    note(ONE, frozenset(GOODS[:1]))
    note(OTHER, frozenset(GOODS[1:2]))
    assert (given_lately(ONE), given_lately(OTHER)) == (frozenset(), frozenset(GOODS[1:2]))
