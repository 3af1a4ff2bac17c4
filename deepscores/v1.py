"""DeepScores v1 (Tuggener et al., ICPR 2018): one XML file for each page, similar to Pascal VOC.

Layout: `images_png/`, `xml_annotations/`, and for splits `train_val_test/*.txt` with a line `index,name` for each page.
Two things differ from VOC: coordinates are fractions of the page's width and height, and `<filename>` names an SVG that
does not exist. The classification set (crops in one folder for each class) has no pages; `read_crops` lists it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from deepscores.records import (
    BROKEN,
    Mark,
    Problem,
    Record,
    box_of,
    find_image,
    read_xml,
    replace_file,
    size_of,
    strict,
    why,
)
from omr.errors import DataError
from omr.files import check_size
from omr.limits import MOST_TEXT_BYTES
from omr.types.vocabulary import DEEPSCORES_1


def read(folder: Path, problem: Problem = strict) -> Iterator[Record]:
    """Every page of a data set, in the order of the file names. Raises DataError if there is none."""
    files = sorted((folder / "xml_annotations").glob("*.xml")) or sorted(folder.glob("*.xml"))
    if not files:
        raise DataError(f"{folder} holds no xml_annotations/*.xml")
    splits = _splits(folder)
    for file in files:
        try:
            root = read_xml(file)
            width, height = size_of(*(root.findtext(f"size/{side}", "") for side in ("width", "height")))
        except (OSError, *BROKEN) as error:
            problem(f"{file}: size: {why(error)}")
            continue
        marks = []
        for number, item in enumerate(root.iterfind("object"), 1):
            try:
                left, right, top, bottom = (
                    float(item.findtext(f"bndbox/{side}", "")) for side in ("xmin", "xmax", "ymin", "ymax"))
                if not all(-0.1 <= v <= 1.1 for v in (left, right, top, bottom)):
                    raise ValueError(f"{left, right, top, bottom} are no fractions of the page")
                box = box_of(left * width, top * height, right * width, bottom * height)
            except BROKEN as error:
                problem(f"{file}: object {number}: bndbox: {why(error)}")
                continue
            name = (item.findtext("name") or "").strip()
            if not name:
                problem(f"{file}: object {number}: name: it is empty")
                continue
            marks.append(Mark(name, box))
        image = find_image(folder, file.stem + ".png")
        yield Record(image, width, height, tuple(marks), splits.get(file.stem, ""), DEEPSCORES_1)


def _splits(folder: Path) -> dict[str, str]:
    """Page -> split, from `train_val_test/train.txt` and its like."""
    found = {}
    for file in sorted((folder / "train_val_test").glob("*.txt")):
        for line in _lines(file):
            name = line.rsplit(",", 1)[-1].strip()
            if name:
                found[Path(name).stem if Path(name).suffix in (".png", ".xml", ".svg") else name] = file.stem
    return found


def _lines(file: Path) -> list[str]:
    """The lines of a list. Raises DataError."""
    try:
        check_size(file, MOST_TEXT_BYTES)
        return file.read_text(errors="replace").splitlines()
    except (OSError, ValueError) as error:
        raise DataError(f"{file}: {error}") from error


def write_page(record: Record, folder: Path) -> None:
    """Write a page's labels in this layout. What the format cannot hold (oriented boxes, comments, strokes) is left
    out, and so is the image."""
    objects = "".join(_object(mark, record) for mark in record.marks)
    text = (f"<annotation>\n    <folder>Annotations</folder>\n"
            f"    <filename>{escape(record.image.stem)}.svg</filename>\n    <size>\n"
            f"        <width>{record.width}</width>\n        <height>{record.height}</height>\n"
            f"        <depth>1</depth>\n    </size>\n    <segmented>0</segmented>\n{objects}</annotation>\n")
    replace_file(folder / "xml_annotations" / f"{record.image.stem}.xml", text)


def write_splits(splits: Mapping[str, Sequence[str]], folder: Path) -> None:
    """Write the lists of pages in each split. Pages that belong to no split are in no list."""
    for split, names in splits.items():
        if split:
            lines = "".join(f"{i},{name}\n" for i, name in enumerate(names))
            replace_file(folder / "train_val_test" / f"{split}.txt", lines)


def _object(mark: Mark, record: Record) -> str:
    sides = (("xmin", mark.box.left / record.width), ("xmax", mark.box.right / record.width),
             ("ymin", mark.box.top / record.height), ("ymax", mark.box.bottom / record.height))
    box = "".join(f"            <{side}>{value:.8f}</{side}>\n" for side, value in sides)
    return (f"    <object>\n        <name>{escape(mark.name)}</name>\n        <bndbox>\n{box}        </bndbox>\n"
            "    </object>\n")


def read_crops(folder: Path) -> dict[str, int]:
    """Class -> number of crops in the classification set, with the names of `class_names.csv` if there is such a file.

    Raises DataError if none of its folders has an image.
    """
    names = {}
    table = folder / "class_names.csv"
    if table.exists():
        with open(table, newline="") as file:
            names = {row[0].strip(): row[1].strip() for row in csv.reader(file) if len(row) > 1}
    found = {names.get(sub.name, sub.name): sum(1 for _ in sub.glob("*.png"))
             for sub in sorted(folder.iterdir()) if sub.is_dir()}
    found = {name: count for name, count in found.items() if count}
    if not found:
        raise DataError(f"{folder} holds no folder of crops")
    return found
