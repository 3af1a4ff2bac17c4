"""Glyphs of a music font that are part of a chord symbol, such as the sharp or the number in "F#7".

LilyPond takes the accidentals of chord symbols from its music font, and draws the triangle of a major seventh with
lines. MuseScore's font MuseJazz has whole parts of chord symbols as single glyphs, and raised digits that look like
those of a time signature. All of them become letters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from omr.page.vectors import Edges
from omr.types import SPACE_PX
from omr.types.vocabulary import BY_NAME

if TYPE_CHECKING:
    from omr.detect.glyphs import Letter

JAZZ_FONT = re.compile(r"musejazz", re.I)
"""Names of fonts that have the glyphs of `JAZZ_LETTERS`."""
JAZZ_LETTERS = {
    **{chr(0xE180 + i): text for i, text in enumerate((
        "ma", "mi", "11", "13", "dim", "sus", "+", "°", "♭", "♯", "Δ", "add", "add11", "sus4", "°", "ø"))},
    **{chr(0xE190 + digit): str(digit) for digit in range(10)},
}
"""MuseJazz's glyphs for chord symbols -> the text that they stand for (from MuseScore's `styles/chords_jazz.xml`)."""
SMUFL_LETTERS = {"\ue870": "°", "\ue871": "ø", "\ue872": "+", "\ue873": "Δ", "\ue874": "-",
                 "\ued60": "♭", "\ued61": "♮", "\ued62": "♯"}
"""SMuFL's glyphs for chord symbols -> the text that they stand for."""
_ACCIDENTALS = {"accidentalSharp": "♯", "accidentalFlat": "♭", "accidentalNatural": "♮"}
GAP_PX, RAISED_GAP_PX, BACK_PX = 0.4 * SPACE_PX, 0.8 * SPACE_PX, 0.2 * SPACE_PX
"""Longest gap between two parts of a chord symbol, longest gap before a raised part, and greatest overlap. LilyPond's
gaps are 0.38 and 0.7 staff spaces; neighbouring chord symbols are never that near. Measured on a sheet of 40 chord
symbols in each of three programs."""
RAISED, LOWERED = 0.7, 0.6
"""How far a sign of a chord symbol may reach above its root and below it, in heights of the root."""
HEAD_AFTER_PX = 4 * SPACE_PX
"""An accidental with a notehead this near after it belongs to that note."""
Mark = tuple[str, Edges]


def letters_of(text: str, font: str) -> str | None:
    """The text that a glyph for chord symbols stands for; None for other glyphs. text: its character. font: name of its
    font."""
    if JAZZ_FONT.search(font) and text in JAZZ_LETTERS:
        return JAZZ_LETTERS[text]
    return SMUFL_LETTERS.get(text)


def is_next(last: Edges, edges: Edges, root: Edges) -> bool:
    """Whether a part of a chord symbol is to the right of the last part, and at the height of the root."""
    height = root[3] - root[1]
    is_raised = edges[3] < root[3] - height / 3
    return (-BACK_PX < edges[0] - last[2] < (RAISED_GAP_PX if is_raised else GAP_PX)
            and root[1] - RAISED * height < edges[1] and edges[3] < root[3] + LOWERED * height
            and root[1] - height / 3 < (edges[1] + edges[3]) / 2 < root[3])


@dataclass(frozen=True)
class Signed:
    """A page's marks and letters, once the signs of chord symbols are among the letters.

    marks: without these signs.
    letters: with these signs.
    numbers: places of numbers in chord symbols. They are letters already, and must not be taken for fingerings.
    triangles: those that are not part of a chord symbol.
    """

    marks: list[Mark]
    letters: tuple[Letter, ...]
    numbers: frozenset[Edges]
    triangles: tuple[Edges, ...]


def with_signs(marks: Sequence[Mark], letters: Sequence[Letter], triangles: Sequence[Edges] = ()) -> Signed:
    """Make letters of the marks that are signs of chord symbols. triangles: those that are drawn with lines.

    Such a sign is an accidental, a digit or a triangle to the right of a letter A to G that begins a word, or to the
    right of another part of the same chord symbol.
    """
    heads = [edges for name, edges in marks if BY_NAME[name].kind == "notehead"]
    signs = {edges: sign for name, edges in marks if (sign := _sign((name, edges), heads))}
    signs |= {edges: "Δ" for edges in triangles}
    parts = sorted([*((letter.edges, letter.text) for letter in letters if letter.text.strip()), *signs.items()])
    found: dict[Edges, Letter] = {}
    numbers: set[Edges] = set()
    for root in letters:
        if root.text not in tuple("ABCDEFG") or any(
                is_next(edges, root.edges, edges) for edges, _ in parts if edges not in signs):
            continue
        last = root.edges
        for edges, text in parts:
            if edges > root.edges and is_next(last, edges, root.edges):
                last = edges
                if edges in signs:
                    found[edges] = replace(root, text=text, edges=edges, origin=(edges[0], edges[3]), font=-1, show=-1,
                                           advance=(edges[2] - edges[0], 0.0))
                elif text.isdigit():
                    numbers.add(edges)
    return Signed([mark for mark in marks if mark[1] not in found], (*letters, *found.values()), frozenset(numbers),
                  tuple(edges for edges in triangles if edges not in found))


def _sign(mark: Mark, heads: Sequence[Edges]) -> str:
    """The text of a mark if it may be part of a chord symbol, else "". heads: of the page's notes."""
    name, (_, top, right, bottom) = mark
    digit = BY_NAME[name].digit
    if digit is not None:
        return str(digit) if BY_NAME[name].kind in ("time", "tuplet", "fingering") else ""
    sign = _ACCIDENTALS.get(name.removesuffix("Small"), "")
    has_head = sign and any(-SPACE_PX / 2 < edges[0] - right < HEAD_AFTER_PX
                            and edges[1] < bottom and top < edges[3] for edges in heads)
    return "" if has_head else sign
