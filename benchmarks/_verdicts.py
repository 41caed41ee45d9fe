"""What was to be reached, and whether it was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import attrs


@attrs.frozen(kw_only=True)
class Verdict:
    """One row of the table: a figure, what stands beside it, and what is asked of it."""

    work: str
    product: str = ""
    beside: str = ""
    ratio: str = ""
    target: str = ""
    reached: bool | None = None
    why_not: str = ""
    """Why there is no figure."""

    @classmethod
    def skipped(cls, work: str, why: str) -> Self:
        """A row that could not be measured."""
        return cls(work=work, why_not=why)

    @classmethod
    def ratio_of(
        cls,
        work: str,
        product: float,
        beside: float,
        *,
        digits: int = 1,
        least: float | None = None,
        most: float | None = None,
    ) -> Self:
        """A figure as a multiple of another; `least` and `most` are what is asked of the multiple."""
        ratio = product / beside if beside else 0.0
        reached = None
        if least is not None or most is not None:
            reached = beside > 0 and (least is None or ratio >= least) and (most is None or ratio <= most)
        return cls(
            work=work,
            product=f"{product:,.{digits}f}",
            beside=f"{beside:,.{digits}f}",
            ratio=f"{ratio:.3g}" if ratio < 100 else f"{ratio:,.0f}",
            target=_asked(least, most),
            reached=reached,
        )

    @classmethod
    def figure(
        cls,
        work: str,
        product: float,
        *,
        digits: int = 1,
        least: float | None = None,
        most: float | None = None,
        beside: str = "",
    ) -> Self:
        """A figure of which something is asked as it is."""
        reached = None
        if least is not None or most is not None:
            reached = (least is None or product >= least) and (most is None or product <= most)
        shown = f"{product:,.{digits}f}"
        return cls(work=work, product=shown, beside=beside, target=_asked(least, most), reached=reached)


def _asked(least: float | None, most: float | None) -> str:
    return " ".join(
        [*([] if least is None else [f"≥ {least:g}"]), *([] if most is None else [f"≤ {most:g}"])]
    )


def verdicts(rows: Iterable[Verdict]) -> str:
    """Write the table."""
    lines = ["| | product | beside it | ratio | to reach | |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        end = {None: "", True: "reached", False: "**not reached**"}[row.reached]
        if row.why_not:
            end = f"skipped: {row.why_not}"
        lines.append(f"| {row.work} | {row.product} | {row.beside} | {row.ratio} | {row.target} | {end} |")
    return "\n".join(lines)
