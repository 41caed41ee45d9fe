"""The enums of the core as clients see them: their own values, each with a description.

They are published before any type names one: `__init__` sees to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry

from application.authorization import ActorKind, HiddenReason, Permission
from application.order_text import PieceStatus
from application.ports.wechat import WeChatReason
from application.views.catalog import ProductSort
from application.views.searching import MissedSort
from domain.cart import CartChangeKind
from domain.catalog import StockStatus
from domain.customers import Role
from domain.groups import GroupKind
from domain.inventory import MovementReason
from domain.merchant import PaymentMethod, PriceStrategy, StockDisplay
from domain.money import Currency, Rounding
from domain.ordering import FulfillmentStatus, OrderStatus, PaymentStatus
from domain.ownership import OwnerKind
from domain.people import SecondFactor
from domain.period import CalendarPeriod
from domain.price_batches import BatchState
from domain.promotions import GiftShortage, RejectionReason, Stacking
from domain.verification import VerificationState
from domain.visibility import VisibilityReason

AnyEnum = TypeVar("AnyEnum", bound=type[Enum])


def declare(
    kind: AnyEnum, *, description: str, values: Mapping[str, str], name: str | None = None
) -> AnyEnum:
    """Publish an enum of the core under its own values, each with a description.

    :raises ValueError: if a value is not described, or something is that is none.
    """
    if set(values) != {member.name for member in kind}:
        raise ValueError(f"every value of {kind.__name__} has a description")
    declared = strawberry.enum(kind, name=name, description=description)
    for value in declared.__strawberry_definition__.values:  # type: ignore[attr-defined]  # Strawberry puts it there
        value.description = values[value.name]
    return declared


declare(
    Permission,
    description="What a field needs of whoever asks.",
    values={
        "BROWSE": "Everybody has it, guests too.",
        "VIEW_ACCOUNT": "To see one's own account: buyers have it.",
        "PLACE_ORDERS": "To ask for quotes and to order for a company.",
        "VIEW_ORDERS": "To see orders: buyers see those of their company and of those below it, staff those of all.",
        "CANCEL_ORDERS": "To call orders off.",
        "BACK_OFFICE": "To enter the back office: staff have it.",
        "VIEW_CUSTOMERS": "To see the customers and who buys for them.",
        "VIEW_STOCK": "To see the stock of every warehouse.",
        "CONFIRM_ORDERS": "To take orders.",
        "MANAGE_STOCK": "To receive and adjust stock.",
        "MANAGE_PRICES": "To set prices.",
        "MANAGE_PROMOTIONS": "To make promotions, change them and end them.",
        "VIEW_FLOORS": "To see floors and costs, and what is sold below its floor.",
        "MANAGE_FLOORS": "To set floors, costs and margins, and to approve what is below a floor.",
        "ADJUST_ORDERS": "To take something off an order as a whole after it was placed.",
        "MANAGE_CATALOG": "To change the catalog.",
        "VIEW_TRAIL": "To read the audit trail.",
        "MANAGE_COMPANY": "To have one's own company verified, and say who buys for it: owners have it.",
        "MANAGE_SETTINGS": "To change the merchant's own settings.",
        "MANAGE_CUSTOMERS": "Approve and change customers, their groups and their people.",
        "VIEW_PERSONAL_DATA": "To see people's names, phones and streets, which are masked without it.",
        "MANAGE_PERSONAL_DATA": "To see personal data, to export what is kept of a buyer, and to erase it.",
        "MANAGE_LOGIN": "To secure one's own login, end its sessions and switch its places: whoever signed in has it.",
        "MANAGE_STAFF": "To say who works for the merchant, and what they may do.",
    },
)
declare(
    ActorKind,
    description="What somebody is to the merchant.",
    values={
        "GUEST": "Nobody known.",
        "BUYER": "A person who buys for a customer.",
        "STAFF": "A person who works for the merchant.",
        "OPERATOR": "Whoever runs the installation, at its command line.",
    },
)
declare(
    OwnerKind,
    description="What somebody is to a customer.",
    values={
        "SALES_REP": "The merchant's person who looks after it.",
        "AGENT": "The company through which it buys.",
    },
)
declare(
    Currency,
    name="CurrencyCode",
    description="A currency, by its ISO 4217 code.",
    values={
        "CNY": "Renminbi yuan.",
        "HKD": "Hong Kong dollar.",
        "USD": "US dollar.",
        "EUR": "Euro.",
        "JPY": "Yen, without decimals.",
    },
)
declare(
    BatchState,
    description="Where a batch of prices stands.",
    values={
        "STAGED": "It is there, and none of its prices holds.",
        "PUBLISHED": "Its prices hold from its moment on.",
        "UNDONE": "It was taken back.",
        "SETTLED": "Its prices took the place of those before them, and cannot be taken back.",
    },
)
declare(
    Rounding,
    description="What is left off an amount to make it round (抹零).",
    values={
        "NONE": "Nothing.",
        "FEN": "What is less than a jiao, a tenth of the currency's unit (抹分).",
        "JIAO": "What is less than one of the currency's unit (抹角).",
    },
)
declare(
    PriceStrategy,
    description="How one is chosen of several prices that a customer could get.",
    values={
        "PRIORITY": "The most binding list that has one for the quantity: contract, price list, tier, base.",
        "LOWEST": "The lowest of all of them.",
    },
)
declare(
    CalendarPeriod,
    description="A stretch of the merchant's calendar.",
    values={"DAY": "A day.", "WEEK": "A week, from Monday on.", "MONTH": "A month."},
)
declare(
    HiddenReason,
    description="Why a price or a stock figure is not shown.",
    values={
        "LOGIN_REQUIRED": "Only customers see it.",
        "APPROVAL_PENDING": "The company has not been approved yet, or its approval is over.",
        "MERCHANT_HIDES": "The merchant shows it to nobody.",
        "NO_PRICE": "Nobody has said what this costs.",
        "NOT_OFFERED": "It is not among the goods that this customer is shown.",
        "TOO_MANY_GOODS": "More is found than prices are compared of: the search has to be narrowed.",
    },
)
declare(
    VerificationState,
    description="Where the verification of a company stands.",
    values={
        "DRAFT": "The company has yet to say what it is.",
        "SUBMITTED": "The merchant looks at it.",
        "NEED_INFO": "The merchant has asked for more.",
        "APPROVED": "The company sees prices and may order.",
        "REJECTED": "The merchant has found against it.",
        "EXPIRED": "It was approved, and its licence has run out since.",
    },
)
declare(
    StockStatus,
    description="How a buyer sees the stock of a SKU.",
    values={
        "IN_STOCK": "There is enough.",
        "LOW": "There is little left.",
        "OUT_OF_STOCK": "There is none.",
        "BACKORDER": "There is none, but it can be ordered.",
        "UNTRACKED": "The stock is not counted.",
    },
)
declare(
    StockDisplay,
    description="What buyers are shown of the stock.",
    values={
        "EXACT": "The status and the figure.",
        "BANDED": "The status, and between which round numbers the figure lies.",
        "HIDDEN": "Whether there is something or not.",
    },
)
declare(
    MovementReason,
    description="Why the stock on hand changed.",
    values={
        "OPENING": "It was there when the books were opened.",
        "RECEIPT": "Goods came in.",
        "COUNT": "A count found another number.",
        "DAMAGE": "Goods were damaged or lost.",
        "CORRECTION": "The books were wrong.",
    },
)
declare(
    GroupKind,
    description="What a group of customers is about; their level is the price tier.",
    values={
        "REGION": "Where they are: regions form a tree.",
        "FREE": "Anything else.",
    },
)
declare(
    VisibilityReason,
    description="Why a customer sees a product, or does not.",
    values={
        "EVERYONE": "Everyone does from whom it is not hidden.",
        "NAMED": "It is shown to them by one of the names they go by.",
        "NOT_NAMED": "It is shown to others only.",
        "HIDDEN": "It is hidden from one of the names they go by.",
    },
)
declare(
    MissedSort,
    description="The order of searches that found nothing.",
    values={"MOST_FREQUENT": "The most frequent first.", "LATEST": "The latest first."},
)
declare(
    ProductSort,
    description="The order of goods.",
    values={
        "RELEVANCE": "What the caller's company has bought before first, then as the merchant has arranged them.",
        "POSITION": "As the merchant has arranged them.",
        "NAME": "By name.",
        "NEWEST": "The newest first.",
        "BEST_SELLING": "What stands in most lines of all companies' orders of the 90 days before today first, "
        "then as the merchant has arranged them.",
        "PRICE_ASCENDING": "The cheapest first: by the lowest of what its SKUs for sale cost the caller, each for one "
        "of its base unit where `minQuantity` of it is bought. What has no price comes last. Refused where prices are "
        "hidden from the caller.",
        "PRICE_DESCENDING": "The dearest first, by the same price; what has none comes last.",
    },
)
declare(
    PaymentMethod,
    description="How an order is to be paid.",
    values={
        "WECHAT_PAY": "WeChat Pay.",
        "ALIPAY": "Alipay.",
        "BANK_TRANSFER": "A bank transfer, which staff record.",
        "CREDIT_TERMS": "Later, within the customer's credit.",
        "PREPAID_BALANCE": "From what the customer paid before.",
        "CASH_ON_DELIVERY": "To whoever delivers the goods.",
    },
)
declare(
    OrderStatus,
    description="Where an order stands.",
    values={
        "DRAFT": "Being put together.",
        "PENDING_APPROVAL": "Waiting for somebody of the company to agree.",
        "REJECTED": "Somebody of the company did not agree.",
        "PENDING_PAYMENT": "Waiting to be paid.",
        "EXPIRED": "Was not paid in time.",
        "SUBMITTED": "Waiting for the merchant; its stock is reserved.",
        "CONFIRMED": "The merchant has taken it.",
        "MODIFYING": "Being changed.",
        "IN_FULFILLMENT": "Being picked and shipped.",
        "COMPLETED": "Everything arrived.",
        "CLOSED_SHORT": "Closed before everything was shipped.",
        "CANCELLED": "Called off.",
    },
)
declare(
    PaymentStatus,
    description="What has been paid of an order.",
    values={
        "UNPAID": "Nothing.",
        "PARTIAL": "A part.",
        "PAID": "Everything.",
        "ON_CREDIT": "It is owed within the customer's credit.",
        "OVERDUE": "It is owed and late.",
        "PARTIALLY_REFUNDED": "A part was given back.",
        "REFUNDED": "Everything was given back.",
    },
)
declare(
    FulfillmentStatus,
    description="What has been shipped of an order.",
    values={
        "UNFULFILLED": "Nothing.",
        "PARTIAL": "A part.",
        "FULFILLED": "Everything.",
        "DELIVERED": "Everything has arrived.",
    },
)
declare(
    WeChatReason,
    description="Why WeChat does not take a code.",
    values={
        "CODE_INVALID": "It is none, or too old.",
        "CODE_USED": "It was used before.",
        "RATE_LIMITED": "Somebody tries too often.",
    },
)
declare(
    Role,
    description="What a buyer may do for the company.",
    values={
        "OWNER": "Everything.",
        "PURCHASER": "Order and call orders off.",
        "APPROVER": "Look at orders and agree to them.",
        "FINANCE": "Look at orders and what is owed.",
        "VIEWER": "Look at orders.",
    },
)
declare(
    SecondFactor,
    description="How a session stands with the second factor, in one of its places.",
    values={
        "NOT_NEEDED": "Nobody asks for one.",
        "SHOWN": "It was shown.",
        "OWED": "The login has one, and it was not shown: nothing is open but `showTotp`.",
        "SET_UP_OWED": "The merchant demands one, and the login has none: nothing is open but `beginTotp` and "
        "`confirmTotp`.",
    },
)

declare(
    CartChangeKind,
    description="What has changed of a line of a cart since it was last seen.",
    values={
        "PRICE": "What one of the unit costs, at the quantity that was seen.",
        "QUANTITY_RULE": "From how many on, or in which steps, the SKU is ordered.",
        "OUT_OF_STOCK": "There was enough, and is not any more.",
        "BACK_IN_STOCK": "There was not enough, and is now.",
        "NOT_FOR_SALE": "It is not sold any more.",
        "FOR_SALE_AGAIN": "It is sold again.",
        "UNIT_GONE": "The SKU is not sold in this unit any more.",
        "NOT_OFFERED": "It is not offered to the company any more.",
    },
)
declare(
    PieceStatus,
    name="OrderTextStatus",
    description="What came of a piece of a text.",
    values={
        "RESOLVED": "It is clear which SKU and how many, and nothing stands against it.",
        "NO_QUANTITY": "It is clear which SKU, and nothing says how many.",
        "REFUSED": "It is clear which SKU, and something keeps that many from being ordered.",
        "AMBIGUOUS": "It may mean several SKUs.",
        "UNKNOWN": "It means no SKU.",
    },
)
declare(
    Stacking,
    name="PromotionStacking",
    description="How a promotion gets along with others on the same lines.",
    values={
        "STACK": "It is applied beside others.",
        "ALONE": "It takes only lines that no other has used, and no other takes those that it used.",
    },
)
declare(
    GiftShortage,
    description="What is done when there are fewer of a gift than are due.",
    values={
        "BLOCK": "The order is refused.",
        "PARTIAL": "What there is is given.",
        "SUBSTITUTE": "Other goods are given for what is missing, as far as there are any.",
        "OWE": "What is missing is owed, and noted with the order.",
    },
)
declare(
    RejectionReason,
    name="PromotionRejection",
    description="Why a promotion that is about goods of the basket is not applied.",
    values={
        "BELOW_THRESHOLD": "Too little of its goods: the gap says how much is missing.",
        "NOT_NOW": "It does not hold at this moment.",
        "EXCLUSIVE_WORSE": "Another of its exclusive group is better for the customer.",
        "EXCLUSIVE_TAKEN": "Another of its exclusive group was applied before its turn.",
        "NOT_STACKABLE": "Other promotions have used its goods, and it does not go along with them.",
        "BUDGET_SPENT": "What is left of its budget is less than it would cost.",
        "USES_SPENT": "It was used as often as it may be.",
        "CUSTOMER_USES_SPENT": "The customer used it as often as it may.",
        "GIFT_SHORT": "There is nothing left to give.",
        "NO_DISCOUNT": "There is nothing left to take off.",
    },
)
