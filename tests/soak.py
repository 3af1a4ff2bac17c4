"""Reads hundreds of pages in a row and watches what is left behind: memory, open files, temporary files.

    python tests/soak.py --pages 500             # in one process
    python tests/soak.py --pages 500 --jobs 2    # by two workers
    python tests/soak.py --pages 500 FOLDER      # pages of your own

It reads the same few pages round after round, each as a score of its own that is written, and ends with 1 if there is
more of anything after the last round than after the first that is whole after page 5. For Linux; an hour's work for a
slow machine, so CI does not run it.
"""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

WARM_PAGES = 5
"""Pages after which everything is imported and every pool of memory has been used once."""
MOST_GROWTH = 0.05
"""Part by which memory may differ from round to round: the allocators of Python and C keep what is free."""


@dataclass(frozen=True)
class Left:
    """What processes hold. mb: memory of their own, in MB. handles: open files. files: in the temporary folder."""

    mb: float
    handles: int
    files: int
    processes: int


def now(scratch: Path) -> Left:
    """What this process and all that it started hold."""
    processes = [os.getpid(), *_children(os.getpid())]
    mb, handles = 0.0, 0
    for process in processes:
        folder = Path("/proc") / str(process)
        try:
            mb += sum(int(line.split()[1]) for line in (folder / "smaps_rollup").read_text().splitlines()
                      if line.startswith(("Private_Dirty:", "Private_Clean:"))) / 1000
            handles += len(list((folder / "fd").iterdir()))
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
    return Left(mb, handles, sum(1 for _ in scratch.rglob("*")), len(processes))


def _children(process: int) -> Iterator[int]:
    """All that a process has started and that still run."""
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, tasks.read_text().split()):
            yield child
            yield from _children(child)


def default_pages(folder: Path) -> list[Path]:
    """Pages of every kind, and quick to read: systems of the bundled page as an image and as a scan in a PDF, a drawn
    PDF, a photograph, and a file that is no page."""
    from PIL import Image

    page = Image.open(ROOT / "examples" / "minuet.png").convert("L")
    paths = []
    for number, (top, suffix) in enumerate(((350, "png"), (740, "pdf"), (1100, "jpg"), (1480, "tif"))):
        paths.append(folder / f"{number}.{suffix}")
        page.crop((0, top, page.width, top + 380)).save(paths[-1], resolution=300)
    broken = folder / "broken.png"
    broken.write_bytes(b"no picture")
    return [*paths, ROOT / "tests" / "data" / "engraved" / "verovio.pdf", broken]


def soak(paths: Sequence[Path], pages: int, jobs: int, scratch: Path) -> list[Left]:
    """Read so many pages. Returns what is held after each whole round of them."""
    from omr.composing import compose
    from omr.detect.runtime import load_detector
    from omr.errors import OmrError
    from omr.export.files import write
    from omr.pipeline import read_tasks
    from omr.reading import PageTask, ScanOptions
    from omr.workers import Workers

    rounds = []
    out = scratch / "out.musicxml"
    languages = ScanOptions().languages
    tasks = (PageTask(paths[i % len(paths)], 1, 0, languages) for i in range(pages))
    with Workers(jobs, partial(load_detector, None, 1)) as workers:
        answers = workers.read(tasks) if jobs > 1 else read_tasks(tasks, load_detector(), bounded=True)
        for number, answer in enumerate(answers, 1):
            if not isinstance(answer, OmrError):
                with suppress(OmrError):  # a page without music
                    write(compose([answer.light()], "soak"), out)
                    out.unlink()
            if number % len(paths) == 0:
                rounds.append(now(scratch))
                print(f"page {number}: {rounds[-1]}", flush=True)
    return rounds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("folder", type=Path, nargs="?")
    options = parser.parse_args()
    scratch = tempfile.mkdtemp()
    # Python's own processes clean up behind themselves at the very end, so their folder goes after them.
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    with tempfile.TemporaryDirectory() as own:
        # Whatever is made from here on as a temporary file lies where it can be counted.
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
        paths = sorted(options.folder.iterdir()) if options.folder else default_pages(Path(own))
        rounds = soak(paths, options.pages, options.jobs, Path(scratch))
    first = next(i for i in range(len(rounds)) if (i + 1) * len(paths) > WARM_PAGES)
    before, after = rounds[first], rounds[-1]
    print(f"{len(rounds) * len(paths)} pages, {options.jobs} at a time: {before} after page "
          f"{(first + 1) * len(paths)}, {after} at the end, most {max(r.mb for r in rounds[first:]):.0f} MB")
    grew = after.mb > before.mb * (1 + MOST_GROWTH) or after.handles > before.handles or after.files > before.files
    return int(grew)


if __name__ == "__main__":
    sys.exit(main())
