"""Which texts of the schema can carry a person's data: every leaf that is a text is said to, or not to.

A leaf that is in neither is an error: whoever adds one has to say what it carries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type

from domain.privacy import masked_name, masked_phone, masked_street
from kit.walls.asking import BUILT

PERSONAL: Mapping[str, Callable[[str], str]] = {
    "Buyer.name": masked_name,
    "Address.recipient": masked_name,
    "Address.phone": masked_phone,
    "Address.street": masked_street,
    "TrailEntry.personName": masked_name,
    "SalesRep.name": masked_name,
    "StaffMember.name": masked_name,
    "CompanyDetails.contactName": masked_name,
    "CompanyDetails.contactPhone": masked_phone,
}
"""What is of a person, and how it is masked."""
_OTHERS = {
    "what things, companies and merchants are called": """Address.region Brand.name Category.name Company.name
        Customer.name Membership.customerName Membership.merchantName Merchant.name Merchant.slug Order.number
        LineBelowFloor.orderNumber
        OrderLine.skuCode OrderLine.skuName OrderLineUnit.code OrderLineUnit.name PriceTier.code PriceTier.name
        Product.description Product.name Sku.barcode Sku.code Sku.name SkuOption.name SkuOption.value
        OptionFacet.name OptionValueFacet.value OwnName.name
        Unit.code Unit.name CaseRule.unit Warehouse.code
        Warehouse.name PriceBatch.name SkuPrice.breaksUnit
        ChargedSpecial.name MissedSpecial.name PriceStep.rule SpecialPrice.name SpecialPrice.unit
        PriceList.name PriceListItem.unit RaisedPrice.unit
        Merchant.timeZone Merchant.logo Merchant.cutOffTime CustomerGroup.name GroupNameTaken.name
        CartLine.unitCode ListLine.unitCode OrderTemplate.name ReorderedLine.skuName
        Verification.customerName CompanyDetails.legalName OrderPromotion.name OrderPromotion.text Promotion.name
        Promotion.text CouponOffer.name CouponOffer.terms CouponOffer.stackingGroup CouponOutcome.name
        Promotion.exclusiveGroup PromotionLabel.name PromotionLabel.text""",
    "what sorts companies": "Customer.tags Invitation.tags",
    "the licence of a company": "CompanyDetails.unifiedSocialCreditCode CompanyDetails.licencePicture",
    "what staff write to a company, or of one": "VerificationStep.reason QuantityAllowance.reason "
    "FloorApproval.reason OrderAmendment.reason",
    "what is passed on to whoever is to come": "Invitation.code JoinedStaff.firstPassword Coupon.code "
    "CouponTemplate.claimCode",
    "what is masked for everybody": "Invitation.phone SetPasswordPayload.email",
    "what buyers write for each other, and call their lists": "CartLine.note CartLine.written ShoppingList.name",
    "what buyers write to the merchant with an order": "Order.note Order.purchaseOrderNumber",
    "what is told to whoever signs in": """Session.accessToken Session.refreshToken TotpDevice.secret TotpDevice.uri
        SecondFactorSetUp.recoveryCodes""",
    "the trail, in which persons are ids": """TrailEntry.address TrailEntry.requestId TrailEntry.operation
        TrailEntry.aboutKind TrailEntry.previous TrailEntry.hash TrailFact.name TrailFact.before TrailFact.after""",
    "what was searched for, without what looks like a person's": "MissedSearch.text",
    "cursors, which have keys of the order in them": """*Edge.cursor PageInfo.startCursor PageInfo.endCursor
        Simulation.next""",
    "what was sent, said again": "OrderTextPiece.name OrderTextPiece.text WrittenAmount.unit "
    "IdempotencyKeyReused.key SetOwnNamePayload.name RemoveOwnNamePayload.name "
    "*.reference UnknownUnit.unit InvalidTag.text "
    "NotYoursToGrant.permissions",
    "words of the program": "*.message *.path InvalidChange.reason InvalidPrice.reason InvalidTerms.field "
    "InvalidCoupon.field InvalidSetting.reason InvalidSetting.field InvalidCartText.field InvalidList.reason "
    "InvalidGroup.reason InvalidVisibility.reason InvalidPriceList.reason "
    "InvalidQuantityRule.reason InvalidAllowance.reason InvalidFloor.reason "
    "InvalidAdjustment.reason NotAmendable.reason InvalidWeighing.reason "
    "InvalidPromotion.reason InvalidSpecialPrice.reason TimeSlot.start TimeSlot.end",
}
"""What is not, by what it is; a star stands for any type whose name ends so."""


def unclassified() -> list[str]:
    """The texts of the schema of which nobody has said what they carry."""
    return [one for one in texts() if one not in PERSONAL and not any(map(one_of(one), _named()))]


def stale() -> list[str]:
    """What is said of texts that the schema does not have."""
    there = [*texts()]
    return [name for name in (*PERSONAL, *_named()) if not any(one_of(one)(name) for one in there)]


def texts() -> Iterator[str]:
    """Every leaf of the schema that is a text."""
    for type_ in BUILT.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__"):
            for name, declared in type_.fields.items():
                named = get_named_type(declared.type)
                if is_leaf_type(named) and named.name == "String":
                    yield f"{type_.name}.{name}"


def one_of(coordinate: str) -> Callable[[str], bool]:
    """Tell of a name whether the coordinate is what it says."""
    return lambda name: name == coordinate or (name.startswith("*") and coordinate.endswith(name[1:]))


def _named() -> list[str]:
    return [name for names in _OTHERS.values() for name in names.split()]
