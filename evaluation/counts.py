"""Staves and measures of a reading, counted against the truth's.

Definition. A page's *parts* are right, 1 or 0, if it has as many staves as the truth (a piano's part counts two,
however the encoding divides them). Its *measures* are right by the share of the truth's by which their numbers in the
longest part do not differ. What is missing or unreadable is 0.
"""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from evaluation import truths
from omr.errors import DataError


def count(path: Path) -> tuple[int, int]:
    """(staves, measures) of an uncompressed MusicXML file. Raises DataError if it is none."""
    truths.check(path)
    try:
        root = etree.parse(str(path)).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        raise DataError(f"{path}: not MusicXML ({error})") from error
    parts = root.findall("part")
    staves = sum(max((int(s.text or 1) for s in part.iter("staves")), default=1) for part in parts)
    return staves, max((len(part.findall("measure")) for part in parts), default=0)


def evaluate(truth: Path, predicted: Path) -> dict[str, float]:
    """`parts_right` and `measures_right`. Raises DataError if the truth cannot be read."""
    true = count(truth)
    try:
        found = count(predicted)
    except DataError:
        found = (0, 0)
    off = abs(true[1] - found[1]) / max(true[1], 1)
    return {"parts_right": float(true[0] == found[0]), "measures_right": max(1 - off, 0.0)}
