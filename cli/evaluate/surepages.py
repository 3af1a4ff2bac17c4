"""Makes pages with truth, to learn how sure a reading is: excerpts of scores, engraved by Verovio and degraded at
random."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deepscores.engrave import EngravedPage
    from deepscores.sources import Source

SUFFIXES = (".mxl", ".musicxml", ".xml")
MOST_MEASURES = 60
"""Measures of an excerpt at first. It is shortened until it fits a page."""
FEWEST_MEASURES = 3
"""An excerpt is given up if not even this many measures fit a page."""
KINDS = {"clean": 0.1, "scan": 0.6, "photo": 0.3}
"""How often pages stay as they are, become a scan, or a photograph. Most are scans, as with users."""


def make_pages(folder: Path, scores: Sequence[Path], count: int, seed: int) -> None:
    """Make pages until the folder has `count` of them: `images/N.png`, and what is on them as `truth/N.musicxml`.

    The same seed makes the same pages. A run that was stopped can be resumed. scores: folders of MusicXML, used besides
    music21's corpus. Files that are for testing only are left out of both.
    """
    import cv2
    import numpy as np
    from tqdm import tqdm

    from augment.degrade import degrade
    from deepscores.engrave import engrave_many
    from deepscores.sources import TEST_ONLY_NAMES, collections, corpus_folders

    images, truths = folder / "images", folder / "truth"
    images.mkdir(parents=True, exist_ok=True)
    truths.mkdir(exist_ok=True)
    have = sorted(int(p.stem) for p in images.glob("*.png") if p.stem.isdigit())
    groups = collections([*scores, *corpus_folders()], TEST_ONLY_NAMES, SUFFIXES)
    first = have[-1] + 1 if have else 0
    made = engrave_many(groups, 0.0, seed, first, workers=1, engraver=engrave_excerpt)
    with tqdm(total=count, initial=len(have), unit="page", desc="pages", leave=False) as bar:
        while bar.n < count:
            task, pages = next(made)
            for page in pages:
                rng = np.random.default_rng([seed, task])
                kind: Any = rng.choice(list(KINDS), p=list(KINDS.values()))
                pixels = cv2.imdecode(np.frombuffer(page.png, np.uint8), cv2.IMREAD_GRAYSCALE)
                pixels, _, _ = degrade(np.asarray(pixels), (), (), rng, kind, page.space_px)
                (truths / f"{task:05d}.musicxml").write_text(page.mei)
                part = images / f"{task:05d}.part.png"
                cv2.imwrite(str(part), pixels)
                os.replace(part, images / f"{task:05d}.png")  # so that half a page is never taken for a whole one
                bar.update()
    made.close()  # type: ignore[attr-defined]


def engrave_excerpt(source: Source, seed: int) -> list[EngravedPage]:
    """One page in a random style, with as many measures from a random place in a score as fit. Its `mei` is the
    MusicXML of the excerpt. Raises DataError if the score cannot be engraved, if hardly a measure fits, or if the page
    would not show the notes that the score contains."""
    import numpy as np

    from deepscores.engrave import engrave, random_options
    from deepscores.sources import Source
    from evaluation import excerpt
    from evaluation.printed import unlike_its_print
    from omr.errors import DataError

    assert source.path is not None
    rng = np.random.default_rng(seed)
    root = excerpt.load(source.path)
    length = min(len(part.findall("measure")) for part in root.iterfind("part"))
    first = int(rng.integers(max(length - FEWEST_MEASURES, 1)))
    count = min(MOST_MEASURES, length - first)
    options, space_px = random_options(rng), float(rng.uniform(13, 20))
    reason = unlike_its_print(excerpt.excerpt(root, first, count))
    if reason is not None:
        raise DataError(f"{source.name}: {reason}")
    with tempfile.TemporaryDirectory() as folder:
        while count >= FEWEST_MEASURES:
            path = Path(folder) / f"{source.path.stem}.musicxml"
            excerpt.write(excerpt.excerpt(root, first, count), path)
            made = engrave(Source(path), seed, 1, space_px, options)
            fitting = made[0].mei.count("<measure ") if made else 0
            if fitting >= count:
                return [replace(made[0], mei=path.read_text())]
            count = min(count - 1, int(count * 0.75))
    raise DataError(f"{source.name}: hardly a measure fits a page")
