"""Who may know what is stored: a rule for every attribute of everything that can be, and the canaries that tell.

A text that is nobody's business carries a mark of its own, numbers are primes that stand nowhere else, and ids are what
they are. An attribute that has no rule is an error: whoever adds one has to say who may know it.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from binascii import Error as BinasciiError
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from itertools import count
from typing import Any, TypeAlias, TypeVar, get_args

import attrs

from application.authorization import Actor, ActorKind, Permission, sees_groups
from application.ports.bulk import Storable
from domain.groups import Tag
from domain.identity import Id
from domain.merchant import Merchant, Staff
from domain.money import Money, Percentage, UnitPrice
from domain.period import Period
from domain.pricing import PriceList
from domain.quantity import Factor, Quantity
from domain.visibility import NOBODY, Audience, Visibility

MARK = re.compile(r"Q[AB][0-9]{6}Q")
"""Long enough that no drawn secret has one by chance: base32, which knows no nought, had `QA3Q` once."""
ANY_ID = re.compile(r"\b[a-z]{3}_[0-9a-v]{26}\b")
Reach: TypeAlias = Callable[[Actor], bool]
T = TypeVar("T")

_RULES: Mapping[str, str] = {
    "plain": """Promotion.effect Promotion.scope Promotion.schedule Promotion.budget Promotion.priority
        Promotion.exclusive_group Promotion.stacking Promotion.public Promotion.suspended Promotion.version
        MissedSearch.times MissedSearch.first_at MissedSearch.last_at
        SpecialPrice.unit SpecialPrice.price SpecialPrice.stacks SpecialPrice.contracts SpecialPrice.audience
        SpecialPrice.schedule SpecialPrice.stock SpecialPrice.per_customer SpecialPrice.version
        Merchant.has_specials Merchant.restricts_goods Merchant.promotes Order.lines.discount Order.lines.gift_value
        Order.adjusted Order.rounded Order.lines.weight Product.skus.rule.catch_weight
        CustomerGroup.kind CustomerGroup.deleted_at
        GroupMembership.since GroupMembership.until
        ProductVisibility.visibility.restricted Merchant.currency Merchant.time_zone Merchant.price_scale
        Merchant.guest_prices Merchant.low_stock
        Merchant.stock_display Merchant.cut_off_time Merchant.delivery_lead_days Merchant.price_strategy
        Merchant.margin_guard
        Merchant.order_rounding
        Merchant.version Merchant.second_factor Staff.suspended Buyer.suspended
        Merchant.payment_methods Staff.permissions PriceTier.percentage PriceList.source PriceList.priority
        PriceList.validity PriceList.tier.percentage Buyer.role Category.position Product.position Product.for_sale
        Product.skus.unit Product.skus.packs.unit Product.skus.packs.factor
        Product.skus.rule.minimum Product.skus.rule.step Product.pools_breaks
        Product.skus.rule.maximum Product.skus.rule.quota.most Product.skus.rule.quota.period Product.skus.rule.quota
        Product.skus.rule.case Product.skus.rule.case.unit Product.skus.rule.case.surcharge
        Product.skus.low_stock Product.skus.for_sale
        PriceChange.ladder.rungs.min_quantity PriceChange.unit PriceChange.validity PriceChange.priority
        PriceBatch.ladders PriceBatch.state
        PriceBatch.created_at PriceBatch.effective_from PriceBatch.published_at PriceList.distance
        Warehouse.priority StockItem.version Movement.reason Movement.before
        Movement.at Order.currency Order.lines.unit_code Order.lines.unit_name Order.lines.price_source
        Order.terms.payment_method Order.status Order.payment_status Order.fulfillment_status Order.version
        Order.events Reservation.line Reservation.state Ownership.kind
        Customer.approval.given Customer.approval.until
        Invitation.welcome.role Invitation.most_uses Invitation.uses VerificationCase.steps.state
        VerificationCase.credit.days VerificationCase.version VerificationCase.events
        CouponTemplate.currency CouponTemplate.off CouponTemplate.way CouponTemplate.limits.claims
        CouponTemplate.limits.claims_each CouponTemplate.limits.uses CouponTemplate.claims CouponTemplate.uses
        CouponTemplate.validity.period CouponTemplate.validity.days CouponTemplate.open CouponTemplate.stopped_at
        Coupon.state Coupon.holds""",
    "offered": """CouponTemplate.id CouponTemplate.name CouponTemplate.terms CouponTemplate.most
        CouponTemplate.threshold CouponTemplate.stacking""",
    "promoting": """Promotion.audience
        CouponTemplate.claim_code CouponTemplate.scope.sku_ids CouponTemplate.scope.product_ids
        CouponTemplate.scope.category_ids CouponTemplate.scope.brand_ids CouponTemplate.scope.without
        CouponTemplate.audience CouponTemplate.made_by CouponTemplate.made_at""",
    "coupon": "Coupon.id Coupon.template_id Coupon.claimed_at",
    "own coupon": "Coupon.code",
    "everyone": """Merchant.id Merchant.slug Merchant.name Merchant.logo Merchant.order_minimum_amount
        Category.id Category.name Category.ancestors Brand.id Brand.name
        Product.category_id Product.brand_id Reservation.sku_id Order.lines.sku_id Order.lines.sku_code
        Order.lines.sku_name Order.lines.product_id""",
    "goods": """Product.id Product.name Product.description Product.skus.id
        Product.skus.code Product.skus.name Product.skus.barcode Product.skus.options.name Product.skus.options.value
        CustomerName.sku_id SpecialPrice.sku_id
        PriceChange.sku_id StockItem.sku_id Movement.sku_id ProductVisibility.product_id""",
    "groups": "PriceList.group_id PriceList.region_id "
    "CustomerGroup.id CustomerGroup.name CustomerGroup.ancestors GroupMembership.group_id",
    "sorting": "CustomerTags.tags CustomerTags.customer_id GroupMembership.customer_id",
    "audiences": "ProductVisibility.visibility.shown_to ProductVisibility.visibility.hidden_from",
    "nobody": """Invitation.phone_index Movement.id
        Movement.note Reservation.order_id""",
    "promoted": "Promotion.id Promotion.name Promotion.text",
    "own login": "Staff.login_id Buyer.login_id",
    "member": "Staff.id",
    "inviting": """Invitation.id Invitation.code Invitation.welcome.tier_id Invitation.welcome.sales_rep_id
        Invitation.welcome.customer_id Invitation.welcome.parent_id Invitation.welcome.tags Invitation.phone
        Invitation.made_by Invitation.made_at Invitation.expires_at
        Invitation.revoked_at VerificationCase.steps.by""",
    "verification": """VerificationCase.customer_id VerificationCase.steps.at VerificationCase.steps.reason
        VerificationCase.approved_until""",
    "details": """VerificationCase.details.legal_name VerificationCase.details.code VerificationCase.details.picture
        VerificationCase.details.valid_until VerificationCase.credit.limit""",
    "contact": "VerificationCase.details.contact VerificationCase.details.phone",
    "sales rep": "Staff.name",
    "tier": "PriceTier.id PriceTier.code PriceTier.name Customer.tier_id PriceList.tier.id PriceList.tier.code "
    "PriceList.tier.name",
    "people": "Buyer.name",
    "searched": "MissedSearch.text",
    "own names": "CustomerName.name",
    "company": "Customer.addresses.id Buyer.id PriceList.customer_id Order.buyer_id",
    "pricing": "SpecialPrice.id SpecialPrice.name PriceBatch.id PriceBatch.name PriceList.id PriceList.name "
    "PriceChange.list_id",
    "named": "Customer.id Customer.name Customer.parent_id Buyer.customer_id Order.customer_id Order.placed_by_id "
    "Order.owners.agent_id Ownership.customer_id CustomerName.customer_id MissedSearch.customer_id Coupon.customer_id",
    "owned": "Ownership.since Ownership.owner_id Order.owners.sales_rep_id",
    "regions": "Customer.addresses.address.region",
    "addresses": """Customer.addresses.address.recipient Customer.addresses.address.phone
        Customer.addresses.address.street""",
    "orders": """Order.id Order.number Order.placed_at Order.lines.quantity Order.lines.base_quantity
        Order.lines.unit_price Order.lines.total Order.terms.requested_delivery_date
        Order.terms.purchase_order_number Order.terms.note Order.terms.address.region
        Coupon.order_id""",
    "deliveries": """Order.terms.address.recipient Order.terms.address.phone Order.terms.address.street""",
    "ordered": "Order.lines.list_price",
    "prices": "PriceChange.ladder.rungs.price",
    "stock": """Warehouse.id Warehouse.code Warehouse.name StockItem.warehouse_id StockItem.on_hand StockItem.available
        Movement.warehouse_id Movement.change Movement.after Reservation.warehouse_id Reservation.quantity""",
}
RECORDED = frozenset(
    {
        "Staff.id",
        "Staff.name",
        "Order.id",
        "Order.placed_at",
        "Customer.id",
        "PriceTier.id",
        "Buyer.id",
        "Buyer.name",
        "SpecialPrice.id",
        "SpecialPrice.name",
        "PriceBatch.id",
        "PriceBatch.name",
        "PriceList.id",
        "PriceList.name",
        "PriceChange.list_id",
        "PriceList.group_id",
        "PriceList.region_id",
        "PriceList.customer_id",
        "CouponTemplate.id",
        "CouponTemplate.audience",
        "Coupon.id",
        "Coupon.template_id",
        "Coupon.customer_id",
        "Invitation.id",
        "Invitation.welcome.customer_id",
        "CustomerGroup.id",
        "CustomerGroup.name",
        "CustomerTags.tags",
        "Promotion.id",
        "Promotion.name",
        "Promotion.text",
        "ProductVisibility.visibility.shown_to",
        "ProductVisibility.visibility.hidden_from",
    }
)
"""What the trail says, to those who may read it: who did something, when, to what, and what it was made of."""
RULE_OF = {path: rule for rule, paths in _RULES.items() for path in paths.split()}
_LEAVES = (Quantity, Money, UnitPrice, Percentage, Factor, Period, Enum, str, int, date, frozenset)
_UNMARKED = frozenset(
    {
        "Merchant.slug",
        "CouponTemplate.claim_code",
        "Coupon.code",
        "Invitation.code",
        "Invitation.phone_index",
        "VerificationCase.details.code",
        "VerificationCase.details.phone",
    }
)
_TIGHT = frozenset(
    {
        "Merchant.logo",
        "Product.skus.code",
        "Product.skus.barcode",
        "PriceTier.code",
        "PriceList.tier.code",
        "Warehouse.code",
    }
)
"""Texts that are codes, and others without blanks."""
SAME_CODE = "CUP"
"""A code that both merchants have."""


class NoRule(AssertionError):
    """Nobody has said who may know this."""


def attributes(thing: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Everything a thing has, by its path of names.

    :raises NoRule: if it has an attribute that no rule is about.
    """
    path = path or type(thing).__name__
    some: Any = thing
    for field in attrs.fields(type(some)):
        at, value = f"{path}.{field.name}", getattr(some, field.name)
        if RULE_OF.get(at) == "plain":
            continue
        for one in _each(value):
            if one is not None and not isinstance(one, _LEAVES):
                yield from attributes(one, at)
            elif at in RULE_OF:
                yield at, one
            elif one is not None or not any(known.startswith(f"{at}.") for known in RULE_OF):
                raise NoRule(f"{at}: say in {__name__} who may know it")


