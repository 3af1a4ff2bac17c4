"""The network through Keras, for GPUs: it answers as ONNX Runtime does, alone, in batches and for other processes."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.devices import workers
from models.serving import MOST_PAGES, KerasDetector, Server, size
from models.weights import export, load_network, network_config
from omr.detect.runtime import OnnxDetector, load_detector, read_card, shipped
from omr.errors import WeightsError
from omr.export.files import write
from omr.page.raster import load, normalise
from omr.pipeline import scan
from omr.reading import ScanOptions
from omr.types import DetectorMaps
from tests.accuracy.pages import PAGES

SMALL = sorted((page.image for page in PAGES if page.kind != "perfect"), key=lambda path: path.stat().st_size)[:2]
"""Few pages of the accuracy guard: TensorFlow takes seconds for each on a CPU."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Their upper parts, down to the first blank row below a third."""
    root, made = tmp_path_factory.mktemp("pages"), []
    for path in SMALL:
        with Image.open(path) as image:
            ink = np.asarray(image.convert("L")) < 200
            third = image.height // 3
            end = third + int(np.argmin(ink[third:].any(axis=1)))
            image.crop((0, 0, image.width, end)).save(root / path.name)
        made.append(root / path.name)
    return made


class Noting:
    """A detector that keeps its answers."""

    def __init__(self, detector: KerasDetector | OnnxDetector):
        self._detector, self.answers = detector, list[DetectorMaps]()
        self.accept, self.thresholds = detector.accept, detector.thresholds

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        self.answers.append(self._detector.detect(pixels))
        return self.answers[-1]


@pytest.fixture(scope="module")
def keras() -> KerasDetector:
    return KerasDetector()


@pytest.fixture(scope="module")
def in_floats(tmp_path_factory: pytest.TempPathFactory) -> OnnxDetector:
    """The same weights in float32, in which Keras computes."""
    folder = tmp_path_factory.mktemp("float32")
    card = read_card(shipped())
    export(load_network(), network_config(card), folder, {}, card["thresholds"])
    return load_detector(folder)


def differences(one: DetectorMaps, other: DetectorMaps) -> list[float]:
    return [float(np.abs(getattr(one, name) - getattr(other, name)).max())
            for name in ("energy", "class_prob", "box_size", "strokes")]


@pytest.mark.parametrize("number", range(len(SMALL)), ids=lambda number: SMALL[number].stem)
def test_keras_answers_as_onnx_runtime(number: int, pages: list[Path], keras: KerasDetector, in_floats: OnnxDetector,
                                       tmp_path: Path) -> None:
    noted = {"keras": Noting(keras), "onnx": Noting(in_floats)}
    for name, detector in noted.items():
        write(scan([pages[number]], detector, ScanOptions(languages=())), tmp_path / f"{name}.musicxml")
    assert noted["keras"].answers
    for one, other in zip(noted["keras"].answers, noted["onnx"].answers, strict=True):
        assert max(differences(one, other)) < 1e-3
    assert (tmp_path / "keras.musicxml").read_bytes() == (tmp_path / "onnx.musicxml").read_bytes()


def test_pages_of_a_batch_are_answered_as_alone(keras: KerasDetector) -> None:
    pixels = normalise(next(load(SMALL[0]))).pixels
    pages = [pixels[:300, :200], pixels[40:340, 10:210], pixels[:300, :200][::-1]]
    assert len({size(page) for page in pages}) == 1
    for page, maps in zip(pages, keras.detect_all(pages), strict=True):
        assert max(differences(keras.detect(page), maps)) < 1e-3


def test_processes_have_the_server_answer(keras: KerasDetector, pages: list[Path], tmp_path: Path) -> None:
    options = ScanOptions(languages=())
    with workers(2, 2, None, keras) as pool:
        write(scan(pages, keras, options, workers=pool), tmp_path / "two.musicxml")
    write(scan(pages, keras, options), tmp_path / "one.musicxml")
    assert (tmp_path / "two.musicxml").read_bytes() == (tmp_path / "one.musicxml").read_bytes()


class Held:
    """Answers when it is let. It tells what it was asked in the first pixel of each page."""

    accept: dict[str, float] = {}
    thresholds: dict[str, float] = {}

    def __init__(self) -> None:
        self.asked: queue.Queue[list[int]] = queue.Queue()
        self.go = threading.Semaphore(0)

    def detect_all(self, pages: list[np.ndarray]) -> list[object]:
        self.asked.put([int(page[0, 0]) for page in pages])
        self.go.acquire()
        if any(page[0, 0] == 99 for page in pages):
            raise MemoryError("too much")
        return [int(page[0, 0]) for page in pages]


def test_pages_of_one_size_that_wait_are_answered_at_once() -> None:
    held, answers = Held(), {}
    sizes = {0: 32, 1: 64, 2: 32, 3: 64, 4: 60} | {n: 64 for n in range(5, 5 + MOST_PAGES)}

    def ask(number: int) -> None:
        answers[number] = server.client().detect(np.full((64, sizes[number]), number, np.uint8))

    with Server(held) as server:  # type: ignore[arg-type]
        threads = {number: threading.Thread(target=ask, args=(number,)) for number in sizes}
        threads[0].start()
        assert held.asked.get(timeout=10) == [0]
        for number in list(sizes)[1:]:
            threads[number].start()
            while server._questions.qsize() < number:
                threading.Event().wait(0.01)
        seen = []
        for _ in range(3):
            held.go.release()
            seen.append(held.asked.get(timeout=10))
        held.go.release()
        for thread in threads.values():
            thread.join(10)
    large = [n for n in sizes if sizes[n] != 32]
    assert seen == [large[:MOST_PAGES], [2], large[MOST_PAGES:]]  # those that wait longest are next
    assert answers == {number: number for number in sizes}
    assert sum(server.batches) == len(sizes)


def test_what_the_server_cannot_answer_is_raised_where_it_was_asked() -> None:
    held = Held()
    held.go.release()
    held.go.release()
    with Server(held) as server:  # type: ignore[arg-type]
        client = server.client()
        with pytest.raises(MemoryError, match="too much"):
            client.detect(np.full((32, 32), 99, np.uint8))
        assert client.detect(np.full((32, 32), 1, np.uint8)) == 1


def test_large_pages_have_no_size_in_common() -> None:
    assert size(np.zeros((3000, 2000), np.uint8)) is None
    assert size(np.zeros((100, 64), np.uint8)) == (128, 64)


def test_missing_or_damaged_weights(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_bytes((shipped() / "card.json").read_bytes())
    with pytest.raises(WeightsError, match="missing"):
        KerasDetector(tmp_path)
    (tmp_path / "detector.weights.h5").write_bytes(b"x")
    with pytest.raises(WeightsError, match="damaged"):
        KerasDetector(tmp_path)
