"""`verify`: is everything that is stored true?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from application.ports.audit import NO_ANCHORS, Audit, Finding
from dinghuo.anchors import read_anchors, write_anchors
from dinghuo.commands.options import Options
from dinghuo.opening import opened
from dinghuo.speech import say
from domain.identity import MerchantId
from domain.trail import TrailHead

MOST_SHOWN = 20
TRAIL = "I13"
"""The invariant of the audit trail."""


def verify(
    *,
    anchor: Annotated[
        Path | None,
        Parameter(
            help=say(
                zh="锚点文件:操作日志须与其中记录的末尾相符,相符则更新该文件",
                en="a file of anchors, which the audit trails have to pass through; moved on if they do",
            )
        ),
    ] = None,
    options: Options | None = None,
) -> int:
    """Check every invariant; exits with 1 if one does not hold."""
    options = options or Options()
    with opened(options.given(), config=options.config) as container:
        audit: Audit = container.audit()
        return _report(audit) if anchor is None else _anchored(audit, anchor)


def _anchored(audit: Audit, file: Path) -> int:
    """Check everything against what was anchored, and anchor where the trails end now if they pass through it."""
    found = read_anchors(file)
    anchored = found or {}
    # Asked for first: the trails are followed through these heads too before they become anchors.
    heads = audit.trail_heads()
    passes = {id: [one[id] for one in (anchored, heads) if id in one] for id in {*anchored, *heads}}
    broken: Counter[str] = Counter()
    code = _report(audit, anchors=passes, counts=broken)
    if broken[TRAIL]:
        print(say(zh=f"锚点文件 {file} 保持不变。", en=f"The anchors in {file} stay as they are."))
        return code
    write_anchors(file, {**anchored, **heads})
    if found is None:
        print(say(zh=f"已建立锚点文件 {file}。", en=f"The anchors were put into {file}."))
    else:
        print(say(zh=f"已更新锚点文件 {file}。", en=f"The anchors in {file} were moved on."))
    return code


def _report(
    audit: Audit,
    *,
    anchors: Mapping[MerchantId, Collection[TrailHead]] = NO_ANCHORS,
    counts: Counter[str] | None = None,
) -> int:
    counts = Counter() if counts is None else counts
    shown: list[Finding] = []
    for finding in audit.findings(anchors=anchors):
        counts[finding.invariant] += 1
        if len(shown) < MOST_SHOWN:
            shown.append(finding)
    for name, sentence in sorted(audit.checks().items(), key=lambda check: (len(check[0]), check[0])):
        print(f"{name:<4} {counts[name]:>6} {'✗' if counts[name] else '✓'}  {sentence}")
    for finding in shown:
        print(_line(finding))
    if counts.total() > len(shown):
        print(say(zh=f"…只列出前 {MOST_SHOWN} 条。", en=f"… only the first {MOST_SHOWN} are shown."))
    if not shown:
        print(say(zh="全部成立。", en="Everything holds."))
    return 1 if shown else 0


def _line(finding: Finding) -> str:
    facts = " ".join(f"{name}={value}" for name, value in finding.facts.items())
    return f"{finding.invariant}: {finding.merchant_id} {finding.about} {facts}".rstrip()
