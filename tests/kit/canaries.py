"""Canaries: what is planted as personal data, and may be found in no file, in whatever form it is written."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import attrs
import psycopg
from psycopg import sql

from application.cart import AskedLine
from domain.customers import Address, Buyer, CustomerAddress
from domain.identity import AddressId, BuyerId, CustomerId, LoginId
from domain.merchant import Staff
from domain.ordering import Order
from domain.people import Login, Phone
from kit import builders as a
from kit.world import World

FEW = 3
"""So many of those who order have a cart and a list besides."""
_DIGITS = "0123456789"
_CHINESE = "鹂鹧鸪鹭鸬鹚鹬鹮鹳鹇鹈鹕"


@attrs.frozen
class Canaries:
    """Values nobody else has: all of a kind begin with the same words, which no other run has."""

    name: str = attrs.field(factory=lambda: _of(_CHINESE, 6))
    street: str = attrs.field(factory=lambda: f"{_of(_CHINESE, 5)} Lane {_of(_DIGITS, 4)}")
    digits: str = attrs.field(factory=lambda: f"13{_of(_DIGITS, 7)}")
    shown: str = attrs.field(factory=lambda: f"visible {_of(_DIGITS, 10)}")
    """What is stored in the clear, so that the search is seen to find things."""

    def person(self, number: int) -> str:
        return f"{self.name}{number}"

    def phone(self, number: int) -> str:
        return f"{self.digits}{number % 100:02}"

    def address(self, number: int) -> Address:
        return Address(
            recipient=self.person(number),
            phone=self.phone(number),
            region="浙江省杭州市",
            street=f"{self.street}-{number}",
        )

    @property
    def needles(self) -> dict[str, list[bytes]]:
        """Everything to look for, by what it is."""
        found: dict[str, list[bytes]] = {}
        for what in ("name", "street", "digits"):
            text: str = getattr(self, what)
            found[what] = [*forms(text)]
        # Numbers are also written with something between their digits.
        for between in "- ":
            found["digits"] += forms(between.join((self.digits[:3], self.digits[3:7], self.digits[7:])))
        return found


def _of(alphabet: str, many: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(many))


def forms(text: str) -> Iterator[bytes]:
    """Every way a text may be written: as UTF-8, UTF-16, escaped, in hexadecimal, in base64 from any place."""
    octets = text.encode()
    yield octets
    for wide in (text.encode("utf-16-le"), text.encode("utf-16-be")):
        yield wide
        yield wide.hex().encode()
    yield octets.hex().encode()
    yield octets.hex().upper().encode()
    escaped = text.encode("ascii", "backslashreplace")
    if escaped != octets:
        yield escaped
        yield escaped.replace(b"\\", b"\\\\")
    for shift in range(3):
        # What does not depend on what stands before and after.
        whole = b64encode(b"\0" * shift + octets)
        yield whole[4 if shift else 0 : len(whole) - 4]


def found_in(canaries: Canaries, places: Iterable[tuple[str, bytes]]) -> list[str]:
    """Where a canary is found, and which."""
    return [
        f"{what} in {name} at {content.index(needle)}"
        for name, content in places
        for what, needles in canaries.needles.items()
        for needle in needles
        if needle in content
    ]


def seen_in(canaries: Canaries, places: Iterable[tuple[str, bytes]]) -> bool:
    """Whether what is in the clear is found in one of them."""
    return any(canaries.shown.encode() in content for _, content in places)


def files(*folders: Path) -> list[tuple[str, bytes]]:
    """Every file below folders."""
    return [
        (str(path), path.read_bytes())
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def postgres_places(connection: psycopg.Connection, *, since: str) -> list[tuple[str, bytes]]:
    """Everything PostgreSQL keeps of the database: tables as text, their files, statistics, and the log since then.

    Reading files takes a superuser.
    """
    found: list[tuple[str, bytes]] = []
    tables = "SELECT oid::regclass::text, pg_relation_filepath(oid) FROM pg_class WHERE relfilenode <> 0"
    own = " AND relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    for name, _ in connection.execute((tables + own).encode()).fetchall():
        with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))) as copy:
            found.append((f"table {name}", b"".join(bytes(part) for part in copy)))
    connection.execute(b"CHECKPOINT")
    found += [
        (f"file of {name}", _file(connection, path))
        for name, path in connection.execute(tables.encode()).fetchall()
        if path.startswith("base/")
    ]
    segment = connection.execute(b"SELECT pg_walfile_name(%s::pg_lsn)", (since,)).fetchone()
    assert segment is not None, "there is a log"
    logs = connection.execute(b"SELECT name FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'").fetchall()
    found += [(f"log {name}", _file(connection, f"pg_wal/{name}")) for (name,) in logs if name >= segment[0]]
    return found


def _file(connection: psycopg.Connection, path: str) -> bytes:
    asked = b"SELECT pg_read_binary_file(%s::text, 0, 1 << 26, true)"
    [(content,)] = connection.execute(asked, (path,)).fetchall()
    return bytes(content or b"")


def plant(world: World, canaries: Canaries, *, many: int) -> list[Order]:
    """Store so many canaries of each kind wherever something personal is stored; the orders that have some."""
    shop, ids = world.shop, world.ids
    visible = attrs.evolve(a.customer(ids, tier=shop.tiers["vip"]), name=canaries.shown)
    customers = [
        attrs.evolve(
            a.customer(ids, tier=shop.tiers["vip"], name=f"Store {number}"),
            addresses=(CustomerAddress(id=ids.new(AddressId), address=canaries.address(number)),),
        )
        for number in range(many)
    ]
    buyers: list[Buyer] = []
    for number, customer in enumerate(customers):
        phone = Phone(canaries.phone(number))
        login = Login(id=ids.new(LoginId), phone=phone.masked)
        with world.database.people() as people:
            index = world.secrets.phone_index(phone)
            known = people.login_at(index)
            if known is None:
                people.add_login(login, phone=index)
        buyers.append(
            Buyer(
                id=ids.new(BuyerId),
                customer_id=CustomerId(customer.id),
                name=canaries.person(number),
                login_id=None if known else login.id,
            )
        )
    staff: list[Staff] = [a.staff(ids, name=canaries.person(number)) for number in range(many)]
    world.add([visible], customers, buyers, staff)
    placed = []
    for number, (customer, buyer) in enumerate(zip(customers, buyers, strict=True)):
        [book] = customer.addresses
        actor = attrs.evolve(shop.buyer("vip"), person_id=buyer.id, customer_id=customer.id)
        wishes = attrs.evolve(
            a.wishes(),
            address_id=book.id,
            note=f"{canaries.person(number)}, {' '.join(re.findall('.{3,4}', canaries.phone(number)))}",
        )
        if number < FEW:
            line = AskedLine(sku_id=shop.sku("NUTS").id, quantity=Decimal(1), note=wishes.note or "")
            world.use.add_to_cart(actor=actor, key=a.key(f"canary {number}"), lines=[line])
            world.use.save_shopping_list(
                actor=actor, name=canaries.person(number), shared=False, lines=[line]
            )
        basket = a.basket((shop.sku("NUTS"), 1))
        placed.append(
            world.use.place_order(actor=actor, key=a.key(f"canary {number}"), basket=basket, wishes=wishes)
        )
    return placed
