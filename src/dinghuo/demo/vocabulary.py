"""The words of a believable food and daily-goods wholesaler; the same words on every machine."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources

import attrs

_SEED = 20260301
_PHONES = 1000
_ENDINGS = (
    "每{pack}{factor}{unit}，支持拆零",
    "整{pack}{factor}{unit}发货",
    "每{pack}{factor}{unit}，常年有货",
    "按{pack}备货更划算",
)
_SIZES = ("容量", "规格")
_SKU_COUNTS = (1,) * 9 + (2,) * 7 + (3,) * 2 + (4,)


@attrs.frozen
class Category:
    """A category of the first level and the names of the categories below it."""

    name: str
    subcategories: tuple[str, ...]
    brands: tuple[str, ...]
    packings: tuple[str, ...]


@attrs.frozen
class Pattern:
    """What goods of one kind have in common; a brand, a qualifier and a noun make one of them."""

    category_path: tuple[str, str]
    unit: str
    pack_unit: str
    pack_factors: tuple[int, ...]
    price_minor_low: int
    price_minor_high: int
    orders: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, tuple[str, ...]], ...]
    qualifiers: tuple[str, ...]
    sentences: tuple[str, ...]
    nouns: tuple[str, ...]


@attrs.frozen
class Address:
    """Where a customer receives its goods."""

    city: str
    district: str
    street: str


@attrs.frozen
class Vocabulary:
    """Everything a demonstration is named after."""

    categories: tuple[Category, ...]
    brands: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    companies: tuple[str, ...]
    people: tuple[str, ...]
    addresses: tuple[Address, ...]
    phones: tuple[str, ...]
    tiers: tuple[str, ...]
    warehouses: tuple[str, ...]


@attrs.frozen
class Good:
    """One product of the wholesaler; its option axes multiply to one to four SKUs."""

    name: str
    description: str
    category_path: tuple[str, str]
    brand: str
    options: tuple[tuple[str, tuple[str, ...]], ...]
    unit: str
    pack_unit: str
    pack_factor: int
    price_minor_low: int
    price_minor_high: int
    minimum: str
    step: str


@functools.cache
def vocabulary() -> Vocabulary:
    """Gives the words, read once from the tables beside this module."""
    patterns = tuple(map(_pattern, _table("goods.tsv")))
    categories = tuple(
        Category(
            name=row["category"],
            subcategories=_subcategories(row["category"], patterns),
            brands=_words(row["brands"]),
            packings=_words(row["packings"]),
        )
        for row in _table("categories.tsv")
    )
    customers = _table("customers.tsv")
    return Vocabulary(
        categories=categories,
        brands=tuple(dict.fromkeys(brand for category in categories for brand in category.brands)),
        patterns=patterns,
        companies=tuple(row["company"] for row in customers),
        people=tuple(row["person"] for row in customers),
        addresses=tuple(
            Address(city=row["city"], district=row["district"], street=row["street"]) for row in customers
        ),
        phones=tuple(f"1390000{number:04}" for number in range(1, _PHONES + 1)),
        tiers=("普通", "VIP", "战略"),
        warehouses=("主仓", "城东仓"),
    )


def goods(n: int) -> Iterator[Good]:
    """Yields the first n goods, every subcategory in turn; fewer goods are the beginning of more."""
    # Chance decides prices and sizes only: names are counted through, so that none comes twice.
    chance = random.Random(_SEED)
    shelves = _shelves()
    for number in range(n):
        turn, shelf = divmod(number, len(shelves))
        yield _good(shelf=shelves[shelf], turn=turn, chance=chance)


@attrs.frozen
class _Shelf:
    """The nouns of one subcategory in the order they are offered."""

    number: int
    category: Category
    nouns: tuple[tuple[str, Pattern], ...]


@functools.cache
def _shelves() -> tuple[_Shelf, ...]:
    words = vocabulary()
    order = random.Random(_SEED)
    shelves: list[_Shelf] = []
    # Neighbours come from different categories: a short list shows the whole assortment.
    for level in range(max(len(category.subcategories) for category in words.categories)):
        for category in words.categories:
            path = (category.name, category.subcategories[level])
            nouns = [
                (noun, pattern)
                for pattern in words.patterns
                if pattern.category_path == path
                for noun in pattern.nouns
            ]
            order.shuffle(nouns)
            shelves.append(_Shelf(number=len(shelves) + 2 * level, category=category, nouns=tuple(nouns)))
    return tuple(shelves)


def _good(*, shelf: _Shelf, turn: int, chance: random.Random) -> Good:
    times, place = divmod(turn, len(shelf.nouns))
    noun, pattern = shelf.nouns[place]
    turned = place + shelf.number
    brand, name = _name(noun=noun, pattern=pattern, category=shelf.category, turned=turned, times=times)
    factor = chance.choice(pattern.pack_factors)
    minimum, step = chance.choice(_fitting(pattern.orders, factor=factor))
    options = _options(pattern=pattern, chance=chance)
    low, high = _prices(pattern=pattern, options=dict(options), chance=chance)
    ending = chance.choice(_ENDINGS).format(pack=pattern.pack_unit, factor=factor, unit=pattern.unit)
    return Good(
        name=name,
        description=f"{chance.choice(pattern.sentences)}，{ending}。",
        category_path=pattern.category_path,
        brand=brand,
        options=options,
        unit=pattern.unit,
        pack_unit=pattern.pack_unit,
        pack_factor=factor,
        price_minor_low=low,
        price_minor_high=high,
        minimum=minimum,
        step=step,
    )


def _fitting(orders: tuple[tuple[str, str], ...], *, factor: int) -> tuple[tuple[str, str], ...]:
    """Keeps the rules by which one full pack may be ordered."""
    return tuple(
        (minimum, step)
        for minimum, step in orders
        if factor % Decimal(step) == 0 and Decimal(minimum) <= factor
    )


def _name(*, noun: str, pattern: Pattern, category: Category, turned: int, times: int) -> tuple[str, str]:
    """Counts through brands, then qualifiers, then packings, each from where its wheel is turned to."""
    brands, packings = category.brands, ("", *category.packings)
    start = turned % len(pattern.qualifiers)
    qualifiers = (*pattern.qualifiers[start:], *pattern.qualifiers[:start])
    qualifiers = ("", *qualifiers) if turned % 3 == 0 else (*qualifiers, "")
    times, brand_at = divmod(times, len(brands))
    times, qualifier_at = divmod(times, len(qualifiers))
    times, packing_at = divmod(times, len(packings))
    brand = brands[(brand_at + turned) % len(brands)]
    name = f"{brand} {qualifiers[qualifier_at]}{noun} {packings[packing_at]}".rstrip()
    return brand, f"{name} {times + 1}号" if times else name


def _options(*, pattern: Pattern, chance: random.Random) -> tuple[tuple[str, tuple[str, ...]], ...]:
    wanted = chance.choice(_SKU_COUNTS)
    first, *second = pattern.options
    taken = wanted
    if second:
        taken = 2 if wanted == 4 else chance.choice((1, wanted))
    shares = (taken, wanted // taken)
    return tuple(
        (axis, _some(values=values, count=share, chance=chance))
        for (axis, values), share in zip((first, *second), shares, strict=False)
    )


def _some(*, values: tuple[str, ...], count: int, chance: random.Random) -> tuple[str, ...]:
    picked = chance.sample(range(len(values)), min(count, len(values)))
    return tuple(values[at] for at in sorted(picked))


def _prices(
    *, pattern: Pattern, options: dict[str, tuple[str, ...]], chance: random.Random
) -> tuple[int, int]:
    """Cuts the pattern's range into one part for each size, so that a larger size costs more."""
    sizes: tuple[str, ...] = ()
    for axis, values in pattern.options:
        if axis in _SIZES:
            sizes = values
    smallest, largest = 0, 0
    if sizes:
        chosen = next(values for axis, values in options.items() if axis in _SIZES)
        smallest, largest = sizes.index(chosen[0]), sizes.index(chosen[-1])
    part = (pattern.price_minor_high - pattern.price_minor_low) // max(len(sizes), 1)
    low = pattern.price_minor_low + part * smallest + part * chance.randrange(60) // 100
    high = max(low, pattern.price_minor_low + part * largest) + part * chance.randrange(10, 40) // 100
    return low // 10 * 10, max(high // 10 * 10, low // 10 * 10 + 10)


def _pattern(row: dict[str, str]) -> Pattern:
    axes = (axis.split(":") for axis in row["options"].split(";"))
    orders = (order.split("/") for order in _words(row["orders"]))
    return Pattern(
        category_path=(row["category"], row["subcategory"]),
        unit=row["unit"],
        pack_unit=row["pack"],
        pack_factors=tuple(map(int, _words(row["factors"]))),
        price_minor_low=int(row["low"]),
        price_minor_high=int(row["high"]),
        orders=tuple((minimum, step) for minimum, step in orders),
        options=tuple((axis, tuple(values.split("|"))) for axis, values in axes),
        qualifiers=_words(row["qualifiers"]),
        sentences=_words(row["sentences"]),
        nouns=_words(row["nouns"]),
    )


def _subcategories(category: str, patterns: tuple[Pattern, ...]) -> tuple[str, ...]:
    paths = (pattern.category_path for pattern in patterns)
    return tuple(dict.fromkeys(below for above, below in paths if above == category))


def _table(name: str) -> list[dict[str, str]]:
    text = resources.files("dinghuo.demo").joinpath(name).read_text(encoding="utf-8")
    header, *rows = (line.split("\t") for line in text.splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


def _words(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(" "))
