"""The options of SKUs inside statements: each is a text of two, as it is stored, and is compared as that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from application.views.catalog import OptionFilter


def pair_of(name: str, value: str) -> str:
    """Write an option as it stands among the options of a SKU."""
    return orjson.dumps([name, value]).decode()


def pairs_asked(options: Iterable[OptionFilter]) -> dict[str, Any]:
    """The parameters of `option_is` and `named`, by place."""
    given: dict[str, Any] = {}
    for at, option in enumerate(options):
        given[f"option_{at}"] = sorted(pair_of(option.name, value) for value in option.values)
        given[f"option_name_{at}"] = option.name
    return given


class OptionIs(ColumnElement[bool]):
    """Whether one of a SKU's options is one of the parameter's."""

    inherit_cache = False

    def __init__(self, options: ColumnElement[Any], parameter: str) -> None:
        self.options = options
        self.array = bindparam(parameter, type_=ARRAY(Text()))
        self.json = bindparam(parameter, type_=Text())


@compiles(OptionIs, "postgresql")
def _option_is_on_postgres(element: OptionIs, compiler: SQLCompiler, **kwargs: Any) -> str:
    options = compiler.process(element.options, **kwargs)
    asked = compiler.process(element.array, **kwargs)
    return (
        f"EXISTS (SELECT FROM json_array_elements_text({options}::json) AS option(pair)"
        f" WHERE option.pair = ANY ({asked}))"
    )


@compiles(OptionIs, "sqlite")
def _option_is_on_sqlite(element: OptionIs, compiler: SQLCompiler, **kwargs: Any) -> str:
    options = compiler.process(element.options, **kwargs)
    asked = compiler.process(element.json, **kwargs)
    return (
        f"EXISTS (SELECT 1 FROM json_each({options}) AS option"
        f" WHERE option.value IN (SELECT value FROM json_each({asked})))"
    )


def option_is(options: ColumnElement[Any], at: int) -> ColumnElement[bool]:
    """Keep SKUs that meet what is asked for at this place."""
    return OptionIs(options, f"option_{at}")
