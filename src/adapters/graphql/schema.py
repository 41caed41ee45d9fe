"""The schema, assembled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import strawberry
from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from adapters.graphql.amendments import AmendmentMutations
from adapters.graphql.back_office import PeopleQueries
from adapters.graphql.cart import CartQueries
from adapters.graphql.cart_mutations import CartMutations
from adapters.graphql.catalog import CatalogQueries
from adapters.graphql.company_mutations import CompanyMutations
from adapters.graphql.context import Context
from adapters.graphql.coupons import CouponMutations, CouponQueries
from adapters.graphql.documents import Documents, Library
from adapters.graphql.engine import CompiledExecution, Engine
from adapters.graphql.facets import FacetQueries
from adapters.graphql.floor_mutations import FloorMutations
from adapters.graphql.group_mutations import GroupMutations
from adapters.graphql.http import write
from adapters.graphql.inventory import InventoryMutations
from adapters.graphql.merchant import MerchantMutations, MerchantQueries
from adapters.graphql.nodes import NodeQueries
from adapters.graphql.ordering import OrderingMutations
from adapters.graphql.own_names import OwnNameMutations, OwnNameQueries
from adapters.graphql.pace import mutations_of
from adapters.graphql.people import CredentialsMutations, PeopleMutations
from adapters.graphql.price_batches import PriceBatchMutations
from adapters.graphql.price_list_mutations import PriceListMutations
from adapters.graphql.pricing import PricingMutations
from adapters.graphql.privacy import PrivacyMutations
from adapters.graphql.promotions import PromotionMutations, PromotionQueries
from adapters.graphql.quantity_rule_mutations import QuantityRuleMutations
from adapters.graphql.quick_order import QuickOrderQueries
from adapters.graphql.quoting import QuotingQueries
from adapters.graphql.registering import InvitationMutations, RegisteringMutations, VerificationMutations
from adapters.graphql.requires import guard
from adapters.graphql.scalars import SCALARS
from adapters.graphql.shopping import ShoppingQueries
from adapters.graphql.shopping_mutations import ShoppingMutations
from adapters.graphql.simulating import SimulationQueries
from adapters.graphql.special_prices import SpecialPriceMutations
from adapters.graphql.team import BuyerMutations, StaffMutations
from adapters.graphql.visibility import VisibilityMutations
from application.views.catalog import BrandCard, CategoryCard, SkuCard
from application.views.orders import OrderLineCard
from domain.catalog import Option, Unit
from domain.money import Money, UnitPrice
from domain.price_choice import Price


@strawberry.type(description="Everything that can be looked at.")
class Query(
    MerchantQueries,
    CatalogQueries,
    FacetQueries,
    OwnNameQueries,
    QuotingQueries,
    PromotionQueries,
    CartQueries,
    QuickOrderQueries,
    ShoppingQueries,
    CouponQueries,
    SimulationQueries,
    PeopleQueries,
    NodeQueries,
):
    """The roots of reading."""


@strawberry.type(description="Everything that can be done.")
class Mutation(
    OrderingMutations,
    AmendmentMutations,
    CartMutations,
    ShoppingMutations,
    InventoryMutations,
    PricingMutations,
    PromotionMutations,
    PriceBatchMutations,
    PriceListMutations,
    SpecialPriceMutations,
    PeopleMutations,
    RegisteringMutations,
    InvitationMutations,
    CouponMutations,
    VerificationMutations,
    CredentialsMutations,
    StaffMutations,
    BuyerMutations,
    MerchantMutations,
    CompanyMutations,
    GroupMutations,
    VisibilityMutations,
    OwnNameMutations,
    QuantityRuleMutations,
    FloorMutations,
    PrivacyMutations,
):
    """The roots of doing."""


SENSITIVE = frozenset(
    {
        "placeOrder",
        "requestSignInCode",
        "signIn",
        "signInByWeChat",
        "refreshSession",
        "signOut",
        "switchMembership",
        "exportMyData",
        "exportPerson",
        "eraseMe",
        "erasePerson",
        "register",
        "registerByWeChat",
        "signInWithPassword",
        "setPassword",
        "beginTotp",
        "confirmTotp",
        "showTotp",
        "disableTotp",
        "addStaff",
        "setStaffPermissions",
        "suspendStaff",
        "reinstateStaff",
        "demandSecondFactor",
        "addBuyer",
        "setBuyerRole",
        "suspendBuyer",
        "reinstateBuyer",
    }
)
"""The mutations that move money, sign somebody in, say who may, or hand out or erase what is kept of a person."""


SHARED = (BrandCard, CategoryCard, Money, Option, OrderLineCard, Price, SkuCard, Unit, UnitPrice)
"""What is made once and met again: on every page the same goods, prices and sums."""


class Execution(CompiledExecution):
    """Executes by compiled code, where the request is to be executed so."""

    async def on_execute(self) -> AsyncIterator[None]:
        await self._count()
        if not self.execution_context.context.compiled:
            yield
            return
        async for _ in super().on_execute():
            yield

    async def _count(self) -> None:
        """Count the mutations that are about to be done.

        :raises TooOften: if there were too many of one; then none is done.
        """
        running = self.execution_context
        context: Context = running.context
        if context.pace is not None and running.graphql_document is not None:
            names = mutations_of(running.graphql_document, running.operation_name)
            await context.pace.mutations(names, actor=context.actor, address=context.address)


class Schema(strawberry.Schema):
    """Strawberry's schema, guarded; errors are told, and logged, where they are answered."""

    def __init__(self, *, query: type, mutation: type | None = None, **options: Any) -> None:
        """:raises Undeclared: if a field does not say what it needs of whoever asks."""
        super().__init__(
            query=query,
            mutation=mutation,
            config=StrawberryConfig(scalar_map=dict(SCALARS)),
            extensions=[lambda: Documents(self.library), lambda: Execution(self.engine)],
            **options,
        )
        self.engine = Engine(shared=SHARED, written=write)
        self.library = Library(self._schema, sensitive=SENSITIVE)
        _forget_null_defaults(self._schema)
        guard(self._schema)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        pass


def _forget_null_defaults(schema: GraphQLSchema) -> None:
    """Print `first: Int`, not `first: Int = null`: to leave an argument out means the same."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for declared in type_.fields.values():
                for argument in declared.args.values():
                    if argument.default_value is None:
                        argument.default_value = Undefined
        if isinstance(type_, GraphQLInputObjectType):
            for part in type_.fields.values():
                if part.default_value is None:
                    part.default_value = Undefined


schema = Schema(query=Query, mutation=Mutation)
