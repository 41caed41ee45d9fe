"""What one request looks at, and how much of that is foreseen from requests like it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime

from application.ports.storage import Busy
from application.views.reading import Look, Reading


class Looks:
    """What one request looks at: one moment after the other, each as long as nothing is changed."""

    def __init__(self, reading: Reading, now: Callable[[], datetime]) -> None:
        self._reading, self._now = reading, now
        self._first: Look | None = None
        self._current: Look | None = None
        self._again: Looks | None = None
        self._closed = False
        self.foreseen = 0
        """How many trips the first moment will take, where that is known."""

    def now(self) -> datetime:
        """What time it is."""
        return self._now()

    @property
    def current(self) -> Look:
        """The moment that is looked at; it begins with the first question.

        :raises Busy: if the request was answered: when one of its resolvers fails, graphql-core does not wait for the
            others, which may only then begin to ask.
        """
        if self._closed:
            raise Busy("the request was answered")
        if self._current is None:
            foreseen = self.foreseen if self._first is None else 0
            self._current = self._reading.look(at=self._now(), foreseen=foreseen)
            self._first = self._first or self._current
        return self._current

    @property
    def trips(self) -> int:
        """How many trips to the database the first moment has taken so far."""
        return 0 if self._first is None else self._first.trips

    @property
    def is_first(self) -> bool:
        """Whether it is the first moment still: then nothing was changed."""
        return self._current is self._first

    async def end(self) -> None:
        """Let go of the moment: it is over, or something is about to change."""
        current, self._current = self._current, None
        if current is not None:
            await current.close()

    async def again(self) -> Looks:
        """Look at nothing any more, and begin anew with nothing foreseen: too little was."""
        await self.close()
        self._again = Looks(self._reading, self._now)
        return self._again

    async def close(self) -> None:
        """Let go of the moment, and look at nothing any more; nor where it was begun anew."""
        self._closed = True
        await self.end()
        if self._again is not None:
            await self._again.close()


class Foresight:
    """How many trips to the database the first moment of a request took, the longest time, by what was asked.

    A guess that is too low has the request executed twice; it is not made again.
    """

    def __init__(self, *, most: int = 1_000) -> None:
        self._most = most
        self._trips: OrderedDict[int, int] = OrderedDict()

    def trips(self, *asked: Hashable) -> int:
        """Foresee the trips; 0 where nothing like it was asked lately."""
        return self._trips.get(hash(asked), 0)

    def learn(self, trips: int, *asked: Hashable) -> None:
        """Remember how many it took."""
        key = hash(asked)
        self._trips[key] = max(trips, self._trips.pop(key, 0))
        if len(self._trips) > self._most:
            self._trips.popitem(last=False)
