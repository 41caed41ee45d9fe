"""What one actor sees in one look: every query port, each able to ask the others for what hangs below its rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cached_property
from typing import Protocol, TypeVar

import attrs

from adapters.persistence.allowance_book import SqlAllowanceBook
from adapters.persistence.amendment_book import SqlAmendmentBook
from adapters.persistence.catalog_views import SqlCatalog
from adapters.persistence.coupon_book import SqlCouponBook
from adapters.persistence.customer_book import SqlCustomerBook
from adapters.persistence.floor_book import SqlFloorBook
from adapters.persistence.order_history import SqlOrderHistory
from adapters.persistence.own_name_book import SqlOwnNameBook
from adapters.persistence.price_book import SqlPriceBook
from adapters.persistence.pricing import PriceLists, Rates, lists_asked, lists_of
from adapters.persistence.promotion_views import SqlPromotionBook
from adapters.persistence.registration_book import SqlRegistrationBook
from adapters.persistence.searching import SqlMissedBook
from adapters.persistence.statements import Reader
from adapters.persistence.stock_book import SqlStockBook
from adapters.persistence.team import SqlStaffBook
from adapters.persistence.trail_book import SqlTrailBook
from application.authorization import Actor, veil_for
from application.views.customers import BuyerCard
from application.views.reading import Views
from domain.identity import MerchantId
from domain.privacy import Veil

T = TypeVar("T")


class Reads(Protocol):
    """Whatever lets a reader ask until it knows."""

    def read(self, reader: Callable[[], Reader[T]], /, *, of: MerchantId | None) -> Awaitable[T]: ...


@attrs.frozen(kw_only=True)
class Known:
    """What was learned about the actor when it said who it is, and need not be asked again."""

    buyer: BuyerCard | None = None
    price_lists: PriceLists | None = None


class Sight:
    """Everything one actor can look at, at one moment.

    It keeps none of its ports, which know it: what is let go is then gone at once, and not when the collector comes.
    """

    def __init__(self, reads: Reads, actor: Actor, at: datetime, *, known: Known | None = None) -> None:
        self._reads = reads
        self.actor, self.at = actor, at
        self.known = known or Known()

    def read(self, reader: Callable[[], Reader[T]]) -> Awaitable[T]:
        """Let a reader ask about what is the actor's merchant's."""
        return self._reads.read(reader, of=self.actor.merchant_id)

    def read_rates(self) -> Reader[Rates]:
        """Find the lists whose prices the actor sees now."""
        actor, lists = self.actor, self.known.price_lists
        if lists is None:
            lists = lists_of((yield lists_asked(actor, customer_id=actor.customer_id, at=self.at))[0][0])
        return lists.at(self.at, actor.merchant)

    @cached_property
    def veil(self) -> Veil:
        """How people are shown to the actor."""
        return veil_for(self.actor)

    @property
    def catalog(self) -> SqlCatalog:
        return SqlCatalog(self)

    @property
    def orders(self) -> SqlOrderHistory:
        return SqlOrderHistory(self)

    @property
    def customers(self) -> SqlCustomerBook:
        return SqlCustomerBook(self)

    @property
    def promotions(self) -> SqlPromotionBook:
        return SqlPromotionBook(self)

    @property
    def registrations(self) -> SqlRegistrationBook:
        return SqlRegistrationBook(self)

    @property
    def views(self) -> Views:
        """The ports as readers know them."""
        return Views(
            catalog=self.catalog,
            orders=self.orders,
            customers=self.customers,
            stock=SqlStockBook(self),
            prices=SqlPriceBook(self),
            trail=SqlTrailBook(self),
            registrations=self.registrations,
            coupons=SqlCouponBook(self),
            staff=SqlStaffBook(self),
            missed=SqlMissedBook(self),
            own_names=SqlOwnNameBook(self),
            promotions=self.promotions,
            floors=SqlFloorBook(self),
            allowances=SqlAllowanceBook(self),
            amendments=SqlAmendmentBook(self),
        )
