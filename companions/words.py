"""Word vectors: skip-gram and CBOW with negative sampling, on any text.

    omr talk words -o words/                               # a made-up text about music, with known analogies
    omr talk words --data book.txt -o book/ --nearest king
    omr talk words -o words/ --analogy violin violinist cello

Cost: the made-up text of 112,000 words takes a quarter of a minute on two cores; the vectors of a stopped training
are in the folder, and the same command goes on.
Expected: 98 % of the 1,314 analogies of the made-up text, as gensim has (--size 50 --against-gensim).

Mikolov et al., "Efficient estimation of word representations in vector space", 2013, and "Distributed representations
of words and phrases and their compositionality", 2013: dynamic window, subsampling of frequent words, negatives drawn
by frequency to the power of 0.75. Goldberg and Levy, "word2vec explained", 2014, derive the loss.

What differs from word2vec's C program and from gensim: they change the vectors after every pair, here a batch of pairs
is summed first, in NumPy. A row that a batch hits very often would be thrown too far by the sum, so that it moves as if
hit `HITS` times, in the mean direction.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from tqdm import tqdm

from companions.vectors import Vectors
from omr.errors import DataError
from omr.files import replacing

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
PAIRS, CENTRES = 2048, 512
"""Pairs (skip-gram) or words (CBOW, each with its whole window) summed before the vectors change."""
HITS = 32
CHUNK = 200_000
"""Words of which all pairs are in memory at once."""
LAST_RATE = 1e-4
POWER = 0.75


@dataclass(frozen=True)
class Settings:
    """How vectors are trained. sample: words commoner than this share are thinned out; 0 keeps all."""

    cbow: bool = False
    size: int = 100
    window: int = 5
    negative: int = 5
    epochs: int = 10
    least: int = 5
    sample: float = 1e-3
    rate: float = 0.025
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.size, self.window, self.negative, self.epochs, self.least) < 1 or self.rate <= 0 or self.sample < 0:
            raise DataError("size, window, negative, epochs and least must be 1 or more, rate and sample not negative")


def read_text(path: Path) -> list[list[str]]:
    """The words of a text file (also .gz) in lower case, in contexts that no window crosses.

    A context ends at a blank line; in a text without blank lines, at every line. Raises DataError if it is no text.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise DataError(f"{path} cannot be read as UTF-8 text") from error
    parts = re.split(r"\n\s*\n", text.strip())
    if len(parts) == 1:
        parts = text.splitlines()
    contexts = [words for part in parts if (words := WORD.findall(part.lower()))]
    if not contexts:
        raise DataError(f"{path} holds no words")
    return contexts


def count_words(text: Sequence[Sequence[str]], least: int) -> Counter[str]:
    """Words that occur at least `least` times, commonest first. Raises DataError if there are fewer than two."""
    counts = Counter(word for context in text for word in context)
    kept = sorted(((w, n) for w, n in counts.items() if n >= least), key=lambda item: (-item[1], item[0]))
    if len(kept) < 2:
        raise DataError(f"fewer than two words occur {least} times: give a longer text, or a smaller --least")
    return Counter(dict(kept))


