"""What is engraved: never what the benchmarks test on, and synthetic scores that Verovio reads."""

from __future__ import annotations

import numpy as np
import pytest

from deepscores.engrave import count_symbols
from deepscores.sources import TEST_ONLY_CORPUS, collections, corpus_folders
from deepscores.synthetic import write_mei


def test_the_benchmarks_corpus_is_never_engraved() -> None:
    folders = corpus_folders()
    assert {"bach", "beethoven"} <= {f.name for f in folders}
    parts = {part.lower() for group in collections(folders) for path in group for part in path.parts}
    assert not parts & {name.lower() for name in TEST_ONLY_CORPUS}


@pytest.mark.parametrize("seed", range(10))
def test_verovio_reads_synthetic_scores(seed: int) -> None:
    import verovio

    toolkit = verovio.toolkit()
    verovio.enableLog(verovio.LOG_OFF)
    assert toolkit.loadData(write_mei(np.random.default_rng(seed)))
    counts = count_symbols(toolkit.renderToSVG(1))
    assert sum(counts[name] for name in ("noteheadBlack", "noteheadHalf", "noteheadWhole")) > 10
    assert sum(n for name, n in counts.items() if "Clef" in name) >= 1


RARE = {
    "a percussion clef": 'clef.shape="perc"',
    "a clef with an 8 over it": 'clef.dis.place="above"',
    "a cue note": 'cue="true"',
    "a long grace note": 'dur="2" grace="acc"',
    "a grace note with its stem down": 'grace="acc" stem.dir="down"',
    "a tuplet of four": 'num="4"',
    "a tuplet of eight": 'num="8"',
    "a tuplet of two digits": 'num="10"',
    "a thumb": "<rend>0</rend>",
}
"""What training pages once lacked, so that the network forgot it: as it stands in MEI."""


def test_synthetic_scores_hold_what_real_ones_lack() -> None:
    """In a hundred scores, or as many as it takes."""
    missing = dict(RARE)
    for seed in range(100):
        text = write_mei(np.random.default_rng(seed))
        missing = {name: mei for name, mei in missing.items() if mei not in text}
        if not missing:
            break
    assert not missing
