"""What companies call goods, as the verbs need it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from domain.identity import CustomerId, SkuId
from domain.own_names import OwnName


class OwnNames(Protocol):
    """The own names of companies. A buyer's storage holds only those of the own company and of those below it."""

    def find(self, customer_id: CustomerId, names: Collection[OwnName]) -> Mapping[OwnName, SkuId]:
        """What the company means by these names; a name that it does not use is left out."""
        ...

    def learn(self, customer_id: CustomerId, names: Mapping[OwnName, SkuId], *, at: datetime) -> None:
        """Keep what the company means by these names from now on, and no more of all than a company may have.

        Of a company that is not the actor's to see nothing is kept.

        :raises Stale: if there is no such SKU.
        """
        ...

    def forget(self, customer_id: CustomerId, names: Collection[OwnName]) -> None:
        """Mean nothing by these names any more."""
        ...
