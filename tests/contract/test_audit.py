"""The audit: nothing to find in a healthy world, and every planted lie is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs
import pytest
from sqlalchemy import text as sql_text

from adapters.persistence.audit import _CHECKS
from adapters.persistence.memory import Fact, MemoryDatabase
from adapters.persistence.memory import Shop as Tables
from adapters.persistence.sessions import Session
from adapters.persistence.sql import SqlDatabase
from adapters.persistence.statements import Statement
from application.ports.audit import Finding
from application.ports.database import Database
from application.ports.storage import Answer
from domain.coupons import CouponState
from domain.errors import DomainError, Refused
from domain.identity import CouponId, LoginId, OrderId, WarehouseId
from domain.inventory import MovementReason, ReservationState
from domain.money import Money
from domain.ordering import Order, OrderStatus
from domain.ownership import Owners
from domain.visibility import Visibility
from kit import builders as a
from kit import couponing
from kit.lying import tell
from kit.world import World

CHECKED = {f"I{number}" for number in (1, 2, 3, 6, *range(11, 25))}


@attrs.frozen
class Scene:
    """A world with an order in it, and what a liar needs to know of it."""

    world: World
    order: Order
    tables: Tables | None

    @property
    def words(self) -> dict[str, str]:
        """What the SQL below calls things."""
        return {
            "mine": self.world.shop.merchant.id,
            "theirs": self.world.other.merchant.id,
            "order": self.order.id,
            "sku": self.order.lines[0].sku_id,
            "nobody": self.world.ids.new(OrderId),
            "nowhere": self.world.ids.new(WarehouseId),
        }

    @property
    def rows(self) -> Tables:
        """The dictionaries of the merchant."""
        assert self.tables is not None, "only memory has dictionaries"
        return self.tables

    def put(self, order: Order) -> None:
        """Write an order over the one that is stored."""
        self.rows.orders[order.id] = order


@attrs.frozen(kw_only=True)
class Lie:
    """Something that cannot be, told to the dictionaries or in SQL; and what the audit calls it."""

    invariant: str
    in_memory: Callable[[Scene], object]
    in_sql: str


def _stock(scene: Scene, **changes: object) -> None:
    key = next(key for key in scene.rows.stock if key[0] == scene.order.lines[0].sku_id)
    item = scene.rows.stock[key]
    for name, value in changes.items():
        object.__setattr__(item, name, value)


def _reservations(scene: Scene, state: ReservationState) -> None:
    found = scene.rows.reservations[scene.order.id]
    scene.rows.reservations[scene.order.id] = tuple(attrs.evolve(one, state=state) for one in found)


def _movement(scene: Scene) -> None:
    id, one = next(
        (id, one) for id, one in scene.rows.movements.items() if one.sku_id == scene.order.lines[0].sku_id
    )
    scene.rows.movements[id] = attrs.evolve(
        one, change=one.change + a.pieces(1), after=one.after + a.pieces(1)
    )


def _line_total(scene: Scene) -> None:
    line = scene.order.lines[0]
    wrong = attrs.evolve(line)
    object.__setattr__(wrong, "total", Money(line.total.minor + 1, line.total.currency))
    scene.put(attrs.evolve(scene.order, lines=(wrong,)))


def _fact(scene: Scene, **changes: object) -> None:
    [fact] = scene.rows.outbox[scene.order.id]
    values = {"aggregate_id": scene.order.id, "sequence": 1, "event": fact.event, **changes}
    scene.rows.outbox[scene.order.id] = (Fact(**values),)  # type: ignore[arg-type]  # the values are the fact's own


def _answer(scene: Scene, answer: Answer | None) -> None:
    [(place, claim)] = scene.rows.answers.items()
    scene.rows.answers[place] = attrs.evolve(claim, answer=answer)


def _ring(scene: Scene) -> None:
    one, other = (scene.world.shop.customers[name] for name in ("vip", "regular"))
    scene.rows.customers[one.id] = attrs.evolve(one, parent_id=other.id)
    scene.rows.customers[other.id] = attrs.evolve(other, parent_id=one.id)


def _login(scene: Scene) -> None:
    buyer = scene.world.shop.buyers["vip"]
    scene.rows.buyers[buyer.id] = attrs.evolve(buyer, login_id=LoginId.of(b"?" * 16))


def _keep_from_some(scene: Scene) -> None:
    tea = scene.world.shop.products["tea"]
    scene.rows.visibilities[tea.id] = Visibility(restricted=True)


def _template(scene: Scene, **changes: int) -> None:
    [(id, template)] = scene.rows.coupon_templates.items()
    scene.rows.coupon_templates[id] = attrs.evolve(template, **changes)  # type: ignore[arg-type]  # its own


def _one_more(scene: Scene) -> None:
    [coupon] = scene.rows.coupons.values()
    more = attrs.evolve(coupon, id=scene.world.ids.new(CouponId), state=CouponState.AVAILABLE, order_id=None)
    scene.rows.coupons[more.id] = more
    _template(scene, claims=2)


def _coupon_of_another(scene: Scene) -> None:
    [coupon] = scene.rows.coupons.values()
    another = scene.world.shop.customers["regular"].id
    scene.rows.coupons[coupon.id] = attrs.evolve(coupon, customer_id=another)


LIES = {
    "less available than there is": Lie(
        invariant="I1",
        in_memory=lambda scene: _stock(scene, available=a.pieces(1)),
        in_sql="UPDATE stock SET available = available - 1000 WHERE sku_id = '{sku}'",
    ),
    "more on hand than was moved": Lie(
        invariant="I3",
        in_memory=lambda scene: _stock(scene, on_hand=a.pieces(9999)),
        in_sql="UPDATE stock SET on_hand = on_hand + 1000, available = available + 1000 WHERE sku_id = '{sku}'",
    ),
    "a movement that never was": Lie(
        invariant="I3",
        in_memory=_movement,
        in_sql="UPDATE movements SET change = change + 1000, after = after + 1000 WHERE sku_id = '{sku}'",
    ),
    "committed stock of an order nobody confirmed": Lie(
        invariant="I2",
        in_memory=lambda scene: _reservations(scene, ReservationState.COMMITTED),
        in_sql="UPDATE reservations SET state = 'COMMITTED' WHERE order_id = '{order}'",
    ),
    "an order without its stock": Lie(
        invariant="I2",
        in_memory=lambda scene: _reservations(scene, ReservationState.RELEASED),
        in_sql="UPDATE reservations SET state = 'RELEASED' WHERE order_id = '{order}'",
    ),
    "stock of an order that was cancelled": Lie(
        invariant="I2",
        in_memory=lambda scene: scene.put(attrs.evolve(scene.order, status=OrderStatus.CANCELLED)),
        in_sql="UPDATE orders SET status = 'CANCELLED' WHERE id = '{order}'",
    ),
    "a line that costs more than it may": Lie(
        invariant="I6",
        in_memory=_line_total,
        in_sql="UPDATE order_lines SET total = total + 1 WHERE order_id = '{order}'",
    ),
    "a fact that was never told": Lie(
        invariant="I11",
        in_memory=lambda scene: scene.rows.outbox.pop(scene.order.id),
        in_sql="DELETE FROM outbox WHERE aggregate_id = '{order}'",
    ),
    "a gap between the facts": Lie(
        invariant="I11",
        in_memory=lambda scene: _fact(scene, sequence=2),
        in_sql="UPDATE outbox SET sequence = 2 WHERE aggregate_id = '{order}'",
    ),
    "a version without a fact": Lie(
        invariant="I11",
        in_memory=lambda scene: scene.put(attrs.evolve(scene.order, version=2)),
        in_sql="UPDATE orders SET version = 2 WHERE id = '{order}'",
    ),
    "an order of somebody else's customer": Lie(
        invariant="I14",
        in_memory=lambda scene: scene.put(
            attrs.evolve(scene.order, customer_id=scene.world.other.customers["vip"].id)
        ),
        in_sql="UPDATE orders SET customer_id = (SELECT MIN(id) FROM customers WHERE merchant_id = '{theirs}') "
        "WHERE id = '{order}'",
    ),
    "a buyer whose login is nobody's": Lie(
        invariant="I14",
        in_memory=_login,
        in_sql="UPDATE buyers SET login_id = 'log_x' WHERE merchant_id = '{mine}' AND role = 'VIEWER'",
    ),
    "an agent who is another's": Lie(
        invariant="I14",
        in_memory=lambda scene: scene.put(
            attrs.evolve(scene.order, owners=Owners(agent_id=scene.world.other.customers["vip"].id))
        ),
        in_sql="UPDATE orders SET agent_id = 'cus_x' WHERE id = '{order}'",
    ),
    "a sales representative who is another's": Lie(
        invariant="I14",
        in_memory=lambda scene: scene.put(
            attrs.evolve(scene.order, owners=Owners(sales_rep_id=scene.world.other.staff["clerk"].id))
        ),
        in_sql="UPDATE orders SET sales_rep_id = 'stf_x' WHERE id = '{order}'",
    ),
    "an order placed by another's company": Lie(
        invariant="I14",
        in_memory=lambda scene: scene.put(
            attrs.evolve(scene.order, placed_by_id=scene.world.other.customers["vip"].id)
        ),
        in_sql="UPDATE orders SET placed_by_id = 'cus_x' WHERE id = '{order}'",
    ),
    "goods that are kept from some, and nobody knows": Lie(
        invariant="I17",
        in_memory=_keep_from_some,
        in_sql="INSERT INTO product_visibility SELECT merchant_id, MIN(id), true FROM products "
        "WHERE merchant_id = '{mine}' GROUP BY merchant_id",
    ),
    "a coupon that nobody counted": Lie(
        invariant="I20",
        in_memory=lambda scene: _template(scene, claims=0),
        in_sql="UPDATE coupon_templates SET claims = 0",
    ),
    "a use that was given away": Lie(
        invariant="I20",
        in_memory=lambda scene: _template(scene, uses=0),
        in_sql="UPDATE coupon_templates SET uses = 0",
    ),
    "one coupon more than a company may have": Lie(
        invariant="I20",
        in_memory=_one_more,
        in_sql="INSERT INTO coupons SELECT merchant_id, 'cpn_x', template_id, customer_id, 'X', claimed_at, holds_from,"
        " holds_until, 'AVAILABLE', NULL FROM coupons",
    ),
    "a coupon in the order of another company": Lie(
        invariant="I20",
        in_memory=_coupon_of_another,
        in_sql="UPDATE coupons SET customer_id = (SELECT MIN(c.id) FROM customers c"
        " WHERE c.merchant_id = coupons.merchant_id AND c.id <> coupons.customer_id)",
    ),
    "companies in a ring": Lie(
        invariant="I16",
        in_memory=_ring,
        in_sql="INSERT INTO branches (merchant_id, customer_id, branch_id, distance)"
        " SELECT a.merchant_id, a.id, b.id, 1 FROM customers a JOIN customers b ON b.merchant_id = a.merchant_id"
        " WHERE a.merchant_id = '{mine}' AND a.id <> b.id AND a.tier_id = b.tier_id",
    ),
    "an answer about an order that is not there": Lie(
        invariant="I15",
        in_memory=lambda scene: _answer(scene, Answer(result=scene.words["nobody"])),
        in_sql="UPDATE answers SET result = '{nobody}'",
    ),
    "a key that was taken and never answered": Lie(
        invariant="I15",
        in_memory=lambda scene: _answer(scene, None),
        in_sql="UPDATE answers SET result = NULL, refusal = NULL",
    ),
}
IN_SQL_ONLY = {
    "a total that is not the sum": "I6: UPDATE orders SET total = total + 1 WHERE id = '{order}'",
    "a line that is not counted": "I6: UPDATE orders SET line_count = 2 WHERE id = '{order}'",
    "a line of another customer": "I6: UPDATE order_lines SET customer_id = (SELECT MIN(c.id) FROM customers c"
    " WHERE c.merchant_id = order_lines.merchant_id AND c.id <> order_lines.customer_id) WHERE order_id = '{order}'",
    "a line of no customer": "I6: UPDATE order_lines SET customer_id = NULL WHERE order_id = '{order}'",
}
"""In memory an order's total is not stored: it is the sum; nor whose its lines are: they are its own."""


