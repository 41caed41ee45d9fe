"""To whom goods are shown, as the merchant's staff decide it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.groups import CustomerGroupType
from adapters.graphql.pricing import PriceTierType
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known
from adapters.graphql.wants import wanted_customer, wanted_products_in
from application.authorization import Permission
from application.views.catalog import ProductCard
from application.views.customers import CustomerCard, GroupCard, TierCard
from application.visibility import AskedVisibility, TooManyProducts
from domain.identity import AudienceId, CustomerGroupId, CustomerId, PriceTierId, ProductId
from domain.visibility import (
    InvalidVisibility,
    UnknownAudience,
    UnknownProduct,
    Verdict,
    Visibility,
    VisibilityReason,
)

if TYPE_CHECKING:
    from adapters.graphql.catalog import ProductType
    from adapters.graphql.customers import CustomerType

_ANY_PRODUCT: Any = Annotated["ProductType", strawberry.lazy("adapters.graphql.catalog")]
_ANY_CUSTOMER: Any = Annotated["CustomerType", strawberry.lazy("adapters.graphql.customers")]
_MANAGE = Permission.MANAGE_CATALOG
_SEE = (Permission.MANAGE_CATALOG, Permission.VIEW_CUSTOMERS)


def _itself(root: AudienceId) -> AudienceId:
    return root


@strawberry.type(
    name="VisibilityAudience",
    description="To whom something is shown or not: a group, a price tier or a customer.",
)
class VisibilityAudienceType:
    """Shows AudienceId."""

    id: strawberry.ID = field(*_SEE, description="The identity of whichever it is.", resolver=_itself)

    @resolved(*_SEE, description="The group, if it is one.", graphql_type=CustomerGroupType | None)
    @staticmethod
    async def group(root: AudienceId, info: Info) -> GroupCard | None:
        return await info.context.load.groups.load(root) if isinstance(root, CustomerGroupId) else None

    @resolved(*_SEE, description="The price tier, if it is one.", graphql_type=PriceTierType | None)
    @staticmethod
    async def tier(root: AudienceId, info: Info) -> TierCard | None:
        return await info.context.load.tiers.load(root) if isinstance(root, PriceTierId) else None

    @resolved(
        Permission.VIEW_CUSTOMERS,
        description="The customer, if it is one.",
        graphql_type=_ANY_CUSTOMER | None,
    )
    @staticmethod
    async def customer(root: AudienceId, info: Info) -> CustomerCard | None:
        if not isinstance(root, CustomerId):
            return None
        return await info.context.load.customers.load((wanted_customer(info), root))


@strawberry.type(name="ProductVisibility", description="To whom a product is shown.")
class ProductVisibilityType:
    """Shows Visibility."""

    restricted: bool = field(
        _MANAGE, description="Whether only those see it to whom it is shown by name; else everyone does."
    )

    @resolved(
        _MANAGE,
        description="To whom it is shown, where it is restricted, by id.",
        graphql_type=list[VisibilityAudienceType],
    )
    @staticmethod
    def shown_to(root: Visibility) -> list[AudienceId]:
        return sorted(root.shown_to)

    @resolved(
        _MANAGE,
        description="From whom it is hidden, whatever else is said, by id.",
        graphql_type=list[VisibilityAudienceType],
    )
    @staticmethod
    def hidden_from(root: Visibility) -> list[AudienceId]:
        return sorted(root.hidden_from)


@strawberry.type(name="VisibilityVerdict", description="Whether a customer sees a product, and why.")
class VisibilityVerdictType:
    """Shows Verdict."""

    visible: bool = field(Permission.VIEW_CUSTOMERS, description="Whether it does.")
    reason: VisibilityReason = field(Permission.VIEW_CUSTOMERS, description="Why.")

    @resolved(
        Permission.VIEW_CUSTOMERS,
        description="Which of the names that the customer goes by decided it, where one did.",
        graphql_type=VisibilityAudienceType | None,
    )
    @staticmethod
    def audience(root: Verdict) -> AudienceId | None:
        return root.audience_id


@refusal(UnknownProduct, description="There is no such product.")
class UnknownProductType(UserErrorType):
    """Shows UnknownProduct."""

    reference: str = field(Permission.BROWSE, description="What was asked for.")


@refusal(UnknownAudience, description="There is no such group, price tier or customer.")
class UnknownAudienceType(UserErrorType):
    """Shows UnknownAudience."""

    reference: str = field(Permission.BROWSE, description="What was asked for.")


@refusal(InvalidVisibility, description="Rules that cannot be.")
class InvalidVisibilityType(UserErrorType):
    """Shows InvalidVisibility."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "NOT_RESTRICTED: what everyone sees is shown to nobody by name. BOTH: it is shown to somebody and hidden "
            "from them. TOO_MANY: at most 100 are named. TWICE: the product was named before."
        ),
    )


