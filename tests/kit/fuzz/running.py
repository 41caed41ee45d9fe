"""A run: so many requests, each judged, and what came of it in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice

import attrs
import httpx
from graphql import GraphQLSchema

from application.authorization import Actor, ActorKind
from kit.fuzz.coverage import Coverage
from kit.fuzz.generator import operations
from kit.fuzz.judging import NOT_NOW, Answer, judge
from kit.fuzz.places import Person, Place
from kit.fuzz.writing import Operation

MOST_CURSORS = 300
MOST_SHOWN = 20


@attrs.frozen(kw_only=True)
class Door:
    """Where requests are sent, and how people show who they are."""

    name: str
    http: httpx.AsyncClient
    url: str
    token: Callable[[Actor], str]

    async def send(self, operation: Operation) -> Answer:
        """Send a request."""
        sent = await self.http.request(
            "GET" if operation.by_get else "POST",
            self.url,
            params=operation.params if operation.by_get else None,
            content=None if operation.by_get else operation.body,
            headers=[
                (name.encode(), value.encode("latin-1")) for name, value in self.headers(operation).items()
            ],
        )
        return Answer(
            status=sent.status_code, media=sent.headers.get("content-type", ""), octets=sent.content
        )

    def headers(self, operation: Operation) -> Mapping[str, str]:
        """Everything that goes with a request."""
        return {
            "content-type": "application/json",
            "accept": "application/graphql-response+json",
            "accept-language": "en",
            **self._who(operation.person),
            **operation.headers,
        }

    def _who(self, person: Person) -> Mapping[str, str]:
        if person.actor.kind is ActorKind.GUEST:
            return {"x-merchant": person.actor.merchant.slug}
        return {"authorization": f"Bearer {self.token(person.actor)}"}


@attrs.define(kw_only=True)
class Report:
    """What came of a run."""

    seed: int
    coverage: Coverage
    sent: int = 0
    outcomes: Counter[str] = attrs.field(factory=Counter)
    not_now: int = 0
    failures: list[str] = attrs.field(factory=list)

    def lines(self) -> Iterator[str]:
        """Say it in figures."""
        yield f"seed {self.seed}: {self.sent} operations, {len(self.failures)} failed, {self.not_now} not now"
        yield from (f"  {line}" for line in self.coverage.lines())
        yield from (f"  {number:>6} {outcome}" for outcome, number in self.outcomes.most_common())
        if missing := self.coverage.missing():
            yield f"  never touched: {', '.join(missing)}"
        if unanswered := self.coverage.unanswered():
            yield f"  never answered: {', '.join(unanswered)}"
        yield from self.failures[:MOST_SHOWN]


async def run(
    schema: GraphQLSchema,
    place: Place,
    doors: Sequence[Door],
    *,
    seed: int,
    number: int = 0,
    more: int | None = None,
) -> Report:
    """Send so many requests, one after the other, through every door; all have to answer alike.

    With `more`, they are whatever asks for everything once, which grows with the schema, and so many more.
    """
    report, cursors = Report(seed=seed, coverage=Coverage(schema)), list[str]()
    door, *others = doors
    missing = report.coverage.missing
    once, without_end = operations(schema, place, seed=seed, cursors=cursors, missing=missing)
    some = (
        islice(chain(once, without_end), number) if more is None else chain(once, islice(without_end, more))
    )
    for operation in some:
        answer = await door.send(operation)
        judged = judge(schema, operation, answer)
        for other in others:
            told = await other.send(operation)
            if not told.like(answer):
                judged.faults.append(f"{other.name} answers {told.status} {told.text[:1500]}")
        report.sent += 1
        report.outcomes[judged.outcome] += 1
        report.not_now += any(code in judged.outcome for code in NOT_NOW)
        if judged.valid:
            report.coverage.touched.update(operation.coordinates)
        report.coverage.answered.update(judged.answered)
        cursors += judged.cursors[:3]
        del cursors[:-MOST_CURSORS]
        if judged.faults:
            report.failures.append(_told(report.sent, operation, judged.faults, answer, door))
    return report


def _told(number: int, operation: Operation, faults: list[str], answer: Answer, door: Door) -> str:
    replay = operation.replay(door.url, door.headers(operation))
    return (
        f"operation {number}, {operation.person.name}, {operation.about}:\n"
        + "".join(f"    {fault}\n" for fault in faults[:5])
        + f"    answer: {answer.status} {answer.text[:600]}\n    {replay[:6000]}"
    )
