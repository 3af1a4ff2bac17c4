"""The values that flow between the stages, from pixels to music.

These conventions hold everywhere:

* Pixels are those of the *normalised* page (`Page.pixels`, with a staff space of `SPACE_PX`). The origin is at the top
  left, and points are (row, column).
* Boxes are half-open: a box covers rows top <= r < bottom and columns left <= c < right.
* Musical time is an exact `Fraction` of a quarter note, measured from the start of the measure.
* A staff position counts half staff spaces: 0 on the middle line, positive upwards (as `rel_position` in DeepScores).
* Tolerances are multiples of the staff space, never pixels.

Every type except the images can be turned into plain JSON and back (`omr.types.plain`).
"""

from omr.types.fretboard import Fretboard, FretboardNote
from omr.types.graph import (
    EDGE_KINDS,
    Chord,
    Edge,
    EdgeKind,
    Given,
    NotationGraph,
    Places,
    Staff,
    StaffInPart,
    StaffKey,
    System,
    keyboard_staves,
    mean_space,
)
from omr.types.page import (
    SPACE_PX,
    Box,
    DetectorMaps,
    Page,
    Stroke,
    Symbol,
    Word,
)
from omr.types.score import (
    ELISION,
    Clef,
    Direction,
    Doubt,
    Lyric,
    Mark,
    Measure,
    Note,
    NoteHead,
    NoteType,
    Part,
    Pitch,
    Rest,
    Score,
)
from omr.types.tablature import Fret, TabColumn, TabRow
from omr.types.vocabulary import STROKE_KINDS, StrokeKind

__all__ = [
    "Box",
    "Chord",
    "Clef",
    "DetectorMaps",
    "Direction",
    "Doubt",
    "EDGE_KINDS",
    "ELISION",
    "Edge",
    "EdgeKind",
    "Fret",
    "Fretboard",
    "FretboardNote",
    "Given",
    "Lyric",
    "Mark",
    "Measure",
    "NotationGraph",
    "Note",
    "NoteHead",
    "NoteType",
    "Page",
    "Part",
    "Pitch",
    "Places",
    "Rest",
    "SPACE_PX",
    "STROKE_KINDS",
    "Score",
    "Staff",
    "StaffInPart",
    "StaffKey",
    "Stroke",
    "StrokeKind",
    "Symbol",
    "System",
    "TabColumn",
    "TabRow",
    "Word",
    "keyboard_staves",
    "mean_space",
]
