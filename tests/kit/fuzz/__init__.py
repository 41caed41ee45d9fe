"""Requests against the whole schema, made from the schema as it is built: everything once, then chance."""

from __future__ import annotations

from kit.fuzz.coverage import Coverage
from kit.fuzz.generator import operations
from kit.fuzz.places import Person, Place, furnish_marked
from kit.fuzz.running import Door, Report, run
from kit.fuzz.writing import Operation

__all__ = [
    "Coverage",
    "Door",
    "Operation",
    "Person",
    "Place",
    "Report",
    "furnish_marked",
    "operations",
    "run",
]
