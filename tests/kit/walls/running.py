"""A run: everybody asks for everything, alone and all at once, and no answer has what is not theirs."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import attrs

from adapters.graphql.guard import Limits
from adapters.graphql.messages import Code
from application.authorization import ActorKind
from kit.door import Door
from kit.fuzz.coverage import coordinates
from kit.fuzz.picking import fields_of
from kit.walls.answers import Told, beside, difference, inside, leaves_of_schema, refusals, seen, shown
from kit.walls.asking import (
    BUILT,
    DEEP,
    Asker,
    Kinds,
    Question,
    all_fields,
    alone,
    open_nodes,
    open_to,
    root_fields,
    written,
)
from kit.walls.naming import NODES, Inputs, Names, Place, places
from kit.walls.provoking import provocations
from kit.walls.scene import Caller, Scene, uncovered_people
from kit.walls.secrets import decoded, without_canary
from kit.walls.stored import changed, rows_of

BOUNDLESS = Limits(
    document_bytes=10**6,
    tokens=10**5,
    nodes=10**5,
    depth=50,
    brace_depth=90,
    selections=10**4,
    same_names=10**7,
    objects=10**9,
    aliases=10**4,
    root_fields=50,
    execute_s=120,
)
"""The limits keep no secrets, and here they must not keep any by chance."""
MOST_SHOWN = 25
TURNS = 8
"""In a small run each name of another's is tried by every so-many-th of many callers."""
PLAIN = 4
"""In a small run every so-many-th question is asked by graphql-core, too."""
_CLOSED = frozenset({Code.FORBIDDEN.value, Code.UNAUTHENTICATED.value})
_NEVER_RUN = frozenset(
    {Code.GRAPHQL_PARSE_FAILED.value, Code.GRAPHQL_VALIDATION_FAILED.value, Code.QUERY_TOO_COMPLEX.value}
)
_WITNESSED = frozenset({"open", "open, compiled", "arguments", "done"})
"""The parts of a run in which it is looked whether canaries are seen; the others show no others."""


