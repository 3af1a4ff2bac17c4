"""COCO's JSON format for object detection, in and out: boxes as [x, y, width, height], one category for each object.

A file is read as a whole. Detection sets that are too large for that come as several files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from deepscores.records import (
    BROKEN,
    Mark,
    Problem,
    Record,
    box_of,
    find_image,
    replace_file,
    size_of,
    split_of,
    strict,
    why,
)
from omr.errors import DataError
from omr.files import read_json


def read(path: Path, problem: Problem = strict) -> Iterator[Record]:
    """Every page of a JSON file, or of all files in a folder or its `annotations`. Raises DataError if there is
    none."""
    files = [path] if path.is_file() else sorted((path / "annotations").glob("*.json")) or sorted(path.glob("*.json"))
    if not files:
        raise DataError(f"{path} holds no COCO JSON file")
    for file in files:
        try:
            document = read_json(file)
            names = {c["id"]: str(c["name"]) for c in document["categories"]}
            images, annotations = _listed(document["images"]), _listed(document.get("annotations", []))
        except (OSError, *BROKEN) as error:
            problem(f"{file}: {why(error)}")
            continue
        yield from _pages(file, annotations, names, images, problem)


def _listed(items: Any) -> list[Any]:
    """The contents of a field. Raises TypeError if it is not a list."""
    if not isinstance(items, list):
        raise TypeError(f"images and annotations are lists, not a {type(items).__name__}")
    return items


def _pages(file: Path, annotations: list[Any], names: dict[Any, str], images: list[Any],
           problem: Problem) -> Iterator[Record]:
    marks: dict[Any, list[Mark]] = {}
    for number, image in enumerate(images, 1):
        try:
            marks[image["id"]] = []
        except BROKEN as error:
            problem(f"{file}: image number {number}: id: {why(error)}")
    for number, item in enumerate(annotations, 1):
        where = f"{file}: annotation number {number}"
        try:
            where = f"{file}: annotation {item['id']}" if "id" in item else where
            if item.get("image_id") not in marks:
                problem(f"{where}: image_id {item.get('image_id')!r} names no image")
                continue
            left, top, width, height = (float(v) for v in item["bbox"])
            marks[item["image_id"]].append(
                Mark(names[item["category_id"]], box_of(left, top, left + width, top + height)))
        except BROKEN as error:
            problem(f"{where}: {why(error)}")
    folder = file.parent.parent if file.parent.name == "annotations" else file.parent
    for number, image in enumerate(images, 1):
        try:
            found = find_image(folder, image["file_name"])
            width, height = size_of(image["width"], image["height"])
            record = Record(found, width, height, tuple(marks[image["id"]]), split_of(file), frozenset(names.values()))
        except BROKEN as error:
            known = image.get("id") if isinstance(image, dict) else None
            problem(f"{file}: image {f'number {number}' if known is None else known}: {why(error)}")
        else:
            yield record


def write(records: Sequence[Record], path: Path, names: Sequence[str]) -> None:
    """Write one JSON file, completely or not at all. names: the classes in the order of their ids."""
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
