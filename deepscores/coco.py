"""COCO's object detection JSON, in and out: boxes as [x, y, width, height], one category an object.

A file is read whole: detection sets of this kind that are too large for that come as several files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from deepscores.records import Mark, Problem, Record, find_image, replace_file, split_of, strict
from omr.errors import DataError
from omr.types import Box


def read(path: Path, problem: Problem = strict) -> Iterator[Record]:
    """Every page of a JSON file, or of all in a folder or its `annotations`. Raises DataError if there is none."""
    files = [path] if path.is_file() else sorted((path / "annotations").glob("*.json")) or sorted(path.glob("*.json"))
    if not files:
        raise DataError(f"{path} holds no COCO JSON file")
    for file in files:
        try:
            document = json.loads(file.read_text())
            names = {c["id"]: str(c["name"]) for c in document["categories"]}
            images = list(document["images"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            problem(f"{file}: {error!r}")
            continue
        yield from _pages(file, document, names, images, problem)


def _pages(file: Path, document: dict[str, Any], names: dict[Any, str], images: list[dict[str, Any]],
           problem: Problem) -> Iterator[Record]:
    marks: dict[Any, list[Mark]] = {image.get("id"): [] for image in images}
    for number, item in enumerate(document.get("annotations", ())):
        where = f"{file}: annotation {item.get('id', f'number {number + 1}')}"
        if item.get("image_id") not in marks:
            problem(f"{where}: image_id {item.get('image_id')!r} names no image")
            continue
        try:
            left, top, width, height = (float(v) for v in item["bbox"])
            marks[item["image_id"]].append(Mark(names[item["category_id"]], Box(top, left, top + height, left + width)))
        except (KeyError, TypeError, ValueError) as error:
            problem(f"{where}: {error if isinstance(error, ValueError) else repr(error)}")
    folder = file.parent.parent if file.parent.name == "annotations" else file.parent
    for image in images:
        try:
            found = find_image(folder, image["file_name"])
            yield Record(found, int(image["width"]), int(image["height"]), tuple(marks[image["id"]]), split_of(file),
                         frozenset(names.values()))
        except (KeyError, TypeError, ValueError) as error:
            problem(f"{file}: image {image.get('id')}: {error!r}")


def write(records: Sequence[Record], path: Path, names: Sequence[str]) -> None:
    """Write one JSON file, whole or not at all. names: the classes in the order of their ids."""
    ids = {name: i + 1 for i, name in enumerate(names)}
    annotations: list[dict[str, Any]] = []
    for number, record in enumerate(records, 1):
        for mark in record.marks:
            if mark.name not in ids:
                raise DataError(f"{path}: class {mark.name!r} is not in the list of classes")
            b = mark.box
            annotations.append({
                "id": len(annotations) + 1, "image_id": number, "category_id": ids[mark.name], "iscrowd": 0,
                "bbox": [round(v, 2) for v in (b.left, b.top, b.width, b.height)], "area": round(b.width * b.height, 2),
            })
    replace_file(path, json.dumps({
        "info": {"description": "Written by `omr deepscores`"},
        "images": [{"id": i, "file_name": r.image.name, "width": r.width, "height": r.height}
                   for i, r in enumerate(records, 1)],
        "categories": [{"id": i, "name": name, "supercategory": "music"} for name, i in ids.items()],
        "annotations": annotations,
    }, separators=(",", ":")))
