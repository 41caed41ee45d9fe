"""Every change of the stock is a movement; what is promised stays."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Forbidden, Permission, Unauthenticated
from application.inventory import MOST_CHANGES, StockChange, TooManyChanges
from application.ports.storage import IdempotencyKeyReused
from domain.catalog import UnknownSku, UnknownUnit
from domain.errors import DomainError, Refused
from domain.identity import IdempotencyKey, SkuCode, SkuId
from domain.inventory import (
    LONGEST_NOTE,
    InvalidChange,
    MovementReason,
    StockItem,
    StockTooLow,
    UnknownWarehouse,
)
from domain.quantity import LARGEST
from kit.builders import basket, pieces, wishes
from kit.world import World, furnish

KEY, AGAIN = IdempotencyKey("first"), IdempotencyKey("second")


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def tea(world: World, many: object, **changed: Any) -> StockChange:
    change = StockChange(sku_id=world.shop.sku("TEA-500").id, warehouse="MAIN", quantity=Decimal(str(many)))
    return attrs.evolve(change, **changed)


def receive(world: World, *changes: StockChange, **changed: Any) -> tuple[StockItem, ...]:
    asked: dict[str, Any] = {"actor": world.shop.clerk, "key": KEY, "changes": changes}
    return world.use.receive_stock(**asked | changed)


def adjust(world: World, *changes: StockChange, **changed: Any) -> tuple[StockItem, ...]:
    asked: dict[str, Any] = {
        "actor": world.shop.clerk,
        "key": KEY,
        "changes": changes,
        "reason": MovementReason.COUNT,
    }
    return world.use.adjust_stock(**asked | changed)


def figures(items: Sequence[StockItem]) -> list[tuple[str, str]]:
    return sorted((str(item.on_hand), str(item.available)) for item in items)


def in_main(world: World) -> tuple[str, str]:
    tea_id, main = world.shop.sku("TEA-500").id, world.shop.warehouses["main"].id
    with world.database.unit_of_work.reading(world.shop.operator) as storage:
        (item,) = (one for one in storage.stock.sheet({tea_id}).items if one.warehouse_id == main)
    return str(item.on_hand), str(item.available)


class TestReceiveStock:
    def test_answers_with_the_stock_as_it_is_now(self, world: World) -> None:
        assert figures(receive(world, tea(world, 10))) == [("250", "250")]
        assert in_main(world) == ("250", "250")

    def test_brings_goods_where_there_were_none(self, world: World) -> None:
        nuts = StockChange(
            sku_code=SkuCode("NUTS"), warehouse=world.shop.warehouses["second"].id, quantity=Decimal(5)
        )
        (item,) = receive(world, nuts)
        assert item.warehouse_id == world.shop.warehouses["second"].id
        assert figures([item]) == [("5", "5")]

    def test_counts_packs_as_so_many_of_the_base_unit(self, world: World) -> None:
        rice = StockChange(sku_code=SkuCode("RICE"), warehouse="SECOND", quantity=Decimal("1.5"), unit="斤")
        assert figures(receive(world, tea(world, 2, unit="箱"), rice)) == [
            ("288", "288"),
            ("500.75", "500.75"),
        ]

    def test_adds_up_several_changes_of_one_item(self, world: World) -> None:
        assert figures(receive(world, tea(world, 1), tea(world, 2), tea(world, 3, warehouse="SECOND"))) == [
            ("123", "123"),
            ("243", "243"),
        ]

    def test_receives_once_per_key(self, world: World) -> None:
        for _ in range(2):
            assert figures(receive(world, tea(world, 10))) == [("250", "250")]
        with pytest.raises(IdempotencyKeyReused):
            receive(world, tea(world, 11))
        with pytest.raises(IdempotencyKeyReused):
            receive(world, tea(world, 10), note="again")
        assert figures(receive(world, tea(world, 10), key=AGAIN)) == [("260", "260")]

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"quantity": Decimal(0)}, InvalidChange("NOTHING")),
            ({"quantity": Decimal("-0.0")}, InvalidChange("NOTHING")),
            ({"quantity": Decimal(-1)}, InvalidChange("NEGATIVE")),
            *(
                ({"quantity": Decimal(number)}, InvalidChange("NOT_OF_THE_UNIT"))
                for number in ("0.5", "-0.5", "NaN", "sNaN", "Infinity", "1E+400", "1E-10")
            ),
            ({"quantity": Decimal(LARGEST // 1000)}, InvalidChange("TOO_LARGE")),
            ({"sku_id": SkuId.of(bytes(16))}, UnknownSku(SkuId.of(bytes(16)))),
            ({"sku_id": None, "sku_code": SkuCode("GONE")}, UnknownSku("GONE")),
            ({"sku_id": None, "reference": "??"}, UnknownSku("??")),
            (
                {"sku_id": SkuId.of(bytes(16)), "sku_code": SkuCode("TEA-500")},
                UnknownSku(SkuId.of(bytes(16))),
            ),
            ({"warehouse": "MOON"}, UnknownWarehouse("MOON")),
        ],
    )
    def test_names_what_cannot_be_received(
        self, world: World, change: dict[str, Any], fault: DomainError
    ) -> None:
        with pytest.raises(Refused) as caught:
            receive(world, tea(world, 1, **change))
        assert caught.value == Refused((fault,))
        assert in_main(world) == ("240", "240")

    def test_takes_all_or_nothing_and_names_every_line(self, world: World) -> None:
        with pytest.raises(Refused) as caught:
            receive(
                world, tea(world, 1), tea(world, -1), tea(world, 2, unit="托"), tea(world, 3), tea(world, 0)
            )
        tea_sku = world.shop.sku("TEA-500")
        assert caught.value.refusals == (
            InvalidChange("NEGATIVE", 1),
            UnknownUnit(tea_sku.id, "托", tea_sku.units, 2),
            InvalidChange("NOTHING", 4),
        )
        assert in_main(world) == ("240", "240")

    def test_does_not_know_the_goods_and_places_of_another_merchant(self, world: World) -> None:
        theirs = world.other.sku("TEA-500").id
        their_place = world.other.warehouses["main"].id
        with pytest.raises(Refused) as caught:
            receive(world, tea(world, 1, sku_id=theirs), tea(world, 1, warehouse=their_place))
        assert caught.value.refusals == (UnknownSku(theirs, 0), UnknownWarehouse(their_place, 1))

    @pytest.mark.parametrize("note", ["字" * (LONGEST_NOTE + 1), "\0", "\ud800"])
    def test_keeps_no_note_that_cannot_be_kept(self, world: World, note: str) -> None:
        with pytest.raises(Refused) as caught:
            receive(world, tea(world, 1), note=note)
        assert caught.value == Refused((InvalidChange("NOTE"),))
        assert receive(world, tea(world, 1), key=AGAIN, note="到货\n" + "字" * (LONGEST_NOTE - 3))

    @pytest.mark.parametrize("many", [0, MOST_CHANGES + 1])
    def test_takes_one_to_a_thousand_changes(self, world: World, many: int) -> None:
        with pytest.raises(Refused) as caught:
            receive(world, *[tea(world, 1)] * many)
        assert caught.value == Refused((TooManyChanges(many),))
        assert figures(receive(world, *[tea(world, 1)] * MOST_CHANGES)) == [("1240", "1240")]

    def test_is_for_staff_who_manage_the_stock(self, world: World) -> None:
        assert receive(world, tea(world, 1), actor=world.shop.colleague(Permission.MANAGE_STOCK))
        for actor in (world.shop.buyer(), world.shop.colleague(Permission.VIEW_STOCK)):
            with pytest.raises(Forbidden):
                receive(world, tea(world, 1), actor=actor)
        with pytest.raises(Unauthenticated):
            receive(world, tea(world, 1), actor=world.shop.guest)


class TestAdjustStock:
    def test_takes_out_and_brings_in(self, world: World) -> None:
        assert figures(adjust(world, tea(world, -40), tea(world, 1))) == [("201", "201")]
        assert figures(adjust(world, tea(world, -201), key=AGAIN)) == [("0", "0")]

    def test_never_takes_what_is_promised(self, world: World) -> None:
        world.use.place_order(
            actor=world.shop.buyer(), key=KEY, basket=basket((world.shop.sku("TEA-500"), 30)), wishes=wishes()
        )
        with pytest.raises(Refused) as caught:
            adjust(world, tea(world, -200), tea(world, -11))
        fault = StockTooLow(world.shop.sku("TEA-500").id, world.shop.warehouses["main"].id, pieces(10), 1)
        assert caught.value == Refused((fault,))
        assert in_main(world) == ("240", "210")
        assert figures(adjust(world, tea(world, -210), key=AGAIN)) == [("30", "0")]

    def test_remembers_a_refusal(self, world: World) -> None:
        for _ in range(2):
            with pytest.raises(Refused):
                adjust(world, tea(world, -241))
            receive(world, tea(world, 10))
        assert in_main(world) == ("250", "250")

    def test_keeps_receiving_and_adjusting_apart(self, world: World) -> None:
        receive(world, tea(world, 1))
        adjust(world, tea(world, 1))
        assert in_main(world) == ("242", "242")

    def test_takes_the_reason_for_a_part_of_what_is_asked(self, world: World) -> None:
        adjust(world, tea(world, 1))
        with pytest.raises(IdempotencyKeyReused):
            adjust(world, tea(world, 1), reason=MovementReason.DAMAGE)

    def test_leaves_a_movement_for_every_change(self, world: World) -> None:
        adjust(world, tea(world, 5), tea(world, -2), reason=MovementReason.DAMAGE, note="破损")
        assert list(world.database.audit.findings()) == []

    def test_is_for_staff_who_manage_the_stock(self, world: World) -> None:
        for actor in (world.shop.buyer(), world.shop.colleague()):
            with pytest.raises(Forbidden):
                adjust(world, tea(world, 1), actor=actor)
