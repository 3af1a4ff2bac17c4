"""Engraves score.musicxml with MuseScore 3 as page.svg: `python tests/data/musescore/make.py`.

Digits are set in Liberation Serif, so that the test knows their outlines.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from omr.programs import musescore

HERE = Path(__file__).parent
STYLE = {"musicalSymbolFont": "Emmentaler", "Spatium": 1.8, "tupletFontFace": "Liberation Serif",
         "fingeringFontFace": "Liberation Serif", "pageHeight": 6.0}

if __name__ == "__main__":
    musescore(HERE / "score.musicxml", STYLE, HERE / "page.svg")
    drawn = HERE / "page-1.svg"
    (HERE / "page.svg.gz").write_bytes(gzip.compress(drawn.read_bytes(), mtime=0))
    drawn.unlink()
