"""The people of the demonstration: the merchant, who works there, the customers and their buyers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from random import Random

from application.authorization import GRANTABLE, Permission
from dinghuo.demo.vocabulary import Vocabulary
from dinghuo.demo.world._chance import ChanceIds
from domain.customers import Address, Buyer, Customer, CustomerAddress, Role
from domain.identity import AddressId, BuyerId, CustomerId, MerchantId, StaffId
from domain.merchant import Merchant, Staff
from domain.pricing import PriceTier

_ROLES = (Role.OWNER, Role.PURCHASER, Role.FINANCE)
_CLERK = (Permission.VIEW_STOCK, Permission.MANAGE_STOCK, Permission.VIEW_ORDERS, Permission.CONFIRM_ORDERS)
_OF_TEN = (0, 0, 1, 0, 0, 1, 0, 2, 0, 1)
"""The tiers of ten customers in a row: most are ordinary, some are VIPs, one is strategic."""


def merchant(slug: str, *, ids: ChanceIds) -> Merchant:
    """Make the wholesaler."""
    number = slug.partition("-")[2]
    return Merchant(
        id=ids.new(MerchantId),
        slug=slug,
        name=f"百味源食品批发{number}",
        cut_off_time=time(17),
        delivery_lead_days=1,
    )


def staff(*, words: Vocabulary, ids: ChanceIds) -> tuple[Staff, ...]:
    """Make the owner, who may do everything, and a clerk of the warehouse."""
    granted = (GRANTABLE, frozenset(_CLERK))
    # The owner's id comes first: as the first of the staff the demonstration is shown.
    in_order = sorted(ids.new(StaffId) for _ in granted)
    return tuple(
        Staff(
            id=id,
            name=words.people[-1 - at],
            permissions=frozenset(permission.value for permission in permissions),
        )
        for at, (id, permissions) in enumerate(zip(in_order, granted, strict=True))
    )


def customers(
    number: int, *, tiers: Sequence[PriceTier], words: Vocabulary, ids: ChanceIds, chance: Random
) -> tuple[Customer, ...]:
    """Make so many buying companies."""
    made = []
    for at in range(number):
        turn, which = divmod(at, len(words.companies))
        name = words.companies[which] + (f"（{turn + 1}店）" if turn else "")
        person = words.people[(which + turn) % len(words.people)]
        addresses = tuple(
            CustomerAddress(
                id=ids.new(AddressId), address=_address(at + more * 17, person=person, words=words)
            )
            for more in range(chance.choice((1, 1, 2)))
        )
        tier = tiers[_OF_TEN[at % len(_OF_TEN)]]
        made.append(Customer(id=ids.new(CustomerId), name=name, tier_id=tier.id, addresses=addresses))
    return tuple(made)


def _address(at: int, *, person: str, words: Vocabulary) -> Address:
    place = words.addresses[at % len(words.addresses)]
    return Address(
        recipient=person,
        phone=words.phones[at % len(words.phones)],
        region=f"{place.city}{place.district}",
        street=place.street,
    )


def buyers(
    customers: Sequence[Customer], *, words: Vocabulary, ids: ChanceIds, chance: Random
) -> tuple[Buyer, ...]:
    """Make one to three people for each company, the owner first, and with the first of their ids."""
    made = []
    for at, customer in enumerate(customers):
        roles = _ROLES[: chance.choice((1, 2, 2, 3))]
        in_order = sorted(ids.new(BuyerId) for _ in roles)
        made += [
            Buyer(
                id=id,
                customer_id=customer.id,
                name=words.people[(at * len(_ROLES) + which) % len(words.people)],
                role=role,
            )
            for which, (id, role) in enumerate(zip(in_order, roles, strict=True))
        ]
    return tuple(made)
