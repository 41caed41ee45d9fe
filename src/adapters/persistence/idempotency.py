"""Answers under idempotency keys, in the transaction of what was answered."""

from __future__ import annotations

from typing import Any

import attrs
import orjson
from sqlalchemy import Column, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from adapters.persistence.facts import read_refusal, written_refusal
from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Statement
from adapters.persistence.tables import Instant, Words, tenant_table
from application.authorization import Actor
from application.ports.clock import Clock
from application.ports.storage import Answer, Answers, IdempotencyKeyReused
from domain.identity import IdempotencyKey

answers = tenant_table(
    "answers",
    Column("actor", Words, nullable=False),
    Column("operation", Words, nullable=False),
    Column("key", Words, nullable=False),
    sealed("fingerprint"),
    Column("at", Instant, nullable=False),
    Column("result", Words),
    sealed("refusal", nullable=True),
    key=("actor", "operation", "key"),
)

_GIVEN = {
    name: bindparam(name, type_=answers.c[name].type)
    for name in ("merchant_id", "actor", "operation", "key", "fingerprint", "at", "result")
}
_KEYS = {name: name for name in ("merchant_id", "actor", "operation", "key")}


def _claim(insert: Any) -> Statement:
    claimed = insert(answers).values(**_GIVEN).on_conflict_do_nothing().returning(text("1"))
    return Statement(claimed, keys=_KEYS)


_CLAIMS = {"postgresql": _claim(postgres_insert), "sqlite": _claim(sqlite_insert)}
_THIS = [answers.c[name] == bindparam(f"the_{name}", type_=answers.c[name].type) for name in _KEYS]
_FOUND = Statement(select(answers.c.fingerprint, answers.c.result, answers.c.refusal).where(*_THIS))
_REMEMBER = Statement(
    update(answers).where(*_THIS).values(result=bindparam("result"), refusal=bindparam("refusal"))
)


@attrs.frozen
class SqlAnswers(Answers):
    """What one actor was answered."""

    session: Session
    actor: Actor
    clock: Clock

    def claim(
        self, *, operation: str, key: IdempotencyKey, fingerprint: str, foreseen: str | None = None
    ) -> Answer | None:
        asked = {
            "merchant_id": self.actor.merchant_id,
            "actor": self.actor.name,
            "operation": operation,
            "key": key,
            "fingerprint": fingerprint,
            "at": self.clock.now(),
            "result": foreseen,
        }
        if self.session.all(_CLAIMS[self.session.dialect.name], asked):
            return None
        [(first, result, refusal)] = self.session.all(_FOUND, self._this(operation, key))
        if first != fingerprint:
            raise IdempotencyKeyReused(key)
        return Answer(result=result or "", refusal=read_refusal(orjson.loads(refusal)) if refusal else None)

    def remember(self, *, operation: str, key: IdempotencyKey, answer: Answer) -> None:
        refusal = None
        if answer.refusal is not None:
            plain = written_refusal(answer.refusal)
            refusal = orjson.dumps(plain, option=orjson.OPT_NON_STR_KEYS).decode()
        outcome = {"result": answer.result, "refusal": refusal}
        self.session.must_change(_REMEMBER, {**self._this(operation, key), **outcome}, rows=1, about=key)

    def _this(self, operation: str, key: IdempotencyKey) -> dict[str, str]:
        return {
            "the_merchant_id": self.actor.merchant_id,
            "the_actor": self.actor.name,
            "the_operation": operation,
            "the_key": key,
        }
