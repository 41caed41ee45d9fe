"""What an import of prices would change, for whoever reads the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from application.importing import PriceImport, RowRefused, StagedPrice
from dinghuo.commands.plan_report import REASONS
from dinghuo.speech import Words, say
from domain.floors import PriceFlag

MOST_SHOWN = 20
_FLAGS = {
    PriceFlag.BELOW_FLOOR: Words(zh="低于底价", en="below the floor"),
    PriceFlag.ABOVE_BASE: Words(zh="某个等级会高于基础价", en="a tier pays more than the base price"),
}


def report_prices(done: PriceImport, *, published: bool, effective_from: datetime | None = None) -> None:
    """Print old and new prices, the rows that are refused, and what became of the batch."""
    for one in done.staged[:MOST_SHOWN]:
        print(_line(one))
    if len(done.staged) > MOST_SHOWN:
        more = len(done.staged) - MOST_SHOWN
        print(say(zh=f"……另有 {more} 项", en=f"... and {more} more"))
    report_refused(done.refused)
    flagged = sum(bool(one.flags) for one in done.staged)
    if flagged:
        print(say(zh=f"请留意 {flagged} 项。", en=f"Look at {flagged} of them first."))
    counts = (len(done.staged), done.unchanged, len(done.refused))
    print(
        say(
            zh="价格变动 {} 项,不变 {} 项,有问题 {} 行。".format(*counts),
            en="{} prices change, {} stay, {} rows are refused.".format(*counts),
        )
    )
    if done.batch is None:
        print(say(zh="没有暂存任何价格。", en="Nothing was staged."))
    elif published and effective_from is not None:
        when = f"{effective_from:%Y-%m-%d %H:%M %Z}"
        print(
            say(zh=f"批次 {done.batch.id} 自 {when} 起生效。", en=f"Batch {done.batch.id} holds from {when}.")
        )
    elif published:
        print(say(zh=f"批次 {done.batch.id} 已生效。", en=f"Batch {done.batch.id} holds now."))
    else:
        print(say(zh=f"已暂存为批次 {done.batch.id}。", en=f"Staged as batch {done.batch.id}."))


def report_refused(rows: Sequence[RowRefused]) -> None:
    """Print why rows are refused, the first of them."""
    for row in rows[:MOST_SHOWN]:
        words = REASONS[row.reason]
        print(
            say(
                zh=f"第 {row.line} 行,{row.column}:{row.value!r} {words.zh}",
                en=f"line {row.line}, {row.column}: {row.value!r} {words.en}",
            )
        )


def _line(one: StagedPrice) -> str:
    unit = f" {one.change.unit}" if one.change.unit else ""
    share = f" ({one.percentage} %)" if one.percentage is not None else ""
    flags = "".join(f" [{_FLAGS[flag]}]" for flag in one.flags)
    return (
        f"{one.code}{unit}, {one.price_list}: {str(one.before) or '-'} -> {one.change.ladder}{share}{flags}"
    )
