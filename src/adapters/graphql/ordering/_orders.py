"""Orders: what was promised to a customer, and where it stands."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from adapters.graphql.companies import CompanyType, SalesRepType
from adapters.graphql.connections import ConnectionType
from adapters.graphql.context import Info, planned
from adapters.graphql.nodes import NodeType, shows
from adapters.graphql.pricing import MoneyType
from adapters.graphql.promotions import OrderPromotionType
from adapters.graphql.requires import field, resolved
from adapters.graphql.skus import AnySku
from adapters.graphql.wants import orders_want
from application.authorization import HiddenReason, Permission
from application.views.amendments import AmendmentCard
from application.views.orders import LineWeightCard, OrderCard, OrderFilter, OrderLineCard, OrdersWant
from domain.merchant import PaymentMethod
from domain.ordering import FulfillmentStatus, OrderStatus, PaymentStatus
from domain.pricing import PriceSource

if TYPE_CHECKING:
    from adapters.graphql.customers import BuyerType, CustomerType

AnyCustomer: Any = Annotated["CustomerType", strawberry.lazy("adapters.graphql.customers")]
AnyBuyer: Any = Annotated["BuyerType", strawberry.lazy("adapters.graphql.customers")]


@strawberry.type(
    name="Address",
    description="Where goods are delivered to, and to whom; to staff without VIEW_PERSONAL_DATA masked.",
)
class AddressType:
    """Shows Address."""

    recipient: str = field(Permission.VIEW_ORDERS, Permission.VIEW_ACCOUNT, description="Who receives them.")
    phone: str = field(Permission.VIEW_ORDERS, Permission.VIEW_ACCOUNT, description="How to reach them.")
    region: str = field(
        Permission.VIEW_ORDERS, Permission.VIEW_ACCOUNT, description="Province, city, district."
    )
    street: str = field(Permission.VIEW_ORDERS, Permission.VIEW_ACCOUNT, description="Street and number.")


@strawberry.type(name="OrderLineUnit", description="A unit as it was when the order was placed.")
class OrderLineUnitType:
    """Shows the unit of OrderLineCard."""

    unit_code: str = field(Permission.VIEW_ORDERS, name="code", description="Its code.")
    unit_name: str = field(Permission.VIEW_ORDERS, name="name", description="What it was called.")


@strawberry.type(
    name="OrderLineWeight",
    description="What a line was to weigh, what it weighs, and what it comes to by that.",
)
class OrderLineWeightType:
    """Shows LineWeightCard."""

    nominal: Decimal = field(
        Permission.VIEW_ORDERS, description="What was ordered, in the base unit; it never changes."
    )
    actual: Decimal | None = field(
        Permission.VIEW_ORDERS, description="What it weighs, in the base unit; null until that is known."
    )
    settled_total: MoneyType = field(
        Permission.VIEW_ORDERS,
        description="Its price times what it weighs, or times what was ordered until that is known.",
    )
    settled_net: MoneyType = field(
        Permission.VIEW_ORDERS,
        description="What it costs by that after what was taken off it, in proportion.",
    )

    @resolved(
        Permission.VIEW_ORDERS,
        description="By how much, in percent, it may weigh more or less than was ordered.",
        graphql_type=Decimal,
    )
    @staticmethod
    def tolerance(root: LineWeightCard) -> Decimal:
        return Decimal(str(root.tolerance))

    @resolved(Permission.VIEW_ORDERS, description="The base unit as it was.", graphql_type=OrderLineUnitType)
    @staticmethod
    def unit(root: LineWeightCard) -> LineWeightCard:
        return root


@strawberry.type(name="OrderLine", description="One SKU in one unit, as it was promised.")
class OrderLineType:
    """Shows OrderLineCard."""

    sku_code: str = field(Permission.VIEW_ORDERS, description="The SKU's code when it was ordered.")
    sku_name: str = field(Permission.VIEW_ORDERS, description="What the SKU was called when it was ordered.")
    quantity: Decimal = field(Permission.VIEW_ORDERS, description="How many of the unit.")
    unit_price: MoneyType = field(
        Permission.VIEW_ORDERS, description="What one of the unit was promised for."
    )
    list_price: MoneyType = field(Permission.VIEW_ORDERS, description="The merchant's base price then.")
    price_source: PriceSource = field(Permission.VIEW_ORDERS, description="Where the price came from.")
    total: MoneyType = field(Permission.VIEW_ORDERS, description="The price times the quantity.")
    discount: MoneyType = field(
        Permission.VIEW_ORDERS,
        description="What was taken off it, with its share of what was taken off the whole.",
    )
    net: MoneyType = field(Permission.VIEW_ORDERS, description="What the line costs after that.")
    gift_value: MoneyType | None = field(
        Permission.VIEW_ORDERS, description="Of a gift: what it would have cost. Null of what was ordered."
    )
    weight: OrderLineWeightType | None = field(
        Permission.VIEW_ORDERS, description="Of goods that cost what they weigh: what they weigh. Else null."
    )
    sku: Any = field(
        Permission.VIEW_ORDERS,
        description="The SKU as it is now; null beside skuHidden.",
        graphql_type=AnySku | None,
    )

    @resolved(
        Permission.VIEW_ORDERS,
        description="Why the SKU as it is now is not shown, if so.",
        graphql_type=HiddenReason | None,
    )
    @staticmethod
    def sku_hidden(root: OrderLineCard) -> HiddenReason | None:
        return HiddenReason.NOT_OFFERED if root.sku is None else None

    @resolved(Permission.VIEW_ORDERS, description="The unit as it was.", graphql_type=OrderLineUnitType)
    @staticmethod
    def unit(root: OrderLineCard) -> OrderLineCard:
        return root


@strawberry.type(name="LineWeighed", description="What a line of an order was said to weigh.")
class LineWeighedType:
    """Shows WeighedCard."""

    line: int = field(
        Permission.VIEW_ORDERS, description="Where it stands in the lines of the order, from 0."
    )
    actual: Decimal = field(Permission.VIEW_ORDERS, description="What it weighs, in the base unit.")


@strawberry.type(
    name="OrderAmendment", description="A change of what an order comes to, after it was placed."
)
class OrderAmendmentType:
    """Shows AmendmentCard."""

    at: datetime = field(Permission.VIEW_ORDERS, description="When.")
    before: MoneyType = field(Permission.VIEW_ORDERS, description="What the order came to before.")
    after: MoneyType = field(Permission.VIEW_ORDERS, description="What it came to then.")
    weights: list[LineWeighedType] = field(
        Permission.VIEW_ORDERS,
        description="What lines were said to weigh; none where something was taken off the whole.",
    )
    reason: str | None = field(
        Permission.ADJUST_ORDERS,
        Permission.CONFIRM_ORDERS,
        description="Why, as staff wrote it for one another; null where nobody had to say.",
    )


@shows(OrderCard, name="Order", description="A promise to a customer: lines at their prices.")
class OrderType(NodeType):
    """Shows OrderCard."""

    id: strawberry.ID = field(Permission.VIEW_ORDERS, description="The identity.")
    number: str = field(Permission.VIEW_ORDERS, description="The merchant's number of it.")
    status: OrderStatus = field(Permission.VIEW_ORDERS, description="Where it stands.")
    payment_status: PaymentStatus = field(Permission.VIEW_ORDERS, description="What has been paid.")
    fulfillment_status: FulfillmentStatus = field(
        Permission.VIEW_ORDERS, description="What has been shipped."
    )
    payment_method: PaymentMethod = field(Permission.VIEW_ORDERS, description="How it is to be paid.")
    placed_at: datetime = field(Permission.VIEW_ORDERS, description="When it was placed.")
    total: MoneyType = field(
        Permission.VIEW_ORDERS, description="The sum of its lines, after all that was taken off."
    )
    adjusted: MoneyType = field(
        Permission.VIEW_ORDERS,
        name="adjustment",
        description="What staff took off the whole after it was placed.",
    )
    rounded: MoneyType = field(
        Permission.VIEW_ORDERS,
        name="rounding",
        description="What was left off to make its total round (抹零).",
    )
    settled_total: MoneyType | None = field(
        Permission.VIEW_ORDERS,
        description="What it comes to by what was weighed, with what was ordered where nothing was; null before that.",
    )
    to_refund: MoneyType | None = field(
        Permission.VIEW_ORDERS, description="What is due to the customer, as it comes to less than its total."
    )
    to_charge: MoneyType | None = field(
        Permission.VIEW_ORDERS,
        description="What is due from the customer, as it comes to more than its total.",
    )
    promotions: list[OrderPromotionType] = field(
        Permission.VIEW_ORDERS, description="What was taken off and given, as the promotions were then."
    )

    @resolved(
        Permission.VIEW_ORDERS,
        description="What was changed of what it comes to after it was placed, the first change first.",
        graphql_type=list[OrderAmendmentType],
    )
    @staticmethod
    async def amendments(root: OrderCard, info: Info) -> tuple[AmendmentCard, ...]:
        return await info.context.load.amendments.load(root.id) or ()

    line_count: int = field(Permission.VIEW_ORDERS, description="How many lines it has.")
    lines: list[OrderLineType] = field(Permission.VIEW_ORDERS, description="Its lines, as they were placed.")
    requested_delivery_date: date | None = field(
        Permission.VIEW_ORDERS, description="The day the buyer asked for."
    )
    purchase_order_number: str | None = field(
        Permission.VIEW_ORDERS, description="The customer's own number of it."
    )
    note: str | None = field(Permission.VIEW_ORDERS, description="What the buyer wrote.")
    address: AddressType | None = field(Permission.VIEW_ORDERS, description="Where it goes, as it was then.")
    customer: Any = field(
        Permission.VIEW_ACCOUNT,
        Permission.VIEW_CUSTOMERS,
        description="Who ordered.",
        graphql_type=AnyCustomer,
    )
    buyer: Any = field(
        Permission.VIEW_ACCOUNT,
        Permission.VIEW_CUSTOMERS,
        description="The person who placed it; null where that person is gone, or is of a company above.",
        graphql_type=AnyBuyer | None,
    )
    placed_by: CompanyType = field(
        Permission.VIEW_ACCOUNT,
        Permission.VIEW_CUSTOMERS,
        description="The company whose person placed it: the customer, or one above that ordered on its behalf.",
    )
    sales_rep: SalesRepType | None = field(
        Permission.VIEW_CUSTOMERS, description="The customer's sales representative when it was placed."
    )
    agent: CompanyType | None = field(
        Permission.VIEW_CUSTOMERS, description="The customer's agent when it was placed."
    )


OrderConnection = ConnectionType[OrderType]


@strawberry.input(name="OrderFilter", description="Which orders: all of what is given must hold.")
class OrderFilterInput:
    """Read as OrderFilter."""

    status: OrderStatus | None = strawberry.field(description="Only those that stand there.", default=None)
    branches: bool | None = strawberry.field(
        description="Of a customer: with those of every company below it. Lists of all orders have them anyway.",
        default=None,
    )

    def asked(self) -> OrderFilter:
        """Read the filter."""
        return OrderFilter(status=self.status, branches=bool(self.branches))


WhichOrders = Annotated[
    OrderFilterInput | None, strawberry.argument(description="Which orders; all by default.")
]


def asked_orders(
    info: Info,
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    filter: OrderFilterInput | None,
) -> OrdersWant:
    """Read the arguments of a connection of orders, and what it asks for.

    :raises BadInput: if a cursor is none of theirs.
    :raises InvalidPage: if the page is none.
    """
    return planned(
        info,
        (OrdersWant, first, after, last, before, filter and filter.asked()),
        lambda connection: orders_want(
            connection, first=first, after=after, last=last, before=before, filter=filter
        ),
    )
