"""What the browser is told about a review, as plain JSON."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from omr import __version__
from omr.export.lanes import events_of
from omr.review.alike import OF_RHYTHM, OF_SYSTEMS
from omr.review.engrave import Engraver, extract
from omr.review.log import Operation
from omr.review.operations import TITLES
from omr.review.review import SUFFIXES, Review
from omr.sure import SURE
from omr.types import Box, Measure, Note, Rest, Score

Json = dict[str, Any]
HOLDS_ON = OF_RHYTHM | OF_SYSTEMS | {"time"}
"""Operations that are meant for other measures too, not only for the one at which they point."""


@dataclass(frozen=True)
class SystemSpan:
    """A system of the scan.

    first, last: indices of its measures.
    parts: indices of the parts that have a staff in it.
    box: [top, left, bottom, right] in pixels of its page's picture.
    staves: from the top: the part of each staff, its box, and the rows of its five lines in the middle of the system.
    """

    page: int
    first: int
    last: int
    parts: tuple[int, ...]
    box: Sequence[float]
    staves: Sequence[Json]


def systems_of(review: Review) -> list[SystemSpan]:
    """The systems of the scan, in order."""
    places = review.score.systems
    ends = [*(p.measure for p in places[1:]), len(review.measures)]
    found = []
    for place, end in zip(places, ends, strict=True):
        box = Box(min(s.top for s in place.staves), place.left, max(s.bottom for s in place.staves), place.right)
        parts = tuple(sorted({s.part for s in place.staves}))
        picture, col = review.pictures[place.page], (place.left + place.right) / 2
        staves = [{"part": s.part, "staff": s.staff, "box": picture.box(Box(s.top, place.left, s.bottom, place.right)),
                   "lines": [picture.at(s.top + (s.bottom - s.top) * i / 4, col)[0] for i in range(5)]}
                  for s in place.staves]
        found.append(SystemSpan(place.page, place.measure, end - 1, parts, picture.box(box), staves))
    return found


def state(review: Review) -> Json:
    """Everything that the browser page shows, except pictures, engravings and notes."""
    score, measures, systems = review.score, review.measures, systems_of(review)
    system_of = {m: i for i, s in enumerate(systems) for m in range(s.first, s.last + 1)}
    doubts, accepted, mended = review.doubts_of(), review.accepted(), review.mended()
    confidence = review.confidence()
    seen = accepted | mended
    unsure = [i for i in range(len(measures)) if i not in seen and _is_unsure(confidence[i], i in doubts)]
    unsure.sort(key=lambda i: 0.0 if (sure := confidence[i]) is None else sure)
    return {
        "version": __version__, "revision": review.revision, "name": review.input.name,
        **{name: getattr(score, name) for name in TITLES},
        "parts": [{"id": p.id, "name": p.name, "staves": p.staves} for p in score.parts],
        "pages": [{"index": r.index, "width": p.width, "height": p.height, "image": f"api/pages/{r.index}.png",
                   "spacing_px": round(p.space_px, 2)}
                  for r in review.readings if (p := review.pictures.get(r.index)) is not None],
        "systems": [{"index": i, "page": s.page, "box": s.box, "measures": [s.first, s.last], "staves": s.staves}
                    for i, s in enumerate(systems)],
        "measures": [{
            "index": i, "number": m.number, "page": m.page, "box": review.box_of(m),
            "system": system_of.get(i, 0),
            "confidence": confidence[i],
            "state": "accepted" if i in accepted else "mended" if i in mended
            else "unsure" if _is_unsure(confidence[i], i in doubts) else "sure",
            "doubts": [] if i in accepted else [d.message for d in doubts.get(i, [])],
        } for i, m in enumerate(measures)],
        "doubts": [{"page": d.page, "box": _doubt_box(review, d.page, d.box), "message": d.message}
                   for d in score.doubts if d.measure is None],
        "to_look_at": unsure,
        "summary": {"measures": len(measures), "sure": len(measures) - len(unsure), "look": len(unsure),
                    "share_of_errors": _share_of_errors(confidence, unsure, seen)},
        "place": review.log.place, "saved": review.saved, "formats": list(SUFFIXES),
        "can_undo": review.can_undo, "can_redo": review.can_redo,
        "unplaced": [{"number": u.number, "operation": u.operation, "message": u.message} for u in review.unplaced],
    }


def _is_unsure(confidence: float | None, is_doubted: bool) -> bool:
    """Whether a measure should be looked at. Its doubts decide if its probability is not known."""
    return is_doubted if confidence is None else confidence < SURE


def _share_of_errors(
    confidence: Sequence[float | None], unsure: Sequence[int], seen: Collection[int]
) -> float | None:
    """Of the wrong measures that nobody has looked at yet, the share that will be found by looking at the unsure ones.
    None if it is not known.

    seen: indices of measures that were accepted or corrected.
    """
    wrong = {i: 1 - sure for i, sure in enumerate(confidence) if sure is not None and i not in seen}
    total = sum(wrong.values())
    return round(sum(wrong.get(i, 0.0) for i in unsure) / total, 3) if total > 0 else None


def _doubt_box(review: Review, page: int, box: Any) -> list[float] | None:
    picture = review.pictures.get(page)
    return None if box is None or picture is None or picture.mapping is None else picture.box(box)


def measure(review: Review, index: int) -> Json:
    """Everything that stands in one measure. index: from 0; the measure must exist."""
    parts = review.score.parts
    own = [(part, part.measures[index]) for part in parts]
    first = own[0][1]
    time = next((m.time for m in reversed(review.measures[:index + 1]) if m.time is not None), None)
    return {
        "index": index, "number": first.number, "box": review.box_of(first), "page": first.page,
        "length": _fraction(first.duration_quarter),
        "notes": [item for number, (_, m) in enumerate(own) for item in _notes(review, number, m)],
        "clefs": [{"part": number, "staff": c.staff, "onset": _fraction(c.onset_quarter), "sign": c.sign,
                   "line": c.line} for number, (_, m) in enumerate(own) for c in m.clefs],
        "key": _key(review, index), "time": None if time is None else list(time),
        "left": first.left, "right": first.right,
    }


def _key(review: Review, index: int) -> list[int]:
    """The key of each part in a measure, as the number of its sharps, or of its flats as a negative number."""
    return [next((m.fifths for m in reversed(p.measures[:index + 1]) if m.fifths is not None), 0)
            for p in review.score.parts]


def _notes(review: Review, part: int, own: Measure) -> list[Json]:
    """The notes and visible rests of a part's measure, by onset."""
    found = []
    for event in events_of(own):
        for item in event.items:
            if isinstance(item, Rest) and item.hidden:
                continue
            found.append({
                "id": note_id(own.page, item), "part": part, "staff": item.staff, "voice": item.voice,
                "onset": _fraction(item.onset_quarter), "duration": _fraction(item.duration_quarter),
                "type": item.type, "dots": item.dots, "tuplet": None if item.tuplet is None else list(item.tuplet),
                "boxes": boxes_of(review, own.page, item),
                **(_of_note(item) if isinstance(item, Note) else {"kind": "rest"}),
            })
    return found


