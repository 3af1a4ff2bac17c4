"""Pitches: clef, staff position, key, and the accidentals that stand earlier in the bar."""

from __future__ import annotations

from omr.notation.signatures import FLAT_STEPS, SHARP_STEPS
from omr.types import Pitch

STEPS = "CDEFGAB"
ALTERS: dict[str, float] = {
    "accidentalFlat": -1, "accidentalNatural": 0, "accidentalSharp": 1, "accidentalDoubleSharp": 2,
    "accidentalDoubleFlat": -2, "accidentalFlatSmall": -1, "accidentalNaturalSmall": 0, "accidentalSharpSmall": 1,
    "accidentalQuarterToneFlatStein": -0.5, "accidentalThreeQuarterTonesFlatZimmermann": -1.5,
    "accidentalQuarterToneSharpStein": 0.5, "accidentalThreeQuarterTonesSharpStein": 1.5,
}
ACCIDENTAL_NAMES: dict[float, str] = {
    -2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp", -0.5: "quarter-flat",
    0.5: "quarter-sharp", -1.5: "three-quarters-flat", 1.5: "three-quarters-sharp",
}
_CLEF_NOTE = {"G": 4 * 7 + 4, "F": 3 * 7 + 3, "C": 4 * 7, "percussion": 4 * 7 + 6}  # diatonic number, C0 = 0


def diatonic(position: int, sign: str, line: int, octave_change: int = 0) -> int:
    """Diatonic number (octave x 7 + step) of a staff position (0 = middle line) under a clef."""
    return _CLEF_NOTE[sign] + position - 2 * (line - 3) + 7 * octave_change


def key_alter(step: int, fifths: int) -> int:
    """What a key of `fifths` does to a step (C = 0)."""
    if fifths > 0:
        return int(step in SHARP_STEPS[:fifths])
    return -int(step in FLAT_STEPS[:-fifths]) if fifths else 0


class BarAccidentals:
    """What has been altered so far in one bar of one staff. Feed it notes from left to right."""

    def __init__(self, fifths: int):
        self.fifths = fifths
        self.altered: dict[int, float] = {}

    def pitch(self, number: int, shown: float | None, tied_alter: float | None = None, sounding: int = 0) -> Pitch:
        """The pitch of a diatonic number; shown: the accidental printed before it; tied_alter: the alteration of
        the note it is tied to; sounding: octaves by which it sounds higher (8va)."""
        octave, step = divmod(number, 7)
        if shown is not None:
            self.altered[number] = alter = shown
        elif tied_alter is not None:
            alter = tied_alter
        else:
            alter = self.altered.get(number, key_alter(step, self.fifths))
        return Pitch(STEPS[step], octave + sounding, alter)
