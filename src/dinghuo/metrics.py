"""Metrics: what the program counts. Never by merchant: their number has no bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from application.authorization import Actor
from application.ordering import PlaceOrder, Wishes
from domain.identity import CustomerId, IdempotencyKey
from domain.ordering import Order
from domain.quoting import Basket

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "dinghuo_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "dinghuo_http_request_seconds",
            "How long requests took.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.orders_placed = Counter("dinghuo_orders_placed", "Orders placed.", registry=self.registry)

    def watch_statements(self, count: Callable[[], int]) -> None:
        """Show how many SQL statements were sent, as `count` says whenever somebody looks."""
        self.registry.register(_Statements(count))

    def text(self) -> bytes:
        """Everything counted, in Prometheus' own format."""
        return generate_latest(self.registry)


@attrs.frozen(eq=False)
class _Statements(Collector):
    count: Callable[[], int]

    def collect(self) -> Iterable[Metric]:
        yield CounterMetricFamily("dinghuo_sql_statements", "SQL statements sent.", value=self.count())


@attrs.frozen(kw_only=True)
class CountedPlaceOrder(PlaceOrder):
    """Places orders, and counts those that are new."""

    metrics: Metrics

    def __call__(
        self,
        *,
        actor: Actor,
        key: IdempotencyKey,
        basket: Basket | None,
        wishes: Wishes,
        customer_id: CustomerId | None = None,
    ) -> Order:
        begun = self.clock.now()
        order = super().__call__(actor=actor, key=key, basket=basket, wishes=wishes, customer_id=customer_id)
        if order.placed_at >= begun:
            self.metrics.orders_placed.inc()
        return order
