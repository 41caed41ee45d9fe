"""Two wholesalers by one seed, a canary in everything they have stored, and everybody who may come to the door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import time, timedelta
from functools import partial
from itertools import chain, count

import attrs

from adapters.identity.tokens import SignedTokens
from application.authorization import (
    GRANTABLE,
    Actor,
    ActorKind,
    Permission,
    stock_figure_hidden_from,
)
from application.ports.bulk import Storable
from application.ports.database import Database
from application.ports.groups import ProductVisibility
from domain.catalog import CatchWeight, Option, Product, Sku
from domain.coupons import Coupon, CouponTemplate
from domain.customers import Customer, Role
from domain.groups import CustomerGroup, GroupKind
from domain.identity import (
    AudienceId,
    BuyerId,
    CouponId,
    CouponTemplateId,
    Id,
    LoginId,
    OrderId,
    PersonId,
    PriceBatchId,
    PromotionId,
    SessionId,
    SpecialPriceId,
    StaffId,
)
from domain.inventory import MovementReason
from domain.invitations import Invitation
from domain.merchant import Logo, MarginGuard, PaymentMethod, StockDisplay
from domain.money import Currency, Money, Percentage
from domain.ordering import Amendment
from domain.own_names import CustomerName, OwnName
from domain.period import Period
from domain.price_batches import BatchState, PriceBatch
from domain.pricing import Ladder, PriceChange, PriceList, PriceSource, Rung
from domain.promotions import Gift, GiftGoods, GiftShortage, Promotion, PromotionName, Schedule, Scope
from domain.quantity import Quantity
from domain.searching import MissedSearch
from domain.special_prices import SpecialPrice, SpecialPriceName
from domain.verification import VerificationCase
from domain.visibility import Audience, Visibility
from kit import builders as a
from kit.api import KEY
from kit.promoting import less, promotion
from kit.specials import special
from kit.walls.carts import fill_carts
from kit.walls.couponing import HOLDER, coupons_of, use_last
from kit.walls.family import FAMILY, SALES_REPS, above, belongings, family_of, owned_by, relatives
from kit.walls.floors import guard_nuts, guard_something
from kit.walls.newcomers import registering, with_new_companies
from kit.walls.people import GONE, sign_up
from kit.walls.secrets import House, Marker, Reach, Secrets
from kit.world import Shop, World, furnish_shop

SUSPENDED, LEAVING = "suspended", "leaving"
"""People who may do nothing, and such as others may do everything to."""
_SEES_PEOPLE = {Permission.VIEW_PERSONAL_DATA, Permission.MANAGE_PERSONAL_DATA}
COMPANIES = ("regular", "vip", "strategic", "contract", *FAMILY, "lapsed")
"""Those that have ordered: the last while its approval held."""
_SKUS = ("TEA-500", "WATER-550", "NUTS")


def primes(least: int) -> Iterator[int]:
    """All primes from a number on."""
    yield from (
        number for number in count(least) if all(number % by for by in range(2, int(number**0.5) + 1))
    )


@attrs.frozen(kw_only=True)
class Numbers:
    """Figures that stand nowhere else: of prices, of pieces on hand, of what there is less of than a line may weigh or
    one may order, and of how many were ordered or wanted."""

    prices: Iterator[int]
    pieces: Iterator[int]
    fewer: Iterator[int]
    scarce: Iterator[int]
    ordered: Iterator[int]
    wanted: Iterator[int]


@attrs.frozen(kw_only=True)
class Caller:
    """Somebody who comes to the door, and what they show."""

    name: str
    actor: Actor | None
    """Who they are; None for those who must be sent away."""
    headers: Mapping[str, str] = attrs.field(repr=False)
    away: str
    """The short name of the merchant whose things they have no business with."""


@attrs.frozen(kw_only=True)
class Scene:
    """The world, its secrets, and its people."""

    world: World
    shops: Sequence[Shop]
    secrets: Secrets
    callers: Sequence[Caller]
    orders: Mapping[str, Sequence[OrderId]]
    """Those of each merchant, by its short name: three of each company, the first cancelled, the second confirmed."""
    keys: Mapping[str, Sequence[str]]
    """What orders were placed under."""
    kinds: frozenset[type]
    """The kinds of things that are stored."""
    houses: Mapping[str, House]
    """What is known of each merchant, by its short name."""
    company_of: Mapping[str, str]
    """Whose each company, address, person and order is, by its id."""
    relatives: Mapping[str, Sequence[str]]
    """The company next above each, and those beside it."""


def furnish_walls(database: Database, *, seed: int = 0) -> Scene:
    """Store the two, and learn every secret of theirs."""
    ids, clock = a.SeededIds(seed), a.FixedClock()
    numbers = Numbers(
        prices=primes(30_000),
        pieces=primes(2_000_000),
        fewer=primes(450_000),
        scarce=primes(300_000),
        ordered=primes(1_009),
        wanted=primes(50_000),
    )
    shops = [
        furnish_shop(database, ids, slug=slug, name=name, changed=_Changed(ids, letter, numbers).shop)
        for slug, name, letter in (("shanquan", "山泉食品", "A"), ("haiyun", "海韵百货", "B"))
    ]
    world = World(database=database, clock=clock, ids=ids, shop=shops[0], other=shops[1])
    for shop in shops:
        world.add(_kept_from_some(shop), to=shop)
    sessions = sign_up(world)
    secrets = Secrets()
    orders: dict[str, list[OrderId]] = {}
    keys: dict[str, list[str]] = {}
    kinds: set[type] = set()
    houses: dict[str, House] = {}
    company_of: dict[str, str] = {}
    for shop, letter in zip(shops, "AB", strict=True):
        marker = Marker(letter, count(100_000))
        extra = [
            *_more_stock(world, shop, marker, numbers),
            *_batches(world, shop, marker),
            *registering(world, shop, marker),
            *coupons_of(world, shop, marker),
        ]
        said = [
            *_said(world, shop, marker),
            *_promotions(world, shop, marker),
            _special(world, shop, marker),
        ]
        owned = owned_by(world, shop, numbers.ordered)
        guard_nuts(world, shop, sku_of(shop, "NUTS"))
        orders[shop.merchant.slug], by_key = _orders(world, shop, marker, numbers)
        keys[shop.merchant.slug] = [*by_key]
        confirmed = orders[shop.merchant.slug][len(COMPANIES) + COMPANIES.index(HOLDER)]
        _amend(world, shop, orders[shop.merchant.slug][2 * len(COMPANIES) - 1], marker, secrets)
        extra = use_last(world, shop, extra, confirmed)
        things = [*things_of(shop), *extra, *owned, *_placed(world, shop, orders[shop.merchant.slug])]
        kinds |= {type(one) for one in things}
        company_of |= {id: company for one in things for id, company in belongings(one)}
        house = houses[shop.merchant.slug] = _house(shop)
        secrets.learn(house, [*things, *said])
        _learn_sums(world, shop, secrets, house)
        guard_something(world, shop, sku_of(shop, "TEA-1L"), prices=numbers.prices, secrets=secrets)
        # What carts teach is learnt at a time at which nobody ordered.
        world.clock.forward()
        company_of |= fill_carts(
            world,
            shop,
            companies=COMPANIES,
            sku=partial(sku_of, shop),
            marker=marker,
            numbers=numbers,
            house=house,
            secrets=secrets,
        )
        for one in extra:
            if isinstance(one, Invitation):
                reach = house.reach("inviting", one)
                secrets.add(one.code.shown, reach, f"the code of an invitation of {shop.merchant.slug}")
            if isinstance(one, CouponTemplate) and one.claim_code is not None:
                reach = house.reach("promoting", one)
                secrets.add(one.claim_code.shown, reach, f"the claim code of {shop.merchant.slug}")
            if isinstance(one, Coupon):
                reach = house.reach("own coupon", one)
                secrets.add(one.code.shown, reach, f"the code of a coupon of {shop.merchant.slug}")
            if isinstance(one, VerificationCase):
                # Those who approve companies see what these are called, whichever others they may see.
                company = next(its for its in shop.customers.values() if its.id == one.customer_id)
                reach = house.reach("inviting", one)
                secrets.add(company.name, reach, f"Customer.name of {shop.merchant.slug}")
        for key, name in by_key.items():
            themselves = house.reach("themselves", shop.buyers[name])
            secrets.add(key, themselves, f"the key of an order of {shop.merchant.slug}")
    clock.forward()
    callers = [one for shop, away in (shops, shops[::-1]) for one in _callers(world, shop, away, sessions)]
    return Scene(
        world=world,
        shops=shops,
        secrets=secrets,
        callers=callers,
        orders=orders,
        keys=keys,
        kinds=frozenset(kinds),
        houses=houses,
        company_of=company_of,
        relatives={id: found for shop in shops for id, found in relatives(shop).items()},
    )


def things_of(shop: Shop) -> list[Storable]:
    """Everything that a shop was furnished with, but what can only be read again."""
    return [
        shop.merchant,
        *shop.staff.values(),
        *shop.tiers.values(),
        *shop.lists.values(),
        *shop.customers.values(),
        *shop.groups.values(),
        *shop.memberships,
        *shop.tags,
        *shop.buyers.values(),
        *shop.categories.values(),
        *shop.brands.values(),
        *shop.products.values(),
        *_kept_from_some(shop),
        *shop.warehouses.values(),
        *(
            PriceChange(shop.lists[name].id, sku_id, ladder)
            for (name, sku_id), ladder in shop.ladders.items()
        ),
    ]


def _kept_from_some(shop: Shop) -> list[ProductVisibility]:
    """A product that is shown to one group and one company, and hidden from a tier; nobody ordered it."""
    shown: set[AudienceId] = {shop.groups["west"].id, shop.customers["contract"].id}
    rule = Visibility(
        restricted=True,
        shown_to=frozenset(shown),
        hidden_from=frozenset({shop.tiers["strategic"].id}),
    )
    return [ProductVisibility(product_id=shop.products["secret"].id, visibility=rule)]


def _audience(shop: Shop, customer: Customer) -> Audience:
    groups = {group.id: group for group in shop.groups.values()}
    ways = (groups[one.group_id].line for one in shop.memberships if one.customer_id == customer.id)
    return Audience.of(customer_id=customer.id, tier_id=customer.tier_id, group_ids=chain.from_iterable(ways))


def _house(shop: Shop) -> House:
    return House(
        product_of={sku.id: product.id for product in shop.products.values() for sku in product.skus},
        visibilities={one.product_id: one.visibility for one in _kept_from_some(shop)},
        audiences={one.id: _audience(shop, one) for one in shop.customers.values()},
        merchant=shop.merchant,
        tier_of={one.id: one.tier_id for one in shop.customers.values()},
        above={one.id: frozenset(above(shop, one)) for one in shop.customers.values()},
        sales_reps=frozenset(shop.staff[name].id for name in SALES_REPS),
        lists={one.id: one for one in shop.lists.values()},
    )


def _callers(
    world: World, shop: Shop, away: Shop, sessions: Mapping[PersonId, SessionId]
) -> Iterator[Caller]:
    """Everybody; a new kind of people is one line more."""
    issue = _Door(world, shop, away.merchant.slug, sessions)
    yield issue.guest()
    for role in Role:
        yield issue.person(f"the {role.value.lower()} of a company", shop.buyer(role.value))
    for name in (*COMPANIES[1:], "pending"):
        called = FAMILY[name][2] if name in FAMILY else f"somebody of the company {name}"
        yield issue.person(called, shop.buyer(name))
    yield issue.person("somebody who only looks for the parent", shop.buyer("onlooker"))
    for member in [one for one in shop.staff if one not in (SUSPENDED, LEAVING)]:
        yield issue.person(f"staff {member}", _colleague(shop, member))
    somebody, staff = shop.buyer(Role.OWNER.value), _colleague(shop, "clerk")
    company = shop.customers["vip"].id
    yield issue.person("somebody who has signed out", shop.buyer(GONE))
    yield issue.nobody("somebody who is suspended", shop.buyer(SUSPENDED))
    yield issue.nobody("staff who are suspended", _colleague(shop, SUSPENDED))
    yield issue.nobody("somebody whose token is over", somebody, lasts=timedelta(seconds=-1))
    yield issue.nobody("staff whose token is over", staff, lasts=timedelta(seconds=-1))
    yield issue.nobody("somebody who is gone", attrs.evolve(somebody, person_id=world.ids.new(BuyerId)))
    yield issue.nobody("staff who are gone", attrs.evolve(staff, person_id=world.ids.new(StaffId)))
    yield issue.nobody("somebody who changed companies", attrs.evolve(somebody, customer_id=company))
    yield issue.nobody(
        "somebody of the other merchant's", attrs.evolve(away.buyer("vip"), merchant=shop.merchant)
    )
    yield issue.nobody(
        "staff of the other merchant's", attrs.evolve(_colleague(away, "clerk"), merchant=shop.merchant)
    )
    yield issue.nobody("whoever signs for himself", staff, key=b"another key that is long enough!")


@attrs.frozen
class _Door:
    """Gives people what they show."""

    world: World
    shop: Shop
    away: str
    sessions: Mapping[PersonId, SessionId]

    def guest(self) -> Caller:
        who = {"x-merchant": self.shop.merchant.slug}
        return Caller(name=self._name("a guest"), actor=self.shop.guest, headers=who, away=self.away)

    def person(self, name: str, actor: Actor) -> Caller:
        assert actor.person_id is not None, "a person is known by its id"
        actor = attrs.evolve(actor, session_id=self.sessions[actor.person_id])
        return Caller(name=self._name(name), actor=actor, headers=self._token(actor), away=self.away)

    def nobody(
        self, name: str, actor: Actor, *, lasts: timedelta = timedelta(hours=1), key: bytes = KEY
    ) -> Caller:
        headers = self._token(actor, lasts=lasts, key=key)
        return Caller(name=self._name(name), actor=None, headers=headers, away=self.away)

    def _token(
        self, actor: Actor, *, lasts: timedelta = timedelta(days=1), key: bytes = KEY
    ) -> Mapping[str, str]:
        tokens = SignedTokens(key=key, clock=self.world.clock)
        token = tokens.issue(a.claims(actor), until=self.world.clock.now() + lasts)
        return {"authorization": f"Bearer {token}"}

    def _name(self, name: str) -> str:
        return f"{name} at {self.shop.merchant.slug}"


def _colleague(shop: Shop, name: str) -> Actor:
    found = shop.staff[name]
    granted = frozenset(one for one in Permission if one.value in found.permissions)
    return Actor.staff(shop.merchant, id=found.id, granted=granted)


def uncovered_people(callers: Sequence[Caller]) -> list[str]:
    """Which kinds, roles and permissions no caller has, or every caller has."""
    actors = [one.actor for one in callers if one.actor is not None]
    kinds = {
        one.value
        for one in ActorKind
        if one is not ActorKind.OPERATOR and not any(x.kind is one for x in actors)
    }
    roles = {one.value for one in Role if not any(one.value.lower() in x.name for x in callers)}
    single = {next(iter(x.permissions & GRANTABLE)) for x in actors if len(x.permissions & GRANTABLE) == 1}
    lonely = {one.value for one in GRANTABLE - single}
    never = {one.value for one in Permission if not any(x.has(one) for x in actors)}
    always = {one.value for one in Permission if all(x.has(one) for x in actors)} - {Permission.BROWSE.value}
    return sorted(kinds | roles | lonely | never | always)


def _weighed(product: Product) -> Product:
    """The same, costing what it weighs."""
    skus = tuple(
        attrs.evolve(one, rule=attrs.evolve(one.rule, catch_weight=CatchWeight(Percentage(1_000))))
        for one in product.skus
    )
    return attrs.evolve(product, skus=skus)


@attrs.frozen
class _Changed:
    """Marks a shop, prices it by primes, and gives it people of every kind."""

    ids: a.SeededIds
    letter: str
    numbers: Numbers

    def shop(self, plain: Shop) -> Shop:
        marker = Marker(self.letter)
        secret = a.product(self.ids, name="松露", skus=[a.sku(self.ids, code="SECRET")])
        free = a.group(self.ids, name="散客", kind=GroupKind.FREE)
        plain = attrs.evolve(
            plain,
            products={**plain.products, "tea": _weighed(plain.products["tea"]), "secret": secret},
            groups={**plain.groups, "free": free},
            lists={**plain.lists, **_of_groups(self.ids, free, plain.groups["east"])},
            ladders={**plain.ladders, ("base", secret.skus[0].id): a.ladder((1, "9.00"))},
            on_hand={**plain.on_hand, ("SECRET", "main"): 1},
        )
        plain = with_new_companies(plain, self.ids)
        shop = attrs.evolve(
            plain,
            merchant=attrs.evolve(
                marker.marked(attrs.evolve(plain.merchant, logo=Logo("https://example.com/logo"))),
                guest_prices=self.letter == "B",
                margin_guard=MarginGuard.BLOCK if self.letter == "A" else MarginGuard.APPROVAL,
                stock_display=StockDisplay.BANDED if self.letter == "A" else StockDisplay.EXACT,
                # One bottle of tea costs less, two cost more.
                order_minimum_amount=Money(347 if self.letter == "A" else 359, Currency.CNY),
                cut_off_time=time(20, 30),
                delivery_lead_days=1,
                payment_methods=frozenset({PaymentMethod.BANK_TRANSFER, PaymentMethod.CASH_ON_DELIVERY}),
            ),
            tiers={
                name: attrs.evolve(marker.marked(one), percentage=None) for name, one in plain.tiers.items()
            },
            groups={name: marker.marked(one) for name, one in plain.groups.items()},
            tags=tuple(marker.marked(one) for one in plain.tags),
            categories={name: marker.marked(one) for name, one in plain.categories.items()},
            brands={name: marker.marked(one) for name, one in plain.brands.items()},
            warehouses={name: marker.marked(one) for name, one in plain.warehouses.items()},
            products={
                name: marker.marked(
                    attrs.evolve(
                        one,
                        description=one.description or "好",
                        skus=tuple(
                            attrs.evolve(
                                sku, options=(Option("味", "茶"),), barcode=sku.barcode or str(sku.code)
                            )
                            for sku in one.skus
                        ),
                    )
                )
                for name, one in plain.products.items()
            },
            customers={
                name: marker.marked(
                    attrs.evolve(
                        one,
                        addresses=one.addresses or a.customer(self.ids, tier=plain.tiers["vip"]).addresses,
                    )
                )
                for name, one in plain.customers.items()
            },
        )
        family = family_of(plain, marker, self.ids)
        shop = attrs.evolve(shop, customers={**shop.customers, **family})
        people = {
            role.value: a.buyer(self.ids, customer=plain.customers["regular"], role=role) for role in Role
        }
        people["leaver"] = a.buyer(self.ids, customer=plain.customers["contract"])
        some = a.buyer(self.ids, customer=plain.customers["regular"], role=Role.PURCHASER)
        people |= {
            GONE: some,
            SUSPENDED: attrs.evolve(some, id=self.ids.new(BuyerId), suspended=True),
            LEAVING: attrs.evolve(some, id=self.ids.new(BuyerId)),
        }
        people |= {name: a.buyer(self.ids, customer=family[name], role=Role.OWNER) for name in FAMILY}
        people["onlooker"] = a.buyer(self.ids, customer=family["headquarters"], role=Role.VIEWER)
        staff = {
            "clerk": plain.staff["clerk"],
            "nobody": a.staff(self.ids),
            SUSPENDED: attrs.evolve(
                a.staff(self.ids, permissions=plain.staff["clerk"].permissions), suspended=True
            ),
            LEAVING: a.staff(self.ids),
            **{name: a.staff(self.ids) for name in SALES_REPS},
            "who sees no people": a.staff(
                self.ids, permissions=sorted(one.value for one in GRANTABLE - _SEES_PEOPLE)
            ),
            **{one.value: a.staff(self.ids, permissions=[one.value]) for one in sorted(GRANTABLE, key=str)},
        }
        codes = {str(sku.code): sku.code for product in plain.products.values() for sku in product.skus}
        marked = {
            code: next(
                sku.code
                for product in shop.products.values()
                for sku in product.skus
                if sku.id == self._id(plain, code)
            )
            for code in codes
        }
        tiers = {one.id: one for one in shop.tiers.values()}
        return attrs.evolve(
            shop,
            buyers={
                name: attrs.evolve(marker.marked(one), login_id=self.ids.new(LoginId))
                for name, one in {**plain.buyers, **people}.items()
            },
            staff={
                name: attrs.evolve(marker.marked(one), login_id=self.ids.new(LoginId))
                for name, one in staff.items()
            },
            lists={
                name: attrs.evolve(
                    one, name=marker.text(one.name), tier=tiers[one.tier.id] if one.tier else None
                )
                for name, one in plain.lists.items()
            },
            ladders={key: self._priced(ladder) for key, ladder in plain.ladders.items()},
            on_hand={
                (str(marked[code]), where): next(self._pieces(code)) if many else 0
                for (code, where), many in plain.on_hand.items()
                if code != "CUP"
            },
        )

    def _pieces(self, code: str) -> Iterator[int]:
        return {"RICE": self.numbers.scarce, "TEA-500": self.numbers.fewer}.get(code, self.numbers.pieces)

    def _id(self, plain: Shop, code: str) -> str:
        return plain.sku(code).id

    def _priced(self, ladder: Ladder) -> Ladder:
        return Ladder(
            tuple(
                Rung(one.min_quantity, a.yuan(f"{next(self.numbers.prices) / 10_000:.4f}"))
                for one in ladder.rungs
            )
        )


def sku_of(shop: Shop, code: str) -> Sku:
    """The SKU of a code as it was before it was marked."""
    return next(
        sku
        for product in shop.products.values()
        for sku in product.skus
        if str(sku.code).partition("-Q")[0] == code
    )


def _more_stock(world: World, shop: Shop, marker: Marker, numbers: Numbers) -> list[Storable]:
    """A stock item and its movement that are known as they are stored; those of the shop are read again."""
    item = a.stock_item(sku_of(shop, "CUP"), shop.warehouses["main"], on_hand=next(numbers.pieces))
    opening = attrs.evolve(
        a.opening(world.ids, item), note=marker.text("盘点"), reason=MovementReason.OPENING
    )
    world.add([item], [opening], to=shop)
    return [opening]


def _of_groups(ids: a.SeededIds, free: CustomerGroup, region: CustomerGroup) -> Mapping[str, PriceList]:
    """Price lists for a group and for a region."""
    listed = PriceSource.PRICE_LIST
    return {
        "of a group": a.price_list(ids, source=listed, name="散客价", group=free),
        "of a region": a.price_list(ids, source=listed, name="华东价", region=region),
    }


def _batches(world: World, shop: Shop, marker: Marker) -> list[Storable]:
    """A batch of prices that is staged, and one whose prices were changed after it was published."""
    at = a.NOON + timedelta(minutes=1 if marker.letter == "A" else 2)
    staged = PriceBatch(
        id=world.ids.new(PriceBatchId), name=marker.text("春季价格"), ladders=0, created_at=at
    )
    start = at + timedelta(days=1)
    built_on = PriceBatch(
        id=world.ids.new(PriceBatchId),
        name=marker.text("秋季价格"),
        ladders=1,
        created_at=at,
        state=BatchState.PUBLISHED,
        effective_from=start,
        published_at=start - timedelta(hours=1),
    )
    world.add([staged, built_on], to=shop)
    return [staged, built_on]


def _said(world: World, shop: Shop, marker: Marker) -> list[CustomerName | MissedSearch]:
    """What a company calls something that everybody is shown, and what it and guests looked for and did not find."""
    regular, sku = shop.customers["regular"].id, shop.products["rice"].skus[0]
    name = CustomerName(customer_id=regular, name=OwnName(marker.text("白袋子")), sku_id=sku.id)
    missed = [
        MissedSearch(text=marker.text("找不到"), customer_id=one, first_at=a.NOON, last_at=a.NOON)
        for one in (regular, None)
    ]
    with world.database.unit_of_work(shop.operator) as storage:
        storage.own_names.learn(regular, {name.name: name.sku_id}, at=a.NOON)
        storage.missed_searches.record(missed, at=a.NOON)
    return [name, *missed]


def _promotions(world: World, shop: Shop, marker: Marker) -> list[Promotion]:
    """Promotions for one company each: one that nothing in the scene is enough for, and for the one whose owner tries
    everything a gift of what nobody takes, of which there is not nearly enough."""
    rice = sku_of(shop, "RICE").id
    promotions = [
        attrs.evolve(
            one,
            id=world.ids.new(PromotionId),
            name=PromotionName(marker.text("满减")),
            text=marker.text("全场满减"),
            audience=frozenset({shop.customers[company].id}),
            version=1,
        )
        for company, one in {
            "vip": less(("99999999", "1")),
            "regular": promotion(
                Gift(
                    threshold=Quantity.of(1),
                    goods=(GiftGoods(rice, Quantity.of(9_000_000)),),
                    shortage=GiftShortage.BLOCK,
                ),
                scope=Scope(sku_ids=frozenset({rice})),
            ),
        }.items()
    ]
    with world.database.unit_of_work(shop.operator) as storage:
        for one in promotions:
            storage.promotions.add(one, at=a.NOON)
    return promotions


def _special(world: World, shop: Shop, marker: Marker) -> SpecialPrice:
    """A special price that is still to come."""
    one = special(
        "1",
        id=world.ids.new(SpecialPriceId),
        name=SpecialPriceName(marker.text("特价")),
        sku_id=sku_of(shop, "SECRET").id,
        schedule=Schedule(validity=Period(a.NOON + timedelta(days=9_999))),
        version=1,
    )
    with world.database.unit_of_work(shop.operator) as storage:
        storage.special_prices.add(one, at=a.NOON)
    return one


def confirmed_of(scene: Scene, shop: Shop) -> OrderId:
    """An order that the merchant took, and that nobody changes; its first line is weighed."""
    return scene.orders[shop.merchant.slug][2 * len(COMPANIES) - 1]


def promotions_of(scene: Scene, shop: Shop) -> tuple[str, ...]:
    """The promotions of a merchant, that of the gift last."""
    return _named(scene, shop, PromotionId)


def templates_of(scene: Scene, shop: Shop) -> tuple[str, ...]:
    """The coupon templates of a merchant: listed, issued, and claimed by code."""
    return _named(scene, shop, CouponTemplateId)


def used_of(scene: Scene, shop: Shop) -> str:
    """The coupon of a merchant's that is used in an order."""
    return _named(scene, shop, CouponId)[-1]


