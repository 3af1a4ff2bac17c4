"""Every stage of a scan as files, to look at, to correct, and to go on from.

    DIR/page-001/page.png       the normalised page; all coordinates are its pixels
                 energy.png     the watershed's surface          strokes.png  staff lines, stems and beams as R, G, B
                 symbols.json   strokes.json   staves.json       what was found
                 graph.json     what belongs to what: enough to compose the score again (`read_graphs`)
                 doubts.json    what is doubtful on the page
                 settled.json   graph.json as the score uses it: clefs agreed upon over all pages, no metronome marks
    DIR/scan.json               what was scanned: a scan of the same that was stopped goes on with the pages kept
    DIR/score.json, doubts.json the music, and what is doubtful in it

The files of a page are written as soon as it is read, and say what was read on it alone. Only `settled.json` is written
with the score, when all pages are known: a clef may have another name there, or be missing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from omr import __version__
from omr.errors import DataError, OutputError
from omr.files import replacing
from omr.music.settle import settle
from omr.pipeline import PageReading, ScanOptions
from omr.types import STROKE_KINDS, Doubt, NotationGraph, Score
from omr.types.plain import from_json, to_json


def resume(folder: Path, paths: Sequence[Path], options: ScanOptions, weights: str) -> dict[int, PageReading]:
    """Readings kept in `folder` by a stopped scan of the same files, options and weights, by index of the page.

    Notes in the folder what is being scanned, and removes the pages of any other scan from it. Raises
    OutputError, and DataError where a kept page was broken by hand.
    """
    now = {
        "version": __version__, "weights": weights, "pages": sorted(options.pages) if options.pages else None,
        "languages": list(options.languages),
        "files": [[str(p.resolve()), p.stat().st_size, p.stat().st_mtime_ns] for p in paths],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = _read_manifest(folder / "scan.json")
        if before == now and not (folder / "score.json").exists():
            return {r.index: r for r in map(_kept, sorted(folder.glob("page-*/doubts.json")))}
        for stale in (*folder.glob("page-*/*.json"), folder / "score.json", folder / "doubts.json"):
            stale.unlink(missing_ok=True)
        write_json(now, folder / "scan.json")
    except OSError as error:
        raise OutputError(f"cannot write below {folder}: {error.strerror or error}") from error
    return {}


def _page_folder(folder: Path, page: int) -> Path:
    """Where the files of a page stand. page: its index from 0."""
    return folder / f"page-{page + 1:03d}"


def _read_manifest(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _kept(doubts: Path) -> PageReading:
    """The reading of a page whose doubts, written last, are there."""
    place = doubts.parent
    graph = _read(NotationGraph, place / "graph.json") if (place / "graph.json").exists() else None
    return PageReading(int(place.name.removeprefix("page-")) - 1, "", graph=graph,
                       doubts=_read(tuple[Doubt, ...], doubts))


def keep_page(reading: PageReading, folder: Path) -> None:
    """Write one page's stages below `folder`. Raises OutputError."""
    place = _page_folder(folder, reading.index)
    try:
        place.mkdir(parents=True, exist_ok=True)
        if reading.page is not None:
            _write_png(reading.page.pixels, place / "page.png")
        if reading.maps is not None:
            _write_png(_grey(reading.maps.energy), place / "energy.png")
            channels = [STROKE_KINDS.index(kind) for kind in ("staffLine", "stem", "beam")]
            _write_png(_grey(reading.maps.strokes[..., channels]), place / "strokes.png")
        if reading.graph is not None:
            graph = reading.graph
            write_json(graph.symbols, place / "symbols.json")
            write_json(graph.strokes, place / "strokes.json")
            write_json({"staves": graph.staves, "systems": graph.systems}, place / "staves.json")
            write_json(graph, place / "graph.json")
        write_json(reading.doubts, place / "doubts.json")
    except OSError as error:
        raise OutputError(f"cannot write below {folder}: {error.strerror or error}") from error


def keep_score(score: Score, folder: Path) -> None:
    """Write the score and its doubts into `folder`, and the settled notation of the pages kept there. Raises
    OutputError, and DataError where a kept page was broken by hand."""
    settled = settle(read_graphs(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for graph in settled.graphs:
            write_json(graph, _page_folder(folder, graph.page) / "settled.json")
        write_json(score, folder / "score.json")
        write_json(score.doubts, folder / "doubts.json")
    except OSError as error:
        raise OutputError(f"cannot write below {folder}: {error.strerror or error}") from error


def read_graphs(folder: Path) -> list[NotationGraph]:
    """The notation of every kept page, in order, corrections included. Raises DataError."""
    return [_read(NotationGraph, path) for path in sorted(folder.glob("page-*/graph.json"))]


def read_doubts(folder: Path) -> Sequence[Doubt]:
    """What was doubtful. Raises DataError."""
    return _read(tuple[Doubt, ...], folder / "doubts.json")


def write_json(value: Any, path: Path) -> None:
    """Write a value of `omr.types` as JSON, whole or not at all."""
    if isinstance(value, dict):
        plain: Any = {key: to_json(item) for key, item in value.items()}
    else:
        plain = to_json(value)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(plain, indent=1) + "\n")


def _write_png(pixels: np.ndarray, path: Path) -> None:
    from PIL import Image

    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, "PNG")


def _read(kind: Any, path: Path) -> Any:
    try:
        return from_json(kind, json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: {error}") from error


def _grey(values: np.ndarray) -> np.ndarray:
    return (np.clip(values, 0, 1) * 255).astype(np.uint8)
