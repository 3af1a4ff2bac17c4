"""`omr evaluate prices`: the prices of the rhythm search, fitted on engraved pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import FOLDER

if TYPE_CHECKING:
    import numpy as np

    from evaluation.prices import FitBar
    from omr.types import NotationGraph, Stroke, Symbol

LOST = 0.03
"""Share of flags, dots, rests and tuplet digits that are removed, as if the detector had missed them."""
SWAPPED = 0.02
"""Share of filled and hollow noteheads that are exchanged, as if the detector had confused them."""
MEASURES = 10
"""Measures of each excerpt: about as many as fit a page of a song or a quartet."""


@click.command()
@click.option("--scores", multiple=True, required=True, type=click.Path(exists=True, path_type=Path),
              help="Folder of MusicXML scores. Those that are for tests only are left out.")
@click.option("--pages", default=40, show_default=True, help="Pages engraved; every second one is held out.")
@click.option("--seed", default=1, show_default=True)
@click.option("-o", "--out", type=FOLDER, required=True, help="Where the excerpts and prices.json go.")
def prices(scores: tuple[Path, ...], pages: int, seed: int, out: Path) -> None:
    """Fit the prices of the rhythm search on pages by Verovio, read from their labels with random errors put in.

    Prints each price, then measures right and note F1 before and after, on the fit half and the held-out half.
    """
    import json
    from dataclasses import asdict

    import numpy as np

    from evaluation import prices as fitting
    from omr.music.prices import PRICES

    out.mkdir(parents=True, exist_ok=True)
    halves: tuple[list[FitBar], list[FitBar]] = ([], [])
    for i, bars in enumerate(_pages(scores, pages, np.random.default_rng(seed), out)):
        halves[i % 2].extend(bars)

    def read_times(bar: FitBar, at: Any) -> Any:
        return fitting.times_of(fitting.read(bar, at))

    fitted, trials = fitting.fit(halves[0], PRICES, read_times)
    for trial in trials:
        before, after = getattr(PRICES, trial.name), getattr(fitted, trial.name)
        verdict = "flat" if trial.is_flat else f"{trial.change:+d} measures at x{trial.factor}"
        click.echo(f"{trial.name:18} {before:6.2f} {after:6.2f}  {verdict}{'  kept' if trial.is_kept else ''}")
    report: dict[str, Any] = {"seed": seed, "pages": pages, "before": asdict(PRICES), "after": asdict(fitted),
                              "trials": [asdict(t) for t in trials]}
    for name, half in zip(("fit", "held-out"), halves, strict=True):
        for when, at in (("before", PRICES), ("after", fitted)):
            found = fitting.score(half, at, read_times)
            report[f"{name} {when}"] = asdict(found)
            click.echo(f"{name:8} {when:6}  {found.right} of {found.measures} measures right, "
                       f"note F1 {found.note_f1:.4f}")
    (out / "prices.json").write_text(json.dumps(report, indent=1) + "\n")


def _pages(scores: tuple[Path, ...], pages: int, rng: np.random.Generator, out: Path) -> Iterator[list[FitBar]]:
    """The bars of `pages` pages. Scores that cannot be engraved, and pages on which not every measure is a bar, are
    skipped."""
    from deepscores.engrave import engrave
    from deepscores.sources import Source, collections
    from evaluation import excerpt, notes
    from omr.errors import OmrError
    from omr.types import SPACE_PX

    files = sorted(path for group in collections(scores) for path in group if path.suffix in (".mxl", ".musicxml"))
    options: dict[str, object] = {"pageWidth": 2100, "pageHeight": 2970, "header": "none", "footer": "none",
                                  "breaks": "auto"}
    made = 0
    for number in rng.permutation(len(files)):
        if made == pages:
            return
        path = out / f"{number}.musicxml"
        try:
            root = excerpt.load(files[number])
            count = len(root.find("part").findall("measure"))
            excerpt.write(excerpt.excerpt(root, int(rng.integers(max(1, count - MEASURES))), MEASURES), path)
            page = engrave(Source(path), 0, 1, SPACE_PX, options)
            if not page:
                continue
            truth = notes.read(path)
            symbols = _with_errors(page[0].labels.symbols, rng)
            bars = _bars(_graph(symbols, page[0].labels.strokes), truth)
        except (OmrError, ValueError):
            continue
        if bars:
            made += 1
            yield bars


def _with_errors(symbols: Any, rng: np.random.Generator) -> list[Symbol]:
    """Symbols with errors like those of a detector."""
    from dataclasses import replace

    swapped = {"noteheadBlack": "noteheadHalf", "noteheadHalf": "noteheadBlack"}
    found = []
    for symbol in symbols:
        if symbol.kind in ("flag", "rest", "tuplet") or symbol.name == "augmentationDot":
            if rng.random() < LOST:
                continue
        elif symbol.name in swapped and rng.random() < SWAPPED:
            symbol = replace(symbol, name=swapped[symbol.name])
        found.append(symbol)
    return found


def _graph(symbols: list[Symbol], strokes: tuple[Stroke, ...]) -> NotationGraph:
    """The notation graph of a page's labels. Raises ValueError unless all staves have five lines."""
    import numpy as np

    from omr.notation.assembly import assemble
    from omr.staves.systems import group_systems
    from omr.types import Staff

    lines = sorted((s for s in strokes if s.kind == "staffLine"), key=lambda s: s.points[0][0])
    if not lines or len(lines) % 5:
        raise ValueError("staves that have not five lines")
    staves = []
    for i in range(0, len(lines), 5):
        five = lines[i:i + 5]
        rows = np.array([[s.points[0][0], s.points[-1][0]] for s in five])
        staves.append(Staff(index=i // 5, system=0, left=five[0].points[0][1], right=five[0].points[-1][1], lines=rows))
    staves, systems = group_systems(staves, strokes, symbols)
    return assemble(0, staves, systems, symbols, strokes)


def _bars(graph: NotationGraph, truth: Any) -> list[FitBar]:
    """The bars of a page, as the search gets them, each with its truth. None unless there are as many bars as measures.
    While the bars are timed, `read_bar` is replaced by a function that keeps its arguments."""
    from collections import Counter
    from unittest.mock import patch

    from evaluation.prices import FitBar
    from omr.music import timing
    from omr.music.compose import read_score
    from omr.music.prices import PRICES
    from omr.music.rhythm import read_bar

    given: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def keep(*arguments: Any, **named: Any) -> Any:
        if named["repair"]:  # before that, a bar is read as printed, to measure its spacing
            given.append((arguments, named))
        return read_bar(*arguments, **named)

    with patch.object(timing, "read_bar", keep):
        read_score([graph], "prices")
    if len(given) != len(truth):
        return []
    found = []
    for ((events, duration, part_of, space_px, short, triplets), named), measure in zip(given, truth, strict=True):
        times: Any = Counter()
        for (onset, _, length), count in measure.items():
            times[onset, length] += count
        if times:
            found.append(FitBar(
                tuple(events), duration, part_of, space_px, None if short == PRICES.short_bar else short,
                {shape: PRICES.tuplet_unmarked - price for shape, price in (triplets or {}).items()},
                named["spacing"], named["right"], times))
    return found
