"""Humdrum **kern -> measures of written notes.

music21 reads kern too, but loses notes where a spine splits at a barline (2 of the first 8 scans' encodings tried),
which a truth may not. Only what a comparison of notes needs is read: pitch, onset and duration of every notehead, in
measures as the barlines stand. A measure that the encoding splits in two (a repeat sign in its middle) is two. Where an
encoding says that a note is printed longer or shorter than it lasts (`!LO:N:vis=8`), its printed length is read.
"""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

from evaluation.matching import REST
from omr.errors import DataError
from omr.limits import MOST_MEASURE_QUARTERS, MOST_MEASURES

_PITCH = re.compile(r"([a-gA-G])\1*")
_RECIPROCAL = re.compile(r"(\d+)(?:%(\d+))?")
MOST_DIGITS = 6
"""Most digits, or dots, of a duration. A thousandth of a whole note has four digits."""
_PRINTED = re.compile(r"^!LO:N:(?:.*:)?vis=(\d[\d%]*\.*)")
"""What a layout comment says about the printed length of the next note or rest in its spine."""
_STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


def read_kern(path: Path, rests: bool = False) -> list[Counter[tuple[Fraction, int, Fraction]]]:
    """One multiset of (onset in the measure, MIDI pitch, duration), in quarters, for each measure, including measures
    without notes.

    rests: whether rests are read too, as notes with the pitch `REST`. Grace notes (q) and what is invisible (yy) are
    left out. Tied noteheads count one by one. Raises DataError if the file has no **kern, or if a spine is out of step.
    """
    kern: list[bool] = []
    printed: dict[int, str] = {}  # spine -> the printed length of its next event
    ends: list[Fraction] = []  # for each spine, when its last event ends
    bar = Fraction(0)
    measures: list[Counter[tuple[Fraction, int, Fraction]]] = [Counter()]
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if line.startswith("!"):
            printed |= {i: said[1] for i, t in enumerate(line.split("\t")) if (said := _PRINTED.match(t))}
        if not line or line.startswith("!"):
            continue
        tokens = line.split("\t")
        if tokens[0].startswith("**"):
            kern = [t == "**kern" for t in tokens]
            ends = [Fraction(0)] * len(tokens)
            continue
        if len(tokens) != len(kern):
            raise DataError(f"{path}, line {number}: {len(tokens)} fields where {len(kern)} spines run")
        if line.startswith("*"):
            kern, ends = _rearranged(tokens, kern, ends)
            printed = {}
        elif line.startswith("="):
            bar = max((e for e, k in zip(ends, kern, strict=True) if k), default=bar)
            ends = [bar] * len(ends)
            measures.append(Counter())
            if len(measures) > MOST_MEASURES:
                raise DataError(f"{path}, line {number}: more than {MOST_MEASURES} measures")
        else:
            for i, token in enumerate(tokens):
                if kern[i] and token != "." and "q" not in token.lower():
                    try:
                        duration = _duration(token)
                        shown = _duration(printed.pop(i)) if i in printed else duration
                        for note in token.split():
                            if "yy" not in note and (rests or "r" not in note):
                                measures[-1][ends[i] - bar, REST if "r" in note else _midi(note), shown] += 1
                    except ValueError as error:
                        raise DataError(f"{path}, line {number}: {error} in {token!r}") from error
                    ends[i] += duration
    if not any(measures):
        raise DataError(f"{path}: no notes in **kern")
    # Barlines at the very start and end enclose nothing.
    while not measures[-1]:
        measures.pop()
    return measures[1:] if not measures[0] else measures


def _rearranged(tokens: list[str], kern: list[bool], ends: list[Fraction]) -> tuple[list[bool], list[Fraction]]:
    """The spines after a line of interpretations that may split, join, add, end or exchange them."""
    spines = list(zip(kern, ends, strict=True))
    result: list[tuple[bool, Fraction]] = []
    i = 0
    while i < len(tokens):
        match tokens[i]:
            case "*^":
                result += [spines[i]] * 2
            case "*v":
                last = i
                while last + 1 < len(tokens) and tokens[last + 1] == "*v" and spines[last + 1][0] == spines[i][0]:
                    last += 1
                result.append((spines[i][0], max(end for _, end in spines[i:last + 1])))
                i = last
            case "*-":
                pass
            case "*x" if i + 1 < len(tokens) and tokens[i + 1] == "*x":
                result += [spines[i + 1], spines[i]]
                i += 1
            case _:
                result.append(spines[i])
        i += 1
    return [k for k, _ in result], [e for _, e in result]


def _duration(token: str) -> Fraction:
    found = _RECIPROCAL.search(token)
    if not found:
        raise ValueError("no duration")
    digits, several = found.groups()
    dots = token.split()[0].count(".")  # dots need not come directly after the digits
    if max(len(digits), len(several or ""), dots) > MOST_DIGITS:
        raise ValueError("no such duration")
    quarters = Fraction(8 * 2 ** (len(digits) - 1)) if int(digits) == 0 else Fraction(4, int(digits))
    quarters *= int(several or 1) * (2 - Fraction(1, 2**dots))
    if quarters > MOST_MEASURE_QUARTERS:
        raise ValueError(f"more than {MOST_MEASURE_QUARTERS} quarter notes")
    return quarters


def _midi(note: str) -> int:
    found = _PITCH.search(note)
    if not found:
        raise ValueError("no pitch")
    letters = found.group()
    octave = 3 + len(letters) if letters.islower() else 4 - len(letters)
    return 12 * (octave + 1) + _STEPS[letters[0].lower()] + note.count("#") - note.count("-")
