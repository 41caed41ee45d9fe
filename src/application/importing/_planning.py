"""From rows and a shop to a plan: pure, so that what is shown is what is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from application.importing._cells import Draft, Given, Reason, RowRefused
from application.importing._columns import Columns, Field, StockColumn
from application.importing._grouping import Group, Grouping
from application.importing._ladders import (
    BreaksDisagree,
    dearer,
    laid_over,
    price_at,
    rungs_text,
    says_the_same,
    start_of,
    written,
)
from application.importing._names import Names, called, options_text, packs_text
from application.importing._plan import Change, Counts, DearerThanBase, ImportPlan, NewSku, Shop, Writes
from application.ports.clock import Ids
from domain.catalog import Product, QuantityRule, Sku
from domain.identity import (
    BrandId,
    MovementId,
    PriceListId,
    ProductId,
    SkuId,
    WarehouseId,
)
from domain.inventory import Movement, MovementReason, StockItem, StockTooLow
from domain.pricing import EMPTY, Ladder, PriceChange
from domain.quantity import Quantity


@attrs.define
class _Row:
    """What one row comes to."""

    draft: Draft
    sku: Sku
    changes: list[Change] = attrs.field(factory=list)
    prices: list[PriceChange] = attrs.field(factory=list)
    movements: list[Movement] = attrs.field(factory=list)
    warnings: list[DearerThanBase] = attrs.field(factory=list)

    def say(self, column: str, old: str, new: str) -> None:
        """Remember a value that is not what it was."""
        self.changes.append(
            Change(line=self.draft.line, code=self.draft.code, column=column, old=old, new=new)
        )


@attrs.frozen
class _Refusal(Exception):
    """The row cannot be taken."""

    column: str
    reason: Reason
    value: str


class Planner:
    """Compares the rows with the shop, product by product."""

    def __init__(self, *, shop: Shop, columns: Columns, ids: Ids, at: datetime, set_stock: bool) -> None:
        self._shop, self._columns, self._ids, self._at, self._set_stock = shop, columns, ids, at, set_stock
        self._names = Names(shop.categories, shop.brands, ids)
        self._position = max((one.position for one in shop.products), default=-1) + 1
        self._new_products: list[Product] = []
        self._changed_products: list[Product] = []
        self._touched = 0
        self._rows: list[_Row] = []
        self._product_changes: list[Change] = []
        self._refused: list[RowRefused] = []

    def plan(self, drafts: Sequence[Draft], refused: Sequence[RowRefused]) -> tuple[ImportPlan, Writes]:
        """Decide about every row that could be read."""
        grouping = Grouping(self._columns, self._shop.products, self._names.paths)
        groups = grouping.groups(drafts)
        for group in groups:
            self._group(group)
        everything = (*refused, *grouping.refused, *self._refused)
        return self._summary(known=sum(one.product is not None for one in groups), refused=everything)

    def _group(self, group: Group) -> None:
        rows = [row for row in (self._row(draft, group) for draft in group.drafts) if row is not None]
        if not rows:
            return
        self._rows += rows
        category_id, brand_id = self._names.category(group.category), self._brand_of(rows)
        description = next((row.draft.description for row in rows if row.draft.description is not None), None)
        old = group.product
        if old is None:
            self._new_products.append(
                Product(
                    id=self._ids.new(ProductId),
                    name=group.name,
                    skus=tuple(row.sku for row in rows),
                    position=self._position,
                    description=description or "",
                    category_id=category_id,
                    brand_id=brand_id,
                )
            )
            self._position += 1
            return
        ours = {row.sku.id: row.sku for row in rows}
        skus = tuple(self._sibling(ours.pop(sku.id, sku), group) for sku in old.skus) + tuple(ours.values())
        new = attrs.evolve(
            old,
            name=group.name,
            skus=skus,
            description=old.description if description is None else description,
            category_id=category_id,
            brand_id=old.brand_id if brand_id is None else brand_id,
        )
        before = len(self._product_changes)
        self._compare(rows[0].draft, old, new)
        if new != old:
            self._changed_products.append(new)
        if (
            new != old
            or len(self._product_changes) > before
            or any(row.prices or row.movements for row in rows)
        ):
            self._touched += 1

    def _sibling(self, sku: Sku, group: Group) -> Sku:
        """A SKU that is called after its product is called after it still when the product is renamed."""
        assert group.product is not None, "only a known product has SKUs already"
        if group.name == group.product.name or sku.name != called(group.product.name, sku.options):
            return sku
        return attrs.evolve(sku, name=called(group.name, sku.options))

    def _compare(self, draft: Draft, old: Product, new: Product) -> None:
        fields = (
            (Field.PRODUCT, old.name, new.name),
            (Field.DESCRIPTION, old.description, new.description),
            (Field.CATEGORY, self._names.path_text(old.category_id), self._names.path_text(new.category_id)),
            (Field.BRAND, self._names.brand_text(old.brand_id), self._names.brand_text(new.brand_id)),
        )
        for field, before, after in fields:
            if before != after:
                column = self._columns.name(field)
                self._product_changes.append(
                    Change(line=draft.line, code=draft.code, column=column, old=before, new=after)
                )

    def _row(self, draft: Draft, group: Group) -> _Row | None:
        try:
            row = self._known_sku(draft, draft.known, group) if draft.known else self._new_sku(draft, group)
            self._price(row)
            for column, there in draft.stock:
                self._stock(row, column, there)
        except _Refusal as refusal:
            self._refused.append(RowRefused(draft.line, refusal.column, refusal.reason, refusal.value))
            return None
        return row

    def _new_sku(self, draft: Draft, group: Group) -> _Row:
        options, usual = draft.options or (), QuantityRule()
        try:
            sku = Sku(
                id=self._ids.new(SkuId),
                code=draft.code,
                name=called(group.name, options),
                unit=draft.unit,
                barcode=draft.barcode,
                options=options,
                packs=draft.packs or (),
                rule=QuantityRule(draft.minimum or usual.minimum, draft.step or usual.step),
            )
        except ValueError:
            raise self._units_twice(draft) from None
        return _Row(draft, sku)

    def _known_sku(self, draft: Draft, old: Sku, group: Group) -> _Row:
        assert group.product is not None, "a known SKU has a product"
        row = _Row(draft, old)
        options = old.options if draft.options is None else draft.options
        barcode = old.barcode if draft.barcode is None else draft.barcode
        packs = old.packs if draft.packs is None else draft.packs
        minimum, step = draft.minimum or old.rule.minimum, draft.step or old.rule.step
        if (options, barcode, packs, minimum, step) == (
            old.options, old.barcode, old.packs, old.rule.minimum, old.rule.step,
        ):  # fmt: skip
            return row
        named_after = old.name == called(group.product.name, old.options)
        fields = (
            (Field.OPTIONS, options_text(old.options), options_text(options)),
            (Field.BARCODE, old.barcode or "", barcode or ""),
            (Field.PACKS, packs_text(old.packs), packs_text(packs)),
            (Field.MINIMUM, str(old.rule.minimum), str(minimum)),
            (Field.STEP, str(old.rule.step), str(step)),
        )
        for field, before, after in fields:
            if before != after:
                row.say(self._columns.name(field), before, after)
        try:
            row.sku = attrs.evolve(
                old,
                name=called(group.product.name, options) if named_after else old.name,
                options=options,
                barcode=barcode,
                packs=packs,
                rule=attrs.evolve(old.rule, minimum=minimum, step=step),
            )
        except ValueError:
            raise self._units_twice(draft) from None
        return row

    def _units_twice(self, draft: Draft) -> _Refusal:
        at = self._columns.fields.get(Field.PACKS)
        text = "" if at is None else draft.cells[at]
        return _Refusal(self._columns.name(Field.PACKS), Reason.UNIT_TWICE, text)

    def _price(self, row: _Row) -> None:
        """Set the ladders that the row speaks of, and look whether a tier comes off worse than everyone."""
        known, start = row.draft.known, start_of(row.sku.rule)
        before = start if known is None else start_of(known.rule)
        if known is not None and before == start and not row.draft.prices:
            return
        given: dict[PriceListId, list[Given]] = {}
        for one in row.draft.prices:
            given.setdefault(one[0].list_id, []).append(one)
        now: dict[PriceListId, Ladder] = {}
        for of in self._shop.lists:
            old = EMPTY if known is None else self._shop.ladders.get((of.id, known.id), EMPTY)
            now[of.id] = old
            if before == start and says_the_same(old, given.get(of.id, ()), start=start):
                continue
            if of.id in given or old.rungs:
                new = self._laid_over(row, old, given.get(of.id, []), before=before, start=start)
                if new != old:
                    now[of.id] = new
                    row.prices.append(PriceChange(of.id, row.sku.id, new))
        if row.prices:
            self._warn(row, now)

    def _laid_over(
        self, row: _Row, old: Ladder, given: Sequence[Given], *, before: int, start: int
    ) -> Ladder:
        try:
            new = laid_over(old, given, before=before, start=start)
        except BreaksDisagree as disagreement:
            column = disagreement.column
            raise _Refusal(column.name, Reason.BREAKS, row.draft.cells[column.at]) from None
        if row.draft.known is None or new == old:
            return new
        said = len(row.changes)
        for column, price in given:
            at = column.min_quantity.thousandths if column.min_quantity else before
            was = price_at(old, at)
            if was != price:
                row.say(column.name, written(was), written(price))
        if said == len(row.changes):
            row.say(
                given[0][0].name if given else self._columns.name(Field.PRICE),
                rungs_text(old),
                rungs_text(new),
            )
        return new

    def _warn(self, row: _Row, now: dict[PriceListId, Ladder]) -> None:
        base, scale = now[self._columns.base_list_id], self._shop.merchant.price_scale
        for of in self._shop.lists:
            found = dearer(of, now[of.id], base, scale=scale) if of.tier else None
            if of.tier and found:
                row.warnings.append(
                    DearerThanBase(
                        line=row.draft.line,
                        code=row.draft.code,
                        tier=of.tier,
                        quantity=found.quantity,
                        tier_price=found.tier_price,
                        base_price=found.base_price,
                    )
                )

    def _stock(self, row: _Row, column: StockColumn, there: Quantity) -> None:
        """Stock opens with a SKU; of a SKU that is known it is counted, where that is asked for."""
        known = row.draft.known
        if known is None:
            item = StockItem(sku_id=row.sku.id, warehouse_id=column.warehouse_id)
        elif self._set_stock:
            empty = StockItem(sku_id=known.id, warehouse_id=column.warehouse_id)
            item = self._shop.stock.get((known.id, column.warehouse_id), empty)
        else:
            return
        by = there - item.on_hand
        if not by:
            return
        try:
            after = item.change(by)
        except StockTooLow:
            text = row.draft.cells[column.at]
            raise _Refusal(column.name, Reason.BELOW_RESERVED, text) from None
        reason = MovementReason.OPENING if known is None else MovementReason.COUNT
        row.movements.append(self._movement(item, after, by, reason, column.warehouse_id))
        if known is not None:
            row.say(column.name, str(item.on_hand), str(after.on_hand))

    def _movement(
        self,
        item: StockItem,
        after: StockItem,
        by: Quantity,
        reason: MovementReason,
        warehouse_id: WarehouseId,
    ) -> Movement:
        return Movement(
            id=self._ids.new(MovementId),
            sku_id=item.sku_id,
            warehouse_id=warehouse_id,
            change=by,
            before=item.on_hand,
            after=after.on_hand,
            reason=reason,
            at=self._at,
        )

    def _brand_of(self, rows: Sequence[_Row]) -> BrandId | None:
        name = next((row.draft.brand for row in rows if row.draft.brand is not None), None)
        return None if name is None else self._names.brand(name)

    def _summary(self, *, known: int, refused: tuple[RowRefused, ...]) -> tuple[ImportPlan, Writes]:
        rows = sorted(self._rows, key=lambda row: row.draft.line)
        new = [row for row in rows if row.draft.known is None]
        old = [row for row in rows if row.draft.known is not None]
        changes = sorted(
            [*self._product_changes, *(change for row in old for change in row.changes)],
            key=lambda change: change.line,
        )
        unchanged = tuple(row.draft.code for row in old if not row.changes)
        prices: dict[PriceListId, list[PriceChange]] = {}
        for row in rows:
            for price in row.prices:
                prices.setdefault(price.list_id, []).append(price)
        plan = ImportPlan(
            new=tuple(NewSku(line=row.draft.line, code=row.draft.code, name=row.sku.name) for row in new),
            changed=tuple(changes),
            unchanged=unchanged,
            refused=tuple(sorted(refused, key=lambda one: one.line)),
            warnings=tuple(warning for row in rows for warning in row.warnings),
            products=Counts(
                new=len(self._new_products), changed=self._touched, unchanged=known - self._touched
            ),
            skus=Counts(new=len(new), changed=len(old) - len(unchanged), unchanged=len(unchanged)),
            categories=tuple(self._names.path_text(one.id) for one in self._names.new_categories),
            brands=tuple(one.name for one in self._names.new_brands),
            ladders=sum(map(len, prices.values())),
            movements=sum(len(row.movements) for row in rows),
        )
        return plan, Writes(
            categories=tuple(self._names.new_categories),
            brands=tuple(self._names.new_brands),
            new_products=tuple(self._new_products),
            changed_products=tuple(self._changed_products),
            prices={list_id: tuple(of_list) for list_id, of_list in sorted(prices.items())},
            opening=tuple(one for row in new for one in row.movements),
            counted=tuple(one for row in old for one in row.movements),
        )
