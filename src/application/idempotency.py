"""Once per key: the same intention, sent again, gets the same answer and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from application.ports.storage import Answer, Storage
from domain.errors import DomainError
from domain.identity import IdempotencyKey


def once(
    storage: Storage,
    *,
    operation: str,
    key: IdempotencyKey,
    command: object,
    act: Callable[[], str],
    foreseen: str | None = None,
) -> Answer:
    """Act if the key is new, and remember how it ended: with the result, or with the refusal that `act` raised.

    `act` decides before it writes, so that a refusal leaves nothing behind but itself. The command is compared by its
    representation, which for frozen values holds everything in them. A result that is foreseen is written down with
    the claim, and needs no writing afterwards.

    :raises IdempotencyKeyReused: if the key came before with another command.
    """
    fingerprint = sha256(repr(command).encode()).hexdigest()
    known = storage.answers.claim(operation=operation, key=key, fingerprint=fingerprint, foreseen=foreseen)
    if known is not None:
        return known
    try:
        answer = Answer(result=act())
    except DomainError as refusal:
        answer = Answer(refusal=refusal)
    if answer != Answer(result=foreseen or ""):
        storage.answers.remember(operation=operation, key=key, answer=answer)
    return answer
