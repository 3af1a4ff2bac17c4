"""MUSCIMA++ (Hajic and Pecina, ICDAR 2017) in both of its dialects: `CropObject` of version 1, `Node` of version 2.

There is one XML file for each page. Its objects have a class, a box, a mask (run lengths "0:15 1:4 ...", row by row
inside the box) and links to other objects. The page images are those of CVC-MUSCIMA, and are distributed separately;
they are looked for under the document's name. The masks of long objects are read as lines, so that slurs and staff
lines become strokes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from lxml import etree

from deepscores.records import BROKEN, Mark, Problem, Record, box_of, find_image, read_xml, strict, why
from omr.errors import DataError
from omr.files import check_size
from omr.limits import MOST_IMAGE_BYTES
from omr.types.vocabulary import MUSCIMA, counterpart, is_stroke

POINTS = 24
"""Most points of a line."""
MOST_MASK_PX = 50_000_000
"""Pixels of the largest mask that is decoded, one byte each. A page of MUSCIMA++ has 12 million."""


@dataclass(frozen=True)
class Link:
    """A relation of the notation: the object `parent` has the object `child`. Ids are those of the file."""

    parent: int
    child: int


def read(path: Path, problem: Problem = strict) -> Iterator[Record]:
    """Every page of a file or of a folder of them. Raises DataError if there is none."""
    for file in files_of(path):
        marks = []
        for node, where in _nodes(file, problem):
            try:
                marks.append(_mark(node))
            except BROKEN as error:
                problem(f"{where}: {why(error)}")
        if marks:
            right, bottom = (int(max(getattr(m.box, side) for m in marks)) for side in ("right", "bottom"))
            image = find_image(file.parent, f"{_document(file)}.png")
            try:
                size = _size(image)
            except Exception as error:  # Pillow raises exceptions of any kind for damaged images
                problem(f"{image}: {why(error)}")
                size = None
            yield Record(image, *(size or (right, bottom)), tuple(marks), names=MUSCIMA)


def files_of(path: Path) -> list[Path]:
    """The XML files, one for each page. Raises DataError if there are none."""
    files = [path] if path.is_file() else sorted(path.glob("*.xml")) or sorted(path.glob("data/*/*.xml"))
    if not files:
        raise DataError(f"{path} holds no MUSCIMA++ XML file")
    return files


def read_links(file: Path, problem: Problem = strict) -> list[Link]:
    """The relations on a page, in the order of the parents. A link to a missing object is reported as a problem."""
    out = {}
    known = set()
    for node, where in _nodes(file, problem):
        try:
            number = int(node.findtext("Id", ""))
            out[number] = [int(v) for v in (node.findtext("Outlinks") or "").split()]
            known.add(number)
        except ValueError as error:
            problem(f"{where}: Outlinks: {error}")
    links = []
    for parent, children in out.items():
        for child in children:
            if child in known:
                links.append(Link(parent, child))
            else:
                problem(f"{file}: object {parent}: Outlinks: there is no object {child}")
    return links


def _nodes(file: Path, problem: Problem) -> Iterator[tuple[etree._Element, str]]:
    try:
        root = read_xml(file)
    except (ValueError, OSError) as error:
        problem(f"{file}: {why(error)}")
        return
    for node in root.iter("Node", "CropObject"):
        yield node, f"{file}: object {node.findtext('Id', '?')}"


def _mark(node: etree._Element) -> Mark:
    top, left, height, width = (int(node.findtext(tag, "")) for tag in ("Top", "Left", "Height", "Width"))
    name = (node.findtext("ClassName") or node.findtext("MLClassName") or "").strip()
    if not name:
        raise ValueError("ClassName: it is empty")
    box = box_of(left, top, left + width, top + height)
    runs = node.findtext("Mask")
    # a staff consists of its five lines, which follow
    if not runs or name == "staff" or not is_stroke(counterpart(name)):
        return Mark(name, box)
    line, thickness = trace(decode_mask(runs, height, width))
    return Mark(name, box, line=tuple((r + top, c + left) for r, c in line), thickness_px=thickness)


def decode_mask(runs: str, height: int, width: int) -> np.ndarray:
    """(height, width) bool of run lengths "value:count ...". Raises ValueError unless they fill it exactly."""
    pairs = [run.split(":") for run in runs.split()]
    counts = [int(p[1]) for p in pairs]
    if sum(counts) != height * width or min(counts, default=0) < 0:
        raise ValueError(f"Mask: {sum(counts)} pixels for a box of {height} x {width}")
    if height * width > MOST_MASK_PX:
        raise ValueError(f"Mask: a box of {height} x {width} is larger than a page")
    return np.repeat([p[0] == "1" for p in pairs], counts).reshape(height, width)


def encode_mask(mask: np.ndarray) -> str:
    """Inverse of `decode_mask`."""
    flat = mask.ravel().astype(int)
    ends = np.flatnonzero(np.diff(flat)) + 1
    starts = np.concatenate([[0], ends])
    counts = np.diff(np.concatenate([starts, [flat.size]]))
    return " ".join(f"{flat[s]}:{n}" for s, n in zip(starts, counts, strict=True))


def trace(mask: np.ndarray) -> tuple[list[tuple[float, float]], float]:
    """The centre line of a long thin mask, as (row, col) in its box, and its mean thickness. It is computed along the
    longer side, as the middle of the ink at up to `POINTS` places."""
    if not mask.any():
        return [], 0.0
    lying = mask.shape[1] >= mask.shape[0]
    ink = mask if lying else mask.T  # (across, along)
    places = np.flatnonzero(ink.any(axis=0))
    chosen = places[np.unique(np.linspace(0, len(places) - 1, POINTS).round().astype(int))]
    across = np.arange(len(ink))[:, None] + 0.5
    middle = (ink[:, chosen] * across).sum(axis=0) / ink[:, chosen].sum(axis=0)
    points = [(float(m), float(p) + 0.5) for m, p in zip(middle, chosen, strict=True)]
    length = sum(float(np.hypot(b[0] - a[0], b[1] - a[1])) for a, b in zip(points, points[1:], strict=False)) + 1
    return [p if lying else (p[1], p[0]) for p in points], float(mask.sum()) / length


def _document(file: Path) -> str:
    """The name of the page's image: what the file says, or its own name without the version."""
    for _, root in etree.iterparse(str(file), events=("start",)):
        return root.get("document") or file.stem.split("_", 1)[-1] if file.stem[:2] in ("v1", "v2") else file.stem
    return file.stem


def _size(image: Path) -> tuple[int, int] | None:
    """(width, height) of an image; None if it does not exist."""
    if not os.path.exists(image):
        return None
    from PIL import Image

    check_size(image, MOST_IMAGE_BYTES)

    with Image.open(image) as opened:
        return opened.size
