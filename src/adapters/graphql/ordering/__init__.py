"""Orders: what was promised to a customer, and what can be done to it."""

from adapters.graphql.ordering._mutations import OrderingMutations, OrderNotFoundType, as_it_is
from adapters.graphql.ordering._orders import (
    AddressType,
    AnyCustomer,
    OrderConnection,
    OrderFilterInput,
    OrderType,
    WhichOrders,
    asked_orders,
)

__all__ = [
    "AddressType",
    "AnyCustomer",
    "OrderConnection",
    "OrderFilterInput",
    "OrderNotFoundType",
    "OrderType",
    "OrderingMutations",
    "WhichOrders",
    "as_it_is",
    "asked_orders",
]
