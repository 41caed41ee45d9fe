"""Customers and the people who buy for them, as readers see them, straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from adapters.persistence.branches import Reach, reach_of, seeing
from adapters.persistence.customer_statements import (
    AUDIENCE,
    BUYERS_OF,
    COMPANIES,
    COUNT_BRANCHES,
    OWNERSHIPS,
    PARENTS,
    PRODUCT,
    SALES_REPS,
    TIERS,
    Which,
    branches_of_each,
    buyers_by_id,
    cards_by_id,
    customers_count,
    customers_page,
)
from adapters.persistence.customers import ADDRESSES, address_of
from adapters.persistence.group_cards import GROUPS_BY_ID, group_card, read_sorting
from adapters.persistence.groups import ALL_GROUPS, audience_of, way_of
from adapters.persistence.made import buyer_id, customer_id, tier_id
from adapters.persistence.ownership import ownership_of
from adapters.persistence.paging import Shape, cut, like, page_of, page_parameters
from adapters.persistence.people import LOGIN_OF, OF_LOGIN, OF_PERSON, memberships_of
from adapters.persistence.statements import Ask, Reader, Row, Rows
from adapters.persistence.visibility import RULES, visibilities_of
from application.authorization import Permission, sees_customers, sees_groups
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
    GroupCard,
    OwnershipCard,
    TierCard,
    ownership_cards,
)
from application.views.orders import CompanyCard, OrderCard, OrdersWant, SalesRepCard
from application.views.pages import Key, Slice, Window
from application.views.people import Membership
from application.views.registering import VerificationCard
from domain.customers import CustomerAddress, Role
from domain.identity import BuyerId, CustomerGroupId, CustomerId, ProductId, StaffId
from domain.ownership import Ownership
from domain.visibility import FOR_EVERYONE, Verdict

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight


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
            by_group=filter.group_id is not None,
            by_tag=filter.tag is not None,
            by_tier=filter.tier_id is not None,
        )
        asked: dict[str, Any] = {"merchant_id": actor.merchant_id, **seeing(actor)}
        if filter.text:
            asked["like"] = like(filter.text)
        if filter.sales_rep_id is not None:
            asked |= {"sales_rep_id": filter.sales_rep_id, "at": self.sight.at}
        if filter.group_id is not None:
            asked |= {"group_id": filter.group_id, "group_step": way_of((filter.group_id,))}
        given = {"tag": filter.tag, "tier_id": filter.tier_id}
        asked |= {name: value for name, value in given.items() if value is not None}

        def reader() -> Reader[Slice[CustomerCard]]:
            rows = yield Ask(customers_page(Shape.of(window), which), {**asked, **page_parameters(window)})
            total = (yield Ask(customers_count(which), asked))[0][0] if count else None
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

    async def groups(self) -> tuple[GroupCard, ...]:
        def reader() -> Reader[tuple[GroupCard, ...]]:
            rows = yield Ask(ALL_GROUPS, {"merchant_id": self.sight.actor.merchant_id})
            return tuple(group_card(row) for row in rows)

        return await self.sight.read(reader) if sees_groups(self.sight.actor) else ()

    async def groups_by_id(self, ids: Collection[CustomerGroupId]) -> Mapping[CustomerGroupId, GroupCard]:
        def reader() -> Reader[Mapping[CustomerGroupId, GroupCard]]:
            asked = {"merchant_id": self.sight.actor.merchant_id, "group_ids": sorted(ids)}
            cards = [group_card(row) for row in (yield Ask(GROUPS_BY_ID, asked))]
            return {card.id: card for card in cards}

        return await self.sight.read(reader) if ids and sees_groups(self.sight.actor) else {}

    async def would_see(self, customer_id: CustomerId, product_id: ProductId) -> Verdict | None:
        def reader() -> Reader[Verdict | None]:
            of = {"merchant_id": self.sight.actor.merchant_id}
            company = yield Ask(AUDIENCE, {**of, "customer_id": customer_id})
            if not company or not (yield Ask(PRODUCT, {**of, "product_id": product_id})):
                return None
            audience = audience_of(customer_id, tier_id(company[0][0]), company[0][1])
            rules = visibilities_of((yield Ask(RULES, {**of, "product_ids": [product_id]})))
            return rules.get(product_id, FOR_EVERYONE).verdict(audience)

        may = self.sight.actor.has(Permission.VIEW_CUSTOMERS)
        return await self.sight.read(reader) if may else None

    async def tiers(self) -> tuple[TierCard, ...]:
        def reader() -> Reader[tuple[TierCard, ...]]:
            rows = yield Ask(TIERS, {"merchant_id": self.sight.actor.merchant_id})
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
        veil = self.sight.veil
        found = {
            buyer_id(id): BuyerCard(
                buyer_id(id),
                veil.name(name),
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
        """Add what is wanted of all: groups, tags, addresses, verifications, orders and branches, and who is who."""
        if not cards or not _more(want):
            return cards
        ids = [card.id for card in cards]
        if self.sight.actor.has(Permission.VIEW_CUSTOMERS):
            sorted_ = yield from read_sorting(self.sight.actor.merchant_id, ids, want)
            cards = [card._replace(**sorted_[card.id]) for card in cards] if sorted_ else cards
        found: dict[str, list[CustomerAddress]] = {}
        if want.addresses:
            for row in (yield Ask(ADDRESSES, self._of(ids))):
                found.setdefault(row[1], []).append(address_of(row, self.sight.veil))
        pages: dict[CustomerId, dict[OrdersWant, Slice[OrderCard]]] = {id: {} for id in ids}
        for orders_want in want.orders:
            of_each = yield from self.sight.orders.read_newest_of(ids, orders_want)
            for id in ids:
                pages[id][orders_want] = of_each[id]
        cases: Mapping[CustomerId, VerificationCard] = {}
        if want.verification:
            cases = yield from self.sight.registrations.read_verifications(ids)
        people = (yield from self._read_buyers_of(ids, want.buyers)) if want.buyers else {}
        below: dict[CustomerId, dict[BranchesWant, Slice[CustomerCard]]] = {id: {} for id in ids}
        for branches_want in want.branches:
            of_parents = yield from self._read_branches(ids, branches_want)
            for id in ids:
                below[id][branches_want] = of_parents[id]
        parents: dict[str, CompanyCard] = {}
        if want.parent:
            for branch, parent, name in (yield Ask(PARENTS, self._of(ids))):
                parents[branch] = CompanyCard(customer_id(parent), name)
        owned = (yield from self._read_ownerships(ids)) if want.ownerships else {}
        return [
            card._replace(
                addresses=tuple(found.get(card.id, ())),
                orders=pages[card.id],
                verification=cases.get(card.id),
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
        rows = yield Ask(branches_of_each(shape), {**asked, **page_parameters(want.window)})
        counted = (yield Ask(COUNT_BRANCHES, asked)) if want.count else []
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
        rows = (yield Ask(COMPANIES, self._of(ids))) if ids else []
        return {customer_id(id): CompanyCard(customer_id(id), name) for id, name in rows}

    def read_sales_reps(self, ids: Collection[StaffId]) -> Reader[Mapping[StaffId, SalesRepCard]]:
        """Read what sales representatives are called who stand in rows which the actor sees."""
        asked = {"merchant_id": self.sight.actor.merchant_id, "staff_ids": sorted(ids)}
        rows = (yield Ask(SALES_REPS, asked)) if ids else []
        return {StaffId(id): SalesRepCard(StaffId(id), self.sight.veil.name(name)) for id, name in rows}

    def _read_ownerships(
        self, ids: Sequence[CustomerId]
    ) -> Reader[Mapping[CustomerId, tuple[OwnershipCard, ...]]]:
        history: dict[CustomerId, list[Ownership]] = {}
        for row in (yield Ask(OWNERSHIPS, self._of(ids))):
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
    sorting = want.groups or want.group_history or want.tags
    others = want.parent or want.branches or want.ownerships or want.buyers
    return bool(want.addresses or want.orders or others or want.verification or sorting)


def _key(row: Row) -> Key:
    return (row[1], row[0])


def card_of(row: Row) -> CustomerCard:
    """Read a customer with its tier from `CARD`."""
    id, name, tier, code, tier_name = row
    return CustomerCard(customer_id(id), name, TierCard(tier_id(tier), code, tier_name))
