"""What a person may say about a reading, as plain JSON: {"op": "pitch", "page": 0, "at": [512, 340], "steps": 1}.

An operation gives places on the page, never ids of one reading, so that later versions of this program can apply it to
readings of their own. Places are in pixels of the page's picture: "at" is a point [row, col], "box" is [top, left,
bottom, right]. This module says which fields each operation has; `omr.review.edits` applies it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, get_args

from omr.errors import OmrError
from omr.review.log import Operation
from omr.types import NoteType

LONGEST_TEXT = 1000
"""Most characters of a word or a title."""
MOST_PLACES = 400
"""Most places in one operation. A measure of a full score has fewer notes."""
MOST_ALIKE = 10_000
"""Most other measures for which an operation holds. No movement is longer."""


class OperationError(OmrError):
    """An operation that makes no sense, or whose place is not found. Nothing was changed."""

    exit_code = 2


Check = Callable[[Any], bool]


def _whole(low: int, high: int) -> Check:
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high


def _is_number(v: Any) -> bool:
    return isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) and abs(v) < 1e6


def _numbers(count: int) -> Check:
    return lambda v: isinstance(v, (list, tuple)) and len(v) == count and all(map(_is_number, v))


def _one_of(*values: Any) -> Check:
    return lambda v: any(v == value and type(v) is type(value) for value in values)


def _or_none(check: Check) -> Check:
    return lambda v: v is None or check(v)


def _list_of(check: Check) -> Check:
    return lambda v: isinstance(v, (list, tuple)) and 0 < len(v) <= MOST_PLACES and all(map(check, v))


def _is_text(v: Any) -> bool:
    return isinstance(v, str) and len(v) <= LONGEST_TEXT and "\x00" not in v and v.isprintable()


def _is_time(v: Any) -> bool:
    """Whether a value is a time in quarters, as [numerator, denominator]."""
    return (isinstance(v, (list, tuple)) and len(v) == 2 and all(map(_whole(0, 10**6), v)) and v[1] > 0
            and Fraction(v[0], v[1]) < 1000)


def _is_event(v: Any) -> bool:
    """Whether a value says when one chord or rest sounds (for the operation "take")."""
    return isinstance(v, Mapping) and v.keys() == EVENT.keys() and all(check(v[k]) for k, check in EVENT.items())


def _is_alike(v: Any) -> bool:
    """Whether a value says where else an operation holds: the page, and the place of a sign or the places of a
    measure's events. Each event also has the place of the event that it is like."""
    if not isinstance(v, Mapping) or not PAGE(v.get("page")):
        return False
    if v.keys() == {"page", "at"}:
        return POINT(v["at"])
    return v.keys() == {"page", "events"} and _list_of(_is_pair)(v["events"])


def _is_pair(v: Any) -> bool:
    return isinstance(v, Mapping) and v.keys() == {"at", "as"} and POINT(v["at"]) and POINT(v["as"])


POINT, BOX = _numbers(2), _numbers(4)
PAGE = _whole(0, 10**5)
TYPE = _one_of(*get_args(NoteType))
DOTS = _whole(0, 3)
VOICE = _whole(1, 8)
ACCIDENTALS = ("sharp", "flat", "natural", "double-sharp", "flat-flat")
BARLINES = ("regular", "double", "final", "repeat-start", "repeat-end", "repeat-both")
TITLES = ("title", "composer", "lyricist", "arranger")
EVENT: Mapping[str, Check] = {
    "at": POINT, "type": TYPE, "dots": DOTS, "tuplet": _or_none(_numbers(2)),
    "group": _or_none(_whole(0, 1000)), "onset": _is_time, "voice": VOICE,
}
"""What is said about each chord or rest of a measure whose reading is chosen. group: the same number for all events of
a tuplet."""

ALIKE: Mapping[str, Check] = {
    "alike": _one_of(True, False),
    "also": lambda v: isinstance(v, (list, tuple)) and len(v) <= MOST_ALIKE and all(map(_is_alike, v)),
}
"""Fields about other measures like the corrected one. alike: whether the operation holds there too. also: where.
(`omr.review.alike` finds these places when the operation is applied for the first time.)"""

