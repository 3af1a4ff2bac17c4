"""OMR-NED (Martinez-Sevilla et al., ISMIR 2025), computed by its own implementation, musicdiff.

Definition. The edit distance between two scores - symbols to insert, delete or change, aligned part by part and
measure by measure - divided by the number of symbols in both: 0 is the same score, 1 nothing in common.

Conventions. The detail level is musicdiff's `AllObjects` unless another is named: notes and rests with beams, ties,
slurs, articulations, ornaments and tremolos; signatures, directions, barlines, staff details, chord symbols, octave
lines, arpeggios and lyrics; not style, metadata or voices. Errors are also counted by kind (`errors`, edits by name).
* A missing, unreadable or empty estimate has all wrong: OMR-NED 1, one edit for every symbol of the truth.
* `matching`: only the measures that count are compared (`evaluation/matching.py`): for scans of some pages of a
  longer work, and for repeats that only one side writes out.
* musicdiff's time grows steeply with how different two scores are. Each comparison runs in a worker process with a
  time limit; one that exceeds it is None, which callers report as such and leave out of means.

Deviations. musicdiff counts fingerings as articulations. Where the truth has none at all, those of the reading are left
out: Humdrum encodings of old prints do not record them, and what stands on the page is no error. The figures published
for other systems may use other detail levels.

TEDn (Mayer et al., ICDAR 2024), the edit distance of MusicXML trees, is left out for its cost: four measures of a piano
piece, 515 nodes, took 21 s with the library zss, a measure's 126 nodes 0.6 s; a page would take many minutes.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import tempfile
import warnings
from collections.abc import Sequence
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

from evaluation import truths
from evaluation.matching import Matching
from omr.errors import DataError

DETAIL = "AllObjects"
TIMEOUT_S = 120.0


class Ned(contextlib.AbstractContextManager["Ned"]):
    """The measure, with a worker process that lives as long as the `with` block."""

    def __init__(self, detail: str = DETAIL, timeout_s: float = TIMEOUT_S) -> None:
        self.detail, self.timeout_s = detail, timeout_s
        self._pool: Pool | None = None

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    def evaluate_files(self, reference: Path, estimate: Path | None,
                       matching: Matching | None = None) -> dict[str, Any] | None:
        """omr_ned, edits, symbols_reference, symbols_estimate, errors (kind -> edits).

        None if the time ran out. Raises DataError if the truth cannot be read.
        """
        if self._pool is None:
            self._pool = multiprocessing.get_context("spawn").Pool(1)
        task = self._pool.apply_async(compare, (reference, estimate, self.detail, matching))
        try:
            return task.get(self.timeout_s)
        except multiprocessing.TimeoutError:
            self.__exit__()
            return None


def compare(reference: Path, estimate: Path | None, detail: str = DETAIL,
            matching: Matching | None = None) -> dict[str, Any]:
    """`Ned.evaluate_files` in this process, without a time limit."""
    from music21 import stream
    from musicdiff.annotation import AnnScore
    from musicdiff.comparison import Comparison
    from musicdiff.detaillevel import DetailLevel
    from musicdiff.visualization import Visualization

    level = DetailLevel[detail]
    truth = parse(reference)
    try:
        read = parse(estimate) if estimate is not None and estimate.exists() else stream.Score()
    except DataError:
        read = stream.Score()
    if matching is not None and matching.pairs:
        truth, read = part_of(truth, matching.true), part_of(read, matching.estimated)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not _fingerings(truth):
            for item, finger in _fingerings(read):
                item.articulations.remove(finger)
        true_symbols = AnnScore(truth, level)
        total = true_symbols.notation_size()
        if not total:
            raise DataError(f"{reference}: no symbols in it")
        found = AnnScore(read, level) if list(read.recurse().notesAndRests) else None
        if found is None:
            return {"omr_ned": 1.0, "edits": total, "symbols_reference": total, "symbols_estimate": 0,
                    "errors": {"missing": total}}
        steps, edits = Comparison.annotated_scores_diff(found, true_symbols)
        kinds = Visualization.get_edit_distances_dict(steps, 0, level)
    errors = {name.removeprefix("wrong ").removesuffix(" OMR-ED"): count for name, count in kinds.items() if count}
    size = found.notation_size()
    return {"omr_ned": Visualization.get_omr_ned(edits, size, total), "edits": edits, "symbols_reference": total,
            "symbols_estimate": size, "errors": errors}


def _fingerings(score: Any) -> list[tuple[Any, Any]]:
    """(note or chord, fingering) of a music21 score."""
    from music21 import articulations

    return [(item, mark) for item in score.recurse().notes for mark in item.articulations
            if isinstance(mark, articulations.Fingering)]


def parse(path: Path) -> Any:
    """A music21 score of a MusicXML or Humdrum file, Humdrum by converter21. Raises DataError."""
    import converter21
    from music21 import converter, stream

    truths.check(path)
    # Humdrum alone: other formats stay music21's own. converter21 would read ABC as well, and fails with music21 10.
    converter21.register(converter21.ConverterName.HUMDRUM)
    try:
        with warnings.catch_warnings(), tempfile.TemporaryDirectory() as scratch:
            warnings.simplefilter("ignore")
            if path.suffix == ".krn":
                # Reference records say nothing about the music, and converter21 reads them by a name that music21 has
                # changed.
                music = [line for line in path.read_text(errors="replace").splitlines() if not line.startswith("!!!")]
                path = Path(scratch) / path.name
                path.write_text("\n".join(music) + "\n")
            parsed = converter.parse(path, forceSource=True)
    except Exception as error:  # music21 passes on exceptions of any kind
        raise DataError(f"{path}: music21 cannot read it ({type(error).__name__}: {error})") from error
    return parsed.scores[0] if isinstance(parsed, stream.Opus) else parsed


def part_of(score: Any, measures: Sequence[int]) -> Any:
    """These measures (from 0, rising) of a music21 score, with the signatures that hold. The score itself if they are
    all."""
    from music21 import clef, key, meter, stream

    count = max((len(part.getElementsByClass(stream.Measure)) for part in score.parts), default=0)
    if len(measures) == count:
        return score
    first, last = measures[0], measures[-1]
    cut = score.measures(first, last + 1, indicesNotNumbers=True)
    for part in cut.parts:
        held = list(part.getElementsByClass(stream.Measure))
        part.remove([m for i, m in enumerate(held, first) if i not in set(measures)])
        # music21 states what holds beside the first measure, but musicdiff looks inside it.
        for kind in (clef.Clef, key.KeySignature, meter.TimeSignature):
            for sign in list(part.getElementsByClass(kind)):
                part.remove(sign)
                if held and not any(other.offset == 0 for other in held[0].getElementsByClass(kind)):
                    held[0].insert(0, sign)
    return cut
