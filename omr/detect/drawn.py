"""Reads a drawn page: makes of a PDF's vectors the symbols and strokes that the detector finds in pixels.

The order is this. `pieces` finds lines, curves and shapes in the paths, and among them the staves, which give the
scale. `glyphs` recognises glyphs by their outlines. `context` decides between signs that look alike, by their
surroundings. `drawnlines` sorts the other lines. What is left over is reported with its place; it is never given a name
that may be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.detect import tabs
from omr.detect.ambitus import without_ambitus
from omr.detect.breves import find_breves, with_longas
from omr.detect.chordsigns import with_signs
from omr.detect.context import settle
from omr.detect.drawnlines import LineReader
from omr.detect.framed import Framed, find_framed
from omr.detect.fretboards import Grid, find_grids, read_fretboards
from omr.detect.glyphs import AS_OURS, Found, Letter, Sizes, find_shapes, named, sort_glyphs, stem_in, taken_apart
from omr.detect.outlines import OTHER, SLASH
from omr.detect.pieces import (
    Line,
    Pieces,
    Ruled,
    find_ruled,
    pieces_of,
    scale_to_px,
    scaled,
    scaled_ruled,
    usual_space,
)
from omr.page.vectors import Edges, VectorPage
from omr.types import SPACE_PX, Box, Fretboard, Stroke, Symbol, TabRow
from omr.types.vocabulary import BY_NAME

BRACE_PX, BRACE_ASIDE_PX = 40.0, 45.0
"""Least height of a brace, and how far left of its staves it may end, in pixels: four staff spaces or more."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Drawn:
    """What was read of a drawn page, in pixels of a normalised page.

    scale: pixels per point.
    staves: its ruled lines that are staves of five lines.
    others: ruled lines with other numbers of lines.
    symbols, strokes: all with score 1, in one numbering from 0. Strokes of kind "staffLine" are included.
    letters: all text.
    dashes: lines that belong to text.
    loose: thin lines that belong to nothing known.
    unknown: places of marks that are none of these.
    aside: places of things that are known but are no symbols: tips of brackets, wings of repeat signs, frames, slashes
        through stems.
    tablature: from the top.
    framed: texts in frames, whose letters are not among `letters`.
    fretboards: chord diagrams, from the top.
    ranges: noteheads that show the range of a voice.
    """

    scale: float
    staves: tuple[Ruled, ...]
    others: tuple[Ruled, ...]
    symbols: tuple[Symbol, ...]
    strokes: tuple[Stroke, ...]
    letters: tuple[Letter, ...]
    dashes: tuple[Line, ...]
    unknown: tuple[Box, ...]
    loose: tuple[Box, ...]
    aside: tuple[Box, ...]
    tablature: tuple[TabRow, ...] = ()
    framed: tuple[Framed, ...] = ()
    fretboards: tuple[Fretboard, ...] = ()
    ranges: tuple[Box, ...] = ()


def staff_space_pt(page: VectorPage) -> float | None:
    """The usual staff space of a page, in points; None if it draws no staff of five lines."""
    _, pieces = find_grids(pieces_of(page), page.width_pt)
    return usual_space(tabs.with_frets(find_ruled(pieces.lines, page.width_pt), page))


