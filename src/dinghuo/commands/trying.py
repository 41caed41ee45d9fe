"""Without a verb: make a merchant to try things with, where there is none, and serve it."""

from __future__ import annotations

import json
import shlex
import sys
from socket import socket

from dependency_injector import providers

from application.authorization import Actor, ActorKind
from application.ports.directory import Wanted
from application.ports.tokens import Claims
from application.retrying import retrying
from dinghuo.commands.options import Options
from dinghuo.container import Container
from dinghuo.logs import set_up_logs
from dinghuo.opening import arranged, prepare, require_writable
from dinghuo.people import SHOWN_FIRST, asked, first_of, token_for
from dinghuo.serving import address_of, listening, serve
from dinghuo.settings import Mode
from dinghuo.speech import say
from domain.invitations import InvitationNotFound

_QUERY = "{ me { name } products(first: 3) { nodes { name skus { code price { unitPrice { amount } } } } } }"

OFFERED = (
    (
        "满减与凑单",
        "A promotion, and how much more does more",
        (
            '{ quote(input: {lines: [{skuCode: "DH0002-1", quantity: "10"}]}) { applied { promotion { name } '
            "discount { amount } } nearMiss { promotion { name } gap { amount { amount } } } total { amount } } }"
        ),
    ),
    (
        "领券",
        "A coupon to claim",
        "{ claimableCoupons(first: 5) { nodes { id name } } }",
    ),
    (
        "合同箱价与将来的价格",
        "A contract's price by the case",
        (
            '{ products(first: 1, filter: {text: "DH0041"}) { nodes { skus { price(unit: "箱") { source '
            "unitPrice { amount } } } } } }"
        ),
    ),
    (
        "自有叫法、常购清单、订货模板",
        "An own name, a shopping list, an order template",
        (
            '{ products(first: 3, filter: {text: "食堂大米"}) { nodes { name } } shoppingLists { name } '
            "orderTemplates { name } }"
        ),
    ),
    (
        "起订量、步长、限购",
        "A minimum, a step, a quota",
        (
            '{ products(first: 2, filter: {text: "DH0044"}) { nodes { skus { code minQuantity quantityStep '
            "maxQuantity quota { most period } } } } }"
        ),
    ),
    (
        "限时特价",
        "A special price",
        (
            '{ sku(code: "DH0021-1") { name price { unitPrice { amount } special { name ordinaryPrice { amount } '
            "endsAt left } } } }"
        ),
    ),
    (
        "称重商品",
        "Goods that are weighed",
        '{ sku(code: "DH0058-1") { name unit { name } catchWeight { tolerance } } }',
    ),
)
"""What the demonstration's buyer may ask: what it shows in both languages, and the query."""
OFFERED_TO_STAFF = (
    "员工:价格表、促销、无结果搜索",
    "As staff: price lists, promotions, searches that found nothing",
    (
        "{ staff { priceLists(first: 20) { nodes { name } } couponTemplates(first: 5) { nodes { offer { name } } } "
        "missedSearches(first: 5) { nodes { text times } } } promotions(first: 10) { nodes { name } } }"
    ),
)

People = dict[ActorKind, Claims]


def try_out(*, options: Options) -> int:
    """Serve a merchant to try things with until asked to stop."""
    with arranged(options.given(), config=options.config, mode=Mode.TRY) as container:
        settings = container.settings()
        set_up_logs(level=settings.log_level, format=settings.log_format)
        require_writable(settings.data)
        with listening(host=settings.host, port=settings.port) as taken:
            prepare(container)
            people, invitation = _people(container), _invitation(container)
            password = _password(container)
            buyer = people.get(ActorKind.BUYER)
            if buyer is not None:
                container.demo_token.override(providers.Object(lambda: token_for(container, buyer)))
            serve(
                container.app(),
                on=taken,
                receive_s=container.settings().limits.receive_s,
                proxies=settings.proxies,
                announce=lambda: _announce(
                    container,
                    taken,
                    people,
                    [*invitation, *_how(password)],
                    _offered() if invitation else [],
                    options,
                ),
            )
    return 0


