"""What an import of floors changes, for whoever reads the terminal."""

from __future__ import annotations

from application.importing import FloorImport
from dinghuo.commands.price_report import MOST_SHOWN, report_refused
from dinghuo.speech import say
from domain.floors import SkuFloor


def report_floors(done: FloorImport) -> None:
    """Print what was set and what is, the rows that are refused, and whether anything was set."""
    for one in done.changed[:MOST_SHOWN]:
        print(f"{one.code}: {_floor(one.before)} -> {_floor(one.after)}")
    if len(done.changed) > MOST_SHOWN:
        more = len(done.changed) - MOST_SHOWN
        print(say(zh=f"……另有 {more} 项", en=f"... and {more} more"))
    report_refused(done.refused)
    counts = (len(done.changed), done.unchanged, len(done.refused))
    print(
        say(
            zh="底价变动 {} 项,不变 {} 项,有问题 {} 行。".format(*counts),
            en="{} floors change, {} stay, {} rows are refused.".format(*counts),
        )
    )
    print(
        say(zh="已生效。", en="They hold now.")
        if done.done
        else say(zh="什么也没有改。", en="Nothing was set.")
    )


def _floor(one: SkuFloor | None) -> str:
    if one is None:
        return "-"
    parts = []
    if one.floor is not None:
        parts.append(say(zh=f"底价 {one.floor.amount}", en=f"floor {one.floor.amount}"))
    if one.cost is not None:
        parts.append(say(zh=f"成本 {one.cost.amount}", en=f"cost {one.cost.amount}"))
    if one.margin is not None:
        parts.append(say(zh=f"加价 {one.margin}%", en=f"margin {one.margin}%"))
    return " ".join(parts)
