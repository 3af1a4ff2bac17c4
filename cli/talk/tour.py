"""`omr talk tour`: the talk on one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from companions.tour import Chapter

CHAPTER_SECONDS = 600
"""A chapter that takes longer is given up, and the others go on."""


@click.command()
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default="tour.html", show_default=True)
@click.option("--page", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
              help="Page of music for the chapters that look at one. Default: the minuet that comes with the package.")
@click.option("--only", multiple=True, metavar="CHAPTER",
              help="Only this chapter, by its command's name, such as words; may be given several times.")
def tour(out: Path, page: Path | None, only: tuple[str, ...]) -> int:
    """The talk's fifteen systems, one after the other, on one page in English and German.

    What happened, how it works, what it is good for, lessons, conclusions.
    """
    import tempfile

    from tqdm import tqdm

    from companions import page as html
    from companions.chapters import BEGINNING, CONCLUSIONS, SOURCES
    from companions.tour import conclusions, tell

    chapters = chosen(only)
    pages = {"PAGE": page or bundled("minuet.png"), "PRESS": bundled("newspaper.png")}
    check(pages["PAGE"], out)
    with tempfile.TemporaryDirectory(prefix="omr-") as scratch, tqdm(total=len(chapters), unit="chapter") as bar:

        def run(arguments: Sequence[str]) -> tuple[str, float]:
            bar.set_postfix_str(" ".join(arguments[:2]))
            try:
                return call([str(pages.get(word, word)) for word in arguments])
            finally:
                bar.update()

        parts, failed = tell(BEGINNING, chapters, Path(scratch), run)
        html.write(out, "Deep Learning und Medien", [*parts, *conclusions(CONCLUSIONS, SOURCES)])
    click.echo(f"{out}: {len(chapters)} chapters, {failed} failed")
    return 1 if failed else 0


def bundled(name: str) -> Path:
    """A page that comes with the package."""
    from companions.keeping import SHIPPED

    return SHIPPED / name


def chosen(only: Sequence[str]) -> list[Chapter]:
    """The chapters of these names, in the talk's order; all without names. Raises click.BadParameter on another."""
    from companions.chapters import CHAPTERS

    names = [c.name for c in CHAPTERS]
    if wrong := [name for name in only if name not in names]:
        raise click.BadParameter(f"there is no chapter {wrong[0]!r}, but {', '.join(names)}", param_hint="--only")
    return [c for c in CHAPTERS if not only or c.name in only]


def check(page: Path, out: Path) -> None:
    """Raises OmrError or click.UsageError if the page cannot be read or the output not be written, before minutes are
    spent."""
    from omr.errors import OutputError
    from omr.page.raster import load_page, normalise

    normalise(load_page(page, 1))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with open(out, "ab"):
            pass
        if not out.stat().st_size:
            out.unlink()
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}") from error


def call(arguments: Sequence[str]) -> tuple[str, float]:
    """(what `omr` says, seconds it took), as a process of its own: every chapter begins afresh. Raises OSError with its
    last line, or if it takes too long."""
    import subprocess
    import sys
    import time

    start = time.perf_counter()
    try:
        done = subprocess.run([sys.executable, "-m", "cli.main", *arguments], capture_output=True, text=True,
                              timeout=CHAPTER_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise OSError(f"given up after {CHAPTER_SECONDS} seconds") from error
    if done.returncode:
        raise OSError((done.stderr.strip().splitlines() or ["no reason given"])[-1])
    return done.stdout, time.perf_counter() - start
