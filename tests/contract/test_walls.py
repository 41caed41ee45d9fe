"""The walls between merchants, companies and roles: everybody tries everything there is, and finds nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.graphql.schema import schema
from adapters.persistence.memory import MemoryDatabase
from application.ports.database import Database
from kit.plugin import TOLD
from kit.walls.asking import all_fields, open_to
from kit.walls.naming import places
from kit.walls.scene import furnish_walls, uncovered_people
from kit.walls.secrets import RULE_OF, NoRule, attributes, without_canary
from kit.walls.siege import PARTS, besiege, one_of_each, open_walls, share


# Where one field fails, graphql-core may leave the coroutines of those beside it without having awaited them.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine object:pytest.PytestUnraisableExceptionWarning"
)
async def test_nobody_learns_or_changes_what_is_not_theirs(
    storage_name: str,
    database: Database,
    record_property: Callable[[str, object], None],
) -> None:
    async with open_walls(database) as walls:
        callers = share(walls.scene.callers, PARTS[storage_name], len(PARTS))
        refused = share(one_of_each(walls.scene.callers), PARTS[storage_name], len(PARTS))
        await besiege(walls, callers, refused=refused)
        findings = [*database.audit.findings()]
    told = f"walls, {storage_name}: " + "\n".join(walls.lines(callers))
    record_property(TOLD, told)
    wrong = [*walls.leaks, *walls.missing(callers)]
    assert wrong == [], told
    assert findings == []


class TestNothingIsForgotten:
    def test_the_parts_are_everybody(self) -> None:
        callers = furnish_walls(MemoryDatabase()).callers
        parts = [one.name for at in PARTS.values() for one in share(callers, at, len(PARTS))]
        assert sorted(parts) == sorted(one.name for one in callers)
        assert len({*parts}) == len(parts)
        assert uncovered_people(callers) == []

    def test_what_is_closed_is_tried_by_one_of_each(self) -> None:
        callers = [one for one in furnish_walls(MemoryDatabase()).callers if one.actor is not None]
        parts = [one for at in PARTS.values() for one in share(one_of_each(callers), at, len(PARTS))]
        assert {frozenset(open_to(one.actor)) for one in parts} == {
            frozenset(open_to(one.actor)) for one in callers
        }

    @pytest.mark.parametrize(
        ("left_out", "missing"),
        [("a guest", "GUEST"), ("the approver", "APPROVER"), ("staff VIEW_STOCK", "VIEW_STOCK")],
    )
    def test_a_kind_of_people_that_is_left_out_is_missed(self, left_out: str, missing: str) -> None:
        callers = furnish_walls(MemoryDatabase()).callers
        assert missing in uncovered_people([one for one in callers if not one.name.startswith(left_out)])

    def test_everything_stored_has_a_rule_and_a_canary(self, monkeypatch: pytest.MonkeyPatch) -> None:
        scene = furnish_walls(MemoryDatabase())
        assert without_canary(scene.secrets, scene.kinds) == []
        assert scene.secrets.shared() == []
        brand = next(iter(scene.world.shop.brands.values()))
        monkeypatch.delitem(RULE_OF, "Brand.name")
        with pytest.raises(NoRule, match=r"Brand\.name"):
            dict(attributes(brand))

    def test_everything_in_the_schema_is_asked_for(self) -> None:
        named = [one.name for one in places()]
        assert {"Query.node(id)", "Mutation.placeOrder(input.lines.skuId)", "Staff.stock(skuIds)"} <= {*named}
        built = schema._schema
        assert {"Product.name", "Order.total", "SkuPrice.unitPrice"} <= {*all_fields()}
        assert len({*all_fields()}) >= sum(
            len(type_.fields) for type_ in (built.query_type, built.mutation_type) if type_ is not None
        )
