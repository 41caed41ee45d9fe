"""The command line: one file for each verb, none of which is read before it is asked for."""

from __future__ import annotations

from importlib.metadata import version

from cyclopts import App, Group

from dinghuo.commands.options import Options
from dinghuo.speech import say

_VERBS = (
    ("serve", "serve:serve", "提供服务", "Serve the API."),
    (
        "migrate",
        "migrate:migrate",
        "建立或升级数据库的表结构",
        "Make the tables of the database, or bring them up to date.",
    ),
    ("seed", "seed:seed", "用可信的假数据填充数据库", "Fill the database with a believable wholesaler."),
    ("token", "token:token", "为买家或员工签发令牌", "Print a token for a buyer or a member of staff."),
    ("schema", "schema:schema", "输出 GraphQL 接口定义", "Print the GraphQL schema."),
    (
        "verify",
        "verify:verify",
        "核对数据库中的每一条不变量",
        "Check every invariant over everything that is stored.",
    ),
    (
        "backup",
        "backup:backup",
        "把全部数据加密备份到一个文件",
        "Write everything that is stored to one encrypted file.",
    ),
    (
        "restore",
        "restore:restore",
        "从备份文件恢复全部数据",
        "Put back everything from a backup.",
    ),
    (
        "export-person",
        "privacy:export_person",
        "导出一个人的全部数据",
        "Write what is kept of a person to a file.",
    ),
    ("erase-person", "privacy:erase_person", "删除一个人的数据", "Erase a person."),
    (
        "forget-second-factor",
        "privacy:forget_second_factor",
        "为丢失设备的人关闭第二因素",
        "Take the second factor off somebody who has lost the device.",
    ),
    (
        "tidy",
        "privacy:tidy",
        "清理过期的会话、令牌和验证码",
        "Remove sessions, tokens and codes that are over.",
    ),
)


_KEYS = (
    ("list", "列出密钥和各自加密的数据量", "Show the keys, and how much is sealed with each."),
    ("rotate", "换用新密钥并重新加密全部数据", "Make a new key, and seal everything anew with it."),
    ("retire", "销毁不再使用的旧密钥", "Destroy a key that nothing needs any more."),
)


def command_line() -> App:
    """List the verbs."""
    verbs = Group(say(zh="动词", en="Verbs"), sort_key=1)
    app = App(
        name="run",
        help=say(
            zh="订货:批发商与客户之间的订货后台。不带动词运行时,建立一个演示商家并提供服务。",
            en="Dinghuo: ordering for wholesalers and their customers. "
            "Without a verb it makes a merchant to try things with, and serves it.",
        ),
        version=lambda: version("dinghuo"),
        help_format="plaintext",
        group_commands=verbs,
        group_parameters=Group(say(zh="选项", en="Options"), sort_key=2),
        suppress_keyboard_interrupt=False,
        print_error=False,
        exit_on_error=False,
        result_action="return_value",
    )
    for name, place, zh, en in _VERBS:
        app.command(f"dinghuo.commands.{place}", name=name, help=say(zh=zh, en=en))
    importing = App(name="import", help=say(zh="从表格导入", en="Import from a spreadsheet."))
    importing.command(
        "dinghuo.commands.importing:catalog",
        name="catalog",
        help=say(zh="导入商品、价格和库存", en="Import goods, prices and stock."),
    )
    importing.command(
        "dinghuo.commands.importing:prices",
        name="prices",
        help=say(zh="暂存一批价格,可立即生效", en="Stage prices as a batch, and let them hold if asked to."),
    )
    importing.command(
        "dinghuo.commands.importing:floors",
        name="floors",
        help=say(zh="导入底价、成本和加价率", en="Import floors, costs and margins."),
    )
    app.command(importing)
    keys = App(name="keys", help=say(zh="个人数据的密钥", en="The keys of personal data."))
    for name, zh, en in _KEYS:
        keys.command(f"dinghuo.commands.keys:{name}_", name=name, help=say(zh=zh, en=en))
    app.command(keys)
    app.default(_try)
    return app


def _try(*, options: Options | None = None) -> int:
    from dinghuo.commands.trying import try_out

    return try_out(options=options or Options())
