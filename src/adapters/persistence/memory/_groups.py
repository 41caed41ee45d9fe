"""Customer groups, tags, and to whom products are shown, on one shop."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import attrs

from adapters.persistence.memory._lens import by_place
from adapters.persistence.memory._shops import Shop
from application.ports.groups import Groups, ProductVisibility, Tags, Visibilities
from application.ports.storage import Stale
from domain.groups import CustomerGroup, CustomerTags, GroupMembership, GroupUse
from domain.identity import AudienceId, CustomerGroupId, CustomerId, MerchantId, ProductId
from domain.visibility import FOR_EVERYONE, Visibility


@attrs.frozen
class MemoryGroups(Groups):
    """The groups of one merchant's customers."""

    shop: Shop

    def all(self) -> tuple[CustomerGroup, ...]:
        return tuple(sorted(self._living(), key=by_place))

    def lock(self, ids: Collection[CustomerGroupId]) -> Mapping[CustomerGroupId, CustomerGroup]:
        return {group.id: group for group in self._living() if group.id in ids}

    def add(self, group: CustomerGroup) -> None:
        if group.id in self.shop.groups or self._taken(group):
            raise Stale(group.id)
        if any(id not in self.shop.groups for id in group.ancestors):
            raise Stale(group.id)
        self.shop.groups[group.id] = group

    def save(self, group: CustomerGroup) -> None:
        found = self.shop.groups.get(group.id)
        if found is None or found.deleted_at is not None:
            raise Stale(group.id)
        if group.deleted_at is None and self._taken(group):
            raise Stale(group.id)
        self.shop.groups[group.id] = attrs.evolve(found, name=group.name, deleted_at=group.deleted_at)

    def customers(self, ids: Collection[CustomerId]) -> frozenset[CustomerId]:
        return frozenset(id for id in ids if id in self.shop.customers)

    def put_in(
        self, group_id: CustomerGroupId, customer_ids: Collection[CustomerId], *, at: datetime
    ) -> tuple[CustomerId, ...]:
        there = {one.customer_id for one in self._now(group_id)}
        new = tuple(sorted({*customer_ids} - there))
        for id in new:
            key = (group_id, id, at)
            if id not in self.shop.customers or group_id not in self.shop.groups:
                raise Stale(key)
            if key in self.shop.memberships:
                raise Stale(key)
            self.shop.memberships[key] = GroupMembership(group_id=group_id, customer_id=id, since=at)
        return new

    def take_out(
        self, group_id: CustomerGroupId, customer_ids: Collection[CustomerId], *, at: datetime
    ) -> tuple[CustomerId, ...]:
        return self._end((one for one in self._now(group_id) if one.customer_id in customer_ids), at)

    def empty(self, group_id: CustomerGroupId, *, at: datetime) -> tuple[CustomerId, ...]:
        return self._end(self._now(group_id), at)

    def _living(self) -> list[CustomerGroup]:
        return [group for group in self.shop.groups.values() if group.deleted_at is None]

    def _taken(self, group: CustomerGroup) -> bool:
        return any(
            (other.ancestors, other.name) == (group.ancestors, group.name) and other.id != group.id
            for other in self._living()
        )

    def _now(self, group_id: CustomerGroupId) -> list[GroupMembership]:
        return [
            one for one in self.shop.memberships.values() if one.group_id == group_id and one.until is None
        ]

    def _end(self, memberships: Iterable[GroupMembership], at: datetime) -> tuple[CustomerId, ...]:
        ended = list(memberships)
        for one in ended:
            key = (one.group_id, one.customer_id, one.since)
            if one.since >= at:
                del self.shop.memberships[key]
            else:
                self.shop.memberships[key] = attrs.evolve(one, until=at)
        return tuple(sorted(one.customer_id for one in ended))


@attrs.frozen
class MemoryTags(Tags):
    """The tags of one merchant's customers."""

    shop: Shop

    def lock(self, customer_ids: Collection[CustomerId]) -> Mapping[CustomerId, CustomerTags]:
        return {
            id: self.shop.tags.get(id, CustomerTags(customer_id=id))
            for id in sorted(customer_ids)
            if id in self.shop.customers
        }

    def save(self, tags: Iterable[CustomerTags]) -> None:
        for one in tags:
            if one.customer_id not in self.shop.customers:
                raise Stale(one.customer_id)
            self.shop.tags[one.customer_id] = one


@attrs.frozen
class MemoryVisibilities(Visibilities):
    """To whom the products of one merchant are shown."""

    shop: Shop
    merchant_id: MerchantId

    def lock(self, product_ids: Collection[ProductId]) -> Mapping[ProductId, Visibility]:
        known = (id for id in product_ids if id in self.shop.products)
        return {id: self.shop.visibilities.get(id, FOR_EVERYONE) for id in known}

    def audiences(self, ids: Collection[AudienceId]) -> frozenset[AudienceId]:
        living = {id for id, group in self.shop.groups.items() if group.deleted_at is None}
        there = {*self.shop.tiers, *self.shop.customers, *living}
        return frozenset(id for id in ids if id in there)

    def set(self, visibilities: Iterable[ProductVisibility]) -> None:
        for one in visibilities:
            if one.product_id not in self.shop.products or not self.shop.stores_all(one.visibility):
                raise Stale(one.product_id)
            if one.visibility.for_everyone:
                self.shop.visibilities.pop(one.product_id, None)
            else:
                self.shop.visibilities[one.product_id] = one.visibility
        self.shop.note_restrictions(self.merchant_id)

    def naming(self, group_id: CustomerGroupId, *, most: int) -> tuple[ProductId, ...]:
        found = (
            id
            for id, visibility in self.shop.visibilities.items()
            if group_id in visibility.shown_to | visibility.hidden_from
        )
        return tuple(sorted(found)[:most])

    def uses(self, group_id: CustomerGroupId, *, at: datetime) -> frozenset[GroupUse]:
        shop = self.shop

        def over(end: datetime | None) -> bool:
            return end is not None and end <= at

        found = {
            GroupUse.PRICE_LISTS: (
                group_id in (one.group_id, one.region_id) and not over(one.validity.end)
                for one in shop.lists.values()
            ),
            GroupUse.PROMOTIONS: (
                group_id in one.audience and not over(one.schedule.validity.end)
                for one in shop.promotions.values()
            ),
            GroupUse.SPECIAL_PRICES: (
                group_id in one.audience and not one.ended(at) for one in shop.special_prices.values()
            ),
            GroupUse.COUPONS: (
                group_id in one.audience and one.stopped_at is None and not over(one.open.end)
                for one in shop.coupon_templates.values()
            ),
            GroupUse.ORDER_TEMPLATES: (group_id in one.audience for one in shop.order_templates.values()),
        }
        return frozenset(use for use, named in found.items() if any(named))
