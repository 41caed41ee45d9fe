"""`token`: a token, and nothing else, on stdout."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from application.authorization import ActorKind
from application.ports.database import Database
from application.ports.directory import Wanted
from application.ports.tokens import Claims
from dinghuo.commands.options import Options
from dinghuo.opening import opened
from dinghuo.people import DAYS, SHOWN_FIRST, asked, first_of, merchant_of, token_for
from dinghuo.speech import refusal, say
from domain.identity import BuyerId, PersonId, StaffId

MOST_DAYS = 3650


def token(
    who: Annotated[Literal["buyer", "staff"], Parameter(help=say(zh="买家或员工", en="whose token"))],
    /,
    *,
    customer: Annotated[str | None, Parameter(help=say(zh="客户名称", en="the company bought for"))] = None,
    person: Annotated[str | None, Parameter(help=say(zh="人员编号", en="the person's id"))] = None,
    merchant: Annotated[str | None, Parameter(help=say(zh="商家", en="the merchant's slug"))] = None,
    days: Annotated[int, Parameter(help=say(zh="有效天数", en="for how many days it holds"))] = DAYS,
    options: Options | None = None,
) -> int:
    """Print a token for the first buyer, one of the tier VIP where there is one, or the first member of staff."""
    options = options or Options()
    if not 1 <= days <= MOST_DAYS:
        raise refusal(
            zh=f"--days 应为 1 到 {MOST_DAYS} 的整数。",
            en=f"--days takes a whole number from 1 to {MOST_DAYS}.",
        )
    kind = ActorKind[who.upper()]
    wanted = Wanted(kind=kind, person_id=_person(kind, person), customer_name=customer)
    with opened(options.given(), config=options.config) as container:
        database = container.database()
        claims = asked(database, lambda: _claims(database, wanted, slug=merchant))
        print(token_for(container, claims, days=days))
    return 0


async def _claims(database: Database, wanted: Wanted, *, slug: str | None) -> Claims:
    """:raises CommandRefused: if there is nobody like that."""
    merchant = merchant_of(await database.directory.merchants(), slug=slug)
    if wanted.kind is ActorKind.BUYER and not wanted.person_id and not wanted.customer_name:
        preferred = Wanted(kind=wanted.kind, tier_code=SHOWN_FIRST)
        found = await first_of(database, merchant, preferred) or await first_of(database, merchant, wanted)
    else:
        found = await first_of(database, merchant, wanted)
    if found is None:
        raise refusal(
            zh=f"商家 {merchant.slug} 没有符合条件的人员。请检查 --customer 和 --person。",
            en=f"The merchant {merchant.slug} has nobody like that. Check --customer and --person.",
        )
    return found


def _person(kind: ActorKind, text: str | None) -> PersonId | None:
    """:raises CommandRefused: if the text is not the id of such a person."""
    if text is None:
        return None
    try:
        return BuyerId(text) if kind is ActorKind.BUYER else StaffId(text)
    except ValueError as error:
        raise refusal(
            zh=f"--person 的值不是编号:{text}",
            en=f"--person takes the id of a {kind.value.lower()}, as buy_… or stf_…",
        ) from error
