"""Names: the categories and brands that rows speak of, found or made, and what goods are called."""

from __future__ import annotations

from collections.abc import Sequence

from application.importing._grouping import Path
from application.ports.clock import Ids
from domain.catalog import Brand, Category, Option, Pack
from domain.identity import BrandId, CategoryId


class Names:
    """Finds categories by path and brands by name, and makes those that are not there."""

    def __init__(self, categories: Sequence[Category], brands: Sequence[Brand], ids: Ids) -> None:
        names = {one.id: one.name for one in categories}
        self.paths: dict[CategoryId, Path] = {
            one.id: (*(names[above] for above in one.ancestors), one.name) for one in categories
        }
        self.new_categories: list[Category] = []
        self.new_brands: list[Brand] = []
        self._ids = ids
        self._categories = {self.paths[one.id]: one for one in reversed(categories)}
        self._next: dict[CategoryId | None, int] = {}
        for one in categories:
            self._next[one.parent_id] = max(self._next.get(one.parent_id, 0), one.position + 1)
        self._brands = {one.name: one.id for one in reversed(brands)}
        self._brand_names = {one.id: one.name for one in brands}

    def category(self, path: Path | None) -> CategoryId | None:
        """Find the category of the path; what of the path is not there is made."""
        if path is None:
            return None
        found = self._categories.get(path)
        if found is not None:
            return found.id
        parent_id = self.category(path[:-1] or None)
        above = () if parent_id is None else (*self._categories[path[:-1]].ancestors, parent_id)
        position = self._next.get(parent_id, 0)
        self._next[parent_id] = position + 1
        made = Category(id=self._ids.new(CategoryId), name=path[-1], ancestors=above, position=position)
        self.new_categories.append(made)
        self._categories[path] = made
        self.paths[made.id] = path
        return made.id

    def brand(self, name: str) -> BrandId:
        """Find the brand of this name, or make it."""
        found = self._brands.get(name)
        if found is None:
            made = Brand(id=self._ids.new(BrandId), name=name)
            self.new_brands.append(made)
            found = self._brands[name] = made.id
            self._brand_names[found] = name
        return found

    def path_text(self, category_id: CategoryId | None) -> str:
        """Write the path of a category as a cell would have it."""
        return "" if category_id is None else "/".join(self.paths.get(category_id, ()))

    def brand_text(self, brand_id: BrandId | None) -> str:
        """Write a brand as a cell would have it."""
        return "" if brand_id is None else self._brand_names.get(brand_id, "")


def called(product: str, options: Sequence[Option]) -> str:
    """What a SKU is called: after its product and the options chosen."""
    return " ".join((product, *(option.value for option in options)))


def options_text(options: Sequence[Option]) -> str:
    """Write options as a cell would have them."""
    return ";".join(f"{one.name}:{one.value}" for one in options)


def packs_text(packs: Sequence[Pack]) -> str:
    """Write packs as a cell would have them."""
    return ";".join(
        f"{one.unit.name}={one.factor.numerator}"
        + (f"/{one.factor.denominator}" if one.factor.denominator > 1 else "")
        for one in packs
    )
