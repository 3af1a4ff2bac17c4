"""DeepScores v2 (Tuggener et al., ICPR 2020): JSON files of pages, read as a stream.

A file holds `info`, `annotation_sets`, `categories`, `images` and `annotations`. In the complete set those are 151
million annotations, so a file is never parsed whole: images first, without their lists of annotations, then
annotations one by one. A page is handed on as soon as it has as many as its `ann_ids` promise, which in the published
files is at once; files that mix their pages are sorted on disk, `BUCKET` pages at a time.

Our own pages are files of this kind with more fields to an image: `space_px`, `source`, `font`, `strokes`, what v2
has no class for: `[{kind, points: [[row, col], ...], thickness}]`, and `unlabelled`, the kinds of stroke left out.
"""

from __future__ import annotations

import json
import pickle
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

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
from omr.files import DepthMeter, check_size
from omr.limits import MOST_DEPTH
from omr.types import STROKE_KINDS, Stroke

BUCKET = 256
MOST_HELD = 400_000
"""How many annotations of unfinished pages are kept in memory (about 400 MB). With more, the file counts as mixed."""


@dataclass
class _Image:
    """A page while its annotations are read. promised: how many there are by its list."""

    index: int
    fields: dict[str, Any]
    promised: int
    found: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def read(path: Path, problem: Problem = strict, annotation_set: str | None = None) -> Iterator[Record]:
    """Every page of a JSON file, or of all files in a folder or its `labels`, file by file. Pages without marks come
    last.

    annotation_set: which class names are used if the file has several sets; by default the first. An object without a
    class in that set keeps its name in another. Raises DataError if there is no such file.
    """
    files = [path] if path.is_file() else sorted((path / "labels").glob("*.json")) or sorted(path.glob("*.json"))
    if not files:
        raise DataError(f"{path} holds no DeepScores v2 JSON file")
    for file in files:
        yield from _read_file(file, problem, annotation_set)


def _read_file(file: Path, problem: Problem, annotation_set: str | None) -> Iterator[Record]:
    import ijson

    folder = file.parent.parent if file.parent.name == "labels" else file.parent
    try:
        check_size(file, sys.maxsize)  # it is read as a stream, so any size is allowed
        with open(file, "rb") as opened:
            stream = _Shallow(opened)
            categories, sets, images = _header(stream, file, problem)
            order = [annotation_set, *sets] if annotation_set else sets
            try:
                table = _Names(categories, order)
            except BROKEN as error:
                problem(f"{file}: categories: {why(error)}")
                return
            stream.rewind()
            for image in _collect(stream, images, file, problem):
                yield _record(folder, file, image, table, problem)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        problem(f"{file}: it is no JSON: {' '.join(str(error).split())[:120]}")
    except BROKEN as error:
        problem(f"{file}: {why(error)}")
    except OSError as error:
        raise DataError(f"cannot read {file}: {error.strerror or error}") from error


