"""Where the music to engrave comes from: music21's corpus, folders of scores, and synthetic scores."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from omr.errors import DataError

SUFFIXES: Sequence[str] = (".mxl", ".musicxml", ".xml", ".mei", ".krn", ".abc")
TEST_ONLY_CORPUS = (
    "beach", "chopin", "corelli", "handel", "haydn", "joplin", "leadSheet", "liliuokalani", "mozart", "schoenberg",
    "schubert", "schumann_clara", "verdi", "weber", "webern",
)
"""Folders of music21's corpus that the benchmarks use. They are never engraved for training."""
TEST_ONLY_NAMES = r"Forelle|Winterreise|Schumann,_Clara|Beach,_Amy|Haydn,_Joseph|Mozart,_Wolfgang"
"""Files of the OpenScore corpora that are for testing only: some songs, and the composers of the benchmark's quartets,
which are in music21's corpus, too."""

PLAIN = frozenset({"palestrina", "trecento", "monteverdi", "josquin", "ryansMammoth", "oneills1850", "airdsAirs",
                   "essenFolksong", "nottingham-dataset", "miscFolk"})
"""Folders of music21's corpus with single tunes and old vocal music."""

@dataclass(frozen=True)
class Source:
    """A score to engrave: a file, or a synthetic score by its seed."""

    path: Path | None
    seed: int = 0

    @property
    def name(self) -> str:
        if self.path is None:
            return f"synthetic-{self.seed}"
        return "/".join((*self.path.parent.parts[-2:], self.path.name))

    def text(self) -> str:
        """What Verovio loads. Raises DataError for a file that is not a score."""
        if self.path is None:
            from deepscores.synthetic import write_mei

            return write_mei(np.random.default_rng(self.seed))
        if self.path.suffix != ".mxl":
            return self.path.read_text(encoding="utf-8", errors="replace")
        try:
            with zipfile.ZipFile(self.path) as archive:
                names = [n for n in archive.namelist() if not n.startswith("META-INF") and n.endswith(("xml", "mxl"))]
                return archive.read(names[0]).decode("utf-8", "replace")
        except (zipfile.BadZipFile, IndexError) as error:
            raise DataError(f"{self.path} is no MusicXML archive") from error


def corpus_folders() -> list[Path]:
    """One folder for each composer in music21's corpus, except those on which the benchmarks test."""
    import music21

    root = Path(music21.__file__).parent / "corpus"
    return sorted(p for p in root.iterdir() if p.is_dir() and p.name not in TEST_ONLY_CORPUS and p.name[0] != "_")


def collections(folders: Sequence[Path], exclude: str = TEST_ONLY_NAMES, suffixes: Sequence[str] = SUFFIXES,
                ) -> list[list[Path]]:
    """Score files by folder. Files whose path matches `exclude` are left out, and so are empty folders."""
    pattern = re.compile(exclude) if exclude else None
    found = []
    for folder in folders:
        scores = (p for p in folder.rglob("*") if p.suffix in suffixes)
        files = sorted(p for p in scores if not (pattern and pattern.search(str(p))))
        if files:
            found.append(files)
    if not found:
        raise DataError(f"no scores ({', '.join(suffixes)}) in {', '.join(map(str, folders)) or 'any folder'}")
    return found


def draw(groups: Sequence[Sequence[Path]], synthetic: float, rng: np.random.Generator) -> Source:
    """Draw one source at random: a synthetic one with that probability, else a folder by the square root of its size,
    and then a file in it.

    If files were drawn directly, thousands of folk tunes would outnumber the few hundred scores for piano. `PLAIN`
    collections, which have few kinds of symbols, count for a third.
    """
    if rng.random() < synthetic:
        return Source(None, int(rng.integers(2**31)))
    weight = np.array([min(len(g), 1500) ** 0.5 * (0.33 if PLAIN.intersection(g[0].parts) else 1.0) for g in groups])
    group = groups[int(rng.choice(len(groups), p=weight / weight.sum()))]
    return Source(group[int(rng.integers(len(group)))])