def _people(container: Container) -> People:
    """A buyer and a member of staff to try things as, of the first merchant there is."""
    database = container.database()
    if not asked(database, database.directory.merchants):
        _seed(container)

    async def found() -> People:
        merchant = (await database.directory.merchants())[0]
        wanted = {kind: Wanted(kind=kind) for kind in (ActorKind.BUYER, ActorKind.STAFF)}
        people = {kind: await first_of(database, merchant, one) for kind, one in wanted.items()}
        vip = await first_of(database, merchant, Wanted(kind=ActorKind.BUYER, tier_code=SHOWN_FIRST))
        people[ActorKind.BUYER] = vip or people[ActorKind.BUYER]
        return {kind: claims for kind, claims in people.items() if claims is not None}

    return asked(database, found)


def _password(container: Container) -> str | None:
    """Another password for the demonstration's owner, each time: whoever reads it here may sign in with it."""
    from dinghuo.demo.world import new_password

    change = retrying(new_password)
    return change(container.people(), container.secrets(), container.passwords())


def _how(password: str | None) -> list[str]:
    """How the owner signs in with the password, where that was set."""
    from dinghuo.demo.world import EMAIL

    if password is None:
        return []
    return [
        say(
            zh=f"店主也可以用邮箱登录(signInWithPassword):{EMAIL} / {password}",
            en=f"The owner signs in with an e-mail, too (signInWithPassword): {EMAIL} / {password}",
        ),
        "",
    ]


def _seed(container: Container) -> None:
    # Imported here, because it is needed once.
    from dinghuo.commands.progress import shown
    from dinghuo.demo.world import Phonebook, seed

    print(
        say(zh="首次运行:正在建立演示商家…", en="First start: making a merchant to try things with …"),
        file=sys.stderr,
        flush=True,
    )
    with shown() as progress:
        seed(
            container.unit_of_work(),
            clock=container.clock(),
            progress=progress,
            phonebook=Phonebook(people=container.people(), secrets=container.secrets()),
        )


def _offered() -> list[str]:
    """What is on offer in the demonstration, one of each."""
    return [
        "",
        say(zh="演示商家里还有(粘贴到 GraphiQL):", en="What the demonstration has on offer, for GraphiQL:"),
        *(f"- {say(zh=zh, en=en)}: {query}" for zh, en, query in (*OFFERED, OFFERED_TO_STAFF)),
    ]


def _announce(
    container: Container,
    taken: socket,
    people: People,
    more: list[str],
    offered: list[str],
    options: Options,
) -> None:
    settings = container.settings()
    url = address_of(taken, host=settings.host)
    tokens = {kind: token_for(container, claims) for kind, claims in people.items()}
    buyer, staff = tokens.get(ActorKind.BUYER, ""), tokens.get(ActorKind.STAFF, "")
    body = json.dumps({"query": _QUERY})
    curl = f"curl -s {url}/graphql -H 'Content-Type: application/json' -H 'Authorization: Bearer {buyer}' -d '{body}'"
    print(
        say(
            zh=f"订货 正在 {url} 提供服务(数据在 {settings.data},按 Ctrl-C 结束)",
            en=f"Dinghuo serves {url} (what is stored is in {settings.data}; Ctrl-C ends it)",
        ),
        "",
        say(zh=f"买家令牌:\n{buyer}", en=f"A buyer's token:\n{buyer}"),
        "",
        say(zh=f"员工令牌:\n{staff}", en=f"A token of staff:\n{staff}"),
        "",
        *more,
        say(zh="可以试试:", en="Three things to try:"),
        say(zh=f"1. 在浏览器里打开 {url}/graphql", en=f"1. Open {url}/graphql in a browser"),
        f"2. {curl}",
        f"3. ./run import catalog examples/catalog.xlsx --dry-run{_same(options)}",
        *offered,
        sep="\n",
        flush=True,
    )


def _invitation(container: Container) -> list[str]:
    """What to register with, where that is the demonstration's."""
    # Imported here: the vocabulary of the demonstration takes a while.
    from dinghuo.demo.world import INVITATION

    database = container.database()
    merchant = asked(database, database.directory.merchants)[0]
    with database.unit_of_work.reading(Actor.operator(merchant)) as storage:
        try:
            storage.invitations.by_code(INVITATION)
        except InvitationNotFound:
            return []
    code = INVITATION.shown
    return [say(zh=f"注册新企业用的邀请码:{code}", en=f"An invitation to register with: {code}"), ""]


def _same(options: Options) -> str:
    """The options that let another verb find the same database."""
    named = {"data": options.data, "database": options.database, "config": options.config}
    return "".join(
        f" --{name} {shlex.quote(str(value))}" for name, value in named.items() if value is not None
    )
