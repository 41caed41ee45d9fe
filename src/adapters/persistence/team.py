"""The people of a merchant in tables: as verbs change them, and as staff see them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
import orjson
from sqlalchemy import Boolean, bindparam, func, select, update

from adapters.persistence.customers import buyer_of, buyer_row, buyers
from adapters.persistence.merchants import merchants, staff, staff_of, staff_row
from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.persons import not_erased
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Ask, Reader, Row, Statement
from application.authorization import Actor, ActorKind, Permission
from application.ports.team import Colleagues
from application.views.pages import Slice, Window
from application.views.team import StaffBook, StaffCard
from domain.customers import Buyer
from domain.identity import BuyerId, CustomerId, StaffId
from domain.merchant import Staff
from domain.privacy import Veil
from domain.team import Company, Team

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_OF_STAFF = [column for column in staff.c if column.name != "merchant_id"]
_OF_BUYER = [column for column in buyers.c if column.name != "merchant_id"]
_TEAM = Statement(
    select(*_OF_STAFF)
    .where(staff.c.merchant_id == bindparam("merchant_id"), not_erased(staff))
    .order_by(staff.c.id)
    .with_for_update()
)
_COMPANY = Statement(
    select(*_OF_BUYER)
    .where(
        buyers.c.merchant_id == bindparam("merchant_id"),
        buyers.c.customer_id == bindparam("customer_id"),
        not_erased(buyers),
    )
    .order_by(buyers.c.id)
    .with_for_update()
)
_COMPANY_OF = Statement(
    select(buyers.c.customer_id).where(
        buyers.c.merchant_id == bindparam("merchant_id"), buyers.c.id == bindparam("buyer_id")
    )
)
_SAVE_STAFF = Statement(
    update(staff)
    .where(staff.c.merchant_id == bindparam("the_merchant_id"), staff.c.id == bindparam("the_id"))
    .values(permissions=bindparam("permissions"), suspended=bindparam("suspended", type_=Boolean()))
)
_SAVE_BUYER = Statement(
    update(buyers)
    .where(buyers.c.merchant_id == bindparam("the_merchant_id"), buyers.c.id == bindparam("the_id"))
    .values(role=bindparam("role"), suspended=bindparam("suspended", type_=Boolean()))
)
_DEMAND = Statement(
    update(merchants)
    .where(merchants.c.id == bindparam("the_merchant_id"))
    .values(second_factor=bindparam("second_factor", type_=Boolean()))
)
_SORT = (staff.c.id,)


@attrs.frozen
class SqlColleagues(Colleagues):
    """The people of one merchant."""

    session: Session
    actor: Actor

    def team(self) -> Team:
        rows = self.session.all(_TEAM, {"merchant_id": self.actor.merchant_id})
        return Team(tuple(map(staff_of, rows)))

    def company(self, customer_id: CustomerId) -> Company:
        if self.actor.kind is ActorKind.BUYER and customer_id != self.actor.customer_id:
            return Company(())
        asked = {"merchant_id": self.actor.merchant_id, "customer_id": customer_id}
        return Company(tuple(map(buyer_of, self.session.all(_COMPANY, asked))))

    def company_of(self, buyer_id: BuyerId) -> Company:
        asked = {"merchant_id": self.actor.merchant_id, "buyer_id": buyer_id}
        for (customer_id,) in self.session.all(_COMPANY_OF, asked):
            return self.company(CustomerId(customer_id))
        return Company(())

    def add(self, person: Staff | Buyer) -> None:
        if isinstance(person, Staff):
            self.session.insert(staff, [staff_row(self.actor.merchant_id, person)])
        else:
            self.session.insert(buyers, [buyer_row(self.actor.merchant_id, person)])

    def save(self, person: Staff | Buyer) -> None:
        asked: dict[str, Any] = {
            "the_merchant_id": self.actor.merchant_id,
            "the_id": person.id,
            "suspended": person.suspended,
        }
        if isinstance(person, Staff):
            asked["permissions"] = orjson.dumps(sorted(person.permissions)).decode()
            self.session.must_change(_SAVE_STAFF, asked, rows=1, about=person.id)
        else:
            asked["role"] = person.role.value
            self.session.must_change(_SAVE_BUYER, asked, rows=1, about=person.id)

    def demand_second_factor(self, demanded: bool) -> None:
        asked = {"the_merchant_id": self.actor.merchant_id, "second_factor": demanded}
        self.session.must_change(_DEMAND, asked, rows=1, about=self.actor.merchant_id)


@lru_cache(maxsize=64)
def _page(shape: Shape) -> Statement:
    of_merchant = staff.c.merchant_id == bindparam("merchant_id")
    return Statement(
        select(*_OF_STAFF)
        .where(of_merchant, *conditions(shape, _SORT))
        .order_by(*ordering(shape, _SORT))
        .limit(most(shape))
    )


_COUNT = Statement(
    select(func.count()).select_from(staff).where(staff.c.merchant_id == bindparam("merchant_id"))
)


@attrs.frozen
class SqlStaffBook(StaffBook):
    """What those who manage the staff of one merchant see of them."""

    sight: Sight

    async def people(self, *, window: Window, count: bool) -> Slice[StaffCard]:
        asked = {"merchant_id": self.sight.actor.merchant_id}

        def reader() -> Reader[Slice[StaffCard]]:
            rows = yield Ask(_page(Shape.of(window)), {**asked, **page_parameters(window)})
            total = (yield Ask(_COUNT, asked))[0][0] if count else None
            return cut(
                rows,
                window,
                key=lambda row: (row[0],),
                nodes=[_card(row, self.sight.veil) for row in page_of(rows, window)],
                total=total,
            )

        if not self.sight.actor.has(Permission.MANAGE_STAFF):
            return Slice(total=0 if count else None)
        return await self.sight.read(reader)


def _card(row: Row, veil: Veil) -> StaffCard:
    id, name, permissions, _, suspended = row
    return StaffCard(StaffId(id), veil.name(name), frozenset(orjson.loads(permissions)), bool(suspended))
