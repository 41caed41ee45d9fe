"""Personal data: what is shown of people to those who need not know them, and what is left of whoever is erased."""

from __future__ import annotations

from unicodedata import category

import attrs

from domain.customers import Address
from domain.errors import DomainError

ERASED = "已注销"
"""What stands where the name of somebody was who has been erased."""
_STARS = "**"
HIDDEN = "****"
"""What stands for a text of which nothing is told but that there is one."""
_SHOWN_DIGITS = 4
_FEWEST_DIGITS = 8
"""Of a number with fewer digits none is shown: the last four would be half of it or more."""


def masked_name(name: str) -> str:
    """The first character and stars, always as many; of a name of one character, and of a blank, only stars.

    A character is a code point with the marks that belong to it.
    """
    if name == ERASED:
        return name
    shown = name.strip()
    end = 1
    while end < len(shown) and category(shown[end]).startswith("M"):
        end += 1
    return f"{shown[:end]}{_STARS}" if end < len(shown) else _STARS


def masked_phone(phone: str) -> str:
    """The last four digits of a phone, however it is written; nothing of what is too short to be one."""
    digits = "".join(char for char in phone if char.isdecimal())
    if not phone:
        return phone
    return f"*******{digits[-_SHOWN_DIGITS:]}" if len(digits) >= _FEWEST_DIGITS else HIDDEN


def masked_street(street: str) -> str:
    """Nothing of the street, and that there is one."""
    return street and HIDDEN


@attrs.frozen
class Veil:
    """Lies over people's names, phones and streets, or does not; whoever reads for somebody draws it once for all."""

    drawn: bool

    def name(self, name: str) -> str:
        """A person's name, as it is shown."""
        return masked_name(name) if self.drawn else name

    def phone(self, phone: str) -> str:
        """A person's phone, as it is shown."""
        return masked_phone(phone) if self.drawn else phone

    def address(self, address: Address) -> Address:
        """An address as it is shown; the region always is."""
        if not self.drawn:
            return address
        return Address(
            recipient=masked_name(address.recipient),
            phone=masked_phone(address.phone),
            region=address.region,
            street=masked_street(address.street),
        )


CLEAR = Veil(drawn=False)


def without_person(address: Address) -> Address:
    """What is left of an address when whoever receives there is erased: the region."""
    return Address(recipient=ERASED, phone="", region=address.region, street="")


@attrs.frozen
class PersonNotFound(DomainError):
    """There is no such person for whoever asks."""


@attrs.frozen
class LastOwner(DomainError):
    """Nobody else is an owner of the company, and it has so many orders that are not done yet."""

    open_orders: int
