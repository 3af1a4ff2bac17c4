"""What `omr scan` says on the terminal: its progress, what was read, and which measures to look at."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tqdm import tqdm

    from omr.types import Doubt, Score

LISTED_DOUBTS = 20
"""Most doubts about whole pages that are listed without being asked for. A book has hundreds, which nobody reads on a
terminal."""
LISTED_MEASURES = 20
"""Most measures to look at that are listed by number: two or three lines of a terminal."""


class NoBar:
    """Stands for a progress bar where none is shown."""

    def __enter__(self) -> NoBar:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def update(self) -> None:
        pass

    def clear(self) -> None:
        pass

    def set_description(self, text: str) -> None:
        pass


def progress(pages: int, quiet: bool) -> tqdm | NoBar:
    """A bar that shows how many pages are read, the pages per minute and the time left. None is shown if the log says
    the same, or if nobody looks at it."""
    from omr.logs import log

    if quiet or log.isEnabledFor(logging.INFO) or sys.stderr is None or not sys.stderr.isatty():
        return NoBar()
    from tqdm import tqdm

    class Bar(tqdm):
        @property
        def format_dict(self) -> dict[str, Any]:
            values = super().format_dict
            return {**values, "per_minute": f"{60 * values['n'] / max(values['elapsed'], 1e-3):.1f}"}

    return Bar(total=pages, leave=False,
               bar_format="{desc}: {n_fmt}/{total_fmt} pages |{bar}| {per_minute} a minute, {remaining} left")


def say(line: str, bar: tqdm | NoBar, err: bool = False) -> None:
    """Write a line, above the bar."""
    bar.clear()
    click.echo(line, err=err)


def report(outs: Sequence[Path], score: Score, pages: int, seconds: float, bar: tqdm | NoBar, *, quiet: bool = False,
           all_doubts: bool = False) -> None:
    """Write the closing lines: what was read, which measures to look at, and what is lost of whole pages.

    quiet: only the first of these.
    all_doubts: every doubt as well, the gravest first.
    """
    measures = len(score.parts[0].measures) if score.parts else 0
    notes = sum(len(m.notes) for part in score.parts for m in part.measures)
    counts: tuple[str, ...] = (_plural(pages, "page"), _plural(measures, "measure"), _plural(notes, "note"),
              _plural(len(score.doubts), "doubt"))
    movements = 1 + sum(m.new_movement for m in score.parts[0].measures) if score.parts else 1
    if movements > 1:
        counts = (counts[0], _plural(movements, "movement"), *counts[1:])
    names = f"{outs[0]} to {outs[-1].name}" if len(outs) > 1 else f"{outs[0]}"
    say(f"{names}: {', '.join(counts)}, {seconds:.1f} s", bar)
    if quiet:
        return
    look = to_look_at(score)
    if look:
        click.echo(f"  {look}")
    # First doubts about whole pages, then about measures, then about single signs.
    doubts = sorted(score.doubts, key=lambda d: (d.kind == "confidence", d.box is not None))
    listed = doubts if all_doubts else [d for d in doubts if _is_grave(d)][:LISTED_DOUBTS]
    for doubt in listed:
        click.echo(f"  {describe(doubt)}")
    if len(doubts) > len(listed):
        left = _plural(len(doubts) - len(listed), "more doubt" if listed else "doubt")
        click.echo(f"  {left}: --doubts lists them, --keep DIR writes them to doubts.json")


def _is_grave(doubt: Doubt) -> bool:
    """Whether a doubt concerns something that no measure tells: a page, a staff, words that are left unread."""
    return doubt.box is None or doubt.measure is None and doubt.kind in ("staff", "structure")


def to_look_at(score: Score) -> str:
    """How many measures are sure, and which are not, the likeliest to be wrong first; "" if that is not known."""
    from omr.sure import SURE, of_bars

    sure = of_bars(score)
    known = {index: value for index, value in enumerate(sure) if value is not None}
    look = sorted((index for index, value in known.items() if value < SURE), key=lambda index: known[index])
    if not known:
        return ""
    line = f"{len(known) - len(look)} of {_plural(len(known), 'measure')} sure"
    if not look:
        return line
    pages = [m.page + 1 for m in score.parts[0].measures]
    several = len(set(pages)) > 1
    listed = ", ".join(f"{index + 1} (page {pages[index]})" if several else f"{index + 1}"
                       for index in look[:LISTED_MEASURES])
    more = f" and {len(look) - LISTED_MEASURES} more" if len(look) > LISTED_MEASURES else ""
    return f"{line}; look at {len(look)}, likeliest first: {listed}{more}"


def describe(doubt: Doubt) -> str:
    """A doubt on one line: page, measure, part, where on the page, and why."""
    where = [f"page {doubt.page + 1}"]
    if doubt.measure is not None:
        where.append(f"measure {doubt.measure}")
    if doubt.part is not None:
        where.append(f"part {doubt.part}")
    if doubt.box is not None:
        where.append(f"at {doubt.box.left:.0f},{doubt.box.top:.0f}")
    return f"{', '.join(where)}: {doubt.message}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
