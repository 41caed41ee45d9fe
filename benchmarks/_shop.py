"""What there is to buy in a seeded installation, and staff who fill the shelves through the API."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from random import Random

import attrs

from benchmarks._common import Failed, House, Person, Served

MOST_CHANGES = 1_000
PLACE_ORDER = """
mutation Place($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    order { id number status total { amount currency } }
    errors {
      __typename
      ... on UserError { code message path }
      ... on InsufficientStock { available requested sku { id } }
    }
  }
}
"""
_RECEIVE = """
mutation Receive($input: ReceiveStockInput!) {
  receiveStock(input: $input) { errors { __typename ... on UserError { message path } } }
}
"""
_ADJUST = """
mutation Adjust($input: AdjustStockInput!) {
  adjustStock(input: $input) { errors { __typename ... on UserError { message path } } }
}
"""
_LEFT = "query Left($id: ID!) { sku(id: $id) { stock { available status } } }"


@attrs.frozen
class Article:
    """A SKU, and the least of it that can be ordered, in thousandths."""

    id: str
    minimum: int
    step: int

    def line(self, *, more: int = 0) -> dict[str, str]:
        """A line of an order: the least, and so many steps more."""
        thousandths = -(-self.minimum // self.step) * self.step + more * self.step
        return {"skuId": self.id, "quantity": f"{thousandths // 1000}.{thousandths % 1000:03d}"}


@attrs.frozen(kw_only=True)
class Shop:
    """A merchant's shelves."""

    served: Served
    staff: Person
    warehouses: tuple[str, ...]
    skus: tuple[Article, ...]

    @classmethod
    def of(cls, house: House, served: Served) -> Shop:
        """Look at what the seed has made."""
        found = house.rows(
            "SELECT s.id, s.minimum, s.step FROM skus s JOIN products p"
            " ON p.merchant_id = s.merchant_id AND p.id = s.product_id"
            " WHERE s.for_sale = true AND p.for_sale = true"
            # Those that everybody sees.
            " AND NOT EXISTS (SELECT 1 FROM product_visibility v"
            " WHERE v.merchant_id = p.merchant_id AND v.product_id = p.id) ORDER BY s.id"
        )
        warehouses = house.rows("SELECT code FROM warehouses ORDER BY priority")
        return cls(
            served=served,
            staff=house.owner(),
            warehouses=tuple(code for (code,) in warehouses),
            skus=tuple(Article(*row) for row in found),
        )

    def basket(self, skus: Sequence[Article], lines: int, chance: Random) -> list[dict[str, str]]:
        """So many different SKUs, in any order."""
        return [one.line(more=chance.randrange(3)) for one in chance.sample(skus, lines)]

    def receive(self, skus: Sequence[Article], *, units: int) -> None:
        """Bring in so many units of each."""
        for at in range(0, len(skus), MOST_CHANGES):
            changes = [
                {"skuId": one.id, "warehouse": self.warehouses[0], "quantity": str(units)}
                for one in skus[at : at + MOST_CHANGES]
            ]
            self._change("receiveStock", _RECEIVE, {"changes": changes})

    def leave(self, house: House, sku: Article, *, pieces: int) -> None:
        """Let exactly so many pieces be available of a SKU, in the first warehouse."""
        stored = house.rows(
            "SELECT w.code, k.available FROM stock k JOIN warehouses w"
            " ON w.merchant_id = k.merchant_id AND w.id = k.warehouse_id"
            f" WHERE k.sku_id = '{sku.id}'"
        )
        there = dict.fromkeys(self.warehouses, 0) | dict(stored)
        wanted = {self.warehouses[0]: pieces * 1000}
        changes = [
            {"skuId": sku.id, "warehouse": code, "quantity": f"{sign}{abs(by) // 1000}.{abs(by) % 1000:03d}"}
            for code, available in there.items()
            if (by := wanted.get(code, 0) - available)
            for sign in ("-" if by < 0 else "",)
        ]
        if changes:
            self._change("adjustStock", _ADJUST, {"changes": changes, "reason": "CORRECTION"})
        if self.available(sku) != str(pieces):
            raise Failed(f"{pieces} pieces were to be left, not {self.available(sku)}")

    def available(self, sku: Article) -> str:
        """Ask the API how many are left."""
        found: str = self.served.ask(_LEFT, person=self.staff, variables={"id": sku.id})["sku"]["stock"][
            "available"
        ]
        return found

    def _change(self, name: str, mutation: str, content: dict[str, object]) -> None:
        variables = {"input": {"idempotencyKey": secrets.token_hex(8), **content}}
        errors = self.served.ask(mutation, person=self.staff, variables=variables)[name]["errors"]
        if errors:
            raise Failed(f"{name} was refused: {errors[:3]}")