@pytest.fixture
def scene(world: World) -> Scene:
    shop = world.shop
    order = world.use.place_order(
        actor=shop.buyer("vip"), key=a.key(), basket=a.basket((shop.sku("TEA-1L"), 2)), wishes=a.wishes()
    )
    of = couponing.template(world.ids, claimed=1, used=1, claims=9, uses=9)
    used = couponing.coupon(world.ids, of, shop.customers["vip"], state=CouponState.USED, order_id=order.id)
    world.add([of], [used])
    database = world.database
    if isinstance(database, MemoryDatabase):
        return Scene(world, order, database.vault.shop(shop.merchant.id))
    return Scene(world, order, None)


def findings(world: World) -> list[Finding]:
    return list(world.database.audit.findings())


class TestAudit:
    def test_it_names_what_it_checks(self, database: Database) -> None:
        checks = database.audit.checks()
        assert set(checks) == CHECKED
        assert all(sentence.endswith(".") for sentence in checks.values())

    def test_it_finds_nothing_where_there_is_nothing(self, database: Database) -> None:
        assert list(database.audit.findings()) == []

    def test_it_finds_nothing_in_a_healthy_world(self, world: World) -> None:
        live(world)
        assert findings(world) == []

    @pytest.mark.parametrize("what", LIES)
    def test_it_finds_a_lie(self, scene: Scene, what: str) -> None:
        lie = LIES[what]
        assert findings(scene.world) == []
        if scene.tables is not None:
            lie.in_memory(scene)
        else:
            tell(scene.world.database, lie.in_sql.format(**scene.words))
        found = findings(scene.world)
        assert lie.invariant in {finding.invariant for finding in found}
        assert {finding.merchant_id for finding in found} == {scene.world.shop.merchant.id}
        assert all(finding.about and finding.facts for finding in found)
        assert {finding.invariant for finding in found} <= CHECKED

    @pytest.mark.parametrize("what", IN_SQL_ONLY)
    @pytest.mark.parametrize("storage_name", ["sqlite", "postgres"])
    def test_it_finds_a_lie_that_only_tables_can_tell(self, scene: Scene, what: str) -> None:
        invariant, _, statement = IN_SQL_ONLY[what].partition(": ")
        tell(scene.world.database, statement.format(**scene.words))
        [finding] = findings(scene.world)
        assert finding.invariant == invariant
        assert scene.order.id in finding.about


