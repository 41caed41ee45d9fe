"""Goods by what people call them, and pasted texts read with them."""

from __future__ import annotations

import attrs
import pytest

from application.order_text import PieceStatus, ReadPiece
from application.ports.named_goods import MOST_CANDIDATES, Meant
from application.ports.storage import CustomerNotFound
from domain.catalog import InvalidQuantity, UnknownUnit
from domain.errors import Refused
from domain.inventory import InsufficientStock
from domain.order_text import MOST_PIECES
from domain.own_names import OwnName
from domain.verification import ApprovalPending
from domain.visibility import Visibility
from kit import builders as a
from kit.companies import with_companies
from kit.world import World, show

S = PieceStatus


def found(world: World, *names: str, by: str = "regular") -> dict[str, list[str]]:
    """The codes of what names mean."""
    actor = world.shop.buyer(by)
    assert actor.customer_id is not None
    with world.database.unit_of_work.reading(actor) as storage:
        meant = storage.named_goods.find(actor.customer_id, names)
    return {name: [str(one.sku.code) for one in what.listings] for name, what in meant.items()}


def read(world: World, text: str, *, by: str = "regular") -> list[ReadPiece]:
    return list(world.use.parse_order_text(actor=world.shop.buyer(by), text=text))


def told(world: World, text: str) -> list[tuple[str, PieceStatus, list[str]]]:
    return [
        (
            one.name,
            one.status,
            [f"{one.listing.sku.code} {each.number:f}{each.pack.unit.name}" for each in one.amounts]
            if one.listing
            else [str(each.sku.code) for each in one.meant.listings],
        )
        for one in read(world, text)
    ]


class TestNames:
    def test_a_code_a_barcode_or_a_name_is_meant_exactly(self, world: World) -> None:
        assert found(
            world, "TEA-500", "tea-1l", "6901234567893", "柠檬茶 500ML", "每日坚果", "Mixed_Nuts 100%"
        ) == {
            "TEA-500": ["TEA-500"],
            "tea-1l": ["TEA-1L"],
            "6901234567893": ["TEA-1L"],
            "柠檬茶 500ML": ["TEA-500"],
            "每日坚果": ["NUTS"],
            "Mixed_Nuts 100%": ["NUTS"],
        }

    def test_parts_of_a_name_are_meant_where_all_are_there(self, world: World) -> None:
        assert found(
            world, "坚果", "柠檬茶1L", "檬茶", "茶 500", "水550", "ningmengcha", "nmc1l", "米 500", "！"
        ) == {
            "坚果": ["NUTS"],
            "柠檬茶1L": ["TEA-1L"],
            "檬茶": ["TEA-1L", "TEA-500"],
            "茶 500": ["TEA-500"],
            "水550": ["WATER-550"],
            "ningmengcha": ["TEA-1L", "TEA-500"],
            "nmc1l": ["TEA-1L"],
        }

    def test_what_is_not_for_sale_is_found_by_its_code_only(self, world: World) -> None:
        assert found(world, "SODA", "柠檬汽水", "TEA-OLD", "旧装") == {
            "SODA": ["SODA"],
            "TEA-OLD": ["TEA-OLD"],
        }

    def test_the_companys_own_name_goes_before_others_names(self, world: World) -> None:
        own = world.shop.customers["regular"].id
        with world.database.unit_of_work(world.shop.buyer()) as storage:
            storage.own_names.learn(own, {OwnName("柠檬茶"): world.shop.sku("NUTS").id}, at=a.NOON)
        assert found(world, "柠檬茶") == {"柠檬茶": ["NUTS"]}
        assert found(world, "柠檬茶", by="vip") == {"柠檬茶": ["TEA-1L", "TEA-500"]}

    def test_what_is_not_shown_means_nothing(self, world: World) -> None:
        own, nuts = world.shop.customers["regular"].id, world.shop.sku("NUTS").id
        with world.database.unit_of_work(world.shop.buyer()) as storage:
            storage.own_names.learn(own, {OwnName("果"): nuts}, at=a.NOON)
        show(world, "nuts", Visibility(restricted=True))
        merchant = attrs.evolve(world.shop.merchant, restricts_goods=True)
        actor = attrs.evolve(world.shop.buyer(), merchant=merchant)
        names = ["NUTS", "每日坚果", "坚果", "果", "mrjg", "TEA-500"]
        with world.database.unit_of_work.reading(actor) as storage:
            assert storage.named_goods.find(own, names).keys() == {"TEA-500"}

    def test_of_many_the_likeliest_are_told(self, world: World) -> None:
        goods = [
            a.product(
                world.ids,
                name=f"矿泉水{'大' * at}",
                skus=[a.sku(world.ids, code=f"M-{at:02}", name=f"矿泉水{'大' * at}")],
            )
            for at in range(30)
        ]
        world.add(goods)
        own = world.shop.customers["regular"].id
        with world.database.unit_of_work.reading(world.shop.buyer()) as storage:
            meant = storage.named_goods.find(own, ["泉水", "矿泉水"])
        assert [one.sku.code for one in meant["泉水"].listings] == [
            f"M-{at:02}" for at in range(MOST_CANDIDATES)
        ]
        assert meant["泉水"].more
        assert meant["矿泉水"] == Meant(meant["泉水"].listings[:1])

    @pytest.mark.parametrize("storage_name", ["sqlite"], indirect=True)
    def test_many_names_take_as_many_statements_as_one(self, world: World) -> None:
        spent = []
        for names in (["茶"], [*(f"茶{at}" for at in range(200)), "TEA-500", "坚果", "nmc", "水"]):
            before = world.database.statements
            found(world, *names)
            spent.append(world.database.statements - before)
        assert spent[1] <= spent[0] <= 5


