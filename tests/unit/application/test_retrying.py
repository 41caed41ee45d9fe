"""What could not be done just now is tried again, whole, and not for ever."""

from __future__ import annotations

import pytest

from application.ports.storage import Busy, NotNow, Stale
from application.retrying import TRIES, retrying
from domain.errors import DomainError


class Verb:
    """Fails so many times before it answers."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.calls: list[tuple[int, int]] = []

    def __call__(self, one: int, *, other: int) -> int:
        self.calls.append((one, other))
        if self._failures:
            raise self._failures.pop(0)
        return one + other


def test_answers_at_once_where_nothing_is_in_the_way() -> None:
    verb, waits = Verb(), list[float]()
    assert retrying(verb, wait=waits.append)(1, other=2) == 3
    assert (verb.calls, waits) == ([(1, 2)], [])


@pytest.mark.parametrize("failures", range(1, TRIES))
def test_tries_again_with_the_same_arguments(failures: int) -> None:
    verb, waits = Verb(*[Stale(), Busy(), NotNow()][:failures]), list[float]()
    assert retrying(verb, wait=waits.append)(1, other=2) == 3
    assert verb.calls == [(1, 2)] * (failures + 1)
    assert len(waits) == failures


def test_gives_up_with_what_the_last_try_raised() -> None:
    last = Busy("last")
    verb, waits = Verb(*[Stale()] * (TRIES - 1), last), list[float]()
    with pytest.raises(NotNow) as caught:
        retrying(verb, wait=waits.append)(1, other=2)
    assert caught.value is last
    assert (len(verb.calls), len(waits)) == (TRIES, TRIES - 1)


@pytest.mark.parametrize("failure", [DomainError(), ValueError("a bug")])
def test_does_not_try_again_after_a_no_or_a_bug(failure: Exception) -> None:
    verb, waits = Verb(failure), list[float]()
    with pytest.raises(type(failure)):
        retrying(verb, wait=waits.append)(1, other=2)
    assert (len(verb.calls), waits) == (1, [])


def test_waits_longer_each_time_by_chance() -> None:
    verb, waits = Verb(Stale(), Stale(), Stale()), list[float]()
    chances = iter([1, 0, 0.5])
    assert retrying(verb, wait=waits.append, chance=lambda: next(chances))(1, other=2) == 3
    assert waits == pytest.approx([0.05, 0, 0.075])
