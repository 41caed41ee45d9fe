"""Measuring the product as it is served, beside what the same work costs by hand."""

import sys
from pathlib import Path

# The kit of the tests and the product are found wherever this is started from.
for folder in ("src", "tests"):
    path = str(Path(__file__).resolve().parents[1] / folder)
    if path not in sys.path:
        sys.path.insert(0, path)
