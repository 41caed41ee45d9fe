"""Looks at what was sent before it is parsed, because parsers answer nesting with recursion."""

from __future__ import annotations

import re

from adapters.graphql.limits import Exceeded, Limits, within
from adapters.graphql.messages import Limit

_JSON_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NESTS = (dict, list)
_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
_SQUARE = bytes.maketrans(b"{}", b"[]")
_TEXTS = (
    r'"""(?:\\"""|(?!""").)*+(?:""")?'  # a block of text
    r'|"(?:[^"\\\r\n]|\\.)*+"?'
    r"|#[^\r\n]*+"
)
_OPENS = re.compile(_TEXTS + r"|[\[({\])}]", re.DOTALL)
_TOKENS = re.compile(
    _TEXTS + r"|[A-Za-z_][A-Za-z0-9_]*+|-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|\.\.\.|[^\s,\ufeff]",
    re.DOTALL,
)


def check_json(octets: bytes, limits: Limits) -> None:
    """Refuse JSON that is nested too deeply; what is no JSON at all is the parser's.

    :raises Exceeded: if it is.
    """
    if octets.count(b"[") + octets.count(b"{") <= limits.json_depth:
        return
    brackets = _JSON_TEXT.sub(b"", octets).translate(_SQUARE, _NO_BRACKET)
    # Each round takes the innermost pairs away.
    for _ in range(limits.json_depth):
        left = brackets.replace(b"[]", b"")
        if len(left) == len(brackets):
            return
        brackets = left
    if b"[]" in brackets:
        raise Exceeded(Limit.JSON_DEPTH, limits.json_depth)


def check_braces(text: str, limits: Limits) -> None:
    """Refuse a document whose brackets of any kind are nested too deeply.

    :raises Exceeded: if they are.
    """
    depth = 0
    for found in _OPENS.finditer(text):
        mark = found.group()
        if mark in ("{", "[", "("):
            depth += 1
            within(Limit.BRACE_DEPTH, depth, limits.brace_depth)
        elif mark in ("}", "]", ")"):
            depth -= 1


def check_tokens(text: str, limits: Limits) -> None:
    """Refuse a document with too many tokens: to count them is far cheaper than to let the parser do it.

    :raises Exceeded: if there are more, or as many comments.
    """
    if len(text) <= limits.tokens:
        return
    found = _TOKENS.findall(text)
    comments = sum(one[0] == "#" for one in found) if "#" in text else 0
    within(Limit.TOKENS, max(len(found) - comments, comments), limits.tokens)


def check_lists(variables: object, limits: Limits) -> None:
    """Refuse variables with a list that is too long.

    :raises Exceeded: if there is one.
    """
    left = [variables]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [part for part in one.values() if isinstance(part, _NESTS)]
        elif isinstance(one, list):
            within(Limit.LIST_ITEMS, len(one), limits.list_items)
            left += [part for part in one if isinstance(part, _NESTS)]
