"""People: whose merchant a command is about, and tokens for those who try the API."""

from __future__ import annotations

import os
import pwd
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import anyio
import attrs

from application.ports.database import Database
from application.ports.directory import Wanted
from application.ports.storage import NotNow
from application.ports.tokens import Claims
from dinghuo.container import Container
from dinghuo.speech import refusal
from domain.merchant import Merchant
from domain.people import SecondFactor
from domain.trail import Origin

DAYS = 30
SHOWN_FIRST = "VIP"
"""The tier whose buyers are preferred, because their prices differ from everybody's."""

T = TypeVar("T")


def asked(database: Database, question: Callable[[], Awaitable[T]]) -> T:
    """Ask the database something as readers do.

    :raises CommandRefused: if it does not answer.
    """

    async def whole() -> T:
        await database.start()
        try:
            return await question()
        finally:
            await database.stop()

    try:
        return anyio.run(whole)
    except NotNow as error:
        raise refusal(
            zh="数据库没有应答,请稍后再试。", en="The database does not answer. Try again in a moment."
        ) from error


def here() -> Origin:
    """Where a command comes from: the operating system's user, whatever the environment calls itself."""
    try:
        return Origin(address=pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        # The system has no name for it, as in some containers.
        return Origin(address=str(os.getuid()))


def merchant_of(merchants: tuple[Merchant, ...], *, slug: str | None) -> Merchant:
    """Choose the merchant of this name, or the only one.

    :raises CommandRefused: if there is none, or it is not clear which.
    """
    slugs = "|".join(merchant.slug for merchant in merchants[:20])
    if not merchants:
        raise refusal(
            zh="数据库里还没有商家。请先运行:./run seed", en="There is no merchant yet. Run first: ./run seed"
        )
    if slug is None and len(merchants) > 1:
        raise refusal(
            zh=f"有多个商家,请指定一个:--merchant {slugs}",
            en=f"There are several merchants, name one: --merchant {slugs}",
        )
    found = next((merchant for merchant in merchants if slug in (None, merchant.slug)), None)
    if found is None:
        raise refusal(
            zh=f"没有商家 {slug},现有:{slugs}", en=f"There is no merchant {slug}. There are: {slugs}"
        )
    return found


async def first_of(database: Database, merchant: Merchant, wanted: Wanted) -> Claims | None:
    """Find the first of those wanted."""
    found = await database.directory.people(merchant.id, wanted)
    return found[0] if found else None


def token_for(container: Container, claims: Claims, *, days: int = DAYS) -> str:
    """Sign a token that holds for some days from now; whoever runs the installation vouches for the person."""
    until = container.clock().now() + timedelta(days=days)
    vouched = attrs.evolve(claims, second_factor=SecondFactor.SHOWN)
    token: str = container.tokens().issue(vouched, until=until)
    return token