def read_drawn(page: VectorPage) -> Drawn | None:
    """The symbols and strokes of a page. None if it draws neither a staff of five lines nor tablature."""
    grids, pieces = find_grids(pieces_of(page), page.width_pt)
    ruled = tabs.with_frets(find_ruled(tabs.with_closed_lines(pieces.lines, page), page.width_pt), page)
    space = usual_space(ruled)
    if space is None:
        spaces = sorted(r.space for r in ruled if tabs.may_be_tablature(r))
        if not spaces:
            return None
        space = spaces[len(spaces) // 2] / tabs.USUAL_SPACING
    scale = scale_to_px(space)
    of_staves = {id(line) for r in ruled if r.is_staff for line in r.lines}
    own = scaled(replace(pieces, lines=tuple(line for line in pieces.lines if id(line) not in of_staves)), scale)
    drawn = _read(page, own, [scaled_ruled(r, scale) for r in ruled], [grid.scaled(scale) for grid in grids], scale)
    return drawn if drawn.staves or drawn.tablature else None


def _read(
    page: VectorPage, pieces: Pieces, ruled: Sequence[Ruled], grids: Sequence[Grid], scale: float,
) -> Drawn:
    """As `read_drawn`, once the scale is known. All in pixels.

    pieces: without the lines of staves.
    ruled: all level lines that run together.
    grids: those of chord diagrams.
    """
    glyphs = sort_glyphs(page, scale)
    fretboards, of_boards = read_fretboards(grids, glyphs.letters)
    of_fretboards = [*(_about(grid) for grid in grids),
                     *(letter.edges for letter in glyphs.letters if id(letter) in of_boards)]
    glyphs = replace(glyphs, letters=tuple(letter for letter in glyphs.letters if id(letter) not in of_boards))
    drawn, shapes = find_shapes(pieces.shapes)
    found = [part for mark in (*glyphs.music, *drawn) for part in taken_apart(mark)]
    tablature = tabs.find_tablature(ruled, glyphs.letters, pieces.lines, found)
    of_tablature = [*(line.edges for line in pieces.lines if id(line) in tablature.used),
                    *(mark.edges for mark in found if id(mark) in tablature.used),
                    *(letter.edges for letter in glyphs.letters if id(letter) in tablature.used)]
    pieces = replace(pieces, lines=tuple(line for line in pieces.lines if id(line) not in tablature.used))
    found = [f for f in found if id(f) not in tablature.used]
    own_letters = [letter for letter in glyphs.letters if id(letter) not in tablature.used]
    framed, pieces = find_framed(pieces, own_letters)
    in_frames = {id(letter) for text in framed for letter in text.letters}
    own_letters = [letter for letter in own_letters if id(letter) not in in_frames]
    staves = [r for r in ruled if r.is_staff]
    others = [r for r in ruled if not r.is_staff and id(r) not in tablature.used]
    sizes = Sizes(found)
    braces = [f for f in found if f.height > BRACE_PX and any(
        r.left - BRACE_ASIDE_PX < f.edges[2] < r.left + 2 and f.edges[1] < r.rows[-1] and f.edges[3] > r.rows[0]
        for r in staves)]
    slashes = [f.edges for f in found if f.name == SLASH]
    found = [f for f in found if f not in braces and f.name != SLASH]
    breves, free = find_breves(pieces.lines)
    marks = [*(mark for each in found for mark in named(each, sizes)), *(("noteheadDoubleWhole", b) for b in breves)]
    hooks = [edges for name, edges in marks if BY_NAME[name].kind == "notehead" and _is_on_end(edges, staves)]
    marks = [(name, edges) for name, edges in marks if edges not in hooks]
    heads = np.array([edges for name, edges in marks if BY_NAME[name].kind == "notehead"], float).reshape(-1, 4)
    letters = np.array([letter.edges for letter in own_letters if letter.text.strip()], float).reshape(-1, 4)
    reader = LineReader(staves, heads, letters)
    lines = reader.read(free, pieces.curves, shapes)
    marks, lines.strokes = with_longas(marks, lines.strokes)
    lines.slashes += slashes
    lines.strokes += [("stem", ends, 1.0) for f in found if (ends := stem_in(f)) is not None]
    signed = with_signs([*marks, *lines.symbols, *(("brace", f.edges) for f in braces)], own_letters,
                        pieces.triangles)
    sure = {f.edges for f in found if f.is_sure} | signed.numbers
    settled = settle(signed.marks, lines.strokes, staves, signed.letters, sure, lines.slashes)
    marks, ranges = without_ambitus(settled.marks, lines.strokes, staves)
    symbols = tuple(Symbol(i, name, _box(edges)) for i, (name, edges) in enumerate(marks))
    rows = [("staffLine", [(r.left, row), (r.right, row)], r.thickness) for r in staves for row in r.rows]
    strokes = tuple(
        Stroke(len(symbols) + i, kind, tuple((y, x) for x, y in points), thickness)  # type: ignore[arg-type]
        for i, (kind, points, thickness) in enumerate([*lines.strokes, *rows]))
    unknown = [*(f.edges for f in found if _is_unknown(f)), *lines.rest, *signed.triangles]
    tips = [edges for edges in unknown if reader.is_left(edges) or reader.is_wing(edges)]
    unknown = [edges for edges in unknown if edges not in tips]
    aside = [*tips, *hooks, *lines.slashes, *_sides(pieces.frames), *_sides([text.edges for text in framed]),
             *of_tablature, *of_fretboards, *ranges, *(letter.edges for text in framed for letter in text.letters)]
    return Drawn(scale=scale, staves=tuple(staves), others=tuple(others), symbols=symbols, strokes=strokes,
                 letters=settled.letters, dashes=tuple(lines.dashes), unknown=tuple(_box(edges) for edges in unknown),
                 loose=tuple(_box(line.edges) for line in lines.loose),
                 aside=tuple(_box(edges) for edges in aside), tablature=tablature.rows, framed=tuple(framed),
                 fretboards=tuple(fretboards), ranges=tuple(_box(edges) for edges in ranges))


def _about(grid: Grid) -> Edges:
    """The box around a grid and the dots on its outer strings."""
    left, top, right, bottom = grid.edges
    return left - grid.string_gap / 2, top - grid.fret_gap / 2, right + grid.string_gap / 2, bottom


def _sides(frames: Sequence[Edges]) -> list[Edges]:
    """The four sides of boxes."""
    return [side for a, b, c, d in frames for side in ((a, b, c, b), (a, d, c, d), (a, b, a, d), (c, b, c, d))]


def _is_on_end(edges: Edges, staves: Sequence[Ruled]) -> bool:
    """Whether a mark is across the left end of a staff, where no notehead can be. It is the tip of a bracket, which in
    the font Gonville is like a notehead of slash notation."""
    left, top, right, bottom = edges
    return any(left < staff.left < right and top < staff.rows[-1] + SPACE_PX and bottom > staff.rows[0] - SPACE_PX
               for staff in staves)


def _is_unknown(found: Found) -> bool:
    """Whether a mark is like no glyph, or like one that has no class of ours."""
    return not found.name or found.name.startswith(OTHER) and found.name.removeprefix(OTHER) not in AS_OURS


def _box(edges: Edges) -> Box:
    """The box of something with these edges. A vertical or level line gets a width of one pixel."""
    left, top, right, bottom = (float(v) for v in edges)
    return Box(top, left, max(bottom, top + 1), max(right, left + 1))


__all__ = ["Drawn", "read_drawn", "staff_space_pt"]
