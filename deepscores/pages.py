"""Labelled pages on disk, in DeepScores v2's JSON layout, written shard by shard and read as a stream.

A data set folder holds `images/*.png` and `labels/*.json`. Each JSON file is a complete DeepScores v2 document
(`info`, `annotation_sets`, `categories`, `images`, `annotations`) of a few pages, so that writing can stop and go
on, and reading never holds more than a shard. Beyond v2, an image carries `space_px`, `source`, `font` and
`strokes` (what v2 has no class for): `[{kind, points: [[row, col], ...], thickness}]`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omr.errors import DataError
from omr.types import Box, Stroke, Symbol
from omr.vocabulary import CLASSES, ID, NAMES


@dataclass(frozen=True)
class LabelledPage:
    """One page of a data set. Coordinates are pixels of its image; `space_px` is its staff space."""

    image: Path
    width: int
    height: int
    space_px: float
    symbols: tuple[Symbol, ...]
    strokes: tuple[Stroke, ...]
    source: str = ""
    font: str = ""


def write_pages(pages: Sequence[LabelledPage], path: Path) -> None:
    """Write one shard, under a temporary name first. Images are written by the caller, next to it in `images/`."""
    images: list[dict[str, Any]] = []
    annotations: dict[str, dict[str, Any]] = {}
    for number, page in enumerate(pages, 1):
        ids = []
        positions = _positions(page)
        for symbol in page.symbols:
            key = str(len(annotations) + 1)
            ids.append(key)
            b = symbol.box
            corners = [b.right, b.bottom, b.right, b.top, b.left, b.top, b.left, b.bottom]
            position = positions.get(symbol.id)
            annotations[key] = {
                "a_bbox": _round([b.left, b.top, b.right, b.bottom]),
                "o_bbox": _round(corners),
                "cat_id": [str(ID[symbol.name] + 1)],
                "area": round(b.width * b.height, 1),
                "img_id": str(number),
                "comments": "" if position is None else f"rel_position:{position};",
            }
        images.append({
            "id": number, "filename": page.image.name, "width": page.width, "height": page.height, "ann_ids": ids,
            "space_px": page.space_px, "source": page.source, "font": page.font,
            "strokes": [
                {"kind": s.kind, "points": [_round(p) for p in s.points], "thickness": round(s.thickness_px, 2)}
                for s in page.strokes
            ],
        })
    document = {
        "info": {"description": "Pages engraved by `omr deepscores engrave`", "version": "2.0"},
        "annotation_sets": ["omr"],
        "categories": {str(c.id + 1): {"name": c.name, "annotation_set": "omr", "color": c.id + 1} for c in CLASSES},
        "images": images,
        "annotations": annotations,
    }
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(document, separators=(",", ":")))
    os.replace(temporary, path)


def _round(values: Sequence[float]) -> list[float]:
    return [round(float(v), 2) for v in values]


def _positions(page: LabelledPage) -> dict[int, int]:
    """Staff position (0 on the middle line, upwards) of every symbol against the staff it is nearest to."""
    lines = [s for s in page.strokes if s.kind == "staffLine"]
    staves = [(lines[i].points[0][0], lines[i + 4].points[0][0], lines[i].points[0][1], lines[i].points[-1][1])
              for i in range(0, len(lines) - 4, 5)]
    found = {}
    for symbol in page.symbols:
        row, col = symbol.box.center
        near = [(abs((top + bottom) / 2 - row), (top + bottom) / 2) for top, bottom, left, right in staves
                if left - page.space_px <= col <= right + page.space_px]
        if near:
            distance, middle = min(near)
            if distance < 8 * page.space_px:
                found[symbol.id] = round((middle - row) / (page.space_px / 2))
    return found


def read_pages(folder: Path) -> Iterator[LabelledPage]:
    """Pages of a data set, shard by shard. Raises DataError with file and field on a broken record."""
    shards = sorted((folder / "labels").glob("*.json"))
    if not shards:
        raise DataError(f"{folder} holds no labels/*.json")
    for shard in shards:
        try:
            document = json.loads(shard.read_text())
            names = {k: c["name"] for k, c in document["categories"].items()}
            for image in document["images"]:
                yield _page(folder, image, document["annotations"], names)
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{shard}: broken record: {error!r}") from error


def _page(folder: Path, image: dict, annotations: dict, names: dict[str, str]) -> LabelledPage:
    symbols: list[Symbol] = []
    for key in image["ann_ids"]:
        record = annotations[str(key)]
        left, top, right, bottom = record["a_bbox"]
        name = next(names[c] for c in record["cat_id"] if c is not None)
        if name in ID and left < right and top < bottom:
            symbols.append(Symbol(len(symbols), NAMES[ID[name]], Box(top, left, bottom, right)))
    strokes = tuple(
        Stroke(len(symbols) + i, s["kind"], tuple((r, c) for r, c in s["points"]), s["thickness"])
        for i, s in enumerate(image.get("strokes", ()))
    )
    file = folder / "images" / (image.get("filename") or image["file_name"])
    return LabelledPage(file, image["width"], image["height"], image["space_px"], tuple(symbols), strokes,
                        image.get("source", ""), image.get("font", ""))