def _named(scene: Scene, shop: Shop, kind: type[Id]) -> tuple[str, ...]:
    return tuple(
        one
        for one, of in scene.secrets.merchants.items()
        if of == {shop.merchant.slug} and one.startswith(f"{kind.tag}_")
    )


def batches_of(scene: Scene, shop: Shop) -> tuple[str, ...]:
    """The batches of a merchant, the staged one first."""
    return _named(scene, shop, PriceBatchId)


def _orders(
    world: World, shop: Shop, marker: Marker, numbers: Numbers
) -> tuple[list[OrderId], Mapping[str, str]]:
    """Three of each company, and one that the parent placed for a branch; and who placed under which key.

    Numbers begin elsewhere for each merchant.
    """
    with world.database.unit_of_work(shop.operator) as storage:
        storage.bulk.count_orders_from(4_000 if marker.letter == "A" else 7_000)
    placed: list[OrderId] = []
    keys: dict[str, str] = {}
    days = count(1 if marker.letter == "A" else 201)
    asked = [(turn, name, name) for turn in range(3) for name in COMPANIES]
    for turn, by, name in [
        *asked[: -len(COMPANIES)],
        (2, "headquarters", "north"),
        *asked[-len(COMPANIES) :],
    ]:
        world.clock.forward(timedelta(microseconds=next(numbers.ordered) * 1_009))
        key = marker.text("key", tight=True)
        keys[key] = by
        lines = [
            (sku_of(shop, code), next(numbers.ordered) * (6 if code == "WATER-550" else 1)) for code in _SKUS
        ]
        wishes = attrs.evolve(
            a.wishes(),
            address_id=shop.customers[name].addresses[0].id,
            note=marker.text("放门口"),
            purchase_order_number=marker.text("PO", tight=True),
            requested_delivery_date=(world.clock.now() + timedelta(days=365 + next(days))).date(),
        )
        order = world.use.place_order(
            actor=attrs.evolve(shop.buyer(by), approved=True),
            key=a.key(key),
            basket=a.basket(*lines),
            wishes=wishes,
            customer_id=shop.customers[name].id,
        )
        act = (world.use.cancel_order, world.use.confirm_order)
        if turn < len(act):
            act[turn](actor=shop.clerk, key=a.key(f"{turn}{key}"), order_id=order.id)
        placed.append(order.id)
    return placed, keys


