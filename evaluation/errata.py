"""Measures in which a truth is known to differ from the page that it is held against.

Encodings of old prints follow another edition here and there, write out repeats and ornaments, give rests to voices
that have none on the page, or hold slips. A reading that gives such a measure as it is printed would count as wrong,
and one that happens to be wrong in the encoding's way as right. So it counts as neither: it is left out of note F1, of
measures right and of the judgement of confidences.

`errata.json` lists them by the encoding's file name (and its folder, where two have one name), with the file's SHA-256:
another edition of the encoding, or one that was mended, is another file and is judged in full. Measures are counted as
`evaluation.notes.read` counts them, from 1; `barline` is the number that the encoding itself gives. `printed` says what
the page has, `encoded` what the encoding has in its place. Each measure was looked at beside the print, and stands here
because the page's notes or rests are others than the encoding's; how the program reads it was no reason. Which were
looked at: of rags, mazurkas and pages of all kinds all that counted as wrong; of the first two pages of the sonatas
most of those that counted as wrong and were called .55 sure or more (some of Beethoven's below, too), and of two thirds
of Mozart's whole movements those that looked so, so those lists are not complete.

`more`, in place of `measure`, is the measure behind which the page goes on with measures that the encoding lacks: what
is read between this measure and the next of the encoding does not count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from evaluation.matching import Matching

LIST = Path(__file__).with_name("errata.json")


@dataclass(frozen=True)
class Errata:
    """What does not count in one truth. Measures are counted from 0.

    measures: those that differ from the page.
    behind: those after which the page has measures that the truth lacks; -1 stands for the beginning.
    """

    measures: frozenset[int] = field(default_factory=frozenset)
    behind: frozenset[int] = field(default_factory=frozenset)

    def strange(self, true_of: Mapping[int, int], read: Iterable[int]) -> set[int]:
        """Those of the measures `read` that do not count. true_of: read measure -> its partner in the truth."""
        found = set()
        last = -1
        for j in sorted(read):
            if j in true_of:
                last = true_of[j]
                if last in self.measures:
                    found.add(j)
            elif last in self.behind:
                found.add(j)
        return found


NONE = Errata()


def of_file(truth: Path) -> Errata:
    """What is known about the truth with the contents of this file. Nothing is known about a missing file."""
    if not truth.is_file():
        return NONE
    return _by_content(LIST).get(hashlib.sha256(truth.read_bytes()).hexdigest(), NONE)


def counted(matching: Matching, pairs: Collection[tuple[int, int]], errata: Errata) -> tuple[Matching, int]:
    """The matching without what does not count, and how many measures of the truth these are.

    pairs: (true, read) of all measures, including those without notes, as `exact.pair_all` returns them.
    """
    strange = errata.strange({j: i for i, j in pairs}, matching.estimated)
    true = tuple(i for i in matching.true if i not in errata.measures)
    kept = Matching(tuple((i, j) for i, j in matching.pairs if i not in errata.measures), true,
                    tuple(j for j in matching.estimated if j not in strange))
    return kept, len(matching.true) - len(true)


@lru_cache(maxsize=4)
def _by_content(listed: Path) -> dict[str, Errata]:
    """SHA-256 of a truth -> what does not count in it."""
    entries: dict[str, Any] = json.loads(listed.read_text(encoding="utf-8"))
    return {
        entry["sha256"]: Errata(frozenset(e["measure"] - 1 for e in entry["differs"] if "measure" in e),
                                frozenset(e["more"] - 1 for e in entry["differs"] if "more" in e))
        for entry in entries.values()
    }
