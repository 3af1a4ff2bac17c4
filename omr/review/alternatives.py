"""The next best readings of a measure: what they say, how they look, and the operation that chooses one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from omr.music.notes import TYPES, quarters
from omr.music.placed import Placed, Reading
from omr.review.engrave import Engraver, extract
from omr.review.log import Operation
from omr.review.review import Review
from omr.types import Measure, Score

MOST = 4
"""How many readings are shown. They have the keys 1 to 4."""
MOST_NAMED = 2
"""Up to this many changed lengths are named one by one, because they are hard to see in the small pictures."""
ASKED = 5 * MOST
"""How many readings are asked for. Many of them differ only in their voices, which is no help in choosing."""


def of_measure(review: Review, index: int, engraver: Engraver) -> list[dict[str, Any]]:
    """The next best readings of a measure, the likeliest first. index: of the measure, from 0.

    Each has a label, `cost_above` (the natural logarithm of the odds against it, compared with the score), its
    engraving as `svg`, and the operation that chooses it.
    """
    found: list[dict[str, Any]] = []
    now = _content([part.measures[index] for part in review.score.parts])
    shown = [now]
    for other in review.builder.others(index, ASKED):
        content = _content(other.measures)
        if content in shown or len(found) == MOST:
            continue
        shown.append(content)
        span = _nameless(_with(review.score, index, other.measures))
        # Show only the parts of a full score that differ: they are large enough to be read in a small picture.
        parts = [part for part, (old, new) in enumerate(zip(now, content, strict=True)) if old != new]
        found.append({
            "label": _label(other.reading, index, review), "cost_above": round(other.cost_above, 2),
            "svg": engraver.svg(extract(span, index, index, parts), index),
            "operation": take(review, index, other.reading),
        })
    return found


def _content(measures: Sequence[Measure]) -> list[list[tuple[Any, ...]]]:
    """What sounds in a measure and for how long, as one list for each part. The voice of a note does not count."""
    def of(m: Measure) -> list[tuple[Any, ...]]:
        notes = [(n.staff, n.onset_quarter, n.duration_quarter, n.type, n.dots, n.pitch.step, n.pitch.octave)
                 for n in m.notes if not n.grace]
        rests = [(r.staff, r.onset_quarter, r.duration_quarter, r.type, r.dots, "", 0)
                 for r in m.rests if not r.hidden]
        return sorted([*notes, *rests])

    return [of(m) for m in measures]


def take(review: Review, index: int, reading: Reading) -> Operation:
    """The operation that chooses a reading of a measure. It says when each chord and rest sounds, and names these by
    their place on the page."""
    measure = review.measures[index]
    picture, voices = review.pictures[measure.page], _voices(reading)
    events = []
    for placed in reading.placed:
        symbol = placed.event.rest or placed.event.heads[0]
        onset = quarters(placed.onset)
        events.append({
            "at": picture.at(*symbol.box.center), "type": TYPES.get(placed.base, "quarter"), "dots": placed.dots,
            "tuplet": None if placed.ratio is None else list(placed.ratio),
            "group": None if placed.ratio is None else placed.unit,
            "onset": [onset.numerator, onset.denominator], "voice": voices[placed.voice, placed.home_staff],
        })
    return {"op": "take", "measure": index, "events": events}


def _voices(reading: Reading) -> dict[tuple[int, int], int]:
    """(slot of a voice, its staff on the page) -> its number on that staff, from 1 at the top."""
    from omr.music.voices import number_voices
    from omr.types import StaffInPart

    places = {p.home_staff: StaffInPart(0, p.home_staff + 1) for p in reading.placed}
    places |= {p.event.staff: StaffInPart(0, p.event.staff + 1) for p in reading.placed}
    numbers = number_voices(reading.placed, places)
    homes: dict[int, int] = {}
    for p in reading.placed:
        homes.setdefault(p.voice, p.home_staff)
    return {(p.voice, p.home_staff): (numbers[p.voice] - 1) % 4 + 1 for p in reading.placed}


def _with(score: Score, index: int, measures: Sequence[Measure]) -> Score:
    """The score with one measure replaced in each part."""
    return replace(score, parts=tuple(
        replace(part, measures=(*part.measures[:index], own, *part.measures[index + 1:]))
        for part, own in zip(score.parts, measures, strict=True)))


def _nameless(score: Score) -> Score:
    """The score without the names of its parts, which would leave less room for the music."""
    return replace(score, parts=tuple(replace(part, name="", abbreviation="") for part in score.parts))


def _label(reading: Reading, index: int, review: Review) -> str:
    """How a reading differs from the score, in a few words."""
    now = {_key(p): p for p in review.builder.bars[index].reading.placed}
    kept = {_key(p) for p in reading.placed}
    fewer, more = len(now.keys() - kept), len(kept - now.keys())
    lengths = [p for p in reading.placed if (old := now.get(_key(p))) is not None and old.ticks != p.ticks]
    onsets = sum(1 for p in reading.placed if (old := now.get(_key(p))) is not None and old.onset != p.onset)
    tuplets = sorted({f"{p.ratio[0]}:{p.ratio[1]}" for p in reading.placed if p.ratio is not None})
    names = _names(index, review)
    said = [f"{len(lengths)} other lengths" if len(lengths) > MOST_NAMED
            else " and ".join(_with_length(p, names) for p in lengths),
            f"{onsets} moved in time" if onsets and not lengths else "",  # if lengths change, what follows moves anyway
            f"{fewer} left out" if fewer else "", f"{more} more" if more else "",
            f"tuplets {', '.join(tuplets)}" if tuplets else "",
            "" if reading.duration == review.builder.bars[index].reading.duration
            else f"{quarters(reading.duration)} quarters long"]
    return ", ".join(s for s in said if s) or "other voices"


def _names(index: int, review: Review) -> dict[int, str]:
    """Id of a notehead in a measure -> name of its note."""
    signs = {-1: "♭", 0: "", 1: "♯"}
    return {id_: f"{n.pitch.step}{signs.get(int(n.pitch.alter), '')}{n.pitch.octave}" for part in review.score.parts
            for n in part.measures[index].notes for id_ in n.symbol_ids}


def _with_length(placed: Placed, names: Mapping[int, str]) -> str:
    """A note or rest with its length, as in "dotted eighth C♯6". names: as of `_names`."""
    dots = {0: "", 1: "dotted "}.get(placed.dots, "double dotted ")
    named = "rest" if placed.event.rest is not None else names.get(placed.event.heads[0].id, "note")
    return f"{dots}{TYPES.get(placed.base, 'other')} {named}"


def _key(placed: Placed) -> tuple[int, ...]:
    event = placed.event
    return (event.rest.id,) if event.rest is not None else tuple(h.id for h in event.heads)


