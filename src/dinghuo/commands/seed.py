"""`seed`: a believable wholesaler, of any size."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from dinghuo.commands.options import Options
from dinghuo.commands.progress import shown
from dinghuo.container import Container
from dinghuo.demo.world import DEMO, ImpossibleSize, Phonebook, Size, slugs
from dinghuo.demo.world import seed as fill
from dinghuo.opening import prepared
from dinghuo.people import asked
from dinghuo.speech import refusal, say
from domain.quoting import MOST_LINES


def seed(
    *,
    products: Annotated[
        int, Parameter(help=say(zh="商品数,每个有 1–4 个 SKU", en="products, of one to four SKUs each"))
    ] = DEMO.products,
    skus: Annotated[
        int | None,
        Parameter(
            help=say(
                zh="每个商品的 SKU 数,且每个 SKU 都有三档阶梯价;默认 1–4 个不等",
                en="SKUs of every product, each with three breaks; by default one to four",
            )
        ),
    ] = None,
    customers: Annotated[int, Parameter(help=say(zh="客户数", en="customers"))] = DEMO.customers,
    orders: Annotated[int, Parameter(help=say(zh="订单数", en="orders"))] = DEMO.orders,
    lines: Annotated[
        int | None,
        Parameter(
            help=say(zh="每张订单的行数;默认 1–20 行不等", en="lines of every order; by default from 1 to 20")
        ),
    ] = None,
    merchants: Annotated[
        int,
        Parameter(help=say(zh="商家数,每个都有以上数量", en="merchants, each with so many of everything")),
    ] = DEMO.merchants,
    random_seed: Annotated[
        int, Parameter(help=say(zh="随机种子", en="another number makes another world"))
    ] = 1,
    options: Options | None = None,
) -> int:
    """Fill the database with merchants that are not there yet."""
    options = options or Options()
    try:
        size = Size(
            products=products,
            skus=skus,
            customers=customers,
            orders=orders,
            lines=DEMO.lines if lines is None else lines,
            exact_lines=lines is not None,
            merchants=merchants,
        )
    except ValueError as error:
        raise refusal(
            zh=f"数量太小或太大:商品、客户、商家至少为 1,订单不能为负,行数为 1 到 {MOST_LINES}。",
            en="Too small or too large: products, customers and merchants are at least 1, orders are not "
            f"negative, lines are 1 to {MOST_LINES}.",
        ) from error
    with prepared(options.given(), config=options.config) as container:
        _refuse_twice(container, size)
        try:
            with shown() as progress:
                fill(
                    container.unit_of_work(),
                    clock=container.clock(),
                    size=size,
                    progress=progress,
                    random_seed=random_seed,
                    phonebook=Phonebook(people=container.people(), secrets=container.secrets()),
                )
        except ImpossibleSize as impossible:
            raise refusal(
                zh=f"{impossible.skus} 个 SKU 凑不出每单 {impossible.lines} 行。请增加 --products。",
                en=f"{impossible.skus} SKUs do not make orders of {impossible.lines} lines: more --products.",
            ) from impossible
    names = ", ".join(slugs(size)[:20])
    print(
        say(
            zh=f"{names}:每个商家 {size.products} 个商品,{size.customers} 个客户,{size.orders} 张订单。",
            en=f"{names}: each with {size.products} products, {size.customers} customers, {size.orders} orders.",
        )
    )
    return 0


def _refuse_twice(container: Container, size: Size) -> None:
    """A seed that was interrupted leaves its merchant behind, and is not continued."""
    database = container.database()
    there = {one.slug for one in asked(database, database.directory.merchants)}
    twice = next((slug for slug in slugs(size) if slug in there), None)
    if twice is not None:
        raise refusal(
            zh=f"商家 {twice} 已存在,不会再次填充。请用 --database 或 --data 指定一个新的数据库。",
            en=f"The merchant {twice} is there already and is not filled again. Name a new database: --data DIR",
        )
