"""What an import tells whoever started it."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest

from application.importing import Change, Counts, ImportPlan, Reason, RowRefused
from dinghuo.commands.plan_report import MOST_SHOWN, REASONS, Outcome, report
from dinghuo.speech import speak
from domain.identity import SkuCode


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    speak(request.param)
    yield str(request.param)
    speak("auto")


def said(plan: ImportPlan, outcome: Outcome) -> str:
    stream = StringIO()
    report(plan, outcome=outcome, to=stream)
    return stream.getvalue()


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)
    assert all(words.zh and words.en for words in REASONS.values())


def test_refused_rows_are_shown_with_line_column_value_and_reason(language: str) -> None:
    plan = ImportPlan(refused=(RowRefused(7, "[red]单价", Reason.NOT_A_PRICE, ":smile: x"),))
    text = said(plan, Outcome.REFUSED)
    words = REASONS[Reason.NOT_A_PRICE]
    for part in ("7", "[red]单价", ":smile: x", "NOT_A_PRICE", words.zh if language == "zh" else words.en):
        assert part in text
    assert "--skip-refused" in text


def test_the_first_changes_are_shown_and_the_others_counted(language: str) -> None:
    changes = tuple(
        Change(line=at, code=SkuCode(f"S{at}"), column="单价", old="1", new="2")
        for at in range(MOST_SHOWN + 5)
    )
    text = said(ImportPlan(changed=changes, skus=Counts(new=3, changed=25)), Outcome.LOOKED)
    assert f"S{MOST_SHOWN - 1}" in text
    assert f"S{MOST_SHOWN}" not in text
    assert "25" in text
    assert ("什么也没有改变" in text) is (language == "zh")
