"""How much of the sung words was read right.

Definition. A syllable is (onset in its measure, text). Within measures paired as for note F1 (`evaluation/matching.py`)
the syllables that truth and reading share (multiset intersection) are right; F1 is the harmonic mean of right / true
and right / read syllables.

Conventions.
* Texts are compared letter for letter, with case and punctuation, in Unicode's composed form (NFC). Typographic
  apostrophes and quotation marks count as straight ones. White space around a syllable does not count.
* Verse, part, hyphens and extension lines are not compared. Encodings write the hyphen that is repeated at the
  beginning of a system into the syllable ("- rons"): hyphens at the ends of a syllable do not count either, and a
  syllable that consists of them is none.
* Syllables that two words share on one note (elision) are one syllable, with a space between them, whatever sign joins
  them in print.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from fractions import Fraction
from pathlib import Path

from lxml import etree

from evaluation.excerpt import load
from evaluation.matching import Matching
from evaluation.notes import precision_recall_f1, rounded
from omr.errors import DataError

Syllable = tuple[Fraction, str]
"""(onset in the measure in quarters, text)."""
_STRAIGHT = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
_ELISIONS = re.compile("[\\s\u203f\ue550-\ue552]+")
"""What stands between two syllables on one note: white space, an undertie, or SMuFL's signs for it."""
_HYPHENS = " -\u2010\u2011\u2012\u2013\u2014"


def read(path: Path) -> list[Counter[Syllable]]:
    """The syllables of each measure of a MusicXML or mxl file, all parts together. Raises DataError if it is none."""
    try:
        return _read(load(path))
    except (ValueError, ZeroDivisionError) as error:
        raise DataError(f"{path}: divisions or duration: {error}") from error


def _read(root: etree._Element) -> list[Counter[Syllable]]:
    measures: list[Counter[Syllable]] = []
    for part in root.iterfind("part"):
        divisions = 1
        for index, measure in enumerate(part.iterfind("measure")):
            if index == len(measures):
                measures.append(Counter())
            now = onset = Fraction(0)
            for element in measure:
                divisions = int(element.findtext("divisions") or divisions)
                length = Fraction(element.findtext("duration") or 0) / divisions
                if element.tag == "note":
                    if element.find("chord") is None:
                        onset, now = now, now + length
                    measures[index].update((rounded(onset), text) for lyric in element.iterfind("lyric")
                                           if (text := _text(lyric)))
                elif element.tag in ("backup", "forward"):
                    now += -length if element.tag == "backup" else length
    return measures


def figures(reference: list[Counter[Syllable]], estimate: list[Counter[Syllable]],
            matching: Matching) -> dict[str, float]:
    """`lyrics_f1`, `true_syllables`, `estimated_syllables` and `right_syllables`; nothing where neither side has words.

    matching: of the notes of the same measures.
    """
    true = sum(reference[i].total() for i in matching.true)
    read_ = sum(estimate[j].total() for j in matching.estimated)
    if not true and not read_:
        return {}
    right = sum((reference[i] & estimate[j]).total() for i, j in matching.pairs)
    return {"lyrics_f1": precision_recall_f1(right, true, read_)[2], "true_syllables": true,
            "estimated_syllables": read_, "right_syllables": right}


def _text(lyric: etree._Element) -> str:
    pieces = [text.text or "" for text in lyric.iterfind("text")]
    text = unicodedata.normalize("NFC", " ".join(pieces)).translate(_STRAIGHT)
    return _ELISIONS.sub(" ", text).strip(_HYPHENS)
