"""Quotes: what a basket costs a company now; and the desk where a basket is looked at, for orders as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.gift_counter import GiftCounter, given_lately, note
from application.ports.clock import Clock
from application.ports.promotions import OnOffer
from application.ports.special_prices import Offers
from application.ports.storage import Charged, CustomerNotFound, Later, Storage, UnitOfWork
from domain.catalog import InvalidQuantity, Listing, QuotaExceeded
from domain.coupons import MOST_COUPONS, HeldCoupon, Purse, TooManyCoupons
from domain.floors import BelowFloorNeedsApproval
from domain.identity import CustomerId, PromotionId, SkuId
from domain.inventory import StockSheet
from domain.merchant import MarginGuard
from domain.money import Money, Rounding, UnitPrice
from domain.promotions import Guard
from domain.quantity import LARGEST, Quantity
from domain.quoting import (
    MOST_LINES,
    Basket,
    Promoting,
    Quote,
    Shelf,
    promoted,
    quote_basket,
    quote_lines,
    read_lines,
)
from domain.verification import ApprovalPending
from domain.visibility import NOBODY

MOST_TRIED = 20
"""So many of a company's own coupons are tried on a basket, those that end first."""


def _none_held() -> tuple[HeldCoupon, ...]:
    return ()


def _none_offered() -> Offers:
    return {}


def _no_floors() -> Mapping[SkuId, UnitPrice]:
    return {}


@attrs.frozen
class GiftChoice:
    """Which gift a buyer chose; None where what was named can be none."""

    promotion_id: PromotionId | None
    sku_id: SkuId | None


