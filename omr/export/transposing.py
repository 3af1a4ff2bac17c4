"""Transposing instruments, which sound at another pitch than is written: mostly clarinets, horns, trumpets and
saxophones.

The name of a part says which pitch its written C sounds at ("Clarinet in B♭", "2 Corni in Es", "Trompette en ut"), or
the instrument alone tells it (an alto saxophone is always in E♭). Some scores print such parts as they sound; then
their key is that of the other parts. If neither name nor key says that a part transposes, it does not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from omr.types import Part


@dataclass(frozen=True)
class Transposition:
    """How a part sounds, compared with what is written.

    steps, semitones: how much higher it sounds (negative: lower), in staff steps and in semitones; less than an octave.
    octaves: octaves to add to that.
    fifths: how many sharps more (negative: flats more) its key signature has than the sounding key.
    """

    steps: int = 0
    semitones: int = 0
    octaves: int = 0
    fifths: int = 0


_DOWN = {
    "C": Transposition(), "H": Transposition(-1, -1, 0, -5), "Bb": Transposition(-1, -2, 0, 2),
    "A": Transposition(-2, -3, 0, -3), "Ab": Transposition(-2, -4, 0, 4), "G": Transposition(-3, -5, 0, -1),
    "F": Transposition(-4, -7, 0, 1), "E": Transposition(-5, -8, 0, -4), "Eb": Transposition(-5, -9, 0, 3),
    "D": Transposition(-6, -10, 0, -2), "Db": Transposition(-6, -11, 0, 5),
}
"""What a written C sounds as -> the transposition, if the instrument sounds lower than written."""
_UP = {
    **_DOWN, "Db": Transposition(1, 1, 0, 5), "D": Transposition(1, 2, 0, -2), "Eb": Transposition(2, 3, 0, 3),
    "E": Transposition(2, 4, 0, -4), "F": Transposition(3, 5, 0, 1),
}
"""The same for clarinets and trumpets, which sound as near to the written pitch as possible, above or below."""
_LETTERS = {
    "b♭": "Bb", "bb": "Bb", "b": "Bb", "sib": "Bb", "si♭": "Bb", "si b": "Bb", "sibemol": "Bb", "h": "H", "si": "H",
    "a": "A", "la": "A", "as": "Ab", "ab": "Ab", "a♭": "Ab", "lab": "Ab", "g": "G", "sol": "G", "f": "F", "fa": "F",
    "e": "E", "mi": "E", "es": "Eb", "eb": "Eb", "e♭": "Eb", "mib": "Eb", "mi♭": "Eb", "mi b": "Eb", "d": "D",
    "re": "D", "ré": "D", "des": "Db", "db": "Db", "d♭": "Db", "c": "C", "do": "C", "ut": "C",
}
"""How a name says the pitch, in small letters -> the English name of the pitch. A plain B is B flat, as in German and
in old scores."""
_PITCH = "|".join(sorted(map(re.escape, _LETTERS), key=len, reverse=True))
_NAMED = re.compile(rf"\b(?:in|en|em)\s+({_PITCH})(?![^\W_])", re.IGNORECASE)
_BEFORE = re.compile(rf"^(?:\d\w*\.?\s+)?({_PITCH})[\s-]+(?=[^\W\d_]{{2}})", re.IGNORECASE)


@dataclass(frozen=True)
class _Instrument:
    """A transposing instrument.

    name: pattern for its name, in small letters.
    by_pitch: its transposition, by the pitch as which a written C sounds.
    usual: its usual pitch; "" if several are usual.
    always: whether it has that pitch whatever its name says.
    octaves: octaves that are added to the transposition; negative means lower.
    """

    name: re.Pattern[str]
    by_pitch: dict[str, Transposition]
    usual: str
    always: bool = False
    octaves: int = 0


def _of(name: str, by_pitch: dict[str, Transposition], usual: str, always: bool = False, octaves: int = 0,
        ) -> _Instrument:
    return _Instrument(re.compile(name), by_pitch, usual, always, octaves)


_INSTRUMENTS = (
    _of(r"english horn|cor anglais|corno inglese|englisch\W*horn|basset", _DOWN, "F", True),
    _of(r"bar\w*\W+sax|sax\w*\W+bar", _DOWN, "Eb", True, -1),
    _of(r"ten\w*\W+sax|sax\w*\W+t[eé]n", _DOWN, "Bb", True, -1),
    _of(r"alt\w*\W+sax|sax\w*\W+alt", _DOWN, "Eb", True), _of(r"sop\w*\W+sax|sax\w*\W+sop", _DOWN, "Bb", True),
    _of(r"ba(ss|ß)\w*\W*[ck]l|clar\w*\W+bas", _DOWN, "Bb", False, -1),
    _of(r"[ck]lar[^\W\d]*n?e?t|\b[ck]l\.", _UP, "Bb"),
    _of(r"trumpet|trompet|\btromb[ae]\b|\bclarin[io]\b|\btpt\b|cornet|fl[uü]gel", _UP, "Bb"),
    _of(r"(?<!flügel)(?<!flugel)horn\b|hörner|\bcorn[oi]\b|\bcors?\b|\bhrn?\b", _DOWN, "F"),
)
_OCTAVES = (
    (re.compile(r"picc|kleine fl|ottavino"), 1),
    (re.compile(r"contrab|kontrab|double bass|string bass|contrafag|contrabassoon|kontrafag|bass guitar|\bguit|gitarre"
                r"|chitarra"), -1),
)
"""Instruments written an octave away from where they sound, by their names in small letters. This counts only if their
clef has no 8."""


def transpositions(parts: Sequence[Part]) -> list[Transposition | None]:
    """How each part of a score transposes; None for parts that sound as they are written."""
    instruments = [_instrument(part.name) for part in parts]
    keys = [next((m.fifths for m in part.measures if m.fifths is not None), 0) for part in parts]
    usual = Counter(key for part, key, own in zip(parts, keys, instruments, strict=True)
                    if own is None and not _drums(part))
    sounding = usual.most_common(1)[0][0] if usual else None
    return [_octave(part) if own is None else _transposition(part.name, own, key, sounding, alone=len(parts) == 1)
            for part, own, key in zip(parts, instruments, keys, strict=True)]


def _instrument(name: str) -> _Instrument | None:
    return next((i for i in _INSTRUMENTS if i.name.search(name.casefold())), None)


def _drums(part: Part) -> bool:
    return any(clef.sign == "percussion" for measure in part.measures[:1] for clef in measure.clefs)


def _transposition(name: str, instrument: _Instrument, key: int, sounding: int | None, alone: bool,
                   ) -> Transposition | None:
    """How a part transposes.

    name: as it is printed.
    key: fifths of the part's key; None if it has none.
    sounding: fifths of the key of most parts that do not transpose; None if there is none.
    alone: whether there is no other part.
    """
    said = _NAMED.search(name) or _BEFORE.search(name)
    pitch = instrument.usual if instrument.always or said is None else _LETTERS[said[1].casefold()]
    found = instrument.by_pitch[pitch]
    if instrument.octaves or pitch == "C" and instrument.by_pitch is _DOWN:
        found = Transposition(found.steps, found.semitones, instrument.octaves or -1, found.fifths)
    fits = sounding is not None and (key - sounding) % 12 == found.fifths % 12
    is_as_it_sounds = sounding is not None and key == sounding and key != 0 and found.fifths != 0
    is_said = said is not None and not is_as_it_sounds
    if (found.semitones or found.octaves) and (is_said or (fits and found.fifths) or (instrument.always and alone)):
        return found
    return None


def _octave(part: Part) -> Transposition | None:
    """The transposition by octaves of instruments that are written without an 8 at their clef."""
    octaves = next((o for pattern, o in _OCTAVES if pattern.search(part.name.casefold())), 0)
    has_mark = any(clef.octave_change for measure in part.measures for clef in measure.clefs)
    return Transposition(octaves=octaves) if octaves and not has_mark and not part.tuning else None


def write_transposition(mx_part: etree._Element, transposition: Transposition | None) -> None:
    """Write a part's transposition into its first measure."""
    attributes = mx_part.find("measure/attributes")
    if transposition is None or attributes is None:
        return
    made = etree.Element("transpose")
    etree.SubElement(made, "diatonic").text = str(transposition.steps)
    etree.SubElement(made, "chromatic").text = str(transposition.semitones)
    if transposition.octaves:
        etree.SubElement(made, "octave-change").text = str(transposition.octaves)
    after = attributes.find("measure-style")
    if after is None:
        attributes.append(made)
    else:
        after.addprevious(made)
