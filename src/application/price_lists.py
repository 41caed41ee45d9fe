"""Price lists: make, change and copy them; raise or lower many of their prices at once, after a look at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock, Ids
from application.ports.storage import Storage, UnitOfWork
from application.price_flags import price_flags
from application.pricing import MOST_PRICES, TooManyPrices, set_prices
from domain.errors import DomainError, Refused
from domain.floors import PriceFlag
from domain.groups import GroupKind
from domain.identity import (
    BrandId,
    CategoryId,
    CustomerGroupId,
    CustomerId,
    PriceListId,
    PriceTierId,
    SkuId,
    Text,
)
from domain.ladders import HIGHEST_PRIORITY, AnyLadder, DatedLadder, each_ladder, still_counting
from domain.money import Percentage, UnitPrice
from domain.period import ALWAYS, Period
from domain.pricing import (
    InvalidPrice,
    Ladder,
    PriceChange,
    PriceList,
    PriceSource,
    PricesSet,
    Rung,
    UnknownPriceList,
)
from domain.trail import Facts, TrailNote
from domain.visibility import UnknownAudience

MOST_COPIED = 20_000
"""So many ladders are copied with a list at most."""
_AT_ONCE = 1_000


class ListName(Text):
    """What a price list is called."""

    __slots__ = ()


@attrs.frozen
class InvalidPriceList(DomainError):
    """A list that cannot be: its NAME, PRIORITY, VALIDITY or AUDIENCE; or a STANDARD one, which is never changed."""

    reason: str


@attrs.frozen(kw_only=True)
class AskedAudience:
    """Whom a list is for, as it was named: at most one of these; everyone where none is."""

    customer_id: CustomerId | None = None
    group_id: CustomerGroupId | None = None
    tier_id: PriceTierId | None = None
    contract: bool = False
    """Whether a list for a company is its contract, for itself alone."""


@attrs.frozen(kw_only=True)
class AskedList:
    """What a list is to be like."""

    name: str
    priority: int = 0
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@attrs.frozen(kw_only=True)
class CreatePriceList:
    """Make a price list, with no prices yet."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, asked: AskedList, audience: AskedAudience) -> PriceList:
        """:raises Refused: if the list cannot be, or there is no such audience.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        with self.unit_of_work(actor) as storage:
            one = _made(storage, self.ids.new(PriceListId), asked, audience)
            storage.prices.add(one)
            storage.trail.note(_noted("createPriceList", one, at=self.clock.now(), after=_told(one)))
        return one


@attrs.frozen(kw_only=True)
class ChangePriceList:
    """Call a list otherwise, or let it hold at another time or before others; whom it is for stays."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, list_id: PriceListId, asked: AskedList) -> PriceList:
        """:raises Refused: if there is no such list, it is a standard one, or it cannot be so.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        with self.unit_of_work(actor) as storage:
            found = _locked(storage, list_id)
            if found.source in (PriceSource.BASE, PriceSource.TIER):
                raise Refused((InvalidPriceList("STANDARD"),))
            one = _like(found, asked)
            storage.prices.save(one)
            at = self.clock.now()
            storage.trail.note(_noted("changePriceList", one, at=at, before=_told(found), after=_told(one)))
        return one


@attrs.frozen(kw_only=True)
class CopyPriceList:
    """Make a new list with all that another may still charge; where no audience is named it is for the same."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self, *, actor: Actor, list_id: PriceListId, asked: AskedList, audience: AskedAudience | None
    ) -> PriceList:
        """:raises Refused: if there is no such list or audience, the new one cannot be, or there are too many prices.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        with self.unit_of_work(actor) as storage:
            found, now = _locked(storage, list_id), self.clock.now()
            one = self._like(storage, found, asked, audience)
            said = storage.prices.ladders(list_ids=[list_id])
            changes = [
                PriceChange(one.id, sku_id, ladder.ladder, ladder.unit, ladder.validity, ladder.priority)
                for (_, sku_id), ladders in sorted(said.items())
                for ladder in still_counting(ladders, now)
            ]
            if len(changes) > MOST_COPIED:
                raise Refused((TooManyPrices(len(changes), MOST_COPIED),))
            storage.prices.add(one)
            for at in range(0, len(changes), _AT_ONCE):
                some = changes[at : at + _AT_ONCE]
                sku_ids = tuple(dict.fromkeys(change.sku_id for change in some))
                storage.prices.set(some, event=PricesSet(at=now, list_id=one.id, sku_ids=sku_ids))
            after = {**_told(one), "copyOf": list_id, "ladders": str(len(changes))}
            storage.trail.note(_noted("copyPriceList", one, at=now, after=after))
        return one

    def _like(
        self, storage: Storage, found: PriceList, asked: AskedList, audience: AskedAudience | None
    ) -> PriceList:
        id = self.ids.new(PriceListId)
        if audience is not None:
            return _made(storage, id, asked, audience)
        source = found.source if found.source is PriceSource.CONTRACT else PriceSource.PRICE_LIST
        return _like(attrs.evolve(found, id=id, source=source), asked)


@attrs.frozen(kw_only=True)
class AskedRise:
    """How prices are to change, and of which SKUs of a list: all of what is given must hold.

    A share of 105 % raises a price by five percent; an amount, which may be negative, is added. One of them is given.
    """

    list_id: PriceListId
    percentage: Percentage | None = None
    amount: int | None = None
    """Ten-thousandths of the main unit."""
    category_id: CategoryId | None = None
    brand_id: BrandId | None = None
    sku_ids: frozenset[SkuId] | None = None
    valid_from: datetime | None = None
    """From when on the new prices hold; from now on where none is given."""


@attrs.frozen
class Risen:
    """A ladder before and after a rise."""

    sku_id: SkuId
    unit: str | None
    before: Ladder
    after: Ladder
    flags: tuple[PriceFlag, ...] = ()
    """What to look at before it holds."""

    @property
    def percentage(self) -> str | None:
        """How much more or less the first rung costs, in percent with two decimals; None where it was free."""
        was, now = (ladder.rungs[0].price for ladder in (self.before, self.after))
        if not isinstance(was, UnitPrice) or not isinstance(now, UnitPrice) or not was.ten_thousandths:
            return None
        hundredths = round((now.ten_thousandths - was.ten_thousandths) * 10_000 / was.ten_thousandths)
        sign = "-" if hundredths < 0 else ""
        whole, rest = divmod(abs(hundredths), 100)
        return f"{sign}{whole}.{rest:02}"


@attrs.frozen(kw_only=True)
class RaisePrices:
    """Raise or lower the prices of a list that hold without an end; shares of the base price stay as they are."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, asked: AskedRise, preview: bool) -> tuple[Risen, ...]:
        """Answer with every ladder that changes, by SKU and unit; a preview changes nothing.

        :raises Refused: if there is no such list, nothing or too much would change, or a price cannot be what it would.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        opened = self.unit_of_work.reading(actor) if preview else self.unit_of_work(actor)
        with opened as storage:
            now = self.clock.now()
            if preview:
                if not storage.prices.lists([asked.list_id]):
                    raise Refused((UnknownPriceList(asked.list_id),))
            else:
                _locked(storage, asked.list_id)
            if (asked.percentage is None) == (asked.amount is None):
                raise Refused((InvalidPrice("PRICE_OR_PERCENTAGE"),))
            if asked.valid_from is not None and asked.valid_from < now:
                raise Refused((InvalidPrice("VALIDITY"),))
            sku_ids = (
                storage.prices.skus_in(
                    asked.list_id,
                    category_id=asked.category_id,
                    brand_id=asked.brand_id,
                    most=MOST_PRICES + 1,
                )
                if asked.sku_ids is None
                else asked.sku_ids
            )
            said = storage.prices.ladders(list_ids=[asked.list_id], sku_ids=sku_ids)
            risen = _risen(said, asked, scale=actor.merchant.price_scale, at=now)
            if not 0 < len(risen) <= MOST_PRICES:
                raise Refused((TooManyPrices(len(risen)),))
            validity = ALWAYS if asked.valid_from is None else Period(asked.valid_from)
            changes = [PriceChange(asked.list_id, one.sku_id, one.after, one.unit, validity) for one in risen]
            if preview:
                flags = price_flags(storage, actor, changes, at=now)
                risen = tuple(attrs.evolve(one, flags=of) for one, of in zip(risen, flags, strict=True))
            else:
                set_prices(storage, changes, operation="raisePrices", at=now)
        return risen


def _risen(
    said: Mapping[tuple[PriceListId, SkuId], AnyLadder], asked: AskedRise, *, scale: int, at: datetime
) -> tuple[Risen, ...]:
    """:raises Refused: with every price that cannot be."""
    found: list[Risen] = []
    wrong: list[DomainError] = []
    for (_, sku_id), ladders in sorted(said.items()):
        standing: dict[str, DatedLadder] = {}
        for one in each_ladder(ladders):
            begun = one.validity.end is None and at in one.validity
            if begun and ((one.unit or "") not in standing or standing[one.unit or ""].rank < one.rank):
                standing[one.unit or ""] = one
        for _, one in sorted(standing.items()):
            try:
                after = Ladder(tuple(_raised(rung, asked, scale) for rung in one.ladder.rungs))
            except ValueError:
                wrong.append(InvalidPrice("NOT_A_PRICE", len(found)))
                continue
            if after != one.ladder:
                found.append(Risen(sku_id, one.unit, one.ladder, after))
    if wrong:
        raise Refused(tuple(wrong[:20]))
    return tuple(found)


def _raised(rung: Rung, asked: AskedRise, scale: int) -> Rung:
    """:raises ValueError: if the price would be none."""
    if not isinstance(rung.price, UnitPrice):
        return rung
    if asked.percentage is not None:
        return Rung(rung.min_quantity, asked.percentage.of_price(rung.price, scale=scale))
    price = UnitPrice(rung.price.ten_thousandths + (asked.amount or 0), rung.price.currency)
    if not price.fits(scale):
        raise ValueError("the price is too fine")
    return Rung(rung.min_quantity, price)


def _made(storage: Storage, id: PriceListId, asked: AskedList, audience: AskedAudience) -> PriceList:
    """:raises Refused: if it cannot be, or is for nobody there is."""
    named = [one for one in (audience.customer_id, audience.group_id, audience.tier_id) if one is not None]
    if len(named) > 1 or (audience.contract and audience.customer_id is None):
        raise Refused((InvalidPriceList("AUDIENCE"),))
    source = PriceSource.CONTRACT if audience.contract else PriceSource.PRICE_LIST
    one = _like(PriceList(id=id, source=PriceSource.PRICE_LIST), asked)
    if audience.customer_id is not None:
        if audience.customer_id not in storage.groups.customers({audience.customer_id}):
            raise Refused((UnknownAudience(audience.customer_id),))
        return attrs.evolve(one, source=source, customer_id=audience.customer_id)
    if audience.group_id is not None:
        group = storage.groups.lock([audience.group_id]).get(audience.group_id)
        if group is None:
            raise Refused((UnknownAudience(audience.group_id),))
        region = group.kind is GroupKind.REGION
        return attrs.evolve(one, region_id=group.id) if region else attrs.evolve(one, group_id=group.id)
    if audience.tier_id is not None:
        tier = next((its for its in storage.customers.tiers() if its.id == audience.tier_id), None)
        if tier is None:
            raise Refused((UnknownAudience(audience.tier_id),))
        return attrs.evolve(one, tier=tier)
    return one


def _like(one: PriceList, asked: AskedList) -> PriceList:
    """The list as it is asked for.

    :raises Refused: with everything that no list can have.
    """
    wrong: list[DomainError] = []
    name, validity = asked.name, ALWAYS
    try:
        name = ListName(asked.name)
    except ValueError:
        wrong.append(InvalidPriceList("NAME"))
    if abs(asked.priority) > HIGHEST_PRIORITY:
        wrong.append(InvalidPriceList("PRIORITY"))
    try:
        validity = Period(asked.valid_from, asked.valid_until)
    except ValueError:
        wrong.append(InvalidPriceList("VALIDITY"))
    if wrong:
        raise Refused(tuple(wrong))
    return attrs.evolve(one, name=str(name), priority=asked.priority, validity=validity)


def _locked(storage: Storage, list_id: PriceListId) -> PriceList:
    """:raises Refused: if there is no such list."""
    found = storage.prices.lock(list_id)
    if found is None:
        raise Refused((UnknownPriceList(list_id),))
    return found


def _told(one: PriceList) -> dict[str, str]:
    """What the trail says of a list."""
    audience = one.customer_id or one.group_id or one.region_id or (one.tier and one.tier.id) or ""
    start, end = (edge.isoformat() if edge else "" for edge in (one.validity.start, one.validity.end))
    return {
        "name": one.name,
        "source": one.source.value,
        "audience": audience,
        "priority": str(one.priority),
        "validFrom": start,
        "validUntil": end,
    }


def _noted(
    operation: str,
    one: PriceList,
    *,
    at: datetime,
    before: Facts = MappingProxyType({}),
    after: Facts = MappingProxyType({}),
) -> TrailNote:
    return TrailNote(at=at, operation=operation, about=one.id, before=before, after=after)
