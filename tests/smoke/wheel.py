"""Does the built wheel work? Install it apart from the sources and use it as a merchant and a buyer would."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOME_QUERY = ROOT / "tests/kit/home.graphql"
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10
VERB_TIMEOUT_S = 120


def main() -> None:
    """Run the whole story; the first thing that does not hold ends it with a traceback."""
    with tempfile.TemporaryDirectory(prefix="dinghuo smoke ") as folder:
        environment = install(build(Path(folder, "wheel")), Path(folder, "venv"))
        elsewhere = Path(folder, "elsewhere")
        elsewhere.mkdir()
        use(environment / "bin/dinghuo", elsewhere)
    print("the wheel works")


def build(folder: Path) -> Path:
    """Build the wheel and return its path."""
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT])
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, venv: Path) -> Path:
    """Install the wheel into an environment that borrows our dependencies, but not our sources.

    A path in a .pth file does not have its own .pth files read, so the editable install stays out of sight.
    """
    run([sys.executable, "-m", "venv", "--without-pip", venv])
    run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            venv / "bin/python",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            wheel,
        ]
    )
    (packages,) = venv.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    for package in ("domain", "application", "adapters", "dinghuo"):
        found = run([venv / "bin/python", "-P", "-c", f"import {package}; print({package}.__file__)"]).strip()
        assert Path(found).is_relative_to(packages), f"{package} comes from {found}"
    return venv


def use(dinghuo: Path, folder: Path) -> None:
    """Seed, serve, ask what a shop's first page asks, verify, stop."""
    data: list[str | Path] = ["--data", folder / "data"]
    assert "serve" in run([dinghuo, "--help"], cwd=folder)
    small = ["--products", "20", "--customers", "3", "--orders", "20", "--lines", "3"]
    run([dinghuo, "seed", *data, *small], cwd=folder)
    shutil.copy(folder / "data/keyring.json", folder / "keyring.json")
    token = run([dinghuo, "token", "buyer", *data], cwd=folder).strip()

    with serving(dinghuo, data, folder) as url:
        answer = ask(f"{url}/graphql", HOME_QUERY.read_text("utf-8"), token)
        assert "errors" not in answer, answer
        products = [edge["node"] for edge in answer["data"]["products"]["edges"]]
        prices = [sku["price"] for product in products for sku in product["skus"] if sku["price"]]
        assert prices, answer
        assert prices[0]["unitPrice"]["amount"], prices[0]
        assert answer["data"]["me"]["customer"]["id"], answer
    run([dinghuo, "verify", *data], cwd=folder)


@contextmanager
def serving(dinghuo: Path, data: list[str | Path], folder: Path) -> Iterator[str]:
    """Serve until the block ends; then Ctrl-C must end the server in time and without complaint."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = folder / "serve.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [dinghuo, "serve", *data, "--port", str(port)],
            cwd=folder,
            env=clean() | {"DINGHUO_KEYRING": str(folder / "keyring.json")},
            stdout=output,
            stderr=output,
        )
    try:
        wait_until_ready(f"{url}/readyz", server)
        yield url
        server.send_signal(signal.SIGINT)
        status = server.wait(STOP_TIMEOUT_S)
        assert status == 0, f"serve ended with {status} after SIGINT"
    except BaseException:
        print(log.read_text("utf-8", errors="replace"), file=sys.stderr)
        raise
    finally:
        server.kill()
        server.wait()


def wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return as soon as the server says it is ready.

    :raises TimeoutError: if it does not within START_TIMEOUT_S, or has ended.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with opened(urllib.request.Request(url)):
                return
        except OSError:  # not listening yet, or 503
            time.sleep(0.05)
    raise TimeoutError(f"{url} was not ready; exit status {server.poll()}")


def ask(url: str, query: str, token: str) -> Any:
    """Post a query as the holder of the token."""
    body = json.dumps({"query": query, "variables": {"category": None}}).encode()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/graphql-response+json",
    }
    try:
        with opened(urllib.request.Request(url, body, headers)) as response:
            return json.load(response)
    except urllib.error.HTTPError as refusal:
        raise AssertionError(f"{refusal.code}: {refusal.read().decode(errors='replace')}") from refusal


def opened(request: urllib.request.Request) -> Any:
    """Send a request to this machine, past any proxy."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def clean() -> dict[str, str]:
    """Our environment without what would lead Python back to the sources or dinghuo to other data."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "DINGHUO", "VIRTUAL_ENV"))
    }


def run(command: list[str | Path], *, cwd: Path = ROOT) -> str:
    """Run a command and return what it printed.

    :raises AssertionError: if it fails, with what it said.
    """
    done = subprocess.run(
        command, cwd=cwd, env=clean(), capture_output=True, text=True, timeout=VERB_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, f"{shutil.which(command[0])} {command[1:]}: {done.stdout}{done.stderr}"
    return done.stdout


if __name__ == "__main__":
    main()
