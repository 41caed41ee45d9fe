"""The way in for readers: every query port, opened for one actor at one moment."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import attrs

from application.authorization import Actor
from application.ports.storage import Busy
from application.ports.tokens import Claims
from application.views.amendments import AmendmentBook
from application.views.catalog import Catalog
from application.views.coupons import CouponBook
from application.views.customers import CustomerBook
from application.views.floors import FloorBook
from application.views.inventory import StockBook
from application.views.orders import OrderHistory
from application.views.own_names import OwnNameBook
from application.views.pricing import PriceBook
from application.views.promotions import PromotionBook
from application.views.quantity_rules import AllowanceBook
from application.views.registering import RegistrationBook
from application.views.searching import MissedBook
from application.views.team import StaffBook
from application.views.trail import TrailBook


@attrs.frozen(kw_only=True)
class Views:
    """What one actor can look at."""

    catalog: Catalog
    orders: OrderHistory
    customers: CustomerBook
    stock: StockBook
    prices: PriceBook
    trail: TrailBook
    registrations: RegistrationBook
    coupons: CouponBook
    staff: StaffBook
    missed: MissedBook
    own_names: OwnNameBook
    promotions: PromotionBook
    floors: FloorBook
    allowances: AllowanceBook
    amendments: AmendmentBook


class TooSoon(Busy):
    """The look ended with what was foreseen to be its last question; whoever asks more has to look again."""


class Look(Protocol):
    """One look at what is stored: who asks, and whatever they are shown, is of one moment.

    It begins with the first question and has to be closed; what is asked at the same time travels together.
    """

    @property
    def trips(self) -> int:
        """How often it went to the database so far; always 0 where that needs no network."""
        ...

    async def guest(self, *, slug: str | None) -> Actor:
        """Receive a guest of the merchant of this name, or of the only merchant there is.

        :raises UnknownMerchant: if there is none of that name, or none is named and there is not exactly one.
        """
        ...

    async def actor(self, claims: Claims) -> Actor:
        """Receive the person a token names.

        :raises Unauthenticated: if the merchant, the person or the person's place in the company is gone or suspended.
        """
        ...

    def views(self, actor: Actor) -> Views:
        """Open the query ports for this actor's merchant."""
        ...

    async def close(self) -> None:
        """End it; nothing more can be asked."""
        ...


class Reading(Protocol):
    """Opens the query ports."""

    def __call__(self, actor: Actor, *, at: datetime) -> Views:
        """Open them for this actor's merchant, each query on a moment of its own; prices are those valid at `at`."""
        ...

    def look(self, *, at: datetime, foreseen: int = 0) -> Look:
        """Open them for whoever asks, all on one moment; prices are those valid at `at`.

        Where so many trips to the database are foreseen, the moment may end with the last of them, which spares the
        trip that ends it; whoever asks more is told TooSoon. 0 foresees nothing.
        """
        ...

    async def ready(self) -> None:
        """Ask the database one question.

        :raises NotNow: if it does not answer.
        """
        ...