def _amend(world: World, shop: Shop, order_id: OrderId, marker: Marker, secrets: Secrets) -> None:
    """Take nothing off an order, for a reason that those learn who may take something off, or say what it weighs."""

    def reach(actor: Actor) -> bool:
        amends = actor.has(Permission.ADJUST_ORDERS) or actor.has(Permission.CONFIRM_ORDERS)
        return actor.merchant_id == shop.merchant.id and amends and actor.has(Permission.VIEW_ORDERS)

    reason = marker.text("老客户")
    with world.database.unit_of_work(shop.operator) as storage:
        found = storage.orders.get(order_id)
        given = storage.amendments.input(order_id) or found.as_promoted(time_zone=shop.merchant.time_zone)
        amendment = Amendment(
            order_id=order_id,
            version=found.version + 1,
            by=shop.operator.name,
            at=world.clock.now(),
            before=found.total,
            after=found.total,
            reason=reason,
        )
        storage.amendments.adjust(found.adjust(given, at=world.clock.now()), given, amendment)
    secrets.add(reason, reach, f"why an order of {shop.merchant.slug} was amended")


def _placed(world: World, shop: Shop, orders: Sequence[OrderId]) -> list[Storable]:
    """What there is now of orders and stock."""
    skus = [sku.id for product in shop.products.values() for sku in product.skus]
    with world.database.unit_of_work.reading(shop.operator) as storage:
        return [
            *(storage.orders.get(one) for one in orders),
            *(each for one in orders for each in storage.stock.reservations(one)),
            *storage.stock.sheet(skus).items,
        ]


def _learn_sums(world: World, shop: Shop, secrets: Secrets, house: House) -> None:
    """What is made of several things: what is free of a SKU everywhere, and what is promised in one place."""
    skus = [sku.id for product in shop.products.values() for sku in product.skus]
    about = f"a sum of {shop.merchant.slug}"
    with world.database.unit_of_work.reading(shop.operator) as storage:
        sheet = storage.stock.sheet(skus)
    staff, own = house.reach("stock", None), house.reach("everyone", None)
    for item in sheet.items:
        secrets.add(item.reserved, staff, about)
    for sku_id, free in sheet.available.items():
        secrets.add(free, partial(_sees_figure, own, house, sku_id), about)


def _sees_figure(own: Reach, house: House, sku_id: str, actor: Actor) -> bool:
    return own(actor) and stock_figure_hidden_from(actor) is None and house.shows(actor, sku_id)
