"""A pytest plugin: the fixture `postgres`, one server for all workers, and a loud word when there is none."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from kit.postgres import Server, postgres_server

TOLD = "told"
"""The property of a test whose value is said at the end of the run."""
UNTESTED = "NOT TESTED: PostgreSQL, because "
UNTESTED_REDIS = "NOT TESTED: Redis, because "
_SERVER = pytest.StashKey[Server | str]()


def _server(config: pytest.Config) -> Server | str:
    """The server of this run, started when first asked for; or why there is none."""
    if _SERVER not in config.stash:
        config.stash[_SERVER] = _start(config)
    return config.stash[_SERVER]


def _start(config: pytest.Config) -> Server | str:
    """Start the server and see to it that it ends with the run.

    :raises UsageError: if TEST_DATABASE_URL leads nowhere: who names a server wants it tested.
    """
    stack = ExitStack()
    config.add_cleanup(stack.close)
    reasons: list[str] = []
    try:
        return stack.enter_context(postgres_server(reasons)) or "; ".join(reasons)
    except psycopg.OperationalError as error:
        raise pytest.UsageError(f"TEST_DATABASE_URL: {error}") from error


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist about the server, which belongs to the controller."""
    server = _server(node.config)
    if isinstance(server, Server):
        node.workerinput["postgres"] = (server.url, server.prefix)
    else:
        node.workerinput["no_postgres"] = server


def pytest_configure(config: pytest.Config) -> None:
    """Take over in a worker what the controller says about the server."""
    told = getattr(config, "workerinput", {})
    if "postgres" in told:
        config.stash[_SERVER] = Server(*told["postgres"]).for_worker(os.environ["PYTEST_XDIST_WORKER"])
    elif "no_postgres" in told:
        config.stash[_SERVER] = told["no_postgres"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Let nobody look for garbage while modules are imported and tests gathered, all of which stays."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """From here on look for it among what the tests make, and not among all that is there for good."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[Server]:
    """A PostgreSQL server on which the test may create databases; skips, loudly, where there is none."""
    server = _server(pytestconfig)
    if isinstance(server, str):
        pytest.skip(UNTESTED + server)
    yield server
    server.drop_databases()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what tests have to tell, and at the end and in red, what the skips mean."""
    for report in terminalreporter.stats.get("passed", []):
        for name, text in report.user_properties:
            if name == TOLD:
                terminalreporter.line(str(text))
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for what in (UNTESTED, UNTESTED_REDIS):
        untested = [reason for reason in reasons if what in reason]
        if untested:
            why = untested[0].partition(what)[2].rstrip("')\"")
            terminalreporter.section("not everything was tested", red=True, bold=True)
            terminalreporter.line(f"{what}{why} ({len(untested)} skipped)", red=True, bold=True)
