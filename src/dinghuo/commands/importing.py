"""`import catalog`: a merchant's own table of goods, shown as a plan or taken over."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from application.authorization import Actor
from application.importing import (
    Choices,
    ColumnsNotUnderstood,
    ImportCatalog,
    ImportPlan,
    ImportRefused,
    PlanImport,
    Table,
    Watch,
)
from application.ports.storage import NotNow
from application.retrying import retrying
from dinghuo.commands.floor_report import report_floors
from dinghuo.commands.options import Options
from dinghuo.commands.plan_report import Outcome, report
from dinghuo.commands.price_report import report_prices
from dinghuo.container import Container
from dinghuo.opening import opened
from dinghuo.people import asked, here, merchant_of
from dinghuo.speech import CommandRefused, refusal, say
from dinghuo.tables import table_in
from domain.merchant import Merchant
from domain.price_batches import InvalidEffectiveDate

ROWS_REFUSED = 1
_SHOW_EVERY = 200


def catalog(
    file: Annotated[Path, Parameter(help=say(zh=".xlsx 或 .csv 文件", en="an .xlsx or .csv file"))],
    /,
    *,
    dry_run: Annotated[
        bool, Parameter(help=say(zh="只显示会发生什么", en="only show what would happen"), negative=())
    ] = False,
    set_stock: Annotated[
        bool,
        Parameter(
            help=say(zh="把库存列当作已有 SKU 的盘点", en="take the stock columns of known SKUs for a count"),
            negative=(),
        ),
    ] = False,
    skip_refused: Annotated[
        bool, Parameter(help=say(zh="跳过有问题的行", en="import the other rows"), negative=())
    ] = False,
    merchant: Annotated[str | None, Parameter(help=say(zh="商家代号", en="the merchant's slug"))] = None,
    options: Options | None = None,
) -> int:
    """Import goods, prices and opening stock; exits with 1 if rows are refused."""
    table = table_in(file)
    choices = Choices(set_stock=set_stock, skip_refused=skip_refused)
    with _at(merchant, options) as (container, actor):
        try:
            with _uncollected(), _watched(len(table.rows)) as watch:
                plan, outcome = _run(container, actor, table, choices, watch, dry_run=dry_run)
        except ColumnsNotUnderstood as wrong:
            raise _columns_refused(file, wrong) from wrong
        except NotNow as busy:
            raise refusal(
                zh="数据库正忙,什么也没有导入,请稍后再试。",
                en="The database is busy and nothing was imported. Try again in a moment.",
            ) from busy
    report(plan, outcome=outcome)
    return ROWS_REFUSED if plan.refused else 0


def prices(
    file: Annotated[Path, Parameter(help=say(zh=".xlsx 或 .csv 文件", en="an .xlsx or .csv file"))],
    /,
    *,
    price_list: Annotated[
        str | None,
        Parameter(
            help=say(
                zh="价格表的名称或编号;默认基础价", en="the list, by name or id; the base price by default"
            )
        ),
    ] = None,
    dry_run: Annotated[
        bool, Parameter(help=say(zh="只显示会发生什么", en="only show what would happen"), negative=())
    ] = False,
    skip_refused: Annotated[
        bool, Parameter(help=say(zh="跳过有问题的行", en="stage the other rows"), negative=())
    ] = False,
    publish: Annotated[
        bool, Parameter(help=say(zh="暂存后立即生效", en="let the prices hold at once"), negative=())
    ] = False,
    effective_from: Annotated[
        str | None,
        Parameter(
            name="--from",
            help=say(
                zh="暂存后从此时起生效:2026-12-01,或 2026-12-01T08:00(商家时区)",
                en="let the prices hold from then on: 2026-12-01, or 2026-12-01T08:00, where the merchant is",
            ),
        ),
    ] = None,
    merchant: Annotated[str | None, Parameter(help=say(zh="商家代号", en="the merchant's slug"))] = None,
    options: Options | None = None,
) -> int:
    """Stage prices as a batch; exits with 1 if rows are refused."""
    table = table_in(file)
    with _at(merchant, options) as (container, actor):
        use = container.use_cases()
        now = container.clock().now()
        begins = None if effective_from is None else _begins(effective_from, actor.merchant, now=now)
        publish = publish or begins is not None
        try:
            done = use.stage_prices(
                actor=actor,
                table=table,
                name=file.name,
                price_list=price_list,
                dry_run=dry_run,
                skip_refused=skip_refused,
            )
            if publish and done.batch is not None:
                use.publish_price_batch(actor=actor, batch_id=done.batch.id, effective_from=begins)
        except ColumnsNotUnderstood as wrong:
            raise _columns_refused(file, wrong) from wrong
        except InvalidEffectiveDate as late:
            raise refusal(
                zh="--from 在暂存期间已经过去:批次已暂存,尚未发布。",
                en="--from was past before all was staged: the batch is staged, and not published.",
            ) from late
        except NotNow as busy:
            raise refusal(
                zh="数据库正忙,没有暂存任何价格,请稍后再试。",
                en="The database is busy and nothing was staged. Try again in a moment.",
            ) from busy
    report_prices(done, published=publish, effective_from=begins)
    return ROWS_REFUSED if done.refused else 0


def floors(
    file: Annotated[Path, Parameter(help=say(zh=".xlsx 或 .csv 文件", en="an .xlsx or .csv file"))],
    /,
    *,
    dry_run: Annotated[
        bool, Parameter(help=say(zh="只显示会发生什么", en="only show what would happen"), negative=())
    ] = False,
    skip_refused: Annotated[
        bool, Parameter(help=say(zh="跳过有问题的行", en="set the other rows"), negative=())
    ] = False,
    merchant: Annotated[str | None, Parameter(help=say(zh="商家代号", en="the merchant's slug"))] = None,
    options: Options | None = None,
) -> int:
    """Set floors, costs and margins of SKUs; exits with 1 if rows are refused."""
    table = table_in(file)
    with _at(merchant, options) as (container, actor):
        use = container.use_cases()
        try:
            done = use.import_floors(actor=actor, table=table, dry_run=dry_run, skip_refused=skip_refused)
        except ColumnsNotUnderstood as wrong:
            raise _columns_refused(file, wrong) from wrong
        except NotNow as busy:
            raise refusal(
                zh="数据库正忙,底价可能只导入了一部分,请稍后用同一文件再试。",
                en="The database is busy, and floors may be set in part. Import the same file again in a moment.",
            ) from busy
    report_floors(done)
    return ROWS_REFUSED if done.refused else 0


@contextmanager
def _at(merchant: str | None, options: Options | None) -> Iterator[tuple[Container, Actor]]:
    """Open what is stored, as whoever runs the installation, at the merchant of this slug or the only one."""
    options = options or Options()
    with opened(options.given(), config=options.config) as container:
        database = container.database()
        found = merchant_of(asked(database, database.directory.merchants), slug=merchant)
        yield container, Actor.operator(found, origin=here())


def _begins(text: str, merchant: Merchant, *, now: datetime) -> datetime:
    """Read from when on prices are to hold; where no zone is said, it is the merchant's.

    :raises CommandRefused: if it is no moment, or is past.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise refusal(
            zh=f"--from 不是日期或时间:{text}。例如 2026-12-01 或 2026-12-01T08:00。",
            en=f"--from takes a date or a time, as 2026-12-01 or 2026-12-01T08:00, and not {text}.",
        ) from error
    begins = read if read.tzinfo else read.replace(tzinfo=ZoneInfo(merchant.time_zone))
    if begins < now:
        raise refusal(
            zh=f"--from 已经过去:{begins.isoformat()}。要立即生效请用 --publish。",
            en=f"--from is past: {begins.isoformat()}. With --publish the prices hold at once.",
        )
    return begins


