"""GraphQL over HTTP by the book: the audits of the graphql-http package, against the served product.

python -m programmes.protocol

Needs node and npm. Its two packages are installed once, as the lock beside the script says; exit code 75 means that
they could not be had, so that nothing was tested.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks._common import fresh

NOT_TESTED = 75
HERE = Path(__file__).parent / "_audit"
SCRIPT, LOCK, PACKAGES = HERE / "audit.mjs", HERE / "package-lock.json", HERE / "node_modules"
STAMP = PACKAGES / ".installed"
_WORLD = ("--products", "5", "--customers", "2", "--orders", "5")
_OURS = ("EINTEGRITY", "EUSAGE", "EJSONPARSE")
"""What npm says where the lock is wrong, and not the network."""


class Missing(Exception):
    """Something that the audit cannot do without is not there."""


def audit() -> int:
    """Audit the product, served on SQLite; the exit code of the audit.

    :raises Missing: without node, npm or the packages.
    """
    node = _program("node")
    _install()
    with fresh("sqlite", log_level="warning") as house:
        house.run("seed", *_WORLD)
        # The audits ask the schema about itself, which is open where GraphiQL is.
        with house.served(graphiql="true") as served:
            return subprocess.run([node, SCRIPT, f"{served.url}/graphql"], check=False).returncode


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not installed")
    return found


def _install() -> None:
    """Install what the lock says, unless that has been done: a second time nobody is asked anything.

    :raises Missing: if it cannot be had.
    :raises CalledProcessError: if the lock and the packages disagree.
    """
    lock = LOCK.read_text("utf-8")
    if STAMP.exists() and STAMP.read_text("utf-8") == lock:
        return
    command = [_program("npm"), "ci", "--include=dev", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        if any(word in done.stderr for word in _OURS):
            print(done.stderr, file=sys.stderr)
            done.check_returncode()
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise Missing("npm could not fetch the packages: " + " ".join(said[:2]))
    STAMP.write_text(lock, "utf-8")


def main() -> int:
    """Audit, or say in red what was not."""
    argparse.ArgumentParser(description="Audit GraphQL over HTTP.").parse_args()
    try:
        return audit()
    except Missing as missing:
        words = f"NOT TESTED: GraphQL over HTTP, because {missing}"
        print(f"\033[1;31m{words}\033[0m" if sys.stderr.isatty() else words, file=sys.stderr)
        return NOT_TESTED


if __name__ == "__main__":
    sys.exit(main())
