"""Scan, truth and reading side by side in one HTML file, with coloured differences.

Verovio engraves both scores. Notes are compared as in `evaluation/notes.py`, by onset, pitch and duration within
aligned measures. In the truth, notes that were missed are red; in the reading, notes that are wrong or invented.
"""

from __future__ import annotations

import base64
import html
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation import ned, notes
from evaluation.errata import NONE, Errata
from evaluation.errata import counted as what_counts
from evaluation.matching import Matching, Note, match
from omr.errors import DataError

WRONG = "#D0281E"
FIGURES = ("pitch_f1", "onset_f1", "note_f1", "omr_ned", "measures", "true_notes", "right_notes", "estimated_notes")
PAGES = 6
"""Most engraved pages of a score."""
SCAN_WIDTH_PX = 1100
STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #222 }
table { border-collapse: collapse }
td, th { padding: .15rem .6rem; text-align: right; border-bottom: 1px solid #e4e4e4 }
td:first-child, th:first-child { text-align: left } .row { display: flex; gap: 1rem; align-items: flex-start }
.row > div { flex: 1; min-width: 0 } .row svg, .row img { width: 100%; height: auto; border: 1px solid #ddd }
h2 { margin-top: 2.5rem; border-top: 2px solid #222; padding-top: .5rem } .wrong { color: #d0281e }
"""


@dataclass(frozen=True)
class Piece:
    """One comparison.

    figures: what the table shows, by name.
    errors: number of notes by kind of error.
    scan: image or PDF, if there is one.
    pages: those of its pages that were read (from 1, None for all).
    errata: what does not count in the truth.
    """

    name: str
    truth: Path
    estimate: Path | None
    figures: dict[str, float]
    scan: Path | None = None
    pages: frozenset[int] | None = None
    partial: bool = False
    errors: Mapping[str, int] = field(default_factory=dict)
    errata: Errata = NONE


def write_html(pieces: Sequence[Piece]) -> str:
    """The report of all pieces: a table, then three columns for each piece."""
    names = [name for name in FIGURES if any(name in piece.figures for piece in pieces)]
    head = "".join(f"<th>{html.escape(n)}</th>" for n in names)
    rows = "".join(
        f"<tr><td><a href='#{i}'>{html.escape(p.name)}</a></td>"
        + "".join(f"<td>{_shown(p.figures[n])}</td>" if n in p.figures else "<td>-</td>" for n in names) + "</tr>"
        for i, p in enumerate(pieces))
    body = "".join(f"<h2 id='{i}'>{html.escape(p.name)}</h2>{_errors(p)}{_columns(p)}" for i, p in enumerate(pieces))
    return (f"<!doctype html><html lang=en><meta charset=utf-8><title>Truth and reading</title><style>{STYLE}</style>"
            f"<h1>Truth and reading</h1><p>Notes that were missed, or read wrongly, are <b class=wrong>red</b>.</p>"
            f"<table><thead><tr><th>piece</th>{head}</tr></thead>{rows}</table>{body}</html>\n")


def _shown(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _errors(piece: Piece) -> str:
    listed = ", ".join(f"{kind} {count}" for kind, count in sorted(piece.errors.items(), key=lambda e: -e[1]))
    return f"<p>Notes by error: {html.escape(listed)}.</p>" if listed else ""


def _columns(piece: Piece) -> str:
    columns = [("Scan", "".join(_scans(piece.scan, piece.pages)))] if piece.scan is not None else []
    try:
        truth = ned.parse(piece.truth)
        reading = ned.parse(piece.estimate) if piece.estimate is not None and piece.estimate.exists() else None
        if reading is not None:
            matching = colour(truth, reading, piece.partial, piece.errata)
            if matching.pairs:
                truth = ned.part_of(truth, range(matching.true[0], matching.true[-1] + 1))
        columns += [("Truth", engrave(truth)), ("Reading", engrave(reading) if reading is not None else "<p>None.</p>")]
    except DataError as error:
        columns.append(("", f"<p>{html.escape(str(error))}</p>"))
    return "<div class=row>" + "".join(f"<div><h3>{title}</h3>{content}</div>" for title, content in columns) + "</div>"


def colour(truth: Any, reading: Any, partial: bool, errata: Errata = NONE) -> Matching:
    """Colour the notes of two music21 scores that have no partner in the other score, in measures that count."""
    true, read = (notes.with_objects(score, unpitched=True) for score in (truth, reading))
    true_counts, read_counts = ([Counter(key for key, _ in measure) for measure in side] for side in (true, read))
    matching = match(true_counts, read_counts, partial)
    matching, _ = what_counts(matching, matching.pairs, errata)
    pairs = dict(matching.pairs)
    partner = {j: i for i, j in pairs.items()}
    for side, counted, other, of in ((true, matching.true, read_counts, pairs),
                                     (read, matching.estimated, true_counts, partner)):
        for index in counted:
            free = Counter(other[of[index]]) if index in of else Counter[Note]()
            for key, head in side[index]:
                if free[key] > 0:
                    free[key] -= 1
                else:
                    head.style.color = WRONG
    return matching


def engrave(score: Any) -> str:
    """A music21 score as SVG pages."""
    import verovio
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    tools = verovio.toolkit()
    tools.setOptions({"scale": 35, "pageWidth": 2100, "pageHeight": 2970, "adjustPageHeight": True, "footer": "none",
                      "header": "none", "breaks": "auto", "svgViewBox": True})
    try:
        written = GeneralObjectExporter(score).parse().decode()
    except Exception as error:  # music21 passes on exceptions of any kind
        return f"<p>music21 cannot write it ({html.escape(repr(error))}).</p>"
    if not tools.loadData(written):
        return "<p>Verovio cannot engrave it.</p>"
    return "".join(tools.renderToSVG(page + 1) for page in range(min(tools.getPageCount(), PAGES)))


def _scans(path: Path, pages: frozenset[int] | None) -> Iterator[str]:
    """The pages of a scan as inline images, small enough for a browser."""
    from PIL import Image

    from omr.page.raster import count_pages, load

    there = range(1, min(PAGES, count_pages(path)) + 1)
    for page in load(path, {p for p in there if pages is None or p in pages}):
        image = Image.fromarray(page.pixels)
        small = image.resize((SCAN_WIDTH_PX, round(SCAN_WIDTH_PX * image.height / image.width)), Image.Resampling.BOX)
        buffer = io.BytesIO()
        small.save(buffer, "JPEG", quality=75)
        yield f'<img alt="scan" src="data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}">'
