"""The printed contract: current, described, guarded, and every declaration names something its values have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    is_specified_directive,
    is_specified_scalar_type,
    parse,
    validate,
)

from adapters.graphql import connections, refusals
from adapters.graphql.errors import code_of
from adapters.graphql.messages import MESSAGES, BadInput, Code, ErrorCode, Locale, Wrong
from adapters.graphql.quick_order import ReadText
from adapters.graphql.requires import Undeclared, field
from adapters.graphql.schema import Schema, schema
from application.authorization import Actor, Forbidden, Permission, Unauthenticated
from application.cart import CartLook, LineLook
from application.coupons import Issued
from application.floors import GuardTrace, TracedLine
from application.order_text import PieceAmount, ReadPiece
from application.ports.floors import FloorApproval
from application.ports.quantity_rules import Allowance
from application.ports.storage import Busy, Stale
from application.price_lists import Risen
from application.reordering import Reordered, ReorderedLine
from application.second_factor import Device, TurnedOn
from application.shopping import ListInCart
from application.signing_in import SignedIn
from application.simulating import Simulation
from application.team import Joined
from application.views.amendments import AmendmentCard, WeighedCard
from application.views.catalog import BrandCard, CategoryCard, ProductCard, SkuCard
from application.views.customers import (
    BuyerCard,
    CustomerCard,
    GroupCard,
    GroupTimeCard,
    OwnershipCard,
    TierCard,
)
from application.views.facets import Counted, Facets, OptionFacet
from application.views.floors import CategoryMargin, FloorCard, LineBelowFloor
from application.views.inventory import StockCard, WarehouseCard
from application.views.orders import CompanyCard, LineWeightCard, OrderCard, OrderLineCard, SalesRepCard
from application.views.own_names import OwnNameCard
from application.views.pages import InvalidPage
from application.views.people import Membership
from application.views.pricing import PriceListItem, SpecialPriceCard
from application.views.promotions import PromotionCard
from application.views.registering import DetailsCard, VerificationCard
from application.views.searching import MissedCard
from application.views.stock_levels import StockBand, StockLevel
from application.views.team import StaffCard
from application.views.trail import TrailCard, TrailFact
from domain.cart import CartChange
from domain.catalog import CaseRule, CatchWeight, Option, Pack, Quota, Unit
from domain.coupons import CouponOutcome, CouponTemplate, HeldCoupon
from domain.customers import Address, CustomerAddress
from domain.errors import DomainError
from domain.groups import CustomerGroup
from domain.identity import CustomerGroupId, CustomerId, PriceTierId
from domain.inventory import StockItem
from domain.invitations import Invitation
from domain.merchant import Merchant, Staff
from domain.money import Money, UnitPrice
from domain.order_text import Amount
from domain.price_batches import PriceBatch
from domain.price_choice import Price, PriceStep
from domain.price_ranges import PriceRange
from domain.pricing import PriceList, PriceTier, QuantityBreak, Rung
from domain.promotions import (
    AppliedPromotion,
    Bundle,
    BundlePart,
    BuyGet,
    Gift,
    GiftGoods,
    GiftLine,
    NearMiss,
    NthPiece,
    OrderPromotion,
    Promotion,
    RejectedPromotion,
    Scope,
    Step,
    ThresholdDiscount,
    TimeSlot,
)
from domain.quantity import Factor
from domain.quoting import OrderMinimum, Quote, QuoteLine
from domain.shopping import ListLine, OrderTemplate, ShoppingList
from domain.simulation import Simulated
from domain.special_prices import ChargedSpecial, MissedSpecial
from domain.verification import CreditTerms, VerificationStep
from domain.visibility import Verdict, Visibility
from kit.api import HOME

PRINTED = Path(__file__).parents[2] / "schema.graphql"
TYPES = {name: one for name, one in schema._schema.type_map.items() if not name.startswith("__")}
ROWS = (
    "OwnName",
    "MissedSearch",
    "Promotion",
    "Product",
    "Order",
    "Customer",
    "StockItem",
    "TrailEntry",
    "Invitation",
    "Verification",
    "StaffMember",
    "PriceBatch",
    "PriceList",
    "PriceListItem",
    "SpecialPrice",
    "Coupon",
    "CouponOffer",
    "CouponTemplate",
    "SkuFloor",
    "FloorApproval",
    "QuantityAllowance",
    "LineBelowFloor",
)
SHOWN: dict[str, tuple[type, ...]] = {
    "Address": (Address,),
    "AddedList": (ListInCart,),
    "Cart": (CartLook,),
    "CartChange": (CartChange,),
    "CartLine": (LineLook,),
    "ListLine": (ListLine,),
    "OrderTemplate": (OrderTemplate,),
    "OrderTextAmount": (PieceAmount,),
    "OrderTextPiece": (ReadPiece,),
    "ParsedOrderText": (ReadText,),
    "Reordered": (Reordered,),
    "ReorderedLine": (ReorderedLine,),
    "ShoppingList": (ShoppingList,),
    "WrittenAmount": (Amount,),
    "AppliedPromotion": (AppliedPromotion,),
    "Bundle": (Bundle,),
    "BundlePart": (BundlePart,),
    "BuyGet": (BuyGet,),
    "Gift": (GiftLine,),
    "GiftEffect": (Gift,),
    "GiftGoods": (GiftGoods,),
    "NearMiss": (NearMiss,),
    "NthPiece": (NthPiece,),
    "OrderPromotion": (OrderPromotion,),
    "Promotion": (PromotionCard,),
    "PromotionEffect": (Gift, Bundle),
    "PromotionLabel": (Promotion,),
    "PromotionScope": (Scope,),
    "PromotionStep": (Step,),
    "PromotionThreshold": (Money,),
    "PromotionUsage": (PromotionCard,),
    "RejectedPromotion": (RejectedPromotion,),
    "ThresholdDiscount": (ThresholdDiscount,),
    "TimeSlot": (TimeSlot,),
    "Brand": (BrandCard,),
    "Buyer": (BuyerCard,),
    "Category": (CategoryCard,),
    "ProductFacets": (Facets,),
    "PriceFacet": (Counted,),
    "PriceRange": (PriceRange,),
    "OwnName": (OwnNameCard,),
    "MissedSearch": (MissedCard,),
    "CategoryFacet": (Counted,),
    "BrandFacet": (Counted,),
    "OptionFacet": (OptionFacet,),
    "OptionValueFacet": (Counted,),
    "Company": (CompanyCard,),
    "Customer": (CustomerCard,),
    "CustomerAddress": (CustomerAddress,),
    "CustomerGroup": (GroupCard, CustomerGroup),
    "CustomerGroupTime": (GroupTimeCard,),
    "Factor": (Factor,),
    "CompanyDetails": (DetailsCard,),
    "CreditTerms": (CreditTerms,),
    "Coupon": (HeldCoupon,),
    "CouponGift": (GiftGoods,),
    "CouponOffer": (CouponTemplate,),
    "CouponOutcome": (CouponOutcome,),
    "CouponTemplate": (CouponTemplate,),
    "CouponsIssued": (Issued,),
    "SimulatedOrder": (Simulated,),
    "Simulation": (Simulation,),
    "Invitation": (Invitation,),
    "Verification": (VerificationCard,),
    "VerificationStep": (VerificationStep,),
    "Membership": (Membership,),
    "JoinedStaff": (Joined,),
    "Merchant": (Merchant,),
    "Money": (Money, UnitPrice),
    "Order": (OrderCard,),
    "OrderMinimum": (OrderMinimum,),
    "OrderLine": (OrderLineCard,),
    "OrderLineUnit": (OrderLineCard, LineWeightCard),
    "OrderLineWeight": (LineWeightCard,),
    "OrderAmendment": (AmendmentCard,),
    "LineWeighed": (WeighedCard,),
    "Ownership": (OwnershipCard,),
    "PageInfo": (connections.Page,),
    "PriceBatch": (PriceBatch,),
    "PriceList": (PriceList,),
    "PriceListItem": (PriceListItem,),
    "PriceRung": (Rung,),
    "RaisedPrice": (Risen,),
    "PriceTier": (PriceTier, TierCard),
    "PriceStep": (PriceStep,),
    "ChargedSpecial": (ChargedSpecial,),
    "MissedSpecial": (MissedSpecial,),
    "SpecialPrice": (SpecialPriceCard,),
    "Product": (ProductCard,),
    "ProductVisibility": (Visibility,),
    "QuantityBreak": (QuantityBreak,),
    "Quote": (Quote,),
    "QuoteLine": (QuoteLine,),
    "SecondFactorSetUp": (TurnedOn,),
    "SalesRep": (SalesRepCard,),
    "Session": (SignedIn,),
    "Sku": (SkuCard,),
    "SkuOption": (Option,),
    "SkuPack": (Pack,),
    "SkuPrice": (Price,),
    "Staff": (Actor,),
    "StaffMember": (Staff, StaffCard),
    "Stock": (StockLevel,),
    "TotpDevice": (Device,),
    "CaseRule": (CaseRule,),
    "CatchWeight": (CatchWeight,),
    "Quota": (Quota,),
    "QuantityAllowance": (Allowance,),
    "SkuFloor": (FloorCard,),
    "CategoryMargin": (CategoryMargin,),
    "FloorApproval": (FloorApproval,),
    "LineBelowFloor": (LineBelowFloor,),
    "GuardTrace": (GuardTrace,),
    "GuardedLine": (TracedLine,),
    "StockBand": (StockBand,),
    "TrailEntry": (TrailCard,),
    "TrailFact": (TrailFact,),
    "StockItem": (StockCard, StockItem),
    "Unit": (Unit,),
    "VisibilityAudience": (CustomerGroupId, PriceTierId, CustomerId),
    "VisibilityVerdict": (Verdict,),
    "Warehouse": (WarehouseCard,),
    **{f"{row}Connection": (connections.Page,) for row in ROWS},
    **{f"{row}Edge": (connections.Row,) for row in ROWS},
}
"""What objects of each type are, where they are not made by the adapter itself."""
REFUSALS = {kind.__name__: kind for kind in refusals.TABLE}


def _parts() -> Iterator[tuple[str, Any]]:
    """Everything that has a description."""
    for name, one in TYPES.items():
        if is_specified_scalar_type(one):
            continue
        yield name, one
        if isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, declared in one.fields.items():
                yield f"{name}.{field_name}", declared
                for argument_name, argument in declared.args.items():
                    yield f"{name}.{field_name}({argument_name}:)", argument
        elif isinstance(one, GraphQLInputObjectType):
            for field_name, part in one.fields.items():
                yield f"{name}.{field_name}", part
        elif isinstance(one, GraphQLEnumType):
            for value_name, value in one.values.items():
                yield f"{name}.{value_name}", value
    for directive in schema._schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive


def test_is_printed_as_it_is() -> None:
    assert PRINTED.read_text(encoding="utf-8") == f"{schema.as_str()}\n", "run ./run schema"


def test_describes_everything() -> None:
    assert [name for name, part in _parts() if not part.description] == []


def test_accepts_the_one_query() -> None:
    assert validate(schema._schema, parse(HOME)) == []


def test_ships_the_one_query_for_browsers() -> None:
    from adapters.graphql.ide import home_query

    assert home_query() == HOME


@pytest.mark.parametrize(
    "line",
    [
        '    quantity: Decimal = "1"',
        "    unit: String\n  ): SkuPrice @requires(permission: BROWSE)",
        "  stock: Stock!",
        "  priceHidden(",
        "  nodes(",
        "): [Node]!",
        "interface UserError {",
        "directive @requires(permission: Permission!) repeatable on FIELD_DEFINITION",
    ],
)
def test_keeps_the_contract(line: str) -> None:
    assert line in schema.as_str()


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_declares_only_what_its_values_have(name: str) -> None:
    shown = TYPES[name]
    assert isinstance(shown, GraphQLObjectType)
    for field_name, declared in shown.fields.items():
        definition = declared.extensions["strawberry-definition"]
        if definition.base_resolver is None:
            for kind in SHOWN[name]:
                assert definition.python_name in _attributes(kind), f"{name}.{field_name}"


def test_declares_only_what_refusals_have() -> None:
    for name, kind in REFUSALS.items():
        told = TYPES[name]
        assert isinstance(told, GraphQLObjectType)
        for field_name, declared in told.fields.items():
            definition = declared.extensions["strawberry-definition"]
            if definition.base_resolver is None and field_name not in ("code", "message", "path"):
                assert definition.python_name in _attributes(kind), f"{name}.{field_name}"


def test_knows_every_type() -> None:
    made_here = {"Query", "Mutation"} | {name for name in TYPES if name.endswith("Payload")}
    objects = {name for name, one in TYPES.items() if isinstance(one, GraphQLObjectType)}
    assert objects == made_here | set(SHOWN) | set(REFUSALS)


def test_has_every_refusal_in_a_payload() -> None:
    unions = [one for one in TYPES.values() if isinstance(one, GraphQLUnionType)]
    members = {member.name for union in unions for member in union.types}
    assert members == set(REFUSALS)
    user_error = TYPES["UserError"]
    assert all(user_error in member.interfaces for union in unions for member in union.types)


def test_tells_every_refusal_by_its_own_code() -> None:
    assert {row.code for row in refusals.TABLE.values()} == set(ErrorCode)
    assert len(refusals.TABLE) == len(ErrorCode)


def test_tells_every_refusal_of_the_core() -> None:
    rooms = ("domain.", "application.")
    of_the_api = {kind for kind in _below(DomainError) if kind.__module__.startswith(rooms)}
    of_files = {kind for kind in of_the_api if kind.__module__.startswith("application.importing.")}
    beside_payloads = of_the_api - of_files - set(refusals.TABLE)
    assert {kind.__name__ for kind in beside_payloads} == {
        "Forbidden",
        "InvalidPage",
        "InvalidToken",
        "LastManager",
        "LoginNotFound",
        "PricesNotCompared",
        "Refused",
        "Unauthenticated",
        "UnknownMerchant",
    }


@pytest.mark.parametrize("code", [*Code, *ErrorCode, *Wrong])
def test_has_a_message_in_both_languages(code: Code | ErrorCode | Wrong) -> None:
    spoken = MESSAGES[code]
    assert set(spoken) == set(Locale)
    assert all(spoken.values())
    assert not spoken[Locale.ZH].isascii()
    assert spoken[Locale.EN].isascii()


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (BadInput(Wrong.CURSOR), Code.BAD_USER_INPUT),
        (InvalidPage("because"), Code.BAD_USER_INPUT),
        (Unauthenticated(), Code.UNAUTHENTICATED),
        (Forbidden(Permission.BROWSE), Code.FORBIDDEN),
        (Stale(), Code.CONFLICT),
        (Busy(), Code.CONFLICT),
        (TimeoutError(), Code.TIMEOUT),
        (RecursionError(), Code.QUERY_TOO_COMPLEX),
        (KeyError("secret"), Code.INTERNAL),
    ],
)
def test_has_one_code_for_what_is_raised(raised: Exception, code: Code) -> None:
    assert code_of(raised) is code


def test_is_not_built_with_a_field_that_says_nothing() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def secret(self) -> str:
            return "open"

    with pytest.raises(Undeclared, match=r"Query\.secret"):
        Schema(query=Query)


def test_is_not_built_with_a_hidden_field_that_says_nothing() -> None:
    @strawberry.type
    class Deep:
        secret: str

    @strawberry.type
    class Query:
        deep = field(Permission.BROWSE, description="A way in.", graphql_type=Deep)

    with pytest.raises(Undeclared, match=r"Deep\.secret"):
        Schema(query=Query)


def _attributes(kind: type) -> set[str]:
    return {name for one in kind.__mro__ for name in (*vars(one), *getattr(one, "__annotations__", {}))}


def _below(kind: type[DomainError]) -> set[type[DomainError]]:
    return {one for child in kind.__subclasses__() for one in (child, *_below(child))}