def _run(
    container: Container, actor: Actor, table: Table, choices: Choices, watch: Watch, *, dry_run: bool
) -> tuple[ImportPlan, Outcome]:
    unit_of_work, clock, ids = container.unit_of_work(), container.clock(), container.ids()
    if dry_run:
        look = PlanImport(unit_of_work=unit_of_work, clock=clock, ids=ids)
        return look(actor=actor, table=table, choices=choices, watch=watch), Outcome.LOOKED
    take = ImportCatalog(unit_of_work=unit_of_work, clock=clock, ids=ids)
    try:
        return retrying(take)(actor=actor, table=table, choices=choices, watch=watch), Outcome.IMPORTED
    except ImportRefused as refused:
        return refused.plan, Outcome.REFUSED


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows and plans hold no cycles; looking for some again and again costs a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def _watched(rows: int) -> Iterator[Watch]:
    """Show how many rows have been read, and then that they are compared and stored."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bars:
        task = bars.add_task(say(zh="读取", en="reading"), total=rows)

        def tell(done: int) -> None:
            if done % _SHOW_EVERY == 0 or done == rows:
                bars.update(task, completed=done)
            if done == rows:
                bars.update(task, description=say(zh="比较并保存", en="comparing and storing"))

        yield tell


def _columns_refused(file: Path, wrong: ColumnsNotUnderstood) -> CommandRefused:
    zh, en = [], []
    if wrong.unknown:
        zh.append(f"不认识的列:{'、'.join(wrong.unknown)}")
        en.append(f"columns that are not known: {', '.join(wrong.unknown)}")
    if wrong.missing:
        zh.append(f"缺少的列:{'、'.join(wrong.missing)}")
        en.append(f"columns that are missing: {', '.join(wrong.missing)}")
    if wrong.twice:
        zh.append(f"重复的列:{'、'.join(wrong.twice)}")
        en.append(f"columns that say the same twice: {', '.join(wrong.twice)}")
    return refusal(
        zh=f"{file}:{';'.join(zh)}。认识的列:{'、'.join(wrong.known)}",
        en=f"{file}: {'; '.join(en)}. Known are: {', '.join(wrong.known)}",
    )
