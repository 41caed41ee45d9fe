"""An installation of its own, served by the front door in processes of its own, and what can be seen of it."""

from benchmarks._common._databases import fresh, here, kept
from benchmarks._common._house import (
    ROOT,
    STOP_WITHIN_S,
    Failed,
    House,
    Person,
    Served,
    announced,
    backends_cpu_s,
)
from benchmarks._common._words import chosen, database_options, kinds, machine

__all__ = [
    "ROOT",
    "STOP_WITHIN_S",
    "Failed",
    "House",
    "Person",
    "Served",
    "announced",
    "backends_cpu_s",
    "chosen",
    "database_options",
    "fresh",
    "here",
    "kept",
    "kinds",
    "machine",
]
