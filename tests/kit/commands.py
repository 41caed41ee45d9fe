"""Commands: what tests need that type them."""

from __future__ import annotations

import attrs


@attrs.frozen
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """What a refused command says, on one line."""
        assert self.code == 2, self
        assert self.out == ""
        (line,) = self.err.splitlines()
        return line
