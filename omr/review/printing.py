"""A score as PDF: engraved by Verovio page by page, and drawn by svglib and ReportLab as lines and letters.

Letters are set in Times, which every PDF reader has, so scripts other than Latin cannot be shown.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from io import BytesIO, StringIO
from typing import Any

from omr.export.musicxml import to_bytes
from omr.types import Score

MM_PER_POINT = 25.4 / 72
PAGE_MM = (210, 297)
"""Width and height of a page in mm: A4."""
OPTIONS: Mapping[str, Any] = {
    # Verovio counts in tenths of a millimetre.
    "pageWidth": 10 * PAGE_MM[0], "pageHeight": 10 * PAGE_MM[1], "pageMarginLeft": 120, "pageMarginRight": 120,
    "pageMarginTop": 320, "pageMarginBottom": 120, "scale": 100, "header": "none", "footer": "none",
    "breaks": "auto", "smuflTextFont": "none", "svgViewBox": True,
}
"""Options for Verovio: staves 7 mm high, as in printed piano music, and 20 mm above the music for the title."""
TITLE_PT, NAME_PT = 20, 11
"""Letter size of the title, and of names, in points."""
_DRAWING = threading.Lock()
"""All threads share svglib's style sheets, so only one may draw at a time."""


def to_pdf(score: Score) -> bytes:
    """The PDF of a score, on A4 pages. Equal scores give equal pages, but the file contains its date."""
    from reportlab.graphics import renderPDF
    from reportlab.pdfgen.canvas import Canvas
    from svglib.svglib import svg2rlg

    logging.getLogger("svglib").setLevel(logging.ERROR)
    width, height = (side / MM_PER_POINT for side in PAGE_MM)
    data = BytesIO()
    with _DRAWING:
        canvas = Canvas(data, pagesize=(width, height))
        canvas.setTitle(score.title or "Music")
        for number, svg in enumerate(_pages(score)):
            drawing = svg2rlg(StringIO(_in_one_scale(svg)))
            assert drawing is not None  # Verovio writes SVG
            drawing.scale(width / drawing.width, height / drawing.height)
            renderPDF.draw(drawing, canvas, 0, 0)
            if number == 0:
                margin = OPTIONS["pageMarginLeft"] / 10 / MM_PER_POINT
                canvas.setFont("Times-Roman", TITLE_PT)
                canvas.drawCentredString(width / 2, height - 2 * margin, score.title)
                canvas.setFont("Times-Roman", NAME_PT)
                canvas.drawString(margin, height - 2.6 * margin, score.lyricist)
                canvas.drawRightString(width - margin, height - 2.6 * margin, score.composer)
                canvas.drawRightString(width - margin, height - 2.6 * margin - 1.2 * NAME_PT, score.arranger)
            canvas.showPage()
        canvas.save()
    return data.getvalue()


def _in_one_scale(svg: str) -> str:
    """Verovio's SVG without the inner drawing that has a scale of its own: svglib would shrink it twice."""
    from lxml import etree

    root = etree.fromstring(svg.encode())
    inner = root.find("{*}svg")
    assert inner is not None
    root.set("viewBox", inner.attrib.pop("viewBox"))
    for side, length in zip(("width", "height"), PAGE_MM, strict=True):
        root.set(side, f"{length}mm")
    inner.tag = etree.QName(root.tag).namespace.join("{}") + "g"
    whole: str = etree.tostring(root, encoding="unicode")
    return whole


def unprintable(score: Score) -> str:
    """The letters of a score that its PDF cannot show, each once."""
    words = [score.title, score.composer, score.lyricist, score.arranger, *(part.name for part in score.parts)]
    for measure in (m for part in score.parts for m in part.measures):
        words += [lyric.text for note in measure.notes for lyric in note.lyrics]
        words += [direction.text for direction in measure.directions]
    return "".join(sorted({c for c in "".join(words) if c.isprintable() and not c.encode("cp1252", "ignore")}))


def _pages(score: Score) -> Iterator[str]:
    """The SVG of each page."""
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(dict(OPTIONS))
    toolkit.loadData(to_bytes(score).decode())
    for page in range(1, toolkit.getPageCount() + 1):
        yield toolkit.renderToSVG(page)
