"""To whom goods are shown: decide it for many products at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock
from application.ports.groups import ProductVisibility
from application.ports.storage import UnitOfWork
from domain.errors import DomainError, Refused
from domain.identity import AudienceId, ProductId
from domain.trail import Facts, TrailNote
from domain.visibility import InvalidVisibility, UnknownAudience, UnknownProduct, Visibility

MOST_PRODUCTS = 100


@attrs.frozen(kw_only=True)
class AskedVisibility:
    """To whom somebody wants a product shown; each name as it was given, with its id where it can be one."""

    product_id: ProductId | None
    reference: str
    restricted: bool
    shown_to: Mapping[str, AudienceId | None] = attrs.field(factory=dict)
    hidden_from: Mapping[str, AudienceId | None] = attrs.field(factory=dict)


@attrs.frozen
class TooManyProducts(DomainError):
    """More products than one call takes, or none at all."""

    products: int
    most: int = MOST_PRODUCTS


@attrs.frozen(kw_only=True)
class SetProductVisibility:
    """Decide to whom products are shown, for all of them or for none; what was decided before holds no longer."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, products: Sequence[AskedVisibility]) -> tuple[ProductId, ...]:
        """Answer with the products, in the order they were named.

        :raises Refused: with everything that is wrong.
        :raises Forbidden: if the actor may not manage the catalog.
        """
        policy.may(actor, Permission.MANAGE_CATALOG)
        if not 0 < len(products) <= MOST_PRODUCTS:
            raise Refused((TooManyProducts(len(products)),))
        asked = {id for one in products for id in (*one.shown_to.values(), *one.hidden_from.values()) if id}
        with self.unit_of_work(actor) as storage:
            found = storage.visibilities.lock({one.product_id for one in products if one.product_id})
            audiences = storage.visibilities.audiences(asked)
            refusals: list[DomainError] = []
            decided: dict[ProductId, Visibility] = {}
            for at, one in enumerate(products):
                strange = _strange(one, at, found, audiences)
                refusals += strange
                if one.product_id in decided:
                    refusals.append(InvalidVisibility("TWICE", at))
                elif one.product_id is not None and not strange:
                    try:
                        decided[one.product_id] = _decided(one)
                    except InvalidVisibility as refusal:
                        refusals.append(attrs.evolve(refusal, line=at))
            if refusals:
                raise Refused(tuple(refusals))
            changed = {id: visibility for id, visibility in decided.items() if visibility != found[id]}
            if changed:
                storage.visibilities.set(
                    ProductVisibility(product_id=id, visibility=visibility)
                    for id, visibility in changed.items()
                )
                now = self.clock.now()
                storage.trail.note(*(_noted(id, found[id], after, at=now) for id, after in changed.items()))
        return tuple(decided)


def _strange(
    one: AskedVisibility,
    at: int,
    found: Mapping[ProductId, Visibility],
    audiences: frozenset[AudienceId],
) -> list[DomainError]:
    """Everything that was named and is not there."""
    strange: list[DomainError] = []
    if one.product_id is None or one.product_id not in found:
        strange.append(UnknownProduct(one.reference, at))
    named = {**one.shown_to, **one.hidden_from}
    strange += [
        UnknownAudience(text, at, "") for text, id in named.items() if id is None or id not in audiences
    ]
    return strange


def _decided(one: AskedVisibility) -> Visibility:
    """:raises InvalidVisibility: if the rules contradict each other, or are too many."""
    return Visibility.decide(
        restricted=one.restricted, shown_to=_ids(one.shown_to), hidden_from=_ids(one.hidden_from)
    )


def _ids(named: Mapping[str, AudienceId | None]) -> Iterable[AudienceId]:
    return (id for id in named.values() if id is not None)


def _noted(product_id: ProductId, before: Visibility, after: Visibility, *, at: datetime) -> TrailNote:
    return TrailNote(
        at=at,
        operation="setProductVisibility",
        about=product_id,
        before=_facts(before),
        after=_facts(after),
    )


def _facts(visibility: Visibility) -> Facts:
    return {
        "restricted": str(visibility.restricted).lower(),
        "shownTo": " ".join(sorted(visibility.shown_to)),
        "hiddenFrom": " ".join(sorted(visibility.hidden_from)),
    }
