"""What processes use of the machine, as Linux tells it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def spent_s(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """What was used in between; a process that is new began with nothing."""
    return sum(used - before.get(pid, 0.0) for pid, used in after.items())


def cpu_s(pid: int) -> float:
    """The processor time of a process so far, in user and system mode; nothing if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(pid: int) -> tuple[float, float]:
    """What a process holds of memory: in total, and without the files it has mapped."""
    text = Path(f"/proc/{pid}/status").read_text()
    sizes = {
        name: int(size) / 1024
        for name, size in re.findall(r"^(Vm\w+|Rss\w+):\s+(\d+) kB", text, re.MULTILINE)
    }
    return sizes["VmRSS"], sizes["RssAnon"]


def children(pid: int) -> list[int]:
    """The processes it has started."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(word) for word in found.split()]
