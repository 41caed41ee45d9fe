"""Rotating the keys of personal data while the servers run, and destroying keys that nothing needs any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs

from application.ports.clock import Clock
from application.ports.sealing import KeyActive, KeyInUse, KeyJustLeft, Keyring, SealedRows, UnknownKey

HEARD_WITHIN = timedelta(seconds=2)
"""After so long every server has looked at its keyring again."""
MOST_ROUNDS = 20
"""Everything is looked through so often, to find what was written meanwhile."""
STILL_WRITES = timedelta(minutes=2)
"""A transaction that sealed with the key that was active before it changed has ended after so long: statements of verbs
may take a minute, and whoever waits for a lock is sent away after ten seconds."""


@attrs.frozen(kw_only=True)
class Rotated:
    """What a rotation did."""

    key_id: str
    values: int
    resumed: bool


@attrs.frozen(kw_only=True)
class RotateKeys:
    """Make the next key, let every server know it, seal with it, and seal anew what is there.

    It may be stopped at any point: everything can be read at each, and the next call goes on where this one ended.
    """

    keyring: Keyring
    rows: SealedRows
    clock: Clock
    wait: Callable[[timedelta], None]

    def __call__(self, *, told: Callable[[int], None] = lambda _: None) -> Rotated:
        """`told` is called with how many values were sealed anew so far.

        :raises OldKeyWritten: if somebody still seals with another key, who has not heard of this one.
        :raises Unreadable: if a value cannot be opened.
        :raises NotNow: if the database does not answer.
        """
        resumed = self.keyring.rotating
        key_id = self.keyring.prepare(at=self.clock.now())
        # Whoever restores a backup is told which keys it needs: the database knows a key before it is used.
        self.rows.tell(key_id)
        if self.keyring.active != key_id:
            self.wait(HEARD_WITHIN)
            self.keyring.activate(key_id, at=self.clock.now())
        done = 0
        for _ in range(MOST_ROUNDS):
            # Until everybody has heard of it, somebody may still write under the key before it.
            self.wait(HEARD_WITHIN)
            found = 0
            for values in self.rows.reseal():
                found += values
                told(done + found)
            done += found
            if not found:
                self.keyring.end_rotation()
                return Rotated(key_id=key_id, values=done, resumed=resumed)
        raise OldKeyWritten(key_id, done)


@attrs.frozen
class OldKeyWritten(Exception):
    """So many values were sealed anew with the key, and others still come under another one."""

    key_id: str
    values: int


@attrs.frozen(kw_only=True)
class RetireKey:
    """Destroy a key that nothing is sealed with any more."""

    keyring: Keyring
    rows: SealedRows
    clock: Clock

    def __call__(self, *, key_id: str) -> None:
        """:raises UnknownKey: if there is no such key.
        :raises KeyActive: if values are sealed with it now.
        :raises KeyJustLeft: if that was so a moment ago.
        :raises KeyInUse: if something is still sealed with it.
        """
        known = {key.id: key for key in self.keyring.all()}
        if key_id not in known:
            raise UnknownKey(key_id, tuple(known))
        if key_id == self.keyring.active:
            raise KeyActive(key_id)
        left_at = known[key_id].left_at
        if left_at is not None and self.clock.now() < left_at + STILL_WRITES:
            raise KeyJustLeft(key_id, -(-(left_at + STILL_WRITES - self.clock.now()) // timedelta(seconds=1)))
        values = self.rows.by_key().get(key_id, 0)
        if values:
            raise KeyInUse(key_id, values)
        self.rows.forget(key_id)
        self.keyring.destroy(key_id)
