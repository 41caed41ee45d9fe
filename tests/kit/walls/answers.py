"""Answers, and what is seen in them."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

import attrs
from graphql import GraphQLInterfaceType, get_named_type, is_leaf_type

from kit.fuzz.picking import fields_of
from kit.walls.asking import BUILT, PROBE, Question, all_fields
from kit.walls.secrets import MARK, decoded

_REFERENCE = re.compile(r"req_[0-9a-v]{26}")
_PLAIN_LEAVES = frozenset(
    [
        "Factor.numerator",
        "Factor.denominator",
        "Merchant.timeZone",
        "CustomerGroupTime.since",
        "CustomerGroupTime.until",
        "Merchant.cutOffTime",
        "Merchant.deliveryLeadDays",
        "Merchant.nextCutOff",
        "Merchant.earliestDeliveryDate",
        "Merchant.lowStock",
        "Merchant.settingsVersion",
        "Quote.earliestDeliveryDate",
        # Round numbers; the figure itself has a canary.
        "StockBand.atLeast",
        "StockBand.below",
        "Unit.code",
        "Unit.name",
        "Unit.decimals",
        "OrderLineUnit.code",
        "OrderLineUnit.name",
        "Sku.minQuantity",
        "Sku.quantityStep",
        "SkuPrice.validUntil",
        "SkuPrice.appliedFromQuantity",
        "QuantityBreak.minQuantity",
        "PriceStep.minQuantity",
        "Order.lineCount",
        # A session is only given to whoever has shown the code that was sent to the phone.
        "RequestSignInCodePayload.validUntil",
        "Session.accessToken",
        "Session.refreshToken",
        "Session.until",
        "SignOutPayload.endedSessions",
        "EraseMePayload.erasedPlaces",
        "ErasePersonPayload.erasedAt",
        "LastOwner.openOrders",
        "CodeSentAlready.waitSeconds",
        "TooManyCodes.waitSeconds",
        # An invitation is answered as a whole or not at all, and its id and code have canaries.
        "InvitationConnection.totalCount",
        "Invitation.mostUses",
        "Invitation.uses",
        "VerificationConnection.totalCount",
        "CreditTerms.days",
        "LicenceExpired.validUntil",
        "TooManyTries.waitSeconds",
        "InvalidPassword.shortest",
        "InvalidPassword.longest",
        "NotYoursToGrant.permissions",
        # What is shown once to whoever asks, about themselves or about somebody they have made just now.
        "TotpDevice.secret",
        "TotpDevice.uri",
        "SecondFactorSetUp.recoveryCodes",
        "SetPasswordPayload.email",
        "JoinedStaff.firstPassword",
        "StaffMemberConnection.totalCount",
        "QuoteLine.line",
        "QuoteLine.quantity",
        "CustomerConnection.totalCount",
        "OrderConnection.totalCount",
        "ProductConnection.totalCount",
        "OwnNameConnection.totalCount",
        "OwnName.learnedAt",
        "InvalidOwnName.longest",
        # The name in it, in small letters, which is seen beside it.
        "OwnNameEdge.cursor",
        "SetOwnNamePayload.name",
        "RemoveOwnNamePayload.name",
        "MissedSearchConnection.totalCount",
        "MissedSearch.times",
        "MissedSearch.firstAt",
        "MissedSearch.lastAt",
        "ProductFacets.total",
        "ProductFacets.inStock",
        "ProductFacets.outOfStock",
        "ProductFacets.boughtBefore",
        "CategoryFacet.count",
        "BrandFacet.count",
        "OptionValueFacet.count",
        "PriceFacet.count",
        "StockItemConnection.totalCount",
        # An entry of the trail is answered as a whole or not at all, and aboutId and personId have canaries.
        "TrailEntryConnection.totalCount",
        "TrailEntryEdge.cursor",
        "TrailEntry.sequence",
        "TrailEntry.address",
        "TrailEntry.requestId",
        "TrailEntry.operation",
        "TrailEntry.aboutKind",
        "TrailEntry.previous",
        "TrailEntry.hash",
        "TrailFact.name",
        "TrailFact.before",
        "TrailFact.after",
        "DeliveryDateInPast.today",
        "DeliveryDateTooEarly.earliest",
        "HandOverCustomersPayload.movedCustomers",
        "InvalidCompanyName.longest",
        "OwnershipInPast.now",
        "TierNotFound.reference",
        "TreeTooDeep.mostAbove",
        "InsufficientStock.requested",
        "GroupNotFound.reference",
        "GroupNameTaken.name",
        "InvalidGroup.reason",
        "InvalidTag.text",
        "InvalidVisibility.reason",
        "TooManyCustomers.most",
        "TooManyProducts.most",
        "TooManyTags.most",
        "UnknownAudience.reference",
        "UnknownCustomer.reference",
        "UnknownProduct.reference",
        "InvalidChange.reason",
        "InvalidPrice.reason",
        "InvalidQuantity.nearest",
        "QuotaExceeded.nearest",
        "QuotaExceeded.left",
        "Quota.most",
        "CaseRule.unit",
        "CaseRule.surcharge",
        "Sku.maxQuantity",
        "InvalidQuantityRule.reason",
        "InvalidAllowance.reason",
        "InvalidAdjustment.reason",
        "NotAmendable.reason",
        "InvalidWeighing.reason",
        "CatchWeight.tolerance",
        # What was weighed is told with its order, and the reason has a canary.
        "OrderAmendment.at",
        "LineWeighed.line",
        "LineWeighed.actual",
        "OrderLineWeight.tolerance",
        "OrderLineWeight.nominal",
        "OrderLineWeight.actual",
        "OutsideTolerance.lowest",
        "OutsideTolerance.highest",
        "MoreThanInStock.available",
        "TooManyRules.most",
        "QuantityAllowance.until",
        "QuantityAllowance.reason",
        "QuantityAllowanceConnection.totalCount",
        # A floor is answered as a whole or not at all, to those who may see floors.
        "SkuFloor.margin",
        "SkuFloor.usualMargin",
        "SkuFloorConnection.totalCount",
        "CategoryMargin.margin",
        "FloorApproval.until",
        "FloorApproval.reason",
        "FloorApprovalConnection.totalCount",
        # Of orders that were placed before there was a floor, of which there are none here.
        "LineBelowFloor.orderId",
        "LineBelowFloor.orderNumber",
        "LineBelowFloor.placedAt",
        "LineBelowFloor.baseQuantity",
        "LineBelowFloorEdge.cursor",
        "Simulation.ordersBelowFloor",
        "LineBelowFloorConnection.totalCount",
        "InvalidFloor.reason",
        "InvalidSetting.field",
        "InvalidSetting.reason",
        "InvalidTerms.field",
        "IdempotencyKeyReused.key",
        # A promotion is answered as a whole or not at all, and its id and name have canaries.
        "Bundle.most",
        "BundlePart.quantity",
        "BuyGet.buy",
        "BuyGet.get",
        "BuyGet.most",
        "BuyGet.percentOff",
        "Gift.quantity",
        "Gift.missing",
        "GiftEffect.most",
        "GiftGoods.skuId",
        "GiftGoods.quantity",
        "NthPiece.nth",
        "NthPiece.most",
        "NthPiece.percentOff",
        "OrderPromotion.promotionId",
        "OrderPromotion.name",
        "OrderPromotion.text",
        "PromotionStep.percentOff",
        "PromotionThreshold.quantity",
        "PromotionUsage.uses",
        "TimeSlot.start",
        "TimeSlot.end",
        "PromotionScope.skuIds",
        "PromotionScope.productIds",
        "PromotionScope.categoryIds",
        "PromotionScope.brandIds",
        "PromotionScope.withoutIds",
        "Promotion.validFrom",
        "Promotion.validUntil",
        "Promotion.weekdays",
        "Promotion.budgetUses",
        "Promotion.usesPerCustomer",
        "Promotion.priority",
        "Promotion.exclusiveGroup",
        "Promotion.version",
        "PromotionLabel.validUntil",
        "PromotionConnection.totalCount",
        "PromotionEdge.cursor",
        "GiftShort.promotionId",
        "GiftShort.skuId",
        "GiftShort.missing",
        "UnknownGift.promotionId",
        "UnknownGoods.reference",
        "InvalidPromotion.reason",
        "PromotionNotFound.reference",
        # A coupon and its template are answered as a whole or not at all; their ids, names, codes and amounts have
        # canaries.
        "Coupon.validUntil",
        "CouponGift.quantity",
        "CouponOffer.promotionId",
        "CouponConnection.totalCount",
        "CouponOffer.percentageOff",
        "CouponOffer.validFrom",
        "CouponOffer.validUntil",
        "CouponOffer.validDays",
        "CouponOffer.openFrom",
        "CouponOffer.openUntil",
        "CouponOfferConnection.totalCount",
        "CouponTemplate.claims",
        "CouponTemplate.uses",
        "CouponTemplate.stoppedAt",
        "CouponTemplate.mostClaims",
        "CouponTemplate.mostClaimsEach",
        "CouponTemplate.mostUses",
        "CouponTemplateConnection.totalCount",
        "CouponsIssued.issued",
        "InvalidCoupon.field",
        "TooManyCoupons.most",
        # How many orders, of which the examples have canaries; a cursor there is only after hundreds.
        "Simulation.orders",
        "Simulation.ordersHit",
        "Simulation.customersHit",
        "Simulation.next",
        # A special price is answered as a whole or not at all, and its id and name have canaries; the one of the scene
        # is still to begin, so that no buyer is told of any.
        "ChargedSpecial.endsAt",
        "ChargedSpecial.left",
        "ChargedSpecial.name",
        "InvalidSpecialPrice.reason",
        "MissedSpecial.left",
        "MissedSpecial.name",
        "PriceStep.left",
        "PriceStep.rule",
        "SpecialPrice.audienceIds",
        "SpecialPrice.percentage",
        "SpecialPrice.perCustomer",
        "SpecialPrice.stock",
        "SpecialPrice.taken",
        "SpecialPrice.unit",
        "SpecialPrice.validFrom",
        "SpecialPrice.validUntil",
        "SpecialPrice.version",
        "SpecialPrice.weekdays",
        "SpecialPriceConnection.totalCount",
        "SpecialPriceEdge.cursor",
        "PriceBatch.createdAt",
        "PriceBatchConnection.totalCount",
        "PriceList.priority",
        "PriceList.validFrom",
        "PriceList.validUntil",
        "PriceListConnection.totalCount",
        "PriceListItem.priority",
        "PriceListItem.unit",
        "PriceListItem.validFrom",
        "PriceListItem.validUntil",
        "PriceListItemConnection.totalCount",
        "PriceRung.minQuantity",
        "PriceRung.percentage",
        "InvalidPriceList.reason",
        "RaisedPrice.percentage",
        "RaisedPrice.unit",
        "PriceBatch.effectiveFrom",
        "PriceBatch.ladders",
        "PriceBatch.publishedAt",
        "SkuPrice.breaksUnit",
        "SettingsChanged.settingsVersion",
        "TooManyChanges.most",
        "TooManyLines.lines",
        "TooManyLines.most",
        "TooManyPrices.most",
        "UnknownPriceList.reference",
        "UnknownSku.reference",
        "UnknownUnit.unit",
        "UnknownWarehouse.reference",
        # A cart is answered as a whole or not at all; its ids, notes, texts and quantities have canaries.
        "CartLine.unitCode",
        "CartChange.minimumBefore",
        "CartChange.minimumNow",
        "CartChange.stepBefore",
        "CartChange.stepNow",
        "CartFull.most",
        "InvalidCartText.most",
        "InvalidCartText.field",
        "ListLine.unitCode",
        "ListChanged.version",
        "InvalidList.reason",
        "ShoppingList.version",
        "OrderTemplate.version",
        "ReorderedLine.line",
        "ReorderedLine.put",
        "OrderTextTooLong.characters",
        "OrderTextTooLong.pieces",
        "OrderTextPiece.line",
        "OrderTextPiece.name",
        "OrderTextPiece.text",
        "OrderTextAmount.quantity",
        "WrittenAmount.quantity",
        "WrittenAmount.unit",
    ]
)
"""Leaves without a canary: counts, rules of the trade, and what the client has said itself."""
_WORDS = frozenset({"message", "path"})
_SECRET_TYPES = frozenset({"ID", "String", "Int", "Decimal", "Date", "DateTime"})


@attrs.frozen(slots=False)
class Told:
    """An answer."""

    status: int
    text: str
    headers: str

    @cached_property
    def content(self) -> Any:
        """What it says."""
        return json.loads(self.text)

    @cached_property
    def codes(self) -> set[str]:
        """The codes of its errors."""
        return {str(one["extensions"]["code"]) for one in self.content.get("errors", ())}

    def masked(self, *said: str) -> tuple[int, str]:
        """The answer without what was said and without its reference."""
        text = _REFERENCE.sub("¤", self.text)
        for one in said:
            text = text.replace(one, "¤")
        return self.status, text


def difference(one: tuple[int, str], other: tuple[int, str]) -> str:
    """The status and the text of both from shortly before where they are no longer alike."""
    (status, text), (another, as_text) = one, other
    pairs = enumerate(zip(text, as_text, strict=False))
    alike = next((at for at, (a, b) in pairs if a != b), min(len(text), len(as_text)))
    start = max(0, alike - 120)
    return f"{status} …{text[start : alike + 300]} where it is {another} …{as_text[start : alike + 300]}"


def refusals() -> Iterator[str]:
    """Every kind of refusal that a payload may have."""
    interface = BUILT.type_map["UserError"]
    assert isinstance(interface, GraphQLInterfaceType)
    yield from (one.name for one in BUILT.get_possible_types(interface))


def shown(data: Any) -> bool:
    """Tell whether something stands where a closed field was asked for."""
    if isinstance(data, list):
        return any(map(shown, data))
    if isinstance(data, dict):
        return data.get(PROBE) is not None or any(map(shown, data.values()))
    return False


def leaves_of_schema() -> Iterator[str]:
    """Every leaf of the schema that has to be seen with a canary."""
    for one in all_fields():
        type_name, _, name = one.partition(".")
        of_interface = type_name in ("Node", "UserError")
        named = get_named_type(fields_of(BUILT, type_name)[name].type)
        may_be_secret = is_leaf_type(named) and named.name in _SECRET_TYPES and name not in _WORDS
        if may_be_secret and not of_interface and one not in _PLAIN_LEAVES:
            yield one


def seen(picked: Collection[Any], data: Any) -> Iterator[tuple[str, Any]]:
    """Every field of an answer with its value, lists one by one."""
    for one in picked:
        if one.key not in data or data[one.key] is None or one.name == "__typename":
            continue
        values = data[one.key] if isinstance(data[one.key], list) else [data[one.key]]
        for value in _flat(values):
            if isinstance(value, dict):
                yield f"{one.parent}.{one.name}", ""
                yield from seen(one.below, value)
            elif value is not None:
                yield f"{one.parent}.{one.name}", value


def _flat(values: list[Any]) -> Iterator[Any]:
    for one in values:
        if isinstance(one, list):
            yield from _flat(one)
        else:
            yield one


def beside(cursor: str) -> str:
    """A cursor that differs only in the last of its parts, by one digit or letter."""
    name, *key = json.loads(decoded(cursor))
    last = key[-1]
    if isinstance(last, int):
        key[-1] = last - last % 10 + (last + 1) % 10
    else:
        key[-1] = last[:-1] + ("1" if last.endswith("0") else "0")
    return urlsafe_b64encode(json.dumps([name, *key], ensure_ascii=False).encode()).decode().rstrip("=")


def inside(question: Question) -> list[str]:
    """What a question says that is as new as a key."""
    return re.findall(r"walls-[0-9]+", question.variables) + MARK.findall(question.variables)
