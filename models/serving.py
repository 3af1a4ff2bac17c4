"""The network on a GPU: one process has it, and answers the pages of many processes in batches.

Once the network is fast, loading, normalising and assembling take most of a page's time. So pages are read by worker
processes, as without a GPU (`omr.workers`). But instead of a network each of them has a `Client`, which sends the page
to the `Server` in the main process and waits for its maps. Waiting pages of the same size are answered together.
"""

from __future__ import annotations

import multiprocessing
import queue
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing import connection
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from models.weights import load_network, with_probabilities
from omr.detect.runtime import MOST_PX, Answers, answer, as_maps, padded, read_card, sha256_of, shipped
from omr.errors import WeightsError
from omr.types import DetectorMaps
from omr.types.vocabulary import NAMES

MOST_PAGES = 8
"""Most pages that are answered together. Each takes 0.6 GB of the GPU's memory, by the sizes of the network's
layers."""


class KerasDetector:
    """Makes the maps of a page, or of several pages of one size together, by Keras on whatever device TensorFlow uses.

    folder, sha256, accept, thresholds: as in `omr.detect.runtime.OnnxDetector`. Raises WeightsError.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder or shipped()
        card = read_card(self.folder)
        weights = self.folder / "detector.weights.h5"
        if not weights.exists():
            raise WeightsError(f"{weights} is missing")
        self.sha256 = sha256_of(weights)
        if self.sha256 != card["sha256"][weights.name]:
            raise WeightsError(f"{weights} is damaged")
        calibrated = card.get("thresholds", {})
        self.accept: dict[str, float] = {name: t["accept"] for name, t in calibrated.items()}
        self.thresholds: dict[str, float] = {name: t["doubt"] for name, t in calibrated.items()}
        self._model = with_probabilities(load_network(self.folder))

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        """Maps of a normalised page (H, W) uint8, 0 = ink. The page's size is rounded up to multiples of 32 px."""
        return answer(pixels, lambda ink: self._run([ink])[0])

    def detect_all(self, pages: Sequence[np.ndarray]) -> list[DetectorMaps]:
        """Maps of several normalised pages, which must have the same `size`."""
        if len(pages) == 1:
            return [self.detect(pages[0])]
        return [as_maps(*maps) for maps in self._run([padded(page) for page in pages])]

    def _run(self, inks: Sequence[np.ndarray]) -> list[Answers]:
        out = {name: np.asarray(value) for name, value in
               self._model.predict_on_batch(np.stack(inks)[..., None]).items()}
        unknown = len(NAMES) - out["symbol"].shape[-1]
        symbol = np.pad(out["symbol"], ((0, 0), (0, 0), (0, 0), (0, unknown)))
        return list(zip(out["energy"][..., 0], symbol, out["box"], out["strokes"], strict=True))


def size(pixels: np.ndarray) -> tuple[int, int] | None:
    """Pages with the same result can be answered together: their size rounded up to multiples of 32 px. (More paper
    around the smaller of two pages would change what is seen at its edges.) None for a page that is answered alone, in
    bands."""
    height, width = padded(pixels).shape
    return (height, width) if height * width <= MOST_PX else None


class Server:
    """Answers the pages of `Client`s, which may be in other processes that were started by this one. Use it in a `with`
    statement."""

    def __init__(self, detector: KerasDetector):
        self._detector = detector
        self._questions: queue.Queue[tuple[np.ndarray, Future[DetectorMaps]] | None] = queue.Queue()
        self._listener = connection.Listener(authkey=multiprocessing.current_process().authkey)
        self.batches: list[int] = []
        """How many pages were answered together, each time."""

    def client(self) -> Client:
        """A detector for another process."""
        return Client(self._listener.address, self._detector.accept, self._detector.thresholds)

    def __enter__(self) -> Server:
        threading.Thread(target=self._welcome, daemon=True).start()
        self._answering = threading.Thread(target=self._answer, daemon=True)
        self._answering.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._questions.put(None)
        self._answering.join()
        self._listener.close()

    def _welcome(self) -> None:
        """Start a thread for each client, until the listener is closed."""
        while True:
            try:
                client = self._listener.accept()
            except (EOFError, ConnectionError, multiprocessing.AuthenticationError):
                continue  # the process has ended meanwhile
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: connection.Connection) -> None:
        with suppress(EOFError, ConnectionError), client:
            while True:
                future: Future[DetectorMaps] = Future()
                self._questions.put((client.recv(), future))
                client.send(future.exception() or future.result())

    def _answer(self) -> None:
        """Answer pages until a None comes instead of a question. Pages of the size that has waited longest come
        first."""
        waiting: dict[Any, list[tuple[np.ndarray, Future[DetectorMaps]]]] = defaultdict(list)
        while True:
            while not waiting or not self._questions.empty():
                question = self._questions.get()
                if question is None:
                    return
                waiting[size(question[0])].append(question)
            shape = next(iter(waiting))
            most = MOST_PAGES if shape else 1
            batch, rest = waiting[shape][:most], waiting.pop(shape)[most:]
            if rest:
                waiting[shape] = rest
            self.batches.append(len(batch))
            try:
                answers = self._detector.detect_all([pixels for pixels, _ in batch])
            except Exception as error:  # the client raises it
                for _, future in batch:
                    future.set_exception(error)
            else:
                for (_, future), maps in zip(batch, answers, strict=True):
                    future.set_result(maps)


class Client:
    """A detector whose answers come from a `Server` in another process. It can be pickled, and connects when it is
    first used. accept, thresholds: those of the server's detector."""

    def __init__(self, address: Any, accept: Mapping[str, float], thresholds: Mapping[str, float]):
        self.accept, self.thresholds = dict(accept), dict(thresholds)
        self._address = address
        self._server: connection.Connection | None = None

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        """The same as the server's detector. Errors there are raised here."""
        if self._server is None:
            self._server = connection.Client(self._address, authkey=multiprocessing.current_process().authkey)
        self._server.send(pixels)
        maps: DetectorMaps | Exception = self._server.recv()
        if isinstance(maps, Exception):
            raise maps
        return maps

    def __call__(self) -> Client:
        """Returns itself, because `omr.workers.Workers` calls it to make a detector."""
        return self
