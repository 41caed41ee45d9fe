"""What staff decide about quantities: rules, pooled breaks, and what a customer is allowed beside them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from adapters.graphql.allowances import QuantityAllowanceType
from adapters.graphql.context import Info
from adapters.graphql.quoting import CustomerNotFoundType
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known, known_or_missing
from adapters.graphql.skus import AnySku, Named, UnknownSkuType, UnknownUnitType
from adapters.graphql.visibility import TooManyProductsType, UnknownProductType
from adapters.graphql.wants import wanted_products_in, wanted_skus
from application.authorization import Permission
from application.many_skus import InvalidAllowance, TooManyRules
from application.ports.quantity_rules import Allowance
from application.quantity_rules import AskedAllowance, AskedRule
from application.views.catalog import ProductCard, SkuCard
from domain.catalog import InvalidQuantityRule
from domain.identity import CustomerId, ProductId, SkuId
from domain.period import CalendarPeriod

if TYPE_CHECKING:
    from adapters.graphql.catalog import ProductType

_ANY_PRODUCT: Any = Annotated["ProductType", strawberry.lazy("adapters.graphql.catalog")]
_CATALOG, _PRICES, _CUSTOMERS = (
    Permission.MANAGE_CATALOG,
    Permission.MANAGE_PRICES,
    Permission.MANAGE_CUSTOMERS,
)


@refusal(InvalidQuantityRule, description="A rule that cannot be.")
class InvalidQuantityRuleType(UserErrorType):
    """Shows InvalidQuantityRule."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "QUANTITY: one is nothing, too large, or none of the base unit. QUOTA: it has a quantity and a period. "
            "CASE: a case is more than one of the base unit. SURCHARGE: it is of 0 to 500 percent, and for breaking "
            "a case. WEIGHT: a tolerance is of 0 to 100 percent, and what is weighed is sold by a unit that can be "
            "divided. NOTHING_LEFT: no quantity meets all of it. TWICE: the SKU was named before."
        ),
    )


@refusal(TooManyRules, description="More SKUs, or categories, than one call takes, or none.")
class TooManyRulesType(UserErrorType):
    """Shows TooManyRules."""

    most: int = field(Permission.BROWSE, description="The most that one call takes.")


