"""Customers are companies; people buy for them."""

from __future__ import annotations

import pytest

from domain.customers import Address, Buyer, Customer, Role
from domain.identity import BuyerId, CustomerId, PriceTierId

COMPANY, PERSON, TIER = CustomerId.of(bytes(16)), BuyerId.of(bytes(16)), PriceTierId.of(bytes(16))


def test_a_buyer_purchases_unless_told() -> None:
    assert Buyer(id=PERSON, customer_id=COMPANY, name="小李").role is Role.PURCHASER


def test_nobody_is_without_a_name() -> None:
    with pytest.raises(ValueError, match="name"):
        Customer(id=COMPANY, name="", tier_id=TIER)
    with pytest.raises(ValueError, match="name"):
        Buyer(id=PERSON, customer_id=COMPANY, name="")
    with pytest.raises(ValueError, match="recipient"):
        Address(recipient="", phone="", region="", street="")
