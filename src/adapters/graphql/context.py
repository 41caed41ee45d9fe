"""What one request has: who asks, what can be looked at and done; and the bridge to the synchronous core."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, ParamSpec, TypeAlias, TypeVar

import attrs
import strawberry
from anyio import CapacityLimiter, to_thread

from adapters.graphql.guard import Limits
from adapters.graphql.loaders import Loaders
from adapters.graphql.looks import Looks
from adapters.graphql.messages import Locale
from adapters.graphql.pace import Pace
from adapters.graphql.selections import Plans, RawInfo, Selection
from application.authorization import Actor
from application.ports.storage import NotNow
from application.retrying import retrying
from application.use_cases import UseCases
from application.views.reading import Views
from domain.errors import DomainError

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


@attrs.define(kw_only=True)
class Context:
    """One request: made for it, never shared."""

    actor: Actor
    use: UseCases
    locale: Locale
    request_id: str
    looks: Looks = attrs.field(repr=False)
    verb_threads: CapacityLimiter = attrs.field(repr=False)
    limits: Limits = attrs.field(factory=Limits, repr=False)
    pace: Pace | None = attrs.field(default=None, repr=False)
    """Counts what is asked; without one nothing is counted."""
    address: str = attrs.field(default="", repr=False)
    """Where the request came from."""
    explorable: bool = False
    """Whether the schema shows itself: introspection, and suggestions to those who mistype."""
    compiled: bool = True
    """Whether the compiled execution may take what it has a plan for."""
    plans: Plans = attrs.field(factory=Plans, repr=False)
    _views: Views | None = attrs.field(default=None, init=False, repr=False)
    _loaders: Loaders | None = attrs.field(default=None, init=False, repr=False)

    @property
    def views(self) -> Views:
        """The query ports, opened once for the actor."""
        if self._views is None:
            self._views = self.looks.current.views(self.actor)
        return self._views

    @property
    def load(self) -> Loaders:
        """The batched views over the same ports."""
        if self._loaders is None:
            self._loaders = Loaders(self.views)
        return self._loaders

    async def do(self, verb: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a verb in a thread of its own, whole, and again where another got in its way.

        What was seen before is forgotten: the verb changes it.

        :raises NotNow: if others got in its way every time.
        """
        self._views = self._loaders = None
        await self.looks.end()
        return await self.ask(verb, *args, **kwargs)

    async def ask(self, verb: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a verb that changes nothing.

        :raises NotNow: if others got in its way every time.
        """
        call = partial(retrying(verb), *args, **kwargs)
        running = asyncio.ensure_future(to_thread.run_sync(call, limiter=self.verb_threads))
        # Whoever waits may run out of time: the verb still ends, and keeps its place among the threads till then.
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            running.add_done_callback(_heard)
            raise


def _heard(running: asyncio.Future[Any]) -> None:
    """Put on record what broke a verb that nobody waits for any more; what it refuses is nothing that broke."""
    error = None if running.cancelled() else running.exception()
    if error is not None and not isinstance(error, DomainError | NotNow):
        log.error("a verb failed after whoever asked had gone", exc_info=error)


Info: TypeAlias = strawberry.Info[Context, None]


def planned(info: Info, key: Hashable, work_out: Callable[[Selection], R]) -> R:
    """Turn what is selected below this field into a want, once per document."""
    raw: RawInfo = info._raw_info
    return info.context.plans.once(raw, key, lambda: work_out(Selection.of(raw)))
