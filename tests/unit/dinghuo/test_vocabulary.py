"""The words are many, believable, and the same everywhere."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from dinghuo.demo.vocabulary import Good, goods, vocabulary

_FINGERPRINT = """
import hashlib
from dinghuo.demo.vocabulary import goods, vocabulary
print(hashlib.sha256(repr((vocabulary(), list(goods(2000)))).encode()).hexdigest())
"""


def test_there_are_forty_categories_in_two_levels() -> None:
    categories = vocabulary().categories
    assert len(categories) == 10
    assert all(len(category.subcategories) == 3 for category in categories)
    names = [name for category in categories for name in (category.name, *category.subcategories)]
    assert len(set(names)) == 40
    assert ("饮料", "碳酸饮料") in {pattern.category_path for pattern in vocabulary().patterns}


def test_every_subcategory_has_twenty_nouns() -> None:
    nouns: dict[tuple[str, str], list[str]] = {}
    for pattern in vocabulary().patterns:
        nouns.setdefault(pattern.category_path, []).extend(pattern.nouns)
    assert len(nouns) == 30
    assert min(map(len, nouns.values())) >= 20
    every = [noun for of_one in nouns.values() for noun in of_one]
    assert len(set(every)) == len(every)


def test_brands_customers_and_places_are_enough() -> None:
    words = vocabulary()
    assert len(words.brands) == len(set(words.brands)) == 25
    assert len(set(words.companies)) == len(words.companies) >= 60
    assert len(set(words.people)) == len(words.people) >= 60
    assert len(set(words.addresses)) == len(words.addresses) >= 60
    assert len(set(words.phones)) == len(words.phones) >= 60
    assert all(phone.startswith("1390000") and len(phone) == 11 for phone in words.phones)
    assert words.tiers == ("普通", "VIP", "战略")
    assert words.warehouses == ("主仓", "城东仓")


def test_one_full_pack_of_every_kind_may_be_ordered() -> None:
    for pattern in vocabulary().patterns:
        for factor in pattern.pack_factors:
            rules = [(Decimal(minimum), Decimal(step)) for minimum, step in pattern.orders]
            assert any(factor % step == 0 and minimum <= factor for minimum, step in rules), pattern


def test_words_hold_no_stray_space_or_mark() -> None:
    words = vocabulary()
    texts = [*words.brands, *words.companies, *words.people]
    for pattern in words.patterns:
        texts += [*pattern.nouns, *pattern.qualifiers, *pattern.sentences]
        texts += [value for _, values in pattern.options for value in values]
    assert all(text and text == text.strip() and not set(text) & set(" ;:,=|/\t") for text in texts)


def test_six_hundred_names_are_distinct_without_numbers() -> None:
    names = [good.name for good in goods(600)]
    assert len(set(names)) == 600
    assert not any(character.isdigit() for name in names for character in name)


def test_sixty_goods_show_the_whole_assortment() -> None:
    sample = list(goods(60))
    assert len({good.category_path for good in sample}) == 30
    assert len({good.brand for good in sample}) == 25


def test_goods_are_believable() -> None:
    by_name = {category.name: category for category in vocabulary().categories}
    for good in goods(2000):
        category = by_name[good.category_path[0]]
        assert good.category_path[1] in category.subcategories
        assert good.brand in category.brands
        assert good.name.startswith(f"{good.brand} ")
        assert 1 <= _sku_count(good) <= 4
        assert all(len(set(values)) == len(values) for _, values in good.options)
        assert 0 < good.price_minor_low < good.price_minor_high
        assert good.pack_factor > 1
        assert 0 < Decimal(good.minimum) <= good.pack_factor
        assert good.pack_factor % Decimal(good.step) == 0
        assert Decimal(good.minimum) % Decimal(good.step) == 0
        assert good.description.endswith("。")
        assert (good.unit == "斤") == (good.category_path[0] == "生鲜果蔬")


def test_goods_have_one_to_four_skus() -> None:
    assert {_sku_count(good) for good in goods(600)} == {1, 2, 3, 4}


def test_prices_stay_in_the_range_of_their_kind() -> None:
    by_noun = {noun: pattern for pattern in vocabulary().patterns for noun in pattern.nouns}
    longest_first = sorted(by_noun, key=len, reverse=True)
    for good in goods(600):
        pattern = by_noun[next(noun for noun in longest_first if good.name.endswith(noun))]
        assert pattern.category_path == good.category_path
        assert pattern.price_minor_low - 10 < good.price_minor_low
        assert good.price_minor_high <= pattern.price_minor_high + 10


def test_a_larger_size_costs_more() -> None:
    small: list[Good] = []
    large: list[Good] = []
    for good in goods(20_000):
        sizes = dict(good.options).get("规格")
        if good.category_path == ("粮油", "大米") and sizes in {("5kg",), ("25kg",)}:
            (small if sizes == ("5kg",) else large).append(good)
    assert max(good.price_minor_high for good in small) < min(good.price_minor_low for good in large)


def _sku_count(good: Good) -> int:
    return math.prod(len(values) for _, values in good.options)


def test_fewer_goods_are_the_beginning_of_more() -> None:
    assert list(goods(0)) == []
    assert list(goods(77)) == list(itertools.islice(goods(5000), 77))


def test_two_hundred_thousand_names_are_distinct() -> None:
    names = {good.name for good in goods(200_000)}
    assert len(names) == 200_000


def test_every_process_finds_the_same_words() -> None:
    here = hashlib.sha256(repr((vocabulary(), list(goods(2000)))).encode()).hexdigest()
    sources = str(Path(__file__).parents[3] / "src")
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": sources}
        there = subprocess.run(
            [sys.executable, "-c", _FINGERPRINT],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        assert there.stdout.strip() == here
