"""Counts: how often the engine answered, and how."""

from __future__ import annotations

from enum import Enum


class Left(Enum):
    """Why an execution was left to graphql-core."""

    ANSWERED = "another extension has the result already"
    OPERATION = "it is not a query, or there is no such operation"
    INTROSPECTION = "it asks for the schema"
    DIRECTIVE = "it has other directives than @skip and @include"
    FRAGMENT_VARIABLES = "its fragments have variables"
    EXTENSION = "an extension hooks each field"
    EXECUTOR = "the schema is executed in its own way"
    VARIABLES = "its variables cannot be read"
    UNSEEN = "it was not seen often enough"
    UNCOMPILED = "it is too large, or cannot be compiled"


class Counts:
    """Plain numbers since the engine was made."""

    __slots__ = ("compiled", "fast", "holes", "left", "whole", "with_holes")

    def __init__(self) -> None:
        self.compiled = 0
        """Plans."""
        self.fast = 0
        """Executions that compiled code did alone."""
        self.with_holes = 0
        """Executions in which graphql-core completed some values."""
        self.holes = 0
        """Values that were left to graphql-core."""
        self.whole = 0
        """Executions that were begun, and done again as a whole by graphql-core."""
        self.left = dict.fromkeys(Left, 0)
        """Executions that graphql-core did from the start."""

    def __repr__(self) -> str:
        left = {reason.name: count for reason, count in self.left.items() if count}
        return (
            f"Counts(fast={self.fast}, with_holes={self.with_holes}, holes={self.holes}, "
            f"whole={self.whole}, compiled={self.compiled}, left={left})"
        )