def _each(value: Any) -> Iterable[Any]:
    """What an attribute has: one thing, or several."""
    return sorted(value) if isinstance(value, frozenset) else value if isinstance(value, tuple) else (value,)


@attrs.define
class Marker:
    """Gives every text that somebody may not know a mark of its own."""

    letter: str
    numbers: Iterator[int] = attrs.field(factory=lambda: count(1))

    def text(self, plain: str, *, tight: bool = False) -> str:
        """The text with a mark."""
        return f"{plain}{'-' if tight else ' '}Q{self.letter}{next(self.numbers):06}Q"

    def marked(self, thing: T, path: str = "") -> T:
        """The thing with all its texts marked."""
        some: Any = thing
        path = path or type(thing).__name__
        changed: dict[str, Any] = {}
        for field in attrs.fields(type(some)):
            at, value = f"{path}.{field.name}", getattr(some, field.name)
            if RULE_OF.get(at) != "plain" and at not in _UNMARKED:
                several = isinstance(value, tuple | frozenset)
                new = (
                    type(value)(self._value(one, at) for one in _each(value))
                    if several
                    else self._value(value, at)
                )
                if new != value:
                    changed[field.name] = new
        made: T = attrs.evolve(some, **changed)
        return made

    def _value(self, value: Any, path: str) -> Any:
        if isinstance(value, Id) or value == SAME_CODE:
            return value
        if isinstance(value, str):
            return type(value)(self.text(value, tight=path in _TIGHT))
        return value if value is None or isinstance(value, _LEAVES) else self.marked(value, path)


