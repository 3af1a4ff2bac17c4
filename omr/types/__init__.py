"""The values that flow between the stages, from pixels to music.

Conventions, written down once:

* Pixels are those of the *normalised* page (`Page.pixels`, staff space `SPACE_PX`), origin at the top left,
  (row, column) order, boxes half-open: a box covers rows top <= r < bottom and columns left <= c < right.
* Musical time is an exact `Fraction` of a quarter note, measured from the start of the measure.
* A staff position counts half spaces: 0 on the middle line, positive upwards (as in DeepScores' `rel_position`).
* Tolerances are multiples of the staff space, never pixels.

Every type but the images turns into plain JSON and back (`omr.types.plain`).
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
