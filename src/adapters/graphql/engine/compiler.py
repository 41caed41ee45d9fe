"""The compiler: one Python function for each shape, with its fields read in a straight line."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from keyword import iskeyword
from typing import Any

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.pyutils import Path

from adapters.graphql.engine.admitting import admission, dispatch
from adapters.graphql.engine.collecting import field_is_located, value_is_located, what_is_read
from adapters.graphql.engine.leaves import (
    Classes,
    LeafType,
    as_it_is,
    keeps_texts,
    names_of,
    own_function,
)
from adapters.graphql.engine.resolvers import (
    Arguments,
    by_class,
    is_type_of_looks_at_info,
    plain_attribute,
    plain_call,
)
from adapters.graphql.engine.running import LateInfo
from adapters.graphql.engine.shapes import Field, Place, Shape
from adapters.graphql.engine.sharing import Memo, Shared

MOST_INLINE = 12
"""Fields of an object that are read without a call."""


class Compiler:
    """Writes and compiles the functions of one plan.

    What a function cannot complete becomes a hole where null may stand, and is raised where it may not: `try` costs
    nothing as long as nothing is raised.
    """

    def __init__(self, schema: Any, classes: Classes, shared: Shared) -> None:
        self._schema = schema
        self._shared, self._memos = shared, dict[Hashable, Memo]()
        self._lines: list[str] = []
        self._depth = 0
        self._count = 0
        self._names: dict[str, Any] = {
            "SAFE": classes,
            "SHARED": shared,
            "Undefined": Undefined,
            "Path": Path,
            "LateInfo": LateInfo,
        }
        self._classes = classes
        self.argumenters: list[Arguments] = []

    @property
    def source(self) -> str:
        """What was written."""
        return "\n".join(self._lines)

    def compile(self, root: Shape) -> None:
        """Give every shape its function."""
        pending = [root]
        shapes: list[Shape] = []
        while pending:
            shape = pending.pop()
            shape.function = self._fresh("f")
            shapes.append(shape)
            for field in shape.fields:
                pending.extend(field.shapes.values())
        called = [shape for shape in shapes if not self._is_inline(shape)]
        for shape in called:
            self._function(shape)
        names = self._names
        exec(compile(self.source, "<compiled selection>", "exec"), names)
        for shape in called:
            shape.function = names[shape.function]

    # Writing

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def _bind(self, prefix: str, value: object) -> str:
        name = self._fresh(prefix)
        self._names[name] = value
        return name

    def _write(self, *lines: str) -> None:
        self._lines += [" " * self._depth + line for line in lines]

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        self._write(head)
        self._depth += 1
        yield
        self._depth -= 1

    # Objects

    def _function(self, shape: Shape) -> None:
        completers: list[tuple[str, Field]] = []
        with self._block(f"def {shape.function}(o, run, p=None):"):
            if shape.field is not None:
                self._check(shape.type, shape.field, "o")
            calling = [field for field in shape.fields if not self._is_read(field)]
            if calling:
                self._write("d = {}")
            made: list[str] = []
            for field in shape.fields:
                if field in calling:
                    completer = self._fresh("c")
                    completers.append((completer, field))
                    self._call(field, completer)
                    continue
                v = self._read(field, "o")
                if calling:
                    self._write(f"d[{field.name!r}] = {v}")
                made.append(f"{field.name!r}: {v}")
            self._write("return d" if calling else f"return {{{', '.join(made)}}}")
        for completer, field in completers:
            with self._block(f"def {completer}(v, run, q=None):"):
                self._value(field, field.definition.type, "v", "q")
                self._write("return v")

    def _is_inline(self, shape: Shape) -> bool:
        """Tell whether a shape is so simple that it is read where it is met."""
        return (
            shape.field is not None
            and not shape.located
            and not is_abstract_type(get_named_type(shape.field.definition.type))
            and len(shape.fields) <= MOST_INLINE
            and all(
                self._is_read(field) and is_leaf_type(get_nullable_type(field.definition.type))
                for field in shape.fields
            )
        )

    def _check(self, type_: GraphQLObjectType, field: Field, o: str) -> None:
        """See to it that the object is one of the type."""
        check = type_.is_type_of
        if check is not None and by_class(check):
            known: set[type] = set()
            admit = self._bind("A", admission(check, known, self._classes))
            self._write(f"if type({o}) not in {self._bind('K', known)}: {admit}({o}, run)")
            return
        self._write(f"if type({o}) not in SAFE: run.admit({o})")
        if check is not None:
            info = f"run.info({self._bind('F', field)}, p)" if is_type_of_looks_at_info(type_) else "None"
            self._write(f"t = {self._bind('T', check)}({o}, {info})", "if t is not True: run.sure(t)")

    # Fields

    @staticmethod
    def _is_typename(field: Field) -> bool:
        return field.details[0].node.name.value == "__typename"

    def _is_read(self, field: Field) -> bool:
        return self._is_typename(field) or plain_attribute(field.definition) is not None

    def _read(self, field: Field, o: str) -> str:
        """Read an attribute and complete it; answers with the expression that has the value."""
        if self._is_typename(field):
            return repr(field.parent.name)
        attribute = plain_attribute(field.definition)
        assert attribute is not None, "the field is plain"
        direct = attribute.isidentifier() and not iskeyword(attribute)
        v = self._fresh("v")
        self._guarded(
            field, v, f"{o}.{attribute}" if direct else f"getattr({o}, {attribute!r})", self._path(field, v)
        )
        return v

    def _path(self, field: Field, v: str) -> str:
        """Write the path of the field where somebody needs it; answers with the expression that has it."""
        if not field_is_located(field):
            return "None"
        q = f"q{v[1:]}"
        self._write(f"{q} = Path(p, {field.name!r}, {field.parent.name!r})")
        return q

    def _guarded(self, field: Field, v: str, expression: str, q: str) -> None:
        type_ = field.definition.type
        if is_non_null_type(type_):
            self._write(f"{v} = {expression}")
            self._value(field, type_, v, q)
            return
        with self._block("try:"):
            self._write(f"{v} = {expression}")
        with self._block("except Exception as e:"):
            self._write(f"{v} = run.failed({self._place(field, type_)}, e)")
        with self._block("else:"):
            self._value(field, type_, v, q)

    def _call(self, field: Field, completer: str) -> None:
        """Call a resolver; what it gives is completed here, or when it was awaited."""
        type_, d = field.definition.type, f"d[{field.name!r}]"
        v = self._fresh("v")
        q = self._path(field, v)
        expression = self._called(field, q)
        nullable = not is_non_null_type(type_)
        place = self._place(field, type_) if nullable else "None"
        if nullable:
            with self._block("try:"):
                self._write(f"{v} = {expression}")
            with self._block("except Exception as e:"):
                self._write(f"{d} = run.failed({place}, e)")
        else:
            self._write(f"{v} = {expression}")
        with self._block("else:" if nullable else "if True:"):
            with self._block(f"if {v} is not None and type({v}) not in SAFE and run.waits({v}):"):
                self._write(f"{d} = None")
                self._write(f"run.wave.append((d, {field.name!r}, {v}, {completer}, {place}, {q}))")
            with self._block("else:"):
                self._value(field, type_, v, q)
                self._write(f"{d} = {v}")

    def _called(self, field: Field, q: str) -> str:
        """The expression that calls the resolver."""
        call = plain_call(field.definition)
        given: list[str] = []
        if call is None:
            function: object = field.definition.resolve
            given += ["o", f"run.info({self._bind('F', field)}, {q})"]
        else:
            function = call.function
            given += ["o"] if call.positional else []
        if field.definition.args:
            given.append(f"**{self._arguments(field)}")
        if call is not None:
            given += [f"{name}=o" for name in call.source]
            if call.info:
                info_class = self._bind("I", self._schema.config.info_class)
                raw = f"LateInfo(run, {self._bind('F', field)}, {q})"
                given.append(
                    f"{call.info}={info_class}(_raw_info={raw}, _field={self._bind('F', call.field)})"
                )
        return f"{self._bind('R', function)}({', '.join(given)})"

    def _arguments(self, field: Field) -> str:
        number = len(self.argumenters)
        call = plain_call(field.definition)
        self.argumenters.append(Arguments(field.definition, field.details, call, self._schema))
        return f"(run.arguments[{number}] if run.arguments[{number}] is not None else run.argue({number}))"

    # Values

    def _place(self, field: Field, type_: GraphQLOutputType) -> str:
        return self._bind("P", Place(field, type_))

    def _value(self, field: Field, type_: GraphQLOutputType, v: str, q: str) -> None:
        """Complete the value in a variable, in its place."""
        if is_non_null_type(type_):
            self._strict(field, type_.of_type, v, q)
            return
        place = self._place(field, type_)
        if is_leaf_type(type_) and as_it_is(type_) is not None:
            condition, own = self._unlike(type_, v), self._bind("W", own_function(type_))
            with self._block(f"if {v} is not None and {condition}:"):
                self._write(f"{v} = run.coerced_or_hole({v}, {own}, {place})")
            return
        raw = self._fresh("r")
        with self._block(f"if {v} is not None:"):
            self._write(f"{raw} = {v}")
            with self._block("try:"):
                self._strict(field, type_, v, q)
            with self._block("except Exception:"):
                self._write(f"{v} = run.hole({place}, {raw})")

    def _strict(self, field: Field, type_: GraphQLOutputType, v: str, q: str) -> None:
        """Complete a value that may not be null, or raise."""
        if is_leaf_type(type_):
            self._leaf(type_, v)
        elif is_list_type(type_):
            self._list(field, type_.of_type, v, q)
        else:
            self._object(field, type_, v, q)

    def _unlike(self, type_: LeafType, v: str) -> str:
        condition = as_it_is(type_)
        assert condition is not None, "only of types with such values"
        return f"not ({condition.format(v=v)})"

    def _leaf(self, type_: LeafType, v: str) -> None:
        own = self._bind("W", own_function(type_))
        names = names_of(type_)
        if as_it_is(type_) is not None:
            self._write(f"if {self._unlike(type_, v)}: {v} = run.coerced({v}, {own})")
        elif names is not None:
            self._write(f"{v} = {self._bind('E', names)}[id({v})] or run.coerced({v}, {own})")
        else:
            raw = self._fresh("r")
            with self._block(f"if type({v}) is not str:" if keeps_texts(type_) else "if True:"):
                self._write(
                    f"{raw} = {v}",
                    f"{v} = {own}({raw}) if type({raw}) in SAFE else None",
                    f"if {v} is None or {v} is Undefined: {v} = run.coerced({raw}, {own})",
                )

    def _list(self, field: Field, item_type: GraphQLOutputType, v: str, q: str) -> None:
        out, items, x = self._fresh("l"), self._fresh("r"), self._fresh("x")
        located = value_is_located(field)
        self._write(
            f"{items} = {v} if type({v}) is list or type({v}) is tuple else run.listed({v})", f"{out} = []"
        )
        with self._block("try:"):
            i = self._fresh("i")
            head = f"for {i}, {x} in enumerate({items}):" if located else f"for {x} in {items}:"
            with self._block(head):
                self._value(field, item_type, x, self._item_path(q, i) if located else "None")
                self._write(f"{out}.append({x})")
        with self._block("except Exception:"):
            self._write(f"run.spoiled({items})", "raise")
        self._write(f"{v} = {out}")

    def _item_path(self, q: str, i: str) -> str:
        path = self._fresh("q")
        self._write(f"{path} = Path({q}, {i}, None)")
        return path

    def _object(self, field: Field, type_: Any, v: str, q: str) -> None:
        if is_abstract_type(type_):
            function, located = (
                self._bind("G", dispatch(field, type_, self._classes)),
                value_is_located(field),
            )
            self._write(f"{v} = {function}({v}, run, {q if located else 'None'})")
            return
        shape = field.shapes[type_.name]
        # What is read without a call is read as quickly as it is found again.
        if not self._shared or self._is_inline(shape) or not self._is_constant(shape):
            self._make(field, shape, v, q)
            return
        memo = self._memo(shape)
        kept, raw, holes = self._fresh("s"), self._fresh("r"), self._fresh("h")
        young, old = self._bind("G", memo.young.get), self._bind("G", memo.old.get)
        self._write(f"{kept} = {young}(id({v})) or {old}(id({v}))")
        with self._block(f"if {kept} is not None and {kept}[0] is {v}:"):
            self._write(f"{v} = {kept}[1]")
        with self._block("else:"):
            self._write(f"{raw}, {holes} = {v}, run.holes + len(run.wave)")
            self._make(field, shape, v, q)
            with self._block(f"if type({raw}) in SHARED and run.holes == {holes}:"):
                self._write(f"{v} = SHARED.keep({self._bind('M', memo)}, {raw}, {v})")

    def _memo(self, shape: Shape) -> Memo:
        """Where what is made is kept: in one place for all that is read alike."""
        alike = what_is_read(shape)
        return self._shared.memo() if alike is None else self._memos.setdefault(alike, self._shared.memo())

    def _is_constant(self, shape: Shape) -> bool:
        """Tell whether what is made of an object depends on nothing but the object."""
        check = shape.type.is_type_of
        return (
            not shape.located
            and (check is None or by_class(check))
            and all(
                self._is_constant_field(field)
                and not is_abstract_type(get_named_type(field.definition.type))
                and all(self._is_constant(below) for below in field.shapes.values())
                for field in shape.fields
            )
        )

    def _is_constant_field(self, field: Field) -> bool:
        call = plain_call(field.definition)
        if call is None or call.info:
            return self._is_read(field)
        return Arguments(field.definition, field.details, call, self._schema).constant

    def _make(self, field: Field, shape: Shape, v: str, q: str) -> None:
        """Complete an object by its shape."""
        type_ = shape.type
        if self._is_inline(shape):
            self._check(type_, field, v)
            made = [f"{one.name!r}: {self._read(one, v)}" for one in shape.fields]
            self._write(f"{v} = {{{', '.join(made)}}}")
            return
        self._write(f"{v} = {shape.function}({v}, run{', ' + q if shape.located else ''})")
