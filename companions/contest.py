"""`omr evaluate detectors`: the talk's comparison of detectors, repeated.

Three kinds are trained from random weights on the same cached pages, with the same number of equally drawn crops: the
deep watershed detector, a one-stage and a two-stage one (`rivals.py`). Each then reads the same pages, of which none
was trained on, and is judged by COCO's protocol. The talk's point is what happens on dense pages of small symbols:
one-stage detectors answer with a box a cell and drop what shares one, two-stage ones need a proposal for each of
hundreds of symbols, the watershed needs neither.

Every detector works in a process of its own, so that peak memory is its own. Cost on one core, a batch of four crops
of 256 px: 1 second for the watershed, 3 for the one-stage, 5 for the two-stage detector; 90 minutes for the default.
Expected from Tuggener et al. 2018, after long training: the watershed first, by most on small symbols. After
these short ones too, if time is equal; with equal batches the two-stage one leads (docs/companions.md). What is done
stays in the folder.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from companions import page, rivals
from omr.errors import DataError
from omr.files import replacing
from omr.types import SPACE_PX, Box, Symbol

OURS = "deep watershed"
DETECTORS = (OURS, *rivals.KINDS)
SIZES = {"small": 1.25, "middle": 3.0, "large": np.inf}
"""A class is of the first size that the median of its symbols' longer sides does not exceed, in staff spaces."""
Read = Callable[[np.ndarray], tuple[list[Symbol], int]]
"""A page (H, W) uint8 to the symbols found, and how many places the last stage had to decide about."""


@dataclass(frozen=True)
class Plan:
    """What each detector is trained with: so many batches of crops of `size` px a side."""

    steps: int = 600
    batch: int = 4
    size: int = 256
    learning_rate: float = 1e-3
    seed: int = 0


@dataclass(frozen=True)
class Tools:
    """What the other rooms lend. All are functions of a module: the detectors work in processes of their own.

    crops(pages, size, seed): answers with a function that cuts one crop after the other, which have pixels (H, W) and
    symbols. load(page): its pixels and symbols. train(pages, folder, plan) and open(folder): the deep watershed
    detector, its reader and how many parameters it has. judge(truth, found): COCO's figures of {page: symbols}.
    """

    crops: Callable[[Sequence[Path], int, int], Callable[[], Any]]
    load: Callable[[Path], tuple[np.ndarray, tuple[Symbol, ...]]]
    train: Callable[[Sequence[Path], Path, Plan], None]
    open: Callable[[Path], tuple[Read, int]]
    judge: Callable[[Mapping[str, Sequence[Symbol]], Mapping[str, Sequence[Symbol]]], dict[str, Any]]


def claim(folder: Path, plan: Plan, data: Sequence[str]) -> None:
    """Make the folder this plan's. Raises DataError if it holds another one's work."""
    mine, path = {**asdict(plan), "data": list(data)}, folder / "plan.json"
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists() and json.loads(path.read_text()) != mine:
        raise DataError(f"{folder} holds a comparison with other settings; choose another folder or delete it")
    _write(path, mine)


def hold(tools: Tools, training: Sequence[Path], test: Sequence[Path], folder: Path, plan: Plan,
         detectors: Sequence[str] = DETECTORS) -> dict[str, dict[str, Any]]:
    """Train and judge each detector in `folder`; what stands there already is not done again. Name -> figures.

    Raises DataError without torchvision, before any work.
    """
    if set(detectors) & set(rivals.KINDS):
        rivals.require()
    context = multiprocessing.get_context("spawn")
    results = {}
    for name in detectors:
        own = folder_of(name, folder)
        own.mkdir(parents=True, exist_ok=True)
        for task, pages, made in ((_train, training, "training.json"), (_find, test, "found.json")):
            if not (own / made).exists():
                process = context.Process(target=task, args=(tools, name, list(pages), own, plan))
                process.start()
                process.join()
                if process.exitcode:
                    raise RuntimeError(f"{name}: its process ended with {process.exitcode}")
        results[name] = judge(tools, test, json.loads((own / "found.json").read_text()))
        results[name] |= json.loads((own / "training.json").read_text())
    return results


def folder_of(name: str, folder: Path) -> Path:
    return folder / name.replace(" ", "-")


def judge(tools: Tools, test: Sequence[Path], found: dict[str, Any]) -> dict[str, Any]:
    """AP at IoU 0.5 and 0.5:0.95 of all classes, AP at 0.5 by size of symbol, and what `_find` measured."""
    truth = {path.stem: tools.load(path)[1] for path in test}
    result = tools.judge(truth, {name: [Symbol(i, kind, Box(*box), score) for i, (kind, box, score) in enumerate(rows)]
                                 for name, rows in found["pages"].items()})
    sides: dict[str, list[float]] = {}
    for symbol in (s for symbols in truth.values() for s in symbols):
        box = symbol.box
        sides.setdefault(symbol.name, []).append(max(box.bottom - box.top, box.right - box.left) / SPACE_PX)
    by_size: dict[str, list[float]] = {size: [] for size in SIZES}
    for name, values in sides.items():
        size = next(s for s, most in SIZES.items() if np.median(values) <= most)
        by_size[size].append(result["per_class"][name]["ap_50"])
    return {
        "map_50": result["map_50"], "map": result["map_50_95"], "weighted_map_50": result["weighted_map_50"],
        **{f"map_50_{size}": float(np.mean(values)) if values else float("nan") for size, values in by_size.items()},
        **{key: value for key, value in found.items() if key != "pages"},
    }


