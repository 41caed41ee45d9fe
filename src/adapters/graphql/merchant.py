"""The merchant: the selling side, as clients see it."""

from __future__ import annotations

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.nodes import NodeType, shows
from adapters.graphql.requires import field, resolved
from application.authorization import Permission
from domain.merchant import Merchant, PaymentMethod
from domain.money import Currency


@shows(Merchant, name="Merchant", description="The wholesaler, distributor or manufacturer who sells here.")
class MerchantType(NodeType):
    """Shows Merchant."""

    name: str = field(Permission.BROWSE, description="What it is called.")
    slug: str = field(Permission.BROWSE, description="Its short name, for the X-Merchant header.")
    currency: Currency = field(Permission.BROWSE, description="The currency of all its prices.")
    time_zone: str = field(Permission.BROWSE, description="The time zone of its calendar days.")

    @resolved(Permission.BROWSE, description="The ways of paying it takes.", graphql_type=list[PaymentMethod])
    @staticmethod
    def payment_methods(root: Merchant) -> list[PaymentMethod]:
        return [method for method in PaymentMethod if method in root.payment_methods]


@strawberry.type
class MerchantQueries:
    """Looking at the merchant."""

    @resolved(Permission.BROWSE, description="The merchant whose goods these are.", graphql_type=MerchantType)
    @staticmethod
    def merchant(info: Info) -> Merchant:
        return info.context.actor.merchant