@refusal(TooManyProducts, description="More products than one call takes, or none.")
class TooManyProductsType(UserErrorType):
    """Shows TooManyProducts."""

    most: int = field(Permission.BROWSE, description="The most that one call takes.")


@strawberry.input(name="ProductVisibilityInput", description="To whom one product is to be shown.")
class ProductVisibilityInput:
    """Read as AskedVisibility."""

    product_id: strawberry.ID = strawberry.field(description="The product.")
    restricted: bool = strawberry.field(
        description="Whether only those see it to whom it is shown by name; else everyone does."
    )
    shown_to: list[strawberry.ID] | None = strawberry.field(
        description="To which groups, price tiers and customers, by id, where it is restricted.", default=None
    )
    hidden_from: list[strawberry.ID] | None = strawberry.field(
        description="From which groups, price tiers and customers it is hidden, by id: this wins.",
        default=None,
    )

    def asked(self) -> AskedVisibility:
        """Read the input."""
        return AskedVisibility(
            product_id=known(ProductId, self.product_id),
            reference=self.product_id,
            restricted=self.restricted,
            shown_to={text: audience_named(text) for text in self.shown_to or ()},
            hidden_from={text: audience_named(text) for text in self.hidden_from or ()},
        )


def audience_named(text: str) -> AudienceId | None:
    """Read the id of a group, a tier or a customer; None where the text can be none."""
    return known(CustomerGroupId, text) or known(PriceTierId, text) or known(CustomerId, text)


@strawberry.input(
    name="SetProductVisibilityInput", description="To whom products are to be shown, all or none."
)
class SetProductVisibilityInput:
    """Read as the arguments of SetProductVisibility."""

    products: list[ProductVisibilityInput] = strawberry.field(
        description="1 to 100 products, each once; what was said of them before holds no longer."
    )


SetProductVisibilityError = Annotated[
    UnknownProductType | UnknownAudienceType | InvalidVisibilityType | TooManyProductsType,
    strawberry.union("SetProductVisibilityError", description="Why products are shown to whom they were."),
]


@strawberry.type(
    name="SetProductVisibilityPayload", description="The products, or why they are shown to whom they were."
)
class SetProductVisibilityPayload:
    """What came of setProductVisibility."""

    products: Any = field(
        _MANAGE,
        description="The products; null where something was refused.",
        graphql_type=list[_ANY_PRODUCT] | None,
    )
    errors: list[SetProductVisibilityError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type
class VisibilityMutations:
    """What staff decide about who sees what."""

    @resolved(
        _MANAGE,
        description=(
            "Decide to whom products are shown, for all of them or for none. What is not shown to somebody does not "
            "exist for them."
        ),
        graphql_type=SetProductVisibilityPayload,
        extensions=[Refusals(SetProductVisibilityPayload, items="products")],
    )
    @staticmethod
    async def set_product_visibility(
        info: Info,
        input: Annotated[SetProductVisibilityInput, strawberry.argument(description="What to whom.")],
    ) -> list[ProductCard]:
        context = info.context
        products = [one.asked() for one in input.products]
        ids = await context.do(context.use.set_product_visibility, actor=context.actor, products=products)
        want = wanted_products_in(info, "products")
        found = await context.views.catalog.products_by_id(ids, want=want)
        return [found[id] for id in ids]
