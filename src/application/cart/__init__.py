"""The cart: look at it, put goods in, change and take out lines, and say that what has changed was seen."""

from application.cart._looking import CartLook, LineLook, LookAtCart, approved_company, locked
from application.cart._putting import AskedChange, AskedLine, put, to_add
from application.cart._verbs import AcknowledgeCart, AddToCart, ChangeCartLines, RemoveFromCart

__all__ = [
    "AcknowledgeCart",
    "AddToCart",
    "AskedChange",
    "AskedLine",
    "CartLook",
    "ChangeCartLines",
    "LineLook",
    "LookAtCart",
    "RemoveFromCart",
    "approved_company",
    "locked",
    "put",
    "to_add",
]
