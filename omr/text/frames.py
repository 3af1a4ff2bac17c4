"""Finds framed letters and numbers on a scan, such as rehearsal marks, by the ink of their frames, and reads them one
by one.

Tesseract does not read a letter in a box, and the detector takes numbers in boxes for those of tuplets. Whatever stands
in a frame becomes one word, as on drawn pages (`omr.detect.framed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from omr.text.linepictures import picture_of
from omr.text.tesseract import installed, read_alone
from omr.types import SPACE_PX, Box, NotationGraph, Page, Staff, Symbol, Word
from omr.types.page import Enclosure
from omr.types.table import table


@table
class FrameLimits:
    """Lengths are in staff spaces, shares from 0 to 1. Measured on pages engraved by MuseScore 3 with boxes of 2.4 to
    3.2 spaces around letters, numbers and words, degraded as scans. Pages without boxes that were looked at for false
    ones are for testing only, so they cannot judge these limits."""

    height: tuple[float, float] = (1.5, 5.0)
    """Least and greatest height of what is inside a frame."""
    width: tuple[float, float] = (1.2, 12.0)
    """Least and greatest width of what is inside a frame."""
    gap_px: int = 3
    """Gaps of up to this many pixels in a frame's line are closed."""
    filled: float = 0.9
    """Least share of its box that the inside of a rectangle fills."""
    round: tuple[float, float] = (0.72, 0.84)
    """Least and greatest share of its box that the inside of a circle fills."""
    square: float = 0.15
    """Greatest difference between width and height of a circle, as a share of the larger one."""
    letter: tuple[float, float] = (0.35, 0.95)
    """Least and greatest height of the letters, as a share of the inside's height. Letters do not touch the frame."""
    speck: float = 0.15
    """Greatest height of a speck, as a share of the inside's height."""
    ink: tuple[float, float] = (0.04, 0.55)
    """Least and greatest share of the inside that letters cover."""
    line: float = 0.5
    """Greatest thickness of a frame's line. With more ink around it, the frame is part of a larger piece of ink."""
    beside_head: float = 0.3
    """Least distance between a notehead and a frame that is part of a larger piece of ink. Nearer ones are made of the
    stems and the beam of notes, around a fingering. Six of these were seen on pages of Beethoven's and Mozart's sonatas
    and of guitar music, with noteheads that touch them."""
    from_staff: float = 1.0
    """Least distance of a frame's middle from the lines of a staff. Boxes on a staff are measures."""
    on_line: float = 0.5
    """If a frame is part of a larger piece of ink, and its upper or lower edge is at most this far from the outer line
    of a staff, that edge is the staff line: two staves and two barlines enclose what stands between them."""
    one_letter: float = 1.3
    """Greatest width of a single letter, as a share of its height. W and M are the widest."""
    least_score: float = 0.3
    """Least score of what is read in a frame. Single letters and numbers are believed whatever their score, because
    Tesseract is never sure of one letter."""


T = FrameLimits()


@dataclass(frozen=True)
class Frame:
    """A frame.

    box: the frame with its line.
    inside: the free area inside the line.
    letters: box around the letters in it.
    pieces: how many pieces of ink the letters consist of.
    """

    box: Box
    inside: Box
    letters: Box
    pieces: int
    shape: Enclosure

    @property
    def is_one_letter(self) -> bool:
        """Whether there is only one letter in the frame."""
        return self.pieces == 1 and self.letters.width < T.one_letter * self.letters.height


def find_frames(
    pixels: np.ndarray, staves: Sequence[Staff], heads: Sequence[Symbol] = (), ink_level: int = 150
) -> list[Frame]:
    """The frames of a page that have something in them.

    pixels: (H, W) uint8, 0 = ink.
    heads: the page's noteheads.
    ink_level: darker pixels are ink.
    """
    ink = (pixels < ink_level).astype(np.uint8)
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((T.gap_px, T.gap_px), np.uint8))
    found: list[Frame] = []
    # Closing gaps joins letters to a tight frame around them, so the ink is searched once as it is, before that.
    for looked_at in (ink, closed):
        found += [f for f in _frames_of(looked_at, ink, staves, heads)
                  if not any(f.inside.overlaps(known.inside) for known in found)]
    return sorted(found, key=lambda f: (f.inside.top, f.inside.left))


