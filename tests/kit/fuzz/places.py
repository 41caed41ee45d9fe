"""Two wholesalers whose every text is marked as theirs, and the people who ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from itertools import count
from typing import Any, TypeVar

import attrs

from application.authorization import Actor, Permission
from application.ports.database import Database
from domain.catalog import Option
from domain.coupons import ClaimWay
from domain.customers import Role
from domain.identity import OrderId
from domain.invitations import Welcome
from domain.merchant import Logo, StockDisplay
from domain.money import Money
from kit import builders as a
from kit import couponing
from kit.fuzz.offering import cheapen, keep, promote
from kit.world import Shop, World, furnish_shop

MARK = re.compile(r"[AB]#[0-9]+#")
ANY_ID = re.compile(r"\b[a-z]{3}_[0-9a-v]{26}\b")
_ORDERED = ("regular", "vip", "strategic")

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Person:
    """Somebody who asks."""

    name: str
    actor: Actor
    own: Mapping[str, Sequence[str]] = attrs.field(repr=False)
    """The ids of the merchant's things, by their tag."""
    foreign: Mapping[str, Sequence[str]] = attrs.field(repr=False)
    """Those of the other merchant's."""
    codes: Sequence[str] = attrs.field(repr=False)
    tiers: Sequence[str] = attrs.field(repr=False)
    secret: frozenset[str] = attrs.field(repr=False)
    """What may not be in an answer unless the question had it: the other merchant's ids."""
    foreign_marks: str
    """What the other merchant's texts begin with."""


@attrs.frozen(kw_only=True)
class Place:
    """The world, and everybody who asks."""

    world: World
    people: Sequence[Person]


def furnish_marked(database: Database, *, seed: int = 0) -> Place:
    """Store two wholesalers with marked texts and some orders."""
    ids, clock = a.SeededIds(seed), a.FixedClock()
    marked = [_Marked("A"), _Marked("B")]
    shops = [
        furnish_shop(database, ids, slug=slug, name=name, changed=mark.shop)
        for (slug, name), mark in zip((("shanquan", "山泉食品"), ("haiyun", "海韵百货")), marked, strict=True)
    ]
    world = World(database=database, clock=clock, ids=ids, shop=shops[0], other=shops[1])
    offered = [promote(world, shop, mark.text) for shop, mark in zip(shops, marked, strict=True)]
    orders = [_orders(world, shop) for shop in shops]
    things = [
        _ids(
            shop,
            [
                *promotions,
                *placed,
                *_invited(world, shop),
                *_couponed(world, shop),
                *_employed(world, shop, mark.text),
                *keep(world, shop, mark.text),
                *cheapen(world, shop, mark.text),
            ],
        )
        for shop, mark, promotions, placed in zip(shops, marked, offered, orders, strict=True)
    ]
    own, others = things
    people = [*_people(world.shop, own, others, "B"), *_people(world.other, others, own, "A")]
    return Place(world=world, people=people)


def _people(
    shop: Shop, own: Mapping[str, Sequence[str]], foreign: Mapping[str, Sequence[str]], foreign_marks: str
) -> list[Person]:
    trainee = Actor.staff(
        shop.merchant, id=shop.staff["trainee"].id, granted=frozenset({Permission.VIEW_STOCK})
    )
    actors = {
        "guest": shop.guest,
        "buyer": shop.buyer("regular"),
        "owner": shop.buyer("vip"),
        "viewer": shop.buyer("viewer"),
        "staff": shop.clerk,
        "trainee": trainee,
    }
    # Nobody who asks is named, or whoever may erase people might erase them.
    asking = {actor.person_id for actor in actors.values()}
    own = {**own, **{tag: [id for id in own[tag] if id not in asking] for tag in ("buy", "stf")}}
    codes = [str(sku.code) for product in shop.products.values() for sku in product.skus]
    return [
        Person(
            name=f"{name} of {shop.merchant.slug}",
            actor=actor,
            own=own,
            foreign=foreign,
            codes=codes,
            tiers=[tier.code for tier in shop.tiers.values()],
            secret=frozenset(one for of_tag in foreign.values() for one in of_tag),
            foreign_marks=foreign_marks,
        )
        for name, actor in actors.items()
    ]


def _orders(world: World, shop: Shop) -> list[OrderId]:
    placed = [
        world.use.place_order(
            actor=shop.buyer(name),
            key=a.key(f"order {at}"),
            basket=a.basket((shop.sku("TEA-500"), 24), (shop.sku("NUTS"), 1)),
            wishes=a.wishes(),
        ).id
        for at, name in enumerate(_ORDERED * 3)
    ]
    world.use.confirm_order(actor=shop.clerk, key=a.key("confirm"), order_id=placed[0])
    world.use.cancel_order(actor=shop.clerk, key=a.key("cancel"), order_id=placed[1])
    return placed