@refusal(InvalidAllowance, description="Something cannot be allowed so.")
class InvalidAllowanceType(UserErrorType):
    """Shows InvalidAllowance."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "UNTIL: it is over already. REASON: there is none, or none of at most 500 characters. LOWEST: the price is "
            "none, or missing. TWICE: the SKU was named before."
        ),
    )


@strawberry.input(
    name="QuantityRuleInput", description="The rule of one SKU, whole: what is not said holds no longer."
)
class QuantityRuleInput:
    """Read as AskedRule."""

    sku_id: strawberry.ID | None = strawberry.field(
        description="The SKU by id, or else by code.", default=None
    )
    sku_code: str | None = strawberry.field(description="The SKU by the merchant's code.", default=None)
    minimum: Decimal | None = strawberry.field(
        description="The least of one order, in the base unit; 1 by default.", default=None
    )
    step: Decimal | None = strawberry.field(
        description="What is ordered is a multiple of this; 1 by default.", default=None
    )
    maximum: Decimal | None = strawberry.field(
        description="The most of one order; none by default.", default=None
    )
    quota: Decimal | None = strawberry.field(
        description="The most that one customer orders in the period; none by default.", default=None
    )
    period: CalendarPeriod | None = strawberry.field(description="The period of the quota.", default=None)
    case: str | None = strawberry.field(
        description="The unit that is a case, by code or name, where breaking one is to be forbidden or dearer.",
        default=None,
    )
    surcharge: Decimal | None = strawberry.field(
        description="By how much, in percent, a broken case is dearer; without it none is broken.",
        default=None,
    )

    tolerance: Decimal | None = strawberry.field(
        description=(
            "Given where it is weighed when it is picked, and costs what it weighs: by how much, in percent, it may "
            "weigh more or less."
        ),
        default=None,
    )

    def asked(self) -> AskedRule:
        """Read the input."""
        sku = Named.by(id=self.sku_id, code=self.sku_code)
        return AskedRule(
            sku_id=sku.sku_id,
            sku_code=sku.sku_code,
            reference=sku.reference,
            minimum=Decimal(1) if self.minimum is None else self.minimum,
            step=Decimal(1) if self.step is None else self.step,
            maximum=self.maximum,
            quota=self.quota,
            period=self.period,
            case=self.case,
            surcharge=self.surcharge,
            tolerance=self.tolerance,
        )


@strawberry.input(name="SetQuantityRulesInput", description="Rules to set, all or none.")
class SetQuantityRulesInput:
    """Read as the arguments of SetQuantityRules."""

    rules: list[QuantityRuleInput] = strawberry.field(description="1 to 1000 rules, each of another SKU.")


@strawberry.input(name="PoolBreaksInput", description="Which products count all their SKUs together.")
class PoolBreaksInput:
    """Read as the arguments of PoolBreaks."""

    product_ids: list[strawberry.ID] = strawberry.field(description="1 to 100 products.")
    pooled: bool = strawberry.field(
        description="Whether quantity breaks count what is ordered of all SKUs of the product together."
    )


@strawberry.input(name="AllowQuantitiesInput", description="What a customer is allowed beside the rules.")
class AllowQuantitiesInput:
    """Read as the arguments of AllowQuantities."""

    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    sku_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 1000 SKUs, of which it may order any quantity of their units."
    )
    until: datetime | None = strawberry.field(
        description="Until when; without it what was allowed ends now.", default=None
    )
    reason: str = strawberry.field(description="Why, in at most 500 characters.")


SetQuantityRulesError = Annotated[
    UnknownSkuType | UnknownUnitType | InvalidQuantityRuleType | TooManyRulesType,
    strawberry.union("SetQuantityRulesError", description="Why rules were not set."),
]
PoolBreaksError = Annotated[
    UnknownProductType | TooManyProductsType,
    strawberry.union("PoolBreaksError", description="Why breaks are counted as they were."),
]
AllowQuantitiesError = Annotated[
    UnknownSkuType | CustomerNotFoundType | InvalidAllowanceType | TooManyRulesType,
    strawberry.union("AllowQuantitiesError", description="Why the rules bind the customer as they did."),
]


@strawberry.type(name="SetQuantityRulesPayload", description="The SKUs, or why their rules were not set.")
class SetQuantityRulesPayload:
    """What came of setQuantityRules."""

    skus: Any = field(
        _CATALOG,
        description="The SKUs; null where something was refused.",
        graphql_type=list[AnySku] | None,
    )
    errors: list[SetQuantityRulesError] = field(_CATALOG, description="Everything that is wrong.")


@strawberry.type(
    name="PoolBreaksPayload", description="The products, or why their breaks are counted as they were."
)
class PoolBreaksPayload:
    """What came of poolBreaks."""

    products: Any = field(
        _PRICES,
        description="The products; null where something was refused.",
        graphql_type=list[_ANY_PRODUCT] | None,
    )
    errors: list[PoolBreaksError] = field(_PRICES, description="Everything that is wrong.")


@strawberry.type(name="AllowQuantitiesPayload", description="What is allowed now, or why it is what it was.")
class AllowQuantitiesPayload:
    """What came of allowQuantities."""

    allowances: list[QuantityAllowanceType] | None = field(
        _CUSTOMERS, description="One for each SKU; null where something was refused."
    )
    errors: list[AllowQuantitiesError] = field(_CUSTOMERS, description="Everything that is wrong.")


@strawberry.type
class QuantityRuleMutations:
    """What staff decide about quantities."""

    @resolved(
        _CATALOG,
        description="Set what may be ordered of many SKUs at once, for all of them or for none.",
        graphql_type=SetQuantityRulesPayload,
        extensions=[Refusals(SetQuantityRulesPayload, items="rules")],
    )
    @staticmethod
    async def set_quantity_rules(
        info: Info,
        input: Annotated[SetQuantityRulesInput, strawberry.argument(description="The rules.")],
    ) -> list[SkuCard]:
        context = info.context
        rules = [rule.asked() for rule in input.rules]
        ids = await context.do(context.use.set_quantity_rules, actor=context.actor, rules=rules)
        found = await context.views.catalog.skus_by_id(ids, want=wanted_skus(info, "skus"))
        return [found[id] for id in ids]

    @resolved(
        _PRICES,
        description="Let quantity breaks count what is ordered of all SKUs of a product together, or of each alone.",
        graphql_type=PoolBreaksPayload,
        extensions=[Refusals(PoolBreaksPayload, items="productIds")],
    )
    @staticmethod
    async def pool_breaks(
        info: Info,
        input: Annotated[PoolBreaksInput, strawberry.argument(description="Which products.")],
    ) -> list[ProductCard]:
        context = info.context
        products = [(str(text), known(ProductId, text)) for text in input.product_ids]
        ids = await context.do(
            context.use.pool_breaks, actor=context.actor, products=products, pooled=input.pooled
        )
        want = wanted_products_in(info, "products")
        found = await context.views.catalog.products_by_id(ids, want=want)
        return [found[id] for id in ids]

    @resolved(
        _CUSTOMERS,
        description=(
            "Let a customer order whatever quantity of SKUs, until then, or let their rules bind it again; in the "
            "place of what was allowed it before."
        ),
        graphql_type=AllowQuantitiesPayload,
        extensions=[Refusals(AllowQuantitiesPayload, items="skuIds")],
    )
    @staticmethod
    async def allow_quantities(
        info: Info,
        input: Annotated[AllowQuantitiesInput, strawberry.argument(description="What to whom.")],
    ) -> tuple[Allowance, ...]:
        context = info.context
        return await context.do(
            context.use.allow_quantities,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, input.customer_id),
            skus=[AskedAllowance(sku_id=known(SkuId, text), reference=text) for text in input.sku_ids],
            until=input.until,
            reason=input.reason,
        )
