"""The keys that tests seal with."""

from __future__ import annotations

from adapters.sealing import Ring

KEY, OTHER_KEY = bytes(range(32)), bytes(range(100, 132))
SEALING = Ring.of(KEY)