@attrs.define(kw_only=True)
class Walls:
    """The run, and what it found."""

    scene: Scene
    door: Door
    plain: Door
    """The same without compiled execution."""
    names: Names = attrs.field(init=False)
    leaks: list[str] = attrs.field(factory=list)
    sent: Counter[str] = attrs.field(factory=Counter)
    asked: dict[str, set[str]] = attrs.field(factory=dict)
    """What each caller has asked for and got an answer to, or was refused."""
    touched: set[str] = attrs.field(factory=set)
    witnessed: set[str] = attrs.field(factory=set)
    """The leaves that were seen with a canary."""
    values: set[str] = attrs.field(factory=set)
    """The leaves that were seen with anything."""
    tried: Counter[str] = attrs.field(factory=Counter)
    refused: list[Caller] = attrs.field(factory=list)
    """Those who tried all that is closed to them."""
    cursors: dict[str, dict[str, None]] = attrs.field(factory=dict)
    _twins: dict[tuple[str, str, str, Kinds, bool], tuple[Question, Told]] = attrs.field(factory=dict)
    _alone: list[tuple[Caller, Question, Told]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.names = Names(self.scene)

    # The parts of a run

    async def everything_open(self, callers: Sequence[Caller], *, plain: int = 1) -> None:
        """Everybody asks for all that is open; every so-many-th question by graphql-core, too: it is all the same."""
        turn = count()
        for caller in callers:
            for question in self.all_that_is_open(caller):
                told = await self._ask(caller, question, "open, compiled")
                if next(turn) % plain == 0:
                    again = await self._ask(caller, question, "open", by=self.plain)
                    self._alike(caller, question, again, told, "by compiled code")
                self._alone.append((caller, question, told))
        for slug, found in self.cursors.items():
            self.names.cursors = {**self.names.cursors, slug: list(found)}

    async def every_argument(self, callers: Sequence[Caller]) -> None:
        """Every argument once, with a value that may be right."""
        for caller in callers:
            inputs = Inputs(self.names, caller)
            for coordinate in (one for kind, one in coordinates(BUILT) if kind == "arguments"):
                if coordinate not in self.touched and coordinate.partition(".")[0] != "Mutation":
                    for question in inputs.giving(coordinate):
                        await self._ask(caller, question, "arguments")

    async def all_at_once(self) -> None:
        """The same questions on one event loop, those of the same text beside each other: each gets its own answer."""
        by_text: dict[str, list[tuple[Caller, Question, Told]]] = {}
        for one in self._alone:
            by_text.setdefault(one[1].document, []).append(one)
        crowds = [*by_text.values(), self._alone[::7], self._alone[3::11]]
        for crowd in crowds:
            told = await asyncio.gather(*(self._ask(who, what, "at once") for who, what, _ in crowd))
            for (who, what, before), after in zip(crowd, told, strict=True):
                self._alike(who, what, before, after, "beside others")

    async def everything_closed(self, callers: Sequence[Caller]) -> None:
        """What is closed, field by field: refused, and nothing else; nothing is changed by trying."""
        self.refused += callers
        before = self._stored()
        for caller in callers:
            values = Inputs(self.names, caller).values()
            there = open_to(caller.actor)
            for coordinate in all_fields():
                if coordinate not in there:
                    await self._refused(caller, alone(caller.actor, coordinate, values))
        self._unchanged(before, "what is closed was tried")

    async def nobody(self, callers: Sequence[Caller]) -> None:
        """Those who must be sent away, whatever they ask."""
        before = self._stored()
        for caller in callers:
            values = Inputs(self.names, caller).values()
            for root, name in root_fields():
                picked = Asker(None).field(root, name, values)
                assert picked is not None
                question = written(root, [picked], about=f"{root}.{name}")
                told = await self._ask(caller, question, "sent away")
                if told.status != 401 or told.codes != {Code.UNAUTHENTICATED.value} or "data" in told.content:
                    self._leak(caller, question, told, "is let in")
                self.asked.setdefault(caller.name, set()).update(question.coordinates)
        self._unchanged(before, "those who were sent away")

    async def names_of_others(self, callers: Sequence[Caller], *, kinds: bool = True) -> None:
        """Names of what is another's, or of the wrong kind, are answered as such that nothing has.

        Without `kinds` each of many callers tries a part of the names, in turns, so that all are tried by some.
        """
        turns = 1 if kinds else min(TURNS, len(callers))
        for at, caller in enumerate(callers):
            others = self._of_others(caller)
            before, own = rows_of(self.scene.world.database, others), self._own_company(caller)
            for number, place in enumerate(places()):
                for turn, (name, missing) in enumerate(self._pairs(caller, place, kinds=kinds), at + number):
                    if turn % turns == 0:
                        await self._alike_as_missing(caller, place, name, missing)
            self._same(
                before, rows_of(self.scene.world.database, others), f"{caller.name} named another's things"
            )
            self._same(own, self._own_company(caller), f"{caller.name} named the things of other companies")

    async def wrong_kinds(self, callers: Sequence[Caller]) -> None:
        """For every name that is asked for one of another kind is given, in turns: answered as one that nothing has."""
        for at, caller in enumerate(callers):
            for number, place in enumerate(places()):
                if len(place.refers) == 3:
                    tags = sorted({*NODES} - {place.refers})
                    strange = [*self.names.unreachable(caller, tags[(at + number) % len(tags)])]
                    for name in strange[:1]:
                        await self._alike_as_missing(caller, place, name, self.names.missing(name))

    async def everything_done(self, callers: Sequence[Caller]) -> None:
        """Everybody does what they may, and whatever is refused; the payload is read, and the others' rows stay."""
        for caller in callers:
            others = self._of_others(caller)
            before, own = rows_of(self.scene.world.database, others), self._own_company(caller)
            for root, name, values, about in self._deeds(caller):
                picked = Asker(caller.actor).field(root, name, values)
                if picked is not None:
                    await self._ask(caller, written(root, [picked], about=about), "done")
            self._same(before, rows_of(self.scene.world.database, others), f"{caller.name} did what they may")
            self._same(own, self._own_company(caller), f"{caller.name} did what they may")

    # What is asked

    def all_that_is_open(self, caller: Caller) -> Iterator[Question]:
        """Everything that the caller may look at, one root after the other."""
        values = Inputs(self.names, caller).values()
        for root, name in root_fields():
            if root == "Mutation":
                continue
            kinds = open_nodes(caller.actor)
            if name == "node":
                for kind in kinds:
                    given = {"node(id)": values[f"id of {kind}"]}
                    yield from self._written(caller, root, name, given, depth=1, on=frozenset({kind}))
            elif name == "nodes":
                given = {"nodes(ids)": [values[f"id of {kind}"] for kind in kinds] * 2}
                yield from self._written(caller, root, name, given, on=frozenset(kinds))
            else:
                yield from self._written(caller, root, name, values)

    def _written(
        self, caller: Caller, root: str, name: str, values: Any, *, on: Kinds = None, depth: int = DEEP
    ) -> Iterator[Question]:
        picked = Asker(caller.actor).field(root, name, values, on=on, depth=depth)
        if picked is not None:
            yield written(root, [picked], about=f"everything of {name}")

    def _deeds(self, caller: Caller) -> Iterator[tuple[str, str, Any, str]]:
        inputs = Inputs(self.names, caller)
        for root, name in root_fields():
            if root == "Mutation":
                yield root, name, inputs.values(), name
        for name, value, about in provocations(inputs):
            root = "Mutation" if name in fields_of(BUILT, "Mutation") else "Query"
            yield root, name, {**inputs.values(), f"{name}(input)": value}, about

    def _pairs(self, caller: Caller, place: Place, *, kinds: bool) -> Iterator[tuple[str, str]]:
        if place.refers == "cursor":
            for cursor in self.names.some_cursors(caller.away, many=100 if kinds else 1):
                yield cursor, beside(cursor)
            return
        if place.refers == "key":
            for name in self.names.unreachable(caller, place.refers):
                yield name, self.names.key()
            return
        tags = [place.refers]
        if place.refers == "any":
            tags = list(NODES) + (["adr", "stf", "pls", "whs", "tie", "mov"] if kinds else [])
        elif kinds and len(place.refers) == 3:
            tags += sorted({*NODES} - {place.refers})
        for tag in tags:
            for name in self.names.unreachable(caller, tag):
                yield name, self.names.missing(name)

    # How it is judged

    async def _ask(self, caller: Caller, question: Question, part: str, *, by: Door | None = None) -> Told:
        sent = await (by or self.door).post(
            "/graphql",
            content=question.body,
            headers={"content-type": "application/json", "accept-language": "en", **caller.headers},
        )
        told = Told(
            sent.status_code, sent.text, "\n".join(f"{key}: {one}" for key, one in sent.headers.items())
        )
        self.sent[part] += 1
        for found in self.scene.secrets.forbidden(caller.actor, told.text, said=question.variables):
            self._leak(caller, question, told, f"has {found}")
        for found in self.scene.secrets.forbidden(caller.actor, told.headers):
            self._leak(caller, question, told, f"has {found} in its headers")
        codes = told.codes
        if codes & _NEVER_RUN or Code.INTERNAL.value in codes:
            self._leak(caller, question, told, f"is no answer: {sorted(codes)}")
            return told
        if caller.actor is not None:
            self.asked.setdefault(caller.name, set()).update(question.coordinates)
            self.touched |= question.coordinates
            if part in _WITNESSED:
                self._witness(caller, question, told)
        return told

    def _witness(self, caller: Caller, question: Question, told: Told) -> None:
        """Take note of what was seen, and of the cursors."""
        data = told.content.get("data")
        if data is None:
            return
        secrets = self.scene.secrets
        for coordinate, value in seen(question.picked, data):
            self.values.add(coordinate)
            text = str(value)
            inside = decoded(text)
            if coordinate not in self.witnessed and any(True for _ in secrets.found_in(json.dumps([text]))):
                self.witnessed.add(coordinate)
            if inside:
                home = next(one.merchant.slug for one in self.scene.shops if one.merchant.slug != caller.away)
                self.cursors.setdefault(home, {})[text] = None

    async def _refused(self, caller: Caller, question: Question) -> None:
        told = await self._ask(caller, question, "closed")
        if shown(told.content.get("data")) or told.codes - _CLOSED:
            self._leak(caller, question, told, "is not refused")

    async def _alike_as_missing(self, caller: Caller, place: Place, name: str, missing: str) -> None:
        kind = NODES.get(name.partition("_")[0]) if place.refers == "any" else None
        only = frozenset({kind}) if kind else None
        inputs = Inputs(self.names, caller)
        for bare in (False, True) if place.refers == "any" else (False,):
            asked = inputs.asking(place, name, only=only, bare=bare)
            told = await self._ask(caller, asked, "of others")
            twin, other = await self._missing(caller, place, missing, only=only, bare=bare)
            self.tried[place.name] += 1
            # What is the caller's to see may have the name, too: the company above, where a line of a cart was meant.
            names = (name, missing)
            one, as_missing = told.masked(*names, *inside(asked)), other.masked(*names, *inside(twin))
            if one != as_missing:
                self._leak(caller, asked, told, f"is not as for {missing}: {difference(one, as_missing)}")

    async def _missing(
        self, caller: Caller, place: Place, missing: str, *, only: Kinds, bare: bool
    ) -> tuple[Question, Told]:
        """What is answered to a name that nothing has: the same whatever other name it is compared with."""
        key = (caller.name, place.name, missing, only, bare)
        if key not in self._twins:
            question = Inputs(self.names, caller).asking(place, missing, only=only, bare=bare)
            self._twins[key] = question, await self._ask(caller, question, "of others")
        return self._twins[key]

    def _alike(self, caller: Caller, question: Question, one: Told, other: Told, how: str) -> None:
        if one.masked() != other.masked():
            self._leak(caller, question, one, f"is other {how}: {difference(one.masked(), other.masked())}")

    def _leak(self, caller: Caller, question: Question, told: Told, words: str) -> None:
        self.leaks.append(
            f"{caller.name}, {question.about}: the answer {words}\n"
            f"    {told.status} {told.text[:700]}\n    {question.document[:500]} {question.variables[:500]}"
        )

    # What is stored

    def _of_others(self, caller: Caller) -> Any:
        return next(one.merchant.id for one in self.scene.shops if one.merchant.slug == caller.away)

    def _stored(self) -> list[Any]:
        return [rows_of(self.scene.world.database, one.merchant.id) for one in self.scene.shops]

    def _unchanged(self, before: Sequence[Any], about: str) -> None:
        for one, other in zip(before, self._stored(), strict=True):
            self._same(one, other, about)

    def _own_company(self, caller: Caller) -> Any:
        """The rows of the other companies of a buyer's merchant."""
        actor = caller.actor
        if actor is None or actor.kind is not ActorKind.BUYER:
            return {}
        slug = actor.merchant.slug
        with self.scene.world.database.unit_of_work.reading(
            actor.__class__.operator(actor.merchant)
        ) as storage:
            orders = {one: storage.orders.get(one).customer_id for one in self.scene.orders[slug]}
        shop = next(one for one in self.scene.shops if one.merchant.slug == slug)
        house = self.scene.houses[slug]
        own = {one.id for one in shop.customers.values() if house.within(actor, one.id)}
        ids = {one.id for one in shop.customers.values()} - own
        of_orders = {one for one, customer in orders.items() if customer not in own}
        rows = dict(rows_of(self.scene.world.database, actor.merchant_id, about=ids | of_orders))
        # What the caller orders names those above, and the agent.
        rows["orders"] = [row for row in rows["orders"] if not any(id in row for id in own)]
        # What the caller was answered has the names that were tried.
        answers = [row for row in rows["answers"] if str(actor.person_id) not in row]
        return {**rows, "answers": answers}

    def _same(self, before: Any, after: Any, about: str) -> None:
        self.leaks += [f"{about}, and it changed {one[:300]}" for one in changed(before, after)[:3]]

    # What was covered

    def missing(self, callers: Sequence[Caller]) -> list[str]:
        """Everything that these callers did not cover, or that has no rule."""
        return [
            *(f"no caller: {one}" for one in uncovered_people(self.scene.callers)),
            *(f"no canary: {one}" for one in without_canary(self.scene.secrets, self.scene.kinds)),
            *(f"both merchants have: {one}" for one in self.scene.secrets.shared()),
            *(f"{who.name} never asked for {one}" for who in callers for one in self._not_asked(who)),
            *(f"{who.name} never tried {one}" for who in self.refused for one in self._not_tried(who)),
            *(
                f"never given: {one}"
                for kind, one in coordinates(BUILT)
                if kind == "arguments" and self._not_given(one)
            ),
            *(
                f"never tried with names of others: {one.name}"
                for one in places()
                if not self.tried[one.name]
            ),
            *(f"never seen with a canary: {one}" for one in self._not_witnessed()),
            *(f"never provoked: {one}" for one in refusals() if f"{one}.code" not in self.values),
        ]

    def _not_asked(self, caller: Caller) -> list[str]:
        """What is open to somebody; to whom nothing is, all there is."""
        there = open_to(caller.actor) if caller.actor is not None else {*all_fields()}
        return sorted({*there} - self.asked.get(caller.name, set()))

    def _not_tried(self, caller: Caller) -> list[str]:
        return sorted({*all_fields()} - {*open_to(caller.actor)} - self.asked.get(caller.name, set()))

    def _not_given(self, coordinate: str) -> bool:
        return coordinate not in self.touched

    def _not_witnessed(self) -> list[str]:
        return [one for one in leaves_of_schema() if one not in self.witnessed]

    def lines(self, callers: Sequence[Caller]) -> Iterator[str]:
        """Say it in figures."""
        fields = [*all_fields()]
        pairs = sum(len({*fields} & self.asked.get(one.name, set())) for one in callers)
        arguments = [one for kind, one in coordinates(BUILT) if kind == "arguments"]
        given = sum(one in self.touched for one in arguments)
        leaves = [*leaves_of_schema()]
        yield f"{sum(self.sent.values())} requests, {len(self.leaks)} leaks ({_told(self.sent)})"
        yield f"  fields x callers: {pairs} of {len(fields)} x {len(callers)} = {len(fields) * len(callers)}"
        yield f"  arguments: {given} of {len(arguments)}; {len(places())} refer to something"
        tried = sum(self.tried[one.name] > 0 for one in places())
        yield f"  {tried} tried with {sum(self.tried.values())} names of others"
        yield f"  leaves seen with a canary: {sum(one in self.witnessed for one in leaves)} of {len(leaves)}"
        yield from self.missing(callers)[:MOST_SHOWN]
        yield from self.leaks[:MOST_SHOWN]


def _told(counted: Counter[str]) -> str:
    return ", ".join(f"{number} {part}" for part, number in counted.items())
