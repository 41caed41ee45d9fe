"""Invitations in tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from sqlalchemy import (
    CheckConstraint,
    Column,
    Integer,
    Select,
    UniqueConstraint,
    and_,
    bindparam,
    null,
    select,
    update,
)

from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement
from adapters.persistence.tables import (
    Instant,
    Words,
    belongs_to,
    instant,
    one_of,
    perhaps_instant,
    tenant_table,
)
from application.ports.registering import Invitations
from domain.customers import Role
from domain.groups import Tag
from domain.identity import CustomerId, InvitationId, MerchantId, PriceTierId, StaffId
from domain.invitations import (
    Invitation,
    InvitationCode,
    InvitationNotFound,
    Welcome,
)

invitations = tenant_table(
    "invitations",
    Column("id", Words, nullable=False),
    Column("code", Words, nullable=False),
    Column("tier_id", Words),
    Column("sales_rep_id", Words),
    Column("customer_id", Words),
    Column("role", Words, nullable=False),
    Column("phone_index", Words),
    sealed("phone", nullable=True),
    Column("most_uses", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("made_by", Words),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("parent_id", Words),
    Column("tags", Words, nullable=False),
    belongs_to("price_tiers", "tier_id"),
    belongs_to("staff", "sales_rep_id"),
    belongs_to("customers", "customer_id"),
    belongs_to("customers", "parent_id"),
    UniqueConstraint("merchant_id", "code"),
    one_of("role", Role),
    CheckConstraint("uses >= 0 AND uses <= most_uses", name="uses"),
)


def invitation_row(merchant_id: MerchantId, one: Invitation) -> Row:
    welcome = one.welcome
    return (
        merchant_id,
        one.id,
        one.code,
        welcome.tier_id,
        welcome.sales_rep_id,
        welcome.customer_id,
        welcome.role.value,
        one.phone_index,
        one.phone,
        one.most_uses,
        one.uses,
        one.made_by,
        one.made_at,
        one.expires_at,
        one.revoked_at,
        welcome.parent_id,
        "\n".join(welcome.tags),
    )


INVITATION = tuple(invitations.c)[1:]


def invitation_of(row: Row) -> Invitation:
    """Read an invitation from `INVITATION`."""
    id, code, tier_id, rep, customer_id, role, index, phone, most, uses, *times = row
    by, made, expires, revoked, parent_id, tags = times
    return Invitation(
        id=InvitationId(id),
        code=InvitationCode(code),
        welcome=Welcome(
            tier_id=tier_id and PriceTierId(tier_id),
            sales_rep_id=rep and StaffId(rep),
            customer_id=customer_id and CustomerId(customer_id),
            role=Role(role),
            parent_id=parent_id and CustomerId(parent_id),
            tags=tuple(map(Tag, tags.splitlines())),
        ),
        phone_index=index,
        phone=phone,
        most_uses=most,
        uses=uses,
        made_by=by and StaffId(by),
        made_at=instant(made),
        expires_at=instant(expires),
        revoked_at=perhaps_instant(revoked),
    )


def _invitation(column: Any) -> Select[Any]:
    return select(*INVITATION).where(
        invitations.c.merchant_id == bindparam("merchant_id"), column == bindparam("which")
    )


_BY_ID, _BY_CODE = Statement(_invitation(invitations.c.id)), Statement(_invitation(invitations.c.code))
_THIS = and_(invitations.c.merchant_id == bindparam("of_merchant"), invitations.c.id == bindparam("the_id"))
_USE = Statement(
    update(invitations)
    .where(_THIS, invitations.c.uses < invitations.c.most_uses, invitations.c.revoked_at.is_(None))
    .values(uses=invitations.c.uses + 1)
)
_REVOKE = Statement(
    update(invitations).where(_THIS).values(revoked_at=bindparam("revoked_at", type_=Instant()))
)
_FOR_PHONE = Statement(_invitation(invitations.c.phone_index).order_by(invitations.c.id))
_FORGET = Statement(
    update(invitations)
    .where(_THIS)
    .values(phone_index=null(), phone=null(), revoked_at=bindparam("revoked_at", type_=Instant()))
)


@attrs.frozen
class SqlInvitations(Invitations):
    """The invitations of one merchant."""

    session: Session
    merchant_id: MerchantId

    def get(self, invitation_id: InvitationId) -> Invitation:
        return self._one(_BY_ID, invitation_id)

    def by_code(self, code: InvitationCode) -> Invitation:
        return self._one(_BY_CODE, code)

    def add(self, invitation: Invitation) -> None:
        self.session.insert(invitations, [invitation_row(self.merchant_id, invitation)])

    def use(self, invitation: Invitation) -> None:
        asked = {"of_merchant": self.merchant_id, "the_id": invitation.id}
        self.session.must_change(_USE, asked, rows=1, about=invitation.id)

    def revoke(self, invitation: Invitation) -> None:
        asked = {"of_merchant": self.merchant_id, "the_id": invitation.id}
        self.session.must_change(
            _REVOKE, {**asked, "revoked_at": invitation.revoked_at}, rows=1, about=invitation.id
        )

    def for_phone(self, phone_index: str) -> Sequence[Invitation]:
        asked = {"merchant_id": self.merchant_id, "which": phone_index}
        return [*map(invitation_of, self.session.all(_FOR_PHONE, asked))]

    def forget(self, invitations: Sequence[Invitation]) -> None:
        changes = [
            {"of_merchant": self.merchant_id, "the_id": one.id, "revoked_at": one.revoked_at}
            for one in invitations
        ]
        self.session.change_each(_FORGET, changes)

    def _one(self, statement: Statement, which: str) -> Invitation:
        for row in self.session.all(statement, {"merchant_id": self.merchant_id, "which": which}):
            return invitation_of(row)
        raise InvitationNotFound
