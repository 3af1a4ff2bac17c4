"""Engraves score.musicxml with MuseScore 3 and LilyPond: `python tests/data/engraved/make.py`.

MuseScore's digits are set in Liberation Serif, so that the test knows their outlines.
"""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

from deepscores import lilypond
from omr.programs import musescore

HERE = Path(__file__).parent
STYLE = {"musicalSymbolFont": "Emmentaler", "Spatium": 1.8, "tupletFontFace": "Liberation Serif",
         "fingeringFontFace": "Liberation Serif", "pageHeight": 6.0}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        musescore(HERE / "score.musicxml", STYLE, Path(folder) / "page.svg")
        (drawn,) = Path(folder).glob("page-*.svg")
        (HERE / "musescore.svg.gz").write_bytes(gzip.compress(drawn.read_bytes(), mtime=0))
    (svg,) = lilypond.drawings(HERE / "score.musicxml", {})
    (HERE / "lilypond.svg.gz").write_bytes(gzip.compress(svg, mtime=0))
