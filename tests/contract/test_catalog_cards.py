"""Cards of goods: what is on them, what is hidden from whom, and how they are looked up."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from application.authorization import Actor, HiddenReason
from application.views.catalog import (
    EVERYTHING,
    BrandCard,
    CategoryCard,
    CategoryWant,
    ProductCard,
    ProductSort,
    ProductWant,
    SkuCard,
    SkuWant,
)
from application.views.pages import Window
from application.views.stock_levels import StockLevel
from domain.catalog import StockStatus
from domain.identity import BrandId, CategoryId, ProductId, SkuCode, SkuId
from domain.merchant import PriceRules
from domain.price_choice import NO_PRICES, SkuPrices
from kit import builders as a
from kit.world import World

FULLY = ProductWant(
    description=True, brand=True, category=CategoryWant(), skus=SkuWant(price=True, stock=True)
)
BARELY = ProductWant()
PRICED = ProductWant(skus=SkuWant(price=True))

pytestmark = pytest.mark.usefixtures("reading")


async def listed(world: World, *, by: Actor, want: ProductWant) -> list[ProductCard]:
    """Every product that is for sale."""
    page = await world.views(by).catalog.products(
        window=Window(size=100), filter=EVERYTHING, sort=ProductSort.POSITION, want=want, count=False
    )
    return [edge.node for edge in page.edges]


async def sku_card(world: World, code: str, *, by: Actor, want: SkuWant | None = None) -> SkuCard:
    """The SKU as the actor sees it."""
    wanted = want or SkuWant(price=True, stock=True)
    found = await world.views(by).catalog.find_sku(code=SkuCode(code), barcode=None, want=wanted)
    assert found is not None
    return found


class TestCards:
    async def test_it_gives_what_was_wanted(self, world: World) -> None:
        shop, tea = world.shop, world.shop.products["tea"]
        card = next(one for one in await listed(world, by=world.shop.guest, want=FULLY) if one.id == tea.id)
        iced, spring = shop.categories["iced"], shop.brands["spring"]
        assert card.description == "酸甜"
        assert card.brand == BrandCard(id=spring.id, name=spring.name)
        assert card.category == CategoryCard(id=iced.id, name=iced.name, parent_id=shop.categories["tea"].id)
        assert [sku.code for sku in card.skus] == ["TEA-500", "TEA-1L"]

    async def test_it_leaves_what_was_not_wanted(self, world: World) -> None:
        tea = world.shop.products["tea"]
        card = next(one for one in await listed(world, by=world.shop.guest, want=BARELY) if one.id == tea.id)
        assert card == ProductCard(id=tea.id, name=tea.name)

    async def test_it_describes_a_sku(self, world: World) -> None:
        sku = world.shop.sku("WATER-550")
        card = await sku_card(world, "WATER-550", by=world.shop.buyer(), want=SkuWant())
        assert (card.id, card.code, card.name, card.unit) == (sku.id, sku.code, sku.name, sku.unit)
        assert (card.packs, card.options, card.barcode) == (sku.packs, sku.options, sku.barcode)
        assert (card.min_quantity, card.quantity_step) == (sku.rule.minimum, sku.rule.step)
        assert card.product_id == world.shop.products["water"].id
        assert (card.prices, card.stock) == (NO_PRICES, None)

    @pytest.mark.parametrize(
        ("buyer", "code", "quantity", "price"),
        [
            ("regular", "TEA-500", "1", "3.50"),
            ("regular", "TEA-500", "24", "3.30"),
            ("vip", "TEA-500", "240", "2.95"),
            ("strategic", "TEA-500", "479.5", "3.00"),
            ("strategic", "TEA-500", "480", "2.80"),
            ("strategic", "WATER-550", "6", "1.08"),
            ("vip", "WATER-550", "6", "1.00"),
            ("regular", "NUTS", "23", "12.00"),
            ("regular", "NUTS", "24", "10.80"),
            ("contract", "NUTS", "24", "10.50"),
        ],
    )
    async def test_it_prices_for_the_buyer_who_asks(
        self, world: World, buyer: str, code: str, quantity: str, price: str
    ) -> None:
        card = await sku_card(world, code, by=world.shop.buyer(buyer))
        found = card.price(quantity=Decimal(quantity), unit=None)
        assert found is not None
        assert found.unit_price.amount == price
        assert card.price_hidden is None

    async def test_it_prices_in_lists_as_it_does_alone(self, world: World) -> None:
        buyer = world.shop.buyer("contract")
        for card in await listed(world, by=buyer, want=FULLY):
            for sku in card.skus:
                assert sku == await sku_card(world, sku.code, by=buyer)

    async def test_it_prices_at_the_moment_asked_for(self, world: World) -> None:
        views = world.views(world.shop.buyer(), at=a.NOON.replace(year=2025))
        card = await views.catalog.find_sku(code=SkuCode("NUTS"), barcode=None, want=SkuWant(price=True))
        assert card is not None
        found = card.price(quantity=Decimal(1), unit=None)
        assert found is not None
        assert found.unit_price.amount == "1.00"

    async def test_it_gives_the_very_prices_the_domain_chooses(self, world: World) -> None:
        shop = world.shop
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            for name, buyer in shop.buyers.items():
                for code in ("TEA-500", "NUTS", "WATER-550", "CUP"):
                    ladders = storage.prices.of_customer(buyer.customer_id, sku_ids=[shop.sku(code).id])
                    expected = SkuPrices.of(ladders[shop.sku(code).id], at=a.NOON, rules=PriceRules(2))
                    assert (await sku_card(world, code, by=shop.buyer(name))).prices == expected

    async def test_it_hides_prices_from_guests(self, world: World) -> None:
        for card in await listed(world, by=world.shop.guest, want=PRICED):
            for sku in card.skus:
                assert (sku.prices, sku.price_hidden) == (NO_PRICES, HiddenReason.LOGIN_REQUIRED)
                assert sku.price(quantity=Decimal(1), unit=None) is None

    async def test_it_shows_guests_the_base_price_where_the_merchant_wants_it(self, world: World) -> None:
        open_handed = Actor.guest(attrs.evolve(world.shop.merchant, guest_prices=True))
        card = await sku_card(world, "NUTS", by=open_handed)
        one, many = (card.price(quantity=Decimal(number), unit=None) for number in (1, 24))
        assert one is not None
        assert many is not None
        assert (one.unit_price.amount, many.unit_price.amount) == ("12.00", "10.80")

    @pytest.mark.parametrize(
        ("code", "status", "available"),
        [
            ("TEA-500", StockStatus.IN_STOCK, "360"),
            ("TEA-1L", StockStatus.LOW, "12"),
            ("RICE", StockStatus.LOW, "500"),
            ("CUP", StockStatus.OUT_OF_STOCK, "0"),
            ("SODA", StockStatus.OUT_OF_STOCK, "0"),
        ],
    )
    async def test_it_knows_the_stock(
        self, world: World, code: str, status: StockStatus, available: str
    ) -> None:
        card = await sku_card(world, code, by=world.shop.buyer())
        assert card.stock == StockLevel(status=status, available=a.pieces(available))
        guest = await sku_card(world, code, by=world.shop.guest)
        assert guest.stock == StockLevel(status=status, available_hidden=HiddenReason.LOGIN_REQUIRED)


class TestLookingUp:
    async def test_it_finds_products_by_id_even_where_they_are_not_for_sale(self, world: World) -> None:
        shop = world.shop
        wanted = [shop.products["gone"].id, shop.products["tea"].id]
        found = await world.views(shop.guest).catalog.products_by_id(wanted, want=FULLY)
        assert {id: (card.name, card.for_sale) for id, card in found.items()} == {
            wanted[0]: ("柠檬汽水", False),
            wanted[1]: ("柠檬茶", True),
        }

    async def test_it_finds_skus_by_id_even_where_they_are_not_for_sale(self, world: World) -> None:
        wanted = [world.shop.sku(code).id for code in ("TEA-OLD", "RICE")]
        found = await world.views(world.shop.guest).catalog.skus_by_id(wanted, want=SkuWant())
        assert {id: (card.code, card.for_sale) for id, card in found.items()} == {
            wanted[0]: ("TEA-OLD", False),
            wanted[1]: ("RICE", True),
        }

    async def test_it_finds_nothing_by_ids_of_another_merchant_or_of_nobody(self, world: World) -> None:
        catalog, theirs, ids = world.views(world.shop.clerk).catalog, world.other, world.ids
        products = [theirs.products["tea"].id, ids.new(ProductId)]
        assert await catalog.products_by_id(products, want=FULLY) == {}
        assert await catalog.skus_by_id([theirs.sku("RICE").id, ids.new(SkuId)], want=SkuWant()) == {}
        assert (
            await catalog.categories_by_id(
                [theirs.categories["tea"].id, ids.new(CategoryId)], want=CategoryWant()
            )
            == {}
        )
        assert await catalog.brands_by_id([theirs.brands["spring"].id, ids.new(BrandId)]) == {}
        assert await catalog.categories(parent=theirs.categories["drinks"].id, want=CategoryWant()) == ()

    async def test_it_finds_nothing_for_no_ids(self, world: World) -> None:
        catalog = world.views(world.shop.guest).catalog
        assert await catalog.products_by_id([], want=FULLY) == {}
        assert await catalog.skus_by_id([], want=SkuWant()) == {}
        assert await catalog.categories_by_id([], want=CategoryWant()) == {}
        assert await catalog.brands_by_id([]) == {}

    async def test_it_finds_a_sku_by_code_or_else_by_barcode(self, world: World) -> None:
        catalog, bar = world.views(world.shop.guest).catalog, "6901234567892"
        asked = {
            "by code": (SkuCode("TEA-1L"), None, "TEA-1L"),
            "by barcode, the first by code": (None, bar, "TEA-500"),
            "the code before the barcode": (SkuCode("RICE"), bar, "RICE"),
            "the barcode where the code is unknown": (SkuCode("NONE"), bar, "TEA-500"),
            "what is not for sale": (SkuCode("TEA-OLD"), None, "TEA-OLD"),
            "nothing": (SkuCode("tea-1l"), "69", None),
            "nothing for nothing": (None, None, None),
        }
        for what, (code, barcode, expected) in asked.items():
            found = await catalog.find_sku(code=code, barcode=barcode, want=SkuWant())
            assert (found and found.code) == expected, what

    async def test_it_finds_the_own_sku_by_a_code_both_merchants_use(self, world: World) -> None:
        for shop in (world.shop, world.other):
            catalog = world.views(shop.guest).catalog
            found = await catalog.find_sku(code=SkuCode("RICE"), barcode=None, want=SkuWant())
            assert found is not None
            assert found.id == shop.sku("RICE").id


class TestTree:
    async def test_it_goes_from_the_top_down_by_position(self, world: World) -> None:
        catalog, shop = world.views(world.shop.guest).catalog, world.shop

        async def below(name: str | None) -> list[str]:
            parent = None if name is None else shop.categories[name].id
            return [card.name for card in await catalog.categories(parent=parent, want=CategoryWant())]

        assert await below(None) == ["食品", "饮料"]
        assert await below("drinks") == ["水", "茶饮"]
        assert await below("tea") == ["冰茶"]
        assert await below("iced") == []

    async def test_it_knows_categories_and_brands_by_id(self, world: World) -> None:
        catalog, shop = world.views(world.shop.guest).catalog, world.shop
        tea, food, spring = shop.categories["tea"], shop.categories["food"], shop.brands["spring"]
        assert await catalog.categories_by_id([tea.id, food.id], want=CategoryWant()) == {
            tea.id: CategoryCard(id=tea.id, name="茶饮", parent_id=shop.categories["drinks"].id),
            food.id: CategoryCard(id=food.id, name="食品"),
        }
        assert await catalog.brands_by_id([spring.id]) == {spring.id: BrandCard(id=spring.id, name="山泉")}

    async def test_it_names_brands_in_order(self, world: World) -> None:
        brands = await world.views(world.shop.guest).catalog.brands()
        assert [brand.name for brand in brands] == ["Sunny", "山泉"]
