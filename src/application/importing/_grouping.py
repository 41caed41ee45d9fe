"""Which rows make one product: by the SKUs that are known, else by name and category."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from application.importing._cells import Draft, Reason, RowRefused
from application.importing._columns import Columns, Field
from domain.catalog import MOST_SKUS, Product
from domain.identity import CategoryId, ProductId, SkuId

Path = tuple[str, ...]


@attrs.define
class Group:
    """The rows of one product, known or new, with the name and the category it is to have."""

    product: Product | None
    name: str
    category: Path | None
    drafts: list[Draft] = attrs.field(factory=list)


@attrs.define
class Grouping:
    """Finds the product of every row; a row that has none is refused."""

    columns: Columns
    products: tuple[Product, ...]
    paths: Mapping[CategoryId, Path]
    refused: list[RowRefused] = attrs.field(factory=list)

    def groups(self, drafts: Iterable[Draft]) -> list[Group]:
        """Put the rows together, in the order in which the file names the products."""
        drafts = self._once(tuple(drafts))
        known = self._known([draft for draft in drafts if draft.known is not None])
        groups = self._joined([draft for draft in drafts if draft.known is None], known)
        for group in groups:
            group.drafts.sort(key=lambda draft: draft.line)
            self._agree(group, Field.BRAND, lambda draft: draft.brand)
            self._agree(group, Field.DESCRIPTION, lambda draft: draft.description)
            self._bound(group)
        return sorted((one for one in groups if one.drafts), key=lambda group: group.drafts[0].line)

    def _once(self, drafts: Sequence[Draft]) -> list[Draft]:
        """A code that stands in two rows is refused in both: nobody knows which of them is meant."""
        times: dict[str, int] = {}
        for draft in drafts:
            times[draft.code] = times.get(draft.code, 0) + 1
        for draft in drafts:
            if times[draft.code] > 1:
                self._refuse(draft, Field.CODE, Reason.DUPLICATE_CODE)
        return [draft for draft in drafts if times[draft.code] == 1]

    def _known(self, drafts: Sequence[Draft]) -> dict[ProductId, Group]:
        owners: dict[SkuId, Product] = {sku.id: one for one in self.products for sku in one.skus}
        groups: dict[ProductId, Group] = {}
        for draft in drafts:
            assert draft.known is not None, "only rows of known SKUs come here"
            product = owners[draft.known.id]
            group = groups.get(product.id)
            if group is None:
                group = groups[product.id] = Group(product, product.name, self._path(product))
            group.drafts.append(draft)
        taken = {(one.name, self._path(one)) for one in self.products}
        for group in groups.values():
            self._agree(group, Field.CATEGORY, lambda draft: draft.category)
            group.category = next((one.category for one in group.drafts if one.category), group.category)
            self._rename(group, taken)
        return groups

    def _rename(self, group: Group, taken: set[tuple[str, Path | None]]) -> None:
        assert group.product is not None, "only known products are renamed"
        wanted = {draft.product for draft in group.drafts}
        if wanted <= {None, group.name}:
            return
        name = next(iter(wanted))
        whole = len(wanted) == 1 and len(group.drafts) == len(group.product.skus)
        if whole and name is not None and (name, group.category) not in taken:
            group.name = name
            return
        for draft in group.drafts:
            if draft.product not in (None, group.name):
                self._refuse(draft, Field.PRODUCT, Reason.OTHER_PRODUCT)
        group.drafts = [draft for draft in group.drafts if draft.product in (None, group.name)]

    def _joined(self, drafts: Sequence[Draft], known: Mapping[ProductId, Group]) -> list[Group]:
        """Find a product for rows of new SKUs: of that name and category, the only one of that name, or a new one."""
        names = {draft.product for draft in drafts}
        homes: dict[str, dict[Path | None, list[Group]]] = {}
        groups = list(known.values())

        def settle(group: Group) -> Group:
            homes.setdefault(group.name, {}).setdefault(group.category, []).append(group)
            return group

        for product in self.products:
            home = known.get(product.id)
            if home is not None:
                settle(home)
            elif product.name in names:
                groups.append(settle(Group(product, product.name, self._path(product))))
        for with_category in (True, False):
            for draft in drafts:
                if (draft.category is not None) is not with_category or draft.product is None:
                    continue
                there = homes.get(draft.product, {})
                found = (
                    there.get(draft.category, [])
                    if with_category
                    else [one for homes_there in there.values() for one in homes_there]
                )
                if len(found) > 1:
                    self._refuse(draft, Field.PRODUCT, Reason.AMBIGUOUS_PRODUCT)
                    continue
                if not found:
                    groups.append(settle(Group(None, draft.product, draft.category)))
                    found = [groups[-1]]
                found[0].drafts.append(draft)
        return groups

    def _agree(self, group: Group, field: Field, of: Callable[[Draft], object | None]) -> None:
        """What belongs to the product is the same in all its rows; the first row that says it is believed."""
        said = next((of(draft) for draft in group.drafts if of(draft) is not None), None)
        kept = [draft for draft in group.drafts if of(draft) in (None, said)]
        if len(kept) < len(group.drafts):
            for draft in group.drafts:
                if of(draft) not in (None, said):
                    self._refuse(draft, field, Reason.PRODUCT_DISAGREES)
            group.drafts = kept

    def _bound(self, group: Group) -> None:
        room = MOST_SKUS - (len(group.product.skus) if group.product else 0)
        fresh = [draft for draft in group.drafts if draft.known is None]
        surplus = {draft.line for draft in fresh[room:]}
        for draft in fresh[room:]:
            self._refuse(draft, Field.PRODUCT, Reason.TOO_MANY_SKUS)
        group.drafts = [draft for draft in group.drafts if draft.line not in surplus]

    def _path(self, product: Product) -> Path | None:
        return None if product.category_id is None else self.paths.get(product.category_id)

    def _refuse(self, draft: Draft, field: Field, reason: Reason) -> None:
        at = self.columns.fields.get(field)
        value = "" if at is None else draft.cells[at]
        self.refused.append(RowRefused(draft.line, self.columns.name(field), reason, value))
