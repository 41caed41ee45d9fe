"""The back office of the merchant's staff, and who is asking."""

from __future__ import annotations

from typing import Annotated

import attrs
import strawberry

from adapters.graphql.allowances import AllowanceShelf
from adapters.graphql.connections import (
    After,
    Asked,
    Before,
    ConnectionType,
    First,
    Last,
    Page,
    nothing,
)
from adapters.graphql.connections import Order as Sorting
from adapters.graphql.context import Info
from adapters.graphql.coupons import (
    CLAIMED,
    MADE,
    CouponFilterInput,
    CouponTemplateType,
    CouponType,
)
from adapters.graphql.customers import BuyerType
from adapters.graphql.floors import FloorShelf
from adapters.graphql.groups import CustomerGroupType, WhichCustomers
from adapters.graphql.inventory import StockItemConnection, WarehouseType
from adapters.graphql.messages import BadInput, Wrong
from adapters.graphql.nodes import MOST_IDS
from adapters.graphql.ordering import AnyCustomer, OrderConnection, WhichOrders, asked_orders
from adapters.graphql.people import MembershipType, StaffMemberType
from adapters.graphql.price_shelf import PriceShelf
from adapters.graphql.pricing import PriceTierType
from adapters.graphql.registering import (
    LONGEST_WAITING,
    InvitationType,
    VerificationFilterInput,
    VerificationType,
)
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known, searched
from adapters.graphql.searching import MISSED_ORDERS, MissedConnection, MissedSorting
from adapters.graphql.trail import RECORDED, TrailConnection, WhichEntries
from adapters.graphql.visibility import VisibilityVerdictType
from adapters.graphql.wants import (
    BY_NAME,
    PLACED,
    wanted_buyer,
    wanted_customers,
    wanted_stock,
    wanted_trail,
)
from application.authorization import Actor, Permission
from application.views.coupons import ANY_COUPON
from application.views.customers import (
    BuyerCard,
    CustomerCard,
    CustomerFilter,
    GroupCard,
    TierCard,
)
from application.views.inventory import StockCard, WarehouseCard
from application.views.orders import OrderCard
from application.views.people import Membership
from application.views.registering import ANY_VERIFICATION, VerificationCard
from application.views.searching import MissedCard, MissedSort
from application.views.team import StaffCard
from application.views.trail import ANY_ENTRY, TrailCard
from domain.coupons import CouponTemplate, HeldCoupon
from domain.identity import CustomerId, ProductId, SkuId, WarehouseId
from domain.invitations import Invitation
from domain.visibility import Verdict

CustomerConnection = ConnectionType[AnyCustomer]
_BY_ID = Sorting("STAFF_ID", (str,))
_BY_SKU_CODE = Sorting("SKU_CODE", (str, str))
_NEWEST = Sorting("INVITED", (str,))


