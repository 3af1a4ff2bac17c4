"""Pitches: from clef, staff position, key signature, and the earlier accidentals in the measure."""

from __future__ import annotations

from omr.notation.signatures import FLAT_STEPS, SHARP_STEPS
from omr.types import Pitch

STEPS = "CDEFGAB"
"""Names of the diatonic steps, C = 0."""
ALTERS: dict[str, float] = {
    "accidentalFlat": -1, "accidentalNatural": 0, "accidentalSharp": 1, "accidentalDoubleSharp": 2,
    "accidentalDoubleFlat": -2, "accidentalFlatSmall": -1, "accidentalNaturalSmall": 0, "accidentalSharpSmall": 1,
    "accidentalQuarterToneFlatStein": -0.5, "accidentalThreeQuarterTonesFlatZimmermann": -1.5,
    "accidentalQuarterToneSharpStein": 0.5, "accidentalThreeQuarterTonesSharpStein": 1.5,
}
"""Class of an accidental -> its alteration in semitones."""
ACCIDENTAL_NAMES: dict[float, str] = {
    -2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp", -0.5: "quarter-flat",
    0.5: "quarter-sharp", -1.5: "three-quarters-flat", 1.5: "three-quarters-sharp",
}
"""Alteration in semitones -> MusicXML's name of the accidental."""
_STEPS_OF_OCTAVE = 7
_CLEF_NOTE = {"G": 4 * 7 + 4, "F": 3 * 7 + 3, "C": 4 * 7, "percussion": 4 * 7 + 6}
"""Sign of a clef -> diatonic number (octave x 7 + step, C0 = 0) of the line on which it stands: G4, F3, C4. A
percussion clef stands on the middle line, which is B4 as under a treble clef."""


def diatonic(position: int, sign: str, line: int, octave_change: int = 0) -> int:
    """Diatonic number (octave x 7 + step, C0 = 0) of a staff position under a clef.

    position: in half spaces, 0 = middle line.
    sign: "G", "F", "C" or "percussion". Raises KeyError for any other sign.
    line: that of the clef, 1 = bottom.
    octave_change: how many octaves higher the clef makes notes sound.
    """
    return _CLEF_NOTE[sign] + position - 2 * (line - 3) + _STEPS_OF_OCTAVE * octave_change


def key_alter(step: int, fifths: int) -> int:
    """Semitones by which a key signature alters a step. fifths: number of sharps, or of flats if negative, -7 to 7.
    step: C = 0."""
    if fifths > 0:
        return int(step in SHARP_STEPS[:fifths])
    return -int(step in FLAT_STEPS[:-fifths]) if fifths else 0


class BarAccidentals:
    """The accidentals that hold in one measure of one staff. Ask for the notes of the measure from left to right."""

    def __init__(self, fifths: int):
        self.fifths = fifths
        self.altered: dict[int, float] = {}

    def alter(self, number: int) -> float:
        """Semitones by which a note without an accidental of its own is altered. number: its diatonic number."""
        return self.altered.get(number, key_alter(number % _STEPS_OF_OCTAVE, self.fifths))

    def pitch(self, number: int, shown: float | None, tied_alter: float | None = None, sounding: int = 0) -> Pitch:
        """The pitch of the next note.

        number: its diatonic number.
        shown: alteration in semitones of the accidental before it; None if there is none.
        tied_alter: alteration of the note to which it is tied; None if there is no tie.
        sounding: octaves by which it sounds higher (8va).
        """
        octave, step = divmod(number, _STEPS_OF_OCTAVE)
        if shown is not None:
            self.altered[number] = alter = shown
        elif tied_alter is not None:
            alter = tied_alter
        else:
            alter = self.alter(number)
        return Pitch(STEPS[step], octave + sounding, alter)