class TestTexts:
    def test_are_read_piece_by_piece(self, world: World) -> None:
        text = (
            "TEA-500 2箱\n柠檬茶500ml 三瓶，檬茶 3\n坚果\nno such 3\n天然水\t半箱\n6901234567893\t2\n米2.5斤"
        )
        assert told(world, text) == [
            ("TEA-500", S.RESOLVED, ["TEA-500 2箱"]),
            ("柠檬茶500ml", S.RESOLVED, ["TEA-500 3瓶"]),
            ("檬茶", S.AMBIGUOUS, ["TEA-1L", "TEA-500"]),
            ("坚果", S.NO_QUANTITY, []),
            ("no such", S.UNKNOWN, []),
            ("天然水", S.RESOLVED, ["WATER-550 12瓶"]),
            ("6901234567893", S.RESOLVED, ["TEA-1L 2瓶"]),
            ("米", S.REFUSED, ["RICE 2.5斤"]),
        ]

    def test_a_name_with_numbers_is_read_as_the_goods_say(self, world: World) -> None:
        rice = a.sku(world.ids, code="R5", name="大米5kg", unit="袋")
        squirrel = a.sku(world.ids, code="SQ", name="三只松鼠坚果", unit="袋")
        world.add([a.product(world.ids, name=one.name, skus=[one]) for one in (rice, squirrel)])
        assert [row[::2] for row in told(world, "大米5kg2袋 三只松鼠5袋\n天然水2箱6瓶\n三只松鼠")] == [
            ("大米5kg", ["R5 2袋"]),
            ("三只松鼠", ["SQ 5袋"]),
            ("天然水", ["WATER-550 2箱", "WATER-550 6瓶"]),
            ("三只松鼠", []),
        ]

    def test_what_stands_against_it_is_told_with_what_would_do(self, world: World) -> None:
        water, tea = world.shop.sku("WATER-550"), world.shop.sku("TEA-1L")
        against = read(world, "水7瓶\nTEA-1L 13\nTEA-500 3托")
        assert against[0].problems == (InvalidQuantity(water.id, (a.pieces(6), a.pieces(12)), 0),)
        assert against[1].problems == (InsufficientStock(tea.id, a.pieces(12), a.pieces(13), 1),)
        assert isinstance(against[2].problems[0], UnknownUnit) and against[2].amounts == ()
        assert [one.status for one in against] == [S.REFUSED] * 3
        # Twice the same is asked for together.
        assert [one.status for one in read(world, "水3瓶\n天然水 3瓶")] == [S.RESOLVED] * 2

    def test_are_read_for_a_company_below(self, world: World) -> None:
        world = with_companies(world)
        north, vip = (world.shop.customers[name].id for name in ("north", "vip"))
        parse, boss = world.use.parse_order_text, world.shop.buyer("headquarters")
        assert [one.status for one in parse(actor=boss, text="坚果2袋", customer_id=north)] == [S.RESOLVED]
        with pytest.raises(Refused) as caught:
            parse(actor=boss, text="坚果2袋", customer_id=vip)
        assert caught.value.refusals == (CustomerNotFound(),)
        with pytest.raises(ApprovalPending):
            parse(actor=attrs.evolve(boss, approved=False), text="坚果2袋")

    @pytest.mark.parametrize("storage_name", ["sqlite"], indirect=True)
    def test_a_long_text_takes_as_many_statements_as_a_short_one(self, world: World) -> None:
        spent = []
        for text in ("坚果2袋\nTEA-500 1", "坚果2袋\nTEA-500 1\n" * (MOST_PIECES // 2)):
            before = world.database.statements
            assert len(read(world, text)) in (2, MOST_PIECES)
            spent.append(world.database.statements - before)
        assert spent[1] == spent[0] <= 10
