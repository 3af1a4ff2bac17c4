"""The classes of `omr.types.vocabulary` in a musician's words, for messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from omr.types.vocabulary import BY_NAME

_LENGTHS: Mapping[str, str] = {
    "DoubleWhole": "double whole", "Whole": "whole", "Half": "half", "Quarter": "quarter", "8th": "eighth",
    "16th": "16th", "32nd": "32nd", "64th": "64th", "128th": "128th",
}
_NAMES: Mapping[str, str] = {
    "noteheadBlack": "filled notehead*", "noteheadHalf": "hollow notehead*", "noteheadWhole": "whole note*",
    "noteheadDoubleWhole": "double whole note*", "noteheadLonga": "longa*",
    "noteheadBlackSmall": "small filled notehead*", "noteheadHalfSmall": "small hollow notehead*",
    "noteheadXBlack": "notehead* like a cross",
    "noteheadDiamondBlack": "filled diamond notehead*", "noteheadDiamondHalf": "hollow diamond notehead*",
    "noteheadPlusBlack": "notehead* like a plus", "noteheadSlash": "slash notehead*",
    "noteheadSlashWhite": "hollow slash notehead*", "restHBar": "rest* of several measures",
    "accidentalFlat": "flat*", "accidentalNatural": "natural*", "accidentalSharp": "sharp*",
    "accidentalDoubleSharp": "double sharp*", "accidentalDoubleFlat": "double flat*",
    "accidentalFlatSmall": "small flat*", "accidentalNaturalSmall": "small natural*",
    "accidentalSharpSmall": "small sharp*", "accidentalParensLeft": "bracket* about an accidental",
    "accidentalParensRight": "bracket* about an accidental", "accidentalQuarterToneFlatStein": "quarter-tone flat*",
    "accidentalThreeQuarterTonesFlatZimmermann": "three-quarter-tone flat*",
    "accidentalQuarterToneSharpStein": "quarter-tone sharp*",
    "accidentalThreeQuarterTonesSharpStein": "three-quarter-tone sharp*",
    "gClef": "treble clef*", "gClef8vb": "treble clef* an octave lower", "gClef8va": "treble clef* an octave higher",
    "fClef": "bass clef*", "fClef8vb": "bass clef* an octave lower", "fClef8va": "bass clef* an octave higher",
    "cClef": "C clef*", "cClef8vb": "C clef* an octave lower", "unpitchedPercussionClef1": "percussion clef*",
    "timeSigCommon": "common time sign*", "timeSigCutCommon": "cut time sign*", "augmentationDot": "dot*",
    "repeatDot": "repeat dot*", "articStaccato": "staccato dot*", "articTenuto": "tenuto line*",
    "articAccent": "accent*", "articMarcatoAbove": "marcato sign*", "articMarcatoBelow": "marcato sign*",
    "articStaccatissimoAbove": "staccatissimo wedge*", "articStaccatissimoBelow": "staccatissimo wedge*",
    "fermataAbove": "fermata*", "fermataBelow": "fermata*", "fermataShortAbove": "short fermata*",
    "fermataLongAbove": "long fermata*", "breathMarkComma": "breath mark*", "caesura": "caesura*",
    "ornamentTrill": "trill*", "ornamentTurn": "turn*", "ornamentTurnInverted": "inverted turn*",
    "ornamentShortTrill": "short trill*", "ornamentMordent": "mordent*", "wiggleTrill": "wavy line* of a trill",
    "arpeggiato": "arpeggio*", "stringsDownBow": "down-bow*", "stringsUpBow": "up-bow*",
    "stringsHarmonic": "harmonic*", "pluckedSnapPizzicatoAbove": "snap pizzicato*",
    "pluckedLeftHandPizzicato": "left-hand pizzicato*", "keyboardPedalPed": "pedal mark*",
    "keyboardPedalUp": "pedal release*", "ottava": "octave mark*", "quindicesima": "two-octave mark*",
    "segno": "segno*", "coda": "coda sign*", "brace": "brace*", "repeat1Bar": "sign* that repeats a measure",
}
"""Class -> its name. The star marks where the s of the plural goes. Names of rests, flags, digits and letters are put
together from parts."""


def said(name: str, count: int = 1) -> str:
    """A number of symbols of one class, as in "2 filled noteheads" or "a bass clef". Raises KeyError for an unknown
    class."""
    phrase = _phrase(BY_NAME[name].name)
    if count > 1:
        return f"{count} {phrase.replace('*', 's')}"
    return f"{'an' if re.match('[aeio]|up|8', phrase, re.IGNORECASE) else 'a'} {phrase.replace('*', '')}"


def _phrase(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    if name.startswith("rest"):
        return f"{_LENGTHS[name.removeprefix('rest')]} rest*"
    if match := re.fullmatch(r"flag(\d+[a-z]+)(?:Up|Down)(Small|Slash)?", name):
        return f"{'small ' if match[2] else ''}flag* of {_a(_LENGTHS[match[1]])} note"
    if match := re.fullmatch(r"(timeSig|tuplet|fingering)(\d)", name):
        of = {"timeSig": "a time signature", "tuplet": "a tuplet", "fingering": "a fingering"}[match[1]]
        return f"digit* {match[2]} of {of}"
    if match := re.fullmatch(r"tremolo(\d)", name):
        return f"tremolo* of {match[1]} stroke{'s' * (match[1] != '1')}"
    if match := re.fullmatch(r"dynamic([A-Z])", name):
        return f"letter* {match[1].lower()} of a dynamic"
    raise KeyError(name)


def _a(word: str) -> str:
    return f"an {word}" if word.startswith("e") else f"a {word}"


def said_quarters(quarters: Fraction) -> str:
    """A length in quarter notes as a musician writes it, as in "3 1/2 quarters"."""
    whole, part = divmod(quarters, 1)
    number = str(whole) if not part else f"{whole} {part}" if whole else str(part)
    return f"{number} quarter{'s' * (quarters > 1 or quarters == 0)}"