@attrs.define(kw_only=True)
class Secrets:
    """Every canary, and who may know it."""

    texts: dict[str, list[Reach]] = attrs.field(factory=dict)
    numbers: dict[Decimal, list[Reach]] = attrs.field(factory=dict)
    told: dict[str, str] = attrs.field(factory=dict)
    """What each is, for those who read what was found."""
    merchants: dict[str, set[str]] = attrs.field(factory=dict)
    """Whose each is."""
    met: set[str] = attrs.field(factory=set)
    """The paths of which there is a canary."""
    _known: dict[int, tuple[Actor | None, dict[str, bool]]] = attrs.field(factory=dict, init=False)
    """What was asked before of each actor, who is kept beside it as long as the number stands for it."""

    def learn(self, house: House, things: Iterable[object]) -> None:
        """Take in everything about things that one merchant has stored.

        :raises NoRule: if one of them has an attribute that no rule is about.
        """
        for thing in things:
            for path, value in attributes(thing):
                if value is not None:
                    self.met.add(path)
                    reach = house.reach(RULE_OF[path], thing, recorded=path in RECORDED)
                    self.add(
                        value,
                        _or_named(reach, house) if path == "Customer.id" else reach,
                        f"{path} of {house.merchant.slug}",
                    )

    def add(self, value: object, reach: Reach, about: str) -> None:
        """Take in one value."""
        self._known.clear()
        for key in _keys(value):
            if key == 0:
                continue
            if isinstance(key, Decimal):
                self.numbers.setdefault(key, []).append(reach)
            else:
                self.texts.setdefault(key, []).append(reach)
            self.told.setdefault(str(key), about)
            self.merchants.setdefault(str(key), set()).add(about.rpartition(" ")[2])

    def found_in(self, text: str) -> Iterator[str]:
        """Every canary in an answer, those inside cursors too."""
        yield from MARK.findall(text)
        yield from ANY_ID.findall(text)
        try:
            content = json.loads(text)
        except ValueError:
            return
        for leaf in _leaves(content):
            if inside := decoded(leaf):
                yield from MARK.findall(inside)
                yield from ANY_ID.findall(inside)
            if leaf in self.texts:
                yield leaf
            if (number := _number(leaf)) is not None and number in self.numbers:
                yield str(number)

    def forbidden(self, actor: Actor | None, text: str, *, said: str = "") -> list[str]:
        """What an answer has that whoever asked may not know and has not said."""
        found = dict.fromkeys(one for one in self.found_in(text) if not self.may_know(actor, one))
        return [f"{one} ({self.told.get(one, 'unheard of')})" for one in found if not self._said(one, said)]

    def _said(self, one: str, said: str) -> bool:
        """Tell whether it was said before; a number as a whole."""
        return (one if one in self.texts or _number(one) is None else f'"{one}"') in said

    def may_know(self, actor: Actor | None, one: str) -> bool:
        """Tell whether somebody may know a canary; of ids that are in no table nothing is known."""
        _, known = self._known.setdefault(id(actor), (actor, {}))
        if one not in known:
            known[one] = self._may_know(actor, one)
        return known[one]

    def _may_know(self, actor: Actor | None, one: str) -> bool:
        number = None if one in self.texts else _number(one)
        reaches = self.texts.get(one, []) if number is None else self.numbers.get(number, [])
        if not reaches:
            return ANY_ID.fullmatch(one) is not None or number is not None
        return actor is not None and any(reach(actor) for reach in reaches)

    def shared(self) -> list[str]:
        """Canaries that are no canaries, because both merchants have them."""
        return [one for one, of in self.merchants.items() if len(of) > 1 and one != SAME_CODE]


