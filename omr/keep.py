"""Every stage of a scan as files: to look at, to correct by hand, and to resume a stopped scan from.

    DIR/page-001/page.png       the normalised page; all coordinates are its pixels
                 energy.png     the watershed's surface          strokes.png  staff lines, stems and beams as R, G, B
                 symbols.json   strokes.json   staves.json       what was found
                 graph.json     what belongs to what: enough to compose the score again (`read_graphs`); null if the
                                page has no staff
                 seen.json      the symbols that the detector is sure of, whether the graph uses them or not
                 doubts.json    what is doubtful on the page
                 settled.json   graph.json as the score uses it: clefs agreed upon over all pages, no metronome marks
    DIR/scan.json               what was scanned: a scan of the same that was stopped goes on with the pages kept
    DIR/score.json, doubts.json the music, and what is doubtful in it, the likeliest to be wrong first

The files of a page are written as soon as it is read, and say what was read on it alone. Only `settled.json` is written
with the score, when all pages are known: a clef may have another name there, or be missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np

from omr import __version__
from omr.errors import DataError, OutputError
from omr.files import read_json, remove_leftovers, replacing
from omr.logs import log
from omr.music.settle import settle
from omr.reading import PageReading, ScanOptions
from omr.sure import of_bars
from omr.types import STROKE_KINDS, Doubt, NotationGraph, Score, Symbol
from omr.types.checking import check_box, check_graph, check_symbols
from omr.types.plain import from_json, to_json

PAGE_FILES = ("symbols", "strokes", "staves", "graph", "seen", "doubts", "settled")
"""Names (without `.json`) of the files of a page that a later scan replaces."""
_PAGE_FOLDER = re.compile(r"page-\d{3,}")


def resume(folder: Path, paths: Sequence[Path], options: ScanOptions, weights: str) -> dict[int, PageReading]:
    """The readings that a stopped scan left in `folder`, by page index.

    A scan is resumed only if it reads the same files with the same options, weights and version of this program.
    Otherwise nothing is returned, the pages kept in the folder are removed, and `scan.json` notes what is scanned now.
    Files that this program did not write are never removed. A kept page that is damaged is read again, with a warning
    in the log.

    paths, options: what is scanned now.
    weights: any text that identifies the detector's weights.

    Raises OutputError if the folder cannot be written, or holds other things than a scan.
    """
    now = {
        "version": __version__, "weights": weights, "pages": sorted(options.pages) if options.pages else None,
        "languages": list(options.languages), "source": options.source,
        "files": [[str(p.resolve()), p.stat().st_size, p.stat().st_mtime_ns] for p in paths],
    }
    with _writing_below(folder):
        folder.mkdir(parents=True, exist_ok=True)
        tidy_up(folder)
        before = _read_manifest(folder / "scan.json")
        if before is None and any(folder.iterdir()):
            raise OutputError(f"{folder} holds files that are not of a scan: nothing there was touched")
        # The score is written last, so a scan that has one was not stopped.
        if before == now and not (folder / "score.json").exists():
            kept = map(_kept_if_sound, (p for p in _page_folders(folder) if (p / "doubts.json").exists()))
            return {reading.index: reading for reading in kept if reading is not None}
        stale = [path for place in _page_folders(folder) for path in _files_of(place)]
        for path in (*stale, folder / "score.json", folder / "doubts.json"):
            path.unlink(missing_ok=True)
        write_json(now, folder / "scan.json")
    return {}


def kept_readings(folder: Path) -> list[PageReading]:
    """The readings of the pages kept in a folder, in order, without images. Raises DataError if one is damaged."""
    return [_kept_reading(place) for place in _page_folders(folder) if (place / "doubts.json").exists()]


def tidy_up(folder: Path) -> None:
    """Remove half-written files that killed processes left below `folder`. Raises OutputError."""
    with _writing_below(folder):
        for place in (folder, *_page_folders(folder)):
            remove_leftovers(place)


def _page_folders(folder: Path) -> list[Path]:
    """The folders of kept pages, in order. Links are left out: what they point to does not belong to this scan."""
    return sorted(p for p in folder.iterdir() if _PAGE_FOLDER.fullmatch(p.name) and p.is_dir() and not p.is_symlink())


def _page_folder(folder: Path, page: int) -> Path:
    """The folder of a page's files. page: its index from 0."""
    return folder / f"page-{page + 1:03d}"


