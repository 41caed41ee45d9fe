"""Who may do what: actors, permissions, and the one policy that every field and every verb asks."""

from __future__ import annotations

from enum import Enum

import attrs

from domain.customers import Role
from domain.errors import DomainError
from domain.identity import BuyerId, CustomerId, MerchantId, PersonId, SessionId, StaffId
from domain.merchant import Merchant, StockDisplay
from domain.privacy import Veil
from domain.trail import NOWHERE, Doer, Origin
from domain.visibility import NOBODY, Audience, Visibility


class ActorKind(Enum):
    """What somebody is to the merchant."""

    GUEST = "GUEST"
    BUYER = "BUYER"
    STAFF = "STAFF"
    OPERATOR = "OPERATOR"


class Permission(Enum):
    """What a field or a verb needs of whoever asks."""

    BROWSE = "BROWSE"
    VIEW_ACCOUNT = "VIEW_ACCOUNT"
    PLACE_ORDERS = "PLACE_ORDERS"
    VIEW_ORDERS = "VIEW_ORDERS"
    CANCEL_ORDERS = "CANCEL_ORDERS"
    BACK_OFFICE = "BACK_OFFICE"
    VIEW_CUSTOMERS = "VIEW_CUSTOMERS"
    VIEW_STOCK = "VIEW_STOCK"
    CONFIRM_ORDERS = "CONFIRM_ORDERS"
    MANAGE_STOCK = "MANAGE_STOCK"
    MANAGE_PRICES = "MANAGE_PRICES"
    MANAGE_PROMOTIONS = "MANAGE_PROMOTIONS"
    VIEW_FLOORS = "VIEW_FLOORS"
    MANAGE_FLOORS = "MANAGE_FLOORS"
    ADJUST_ORDERS = "ADJUST_ORDERS"
    MANAGE_CATALOG = "MANAGE_CATALOG"
    VIEW_TRAIL = "VIEW_TRAIL"
    MANAGE_CUSTOMERS = "MANAGE_CUSTOMERS"
    VIEW_PERSONAL_DATA = "VIEW_PERSONAL_DATA"
    MANAGE_PERSONAL_DATA = "MANAGE_PERSONAL_DATA"
    MANAGE_COMPANY = "MANAGE_COMPANY"
    MANAGE_SETTINGS = "MANAGE_SETTINGS"
    MANAGE_LOGIN = "MANAGE_LOGIN"
    MANAGE_STAFF = "MANAGE_STAFF"


_EVERYONE = frozenset({Permission.BROWSE})
_BY_ROLE = {
    Role.OWNER: {
        Permission.PLACE_ORDERS,
        Permission.CANCEL_ORDERS,
        Permission.VIEW_ORDERS,
        Permission.MANAGE_COMPANY,
    },
    Role.PURCHASER: {Permission.PLACE_ORDERS, Permission.CANCEL_ORDERS, Permission.VIEW_ORDERS},
    Role.APPROVER: {Permission.VIEW_ORDERS},
    Role.FINANCE: {Permission.VIEW_ORDERS},
    Role.VIEWER: {Permission.VIEW_ORDERS},
}
GRANTABLE = (
    frozenset(Permission)
    - {Permission.BROWSE, Permission.VIEW_ACCOUNT, Permission.PLACE_ORDERS}
    - {Permission.BACK_OFFICE, Permission.MANAGE_LOGIN, Permission.MANAGE_COMPANY}
)
"""What staff are given one by one; BACK_OFFICE comes with being staff."""


@attrs.frozen(kw_only=True)
class Actor:
    """Whoever asks: somebody of one merchant, a buyer also of the one company bought for."""

    merchant: Merchant
    kind: ActorKind = ActorKind.GUEST
    person_id: PersonId | None = None
    customer_id: CustomerId | None = None
    has_branches: bool = False
    """Whether other companies are below the one bought for: then these are the actor's to see and to act for, too."""
    permissions: frozenset[Permission] = _EVERYONE
    origin: Origin = attrs.field(default=NOWHERE, eq=False, repr=False)
    """Where they ask from, which makes nobody another."""
    audience: Audience = NOBODY
    """What visibility knows a buyer's company by; nothing where the merchant shows all its goods to everyone."""
    session_id: SessionId | None = None
    """The session in which the actor signed in; tokens that were made otherwise have none."""
    approved: bool = True
    """Whether the company bought for was approved, and still is; nobody but a buyer needs that."""

    @classmethod
    def guest(cls, merchant: Merchant) -> Actor:
        """Somebody unknown."""
        return cls(merchant=merchant)

    @classmethod
    def buyer(
        cls,
        merchant: Merchant,
        *,
        id: BuyerId,
        customer_id: CustomerId,
        role: Role,
        has_branches: bool = False,
        audience: Audience = NOBODY,
        approved: bool = True,
    ) -> Actor:
        """A person who buys for a company, and for those below it."""
        return cls(
            merchant=merchant,
            kind=ActorKind.BUYER,
            person_id=id,
            customer_id=customer_id,
            has_branches=has_branches,
            permissions=_EVERYONE | {Permission.MANAGE_LOGIN, Permission.VIEW_ACCOUNT} | _BY_ROLE[role],
            audience=audience,
            approved=approved,
        )

    @classmethod
    def staff(cls, merchant: Merchant, *, id: StaffId, granted: frozenset[Permission]) -> Actor:
        """A person who works for the merchant."""
        return cls(
            merchant=merchant,
            kind=ActorKind.STAFF,
            person_id=id,
            permissions=_EVERYONE | {Permission.MANAGE_LOGIN, Permission.BACK_OFFICE} | (granted & GRANTABLE),
        )

    @classmethod
    def unproven(cls, merchant: Merchant, *, id: PersonId) -> Actor:
        """A person who still owes the second factor: a guest to everything but the own login."""
        return cls(merchant=merchant, person_id=id, permissions=_EVERYONE | {Permission.MANAGE_LOGIN})

    @classmethod
    def operator(cls, merchant: Merchant, *, origin: Origin = NOWHERE) -> Actor:
        """Whoever runs the installation, at its command line."""
        return cls(
            merchant=merchant, kind=ActorKind.OPERATOR, permissions=_EVERYONE | GRANTABLE, origin=origin
        )

    @property
    def merchant_id(self) -> MerchantId:
        """Whose rows the actor can reach."""
        return self.merchant.id

    @property
    def name(self) -> str:
        """What the actor is called in records: the person's id, or the kind where there is no person."""
        return self.person_id or self.kind.value

    @property
    def doer(self) -> Doer:
        """Who the audit trail says it was."""
        return Doer(kind=self.kind.value, person_id=self.person_id, origin=self.origin)

    def has(self, permission: Permission) -> bool:
        """Tell whether the actor may do this."""
        return permission in self.permissions


