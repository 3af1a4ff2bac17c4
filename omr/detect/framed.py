"""Framed texts, such as rehearsal marks: a letter, a number or a short word in a box or circle.

Programs draw the frame as one outline (Verovio), as an outline with round corners or a circle (MuseScore), or as four
lines (LilyPond).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.detect.glyphs import Letter
from omr.detect.pieces import Curve, Line, Pieces
from omr.page.vectors import Edges
from omr.types import SPACE_PX
from omr.types.page import Enclosure
from omr.types.table import table


@table
class FrameLimits:
    """Lengths are in staff spaces. Frames of three programs are 2.6 to 3.2 high and 2.5 to 8 wide."""

    height: tuple[float, float] = (1.3, 5.0)
    """Least and greatest height of a frame."""
    width: tuple[float, float] = (1.0, 24.0)
    """Least and greatest width of a frame, which holds one to three words."""
    meet: float = 0.3
    """Greatest distance between the ends of two sides that meet in a corner: half a pen's width, and LilyPond's
    overlap."""
    at_side: float = 0.08
    """Greatest distance of any point of a circle, or of an outline with round corners, from the sides of its box, as a
    share of the box's shorter side."""
    corner: float = 0.15
    """An outline that is this far from every corner of its box, as a share of the shorter side, is a circle."""
    filled: float = 0.3
    """Least height of the letters in a frame, as a share of the frame's height. In a box around other things, text is
    low."""


T = FrameLimits()


@dataclass(frozen=True)
class Framed:
    """A frame with its letters. edges: of the frame, in pixels."""

    edges: Edges
    shape: Enclosure
    letters: tuple[Letter, ...]


@dataclass(frozen=True)
class _Frame:
    """An outline that may be a frame. parts: the lines or curves with which it is drawn."""

    edges: Edges
    shape: Enclosure
    parts: tuple[Line | Curve, ...] = ()


def find_framed(pieces: Pieces, letters: Sequence[Letter]) -> tuple[list[Framed], Pieces]:
    """The framed texts of a page, and the page's pieces without these frames. All in pixels."""
    frames = [_Frame(edges, "rectangle") for edges in pieces.frames if _has_size(edges)]
    frames += [frame for curve in pieces.curves if (frame := _rounded(curve)) is not None]
    frames += _of_lines(pieces.lines)
    found: list[Framed] = []
    used: set[int] = set()
    boxes: set[Edges] = set()
    for frame in frames:
        inside = [letter for letter in letters if letter.text.strip() and _holds(frame.edges, letter.edges)]
        if not inside:
            continue
        top, bottom = min(letter.edges[1] for letter in inside), max(letter.edges[3] for letter in inside)
        if bottom - top >= T.filled * (frame.edges[3] - frame.edges[1]):
            found.append(Framed(frame.edges, frame.shape, tuple(inside)))
            used |= {id(part) for part in frame.parts}
            boxes.add(frame.edges)
    return found, replace(
        pieces, lines=tuple(line for line in pieces.lines if id(line) not in used),
        curves=tuple(curve for curve in pieces.curves if id(curve) not in used),
        frames=tuple(edges for edges in pieces.frames if edges not in boxes))


def _has_size(edges: Edges) -> bool:
    width, height = (edges[2] - edges[0]) / SPACE_PX, (edges[3] - edges[1]) / SPACE_PX
    return T.width[0] < width < T.width[1] and T.height[0] < height < T.height[1]


def _holds(frame: Edges, edges: Edges) -> bool:
    """Whether the middle of something is inside a frame."""
    x, y = (edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2
    return frame[0] < x < frame[2] and frame[1] < y < frame[3]


def _rounded(curve: Curve) -> _Frame | None:
    """The frame that a curve makes, if all of its points, including its control points, are at the sides of its box."""
    points = curve.points
    if len(points) < 8 or not np.allclose(points[0], points[-1], atol=0.2):
        return None
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    edges = float(left), float(top), float(right), float(bottom)
    low = min(right - left, bottom - top)
    to_sides = np.min([points[:, 0] - left, right - points[:, 0], points[:, 1] - top, bottom - points[:, 1]], axis=0)
    if not _has_size(edges) or to_sides.max() > T.at_side * low:
        return None
    corners = np.array([(left, top), (left, bottom), (right, top), (right, bottom)])
    nearest = float(np.hypot(*(points[:, None] - corners[None]).transpose(2, 0, 1)).min())
    return _Frame(edges, "circle" if nearest > T.corner * low else "rectangle", (curve,))


def _of_lines(lines: Sequence[Line]) -> list[_Frame]:
    """The frames that four lines make."""
    meet = T.meet * SPACE_PX
    level = sorted((line for line in lines if not line.is_upright and line.is_level
                    and T.width[0] * SPACE_PX < line.length < T.width[1] * SPACE_PX), key=lambda line: line.a[1])
    upright = [line for line in lines if line.is_upright
               and T.height[0] * SPACE_PX < line.length < T.height[1] * SPACE_PX]
    found = []
    for i, over in enumerate(level):
        for under in level[i + 1:]:
            if under.a[1] - over.a[1] > T.height[1] * SPACE_PX:
                break
            if abs(over.a[0] - under.a[0]) > meet or abs(over.b[0] - under.b[0]) > meet:
                continue
            sides = [side for x in (over.a[0], over.b[0]) for side in upright
                     if abs(side.a[0] - x) < meet and abs(side.a[1] - over.a[1]) < meet
                     and abs(side.b[1] - under.a[1]) < meet][:2]
            edges = over.a[0], over.a[1], over.b[0], under.a[1]
            if len(sides) == 2 and abs(sides[0].a[0] - sides[1].a[0]) > meet and _has_size(edges):
                found.append(_Frame(edges, "rectangle", (over, under, *sides)))
    return found