def _of_note(note: Note) -> Json:
    return {
        "kind": "grace" if note.grace else "note", "step": note.pitch.step, "octave": note.pitch.octave,
        "alter": note.pitch.alter, "accidental": note.accidental,
        "tie": "both" if note.tie_start and note.tie_stop else "start" if note.tie_start
        else "stop" if note.tie_stop else None,
        "lyrics": [{"verse": s.verse, "text": s.text, "syllabic": s.syllabic} for s in note.lyrics],
    }


def note_id(page: int, item: Note | Rest) -> str:
    """The id of a note or rest in MusicXML and in the engraving; "" for one that was read from no symbol."""
    return "-".join(map(str, (f"p{page + 1}", *item.symbol_ids))) if item.symbol_ids else ""


def boxes_of(review: Review, page: int, item: Note | Rest) -> list[list[float]]:
    """Where the symbols of a note or rest stand on the page's picture, the notehead first."""
    graph = review.edited.graphs[page]
    picture = review.pictures[page]
    return [picture.box(symbol.box) for id_ in item.symbol_ids
            if (symbol := graph.symbol_by_id.get(id_)) is not None]


def links(review: Review) -> Json:
    """Id of every note and visible rest -> its measure, and its place on the page."""
    found: Json = {}
    for part in review.score.parts:
        for index, own in enumerate(part.measures):
            items: tuple[Note | Rest, ...] = (*own.notes, *own.rests)
            for item in items:
                name = note_id(own.page, item)
                if name:
                    found[name] = {"measure": index, "page": own.page, "boxes": boxes_of(review, own.page, item)}
    return found


def svg(review: Review, index: int, engraver: Engraver) -> str:
    """The engraving of a system. index: from 0; the system must exist."""
    span = systems_of(review)[index]
    return engraver.svg(extract(review.score, span.first, span.last, span.parts), span.first)


def changes(before: Score, after: Score) -> list[int]:
    """Indices of the measures that have changed; all of them if their number has changed. The confidence may change
    anywhere, and does not count."""
    count = len(after.parts[0].measures)
    if len(before.parts) != len(after.parts) or len(before.parts[0].measures) != count:
        return list(range(count))
    return [i for i in range(count)
            if any(not _is_same_music(old.measures[i], new.measures[i])
                   for old, new in zip(before.parts, after.parts, strict=True))]


def changed_with(review: Review, operation: Operation, before: Score) -> list[int]:
    """Indices of the measures that an operation changed without pointing at them: measures like the corrected one, or
    later measures for which it holds.

    The list is empty for operations that hold only where they point, which change other measures by chance (when a tie
    ends there, for example), and if measures were added or removed. before: the score before the operation.
    """
    if operation["op"] not in HOLDS_ON or len(before.parts[0].measures) != len(review.measures):
        return []
    return sorted(set(changes(before, review.score)) - review.spoken_of(operation))


def _is_same_music(a: Measure, b: Measure) -> bool:
    return a is b or all(getattr(a, name) == getattr(b, name) for name in MUSIC)


MUSIC = tuple(f.name for f in fields(Measure) if f.name != "confidence")
"""The fields of a measure that say what is played."""


def _fraction(value: Fraction) -> list[int]:
    return [value.numerator, value.denominator]
