"""The catalog as the verbs need it."""

from __future__ import annotations

import attrs
from hypothesis import given

from domain.catalog import Listing, Product
from domain.identity import ProductId, SkuCode, SkuId
from kit.strategies import few, products
from kit.world import World


def everything(world: World) -> tuple[Product, ...]:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.products.all()


def fresh(world: World, product: Product) -> Product:
    """The same product with ids and codes that are not taken."""
    skus = []
    for sku in product.skus:
        sku_id = world.ids.new(SkuId)
        skus.append(attrs.evolve(sku, id=sku_id, code=SkuCode(sku_id[-8:])))
    return attrs.evolve(product, id=world.ids.new(ProductId), skus=tuple(skus))


class TestAll:
    @few
    @given(drawn=products())
    def test_it_gives_back_what_was_stored(self, world: World, drawn: Product) -> None:
        product = fresh(world, drawn)
        world.add([product])
        assert [one for one in everything(world) if one.id == product.id] == [product]

    def test_it_is_by_position(self, world: World) -> None:
        found = everything(world)
        assert set(found) == set(world.shop.products.values())
        assert [(one.position, one.id) for one in found] == sorted((one.position, one.id) for one in found)


class TestCategories:
    def test_it_names_parents_before_their_children(self, world: World) -> None:
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            found = storage.products.categories()
        assert set(found) == set(world.shop.categories.values())
        places = {one.id: at for at, one in enumerate(found)}
        assert all(places[one.parent_id] < places[one.id] for one in found if one.parent_id)


class TestBrands:
    def test_it_names_all(self, world: World) -> None:
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert set(storage.products.brands()) == set(world.shop.brands.values())


class TestListings:
    def listings(self, world: World, *, ids: list[SkuId], codes: list[str]) -> set[Listing]:
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            found = storage.products.listings(ids=ids, codes=[SkuCode(code) for code in codes])
        assert len(set(found)) == len(found)
        return set(found)

    def listing(self, world: World, code: str, *, for_sale: bool = True) -> Listing:
        product = world.shop.product_of(code)
        return Listing(world.shop.sku(code), product.id, product.name, for_sale)

    def test_it_finds_skus_by_id_and_by_code(self, world: World) -> None:
        ids = [world.shop.sku("TEA-500").id, world.shop.sku("RICE").id]
        assert self.listings(world, ids=ids, codes=["NUTS", "TEA-500"]) == {
            self.listing(world, "TEA-500"),
            self.listing(world, "RICE"),
            self.listing(world, "NUTS"),
        }

    def test_it_finds_what_is_not_for_sale_and_says_so(self, world: World) -> None:
        assert self.listings(world, ids=[], codes=["SODA", "TEA-OLD"]) == {
            self.listing(world, "SODA", for_sale=False),
            self.listing(world, "TEA-OLD", for_sale=False),
        }

    def test_it_leaves_out_what_does_not_exist(self, world: World) -> None:
        theirs = world.other.sku("TEA-500").id
        assert self.listings(world, ids=[theirs, world.ids.new(SkuId)], codes=["NONE", "tea-500"]) == set()

    def test_it_finds_nothing_for_nothing(self, world: World) -> None:
        assert self.listings(world, ids=[], codes=[]) == set()
