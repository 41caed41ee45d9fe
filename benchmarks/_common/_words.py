"""What a benchmark is told on its command line, and what it says of the machine."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable


def database_options(parser: argparse.ArgumentParser) -> None:
    """Say which databases are meant."""
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--postgres", metavar="URL", help="a PostgreSQL on which databases may be created")


def chosen(rows: Iterable[str]) -> Callable[[str], list[str]]:
    """Read which rows are meant, in the order in which they stand."""
    names = list(rows)

    def rows_of(text: str) -> list[str]:
        wanted = set(text.split(","))
        if unknown := wanted - set(names):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there are {', '.join(names)}")
        return [name for name in names if name in wanted]

    return rows_of


def machine() -> str:
    """Say what is measured on, and what else it does at the moment."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    who = "shared by the server, the database and the load generator"
    return f"{os.cpu_count()} processors, {who}; load average at the start {load}"


def kinds(options: argparse.Namespace) -> tuple[str, ...]:
    """The databases that were asked for."""
    return ("sqlite", "postgres") if options.database == "both" else (options.database,)
