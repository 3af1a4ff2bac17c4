"""Any data set, whatever its format: DeepScores v1 and v2 (ours among them), MUSCIMA++, COCO."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, get_args

from deepscores import coco, muscima, v1, v2
from deepscores.pages import LabelledPage, from_record
from deepscores.records import Problem, Record, strict
from omr.errors import DataError

Format = Literal["v1", "v2", "muscima", "coco"]
FORMATS: tuple[Format, ...] = get_args(Format)
PEEK = 1 << 16
"""How many bytes at the beginning of a JSON file are looked at. v2 files begin with `info`, `annotation_sets` and
`categories`."""


def recognise(path: Path) -> Format:
    """The format of a file or folder, judged by its contents. Raises DataError for an unknown format."""
    if not path.exists():
        raise DataError(f"{path} does not exist")
    if path.is_dir() and (path / "xml_annotations").is_dir():
        return "v1"
    places = [path] if not path.is_dir() else [p for sub in ("labels", "annotations", ".", "data/*")
                                            for p in sorted(path.glob(f"{sub}/*")) if p.is_file()]
    if not path.is_dir() and not path.is_file():
        raise DataError(f"{path} is neither a file nor a folder")
    for file in places:
        if file.suffix == ".json":
            with open(file, "rb") as stream:
                head = stream.read(PEEK)
            return "v2" if b'"annotation_sets"' in head else "coco"
        if file.suffix == ".xml":
            with open(file, "rb") as stream:
                head = stream.read(PEEK)
            if b"<Nodes" in head or b"<CropObject" in head:
                return "muscima"
            if b"<annotation>" in head:
                return "v1"
    raise DataError(f"{path} is no data set of DeepScores (v1: xml_annotations/*.xml, v2: *.json), MUSCIMA++ (*.xml) "
                    "or COCO (*.json)")


def read_records(path: Path, split: str | None = None, problem: Problem = strict) -> Iterator[Record]:
    """The pages of a data set under its own class names. split: only those of "train", "val" or "test"."""
    readers: dict[Format, Callable[[Path, Problem], Iterator[Record]]] = {
        "v1": v1.read, "v2": v2.read, "muscima": muscima.read, "coco": coco.read}
    kind = recognise(path)
    if kind == "v1" and path.is_file():
        path = path.parent
    for record in readers[kind](path, problem):
        if split is None or record.split == split:
            yield record


def read(path: Path, split: str | None = None) -> Iterator[LabelledPage]:
    """The pages of a data set in our classes. Raises DataError with file and field for a broken record."""
    yield from map(from_record, read_records(path, split))
