"""What clients ask: Home of many buyers and pages, names only, searches, single SKUs, orders, and garbage."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from random import Random

import orjson

from benchmarks._common import ROOT, House, Person
from benchmarks._load import request

HOME = (ROOT / "tests/kit/home.graphql").read_text()
HOME_ANSWER = '"pageInfo":{"hasNextPage":'
NAMES = "{ products(first: 50) { nodes { name } } }"
SEARCH = """
query Search($text: String!) {
  products(first: 20, filter: { text: $text }) { nodes { id name skus { id code name } } }
}
"""
SKU = """
query Sku($code: String!) {
  sku(code: $code) { id name price { unitPrice { amount currency } } stock { status available } }
}
"""
HISTORY = """
query History {
  me { customer { orders(first: 20) { nodes { id number status placedAt total { amount currency } } } } }
}
"""
# The first character of each letter in GB 2312, whose common characters are sorted by their pinyin.
_FIRST_OF = zip("abcdefghjklmnopqrstwxyz", "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝", strict=True)
_LETTERS = [(character.encode("gb2312"), letter) for letter, character in _FIRST_OF]
_LAST = "座".encode("gb2312")


def with_orders(house: House) -> Person:
    """The VIP buyer whose company ordered most."""
    of_company = dict(house.rows("SELECT customer_id, count(*) FROM orders GROUP BY customer_id"))
    return max(house.buyers(tier="VIP"), key=lambda one: of_company.get(one.claims.customer_id, 0))


def of_every_kind(house: House, *, each: int) -> list[Person]:
    """Buyers of every price tier, and those whose company has a contract, so many of each."""
    tiers = [code for (code,) in house.rows("SELECT code FROM price_tiers ORDER BY code")]
    under = {id for (id,) in house.rows("SELECT customer_id FROM price_lists WHERE source = 'CONTRACT'")}
    found = [one for tier in tiers for one in house.buyers(tier=tier)[:each]]
    return found + [one for one in house.buyers() if one.claims.customer_id in under][:each]


def cursors(house: House, *, size: int = 50) -> list[str | None]:
    """Where the pages of Home begin: nowhere for the first, then after every so many products."""
    found = house.rows("SELECT position, id FROM products WHERE for_sale = true ORDER BY position, id")
    return [None, *(cursor(position, id) for position, id in found[size - 1 :: size])]


def cursor(position: int, id: str) -> str:
    """Write a cursor of Home as the product does."""
    return urlsafe_b64encode(orjson.dumps(["POSITION", position, id])).decode().rstrip("=")


def homes(house: House, *, number: int, chance: Random) -> list[tuple[str, str]]:
    """Home of many buyers, each at any page."""
    buyers, pages = house.buyers(), cursors(house)
    return [
        request(chance.choice(buyers), HOME, {"first": 50, "after": chance.choice(pages)})
        for _ in range(number)
    ]


def texts(house: House, *, number: int, chance: Random) -> dict[str, list[str]]:
    """What people type to find something, by its kind; each is a part of something that is there."""
    found = house.rows(
        "SELECT p.name, s.code, s.barcode FROM skus s"
        " JOIN products p ON p.merchant_id = s.merchant_id AND p.id = s.product_id WHERE s.place = 0"
    )
    some = [chance.choice(found) for _ in range(number)]
    words = [max(name.split(), key=len) for name, _, _ in some]
    starts = [chance.randrange(max(1, len(word) - 1)) for word in words]
    return {
        "two characters": [word[start : start + 2] for word, start in zip(words, starts, strict=True)],
        "one character": [word[start] for word, start in zip(words, starts, strict=True)],
        "pinyin initials": [text for word in words if (text := initials(word))],
        "start of a code": [code[:5] for _, code, _ in some],
        "barcode": [barcode for _, _, barcode in some if barcode],
    }


def initials(word: str) -> str:
    """The letters that the characters' pinyin begins with; nothing where one is not among the common ones."""
    letters = []
    for character in word:
        octets = character.encode("gb2312", errors="ignore")
        before = [letter for first, letter in _LETTERS if first <= octets]
        if not before or octets > _LAST:
            return ""
        letters.append(before[-1])
    return "".join(letters)


def searches(people: Sequence[Person], words: Iterable[str]) -> list[tuple[str, str]]:
    """Searches for these texts."""
    return [request(people[at % len(people)], SEARCH, {"text": text}) for at, text in enumerate(words)]


def garbage(person: Person) -> list[tuple[str, str]]:
    """What is refused: no JSON, no document, no such field, too deep, too large, nobody's token."""
    deep = "{ a" * 40 + " }" * 40
    bodies = [
        "{",
        orjson.dumps({"query": "{"}).decode(),
        orjson.dumps({"query": "{ products(first: 5) { nodes { nonsense } } }"}).decode(),
        orjson.dumps({"query": deep}).decode(),
        orjson.dumps({"query": "{ products(first: 100000) { nodes { name } } }"}).decode(),
        orjson.dumps({"query": "# " + "x" * 20_000 + "\n{ merchant { name } }"}).decode(),
    ]
    return [*((person.token, body) for body in bodies), ("nobody", bodies[2])]