def may(actor: Actor, permission: Permission) -> None:
    """Let the actor pass.

    :raises Unauthenticated: if it is a guest, who may perhaps do it once signed in.
    :raises Forbidden: if the actor has not been given this permission.
    """
    if not actor.has(permission):
        raise (Unauthenticated if actor.kind is ActorKind.GUEST else Forbidden)(permission)


@attrs.frozen
class Unauthenticated(DomainError):
    """Nobody has said who is asking."""

    permission: Permission | None = None


@attrs.frozen
class Forbidden(DomainError):
    """Whoever asks may not do this."""

    permission: Permission


class HiddenReason(Enum):
    """Why a figure is not shown."""

    LOGIN_REQUIRED = "LOGIN_REQUIRED"
    APPROVAL_PENDING = "APPROVAL_PENDING"
    MERCHANT_HIDES = "MERCHANT_HIDES"
    NO_PRICE = "NO_PRICE"
    NOT_OFFERED = "NOT_OFFERED"
    TOO_MANY_GOODS = "TOO_MANY_GOODS"


def sees_customers(actor: Actor) -> bool:
    """Tell whether any customer is the actor's to see: buyers see the own company and those below it, staff with the
    permission all of them.
    """
    return actor.has(Permission.VIEW_ACCOUNT) or actor.has(Permission.VIEW_CUSTOMERS)


def sees_groups(actor: Actor) -> bool:
    """Tell whether the actor knows the merchant's groups: staff who see or sort customers, or choose who sees what."""
    return any(
        actor.has(one)
        for one in (Permission.VIEW_CUSTOMERS, Permission.MANAGE_CUSTOMERS, Permission.MANAGE_CATALOG)
    )


def sees_all_goods(actor: Actor) -> bool:
    """Tell whether no product is kept from the actor: none is from staff, nor where all are shown to everyone."""
    return not actor.merchant.restricts_goods or actor.kind in (ActorKind.STAFF, ActorKind.OPERATOR)


def sees_product(actor: Actor, visibility: Visibility) -> bool:
    """Tell whether the actor sees a product that is shown so."""
    return sees_all_goods(actor) or visibility.verdict(actor.audience).visible


def veil_for(actor: Actor) -> Veil:
    """Say how people are shown: in clear to buyers, whose own company they are, and to staff with the permission."""
    clear = (Permission.VIEW_ACCOUNT, Permission.VIEW_PERSONAL_DATA, Permission.MANAGE_PERSONAL_DATA)
    return Veil(drawn=not any(actor.has(one) for one in clear))


def sees_verifications(actor: Actor) -> bool:
    """Tell whether where a company's verification stands is the actor's to see."""
    return sees_customers(actor) or actor.has(Permission.MANAGE_CUSTOMERS)


def sees_company_details(actor: Actor) -> bool:
    """Tell whether the actor may read what a company says of itself: its owner, and staff who approve companies."""
    return actor.has(Permission.MANAGE_COMPANY) or actor.has(Permission.MANAGE_CUSTOMERS)


def price_hidden_from(actor: Actor) -> HiddenReason | None:
    """Say why the actor sees no prices, if so: guests do where the merchant shows them, buyers once approved."""
    if not actor.approved:
        return HiddenReason.APPROVAL_PENDING
    if actor.kind is ActorKind.GUEST and not actor.merchant.guest_prices:
        return HiddenReason.LOGIN_REQUIRED
    return None


def stock_shown_to(actor: Actor) -> StockDisplay:
    """Say what the actor is shown of the stock: staff all of it, everybody else what the merchant shows."""
    if actor.kind in (ActorKind.STAFF, ActorKind.OPERATOR):
        return StockDisplay.EXACT
    return actor.merchant.stock_display


def stock_figure_hidden_from(actor: Actor) -> HiddenReason | None:
    """Say why the actor does not see the figure of the stock, if so.

    Guests are told to sign in where that shows them more, and buyers of a company that is not approved to wait.
    """
    shown = stock_shown_to(actor)
    if shown is not StockDisplay.HIDDEN and (actor.kind is ActorKind.GUEST or not actor.approved):
        return HiddenReason.LOGIN_REQUIRED if actor.approved else HiddenReason.APPROVAL_PENDING
    return None if shown is StockDisplay.EXACT else HiddenReason.MERCHANT_HIDES