def windows(context: np.ndarray, window: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(centre, neighbour) of all pairs within a window that is drawn anew, 1 to `window`, for every centre.

    context (N,): which context each word stands in; pairs stay within one. Positions, (pairs,) each.
    """
    reach = rng.integers(1, window + 1, len(context))
    centres, neighbours = [], []
    for step in range(1, min(window, len(context) - 1) + 1):
        left = np.flatnonzero(context[:-step] == context[step:])
        for centre, neighbour in ((left, left + step), (left + step, left)):
            inside = reach[centre] >= step
            centres.append(centre[inside])
            neighbours.append(neighbour[inside])
    if not centres:
        return np.zeros(0, int), np.zeros(0, int)
    return np.concatenate(centres), np.concatenate(neighbours)


def train(text: Sequence[Sequence[str]], settings: Settings, state: Path | None = None) -> Vectors:
    """Train vectors on contexts of words. state: a file to go on from, written after every epoch.

    Raises DataError if the text is too short, or the state is of other settings or another text.
    """
    counts = count_words(text, settings.least)
    words = tuple(counts)
    index = {w: i for i, w in enumerate(words)}
    ids = np.array([index[w] for line in text for w in line if w in index], np.int32)
    context = np.array([n for n, line in enumerate(text) for w in line if w in index], np.int32)
    number = np.array(list(counts.values()), float)
    if settings.sample:
        often = number / number.sum() / settings.sample
        keep = np.minimum(1, (np.sqrt(often) + 1) / often)
    else:
        keep = np.ones(len(words))
    draw = np.cumsum(number**POWER / (number**POWER).sum())

    rng = np.random.default_rng(settings.seed)
    inner = ((rng.random((len(words), settings.size)) - 0.5) / settings.size).astype(np.float32)
    outer = np.zeros_like(inner)
    # What makes two runs the same run: how long to train is part of it, as the rate falls towards the end.
    same = json.dumps([asdict(settings), len(ids), words[:50]])
    start = 0
    if state is not None and state.exists():
        with np.load(state) as file:
            if str(file["same"]) != same:
                raise DataError(f"{state.parent} holds vectors of other settings or another text; name another folder")
            inner, outer, start = file["inner"], file["outer"], int(file["epoch"])
    for epoch in tqdm(range(start, settings.epochs), desc="words", unit="epoch", leave=False):
        rng = np.random.default_rng([settings.seed, epoch + 1])
        for begin in range(0, len(ids), CHUNK):
            done = (epoch + begin / len(ids)) / settings.epochs
            rate = max(LAST_RATE, settings.rate * (1 - done))
            piece, where = ids[begin : begin + CHUNK], context[begin : begin + CHUNK]
            kept = rng.random(len(piece)) < keep[piece]
            piece, where = piece[kept], where[kept]
            centres, neighbours = windows(where, settings.window, rng)
            for inputs, targets in _batches(piece, centres, neighbours, settings.cbow, rng, len(words)):
                _learn(inner, outer, inputs, targets, draw, settings.negative, rate, settings.cbow, rng)
        if state is not None:
            with replacing(state) as temporary, open(temporary, "wb") as out:
                np.savez(out, inner=inner, outer=outer, epoch=epoch + 1, same=same)
    return Vectors(words, inner)


def _batches(ids: np.ndarray, centres: np.ndarray, neighbours: np.ndarray, cbow: bool, rng: np.random.Generator,
             vocabulary: int) -> Iterator[tuple[csr_matrix, np.ndarray]]:
    """(inputs (B, V): one row an example, 1 for each word that is averaged; the words to predict (B,)), shuffled."""
    if not cbow:
        order = rng.permutation(len(centres))
        for begin in range(0, len(order), PAIRS):
            some = order[begin : begin + PAIRS]
            rows = np.arange(len(some) + 1)
            inputs = csr_matrix((np.ones(len(some), np.float32), ids[neighbours[some]], rows), (len(some), vocabulary))
            yield inputs, ids[centres[some]]
        return
    by_centre = np.argsort(centres, kind="stable")
    ends = np.cumsum(np.bincount(centres, minlength=len(ids)))
    starts = np.concatenate([[0], ends[:-1]])
    order = rng.permutation(np.flatnonzero(ends > starts))
    for begin in range(0, len(order), CENTRES):
        some = order[begin : begin + CENTRES]
        rows = np.concatenate([[0], np.cumsum(ends[some] - starts[some])])
        places = np.concatenate([by_centre[starts[c] : ends[c]] for c in some])
        words = ids[neighbours[places]]
        yield csr_matrix((np.ones(len(words), np.float32), words, rows), (len(some), vocabulary)), ids[some]


def _learn(inner: np.ndarray, outer: np.ndarray, inputs: csr_matrix, targets: np.ndarray, draw: np.ndarray,
           negative: int, rate: float, cbow: bool, rng: np.random.Generator) -> None:
    """One batch: change both tables in place."""
    size = len(targets)
    hidden = inputs @ inner  # (B, D)
    if cbow:
        hidden /= np.diff(inputs.indptr)[:, None]
    wrong = np.searchsorted(draw, rng.random((size, negative))).astype(np.int32)
    asked = np.concatenate([targets[:, None], np.minimum(wrong, len(draw) - 1)], 1)  # (B, 1 + K)
    answers = outer[asked]  # (B, 1 + K, D)
    score = np.matmul(answers, hidden[:, :, None])[:, :, 0]
    # d log-likelihood / d score of Goldberg and Levy's equation 4: 1 - p of the true word, -p of the drawn ones.
    error = -1 / (1 + np.exp(-np.clip(score, -30, 30)))
    error[:, 0] += 1
    error[:, 1:][asked[:, 1:] == targets[:, None]] = 0  # a drawn word that is the true one is no counterexample
    back = np.matmul(error[:, None, :], answers)[:, 0]  # (B, D)
    out = csr_matrix((error.ravel(), asked.ravel(), np.arange(0, asked.size + 1, negative + 1)), (size, len(inner)))
    _move(outer, out.T.tocsr(), hidden, rate)
    _move(inner, inputs.T.tocsr(), back, rate)


def _move(table: np.ndarray, spread: csr_matrix, change: np.ndarray, rate: float) -> None:
    """table += rate * spread (V, B) @ change (B, D), with rows hit more than `HITS` times held back."""
    hits = np.diff(spread.indptr)
    rows = np.flatnonzero(hits)
    step = np.float32(rate) * np.minimum(1, HITS / hits[rows]).astype(np.float32)
    table[rows] += step[:, None] * (spread[rows] @ change).astype(np.float32)


def train_gensim(text: Sequence[Sequence[str]], settings: Settings) -> Vectors:
    """The same by gensim, on one thread. Raises DataError if it is not installed."""
    try:
        from gensim.models import Word2Vec
    except ImportError as error:
        raise DataError("gensim is not installed: pip install gensim") from error
    model = Word2Vec([list(c) for c in text], vector_size=settings.size, window=settings.window, sg=not settings.cbow,
                     negative=settings.negative, min_count=settings.least, sample=settings.sample, workers=1, hs=0,
                     epochs=settings.epochs, alpha=settings.rate, min_alpha=LAST_RATE, seed=settings.seed + 1)
    return Vectors(model.wv.index_to_key, model.wv.vectors)
