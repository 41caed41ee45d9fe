"""What may be told: the codes of every answer that is no, and in which languages."""

from __future__ import annotations

from enum import Enum


class Locale(Enum):
    """A language that messages are written in."""

    ZH = "zh-CN"
    EN = "en"

    @classmethod
    def accepted(cls, header: str | None) -> Locale:
        """Choose the language that an Accept-Language header prefers; Chinese where it names none of ours."""
        best, found = 0.0, cls.ZH
        for part in (header or "").split(",")[:20]:
            tag, _, rest = part.partition(";")
            language = tag.strip().lower().partition("-")[0]
            weight = _weight(rest)
            if weight > best and language in ("zh", "en"):
                best, found = weight, cls.ZH if language == "zh" else cls.EN
        return found


def _weight(parameter: str) -> float:
    name, _, text = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


class Code(Enum):
    """Everything that `errors[].extensions.code` may say: the list is closed."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    RATE_LIMITED = "RATE_LIMITED"
    CONFLICT = "CONFLICT"
    TIMEOUT = "TIMEOUT"
    INTERNAL = "INTERNAL"


class ErrorCode(Enum):
    """Every refusal that a payload or a quote may carry."""

    ADDRESS_NOT_FOUND = "ADDRESS_NOT_FOUND"
    ALREADY_MEMBER = "ALREADY_MEMBER"
    APPROVAL_PENDING = "APPROVAL_PENDING"
    AGENT_OF_ITSELF = "AGENT_OF_ITSELF"
    ALREADY_BUYER = "ALREADY_BUYER"
    ALREADY_STAFF = "ALREADY_STAFF"
    BRANCH_OF_ITSELF = "BRANCH_OF_ITSELF"
    BUYER_NOT_FOUND = "BUYER_NOT_FOUND"
    CODE_SENT_ALREADY = "CODE_SENT_ALREADY"
    CONTACT_REQUIRED = "CONTACT_REQUIRED"
    COUPON_NOT_CLAIMABLE = "COUPON_NOT_CLAIMABLE"
    COUPON_NOT_FOUND = "COUPON_NOT_FOUND"
    COUPON_NOT_USABLE = "COUPON_NOT_USABLE"
    COUPON_TEMPLATE_NOT_FOUND = "COUPON_TEMPLATE_NOT_FOUND"
    COUPON_USED = "COUPON_USED"
    CUSTOMER_NOT_FOUND = "CUSTOMER_NOT_FOUND"
    CONFIRMATION_REQUIRED = "CONFIRMATION_REQUIRED"
    DELIVERY_DATE_IN_PAST = "DELIVERY_DATE_IN_PAST"
    DETAILS_MISSING = "DETAILS_MISSING"
    DELIVERY_DATE_TOO_EARLY = "DELIVERY_DATE_TOO_EARLY"
    EMAIL_REQUIRED = "EMAIL_REQUIRED"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    EMPTY_BASKET = "EMPTY_BASKET"
    GROUP_IN_USE = "GROUP_IN_USE"
    GROUP_NAME_TAKEN = "GROUP_NAME_TAKEN"
    GROUP_NOT_FOUND = "GROUP_NOT_FOUND"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    ILLEGAL_MOVE = "ILLEGAL_MOVE"
    ILLEGAL_STEP = "ILLEGAL_STEP"
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    INVALID_CHANGE = "INVALID_CHANGE"
    INVALID_CODE = "INVALID_CODE"
    INVALID_GROUP = "INVALID_GROUP"
    INVALID_ENTRY = "INVALID_ENTRY"
    INVALID_COMPANY_NAME = "INVALID_COMPANY_NAME"
    INVALID_COUPON = "INVALID_COUPON"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    INVALID_EMAIL = "INVALID_EMAIL"
    INVALID_NAME = "INVALID_NAME"
    INVALID_PASSWORD = "INVALID_PASSWORD"
    INVALID_PHONE = "INVALID_PHONE"
    INVALID_PRICE = "INVALID_PRICE"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    INVALID_REFRESH_TOKEN = "INVALID_REFRESH_TOKEN"
    INVALID_TAG = "INVALID_TAG"
    INVALID_SETTING = "INVALID_SETTING"
    INVALID_TERMS = "INVALID_TERMS"
    INVALID_TOTP = "INVALID_TOTP"
    INVALID_VISIBILITY = "INVALID_VISIBILITY"
    INVITATION_EXPIRED = "INVITATION_EXPIRED"
    INVITATION_FOR_ANOTHER = "INVITATION_FOR_ANOTHER"
    INVITATION_NOT_FOUND = "INVITATION_NOT_FOUND"
    INVITATION_REVOKED = "INVITATION_REVOKED"
    INVITATION_USED_UP = "INVITATION_USED_UP"
    LAST_OWNER = "LAST_OWNER"
    LICENCE_EXPIRED = "LICENCE_EXPIRED"
    MEMBERSHIP_NOT_FOUND = "MEMBERSHIP_NOT_FOUND"
    NEW_PASSWORD_REQUIRED = "NEW_PASSWORD_REQUIRED"
    NOT_FOR_SALE = "NOT_FOR_SALE"
    NOT_YOURS_TO_GRANT = "NOT_YOURS_TO_GRANT"
    NO_MEMBERSHIP = "NO_MEMBERSHIP"
    NO_OWNER_LEFT = "NO_OWNER_LEFT"
    OLD_PASSWORD_REQUIRED = "OLD_PASSWORD_REQUIRED"
    ORDER_MINIMUM_NOT_REACHED = "ORDER_MINIMUM_NOT_REACHED"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    OWNERSHIP_IN_PAST = "OWNERSHIP_IN_PAST"
    OWNER_NOT_FOUND = "OWNER_NOT_FOUND"
    OWN_ACCESS = "OWN_ACCESS"
    PARENT_NOT_FOUND = "PARENT_NOT_FOUND"
    PAYMENT_METHOD_NOT_ENABLED = "PAYMENT_METHOD_NOT_ENABLED"
    PERSON_NOT_FOUND = "PERSON_NOT_FOUND"
    PHONE_REQUIRED = "PHONE_REQUIRED"
    PRICE_UNAVAILABLE = "PRICE_UNAVAILABLE"
    SECOND_FACTOR_DEMANDED = "SECOND_FACTOR_DEMANDED"
    SECOND_FACTOR_OFF = "SECOND_FACTOR_OFF"
    SECOND_FACTOR_ON = "SECOND_FACTOR_ON"
    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    SESSION_OVER = "SESSION_OVER"
    SETTINGS_CHANGED = "SETTINGS_CHANGED"
    STAFF_NOT_FOUND = "STAFF_NOT_FOUND"
    STOCK_TOO_LOW = "STOCK_TOO_LOW"
    TEXT_MESSAGE_FAILED = "TEXT_MESSAGE_FAILED"
    TIER_NOT_FOUND = "TIER_NOT_FOUND"
    TOO_MANY_CHANGES = "TOO_MANY_CHANGES"
    TOO_MANY_CODES = "TOO_MANY_CODES"
    TOO_MANY_CUSTOMERS = "TOO_MANY_CUSTOMERS"
    TOO_MANY_LINES = "TOO_MANY_LINES"
    TOO_MANY_PRICES = "TOO_MANY_PRICES"
    TOO_MANY_PRODUCTS = "TOO_MANY_PRODUCTS"
    TOO_MANY_TAGS = "TOO_MANY_TAGS"
    TOO_MANY_TRIES = "TOO_MANY_TRIES"
    TOTAL_CHANGED = "TOTAL_CHANGED"
    UNKNOWN_AUDIENCE = "UNKNOWN_AUDIENCE"
    UNKNOWN_CUSTOMER = "UNKNOWN_CUSTOMER"
    UNKNOWN_GOODS = "UNKNOWN_GOODS"
    TREE_TOO_DEEP = "TREE_TOO_DEEP"
    UNKNOWN_PRICE_LIST = "UNKNOWN_PRICE_LIST"
    UNKNOWN_PRODUCT = "UNKNOWN_PRODUCT"
    UNKNOWN_SKU = "UNKNOWN_SKU"
    UNKNOWN_STAFF = "UNKNOWN_STAFF"
    UNKNOWN_TIER = "UNKNOWN_TIER"
    UNKNOWN_UNIT = "UNKNOWN_UNIT"
    UNKNOWN_WAREHOUSE = "UNKNOWN_WAREHOUSE"
    VERIFICATION_NOT_FOUND = "VERIFICATION_NOT_FOUND"
    WECHAT_REFUSED = "WECHAT_REFUSED"
    WECHAT_UNAVAILABLE = "WECHAT_UNAVAILABLE"


class Untold(Enum):
    """A refusal without a figure that is not for whoever asks."""

    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"


class Wrong(Enum):
    """What is wrong with a request or an argument that has no typed refusal."""

    REQUEST = "REQUEST"
    PAGE = "PAGE"
    CURSOR = "CURSOR"
    IDEMPOTENCY_KEY = "IDEMPOTENCY_KEY"
    UNIT_OR_QUANTITY = "UNIT_OR_QUANTITY"
    SKU_NAMED_TWICE = "SKU_NAMED_TWICE"
    SKU_BY_ONE = "SKU_BY_ONE"
    TOO_MANY_IDS = "TOO_MANY_IDS"
    TEXT = "TEXT"
    SEARCH = "SEARCH"
    TOTAL = "TOTAL"
    MERCHANT = "MERCHANT"
    SLOW = "SLOW"
    INTROSPECTION = "INTROSPECTION"
    OTHER_HASH = "OTHER_HASH"
    ONLY_TRUSTED = "ONLY_TRUSTED"


class Limit(Enum):
    """What one request may have only so much of; `errors[].extensions.limit` names it."""

    BODY_BYTES = "bodyBytes"
    DOCUMENT_BYTES = "documentBytes"
    JSON_DEPTH = "jsonDepth"
    BRACE_DEPTH = "braceDepth"
    TOKENS = "tokens"
    CYCLE = "fragmentCycle"
    NODES = "nodes"
    DEPTH = "depth"
    ALIASES = "aliases"
    DIRECTIVES = "directives"
    SELECTIONS = "selections"
    ROOT_FIELDS = "rootFields"
    MUTATIONS = "mutations"
    SENSITIVE_MUTATIONS = "sensitiveMutations"
    LIST_ITEMS = "listItems"
    SAME_NAMES = "sameNames"
    OBJECTS = "objects"


class BadInput(Exception):
    """An argument that cannot be used, where the contract has no typed refusal for it."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.value)
        self.wrong = wrong


class NotShown(Exception):
    """A question about the schema, where it does not show itself."""
