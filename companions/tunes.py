"""Tunes in ABC: the texts that music21 brings, reduced to what a small network can learn, and whether one adds up.

A reduced tune is `X:1`, title, metre, unit and key, then one voice of notes, rests, chords, ties, tuplets, broken
rhythms, bars, repeats and endings. Grace notes, slurs, ornaments, fingerings, chord names, words and comments go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from omr.errors import DataError

FOLDERS = ("airdsAirs", "oneills1850", "ryansMammoth")
"""Of music21's corpus: dance tunes, one voice each. (The songs of essenFolksong would drown them.)"""
LEAST_BARS, MOST_CHARACTERS = 4, 1500
TUPLETS = {2: Fraction(3, 2), 3: Fraction(2, 3), 4: Fraction(3, 4), 6: Fraction(1, 3), 8: Fraction(3, 8)}
"""Notes in a tuplet -> what each lasts; of 5, 7 and 9 it depends on the metre, and they are not read."""

_DROPPED = re.compile(r'"[^"]*"|![^!\n]*!|\{[^}]*\}|%[^\n]*|[`\\.~]|\((?!\d)|\)|[uvTHJLMOPSR](?!:)')
_NOTE = r"(?:\^\^|__|[\^_=])?[A-Ga-g][,']*|[zx]"
_LENGTH = r"(?P<up>\d*)(?P<down>/*\d*)"
_TOKEN = re.compile(
    rf"(?P<space>[ \n-]+)|(?P<ending>\[[1-9])|(?P<bar>:*\|+[\]:]*[1-9]?|::|\[\||:\|\]|:+)|\((?P<tuplet>\d)"
    rf"|(?P<broken>>+|<+)|(?:(?P<note>{_NOTE})|\[(?P<chord>(?:(?:{_NOTE})\d*/*\d*-?)+)\]){_LENGTH}")


@dataclass(frozen=True)
class Bar:
    """What stands between two barlines. whole: its length in whole notes; at_section: a repeat, a double bar, an
    ending or an end of the tune stands beside it, so that it may be one half of a bar."""

    whole: Fraction
    at_section: bool


def corpus_tunes() -> list[str]:
    """All tunes of music21's `FOLDERS` that add up, reduced, in the order of their files."""
    import music21

    root = Path(music21.__file__).parent / "corpus"
    return [tune for folder in FOLDERS for path in sorted((root / folder).glob("*.abc")) for tune in read_tunes(path)]


