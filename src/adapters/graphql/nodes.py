"""Things with an identity: the Node interface, and finding any of them again by id."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

import attrs
import strawberry

from adapters.graphql.context import Context, Info
from adapters.graphql.messages import BadInput, Wrong
from adapters.graphql.requires import check, field, resolved
from adapters.graphql.scalars import known
from adapters.graphql.selections import RawInfo, Selection
from adapters.graphql.wants import (
    buyer_want,
    category_want,
    customer_want,
    order_want,
    product_want,
    sku_want,
)
from application.authorization import Permission
from domain.identity import (
    BrandId,
    BuyerId,
    CategoryId,
    CustomerId,
    Id,
    MerchantId,
    OrderId,
    ProductId,
    SkuId,
)

MOST_IDS = 100

C = TypeVar("C", bound=type)
_NAMES: dict[type, str] = {}


@strawberry.interface(name="Node", description="Something with an identity, to be found again by it.")
class NodeType:
    """Relay's Node."""

    id: strawberry.ID = field(
        Permission.BROWSE, description="The identity: opaque, globally unique; knowing it permits nothing."
    )

    @classmethod
    def resolve_type(cls, value: object, _info: object, _of: object) -> str:
        """Name the type that shows objects of this class."""
        return _NAMES[type(value)]


def shows(*classes: type, name: str, description: str) -> Callable[[C], C]:
    """Declare the type that shows objects of these classes of the core."""

    def declared(cls: C) -> C:
        def is_type_of(value: object, _info: object) -> bool:
            return isinstance(value, classes)

        # The compiled execution may remember what it says of a class.
        is_type_of.by_class = True  # type: ignore[attr-defined]  # a mark on a function
        cls.is_type_of = staticmethod(is_type_of)  # type: ignore[attr-defined]  # Strawberry looks for it there
        _NAMES.update(dict.fromkeys(classes, name))
        made: C = strawberry.type(cls, name=name, description=description)
        return made

    return declared


@attrs.frozen
class Kind:
    """How one kind of id is looked up: the type it yields, and the batch it joins."""

    type_name: str
    id: type[Id]
    load: Callable[[Context, Any, Callable[[Any, Any], Any]], Awaitable[object]]


async def _own(context: Context, id: MerchantId, _: object) -> object:
    merchant = context.actor.merchant
    return merchant if merchant.id == id else None


_KINDS: Mapping[str, Kind] = {
    kind.id.tag: kind
    for kind in (
        Kind("Merchant", MerchantId, _own),
        Kind(
            "Product",
            ProductId,
            lambda c, id, want: c.load.products.load((want("product", product_want), id)),
        ),
        Kind("Sku", SkuId, lambda c, id, want: c.load.skus.load((want("sku", sku_want), id))),
        Kind("Order", OrderId, lambda c, id, want: c.load.orders.load((want("order", order_want), id))),
        Kind(
            "Category",
            CategoryId,
            lambda c, id, want: c.load.categories.load((want("category", category_want), id)),
        ),
        Kind("Brand", BrandId, lambda c, id, _: c.load.brands.load(id)),
        Kind(
            "Customer",
            CustomerId,
            lambda c, id, want: c.load.customers.load((want("customer", customer_want), id)),
        ),
        Kind("Buyer", BuyerId, lambda c, id, want: c.load.buyers.load((want("buyer", buyer_want), id))),
    )
}


async def _find(info: Info, text: str) -> object | None:
    """Find one thing.

    What may be asked of it is settled by the kind of the id, before anything is read: an id that is missing and one
    that is another's get the same answer.
    """
    kind = _KINDS.get(text.partition("_")[0])
    id = known(kind.id, text) if kind else None
    if kind is None or id is None:
        return None
    raw: RawInfo = info._raw_info
    check(raw, type_name=kind.type_name)

    def want(key: str, work_out: Callable[[Selection], object]) -> object:
        return info.context.plans.once(
            raw, (key, kind.type_name), lambda: work_out(Selection.of(raw).on(kind.type_name))
        )

    return await kind.load(info.context, id, want)


@strawberry.type
class NodeQueries:
    """Finding things by their identity."""

    @resolved(
        Permission.BROWSE,
        description="Whatever has this id, if the caller may see it.",
        graphql_type=NodeType | None,
    )
    @staticmethod
    async def node(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Any id.")]
    ) -> object | None:
        return await _find(info, id)

    @resolved(
        Permission.BROWSE,
        description="Whatever has these ids, in their order; null for each that the caller may not see.",
        graphql_type=list[NodeType | None],
    )
    @staticmethod
    async def nodes(
        info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 ids.")]
    ) -> list[object | None]:
        if len(ids) > MOST_IDS:
            raise BadInput(Wrong.TOO_MANY_IDS)
        return await gather(*(_find(info, id) for id in ids))