def _invited(world: World, shop: Shop) -> list[str]:
    """Two invitations, and a verification for two companies: one is waited for, one has to say something yet."""
    colleague = Welcome(customer_id=shop.customers["vip"].id, role=Role.VIEWER)
    made = [
        a.invitation(world.ids, code="AAAAABBBB2", most_uses=9),
        a.invitation(world.ids, code="AAAAABBBB3", welcome=colleague),
    ]
    world.add(
        made,
        [
            a.verification(shop.customers["vip"], by=shop.buyers["vip"]),
            a.verification(shop.customers["strategic"], details=a.company_details()),
        ],
        to=shop,
    )
    return [one.id for one in made]


def _employed(world: World, shop: Shop, text: Callable[[str], str]) -> list[str]:
    """A colleague of those who ask."""
    colleague = a.staff(world.ids, name=text("小孙"))
    world.add([colleague], to=shop)
    return [colleague.id]


def _couponed(world: World, shop: Shop) -> list[str]:
    """Templates: everybody may claim the first, staff issue the second, a code claims the third; and two coupons."""
    listed, issued, coded = (
        couponing.template(world.ids, each=None),
        couponing.template(world.ids, way=ClaimWay.ISSUED, each=None),
        couponing.template(world.ids, way=ClaimWay.BY_CODE, each=None, claim_code=couponing.code(7)),
    )
    coupons = [
        couponing.coupon(world.ids, listed, shop.customers["regular"], number=number) for number in (1, 2)
    ]
    world.add([attrs.evolve(listed, claims=2), issued, coded], coupons, to=shop)
    return [listed.id, issued.id, coded.id, *(one.id for one in coupons)]


def _ids(shop: Shop, more: Sequence[str]) -> Mapping[str, Sequence[str]]:
    customers = list(shop.customers.values())
    things: list[str] = [
        shop.merchant.id,
        *more,
        *(one.id for one in customers),
        *(address.id for one in customers for address in one.addresses),
        *(one.id for one in shop.buyers.values()),
        *(one.id for one in shop.staff.values()),
        *(one.id for one in shop.tiers.values()),
        *(one.id for one in shop.lists.values()),
        *(one.id for one in shop.groups.values()),
        *(one.id for one in shop.categories.values()),
        *(one.id for one in shop.brands.values()),
        *(one.id for one in shop.products.values()),
        *(sku.id for one in shop.products.values() for sku in one.skus),
        *(one.id for one in shop.warehouses.values()),
    ]
    found: dict[str, list[str]] = {}
    for id in things:
        found.setdefault(id.partition("_")[0], []).append(str(id))
    return found


@attrs.frozen
class _Marked:
    """Gives every text that a wholesaler has a mark of its own."""

    letter: str
    numbers: count[int] = attrs.field(factory=lambda: count(1))

    def text(self, plain: str) -> str:
        return f"{plain} {self.letter}#{next(self.numbers)}#"

    def shop(self, shop: Shop) -> Shop:
        products = {
            name: attrs.evolve(
                one,
                name=self.text(one.name),
                description=self.text(one.description),
                skus=tuple(
                    attrs.evolve(
                        sku, name=self.text(sku.name), options=(Option(self.text("味"), self.text("茶")),)
                    )
                    for sku in one.skus
                ),
            )
            for name, one in shop.products.items()
        }
        customers = {
            name: attrs.evolve(
                one,
                name=self.text(one.name),
                addresses=tuple(
                    attrs.evolve(kept, address=a.address(recipient=self.text("李"), street=self.text("路")))
                    for kept in one.addresses
                ),
            )
            for name, one in shop.customers.items()
        }
        merchant = attrs.evolve(
            shop.merchant,
            name=self.text(shop.merchant.name),
            guest_prices=self.letter == "B",
            logo=Logo(f"logos/{self.letter}"),
            stock_display=StockDisplay.BANDED if self.letter == "B" else StockDisplay.EXACT,
            order_minimum_amount=Money(500, shop.merchant.currency),
            cut_off_time=time(17, 30),
        )
        return attrs.evolve(
            shop,
            merchant=merchant,
            products=products,
            customers=customers,
            tiers=self._named(shop.tiers),
            lists=self._named(shop.lists),
            categories=self._named(shop.categories),
            brands=self._named(shop.brands),
            warehouses=self._named(shop.warehouses),
            buyers=self._named(shop.buyers),
            staff=self._named(shop.staff),
        )

    def _named(self, things: Mapping[str, T]) -> dict[str, T]:
        return {key: self._one(one) for key, one in things.items()}

    def _one(self, thing: T) -> T:
        some: Any = thing
        changed: T = attrs.evolve(some, name=self.text(some.name))
        return changed
