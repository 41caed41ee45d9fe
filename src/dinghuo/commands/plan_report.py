"""What an import did or would do, on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import Enum
from typing import TextIO

from rich.console import Console
from rich.table import Table

from application.importing import Counts, ImportPlan, Reason
from dinghuo.speech import Words, say

MOST_SHOWN = 20
_WIDE = 140
"""So wide is what does not go to a terminal."""


class Outcome(Enum):
    """How the command ended."""

    LOOKED = "LOOKED"
    IMPORTED = "IMPORTED"
    REFUSED = "REFUSED"


_OUTCOMES: Mapping[Outcome, Words] = {
    Outcome.LOOKED: Words(zh="试运行:什么也没有改变。", en="A dry run: nothing was changed."),
    Outcome.IMPORTED: Words(zh="已导入。", en="Imported."),
    Outcome.REFUSED: Words(
        zh="有的行有问题,什么也没有导入。请改正,或加 --skip-refused 跳过这些行。",
        en="Rows are refused, so nothing was imported. Correct them, or skip them: --skip-refused",
    ),
}

REASONS: Mapping[Reason, Words] = {
    Reason.REQUIRED: Words(zh="不能为空", en="is needed"),
    Reason.TOO_LONG: Words(zh="太长", en="is too long"),
    Reason.NOT_PRINTABLE: Words(zh="含有不可见字符", en="has characters that do not print"),
    Reason.DUPLICATE_CODE: Words(zh="文件中有多行用了这个货号", en="several rows have this code"),
    Reason.OPTIONS_SYNTAX: Words(zh="应写成 口味:原味;容量:500ml", en="is written as 口味:原味;容量:500ml"),
    Reason.PACKS_SYNTAX: Words(zh="应写成 箱=24 或 箱=24瓶;件=6", en="is written as 箱=24 or 箱=24瓶;件=6"),
    Reason.UNIT_TWICE: Words(zh="同一个单位出现了两次", en="names a unit twice"),
    Reason.UNIT_CHANGES: Words(
        zh="已有 SKU 的单位不能改,请用新的货号",
        en="the unit of a known SKU does not change: give the goods a new code",
    ),
    Reason.CATEGORY_SYNTAX: Words(
        zh="应写成 饮料/碳酸饮料,最多 8 级", en="is written as 饮料/碳酸饮料, 8 levels at most"
    ),
    Reason.NOT_A_QUANTITY: Words(zh="不是数量", en="is not a quantity"),
    Reason.NOT_OF_THE_UNIT: Words(zh="小数位多于单位允许的位数", en="has more decimals than the unit"),
    Reason.NOT_A_PRICE: Words(zh="不是价格", en="is not a price"),
    Reason.TOO_FINE: Words(zh="价格的小数位太多", en="has more decimals than prices here have"),
    Reason.NOT_A_PERCENTAGE: Words(zh="不是百分比", en="is not a percentage"),
    Reason.PERCENTAGE_OF_NOTHING: Words(
        zh="百分比只能用于客户等级的列", en="a percentage is for columns of tiers"
    ),
    Reason.BREAKS: Words(
        zh="同一数量有两个价格,或阶梯超过 20 级", en="two prices from one quantity on, or over 20 breaks"
    ),
    Reason.OTHER_PRODUCT: Words(
        zh="这个 SKU 属于另一个商品;改名须同时改该商品的全部 SKU",
        en="the SKU is of another product; to rename that, rename all its SKUs together",
    ),
    Reason.AMBIGUOUS_PRODUCT: Words(
        zh="有多个同名商品,请填写分类", en="several products have this name: fill in the category"
    ),
    Reason.PRODUCT_DISAGREES: Words(
        zh="与同一商品的其他行不一致", en="differs from another row of the same product"
    ),
    Reason.TOO_MANY_SKUS: Words(zh="一个商品最多 100 个 SKU", en="a product has 100 SKUs at most"),
    Reason.UNKNOWN_SKU: Words(zh="没有这个货号", en="is no code of a SKU"),
    Reason.UNKNOWN_UNIT: Words(zh="该商品不按这个单位销售", en="is no unit the SKU is sold in"),
    Reason.NOT_A_MARGIN: Words(zh="不是 0 到 900% 的加价率", en="is no margin from 0 to 900 %"),
    Reason.MARGIN_OF_NOTHING: Words(
        zh="没有成本,加价率无从算起", en="is a margin, and there is no cost that it is on"
    ),
    Reason.UNKNOWN_PRICE_LIST: Words(zh="没有这个价格表,或有多个同名", en="is no price list, or several"),
    Reason.BELOW_RESERVED: Words(zh="少于已被订单占用的数量", en="is less than orders have reserved"),
}


def report(plan: ImportPlan, *, outcome: Outcome, to: TextIO | None = None) -> None:
    """Print the counts, the first changes, the warnings and every row that is refused."""
    stream = to or sys.stdout
    width = None if stream.isatty() else _WIDE
    console = Console(file=stream, width=width, markup=False, emoji=False, highlight=False)
    console.print(_counts(plan))
    console.print(
        say(
            zh=f"{plan.ladders} 个价格阶梯,{plan.movements} 笔库存,{len(plan.refused_lines)} 行被拒绝",
            en=f"{plan.ladders} price ladders, {plan.movements} stock movements, "
            f"{len(plan.refused_lines)} rows refused",
        )
    )
    if plan.changed:
        console.print(_changes(plan))
    if plan.warnings:
        console.print(_warnings(plan))
    if plan.refused:
        console.print(_refused(plan))
    console.print(str(_OUTCOMES[outcome]))


def _counts(plan: ImportPlan) -> Table:
    table = Table(
        "", say(zh="新增", en="new"), say(zh="变化", en="changed"), say(zh="不变", en="unchanged"),
    )  # fmt: skip
    for name, counts in (
        (say(zh="商品", en="products"), plan.products),
        ("SKU", plan.skus),
        (say(zh="分类", en="categories"), Counts(new=len(plan.categories))),
        (say(zh="品牌", en="brands"), Counts(new=len(plan.brands))),
    ):
        table.add_row(name, str(counts.new), str(counts.changed), str(counts.unchanged))
    return table


def _changes(plan: ImportPlan) -> Table:
    table = _listed(
        say(zh="变化", en="Changes"),
        (say(zh="行", en="line"), say(zh="货号", en="code"), say(zh="列", en="column"), "", ""),
        len(plan.changed),
    )
    for one in plan.changed[:MOST_SHOWN]:
        table.add_row(str(one.line), one.code, one.column, one.old, f"→ {one.new}")
    return table


def _warnings(plan: ImportPlan) -> Table:
    table = _listed(
        say(zh="注意:等级价高于基准价", en="Mind: a tier pays more than the base price"),
        (
            say(zh="行", en="line"),
            say(zh="货号", en="code"),
            say(zh="等级", en="tier"),
            say(zh="数量", en="from"),
            say(zh="等级价", en="tier price"),
            say(zh="基准价", en="base price"),
        ),
        len(plan.warnings),
    )
    for one in plan.warnings[:MOST_SHOWN]:
        prices = (one.tier_price.amount, one.base_price.amount)
        table.add_row(str(one.line), one.code, one.tier.name, f"{one.quantity}+", *prices)
    return table


def _refused(plan: ImportPlan) -> Table:
    headings = (
        say(zh="行", en="line"), say(zh="列", en="column"), say(zh="内容", en="value"), say(zh="原因", en="reason"),
    )  # fmt: skip
    table = Table(*headings, title=say(zh="被拒绝的行", en="Refused rows"), title_justify="left")
    for one in plan.refused:
        why = f"{REASONS[one.reason]} ({one.reason.value})"
        table.add_row(str(one.line), one.column, one.value[:60], why)
    return table


def _listed(title: str, headings: tuple[str, ...], number: int) -> Table:
    more = say(
        zh=f"(共 {number},只列出前 {MOST_SHOWN})", en=f" ({number} in all, the first {MOST_SHOWN} are shown)"
    )
    return Table(*headings, title=title + (more if number > MOST_SHOWN else ""), title_justify="left")