@attrs.frozen(kw_only=True)
class QuoteBasket:
    """Say what a basket costs a company now, and what is wrong with it; nothing is promised."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self,
        *,
        actor: Actor,
        basket: Basket,
        customer_id: CustomerId | None = None,
        gifts: Sequence[GiftChoice] = (),
        coupons: Sequence[str] = (),
        own_coupons: bool = False,
    ) -> Quote:
        """For the own company, or for one below it.

        Answers with nothing but what is wrong where the company is not approved: then nothing is looked up.

        :raises Forbidden: if the actor may not order.
        """
        policy.may(actor, Permission.PLACE_ORDERS)
        if not actor.approved:
            nothing = Money(0, actor.merchant.currency)
            return Quote(lines=(), total=nothing, problems=(ApprovalPending(),))
        with self.unit_of_work.reading(actor) as storage:
            if customer_id not in (None, actor.customer_id):
                try:
                    storage.customers.get(customer_id)
                except CustomerNotFound as refusal:
                    nothing = Money(0, actor.merchant.currency)
                    return Quote(lines=(), total=nothing, problems=(refusal,))
            desk = Desk(
                storage,
                actor,
                self.clock,
                basket,
                customer_id or actor.customer_id,
                gifts=gifts,
                coupons=coupons,
                own_coupons=own_coupons,
            )
            return desk.quote()


class Desk:
    """Where a basket is looked at: gathers what the storage knows of its SKUs and lets the domain answer.

    What the basket itself names is asked for at once.
    """

    def __init__(
        self,
        storage: Storage,
        actor: Actor,
        clock: Clock,
        basket: Basket,
        customer_id: CustomerId | None,
        *,
        gifts: Sequence[GiftChoice] = (),
        coupons: Sequence[str] = (),
        own_coupons: bool = False,
        lock: bool = False,
    ) -> None:
        """`lock` keeps the stock as it is until the unit of work ends."""
        self._storage, self._actor, self._clock, self._basket = storage, actor, clock, basket
        self._choices = {one.promotion_id: one.sku_id for one in gifts if one.promotion_id and one.sku_id}
        self.customer_id = customer_id
        self.sheet = StockSheet((), {})
        self._fits = 0 < basket.size <= MOST_LINES
        lines = basket.lines if self._fits else ()
        ids = {line.sku_id for line in lines if line.sku_id}
        codes = {line.sku_code for line in lines if line.sku_code}
        self._ids, self._codes, self._lock = ids, codes, lock
        promotes = self._fits and actor.merchant.promotes
        expected = ids | given_lately(actor.merchant.id) if promotes and lines else ids
        self._listings = storage.products.listings_later(ids=expected, codes=codes)
        self._on_offer: Later[OnOffer] | None = None
        if promotes:
            self._on_offer = storage.promotions.on_offer_later(customer_id, at=clock.now())
        self._coupons, self._held, self._own = tuple(dict.fromkeys(coupons)), _none_held, _none_held
        if self._fits and customer_id is not None and len(self._coupons) <= MOST_COUPONS:
            codes_asked = Purse(self._coupons).codes
            if codes_asked:
                self._held = storage.coupons.of_company_later(customer_id, codes=codes_asked)
            if own_coupons:
                self._own = storage.coupons.usable_later(customer_id, at=clock.now(), most=MOST_TRIED)
        # Which SKUs codes are of is not known yet.
        self._asked: set[SkuId] = set() if codes else expected
        self._stock, self._charged = self._ask(self._asked)

    def quote(self) -> Quote:
        if not self._fits:
            return quote_basket(self._basket, shelf=Shelf((), {}, {}), merchant=self._actor.merchant)
        found = self._listings()
        listings = tuple(one for one in found if one.sku.id in self._ids or one.sku.code in self._codes)
        sku_ids = {listing.sku.id for listing in listings}
        at, merchant = self._clock.now(), self._actor.merchant
        on_offer = None if self._on_offer is None else self._on_offer()
        offers = () if on_offer is None else on_offer.to_customer
        held, own = self._held(), self._own()
        counter = GiftCounter.with_those(
            self._storage,
            [*(one.promotion for one in offers), *(one.template.promotion for one in (*held, *own))],
            found=found,
        )
        note(merchant.id, counter.sku_ids)
        wanted = sku_ids | counter.sku_ids
        guarded = merchant.margin_guard is not MarginGuard.NONE and sku_ids
        floors = self._storage.floors.of_skus_later(sku_ids) if guarded else _no_floors
        # What was asked for travels with this; what is left at special prices is asked after the stock is locked.
        specials = None if self._lock else self._ask_specials(sku_ids, at)
        more_stock, more_charged = self._ask(wanted - self._asked)
        if self._lock:
            self.sheet = self._storage.stock.lock(wanted)
            available = self.sheet.available
        else:
            available = {**self._stock(), **more_stock()}
        # The prices take the database longest: meanwhile there is time to read what is asked for.
        lines = read_lines(self._basket, listings)
        specials = specials or self._ask_specials(sku_ids, at)
        prices = {**self._charged(at), **more_charged(at)}
        # What was ordered is counted while the stock is locked, so that two orders at once do not both see the same.
        special = specials()
        priced = prices
        if special:
            priced = {id: one.with_specials(special.get(id, ())) for id, one in prices.items()}
        shelf = Shelf(listings, priced, available, self._ordered(listings, at))
        quote = quote_lines(lines, shelf=shelf, merchant=merchant)
        waived = self._waived(quote, at)
        if waived:
            quote = quote_lines(lines, shelf=attrs.evolve(shelf, waived=waived), merchant=merchant)
        if len(self._coupons) > MOST_COUPONS:
            quote = attrs.evolve(quote, problems=(*quote.problems, TooManyCoupons(len(self._coupons))))
        lowest = floors()
        guard = Guard(policy=merchant.margin_guard, floors=lowest, guards_whole=True) if lowest else None
        rounds = merchant.order_rounding is not Rounding.NONE
        if not (offers or self._coupons or own or guard or rounds):
            return quote
        promoting = Promoting(
            offers=offers,
            audience=NOBODY if on_offer is None else on_offer.audience,
            at=at,
            gifts=counter.gifts(prices, available),
            choices=self._choices,
            purse=Purse(self._coupons[:MOST_COUPONS], held),
            own_coupons=own,
            guard=guard,
        )
        done = promoted(quote, promoting, merchant=merchant)
        approved = self._approved(done, at)
        if guard is None or not approved:
            return done
        promoting = attrs.evolve(promoting, guard=attrs.evolve(guard, approved=approved))
        return promoted(quote, promoting, merchant=merchant)

    def _approved(self, quote: Quote, at: datetime) -> Mapping[SkuId, UnitPrice]:
        """Down to which price the customer may have the SKUs of lines that are refused without an approval."""
        below = {
            problem.sku_id
            for line in quote.lines
            for problem in line.problems
            if isinstance(problem, BelowFloorNeedsApproval)
        }
        if not below or self.customer_id is None:
            return {}
        return self._storage.floors.approved(self.customer_id, below, at=at)

    def _ordered(self, listings: Sequence[Listing], at: datetime) -> Mapping[SkuId, Quantity]:
        """What the customer has ordered in the period of each quota there is."""
        zone = self._actor.merchant.time_zone
        since = {
            one.sku.id: one.sku.rule.quota.period.start(at=at, time_zone=zone)
            for one in listings
            if one.sku.rule.quota is not None
        }
        if not since or self.customer_id is None:
            return {}
        ordered = self._storage.quantity_rules.ordered(self.customer_id, since=since)
        return {id: Quantity(min(thousandths, LARGEST)) for id, thousandths in ordered.items()}

    def _waived(self, quote: Quote, at: datetime) -> frozenset[SkuId]:
        """The SKUs of the lines that break a rule which does not bind the customer."""
        broken = {
            problem.sku_id
            for line in quote.lines
            for problem in line.problems
            if isinstance(problem, InvalidQuantity | QuotaExceeded)
        }
        if not broken or self.customer_id is None:
            return frozenset()
        return self._storage.quantity_rules.allowed(self.customer_id, broken, at=at)

    def _ask(self, sku_ids: set[SkuId]) -> tuple[Later[Mapping[SkuId, Quantity]], Charged]:
        """Ask for the stock of SKUs, where it is not locked, and for what they cost the customer."""
        storage, at = self._storage, self._clock.now()
        available = storage.stock.available_later(() if self._lock else sku_ids)
        return available, storage.prices.charged_later(self.customer_id, sku_ids=sku_ids, since=at)

    def _ask_specials(self, sku_ids: set[SkuId], at: datetime) -> Later[Offers]:
        if not sku_ids or not self._actor.merchant.has_specials:
            return _none_offered
        return self._storage.special_prices.offered_later(self.customer_id, sku_ids=sku_ids, at=at)
