"""Speech: what the command line says, in Chinese or English."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar
from enum import Enum

import attrs


class Language(Enum):
    """A language the command line speaks."""

    CHINESE = "zh"
    ENGLISH = "en"


@attrs.frozen(kw_only=True)
class Words:
    """One thing to say, in every language."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh if spoken() is Language.CHINESE else self.en


@attrs.frozen
class CommandRefused(Exception):
    """The command cannot do what was asked; the words say what to do about it, on one line."""

    words: Words

    def __str__(self) -> str:
        return str(self.words)


def refusal(*, zh: str, en: str) -> CommandRefused:
    """Make a refusal of its words."""
    return CommandRefused(Words(zh=zh, en=en))


def say(*, zh: str, en: str) -> str:
    """Choose the words of the language spoken."""
    return str(Words(zh=zh, en=en))


def spoken() -> Language:
    """The language in use: the one chosen, or else that of the environment."""
    return _chosen.get() or language_of(os.environ)


def speak(name: str) -> None:
    """Choose a language by its name; `auto` leaves it to the environment."""
    _chosen.set(None if name == "auto" else Language(name))


def language_of(environ: Mapping[str, str]) -> Language:
    """The language an environment asks for, Chinese where the name begins with zh, else English."""
    names = (environ.get(key, "") for key in ("DINGHUO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    name = next((name for name in names if name and name != "auto"), "")
    return Language.CHINESE if name.lower().startswith("zh") else Language.ENGLISH


_chosen: ContextVar[Language | None] = ContextVar("language", default=None)