def _frames_of(
    looked_at: np.ndarray, ink: np.ndarray, staves: Sequence[Staff], heads: Sequence[Symbol]
) -> Iterator[Frame]:
    """The frames among the outlines of a page's ink.

    looked_at: (H, W) uint8, 1 = ink, where outlines are looked for.
    ink: the original ink, where the letters are looked for.
    """
    outlines, nested = cv2.findContours(looked_at, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for outline, (_, _, _, parent) in zip(outlines, [] if nested is None else nested[0], strict=True):
        left, top, wide, high = cv2.boundingRect(outline)
        inside = Box(top, left, top + high, left + wide)
        shape = _shape(outline, wide, high) if parent >= 0 else ""
        letters = _letters(ink, inside) if shape and not _is_on_staff(inside, staves) else None
        if letters is not None:
            around = cv2.boundingRect(outlines[parent])
            box = Box(around[1], around[0], around[1] + around[3], around[0] + around[2])
            is_thin = T.line * SPACE_PX > max(
                inside.top - box.top, box.bottom - inside.bottom, inside.left - box.left, box.right - inside.right)
            if is_thin or not any(_touches(head.box, inside) for head in heads) and not _is_between(inside, staves):
                yield Frame(box if is_thin else inside, inside, *letters, shape)


def _touches(head: Box, inside: Box) -> bool:
    """Whether a notehead touches the inside of a frame without lying in it. (Inside, a letter may have been taken for a
    notehead.)"""
    near = T.beside_head * SPACE_PX
    return (head.left - near < inside.right and head.right + near > inside.left and head.top - near < inside.bottom
            and head.bottom + near > inside.top and not (
                inside.left <= head.left and head.right <= inside.right and inside.top <= head.top
                and head.bottom <= inside.bottom))


def _shape(outline: np.ndarray, wide: int, high: int) -> Enclosure:
    """What kind of frame the inner edge of a piece of ink makes; "" if none."""
    if not (T.height[0] < high / SPACE_PX < T.height[1] and T.width[0] < wide / SPACE_PX < T.width[1]):
        return ""
    share = cv2.contourArea(outline) / (wide * high)
    if share > T.filled:
        return "rectangle"
    is_square = abs(wide - high) < T.square * max(wide, high)
    return "circle" if is_square and T.round[0] < share < T.round[1] else ""


def _is_on_staff(box: Box, staves: Sequence[Staff]) -> bool:
    row, col = box.center
    return any(s.left < col < s.right and s.row(4, col) - T.from_staff * s.space_px < row
               < s.row(-4, col) + T.from_staff * s.space_px for s in staves)


def _is_between(inside: Box, staves: Sequence[Staff]) -> bool:
    """Whether the upper or lower edge of a frame's inside is the outer line of a staff."""
    col = inside.center[1]
    return any(s.left < col < s.right and abs(edge - s.row(place, col)) < T.on_line * s.space_px
               for s in staves for edge, place in ((inside.top, -4), (inside.bottom, 4)))


def _letters(ink: np.ndarray, inside: Box) -> tuple[Box, int] | None:
    """The box around the letters in a frame, and the number of their pieces of ink. None if there is nothing, or no
    letters."""
    top, left, bottom, right = (int(v) for v in (inside.top, inside.left, inside.bottom, inside.right))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink[top:bottom, left:right], connectivity=8)
    edge = np.unique(np.concatenate([labels[[0, 1, -2, -1]].ravel(), labels[:, [0, 1, -2, -1]].ravel()]))
    own = [s for number, s in enumerate(stats.tolist())
           if number and number not in edge and s[3] > T.speck * inside.height]
    if not own:
        return None
    found = Box(top + min(s[1] for s in own), left + min(s[0] for s in own), top + max(s[1] + s[3] for s in own),
                left + max(s[0] + s[2] for s in own))
    share = sum(s[4] for s in own) / (inside.height * inside.width)
    is_text = T.letter[0] < found.height / inside.height < T.letter[1] and T.ink[0] < share < T.ink[1]
    return (found, len(own)) if is_text else None


def read_framed(source: np.ndarray, page: Page, frames: Sequence[Frame], languages: Sequence[str]) -> list[Word]:
    """Read the words in frames. The box of each word is that of its frame. source: the image from which the page was
    made."""
    if not installed().issuperset(languages):
        return []
    words = []
    for frame in frames:
        box, margin = frame.letters, 1.0
        mask = np.zeros(page.pixels.shape, np.uint8)
        mask[int(box.top - margin):int(box.bottom + margin) + 1, int(box.left - margin):int(box.right + margin) + 1] = 1
        text, score = read_alone(picture_of(source, page, mask, [box]).picture, languages, frame.is_one_letter)
        text = " ".join(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text))
        text = re.sub(r"^([A-Z])[Il]$", r"\g<1>1", text)  # "A1" is a mark, "AI" is not
        text = re.sub(r"^([A-Z]\d?|\d+) [a-z]{1,2}$", r"\g<1>", text)  # specks beside the mark
        if frame.is_one_letter and not text.isdigit():  # Tesseract reads a large letter as several: "BB", "an De"
            text = next(iter(re.findall(r"[A-Z]", text) or text[:1]), "")
        is_usual = re.fullmatch(r"[A-Z]{1,2}\d?|\d{1,3}", text) is not None
        if text and (is_usual or score >= T.least_score):
            words.append(Word(text, frame.box, max(score, T.least_score), enclosure=frame.shape))
    return words


def without_framed(graph: NotationGraph, words: Sequence[Word]) -> NotationGraph:
    """Remove symbols in frames, and those that are the lines of frames, from a graph. A chord that has a notehead
    outside all frames keeps its stem, flags and beams, even if the line of a frame seems to be its stem.

    words: those in frames.
    """
    def is_framed(box: Box) -> bool:
        row, col = box.center
        edge = SPACE_PX / 2
        return any(w.box.top - edge < row < w.box.bottom + edge and w.box.left - edge < col < w.box.right + edge
                   and box.height < w.box.height + 2 * edge and box.width < w.box.width + 2 * edge for w in words)

    if not words:
        return graph
    gone = {s.id for s in graph.symbols if is_framed(s.box)} | {s.id for s in graph.strokes if is_framed(s.box)}
    chords = tuple(c for c in graph.chords if not gone.issuperset(c.heads))
    gone.difference_update(
        id_ for c in chords for id_ in (*c.heads, *c.flags, *c.beams, *(() if c.stem is None else (c.stem,))))
    if not gone:
        return graph
    return replace(
        graph, chords=chords, symbols=tuple(s for s in graph.symbols if s.id not in gone),
        strokes=tuple(s for s in graph.strokes if s.id not in gone),
        edges=tuple(e for e in graph.edges if e.parent not in gone and e.child not in gone),
        staff_of={i: staff for i, staff in graph.staff_of.items() if i not in gone})


def outside(words: Sequence[Word], framed: Sequence[Word]) -> list[Word]:
    """The words that are not inside other words' frames."""
    return [word for word in words if not any(frame.box.contains(word.box.center) for frame in framed)]
