"""Customers and the people who buy for them, as readers see them, straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import and_, bindparam, func, literal_column, select

from adapters.persistence.branches import Reach, branches, reach_of, seeing, seen
from adapters.persistence.customer_rows import BUYERS_OF, CARD, CUSTOMERS_AND_TIERS, buyers_by_id, cards_by_id
from adapters.persistence.customers import ADDRESSES, address_of, customers, price_tiers
from adapters.persistence.made import buyer_id, customer_id, tier_id
from adapters.persistence.merchants import staff
from adapters.persistence.ownership import OWNED_BY_REP, OWNERSHIP, ownership_of, ownerships
from adapters.persistence.paging import Shape, conditions, cut, like, most, ordering, page_of, page_parameters
from adapters.persistence.people import LOGIN_OF, OF_LOGIN, OF_PERSON, memberships_of
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement, any_of
from application.authorization import sees_customers
from application.views.customers import (
    WHOLE_BUYER,
    WHOLE_CUSTOMER,
    BranchesWant,
    BuyerCard,
    BuyerWant,
    CustomerBook,
    CustomerCard,
    CustomerFilter,
    CustomerWant,
    OwnershipCard,
    TierCard,
    ownership_cards,
)
from application.views.orders import CompanyCard, OrderCard, OrdersWant, SalesRepCard
from application.views.pages import Key, Slice, Window
from application.views.people import Membership
from domain.customers import CustomerAddress, Role
from domain.identity import BuyerId, CustomerId, StaffId
from domain.ownership import Ownership

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_TIERS = Statement(
    select(price_tiers.c.id, price_tiers.c.code, price_tiers.c.name)
    .where(price_tiers.c.merchant_id == bindparam("merchant_id"))
    .order_by(price_tiers.c.code, price_tiers.c.id)
)
_SORT = (customers.c.name, customers.c.id)


@attrs.frozen(kw_only=True, cache_hash=True)
class Which:
    """What of the question which customers are wanted changes the statement."""

    reach: Reach
    searching: bool
    by_sales_rep: bool

    def conditions(self) -> list[Any]:
        """What has to hold of a customer."""
        found: list[Any] = [customers.c.merchant_id == bindparam("merchant_id")]
        if self.searching:
            found.append(func.lower(customers.c.name).like(bindparam("like"), escape="\\"))
        if self.by_sales_rep:
            found.append(customers.c.id.in_(OWNED_BY_REP))
        return [*found, *seen(customers.c.id, self.reach)]


@lru_cache(maxsize=64)
def _page(shape: Shape, which: Which) -> Statement:
    statement = select(*CARD).select_from(CUSTOMERS_AND_TIERS).where(*which.conditions())
    return Statement(
        statement.where(*conditions(shape, _SORT)).order_by(*ordering(shape, _SORT)).limit(most(shape))
    )


@lru_cache(maxsize=16)
def _count(which: Which) -> Statement:
    return Statement(select(func.count()).select_from(customers).where(*which.conditions()))


_BRANCH_OF = and_(
    branches.c.merchant_id == customers.c.merchant_id,
    branches.c.branch_id == customers.c.id,
    branches.c.distance == literal_column("1"),
)
_OF_PARENTS = (
    customers.c.merchant_id == bindparam("merchant_id"),
    branches.c.merchant_id == bindparam("merchant_id"),
    any_of(branches.c.customer_id, "customer_ids"),
)


@lru_cache(maxsize=64)
def _branches_of_each(shape: Shape) -> Statement:
    """The same page of the branches of several companies; each row ends with whose branch it is."""
    place = func.row_number().over(partition_by=branches.c.customer_id, order_by=ordering(shape, _SORT))
    numbered = (
        select(
            *(one.label(f"c{at}") for at, one in enumerate(CARD)),
            branches.c.customer_id,
            place.label("place"),
        )
        .select_from(CUSTOMERS_AND_TIERS.join(branches, _BRANCH_OF))
        .where(*_OF_PARENTS, *conditions(shape, _SORT))
        .subquery("numbered")
    )
    shown = [column for column in numbered.c if column.name != "place"]
    return Statement(select(*shown).where(numbered.c.place <= most(shape)).order_by(numbered.c.place))


_COUNT_BRANCHES = Statement(
    select(branches.c.customer_id, func.count())
    .select_from(customers.join(branches, _BRANCH_OF))
    .where(*_OF_PARENTS)
    .group_by(branches.c.customer_id)
)
_COMPANIES = Statement(
    select(customers.c.id, customers.c.name).where(
        customers.c.merchant_id == bindparam("merchant_id"), any_of(customers.c.id, "customer_ids")
    )
)
_SALES_REPS = Statement(
    select(staff.c.id, staff.c.name).where(
        staff.c.merchant_id == bindparam("merchant_id"), any_of(staff.c.id, "staff_ids")
    )
)
_PARENTS = Statement(
    select(branches.c.branch_id, customers.c.id, customers.c.name)
    .select_from(
        branches.join(
            customers,
            and_(customers.c.merchant_id == branches.c.merchant_id, customers.c.id == branches.c.customer_id),
        )
    )
    .where(
        branches.c.merchant_id == bindparam("merchant_id"),
        any_of(branches.c.branch_id, "customer_ids"),
        branches.c.distance == literal_column("1"),
    )
)
_OWNERSHIPS = Statement(
    select(*OWNERSHIP).where(
        ownerships.c.merchant_id == bindparam("merchant_id"), any_of(ownerships.c.customer_id, "customer_ids")
    )
)


@attrs.frozen
class SqlCustomerBook(CustomerBook):
    """What readers see of the customers of one merchant."""

    sight: Sight

    async def me(self, *, want: BuyerWant = WHOLE_BUYER) -> BuyerCard | None:
        person = self.sight.actor.person_id
        if not isinstance(person, BuyerId):
            return None
        known = self.sight.known.buyer
        if known is None or known.id != person:
            return (await self.buyers_by_id([person], want=want)).get(person)
        if not (want.customer is not None and _more(want.customer)) and not want.memberships:
            return known
        return await self.sight.read(lambda: self._read_more(known, want))

    async def customers(
        self, *, window: Window, filter: CustomerFilter, count: bool, want: CustomerWant = WHOLE_CUSTOMER
    ) -> Slice[CustomerCard]:
        actor = self.sight.actor
        which = Which(
            reach=reach_of(actor),
            searching=bool(filter.text),
            by_sales_rep=filter.sales_rep_id is not None,
        )
        asked: dict[str, Any] = {"merchant_id": actor.merchant_id, **seeing(actor)}
        if filter.text:
            asked["like"] = like(filter.text)
        if filter.sales_rep_id is not None:
            asked |= {"sales_rep_id": filter.sales_rep_id, "at": self.sight.at}

        def reader() -> Reader[Slice[CustomerCard]]:
            rows = yield Ask(_page(Shape.of(window), which), {**asked, **page_parameters(window)})
            total = (yield Ask(_count(which), asked))[0][0] if count else None
            cards = yield from self._cards(page_of(rows, window), want)
            return cut(rows, window, key=_key, nodes=cards, total=total)

        return await self.sight.read(reader) if self._sees() else Slice(total=0 if count else None)

    async def customers_by_id(
        self, ids: Collection[CustomerId], *, want: CustomerWant = WHOLE_CUSTOMER
    ) -> Mapping[CustomerId, CustomerCard]:
        return await self.sight.read(lambda: self.read_customers(ids, want)) if ids else {}

    async def buyers_by_id(
        self, ids: Collection[BuyerId], *, want: BuyerWant = WHOLE_BUYER
    ) -> Mapping[BuyerId, BuyerCard]:
        return await self.sight.read(lambda: self.read_buyers(ids, want)) if ids else {}

    async def memberships(self) -> tuple[Membership, ...]:
        return await self.sight.read(self._read_memberships)

    async def tiers(self) -> tuple[TierCard, ...]:
        def reader() -> Reader[tuple[TierCard, ...]]:
            rows = yield Ask(_TIERS, {"merchant_id": self.sight.actor.merchant_id})
            return tuple(TierCard(tier_id(id), code, name) for id, code, name in rows)

        return await self.sight.read(reader)

    def read_customers(
        self, ids: Collection[CustomerId], want: CustomerWant
    ) -> Reader[Mapping[CustomerId, CustomerCard]]:
        """Read customers below other rows; those that are not the actor's to see are left out."""
        actor = self.sight.actor
        reach = reach_of(actor)
        asked = {id for id in ids if reach is not Reach.OWN or id == actor.customer_id}
        if not asked or not self._sees():
            return {}
        about = {"merchant_id": actor.merchant_id, "customer_ids": sorted(asked), **seeing(actor)}
        rows = yield Ask(cards_by_id(reach), about)
        return {card.id: card for card in (yield from self._cards(rows, want))}

    def read_buyers(self, ids: Collection[BuyerId], want: BuyerWant) -> Reader[Mapping[BuyerId, BuyerCard]]:
        """Read buyers below other rows; those that are not the actor's to see are left out."""
        if not self._sees():
            return {}
        actor = self.sight.actor
        asked = {"merchant_id": actor.merchant_id, "buyer_ids": sorted(ids), **seeing(actor)}
        rows = yield Ask(buyers_by_id(reach_of(actor)), asked)
        return {card.id: card for card in (yield from self._buyers(rows, want))}

    def _buyers(self, rows: Rows, want: BuyerWant) -> Reader[list[BuyerCard]]:
        """Turn rows of `BUYER` into cards, with everything that is wanted below them."""
        companies: Mapping[CustomerId, CustomerCard] = {}
        if want.customer is not None:
            companies = yield from self.read_customers({customer_id(row[3]) for row in rows}, want.customer)
        found = {
            buyer_id(id): BuyerCard(
                buyer_id(id),
                name,
                Role(role),
                companies.get(customer_id(company)),
                suspended=bool(suspended),
            )
            for id, name, role, company, suspended in rows
        }
        asker = self.sight.actor.person_id
        if want.memberships and isinstance(asker, BuyerId) and asker in found:
            found[asker] = found[asker]._replace(memberships=(yield from self._read_memberships()))
        return [*found.values()]

    def _read_more(self, known: BuyerCard, want: BuyerWant) -> Reader[BuyerCard]:
        """Read what the actor did not say about itself and its company when it said who it is."""
        company = known.customer
        assert company is not None, "a buyer buys for a company"
        if want.customer is not None:
            [company] = yield from self._with([company], want.customer)
        places = (yield from self._read_memberships()) if want.memberships else ()
        return known._replace(customer=company, memberships=places)

    def _read_memberships(self) -> Reader[tuple[Membership, ...]]:
        actor = self.sight.actor
        person = {"merchant_id": actor.merchant_id, "person_id": actor.person_id}
        logins = [id for (id,) in (yield Ask(LOGIN_OF, person)) if id is not None]
        if logins:
            rows = yield Ask(OF_LOGIN, {"login_id": logins[0]}, login_id=logins[0])
        else:
            rows = yield Ask(OF_PERSON, person)
        return tuple(place.seen_at(actor.merchant_id) for place in memberships_of(rows))

    def _cards(self, rows: Rows, want: CustomerWant) -> Reader[list[CustomerCard]]:
        return (yield from self._with([card_of(row) for row in rows], want))

    def _with(self, cards: list[CustomerCard], want: CustomerWant) -> Reader[list[CustomerCard]]:
        """Add what is wanted of all of them: addresses, pages of orders and of branches, parents and owners."""
        if not cards or not _more(want):
            return cards
        ids = [card.id for card in cards]
        found: dict[str, list[CustomerAddress]] = {}
        if want.addresses:
            for row in (yield Ask(ADDRESSES, self._of(ids))):
                found.setdefault(row[1], []).append(address_of(row))
        pages: dict[CustomerId, dict[OrdersWant, Slice[OrderCard]]] = {id: {} for id in ids}
        for orders_want in want.orders:
            of_each = yield from self.sight.orders.read_newest_of(ids, orders_want)
            for id in ids:
                pages[id][orders_want] = of_each[id]
        people = (yield from self._read_buyers_of(ids, want.buyers)) if want.buyers else {}
        below: dict[CustomerId, dict[BranchesWant, Slice[CustomerCard]]] = {id: {} for id in ids}
        for branches_want in want.branches:
            of_parents = yield from self._read_branches(ids, branches_want)
            for id in ids:
                below[id][branches_want] = of_parents[id]
        parents: dict[str, CompanyCard] = {}
        if want.parent:
            for branch, parent, name in (yield Ask(_PARENTS, self._of(ids))):
                parents[branch] = CompanyCard(customer_id(parent), name)
        owned = (yield from self._read_ownerships(ids)) if want.ownerships else {}
        return [
            card._replace(
                addresses=tuple(found.get(card.id, ())),
                orders=pages[card.id],
                buyers=tuple(people.get(card.id, ())),
                parent=parents.get(card.id),
                branches=below[card.id],
                ownerships=owned.get(card.id, ()),
            )
            for card in cards
        ]

    def _read_buyers_of(
        self, ids: Collection[CustomerId], want: BuyerWant
    ) -> Reader[Mapping[CustomerId, list[BuyerCard]]]:
        """Read everybody who buys for these companies, which are the actor's to see."""
        asked = {"merchant_id": self.sight.actor.merchant_id, "customer_ids": sorted(ids)}
        rows = yield Ask(BUYERS_OF, asked)
        cards = {card.id: card for card in (yield from self._buyers(rows, want))}
        found: dict[CustomerId, list[BuyerCard]] = {}
        for row in rows:
            found.setdefault(customer_id(row[3]), []).append(cards[buyer_id(row[0])])
        return found

    def _read_branches(
        self, ids: Sequence[CustomerId], want: BranchesWant
    ) -> Reader[Mapping[CustomerId, Slice[CustomerCard]]]:
        """Read a page of the branches of companies that the actor sees, who then sees these as well."""
        asked = self._of(ids)
        shape = Shape.of(want.window)
        rows = yield Ask(_branches_of_each(shape), {**asked, **page_parameters(want.window)})
        counted = (yield Ask(_COUNT_BRANCHES, asked)) if want.count else []
        totals: dict[str, int] = dict(counted)
        cards = yield from self._cards([row[:-1] for row in rows], want.want)
        of_each: dict[str, tuple[Rows, list[CustomerCard]]] = {id: ([], []) for id in ids}
        for row, card in zip(rows, cards, strict=True):
            its_rows, its_cards = of_each[row[-1]]
            its_rows.append(row)
            its_cards.append(card)
        return {
            id: cut(
                of_each[id][0],
                want.window,
                key=_key,
                nodes=page_of(of_each[id][1], want.window),
                total=totals.get(id, 0) if want.count else None,
            )
            for id in ids
        }

    def read_companies(self, ids: Collection[CustomerId]) -> Reader[Mapping[CustomerId, CompanyCard]]:
        """Read what companies are called that stand in rows which the actor sees."""
        rows = (yield Ask(_COMPANIES, self._of(ids))) if ids else []
        return {customer_id(id): CompanyCard(customer_id(id), name) for id, name in rows}

    def read_sales_reps(self, ids: Collection[StaffId]) -> Reader[Mapping[StaffId, SalesRepCard]]:
        """Read what sales representatives are called who stand in rows which the actor sees."""
        asked = {"merchant_id": self.sight.actor.merchant_id, "staff_ids": sorted(ids)}
        rows = (yield Ask(_SALES_REPS, asked)) if ids else []
        return {StaffId(id): SalesRepCard(StaffId(id), name) for id, name in rows}

    def _read_ownerships(
        self, ids: Sequence[CustomerId]
    ) -> Reader[Mapping[CustomerId, tuple[OwnershipCard, ...]]]:
        history: dict[CustomerId, list[Ownership]] = {}
        for row in (yield Ask(_OWNERSHIPS, self._of(ids))):
            one = ownership_of(row)
            history.setdefault(one.customer_id, []).append(one)
        owners = {one.owner_id for of_it in history.values() for one in of_it}
        companies = yield from self.read_companies({one for one in owners if isinstance(one, CustomerId)})
        sales_reps = yield from self.read_sales_reps({one for one in owners if isinstance(one, StaffId)})
        return {id: ownership_cards(of_it, companies, sales_reps) for id, of_it in history.items()}

    def _of(self, ids: Collection[CustomerId]) -> Mapping[str, Any]:
        return {"merchant_id": self.sight.actor.merchant_id, "customer_ids": sorted(ids)}

    def _sees(self) -> bool:
        return sees_customers(self.sight.actor)


def _more(want: CustomerWant) -> bool:
    """Tell whether a row of customers does not say it all."""
    some = want.addresses or want.orders or want.parent or want.branches or want.ownerships
    return bool(some or want.buyers)


def _key(row: Row) -> Key:
    return (row[1], row[0])


def card_of(row: Row) -> CustomerCard:
    """Read a customer with its tier from `CARD`."""
    id, name, tier, code, tier_name = row
    return CustomerCard(customer_id(id), name, TierCard(tier_id(tier), code, tier_name))