@attrs.frozen(kw_only=True)
class House:
    """What has to be known of one merchant to say who may know what."""

    merchant: Merchant
    tier_of: Mapping[str, str]
    """The tier of each customer."""
    above: Mapping[str, frozenset[str]]
    """The companies above each."""
    sales_reps: frozenset[str]
    """The staff who look after customers."""
    lists: Mapping[str, PriceList]
    product_of: Mapping[str, str]
    """The product of each SKU."""
    visibilities: Mapping[str, Visibility]
    audiences: Mapping[str, Audience]
    """What each customer goes by."""

    def reach(self, rule: str, thing: Any, *, recorded: bool = False) -> Reach:
        """Who may know what this rule is about, of this thing; what is recorded is in the trail, too."""
        makers: Mapping[str, Callable[[Any], Reach]] = {
            "everyone": lambda _: lambda _: True,
            "goods": self._goods,
            "groups": lambda _: sees_groups,
            "sorting": lambda _: lambda actor: actor.has(Permission.VIEW_CUSTOMERS),
            "audiences": lambda _: lambda actor: actor.has(Permission.MANAGE_CATALOG),
            "nobody": lambda _: lambda _: False,
            "promoting": lambda _: lambda actor: actor.has(Permission.MANAGE_PROMOTIONS),
            "promoted": self._promoted,
            "themselves": self._themselves,
            "member": self._member,
            "sales rep": self._colleague,
            "inviting": lambda _: lambda actor: actor.has(Permission.MANAGE_CUSTOMERS),
            "offered": self._offered,
            "coupon": lambda one: self._coupon(one.customer_id),
            "own coupon": lambda one: self._coupon(one.customer_id, own=True),
            "verification": lambda one: self._verified(one.customer_id),
            "details": lambda one: self._details(one.customer_id),
            "contact": lambda one: self._contact(one.customer_id),
            "named": self._named,
            "owned": lambda _: lambda actor: actor.has(Permission.VIEW_CUSTOMERS),
            "tier": self._tier,
            "own login": lambda one: lambda actor: actor.person_id == one.id,
            "people": lambda one: self._company(one.customer_id, Permission.VIEW_CUSTOMERS, clear=True),
            "company": lambda one: self._company(_customer(one), Permission.VIEW_CUSTOMERS),
            "own names": lambda one: self._company(one.customer_id, Permission.VIEW_CUSTOMERS),
            "searched": lambda _: lambda actor: actor.has(Permission.MANAGE_CATALOG),
            "regions": lambda one: self._company(one.id, Permission.VIEW_CUSTOMERS),
            "addresses": lambda one: self._company(one.id, Permission.VIEW_CUSTOMERS, clear=True),
            "orders": lambda one: self._company(one.customer_id, Permission.VIEW_ORDERS),
            "deliveries": lambda one: self._company(one.customer_id, Permission.VIEW_ORDERS, clear=True),
            "ordered": lambda one: lambda actor: self.buying(actor) or self.within(actor, one.customer_id),
            "pricing": lambda _: lambda actor: actor.has(Permission.MANAGE_PRICES),
            "prices": self._prices,
            "stock": lambda _: (
                lambda actor: actor.has(Permission.VIEW_STOCK) or actor.has(Permission.MANAGE_STOCK)
            ),
        }
        among = makers[rule](thing)

        def reach(actor: Actor) -> bool:
            if actor.merchant_id != self.merchant.id:
                return False
            told = recorded and actor.has(Permission.VIEW_TRAIL)
            return among(actor) or (told and (rule != "sales rep" or _sees_people(actor)))

        return reach

    def shows(self, actor: Actor, sku_id: str) -> bool:
        """Whether somebody is shown the product of a SKU."""
        return self._shows(actor, self.product_of[sku_id])

    def _shows(self, actor: Actor, product_id: str) -> bool:
        visibility = self.visibilities.get(product_id)
        if visibility is None or actor.kind is ActorKind.STAFF:
            return True
        return visibility.verdict(self.audiences.get(str(actor.customer_id), NOBODY)).visible

    def _goods(self, thing: Any) -> Reach:
        sku_id: str | None = getattr(thing, "sku_id", None)
        product_id = self.product_of[sku_id] if sku_id else getattr(thing, "product_id", None) or thing.id
        return lambda actor: self._shows(actor, product_id)

    def buying(self, actor: Actor) -> bool:
        """Those who are shown prices."""
        return actor.approved and (actor.kind is not ActorKind.GUEST or self.merchant.guest_prices)

    def within(self, actor: Actor, customer_id: str | None) -> bool:
        """Tell whether a company is a buyer's own, or below it."""
        own = str(actor.customer_id)
        return own == customer_id or own in self.above.get(str(customer_id), ())

    def _company(self, customer_id: str | None, permission: Permission, *, clear: bool = False) -> Reach:
        """What is a company's own: staff see it with the permission, people in clear with another one besides; and
        whoever may export what is kept of its people sees all of that."""

        def reach(actor: Actor) -> bool:
            if actor.kind is ActorKind.BUYER:
                return self.within(actor, customer_id)
            if actor.has(Permission.MANAGE_PERSONAL_DATA):
                return True
            return actor.has(permission) and (not clear or _sees_people(actor))

        return reach

    def _promoted(self, thing: Any) -> Reach:
        """A promotion for one company: those who manage promotions, the company itself, and whoever orders for it."""
        [customer_id] = thing.audience

        def reach(actor: Actor) -> bool:
            if actor.kind is ActorKind.BUYER:
                return self.within(actor, customer_id)
            return actor.has(Permission.MANAGE_PROMOTIONS)

        return reach

    def _named(self, thing: Any) -> Reach:
        """A company's id and name: those who see it, and those below it."""
        customer_id = str(_customer(thing))

        def reach(actor: Actor) -> bool:
            if actor.kind is ActorKind.BUYER:
                below = customer_id in self.above.get(str(actor.customer_id), ())
                return below or self.within(actor, customer_id)
            return actor.has(Permission.VIEW_CUSTOMERS) or actor.has(Permission.MANAGE_PERSONAL_DATA)

        return reach

    def _colleague(self, member: Any) -> Reach:
        """What somebody of the staff is called: they know, and those who see people where they look after customers."""
        as_rep = self._sales_rep(member)
        return lambda actor: actor.person_id == member.id or (as_rep(actor) and _sees_people(actor))

    def _themselves(self, member: Any) -> Reach:
        as_rep = self._sales_rep(member)
        return lambda actor: actor.person_id == member.id or as_rep(actor)

    def _member(self, member: Any) -> Reach:
        """Somebody of the staff: those who approve companies see who made invitations and decided."""
        themselves = self._themselves(member)
        return lambda actor: themselves(actor) or actor.has(Permission.MANAGE_CUSTOMERS)

    def _offered(self, template: Any) -> Reach:
        """What a template promises: whoever can have a coupon of it, and staff who make them."""

        def reach(actor: Actor) -> bool:
            if actor.has(Permission.MANAGE_PROMOTIONS):
                return True
            named = any(self.within(actor, one) for one in template.audience) or not template.audience
            return named and actor.has(Permission.PLACE_ORDERS)

        return reach

    def _coupon(self, customer_id: str, *, own: bool = False) -> Reach:
        """A company's coupon: those who order for it, and staff, who never see its code."""

        def reach(actor: Actor) -> bool:
            if actor.kind is ActorKind.BUYER:
                return self.within(actor, customer_id) and actor.has(Permission.PLACE_ORDERS)
            return actor.has(Permission.MANAGE_PROMOTIONS) and not own

        return reach

    def _verified(self, customer_id: str) -> Reach:
        """Where a verification stands: the company itself, not those above it, and staff who see companies."""

        def reach(actor: Actor) -> bool:
            if actor.kind is ActorKind.BUYER:
                return actor.customer_id == customer_id
            return actor.has(Permission.VIEW_CUSTOMERS) or actor.has(Permission.MANAGE_CUSTOMERS)

        return reach

    def _details(self, customer_id: str) -> Reach:
        def reach(actor: Actor) -> bool:
            own = actor.customer_id == customer_id and actor.has(Permission.MANAGE_COMPANY)
            return own or actor.has(Permission.MANAGE_CUSTOMERS)

        return reach

    def _contact(self, customer_id: str) -> Reach:
        """Whom to ask at a company: those who read its details, of the staff those who see people besides."""
        details = self._details(customer_id)
        return lambda actor: details(actor) and (actor.kind is ActorKind.BUYER or _sees_people(actor))

    def _sales_rep(self, member: Any) -> Reach:
        """Somebody of the staff: those who manage them; who looks after customers, those who see these as well."""
        return lambda actor: (
            (isinstance(member, Staff) and actor.has(Permission.MANAGE_STAFF))
            or (member.id in self.sales_reps and actor.has(Permission.VIEW_CUSTOMERS))
        )

    def _tier(self, thing: Any) -> Reach:
        tier: Any = thing.tier if isinstance(thing, PriceList) else thing
        tier_id: str = getattr(tier, "tier_id", None) or tier.id

        def reach(actor: Actor) -> bool:
            if actor.kind is ActorKind.BUYER:
                return any(self.within(actor, one) for one, of_it in self.tier_of.items() if of_it == tier_id)
            seeing = (Permission.VIEW_CUSTOMERS, Permission.MANAGE_CUSTOMERS, Permission.MANAGE_PRICES)
            return any(actor.has(one) for one in (*seeing, Permission.MANAGE_CATALOG))

        return reach

    def _prices(self, thing: Any) -> Reach:
        one = self.lists[thing.list_id]

        def reach(actor: Actor) -> bool:
            if not self.shows(actor, thing.sku_id):
                return False
            if not actor.approved:
                return False
            if actor.kind is ActorKind.STAFF and actor.has(Permission.MANAGE_PRICES):
                return True
            if actor.kind is ActorKind.STAFF and actor.has(Permission.VIEW_ORDERS):
                # Customers order while all are tried, and what they pay stands in their orders.
                return True
            if one.customer_id is not None:
                return self.within(actor, one.customer_id)
            if one.tier is not None:
                tier_id = one.tier.id
                return any(self.within(actor, its) for its, tier in self.tier_of.items() if tier == tier_id)
            group_id = one.group_id or one.region_id
            if group_id is not None:
                of_group = (its for its, audience in self.audiences.items() if group_id in audience.ids)
                return any(self.within(actor, its) for its in of_group)
            return self.buying(actor)

        return reach


