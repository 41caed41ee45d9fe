"""The merchant's own settings, for the verb that changes them."""

from __future__ import annotations

from typing import Protocol

from domain.merchant import Merchant


class Settings(Protocol):
    """The one merchant that the storage is opened for."""

    def lock(self) -> Merchant:
        """Read the merchant and keep it as it is until the unit of work ends; it may be newer than the actor's."""
        ...

    def save(self, merchant: Merchant) -> None:
        """Store the settings, of the version that follows the stored one; what else a merchant has stays as it is.

        :raises Stale: if another version is stored, at the latest when the unit of work ends.
        """
        ...
