"""Order templates: made by staff, shown to those they are for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.cart import AskedLine
from application.ports.clock import Clock, Ids
from application.ports.storage import Storage, UnitOfWork
from application.shopping import list_lines, list_name, that
from domain.errors import Refused
from domain.identity import (
    AudienceId,
    OrderTemplateId,
    SkuId,
)
from domain.shopping import (
    MOST_AUDIENCES,
    MOST_TEMPLATES,
    InvalidList,
    OrderTemplate,
)
from domain.trail import Facts, TrailNote
from domain.visibility import UnknownAudience


@attrs.frozen(kw_only=True)
class AskedAudience:
    """For whom a template is to be, as it was named; None where the text can be no id."""

    id: AudienceId | None
    reference: str


@attrs.frozen(kw_only=True)
class LookAtTemplates:
    """Show the order templates: to staff all, to buyers those for their company, with what they are shown of them."""

    unit_of_work: UnitOfWork

    def __call__(self, *, actor: Actor) -> tuple[OrderTemplate, ...]:
        """:raises Forbidden: if the actor may neither order nor manage the catalog."""
        if actor.has(Permission.MANAGE_CATALOG):
            with self.unit_of_work.reading(actor) as storage:
                return storage.order_templates.all()
        policy.may(actor, Permission.PLACE_ORDERS)
        if not actor.approved:
            return ()
        with self.unit_of_work.reading(actor) as storage:
            found = storage.order_templates.all()
            shown = _shown(storage, {line.sku_id for one in found for line in one.lines})
        seen = (
            attrs.evolve(one, audience=frozenset(), lines=tuple(x for x in one.lines if x.sku_id in shown))
            for one in found
        )
        return tuple(one for one in seen if one.lines)


def _shown(storage: Storage, sku_ids: Collection[SkuId]) -> frozenset[SkuId]:
    return frozenset(one.sku.id for one in storage.products.listings(ids=sku_ids))


@attrs.frozen(kw_only=True)
class SaveOrderTemplate:
    """Make an order template, or make one otherwise as a whole."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        name: str,
        audience: Sequence[AskedAudience],
        lines: Sequence[AskedLine],
        template_id: OrderTemplateId | None = None,
        version: int | None = None,
    ) -> OrderTemplate:
        """Without an id it is a new one; without an audience it is for everyone.

        :raises Refused: if there is no such template, it is not as `version` says any more, or cannot be.
        :raises Forbidden: if the actor may not manage the catalog.
        """
        policy.may(actor, Permission.MANAGE_CATALOG)
        with self.unit_of_work(actor) as storage:
            found = None
            if template_id is not None:
                found = that(storage.order_templates.lock(template_id), version)
            elif storage.order_templates.count() >= MOST_TEMPLATES:
                raise Refused((InvalidList("TOO_MANY"),))
            called, names, read = list_name(name), _audience(storage, audience), list_lines(storage, lines)
            one = OrderTemplate(
                id=found.id if found else self.ids.new(OrderTemplateId),
                name=called,
                audience=names,
                lines=read,
                version=found.version + 1 if found else 1,
            )
            storage.order_templates.save(one)
            storage.trail.note(_noted(self.clock, "saveOrderTemplate", one.id, before=found, after=one))
        return one


@attrs.frozen(kw_only=True)
class DeleteOrderTemplate:
    """Let an order template go."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, template_id: OrderTemplateId) -> OrderTemplate:
        """Answer with the template that is gone.

        :raises Refused: if there is no such template.
        :raises Forbidden: if the actor may not manage the catalog.
        """
        policy.may(actor, Permission.MANAGE_CATALOG)
        with self.unit_of_work(actor) as storage:
            found = that(storage.order_templates.lock(template_id), None)
            storage.order_templates.delete(template_id)
            storage.trail.note(
                _noted(self.clock, "deleteOrderTemplate", template_id, before=found, after=None)
            )
        return found


def _noted(
    clock: Clock,
    operation: str,
    about: OrderTemplateId,
    *,
    before: OrderTemplate | None,
    after: OrderTemplate | None,
) -> TrailNote:
    return TrailNote(
        at=clock.now(), operation=operation, about=about, before=_facts(before), after=_facts(after)
    )


def _facts(one: OrderTemplate | None) -> Facts:
    if one is None:
        return {}
    lines = " ".join(f"{line.sku_id}:{line.quantity}" for line in one.lines)
    return {"name": one.name, "audience": " ".join(sorted(one.audience)), "lines": lines}


def _audience(storage: Storage, asked: Iterable[AskedAudience]) -> frozenset[AudienceId]:
    """:raises Refused: with everybody whom there is not, or because they are too many."""
    named = list(asked)
    if len(named) > MOST_AUDIENCES:
        raise Refused((InvalidList("AUDIENCE"),))
    there = storage.visibilities.audiences({one.id for one in named if one.id})
    strange = tuple(UnknownAudience(one.reference) for one in named if one.id not in there)
    if strange:
        raise Refused(strange)
    return frozenset(one.id for one in named if one.id)
