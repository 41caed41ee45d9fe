"""What an import of prices would change, as the terminal shows it."""

from __future__ import annotations

import pytest

from application.importing import PriceImport, StagedPrice
from dinghuo.commands.price_report import report_prices
from domain.floors import PriceFlag
from domain.identity import PriceListId, SkuCode, SkuId
from domain.pricing import PriceChange
from kit import builders as a

IDS = a.SeededIds(9)


def staged(code: str, *flags: PriceFlag) -> StagedPrice:
    change = PriceChange(IDS.new(PriceListId), IDS.new(SkuId), a.ladder((1, "9")))
    return StagedPrice(change, SkuCode(code), "基础价", a.ladder((1, "10")), flags)


def test_prices_to_look_at_are_marked_and_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    both = (PriceFlag.BELOW_FLOOR, PriceFlag.ABOVE_BASE)
    report_prices(PriceImport(staged=(staged("TEA", *both), staged("NUTS"))), published=False)
    tea, nuts, look, *_ = capsys.readouterr().out.splitlines()
    assert (
        tea
        == "TEA, 基础价: 1: 10.00 -> 1: 9.00 (-10.00 %) [below the floor] [a tier pays more than the base price]"
    )
    assert nuts == "NUTS, 基础价: 1: 10.00 -> 1: 9.00 (-10.00 %)"
    assert look == "Look at 1 of them first."
    report_prices(PriceImport(staged=(staged("NUTS"),)), published=False)
    assert "Look at" not in capsys.readouterr().out
