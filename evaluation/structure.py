"""Whether a page's staves and systems were found, against counts made by eye.

Definition. The truth of a page is the number of staves of each of its systems, from the top; a page without music has
none. A page is *right* if the same numbers were read. *Staves found* counts a page's staves up to as many as it has,
*false staves* those beyond. A *refusal* is a page with music from which nothing was read. A page that is wrong without
a doubt about its structure or staves is wrong *silently*.

Labels are a table of tab-separated values with a header, of which these columns count: `file` (relative to the folder
of pages), `per_system` (3,3,2; "-" for no music), `kind` (scan, photo, vector-print ...) and `truth`, a file of the
music (MusicXML or Humdrum; "-" for none) whose beginning the page shows. Notes are compared with what of the truth the
page spans, as `evaluation.notes` defines it.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from omr.errors import DataError

STRUCTURAL = ("structure", "staff")
"""Kinds of doubt that say that staves or systems may be wrong."""


@dataclass(frozen=True)
class PageLabel:
    """What is on a page: the number of staves of each system, from the top, and the file of its truth, "" for none."""

    file: str
    kind: str
    systems: tuple[int, ...]
    truth: str = ""


@dataclass(frozen=True, kw_only=True)
class StructureResult:
    """What was read of one page.

    doubts: those about staves and systems.
    all_doubts: number of doubts of all kinds.
    error: why nothing was read, otherwise "".
    exit_code: what the command line would end with.
    seconds: time of the scan.
    pitch_f1, note_f1: compared with the truth, 0-1; None without one.
    """

    label: PageLabel
    systems: tuple[int, ...]
    doubts: tuple[str, ...] = ()
    all_doubts: int = 0
    error: str = ""
    exit_code: int = 0
    seconds: float = 0.0
    pitch_f1: float | None = None
    note_f1: float | None = None

    @property
    def is_right(self) -> bool:
        return self.systems == self.label.systems

    @property
    def is_refusal(self) -> bool:
        return bool(self.label.systems) and not self.systems

    @property
    def is_silent(self) -> bool:
        """Whether the page is wrong, and no doubt says so."""
        return not self.is_right and not self.doubts and not self.error


def read_labels(path: Path) -> list[PageLabel]:
    """The labels of a table. Raises DataError, naming the line."""
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}") from error
    labels = []
    for line, row in enumerate(rows, 2):
        try:
            written = row["per_system"]
            systems = () if written == "-" else tuple(int(n) for n in written.split(","))
            truth = row.get("truth") or "-"
            labels.append(PageLabel(row["file"], row.get("kind") or "", systems, "" if truth == "-" else truth))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}, line {line}: no per_system like 3,3,2 or -") from error
    if not labels:
        raise DataError(f"{path}: no labels in it")
    return labels


def figures(results: Sequence[StructureResult]) -> dict[str, float]:
    """Counts over pages: `pages`, `right`, `refusals`, `silent`, `bugs` (exit code 70); `staves`, `staves_found`,
    `false_staves`; and `right_share`, 0-1. Raises ValueError without pages."""
    if not results:
        raise ValueError("no results to count")
    true = [sum(r.label.systems) for r in results]
    read = [sum(r.systems) for r in results]
    right = sum(r.is_right for r in results)
    return {
        "pages": len(results), "right": right, "right_share": right / len(results),
        "refusals": sum(r.is_refusal for r in results), "silent": sum(r.is_silent for r in results),
        "bugs": sum(r.exit_code == 70 for r in results), "staves": sum(true),
        "staves_found": sum(min(t, n) for t, n in zip(true, read, strict=True)),
        "false_staves": sum(max(n - t, 0) for t, n in zip(true, read, strict=True)),
    }


def markdown(results: Sequence[StructureResult]) -> str:
    """A table of all pages: file, staves of each system, doubts, and figures about notes if there is a truth."""
    lines = ["| page | kind | staves | read | doubts | pitch F1 | note F1 |", "|---|---|---|---|---|---|---|"]
    for r in results:
        read = "the same" if r.is_right else _listed(r.systems)
        notes = (("" if f is None else f"{f:.2f}") for f in (r.pitch_f1, r.note_f1))
        lines.append(f"| {r.label.file} | {r.label.kind} | {_listed(r.label.systems)} | {read} | {r.all_doubts} | "
                     + " | ".join(notes) + " |")
    return "\n".join(lines) + "\n"


def _listed(systems: Sequence[int]) -> str:
    """Number of staves of each system; with a count if all have equally many: "2,3,3", "13 x 1", "-"."""
    if len(systems) > 2 and len(set(systems)) == 1:
        return f"{len(systems)} x {systems[0]}"
    return ",".join(map(str, systems)) or "-"