@strawberry.type(name="Staff", description="The back office, as whoever asks may use it.")
class StaffType(PriceShelf, FloorShelf, AllowanceShelf):
    """Shows Actor."""

    person_id: strawberry.ID = field(
        Permission.BACK_OFFICE, name="id", description="The identity of whoever asks."
    )

    @resolved(
        Permission.BACK_OFFICE,
        description="Every place of the login that asks, by id, to switch between them.",
        graphql_type=list[MembershipType],
    )
    @staticmethod
    async def memberships(info: Info) -> tuple[Membership, ...]:
        return await info.context.views.customers.memberships()

    @resolved(Permission.BACK_OFFICE, description="What whoever asks may do.", graphql_type=list[Permission])
    @staticmethod
    def permissions(root: Actor) -> list[Permission]:
        return [permission for permission in Permission if root.has(permission)]

    @resolved(
        Permission.VIEW_ORDERS,
        description="The orders of all customers, newest first.",
        graphql_type=OrderConnection,
    )
    @staticmethod
    async def orders(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: WhichOrders = None,
    ) -> Page[OrderCard]:
        want = asked_orders(info, first=first, after=after, last=last, before=before, filter=filter)
        found = await info.context.views.orders.newest(
            window=want.window, filter=want.filter, want=want.want, count=want.count
        )
        return Page(found, PLACED)

    @resolved(
        Permission.VIEW_CUSTOMERS,
        description="The customers, by name.",
        graphql_type=CustomerConnection,
    )
    @staticmethod
    async def customers(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        text: Annotated[str | None, strawberry.argument(description="A part of the name.")] = None,
        filter: WhichCustomers = None,
    ) -> Page[CustomerCard]:
        asked = Asked.of(BY_NAME, info, first=first, after=after, last=last, before=before)
        which = CustomerFilter() if filter is None else filter.asked()
        if which is None:
            return nothing(asked)
        found = await info.context.views.customers.customers(
            window=asked.window,
            filter=attrs.evolve(which, text=searched(text)),
            count=asked.count,
            want=wanted_customers(info),
        )
        return Page(found, asked.order)

    @resolved(
        Permission.VIEW_STOCK,
        description="The stock of every SKU in every warehouse, by SKU code.",
        graphql_type=StockItemConnection,
    )
    @staticmethod
    async def stock(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        sku_ids: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="Only these SKUs, at most 100.")
        ] = None,
        warehouse: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this warehouse, by id.")
        ] = None,
    ) -> Page[StockCard]:
        asked = Asked.of(_BY_SKU_CODE, info, first=first, after=after, last=last, before=before)
        if len(sku_ids or ()) > MOST_IDS:
            raise BadInput(Wrong.TOO_MANY_IDS)
        skus = None if sku_ids is None else [id for text in sku_ids if (id := known(SkuId, text))]
        warehouse_id = known(WarehouseId, warehouse)
        if skus == [] or (warehouse is not None and warehouse_id is None):
            return nothing(asked)
        found = await info.context.views.stock.items(
            window=asked.window,
            sku_ids=skus,
            warehouse_id=warehouse_id,
            count=asked.count,
            want=wanted_stock(info),
        )
        return Page(found, asked.order)

    @resolved(
        Permission.VIEW_TRAIL,
        description="What was done to orders, stock and prices, and by whom, newest first.",
        graphql_type=TrailConnection,
    )
    @staticmethod
    async def trail(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: WhichEntries = None,
    ) -> Page[TrailCard]:
        asked = Asked.of(RECORDED, info, first=first, after=after, last=last, before=before)
        which = ANY_ENTRY if filter is None else filter.asked()
        if which is None:
            return nothing(asked)
        found = await info.context.views.trail.entries(
            window=asked.window, filter=which, count=asked.count, want=wanted_trail(info)
        )
        return Page(found, asked.order)

    @resolved(
        Permission.VIEW_CUSTOMERS,
        Permission.MANAGE_CUSTOMERS,
        Permission.MANAGE_CATALOG,
        description="The groups of customers, those above before those below; at most 1000.",
        graphql_type=list[CustomerGroupType],
    )
    @staticmethod
    async def groups(info: Info) -> tuple[GroupCard, ...]:
        return await info.context.views.customers.groups()

    @resolved(
        Permission.VIEW_CUSTOMERS,
        description="Whether a customer sees a product, and why; null where there is no such customer or product.",
        graphql_type=VisibilityVerdictType | None,
    )
    @staticmethod
    async def visibility(
        info: Info,
        product: Annotated[strawberry.ID, strawberry.argument(description="The product.")],
        customer: Annotated[strawberry.ID, strawberry.argument(description="The customer.")],
    ) -> Verdict | None:
        product_id, customer_id = known(ProductId, product), known(CustomerId, customer)
        if product_id is None or customer_id is None:
            return None
        return await info.context.views.customers.would_see(customer_id, product_id)

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="The invitations, newest first.",
        graphql_type=ConnectionType[InvitationType],
    )
    @staticmethod
    async def invitations(
        info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Page[Invitation]:
        asked = Asked.of(_NEWEST, info, first=first, after=after, last=last, before=before)
        found = await info.context.views.registrations.invitations(window=asked.window, count=asked.count)
        return Page(found, asked.order)

    @resolved(
        Permission.MANAGE_PROMOTIONS,
        description="The coupon templates, newest first.",
        graphql_type=ConnectionType[CouponTemplateType],
    )
    @staticmethod
    async def coupon_templates(
        info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Page[CouponTemplate]:
        asked = Asked.of(MADE, info, first=first, after=after, last=last, before=before)
        found = await info.context.views.coupons.templates(window=asked.window, count=asked.count)
        return Page(found, asked.order)

    @resolved(
        Permission.MANAGE_PROMOTIONS,
        description="The coupons of all companies, newest first.",
        graphql_type=ConnectionType[CouponType],
    )
    @staticmethod
    async def coupons(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            CouponFilterInput | None, strawberry.argument(description="Which coupons; all by default.")
        ] = None,
    ) -> Page[HeldCoupon]:
        asked = Asked.of(CLAIMED, info, first=first, after=after, last=last, before=before)
        found = await info.context.views.coupons.coupons(
            window=asked.window,
            filter=ANY_COUPON if filter is None else filter.asked(),
            count=asked.count,
        )
        return Page(found, asked.order)

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="The verifications of companies, the longest in their state first.",
        graphql_type=ConnectionType[VerificationType],
    )
    @staticmethod
    async def verifications(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            VerificationFilterInput | None,
            strawberry.argument(description="Which verifications; all by default."),
        ] = None,
    ) -> Page[VerificationCard]:
        asked = Asked.of(LONGEST_WAITING, info, first=first, after=after, last=last, before=before)
        found = await info.context.views.registrations.verifications(
            window=asked.window,
            filter=ANY_VERIFICATION if filter is None else filter.asked(),
            count=asked.count,
        )
        return Page(found, asked.order)

    @resolved(
        Permission.MANAGE_STAFF,
        description="Who works for the merchant, suspended or not, whoever came first.",
        graphql_type=ConnectionType[StaffMemberType],
    )
    @staticmethod
    async def people(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Page[StaffCard]:
        asked = Asked.of(_BY_ID, info, first=first, after=after, last=last, before=before)
        found = await info.context.views.staff.people(window=asked.window, count=asked.count)
        return Page(found, asked.order)

    # Its cursors have the company in them.
    @resolved(
        Permission.VIEW_CUSTOMERS,
        description="What guests and buyers searched for and did not find, in the last 180 days.",
        graphql_type=MissedConnection,
    )
    @staticmethod
    async def missed_searches(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        sort: MissedSorting = None,
    ) -> Page[MissedCard]:
        by = sort or MissedSort.MOST_FREQUENT
        asked = Asked.of(MISSED_ORDERS[by], info, first=first, after=after, last=last, before=before)
        found = await info.context.views.missed.missed(window=asked.window, sort=by, count=asked.count)
        return Page(found, asked.order)

    @resolved(
        Permission.VIEW_STOCK,
        Permission.MANAGE_STOCK,
        description="The warehouses, by priority.",
        graphql_type=list[WarehouseType],
    )
    @staticmethod
    async def warehouses(info: Info) -> tuple[WarehouseCard, ...]:
        return await info.context.views.stock.warehouses()

    @resolved(
        Permission.VIEW_CUSTOMERS,
        Permission.MANAGE_CUSTOMERS,
        Permission.MANAGE_PRICES,
        Permission.MANAGE_CATALOG,
        description="The price tiers, by code.",
        graphql_type=list[PriceTierType],
    )
    @staticmethod
    async def tiers(info: Info) -> tuple[TierCard, ...]:
        return await info.context.views.customers.tiers()


@strawberry.type
class PeopleQueries:
    """Who is asking."""

    @resolved(
        Permission.BROWSE,
        description="The buyer who asks; null for guests and staff.",
        graphql_type=BuyerType | None,
        opens=Permission.VIEW_ACCOUNT,
    )
    @staticmethod
    async def me(info: Info) -> BuyerCard | None:
        return await info.context.views.customers.me(want=wanted_buyer(info))

    @resolved(
        Permission.BROWSE,
        description="The back office; null for guests and buyers.",
        graphql_type=StaffType | None,
        opens=Permission.BACK_OFFICE,
    )
    @staticmethod
    def staff(info: Info) -> Actor:
        return info.context.actor
