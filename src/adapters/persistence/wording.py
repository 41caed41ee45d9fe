"""What goods are found by: a product's words, and what it means that a text finds them.

This is the one meaning of a search, for memory and for the tables alike. A text finds a product if it is a part of the
product's name, or of the name, code or barcode of a SKU of it that is for sale. One of letters and digits, but for
spaces and apostrophes (xi'an), finds it as well if it is a part of how one of these is read in pinyin, or of the
initials of that, from the beginning of a Chinese character on.

*Part* is meant without regard to the case and width of letters, and to how wide a space is. A text is read in two ways:
by phrases, as pypinyin knows them (重庆: chongqing), and character by character, each in its usual reading. Letters and
digits are read as they are, everything else is skipped: 柠檬茶 500ml is NINGMENGCHA500ML and NMC500ML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from unicodedata import normalize

import attrs

from domain.catalog import Product

WINDOW = 4
"""How much of a name, code or barcode is in a token."""
HEAD = 6
"""How much of a reading is in a token; of a longer text only so much must begin at a character."""
_LAST = "\U0010ffff"
_CHINESE = re.compile("([〇\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+)")
_SPELT = re.compile("[a-z][a-z0-9]*")
_SKIPPED = re.compile("[^a-z0-9]+")
_USUAL = {"长": "chang", "茄": "qie", "嚼": "jiao"}
"""Where the reading that pypinyin names first is not the one of the trade."""


@attrs.frozen
class Wording:
    """Everything a product is found by."""

    written: str
    """Its name, and the names, codes and barcodes of its SKUs, a line each; what is a part of another is left out."""
    spelt: str
    """How these are read, a line each; then, behind a tab each, how they begin to be read at each character."""

    @classmethod
    def of(cls, product: Product) -> Wording:
        """Write down what a product is found by."""
        skus = [sku for sku in product.skus if sku.for_sale]
        texts = (product.name, *(text for sku in skus for text in (sku.name, sku.code, sku.barcode)))
        return cls.of_texts(text for text in texts if text)

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> Wording:
        """Write down what something is found by that goes by these texts."""
        lines = _no_parts({folded(text) for text in texts})
        whole: set[str] = set()
        heads: set[str] = set()
        for line in lines:
            for reading in _readings(line):
                whole.add(reading.text)
                heads.update(reading.text[at : at + HEAD] for at in reading.begins)
        spelt = "\n".join(_no_parts(whole)) + "".join(f"\t{head}" for head in _no_beginnings(heads))
        return cls("\n".join(lines), spelt)

    @property
    def tokens(self) -> tuple[str, ...]:
        """How everything begins that may be looked for, from each place in it where that may begin."""
        windows = {
            line[at : at + WINDOW]
            for line in self.written.split("\n")
            for at, character in enumerate(line)
            if character.isalnum()
        }
        return (*_no_beginnings(windows), *self.spelt.split("\t")[1:])


@attrs.frozen
class Sought:
    """What is looked for."""

    written: str
    spelt: str | None
    """The same as letters and digits, if that is what it is."""

    @classmethod
    def of(cls, text: str | None) -> Sought | None:
        """Read a text; None where there is nothing in it to look for."""
        written = folded(text or "")
        if not written:
            return None
        letters = written.replace("ü", "v").replace(" ", "").replace("'", "")
        return cls(written, letters.upper() if _SPELT.fullmatch(letters) else None)

    @property
    def head(self) -> str:
        """How it must go on where a character begins, as that stands behind a tab."""
        return f"\t{(self.spelt or '')[:HEAD]}"

    def finds(self, wording: Wording) -> bool:
        """Tell whether something with these words is found."""
        if self.written in wording.written:
            return True
        return self.spelt is not None and self.head in wording.spelt and self.spelt in wording.spelt

    @property
    def ways(self) -> tuple[tuple[str, ...], ...]:
        """What to look it up by: for some way, whatever is found has for each text of that a token that begins with it.

        Empty where no token can say anything, because none begins with punctuation.
        """
        starts = [at for at, character in enumerate(self.written) if character.isalnum()]
        if not starts:
            return ()
        windows = [self.written[at : at + WINDOW] for at in starts]
        whole = [window for window in windows if len(window) == WINDOW] or windows[:1]
        # The end of a code or barcode tells more than its beginning.
        written = tuple(dict.fromkeys((whole[-1], whole[0], whole[len(whole) // 2])))
        return (written,) if self.spelt is None else (written, (self.spelt[:HEAD],))


def folded(text: str) -> str:
    """Write a text as it is compared: letters small and narrow, spaces single."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(normalize("NFKC", normalize("NFKC", text).casefold()).split())


def beyond(token: str) -> str:
    """What is greater than every text that begins with the token."""
    return token + _LAST


@attrs.frozen
class _Reading:
    """How a line is read, and where in that its Chinese characters begin."""

    text: str
    begins: tuple[int, ...]

    @classmethod
    def of(cls, syllables: Iterable[tuple[str, bool]]) -> _Reading:
        """Put together what is read one after the other, each with whether a character begins there."""
        text, begins = "", []
        for syllable, begun in syllables:
            if begun:
                begins.append(len(text))
            text += syllable
        return cls(text, tuple(begins))


def _readings(line: str) -> Iterator[_Reading]:
    """The ways to read a line with Chinese characters, in full and by its initials."""
    if line.isascii():
        return
    parts = _CHINESE.split(line)
    read = [_read(part) for part in parts[1::2]]
    ways = (0,) if all(phrases == singly for phrases, singly in read) else (0, 1)
    for way in ways if read else ():
        full: list[tuple[str, bool]] = []
        for at, part in enumerate(parts):
            if at % 2:
                full += [(syllable, True) for syllable in read[at // 2][way]]
            elif part:
                full += [(character, False) for character in _SKIPPED.sub("", part).upper()]
        yield _Reading.of(full)
        yield _Reading.of((syllable[0], begins) for syllable, begins in full)


@lru_cache(maxsize=16_384)
def _read(characters: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read Chinese characters: as phrases, and each for itself; nothing where nobody knows how."""
    # Loading its dictionaries takes a third of a second and 50 MB, which those who only search need not spend.
    from pypinyin import lazy_pinyin

    phrases = lazy_pinyin(characters, errors="ignore")
    singly = (_USUAL.get(one) or "".join(lazy_pinyin(one, errors="ignore")) for one in characters)
    return _syllables(phrases), _syllables(singly)


def _syllables(read: Iterable[str]) -> tuple[str, ...]:
    letters = (_SKIPPED.sub("", syllable).upper() for syllable in read)
    return tuple(syllable for syllable in letters if syllable)


def _no_parts(lines: set[str]) -> list[str]:
    """Leave out what is a part of another."""
    kept: list[str] = []
    for line in sorted(lines, key=lambda line: (-len(line), line)):
        if line and not any(line in longer for longer in kept):
            kept.append(line)
    return kept


def _no_beginnings(tokens: set[str]) -> list[str]:
    """Leave out what is the beginning of another; where these are sorted, it is of the next."""
    ordered = [*sorted(tokens), ""]
    return [token for token, following in pairwise(ordered) if not following.startswith(token)]
