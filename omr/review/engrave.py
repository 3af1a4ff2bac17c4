"""Systems of the score as SVG. Verovio engraves each of them as one line."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from omr.export.musicxml import to_bytes
from omr.types import Clef, Measure, Part, Score
from omr.types.paper import PartGroup

OPTIONS: Mapping[str, Any] = {
    "breaks": "none", "header": "none", "footer": "none", "adjustPageHeight": True, "adjustPageWidth": True,
    "svgViewBox": True, "scale": 40, "pageMarginTop": 20, "pageMarginBottom": 20, "pageMarginLeft": 20,
    "pageMarginRight": 20, "mnumInterval": 1,
}
"""Options for Verovio: one line without a header, as large as its music."""


class Engraver:
    """Engraves with one Verovio toolkit. Making it takes 0.1 s, in the main thread; one thread at a time may use it."""

    def __init__(self) -> None:
        import verovio

        verovio.enableLog(verovio.LOG_OFF)
        self._toolkit = verovio.toolkit()
        self._toolkit.setOptions(dict(OPTIONS))
        self._lock = threading.Lock()

    def svg(self, score: Score, first: int) -> str:
        """The SVG of an excerpt (see `extract`). Notes and rests have the ids that they have in MusicXML. Measures have
        ids like "m12", with their index in the whole score. first: that of the first measure in the excerpt."""
        data = numbered(to_bytes(score), first).decode()
        with self._lock:
            self._toolkit.loadData(data)
            svg: str = self._toolkit.renderToSVG(1)
        return svg


def numbered(data: bytes, first: int) -> bytes:
    """MusicXML with an id for each measure, which Verovio keeps: "m12" for the measure with index 12."""
    from lxml import etree

    root = etree.fromstring(data)
    for part in root.iterfind("part"):
        for index, measure in enumerate(part.iterfind("measure"), first):
            measure.set("id", f"m{index}")
    done: bytes = etree.tostring(root, encoding="UTF-8")
    return done


def extract(score: Score, first: int, last: int, parts: Sequence[int] | None = None) -> Score:
    """The measures `first` to `last` of a score as a score of its own, with the clefs and keys that hold there.

    parts: indices of the parts to take; None takes all.
    """
    chosen = list(range(len(score.parts))) if parts is None else sorted(parts)
    groups = []
    for group in score.groups:
        own = [i for i, part in enumerate(chosen) if group.first <= part <= group.last]
        if len(own) > 1:
            groups.append(PartGroup(own[0], own[-1], group.symbol, group.barlines))
    return replace(score, parts=tuple(_cut(score.parts[i], first, last) for i in chosen), doubts=(), title="",
                   composer="", lyricist="", arranger="", groups=tuple(groups), systems=(), sheets=(),
                   heading=())


def _cut(part: Part, first: int, last: int) -> Part:
    """The measures `first` to `last` of a part. The first one states the clefs and the key that hold there."""
    clefs: dict[int, Clef] = {}
    fifths = 0
    for measure in part.measures[:first]:
        for clef in measure.clefs:
            clefs[clef.staff] = replace(clef, onset_quarter=clef.onset_quarter * 0)
        fifths = fifths if measure.fifths is None else measure.fifths
    opening = part.measures[first]
    shown = {c.staff for c in opening.clefs if c.onset_quarter == 0}
    opening = replace(
        opening, clefs=(*(c for s, c in sorted(clefs.items()) if s not in shown), *opening.clefs),
        fifths=fifths if opening.fifths is None else opening.fifths, new_system=False, new_page=False)
    rest: tuple[Measure, ...] = part.measures[first + 1:last + 1]
    return replace(part, measures=(opening, *rest))
