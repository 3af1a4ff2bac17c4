"""A page that takes more memory than is safe costs itself, in a worker and without one."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from omr.errors import InputError, OmrError
from omr.limits import MOST_PAGE_BYTES, bounded_memory
from omr.pipeline import read_task, read_tasks
from omr.reading import PageReading, PageTask
from omr.types import DetectorMaps
from omr.workers import Workers

EXAMPLE = Path(__file__).parents[2] / "examples" / "minuet.png"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")


def test_memory_is_bounded_in_the_block_and_only_there() -> None:
    with bounded_memory(50_000_000):
        with pytest.raises(MemoryError):
            np.ones(200_000_000, np.uint8)
        assert len(bytearray(20_000_000)) == 20_000_000
    assert np.ones(200_000_000, np.uint8).nbytes == 200_000_000


def test_an_inner_block_does_not_loosen_the_outer_one() -> None:
    with bounded_memory(50_000_000), bounded_memory(10**12), pytest.raises(MemoryError):
        np.ones(200_000_000, np.uint8)


@dataclass
class Greedy:
    """A detector that wants too much for pages of more ink than others, and sees nothing on the others."""

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        if pixels.mean() < 200:
            np.ones(MOST_PAGE_BYTES + 500_000_000, np.uint8)
        h, w = pixels.shape
        return DetectorMaps(energy=np.zeros((h // 2, w // 2), np.float32),
                            class_prob=np.zeros((h // 4, w // 4, 200), np.float32),
                            box_size=np.zeros((h // 2, w // 2, 4), np.float32),
                            strokes=np.zeros((h // 2, w // 2, 10), np.float32))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_page_that_takes_too_much_memory_costs_itself(jobs: int, tmp_path: Path) -> None:
    system = np.asarray(Image.open(EXAMPLE).convert("L"))[350:730].copy()
    Image.fromarray(system).save(tmp_path / "a.png")
    system[:, 600:] = np.minimum(system[:, 600:], np.where(np.arange(system.shape[1] - 600) % 40 < 25, 0, 255))
    Image.fromarray(system).save(tmp_path / "black.png")
    names = ("a.png", "black.png", "a.png")
    tasks = [PageTask(tmp_path / name, 1, i, ()) for i, name in enumerate(names)]
    with Workers(jobs, Greedy) as workers:
        answers = list(workers.read(tasks) if jobs > 1 else read_tasks(tasks, Greedy(), bounded=True))
    kinds = [type(answer) for answer in answers]
    assert kinds == [PageReading, InputError, PageReading]
    assert "page 1 of" in str(answers[1]) and "more memory than is safe" in str(answers[1])


def test_memory_that_opencv_does_not_get_is_the_pages_fault_and_its_other_errors_are_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = PageTask(EXAMPLE, 1, 0, ())
    huge = np.zeros((2, 2), np.uint8)
    with bounded_memory(50_000_000), pytest.raises(OmrError, match="more memory"):
        monkeypatch.setattr("omr.pipeline._read_task", lambda *_: cv2.resize(huge, (30_000, 30_000)))
        read_task(task, Greedy())
    monkeypatch.setattr("omr.pipeline._read_task", lambda *_: cv2.resize(huge, (0, 0)))
    with pytest.raises(cv2.error):
        read_task(task, Greedy())
