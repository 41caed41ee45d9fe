"""The table of refusals: what each is called, and which part of the input it is about."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from adapters.graphql.messages import ErrorCode
from application.groups import TooManyCustomers
from application.inventory import TooManyChanges
from application.invitations import UnknownStaff, UnknownTier
from application.many_skus import InvalidAllowance, TooManyRules
from application.ports.storage import CustomerNotFound, IdempotencyKeyReused
from application.ports.text_messages import TextMessageFailed
from application.ports.wechat import WeChatRefused, WeChatUnavailable
from application.price_lists import InvalidPriceList
from application.pricing import TooManyPrices
from application.visibility import TooManyProducts
from domain.cart import CartFull, CartLineNotFound, InvalidCartText
from domain.catalog import (
    InvalidQuantity,
    InvalidQuantityRule,
    NotForSale,
    QuotaExceeded,
    UnknownSku,
    UnknownUnit,
)
from domain.coupons import (
    CouponNotClaimable,
    CouponNotFound,
    CouponNotUsable,
    CouponTemplateNotFound,
    CouponUsed,
    InvalidCoupon,
    TooManyCoupons,
)
from domain.credentials import (
    EmailRequired,
    EmailTaken,
    InvalidCredentials,
    InvalidEmail,
    InvalidName,
    InvalidPassword,
    InvalidTotp,
    NewPasswordRequired,
    OldPasswordRequired,
    SecondFactorDemanded,
    SecondFactorOff,
    SecondFactorOn,
    SecondFactorRequired,
    TooManyTries,
)
from domain.customers import (
    AddressNotFound,
    BranchOfItself,
    InvalidCompanyName,
    ParentNotFound,
    TierNotFound,
    TreeTooDeep,
)
from domain.delivery import DeliveryDateTooEarly
from domain.errors import DomainError
from domain.floors import BelowFloor, BelowFloorNeedsApproval, InvalidFloor
from domain.groups import (
    GroupInUse,
    GroupNameTaken,
    GroupNotFound,
    InvalidGroup,
    InvalidTag,
    TooManyTags,
    UnknownCustomer,
)
from domain.inventory import InsufficientStock, InvalidChange, StockTooLow, UnknownWarehouse
from domain.invitations import (
    AlreadyMember,
    InvalidEntry,
    InvitationExpired,
    InvitationForAnother,
    InvitationNotFound,
    InvitationRevoked,
    InvitationUsedUp,
)
from domain.merchant import InvalidSetting, SettingsChanged
from domain.order_text import OrderTextTooLong
from domain.ordering import (
    AdjustmentTooLarge,
    DeliveryDateInPast,
    IllegalMove,
    InvalidAdjustment,
    InvalidTerms,
    InvalidWeighing,
    MoreThanInStock,
    NotAmendable,
    OrderNotFound,
    OutsideTolerance,
    PaymentMethodNotEnabled,
)
from domain.own_names import InvalidOwnName
from domain.ownership import AgentOfItself, OwnerNotFound, OwnershipInPast
from domain.people import (
    CodeSentAlready,
    ConfirmationRequired,
    InvalidCode,
    InvalidPhone,
    InvalidRefreshToken,
    MembershipNotFound,
    NoMembership,
    PhoneRequired,
    SessionOver,
    TooManyCodes,
)
from domain.price_batches import BatchBuiltOn, IllegalBatchMove, InvalidEffectiveDate, PriceBatchNotFound
from domain.pricing import InvalidPrice, PriceUnavailable, UnknownPriceList
from domain.privacy import LastOwner, PersonNotFound
from domain.promotions import GiftShort, InvalidPromotion, PromotionNotFound, UnknownGift, UnknownGoods
from domain.quoting import EmptyBasket, OrderMinimumNotReached, TooManyLines, TotalChanged
from domain.shopping import InvalidList, ListChanged, ListNotFound
from domain.special_prices import InvalidSpecialPrice, SpecialPriceNotFound
from domain.team import (
    AlreadyBuyer,
    AlreadyStaff,
    BuyerNotFound,
    ContactRequired,
    NoOwnerLeft,
    NotYoursToGrant,
    OwnAccess,
    StaffNotFound,
)
from domain.verification import (
    ApprovalPending,
    DetailsMissing,
    IllegalStep,
    LicenceExpired,
    VerificationNotFound,
)
from domain.visibility import InvalidVisibility, UnknownAudience, UnknownProduct


@attrs.frozen
class Row:
    """How a refusal is told: its code, and which part of the input it is about, below its line if it has one."""

    code: ErrorCode
    about: tuple[str, ...] = ()


TABLE: Mapping[type[DomainError], Row] = {
    AddressNotFound: Row(ErrorCode.ADDRESS_NOT_FOUND, ("addressId",)),
    AlreadyMember: Row(ErrorCode.ALREADY_MEMBER, ("invitation",)),
    ApprovalPending: Row(ErrorCode.APPROVAL_PENDING),
    CartFull: Row(ErrorCode.CART_FULL, ("lines",)),
    CartLineNotFound: Row(ErrorCode.CART_LINE_NOT_FOUND, ("lineId",)),
    InvalidCartText: Row(ErrorCode.INVALID_CART_TEXT),
    InvalidList: Row(ErrorCode.INVALID_LIST),
    ListChanged: Row(ErrorCode.LIST_CHANGED, ("version",)),
    ListNotFound: Row(ErrorCode.LIST_NOT_FOUND),
    OrderTextTooLong: Row(ErrorCode.ORDER_TEXT_TOO_LONG, ("text",)),
    AgentOfItself: Row(ErrorCode.AGENT_OF_ITSELF, ("ownerId",)),
    AlreadyBuyer: Row(ErrorCode.ALREADY_BUYER, ("phone",)),
    AlreadyStaff: Row(ErrorCode.ALREADY_STAFF, ("phone",)),
    BranchOfItself: Row(ErrorCode.BRANCH_OF_ITSELF, ("parentId",)),
    BuyerNotFound: Row(ErrorCode.BUYER_NOT_FOUND, ("buyerId",)),
    CodeSentAlready: Row(ErrorCode.CODE_SENT_ALREADY, ("phone",)),
    CouponNotClaimable: Row(ErrorCode.COUPON_NOT_CLAIMABLE),
    CouponNotFound: Row(ErrorCode.COUPON_NOT_FOUND, ("couponId",)),
    CouponNotUsable: Row(ErrorCode.COUPON_NOT_USABLE, ("coupons",)),
    CouponTemplateNotFound: Row(ErrorCode.COUPON_TEMPLATE_NOT_FOUND),
    CouponUsed: Row(ErrorCode.COUPON_USED, ("couponId",)),
    ContactRequired: Row(ErrorCode.CONTACT_REQUIRED, ("phone",)),
    CustomerNotFound: Row(ErrorCode.CUSTOMER_NOT_FOUND, ("customerId",)),
    ConfirmationRequired: Row(ErrorCode.CONFIRMATION_REQUIRED, ("code",)),
    DeliveryDateInPast: Row(ErrorCode.DELIVERY_DATE_IN_PAST, ("requestedDeliveryDate",)),
    DetailsMissing: Row(ErrorCode.DETAILS_MISSING),
    DeliveryDateTooEarly: Row(ErrorCode.DELIVERY_DATE_TOO_EARLY, ("requestedDeliveryDate",)),
    EmailRequired: Row(ErrorCode.EMAIL_REQUIRED, ("email",)),
    EmailTaken: Row(ErrorCode.EMAIL_TAKEN, ("email",)),
    EmptyBasket: Row(ErrorCode.EMPTY_BASKET, ("lines",)),
    GroupInUse: Row(ErrorCode.GROUP_IN_USE, ("groupId",)),
    GroupNameTaken: Row(ErrorCode.GROUP_NAME_TAKEN, ("name",)),
    GroupNotFound: Row(ErrorCode.GROUP_NOT_FOUND),
    GiftShort: Row(ErrorCode.GIFT_SHORT, ("gifts",)),
    IdempotencyKeyReused: Row(ErrorCode.IDEMPOTENCY_KEY_REUSED, ("idempotencyKey",)),
    InvalidPriceList: Row(ErrorCode.INVALID_PRICE_LIST),
    IllegalBatchMove: Row(ErrorCode.ILLEGAL_BATCH_MOVE, ("batchId",)),
    BatchBuiltOn: Row(ErrorCode.PRICE_BATCH_BUILT_ON, ("batchId",)),
    PriceBatchNotFound: Row(ErrorCode.PRICE_BATCH_NOT_FOUND, ("batchId",)),
    InvalidEffectiveDate: Row(ErrorCode.INVALID_EFFECTIVE_DATE, ("effectiveFrom",)),
    IllegalMove: Row(ErrorCode.ILLEGAL_MOVE, ("orderId",)),
    IllegalStep: Row(ErrorCode.ILLEGAL_STEP, ("customerId",)),
    InsufficientStock: Row(ErrorCode.INSUFFICIENT_STOCK, ("quantity",)),
    InvalidChange: Row(ErrorCode.INVALID_CHANGE, ("quantity",)),
    InvalidCode: Row(ErrorCode.INVALID_CODE, ("code",)),
    InvalidGroup: Row(ErrorCode.INVALID_GROUP),
    InvalidEntry: Row(ErrorCode.INVALID_ENTRY),
    InvalidCoupon: Row(ErrorCode.INVALID_COUPON),
    InvalidOwnName: Row(ErrorCode.INVALID_OWN_NAME, ("name",)),
    InvalidCompanyName: Row(ErrorCode.INVALID_COMPANY_NAME, ("name",)),
    InvalidCredentials: Row(ErrorCode.INVALID_CREDENTIALS),
    InvalidEmail: Row(ErrorCode.INVALID_EMAIL, ("email",)),
    InvalidName: Row(ErrorCode.INVALID_NAME, ("name",)),
    InvalidPassword: Row(ErrorCode.INVALID_PASSWORD, ("newPassword",)),
    InvalidPhone: Row(ErrorCode.INVALID_PHONE, ("phone",)),
    InvalidPrice: Row(ErrorCode.INVALID_PRICE, ("breaks",)),
    InvalidPromotion: Row(ErrorCode.INVALID_PROMOTION),
    InvalidSpecialPrice: Row(ErrorCode.INVALID_SPECIAL_PRICE),
    SpecialPriceNotFound: Row(ErrorCode.SPECIAL_PRICE_NOT_FOUND, ("specialPriceId",)),
    InvalidQuantity: Row(ErrorCode.INVALID_QUANTITY, ("quantity",)),
    InvalidQuantityRule: Row(ErrorCode.INVALID_QUANTITY_RULE),
    InvalidAllowance: Row(ErrorCode.INVALID_ALLOWANCE),
    BelowFloor: Row(ErrorCode.BELOW_FLOOR),
    BelowFloorNeedsApproval: Row(ErrorCode.BELOW_FLOOR_NEEDS_APPROVAL),
    InvalidFloor: Row(ErrorCode.INVALID_FLOOR),
    InvalidAdjustment: Row(ErrorCode.INVALID_ADJUSTMENT),
    MoreThanInStock: Row(ErrorCode.MORE_THAN_IN_STOCK, ("actual",)),
    InvalidWeighing: Row(ErrorCode.INVALID_WEIGHING),
    OutsideTolerance: Row(ErrorCode.OUTSIDE_TOLERANCE, ("actual",)),
    AdjustmentTooLarge: Row(ErrorCode.ADJUSTMENT_TOO_LARGE, ("amount",)),
    NotAmendable: Row(ErrorCode.NOT_AMENDABLE, ("orderId",)),
    InvalidRefreshToken: Row(ErrorCode.INVALID_REFRESH_TOKEN, ("refreshToken",)),
    InvalidTag: Row(ErrorCode.INVALID_TAG, ("tags",)),
    InvalidSetting: Row(ErrorCode.INVALID_SETTING),
    InvalidTerms: Row(ErrorCode.INVALID_TERMS),
    InvalidTotp: Row(ErrorCode.INVALID_TOTP),
    InvalidVisibility: Row(ErrorCode.INVALID_VISIBILITY),
    InvitationExpired: Row(ErrorCode.INVITATION_EXPIRED, ("invitation",)),
    InvitationForAnother: Row(ErrorCode.INVITATION_FOR_ANOTHER, ("invitation",)),
    InvitationNotFound: Row(ErrorCode.INVITATION_NOT_FOUND),
    InvitationRevoked: Row(ErrorCode.INVITATION_REVOKED, ("invitation",)),
    InvitationUsedUp: Row(ErrorCode.INVITATION_USED_UP, ("invitation",)),
    LastOwner: Row(ErrorCode.LAST_OWNER),
    LicenceExpired: Row(ErrorCode.LICENCE_EXPIRED),
    MembershipNotFound: Row(ErrorCode.MEMBERSHIP_NOT_FOUND, ("membershipId",)),
    NewPasswordRequired: Row(ErrorCode.NEW_PASSWORD_REQUIRED, ("newPassword",)),
    NoMembership: Row(ErrorCode.NO_MEMBERSHIP),
    NoOwnerLeft: Row(ErrorCode.NO_OWNER_LEFT, ("buyerId",)),
    NotForSale: Row(ErrorCode.NOT_FOR_SALE),
    NotYoursToGrant: Row(ErrorCode.NOT_YOURS_TO_GRANT, ("permissions",)),
    OldPasswordRequired: Row(ErrorCode.OLD_PASSWORD_REQUIRED, ("oldPassword",)),
    OrderMinimumNotReached: Row(ErrorCode.ORDER_MINIMUM_NOT_REACHED, ("lines",)),
    OrderNotFound: Row(ErrorCode.ORDER_NOT_FOUND, ("orderId",)),
    OwnAccess: Row(ErrorCode.OWN_ACCESS),
    OwnerNotFound: Row(ErrorCode.OWNER_NOT_FOUND),
    OwnershipInPast: Row(ErrorCode.OWNERSHIP_IN_PAST, ("effectiveFrom",)),
    ParentNotFound: Row(ErrorCode.PARENT_NOT_FOUND, ("parentId",)),
    PaymentMethodNotEnabled: Row(ErrorCode.PAYMENT_METHOD_NOT_ENABLED, ("paymentMethod",)),
    PersonNotFound: Row(ErrorCode.PERSON_NOT_FOUND, ("buyerId",)),
    PhoneRequired: Row(ErrorCode.PHONE_REQUIRED, ("phoneCode",)),
    PriceUnavailable: Row(ErrorCode.PRICE_UNAVAILABLE, ("quantity",)),
    PromotionNotFound: Row(ErrorCode.PROMOTION_NOT_FOUND, ("promotionId",)),
    QuotaExceeded: Row(ErrorCode.QUOTA_EXCEEDED, ("quantity",)),
    SecondFactorDemanded: Row(ErrorCode.SECOND_FACTOR_DEMANDED),
    SecondFactorOff: Row(ErrorCode.SECOND_FACTOR_OFF),
    SecondFactorOn: Row(ErrorCode.SECOND_FACTOR_ON),
    SecondFactorRequired: Row(ErrorCode.SECOND_FACTOR_REQUIRED),
    SessionOver: Row(ErrorCode.SESSION_OVER),
    SettingsChanged: Row(ErrorCode.SETTINGS_CHANGED, ("settingsVersion",)),
    StaffNotFound: Row(ErrorCode.STAFF_NOT_FOUND, ("staffId",)),
    StockTooLow: Row(ErrorCode.STOCK_TOO_LOW, ("quantity",)),
    TextMessageFailed: Row(ErrorCode.TEXT_MESSAGE_FAILED, ("phone",)),
    TierNotFound: Row(ErrorCode.TIER_NOT_FOUND, ("tier",)),
    TooManyChanges: Row(ErrorCode.TOO_MANY_CHANGES, ("changes",)),
    TooManyCodes: Row(ErrorCode.TOO_MANY_CODES, ("phone",)),
    TooManyCoupons: Row(ErrorCode.TOO_MANY_COUPONS, ("coupons",)),
    TooManyCustomers: Row(ErrorCode.TOO_MANY_CUSTOMERS, ("customerIds",)),
    TooManyLines: Row(ErrorCode.TOO_MANY_LINES, ("lines",)),
    TooManyPrices: Row(ErrorCode.TOO_MANY_PRICES, ("prices",)),
    TooManyProducts: Row(ErrorCode.TOO_MANY_PRODUCTS, ("products",)),
    TooManyRules: Row(ErrorCode.TOO_MANY_RULES),
    TooManyTags: Row(ErrorCode.TOO_MANY_TAGS, ("tags",)),
    TooManyTries: Row(ErrorCode.TOO_MANY_TRIES),
    TotalChanged: Row(ErrorCode.TOTAL_CHANGED, ("expectedTotal",)),
    UnknownAudience: Row(ErrorCode.UNKNOWN_AUDIENCE),
    UnknownCustomer: Row(ErrorCode.UNKNOWN_CUSTOMER),
    UnknownGift: Row(ErrorCode.UNKNOWN_GIFT, ("gifts",)),
    UnknownGoods: Row(ErrorCode.UNKNOWN_GOODS),
    TreeTooDeep: Row(ErrorCode.TREE_TOO_DEEP, ("parentId",)),
    UnknownPriceList: Row(ErrorCode.UNKNOWN_PRICE_LIST),
    UnknownProduct: Row(ErrorCode.UNKNOWN_PRODUCT, ("productId",)),
    UnknownSku: Row(ErrorCode.UNKNOWN_SKU),
    UnknownStaff: Row(ErrorCode.UNKNOWN_STAFF, ("salesRepId",)),
    UnknownTier: Row(ErrorCode.UNKNOWN_TIER, ("tierId",)),
    UnknownUnit: Row(ErrorCode.UNKNOWN_UNIT, ("unit",)),
    UnknownWarehouse: Row(ErrorCode.UNKNOWN_WAREHOUSE, ("warehouse",)),
    VerificationNotFound: Row(ErrorCode.VERIFICATION_NOT_FOUND, ("customerId",)),
    WeChatRefused: Row(ErrorCode.WECHAT_REFUSED),
    WeChatUnavailable: Row(ErrorCode.WECHAT_UNAVAILABLE),
}