@contextmanager
def _writing_below(folder: Path) -> Iterator[None]:
    """Turns errors of the operating system into OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write below {folder}: {error.strerror or error}") from error


def _read_manifest(path: Path) -> Any:
    """What was scanned; None if that is not known."""
    try:
        manifest = read_json(path)
    except (FileNotFoundError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and {"version", "files"} <= manifest.keys() else None


def _files_of(place: Path) -> Iterator[Path]:
    """The files of a page that a later scan replaces."""
    return (place / f"{name}.json" for name in PAGE_FILES)


def _kept_if_sound(place: Path) -> PageReading | None:
    """The page kept in a folder. If it is damaged, a warning is logged, its files are removed, so that they are not
    taken for those of a later scan, and None is returned. Raises OSError if they cannot be removed."""
    try:
        return _kept_reading(place)
    except DataError as error:
        log.warning("page %s is read anew: %s", place.name.removeprefix("page-").lstrip("0"), error)
    for path in _files_of(place):
        path.unlink(missing_ok=True)
    return None


def _kept_reading(place: Path) -> PageReading:
    """The page kept in the folder `place`. Raises DataError if it is damaged."""
    index = int(place.name.removeprefix("page-")) - 1
    graph = _read_graph(place)
    doubts = _read(tuple[Doubt, ...], place / "doubts.json")
    seen = _read(tuple[Symbol, ...], place / "seen.json")
    try:
        check_symbols(seen)
        for doubt in doubts:
            if doubt.page != index:
                raise ValueError(f"a doubt is of page {doubt.page + 1}")
            if doubt.box is not None:
                check_box(doubt.box, "a doubt")
    except ValueError as error:
        raise DataError(f"{place}: {error}") from error
    return PageReading(index=index, source="", graph=graph, doubts=doubts, seen=seen)


def _read_graph(place: Path) -> NotationGraph | None:
    """The notation of a kept page; None if it has none. Raises DataError if it is damaged."""
    path = place / "graph.json"
    graph = _read(NotationGraph | None, path)
    try:
        if graph is None:
            return None
        if graph.page != int(place.name.removeprefix("page-")) - 1:
            raise ValueError(f"page: it is of page {graph.page + 1}")
        return check_graph(graph)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error


def keep_page(reading: PageReading, folder: Path) -> None:
    """Write the stages of one page below `folder`, with images if the reading has them. Raises OutputError."""
    place = _page_folder(folder, reading.index)
    with _writing_below(folder):
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
        write_json(reading.graph, place / "graph.json")
        write_json(reading.seen, place / "seen.json")
        write_json(reading.doubts, place / "doubts.json")


def keep_score(score: Score, folder: Path) -> None:
    """Write the score and its doubts into `folder`, and also the settled notation of the pages kept there. Raises
    OutputError, or DataError if a kept page was damaged by hand."""
    settled = settle(read_graphs(folder))
    with _writing_below(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for graph in settled.graphs:
            write_json(graph, _page_folder(folder, graph.page) / "settled.json")
        write_json(score, folder / "score.json")
        write_json(_likeliest_first(score), folder / "doubts.json")


def _likeliest_first(score: Score) -> list[Doubt]:
    """The doubts of a score, the likeliest errors first: doubts about whole pages, then those of the least sure
    measure, and so on."""
    sure = of_bars(score)

    def rank(doubt: Doubt) -> float:
        if doubt.measure is None or doubt.measure > len(sure):
            return -1.0
        value = sure[doubt.measure - 1]
        return 1.0 if value is None else value

    return sorted(score.doubts, key=rank)


def read_graphs(folder: Path) -> list[NotationGraph]:
    """The notation of every kept page, in order, with corrections made by hand. Raises DataError if one is damaged."""
    places = (place for place in _page_folders(folder) if (place / "graph.json").exists())
    return [graph for place in places if (graph := _read_graph(place)) is not None]


def read_doubts(folder: Path) -> Sequence[Doubt]:
    """The doubts of a kept score. Raises DataError if the file is missing or damaged."""
    return cast(Sequence[Doubt], _read(tuple[Doubt, ...], folder / "doubts.json"))


def write_json(value: Any, path: Path) -> None:
    """Write a value of `omr.types` as JSON, completely or not at all."""
    if isinstance(value, dict):
        plain: Any = {key: to_json(item) for key, item in value.items()}
    else:
        plain = to_json(value)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(plain, indent=1) + "\n")


def _write_png(pixels: np.ndarray, path: Path) -> None:
    """pixels: (H, W) or (H, W, 3) uint8."""
    from PIL import Image

    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, "PNG")


def _read(kind: Any, path: Path) -> Any:
    """Read a value of a type from a JSON file. Raises DataError."""
    try:
        return from_json(kind, read_json(path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: {error.args[0] if isinstance(error, KeyError) else error}") from error


def _grey(values: np.ndarray) -> np.ndarray:
    """Turn probabilities 0-1 into brightness 0-255."""
    brightness: np.ndarray = (np.clip(values, 0, 1) * 255).astype(np.uint8)
    return brightness