def live(world: World) -> None:
    """A day of trade, refusals among it."""
    shop, use = world.shop, world.use
    tea, water, main = shop.sku("TEA-500"), shop.sku("WATER-550"), shop.warehouses["main"]
    placed = [
        use.place_order(
            actor=shop.buyer(name),
            key=a.key(f"p{at}"),
            basket=a.basket((tea, 300), (water, 6)),
            wishes=a.wishes(),
        )
        for at, name in enumerate(("vip",))
    ]
    placed.append(
        use.place_order(actor=shop.buyer(), key=a.key("q"), basket=a.basket((water, 1200)), wishes=a.wishes())
    )
    _refused(
        lambda: use.place_order(
            actor=shop.buyer(), key=a.key("r"), basket=a.basket((tea, 301)), wishes=a.wishes()
        )
    )
    use.confirm_order(actor=shop.clerk, key=a.key("c"), order_id=placed[0].id)
    use.cancel_order(actor=shop.buyer(), key=a.key("x"), order_id=placed[1].id)
    change = a.stock_change(tea, main, 10)
    use.receive_stock(actor=shop.clerk, key=a.key("s"), changes=[change])
    _refused(
        lambda: use.adjust_stock(
            actor=shop.clerk,
            key=a.key("t"),
            changes=[a.stock_change(tea, main, -999)],
            reason=MovementReason.DAMAGE,
        )
    )
    use.adjust_stock(
        actor=shop.clerk,
        key=a.key("u"),
        changes=[a.stock_change(tea, main, -3)],
        reason=MovementReason.DAMAGE,
    )
    line = a.order_line(world.other.products["tea"])
    orders: Iterable[Order] = [
        a.as_stored(
            a.order(world.ids, buyer=world.other.buyers["vip"], lines=[line])
            .confirm(at=a.NOON)
            .start_fulfillment(at=a.NOON)
            .complete(at=a.NOON),
            number=number,
        )
        for number in (1, 2)
    ]
    world.add(orders, to=world.other)


class TestPlans:
    """Whatever PostgreSQL believes of its tables, those that are read as wholes are joined as wholes."""

    @pytest.mark.parametrize("storage_name", ["postgres"], indirect=True)
    def test_no_table_is_walked_for_every_row_of_another(self, database: Database) -> None:
        """Here it believes in a row or none of each, as where they were empty when they were last analyzed."""
        assert isinstance(database, SqlDatabase)
        with database.driver.snapshot(of=None) as session:
            assert _walked(session) != []
        for _, session in database.driver.snapshots():
            assert _walked(session) == []


def _walked(session: Session) -> list[str]:
    """The statements that join tables row by row."""
    texts = [text for _, text in _CHECKS.values()]
    plans = {text: session.all(Statement(sql_text(f"EXPLAIN {text}")), {}) for text in texts}
    return [text for text, plan in plans.items() if any("Nested Loop" in line for (line,) in plan)]


def _refused(act: Callable[[], object]) -> None:
    with pytest.raises(DomainError) as refused:
        act()
    assert isinstance(refused.value, Refused)