class _Shallow:
    """A JSON file that is refused if it is nested too deeply, because ijson stores the names of all levels for each
    value."""

    def __init__(self, stream: IO[bytes]):
        self._stream, self._meter = stream, DepthMeter()

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises ValueError."""
        data = self._stream.read(size)
        self._meter.feed(data)
        if self._meter.deepest > MOST_DEPTH:
            raise ValueError(f"it is nested more than {MOST_DEPTH} levels deep")
        return data

    def rewind(self) -> None:
        """Go back to the beginning."""
        self._stream.seek(0)
        self._meter = DepthMeter()


def _header(stream: _Shallow, file: Path, problem: Problem) -> tuple[dict[str, Any], list[str], dict[str, _Image]]:
    """Categories, annotation sets and images by their ids. Stops at the annotations if these come last, as usual."""
    import ijson
    from ijson.common import ObjectBuilder

    categories: dict[str, Any] = {}
    sets: list[str] = []
    images: dict[str, _Image] = {}
    builder: Any = None
    inside = ""
    for prefix, event, value in ijson.parse(stream, use_float=True):
        if prefix == "" and event == "map_key":
            if value == "annotations" and images and categories:
                break
            builder, inside = ObjectBuilder() if value in ("categories", "annotation_sets") else None, value
        elif prefix == "images.item" and event == "start_map":
            builder = ObjectBuilder()
            builder.event(event, value)
        elif prefix == "images.item" and event not in ("end_map", "map_key"):
            problem(f"{file}: images: one of them is {event}, no record")
        elif builder is not None:
            builder.event(event, value)
            if prefix == "images.item" and event == "end_map":
                _add_image(images, builder.value, file, problem)
                builder = None
            elif prefix == inside and event in ("end_map", "end_array"):
                if inside == "categories":
                    categories = builder.value
                elif inside == "annotation_sets":
                    sets = list(builder.value)
                builder = None
    if not images or not categories:
        problem(f"{file}: it has no {'images' if categories else 'categories'}")
    return categories, sets, images


def _add_image(images: dict[str, _Image], fields: dict[str, Any], file: Path, problem: Problem) -> None:
    ids = fields.pop("ann_ids", ())
    name = fields.get("filename") or fields.get("file_name")
    try:
        fields["name"] = str(name or "")
        fields["width"], fields["height"] = size_of(fields["width"], fields["height"])
        if not name:
            raise ValueError("filename is missing")
        key, promised = str(fields["id"]), len(ids)
    except BROKEN as error:
        problem(f"{file}: images: {fields.get('id', 'one without id')}: {error!r}")
        return
    if key in images:
        problem(f"{file}: images: id {key} stands there twice")
    images[key] = _Image(len(images), fields, promised)


def _collect(stream: _Shallow, images: dict[str, _Image], file: Path, problem: Problem) -> Iterator[_Image]:
    """Images with their annotations, each once: as soon as it is complete, or at the end."""
    import ijson

    held = 0
    spilled: _Spill | None = None
    done: set[str] = set()
    for key, fields in ijson.kvitems(stream, "annotations", use_float=True):
        image_id = str(fields.get("img_id")) if isinstance(fields, dict) else ""
        image = images.get(image_id)
        if image is None:
            problem(f"{file}: annotation {key}: img_id {image_id!r} names no image")
            continue
        if spilled is not None:
            spilled.add(image.index, key, fields)
            continue
        if image_id in done:
            problem(f"{file}: annotation {key}: image {image_id} has more annotations than its ann_ids")
            continue
        image.found.append((key, fields))
        held += 1
        if len(image.found) == image.promised:
            yield image
            held -= len(image.found)
            image.found = []
            done.add(image_id)
        elif held > MOST_HELD:
            spilled = _Spill()
            for other in images.values():
                for item in other.found:
                    spilled.add(other.index, *item)
                other.found = []
    rest = [image for key, image in images.items() if key not in done]
    if spilled is not None:
        yield from spilled.read(rest)
        return
    yield from rest


class _Spill:
    """Annotations on disk, in one file for every `BUCKET` pages."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="omr-")
        self.files: dict[int, IO[bytes]] = {}

    def add(self, index: int, key: str, fields: dict[str, Any]) -> None:
        bucket = index // BUCKET
        if bucket not in self.files:
            self.files[bucket] = open(Path(self.folder.name) / str(bucket), "w+b")  # noqa: SIM115
        pickle.dump((index, key, fields), self.files[bucket], pickle.HIGHEST_PROTOCOL)

    def read(self, images: Sequence[_Image]) -> Iterator[_Image]:
        by_bucket: dict[int, list[_Image]] = {}
        for image in images:
            by_bucket.setdefault(image.index // BUCKET, []).append(image)
        with self.folder:
            for bucket, members in by_bucket.items():
                known = {image.index: image for image in members}
                for index, key, fields in self._rows(bucket):
                    if index in known:
                        known[index].found.append((key, fields))
                for image in members:
                    yield image
                    image.found = []

    def _rows(self, bucket: int) -> Iterator[tuple[int, str, dict[str, Any]]]:
        if bucket not in self.files:
            return
        with self.files[bucket] as file:
            file.seek(0)
            while True:
                try:
                    yield pickle.load(file)
                except EOFError:
                    return


class _Names:
    """Category id -> class name, by annotation set."""

    def __init__(self, categories: dict[str, Any], order: Sequence[str]):
        self.name = {str(k): str(c["name"]) for k, c in categories.items()}
        self.rank = {str(k): order.index(c.get("annotation_set")) if c.get("annotation_set") in order else len(order)
                     for k, c in categories.items()}
        best = min(self.rank.values(), default=0)
        self.all = frozenset(n for k, n in self.name.items() if self.rank[k] == best)

    def of(self, ids: Any) -> str:
        """The class of an annotation. ids: one id, or a list with one id for each set, null where a set has no class
        for it."""
        every = [str(i) for i in (ids if isinstance(ids, list) else [ids]) if i is not None]
        known = [i for i in every if i in self.name]
        if not known:
            raise ValueError(f"no category {', '.join(every) or 'at all'}")
        return self.name[min(known, key=self.rank.__getitem__)]


def _record(folder: Path, file: Path, image: _Image, table: _Names, problem: Problem) -> Record:
    marks = []
    for key, fields in image.found:
        try:
            left, top, right, bottom = (float(v) for v in fields["a_bbox"])
            marks.append(Mark(table.of(fields["cat_id"]), box_of(left, top, right, bottom),
                              tuple(float(v) for v in fields.get("o_bbox") or ()), str(fields.get("comments") or "")))
        except BROKEN as error:
            problem(f"{file}: annotation {key}: {why(error)}")
    if len(image.found) < image.promised:
        missing = image.promised - len(image.found)
        problem(f"{file}: image {image.fields['id']}: ann_ids names {missing} annotations that are not there")
    f = image.fields
    strokes: list[Stroke] = []
    extra: dict[str, Any] = {}
    try:
        for i, s in enumerate(f.get("strokes", ())):
            if s["kind"] not in STROKE_KINDS:
                raise ValueError(f"there is no kind {s['kind']!r}")
            points = tuple((float(r), float(c)) for r, c in s["points"])
            strokes.append(Stroke(len(marks) + i, s["kind"], points, float(s["thickness"])))
    except BROKEN as error:
        problem(f"{file}: image {f['id']}: strokes: {why(error)}")
    try:
        extra = {"space_px": float(f.get("space_px", 0.0)), "source": str(f.get("source", "")),
                 "font": str(f.get("font", "")), "unlabelled": frozenset(f.get("unlabelled", ()))}
    except BROKEN as error:
        problem(f"{file}: image {f['id']}: space_px or unlabelled: {why(error)}")
    return Record(find_image(folder, f["name"]), f["width"], f["height"], tuple(marks), split_of(file), table.all,
                  strokes=tuple(strokes), **extra)


def write(records: Sequence[Record], path: Path, names: Sequence[str], annotation_set: str = "omr") -> None:
    """Write one JSON file, completely or not at all, without the images.

    names: the classes in the order of their ids. Raises DataError for a mark with another class.
    """
    ids = {name: str(i + 1) for i, name in enumerate(names)}
    images: list[dict[str, Any]] = []
    annotations: dict[str, dict[str, Any]] = {}
    for number, record in enumerate(records, 1):
        keys = []
        for mark in record.marks:
            if mark.name not in ids:
                raise DataError(f"{path}: class {mark.name!r} is not in the list of classes")
            key = str(len(annotations) + 1)
            keys.append(key)
            b = mark.box
            corners = mark.oriented or (b.right, b.bottom, b.right, b.top, b.left, b.top, b.left, b.bottom)
            annotations[key] = {
                "a_bbox": _round((b.left, b.top, b.right, b.bottom)), "o_bbox": _round(corners),
                "cat_id": [ids[mark.name]], "area": round(b.width * b.height, 1), "img_id": str(number),
                "comments": mark.comments,
            }
        extra = {"space_px": record.space_px, "source": record.source, "font": record.font, "strokes": [
            {"kind": s.kind, "points": [_round(p) for p in s.points], "thickness": round(s.thickness_px, 2)}
            for s in record.strokes], "unlabelled": sorted(record.unlabelled)}
        images.append({
            "id": number, "filename": record.image.name, "width": record.width, "height": record.height,
            "ann_ids": keys, **{k: v for k, v in extra.items() if v},
        })
    document = {
        "info": {"description": "Written by `omr deepscores`", "version": "2.0"},
        "annotation_sets": [annotation_set],
        "categories": {i: {"name": name, "annotation_set": annotation_set, "color": int(i)}
                       for name, i in ids.items()},
        "images": images,
        "annotations": annotations,
    }
    replace_file(path, json.dumps(document, separators=(",", ":")))


def _round(values: Sequence[float]) -> list[float]:
    return [round(float(v), 2) for v in values]
