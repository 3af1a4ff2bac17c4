"""Pages side by side in processes: the same readings in the same order, and a page whose process dies costs itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from omr.detect.runtime import load_detector
from omr.errors import OmrError
from omr.pipeline import read_pages, scan
from omr.reading import PageReading, PageTask, ScanOptions
from omr.types import DetectorMaps
from omr.types.plain import to_json
from omr.workers import Workers

EXAMPLE = Path(__file__).parents[2] / "examples" / "minuet.png"


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The bundled page cut into its five systems."""
    folder = tmp_path_factory.mktemp("systems")
    page = Image.open(EXAMPLE)
    paths = []
    for number, top in enumerate((350, 740, 1100, 1480, 1860)):
        paths.append(folder / f"system{number}.png")
        page.crop((0, top, page.width, top + 380)).save(paths[-1])
    return paths


def test_the_score_is_the_one_that_a_single_process_reads(systems: list[Path]) -> None:
    options = ScanOptions(languages=())
    alone = scan(systems, load_detector(None, 1), options)
    answers: list[object] = []
    with Workers(2, partial(load_detector, None, 1)) as workers:
        together = scan(systems, load_detector(None, 2), options, lambda r: answers.append(r.answer), look=_size,
                        workers=workers)
    assert to_json(together) == to_json(alone)
    assert len(answers) == 5 and all(isinstance(size, tuple) and size[0] > 100 for size in answers)


def test_no_process_waits_once_the_last_page_is_read_and_others_may_be_read_later(systems: list[Path]) -> None:
    tasks = [PageTask(path, 1, index, ()) for index, path in enumerate(systems[:3])]
    with Workers(2, partial(load_detector, None, 1)) as workers:
        first = list(workers.read(tasks))
        assert workers._pool is None
        answers = workers.read(tasks[1:])
        assert workers._pool is not None
        later = list(answers)
    graphs = [answer.graph for answer in (*first, *later) if isinstance(answer, PageReading) and answer.graph]
    assert [graph.page for graph in graphs] == [0, 1, 2, 1, 2]


def _size(reading: PageReading, detector: object) -> tuple[int, ...]:
    assert reading.page is not None, "a look sees the images"
    return reading.page.pixels.shape


@dataclass
class Deadly:
    """A detector that ends its process at every page that has more ink than others, and sees nothing on the others."""

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        if pixels.mean() < 200:
            os._exit(1)
        h, w = pixels.shape
        return DetectorMaps(energy=np.zeros((h // 2, w // 2), np.float32),
                            class_prob=np.zeros((h // 4, w // 4, 200), np.float32),
                            box_size=np.zeros((h // 2, w // 2, 4), np.float32),
                            strokes=np.zeros((h // 2, w // 2, 10), np.float32))


def test_a_page_whose_process_dies_costs_itself(systems: list[Path], tmp_path: Path) -> None:
    black = np.asarray(Image.open(systems[0]).convert("L")).copy()
    black[:, 600:] = np.minimum(black[:, 600:], np.where(np.arange(black.shape[1] - 600) % 40 < 25, 0, 255))
    Image.fromarray(black).save(tmp_path / "black.png")
    paths = [systems[0], systems[1], tmp_path / "black.png", systems[2], tmp_path / "none.png", systems[3]]
    tasks = [PageTask(path, 1, i, ()) for i, path in enumerate(paths)]
    with Workers(2, Deadly) as workers:
        answers = list(workers.read(tasks))
    errors = {i: str(a) for i, a in enumerate(answers) if isinstance(a, OmrError)}
    assert set(errors) == {2, 4} and "ended the process that read it" in errors[2]
    assert [a.index for a in answers if isinstance(a, PageReading)] == [0, 1, 3, 5]


def test_known_pages_are_not_read_again(systems: list[Path]) -> None:
    known = {i: PageReading(index=i, source="known") for i in range(4)}
    with Workers(2, Deadly) as workers:
        readings = list(read_pages(systems, Deadly(), ScanOptions(languages=()), known, workers=workers))
    assert [r.source == "known" for r in readings] == [True] * 4 + [False]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_process_is_left_when_the_first_one_is_ended(number: int, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    for i in range(30):
        (folder / f"page{i}.png").write_bytes(EXAMPLE.read_bytes())
    arguments = [sys.executable, "-m", "cli.main", "scan", str(folder), "--jobs", "2", "--keep", str(tmp_path / "keep")]
    # A shell starts what runs in the background with Ctrl-C ignored, and the scan would keep to that.
    process = subprocess.Popen(arguments, start_new_session=True, cwd=EXAMPLE.parents[1],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    _wait(lambda: len(list((tmp_path / "keep").glob("page-*/doubts.json"))) > 0, 60)
    if number in (signal.SIGINT, signal.SIGHUP):
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    _, said = process.communicate(timeout=60)  # at once, unless the machine is very busy
    if number == signal.SIGKILL:
        assert process.returncode == -number
    else:
        assert process.returncode == 128 + number and len(said.splitlines()) == 1, said
    _wait(lambda: not _lives(process.pid), 20)
    if number != signal.SIGKILL:
        assert not list(tmp_path.rglob("*.part"))


CUT_OFF = """
import sys, time
from pathlib import Path
import omr.workers
from omr.reading import PageTask

def stall(name):
    Path(name).touch()
    time.sleep(3)

class Slow:
    def __reduce__(self):
        return stall, (sys.argv[1] + "/stalled",)

def read(task):
    if task.index == 0:
        return Slow()
    Path(sys.argv[1] + "/sends").touch()
    return bytes(50_000_000)

if __name__ == "__main__":
    omr.workers._read = read
    with omr.workers.Workers(2, dict) as workers:
        workers.read(PageTask(Path("a.png"), 1, index, ()) for index in range(2))
        while not all(Path(sys.argv[1], name).exists() for name in ("stalled", "sends")):
            time.sleep(0.05)
        time.sleep(0.5)
"""
"""A program that ends its workers while one of them is in the midst of sending a page: the thread that receives pages
is busy with another one meanwhile, so that no more than a pipe holds can have been sent."""


@pytest.mark.skipif(sys.platform != "linux", reason="how much a pipe holds")
def test_a_worker_that_is_ended_while_it_sends_a_page_holds_nobody_up(tmp_path: Path) -> None:
    program = tmp_path / "cut_off.py"
    program.write_text(CUT_OFF)
    process = subprocess.Popen([sys.executable, str(program), str(tmp_path)], start_new_session=True,
                               env={**os.environ, "PYTHONPATH": str(EXAMPLE.parents[1])}, stderr=subprocess.PIPE)
    try:
        _, said = process.communicate(timeout=40)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert (process.returncode, said) == (0, b"")


def _wait(until: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.1)


def _lives(session: int) -> bool:
    """Whether any process of a session does: workers are process groups of their own in it."""
    listed = subprocess.run(["ps", "-e", "-o", "sess=,stat="], capture_output=True, text=True, check=True).stdout
    processes = map(str.split, listed.splitlines())
    return any(fields[0] == str(session) and not fields[1].startswith("Z") for fields in processes)
