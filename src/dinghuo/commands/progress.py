"""Progress of a seed, shown on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from dinghuo.demo import world
from dinghuo.speech import Words
from dinghuo.stopping import go_on

_STAGES = {
    world.Stage.CATALOG: Words(zh="商品和客户", en="goods and customers"),
    world.Stage.ORDERS: Words(zh="订单", en="orders"),
}


@contextmanager
def shown() -> Iterator[world.Progress]:
    """Show a bar for each stage of each merchant."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bars = Progress(*columns, console=Console(file=sys.stderr))
    tasks: dict[tuple[world.Stage, str], TaskID] = {}

    def tell(stage: world.Stage, *, slug: str, done: int, total: int) -> None:
        go_on()
        task = tasks.get((stage, slug))
        if task is None:
            task = tasks[stage, slug] = bars.add_task(f"{slug}: {_STAGES[stage]}", total=total)
        bars.update(task, completed=done, total=total)

    with bars:
        yield tell
