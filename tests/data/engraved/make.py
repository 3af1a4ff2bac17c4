"""Engraves score.musicxml with MuseScore 3 and LilyPond as SVG, and with both and Verovio as PDF:
`python tests/data/engraved/make.py`. outlined.pdf is outlined.musicxml by MuseScore 3, of whose letters Ghostscript has
made mere outlines.

MuseScore's digits are set in Liberation Serif, so that the test knows their outlines.
"""

from __future__ import annotations

import gzip
import subprocess
import tempfile
from pathlib import Path

from deepscores import lilypond, musescore, pdfs

HERE = Path(__file__).parent
STYLE = {"musicalSymbolFont": "Emmentaler", "Spatium": 1.8, "tupletFontFace": "Liberation Serif",
         "fingeringFontFace": "Liberation Serif", "pageHeight": 6.0}

if __name__ == "__main__":
    for engraver, style in ((musescore, STYLE), (lilypond, {})):
        (svg,) = engraver.drawings(HERE / "score.musicxml", style)
        (HERE / f"{engraver.__name__.rsplit('.', 1)[-1]}.svg.gz").write_bytes(gzip.compress(svg, mtime=0))
    pdfs.musescore(HERE / "score.musicxml", HERE / "musescore.pdf", "Emmentaler")
    pdfs.lilypond(HERE / "score.musicxml", HERE / "lilypond.pdf")
    pdfs.verovio(HERE / "score.musicxml", HERE / "verovio.pdf")
    with tempfile.TemporaryDirectory() as folder:
        pdfs.musescore(HERE / "outlined.musicxml", Path(folder) / "x.pdf", "Emmentaler")
        subprocess.run(["gs", "-q", "-o", HERE / "outlined.pdf", "-sDEVICE=pdfwrite", "-dNoOutputFonts",
                        Path(folder) / "x.pdf"], check=True)
