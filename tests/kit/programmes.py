"""The programmes that try the served product, started as one starts them at a command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import make_url

from kit.postgres import Server

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 120


def find_no_lie(module: str, *words: str, within_s: int = WITHIN_S) -> None:
    """Run a programme, which must find nothing wrong."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"},
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no lie" in done.stdout


def on(server: Server, name: str) -> tuple[str, ...]:
    """The options that let a programme make databases on a server, which the fixture drops if it does not."""
    url = make_url(server.url).set(database=f"{server.prefix}_{name}").render_as_string(hide_password=False)
    return ("--database", "postgres", "--postgres", url)
