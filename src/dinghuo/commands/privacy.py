"""What whoever runs the installation does for people: their data handed out, erased and tidied up, a lost device."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from application.authorization import Actor
from application.ports.storage import NotNow
from application.privacy import LoginNotFound
from application.use_cases import UseCases
from dinghuo.commands.options import Options
from dinghuo.opening import opened, unusable
from dinghuo.people import asked, here
from dinghuo.speech import CommandRefused, refusal, say
from domain.credentials import Email, SecondFactorOff
from domain.identity import LoginId
from domain.people import Phone
from domain.privacy import LastOwner

Who = Annotated[
    str, Parameter(help=say(zh="登录编号、手机号或邮箱", en="the id of a login, its phone or its e-mail"))
]


def export_person(
    who: Who,
    file: Annotated[Path, Parameter(help=say(zh="要写的文件,不能已存在", en="the file to write, a new one"))],
    /,
    *,
    options: Options | None = None,
) -> int:
    """Write what is kept of a person to a file that only its owner can read."""
    options = options or Options()
    login = _login(who)
    with opened(options.given(), config=options.config) as container:
        use: UseCases = container.use_cases()
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise refusal(
                zh=f"无法写入 {file}:{error.strerror}。", en=f"{file} cannot be written: {error.strerror}."
            ) from error
        # Documents one after the other, the newest first; there is mostly one.
        documents: list[dict[str, Any]] = []
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                until = None
                while not documents or until is not None:
                    data = use.export_login(who=login, origin=here(), until=until)
                    documents.append(data.as_document())
                    until = data.whole_from
                json.dump(documents, out, ensure_ascii=False, indent=2)
                out.write("\n")
        except BaseException as error:
            file.unlink()
            if isinstance(error, LoginNotFound):
                raise _nobody() from error
            if isinstance(error, NotNow):
                raise unusable(container.settings(), error) from error
            raise
    print(say(zh=f"已写入 {file}。", en=f"It was written to {file}."))
    return 0


def erase_person(
    who: Who,
    /,
    *,
    yes: Annotated[
        bool, Parameter(negative=(), help=say(zh="确认:不可恢复", en="really: it cannot be undone"))
    ] = False,
    options: Options | None = None,
) -> int:
    """Erase a person, at every merchant and with the login."""
    options = options or Options()
    login = _login(who)
    if not yes:
        raise refusal(
            zh="删除后无法恢复。确认请加 --yes。", en="It cannot be undone. Say so, if you mean it: --yes"
        )
    with opened(options.given(), config=options.config) as container:
        use: UseCases = container.use_cases()
        try:
            places = use.erase_login(who=login, origin=here())
        except LoginNotFound:
            print(
                say(zh="没有这个登录,无需删除。", en="Nobody signs in like that; there is nothing to erase.")
            )
            return 0
        except LastOwner as refused:
            raise refusal(
                zh=f"这是公司的最后一位负责人,还有 {refused.open_orders} 个订单未完成。请先处理这些订单。",
                en=f"This is the last owner of a company that has {refused.open_orders} open orders. "
                "Have them done or called off first.",
            ) from refused
        except NotNow as error:
            raise unusable(container.settings(), error) from error
        clean = container.database().scrub()
    print(say(zh=f"已删除,涉及 {places} 处。", en=f"Erased, in {places} places."))
    return _clean(clean)


def forget_second_factor(
    who: Who,
    /,
    *,
    yes: Annotated[
        bool, Parameter(negative=(), help=say(zh="确认:已核实本人", en="really: you know who asks"))
    ] = False,
    options: Options | None = None,
) -> int:
    """Take the second factor off a login whose device and codes for recovery are lost, and end its sessions."""
    options = options or Options()
    login = _login(who)
    if not yes:
        raise refusal(
            zh="请先核实本人身份。确认请加 --yes。", en="Make sure who asks. Say so, if you have: --yes"
        )
    with opened(options.given(), config=options.config) as container:
        use: UseCases = container.use_cases()
        try:
            ended = use.forget_totp(who=login, origin=here())
        except LoginNotFound as error:
            raise _nobody() from error
        except SecondFactorOff as error:
            raise refusal(zh="这个登录没有启用第二因素。", en="This login has no second factor.") from error
        except NotNow as error:
            raise unusable(container.settings(), error) from error
    print(say(zh=f"第二因素已关闭,结束了 {ended} 个会话。", en=f"It is off; {ended} sessions have ended."))
    return 0


def tidy(*, options: Options | None = None) -> int:
    """Remove sessions, tokens and codes that are over."""
    options = options or Options()
    with opened(options.given(), config=options.config) as container:
        use: UseCases = container.use_cases()
        try:
            done = use.tidy()
            prices = sum(
                use.settle_price_batches(actor=Actor.operator(one, origin=here()))
                for one in asked(container.database(), container.database().directory.merchants)
            )
            clean = container.database().scrub()
        except NotNow as error:
            raise unusable(container.settings(), error) from error
    if prices:
        print(say(zh=f"已并入或清除 {prices} 项旧价格。", en=f"Settled {prices} prices of batches."))
    print(
        say(
            zh=f"已清理:会话 {done.sessions},令牌 {done.tokens},验证码 {done.codes}。",
            en=f"Removed: {done.sessions} sessions, {done.tokens} tokens, {done.codes} codes.",
        )
    )
    return _clean(clean)


def _clean(clean: bool) -> int:  # it is what was told
    if not clean:
        print(
            say(
                zh="有读者在用数据库,日志中的旧内容尚未清除。请稍后运行:./run tidy",
                en="Somebody reads just now: what was overwritten is still in the log. Run soon: ./run tidy",
            )
        )
    return 0


def _login(who: str) -> LoginId | Phone | Email:
    for kind in (LoginId, Phone, Email):
        try:
            return kind(who)
        except ValueError:
            continue
    raise refusal(
        zh="请给出登录编号(log_…)、中国大陆手机号或邮箱。",
        en="Name the id of a login, as log_…, a mobile phone of the Chinese mainland, or an e-mail address.",
    )


def _nobody() -> CommandRefused:
    return refusal(zh="没有这个登录。", en="Nobody signs in like that.")
