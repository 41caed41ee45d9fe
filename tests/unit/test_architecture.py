"""The rules of the house that no linter knows; the import contracts are in pyproject.toml."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(ROOT.glob("src/**/*.py"))
OURS = ("domain", "application", "adapters", "dinghuo")
LONGEST_FILE = 400
MAY_IMPORT = {"domain": {"attrs", "domain"}, "application": {"attrs", "domain", "application"}}
SERVING = (
    "dinghuo.commands.serve",
    "dinghuo.container",
    "dinghuo.asgi",
    "dinghuo.observing",
    "adapters.graphql.server",
)
NOT_AT_ONCE = {
    *("alembic", "httpx", "pypinyin", "python_calamine", "redis", "xlsxwriter"),
    *("adapters.files.sheets", "dinghuo.demo"),
}
"""What other verbs need, or few requests: it would stay in every worker, some of it with 50 MB."""
HOSTS = re.compile(
    r"pypi[.]org|pythonhosted[.]org|registry[.]npm|npmjs[.]org|npmmirror[.]com|crates[.]io|//(files|registry|index|deb)[.]"
    r"|mirrors?[.][a-z]+[.](com|cn|org|edu)"
)


def files_of(package: str) -> list[Path]:
    return [path for path in SOURCES if path.is_relative_to(ROOT / "src" / package)]


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level names of everything imported, wherever the statement stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0]


def floats(tree: ast.AST) -> Iterator[int]:
    """The lines with a float literal, or a call of `float`."""
    for node in ast.walk(tree):
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
        if (literal or call) and isinstance(node, ast.expr):
            yield node.lineno


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_imports_only_what_its_floor_allows(package: str) -> None:
    allowed = MAY_IMPORT[package] | sys.stdlib_module_names
    found = {path: set(imported(ast.parse(path.read_text("utf-8")))) - allowed for path in files_of(package)}
    assert found
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_knows_no_floating_point(package: str) -> None:
    found = {path: list(floats(ast.parse(path.read_text("utf-8")))) for path in files_of(package)}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize("name", OURS)
def test_nobody_else_ships_our_names(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"dinghuo"}


def test_keeps_files_short() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_names_no_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this is not a git checkout")
    texts = {
        name: (ROOT / name).read_text("utf-8", errors="replace")
        for name in listed.stdout.split("\0")
        if name and (ROOT / name).is_file()
    }
    assert [name for name, text in texts.items() if HOSTS.search(text)] == []


def test_a_server_loads_only_what_it_needs_at_once() -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, {', '.join(SERVING)}; print(*sys.modules)"],
        cwd=ROOT / "src",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    loaded = set(told.split())
    assert loaded >= set(SERVING)
    assert loaded & NOT_AT_ONCE == set()