def _train(tools: Tools, name: str, pages: Sequence[Path], own: Path, plan: Plan) -> None:
    """Leaves the trained weights in `own`, and `training.json`."""
    started = time.monotonic()
    if name == OURS:
        tools.train(pages, own, plan)
    else:
        rivals.train(name, partial(tools.crops, pages, plan.size), own, plan.steps, plan.batch, plan.learning_rate,
                     plan.seed)
    _write(own / "training.json", {"training_seconds": time.monotonic() - started, "training_memory_mb": _peak_mb()})


def _find(tools: Tools, name: str, pages: Sequence[Path], own: Path, plan: Plan) -> None:
    """Leaves what the detector finds on every page in `found.json`, with its time and memory."""
    read, parameters = tools.open(own) if name == OURS else rivals.open_reader(name, own)
    found, seconds, places = {}, [], []
    for path in tqdm(pages, unit="page", desc=name):
        pixels, _ = tools.load(path)
        started = time.monotonic()
        symbols, count = read(pixels)
        seconds.append(time.monotonic() - started)
        places.append(count)
        found[path.stem] = [(s.name, (s.box.top, s.box.left, s.box.bottom, s.box.right), s.score) for s in symbols]
    _write(own / "found.json", {
        "pages": found, "seconds_a_page": float(np.median(seconds)), "memory_mb": _peak_mb(),
        "places_a_page": float(np.mean(places)), "parameters": parameters,
        "finds_a_page": float(np.mean([len(rows) for rows in found.values()])),
    })


def _peak_mb() -> float:
    """Of this process; `getrusage` would count its parent's too (Linux)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024


def _write(path: Path, value: object) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value))


COLUMNS = {
    "map_50": "mAP 50", "map": "mAP 50:95", "weighted_map_50": "mAP 50, by count", "map_50_small": "small",
    "map_50_middle": "middle", "map_50_large": "large", "places_a_page": "places decided", "finds_a_page": "finds",
    "seconds_a_page": "s a page", "memory_mb": "MB reading", "training_seconds": "s training",
    "training_memory_mb": "MB training", "parameters": "parameters",
}


def rows(results: dict[str, dict[str, Any]]) -> list[list[object]]:
    """The table's lines, as `COLUMNS` heads them."""
    def shown(key: str, value: float) -> object:
        return round(value, 3) if "map" in key else round(value, 2) if key == "seconds_a_page" else round(value)

    return [[name, *(shown(key, figures[key]) for key in COLUMNS)] for name, figures in results.items()]


def report(tools: Tools, results: dict[str, dict[str, Any]], test: Sequence[Path], folder: Path, plan: Plan) -> Path:
    """An HTML page: the table, average precision by size, and what each detector sees on one crop."""
    plt = page.pyplot()
    figure, axis = plt.subplots(figsize=(7, 3.2))
    width = 0.8 / len(results)
    for i, (name, figures) in enumerate(results.items()):
        axis.bar(np.arange(len(SIZES)) + i * width, [figures[f"map_50_{s}"] for s in SIZES], width, label=name)
    axis.set_xticks(np.arange(len(SIZES)) + 0.4 - width / 2, list(SIZES))
    axis.set_ylabel("mAP at IoU 0.5")
    axis.legend()
    parts = [
        page.words(f"Three kinds of detector, each after {plan.steps} batches of {plan.batch} crops of {plan.size} px "
                   f"from the same pages, on {len(test)} pages of other scores. Places decided: what the last stage "
                   "has to tell apart on a page, as basins of the watershed, cells, or proposals."),
        page.table(["detector", *COLUMNS.values()], rows(results)),
        page.heading("By size of symbol"), page.plot(figure, "Classes by the median of their symbols' longer side: "
                                                     "up to 1.25 staff spaces, up to 3, more."),
        page.heading("What they see"),
    ]
    pixels, _ = tools.load(test[0])
    top, left = (max(side // 2 - 160, 0) for side in pixels.shape)
    for name in results:
        found = json.loads((folder_of(name, folder) / "found.json").read_text())["pages"][test[0].stem]
        crop = np.repeat(pixels[top : top + 320, left : left + 480, None], 3, axis=2)
        for _, (y0, x0, y1, x1), score in found:
            if score >= 0.3:
                _frame(crop, y0 - top, x0 - left, y1 - top, x1 - left)
        parts.append(page.picture(crop, f"{name}: finds with a score of 0.3 or more", zoom=2))
    path = folder / "detectors.html"
    page.write(path, "Three kinds of detector", parts)
    return path


def _frame(image: np.ndarray, *box: float) -> None:
    import cv2

    y0, x0, y1, x1 = (int(round(v)) for v in box)
    cv2.rectangle(image, (x0, y0), (x1, y1), (220, 40, 40), 1)