def without_canary(secrets: Secrets, kinds: Collection[type]) -> list[str]:
    """What can be stored and has a rule, but no canary; and the kinds of things of which there is none."""
    missing = {kind.__name__ for kind in get_args(Storable) if kind not in kinds}
    return sorted(missing | {path for path, rule in RULE_OF.items() if rule != "plain"} - secrets.met)


def decoded(leaf: str) -> str:
    """What a cursor says; nothing of what is none."""
    if not leaf.startswith("WyJ"):
        return ""
    try:
        text = urlsafe_b64decode((leaf + "=" * (-len(leaf) % 4)).encode("ascii")).decode()
    except (BinasciiError, ValueError):
        return ""
    return text if text.startswith("[") else ""


def _or_named(reach: Reach, house: House) -> Reach:
    """Who manages customers, floors or prices names them by id, and is handed out which they named (exportMyData),
    seen or not."""
    own, naming = (
        house.merchant.id,
        (
            Permission.MANAGE_CUSTOMERS,
            Permission.MANAGE_FLOORS,
            Permission.MANAGE_PRICES,
        ),
    )
    return lambda actor: reach(actor) or (actor.merchant_id == own and any(map(actor.has, naming)))


def _sees_people(actor: Actor) -> bool:
    return actor.has(Permission.VIEW_PERSONAL_DATA) or actor.has(Permission.MANAGE_PERSONAL_DATA)


def _customer(thing: Any) -> str | None:
    found: str | None = getattr(thing, "customer_id", None)
    return thing.id if type(thing).__name__ == "Customer" else found


def _keys(value: Any) -> Iterator[str | Decimal]:
    if isinstance(value, Quantity):
        yield Decimal(value.thousandths) / 1000
    elif isinstance(value, Money):
        yield Decimal(value.amount)
    elif isinstance(value, UnitPrice):
        yield Decimal(value.ten_thousandths) / 10_000
    elif isinstance(value, datetime):
        yield value.isoformat().replace("+00:00", "Z")
    elif isinstance(value, date):
        yield value.isoformat()
    elif isinstance(value, Tag):
        yield str(value)
    else:
        marks = MARK.findall(value)
        yield from marks or [str(value)]


def _leaves(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for name, one in content.items():
            # Where an entry stands in a trail is a count, which may come to any number.
            if name != "sequence":
                yield from _leaves(one)
    elif isinstance(content, list):
        for one in content:
            yield from _leaves(one)
    elif isinstance(content, str) or type(content) is int:
        yield str(content)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text[:1].isdigit() and len(text) < 30 else None
    except InvalidOperation:
        return None