FIELDS: Mapping[str, Mapping[str, Check]] = {
    "accept": {"page": PAGE, "box": BOX},
    "take": {"page": PAGE, "box": BOX, "events": _list_of(_is_event), **ALIKE},
    "pitch": {"page": PAGE, "at": POINT, "steps": _whole(-60, 60)},
    "accidental": {"page": PAGE, "at": POINT, "accidental": _or_none(_one_of(*ACCIDENTALS))},
    "duration": {"page": PAGE, "at": POINT, "type": TYPE, "dots": DOTS, **ALIKE},
    "tuplet": {"page": PAGE, "at": _list_of(POINT), "actual": _whole(1, 64), "normal": _or_none(_whole(1, 64)),
               **ALIKE},
    "voice": {"page": PAGE, "at": POINT, "voice": VOICE},
    "one_voice": {"page": PAGE, "at": POINT, "stem": _one_of("up", "down")},
    "tie": {"page": PAGE, "at": POINT, "on": _one_of(True, False)},
    "add": {"page": PAGE, "at": POINT, "kind": _one_of("note", "rest"), "type": TYPE, "dots": DOTS},
    "delete": {"page": PAGE, "at": POINT},
    "clef": {"page": PAGE, "at": POINT, "sign": _or_none(_one_of("G", "F", "C", "percussion")), "line": _whole(1, 5),
             "octave": _whole(-1, 1), **ALIKE},
    "key": {"page": PAGE, "at": POINT, "fifths": _whole(-7, 7), **ALIKE},
    "time": {"page": PAGE, "at": POINT, "beats": _whole(1, 32), "beat_type": _one_of(1, 2, 4, 8, 16, 32),
             "symbol": _or_none(_one_of("common", "cut"))},
    "barline": {"page": PAGE, "at": POINT, "style": _or_none(_one_of(*BARLINES))},
    "join_systems": {"page": PAGE, "from": POINT, "to": POINT},
    "part_system": {"page": PAGE, "at": POINT},
    "staff": {"page": PAGE, "from": POINT, "to": POINT},
    "text": {"page": PAGE, "at": POINT, "text": _is_text},
    "syllable": {"page": PAGE, "at": POINT, "verse": _whole(1, 20), "text": _is_text,
                 "syllabic": _one_of("single", "begin", "middle", "end")},
    "part_name": {"part": _whole(0, 10**4), "name": _is_text},
    "title": {"field": _one_of(*TITLES), "text": _is_text},
}
"""Operation -> its fields, apart from "op", and the check of each."""
ANYWHERE: Mapping[str, Any] = {"alike": True, "also": ()}
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "take": ANYWHERE, "tuplet": ANYWHERE, "clef": {"line": 2, "octave": 0, **ANYWHERE}, "key": ANYWHERE,
    "time": {"symbol": None}, "duration": {"dots": 0, **ANYWHERE},
    "add": {"dots": 0}, "syllable": {"verse": 1, "syllabic": "single"},
}
"""Operation -> values of fields that may be left out. All other fields must be given."""


def check(operation: Any) -> Operation:
    """The operation with only its own fields. Raises OperationError if one is missing or makes no sense."""
    name = operation.get("op") if isinstance(operation, Mapping) else None
    fields = FIELDS.get(name) if isinstance(name, str) else None
    if fields is None:
        raise OperationError(f"no operation {str(name)[:40]!r}; there are {', '.join(FIELDS)}")
    whole = {**DEFAULTS.get(str(name), {}), **operation}
    for field, fits in fields.items():
        if field not in whole:
            raise OperationError(f"{name} needs {field}")
        if not fits(whole[field]):
            raise OperationError(f"{name}: {field} cannot be {str(whole[field])[:40]!r}")
    return {"op": name, **{field: whole[field] for field in fields}}