def read_tunes(path: Path) -> list[str]:
    """The tunes of an ABC file that add up, reduced. Raises DataError if the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    pieces = re.split(r"(?m)^(?=X:)", text.replace("\r\n", "\n"))
    return [tune for tune in map(reduced, pieces) if fault(tune) == ""]


def reduced(tune: str) -> str:
    """A tune without what is left out, its header in one order; ends in a line break. "" if it is no tune."""
    fields: dict[str, str] = {}
    body: list[str] = []
    for line in tune.splitlines():
        field = re.match(r"([A-Za-z]):\s*(.*)", line)
        if field and "K" not in fields:
            fields.setdefault(field[1], re.sub(r"\s+", " ", field[2].split("%")[0]).strip())
        elif field and field[1] in "wWNZBSrI":
            continue
        elif line.strip():
            body.append(line)
    if not body or not all(fields.get(f) for f in "TMLK") or not tune.isascii():
        return ""
    lines = (re.sub(r"\s+", " ", line).strip() for line in _DROPPED.sub("", "\n".join(body)).splitlines())
    music = "\n".join(line for line in lines if line)
    return f"X:1\nT:{fields['T']}\nM:{fields['M']}\nL:{fields['L']}\nK:{fields['K']}\n{music}\n"


def fault(tune: str) -> str:
    """Why a reduced tune is not valid, "" if it is: it can be read, has `LEAST_BARS` bars, and every bar fills the
    metre. Beside a repeat, a double bar, an ending or an end of the tune a bar may be shorter, never longer."""
    if len(tune) > MOST_CHARACTERS:  # looked at first: a number may have thousands of digits
        return f"longer than {MOST_CHARACTERS} characters"
    try:
        metre = _metre(tune)
        bars = list(read_bars(tune))
    except DataError as error:
        return str(error)
    if len(bars) < LEAST_BARS:
        return f"{len(bars)} bars only"
    for number, bar in enumerate(bars, 1):
        if bar.whole > metre or (bar.whole < metre and not bar.at_section):
            return f"bar {number} lasts {bar.whole}, the metre is {metre}"
    return ""


def read_bars(tune: str) -> Iterator[Bar]:
    """The bars of a reduced tune; empty ones are left out. Raises DataError at what is no such ABC."""
    header = re.match(r"X:\d+\nT:[^\n]*\nM:[^\n]+\nL:(\d+)/(\d+)\nK:[A-G][^\n]*\n", tune)
    if header is None or int(header[2]) == 0:
        raise DataError("no header of X, T, M, L and K")
    unit = Fraction(int(header[1]), int(header[2]))
    total, factor, after_section = Fraction(0), Fraction(1), True  # of the bar so far, in units
    last: Fraction | None = None  # what the last note lasted, in units, for the broken rhythm after it
    in_tuplet, tuplet = 0, Fraction(1)
    for token in _tokens(tune[header.end():]):
        if token["bar"] or token["ending"]:
            section = bool(token["ending"]) or token["bar"] != "|"
            if total:
                yield Bar(total * unit, after_section or section)
                after_section = section
            else:
                after_section = after_section or section
            total, last, factor, in_tuplet = Fraction(0), None, Fraction(1), 0
        elif token["tuplet"]:
            in_tuplet = int(token["tuplet"])
            if in_tuplet not in TUPLETS:
                raise DataError(f"a tuplet of {in_tuplet}")
            tuplet = TUPLETS[in_tuplet]
        elif token["broken"]:
            if last is None or factor != 1:
                raise DataError(f"a {token['broken']} between no two notes")
            short = Fraction(1, 2 ** len(token["broken"]))
            first, factor = (2 - short, short) if token["broken"][0] == ">" else (short, 2 - short)
            total += last * (first - 1)
        elif not token["space"]:
            last = _length(token["up"], token["down"])
            if last is None:
                raise DataError(f"no length: {token[0]!r}")
            if factor != 1:
                last, factor = last * factor, Fraction(1)
            if in_tuplet:
                last, in_tuplet = last * tuplet, in_tuplet - 1
            total += last
    if total:
        yield Bar(total * unit, True)


def _tokens(music: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(music):
        token = _TOKEN.match(music, at)
        if token is None or token.end() == at:
            raise DataError(f"no ABC at {music[at:at + 8]!r}")
        yield token
        at = token.end()


@lru_cache(maxsize=256)
def _length(up: str, down: str) -> Fraction | None:
    """Length of a note or chord, in units, written as 3, /2, 3/2, / or //. None if this is no possible length.

    up: the number before the slashes.
    down: the slashes, and the number after them.
    """
    slashes = down.count("/")
    digits = down.strip("/")
    if slashes > 1 and digits:
        return None
    below = int(digits) if digits else 2 ** slashes
    above = int(up or 1)
    return Fraction(above, below) if 0 < above <= 64 and 0 < below <= 64 else None


def _metre(tune: str) -> Fraction:
    found = re.search(r"\nM:([^\n]*)\n", tune)
    text = {"C": "4/4", "C|": "2/2"}.get(found[1], found[1]) if found else ""
    fraction = re.fullmatch(r"(\d{1,2})/(\d{1,2})", text)
    if fraction is None or not int(fraction[1]) > 0 or int(fraction[2]) not in (1, 2, 4, 8, 16, 32):
        raise DataError(f"no metre: {text!r}")
    return Fraction(int(fraction[1]), int(fraction[2]))
