"""`verify`: is everything that is stored true?"""

from __future__ import annotations

from collections import Counter

from application.ports.storage import Audit, Finding
from dinghuo.commands.options import Options
from dinghuo.opening import opened
from dinghuo.speech import say

MOST_SHOWN = 20


def verify(*, options: Options | None = None) -> int:
    """Check every invariant; exits with 1 if one does not hold."""
    options = options or Options()
    with opened(options.given(), config=options.config) as container:
        return _report(container.audit())


def _report(audit: Audit) -> int:
    counts: Counter[str] = Counter()
    shown: list[Finding] = []
    for finding in audit.findings():
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
