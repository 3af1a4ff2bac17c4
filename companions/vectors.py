"""Word vectors once they are there: their files, their neighbours, analogies, and a map. See `companions.words`.

Analogies are asked as in Mikolov et al., "Efficient estimation of word representations in vector space", 2013: the
nearest word to b - a + c by the cosine, without a, b and c.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from companions import page
from companions.chapters import in_talk
from omr.errors import DataError
from omr.files import replacing

KNOWN = 30_000
"""Analogies look for their answer among so many of the commonest words, as word2vec's own test does."""

Sections = dict[str, list[tuple[str, str, str, str]]]
"""Section of a questions file -> its lines: a is to b as c is to d."""


class Vectors:
    """words by falling frequency, and their vectors: array (V, D) float32, and of length one in unit (V, D)."""

    def __init__(self, words: Sequence[str], array: np.ndarray) -> None:
        self.words, self.array = tuple(words), array
        self.index = {word: row for row, word in enumerate(words)}
        self.unit = (array / np.maximum(np.linalg.norm(array, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def row(self, word: str) -> int:
        """Raises DataError on a word without a vector."""
        if word not in self.index:
            raise DataError(f"{word!r} has no vector: it is not in the text, or too rare")
        return self.index[word]

    def nearest(self, word: str, top: int = 10) -> list[tuple[str, float]]:
        """The words of the most similar vectors, with the cosine."""
        return self._top(self.unit[self.row(word)], {self.row(word)}, top)

    def analogy(self, a: str, b: str, c: str, top: int = 5) -> list[tuple[str, float]]:
        """What is to c as b is to a: the words nearest to b - a + c, without these three."""
        rows = [self.row(w) for w in (a, b, c)]
        goal = self.unit[rows[1]] - self.unit[rows[0]] + self.unit[rows[2]]
        return self._top(goal / max(float(np.linalg.norm(goal)), 1e-9), set(rows), top)

    def _top(self, goal: np.ndarray, without: set[int], top: int) -> list[tuple[str, float]]:
        cosine = self.unit @ goal
        order = [i for i in np.argsort(-cosine)[: top + len(without)].tolist() if i not in without]
        return [(self.words[i], float(cosine[i])) for i in order[:top]]


def write_vectors(vectors: Vectors, path: Path) -> None:
    """word2vec's text format: a line `V D`, then a word and its numbers a line."""
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.write(f"{len(vectors.words)} {vectors.array.shape[1]}\n")
        for word, row in zip(vectors.words, vectors.array, strict=True):
            file.write(f"{word} {' '.join(f'{v:.6g}' for v in row)}\n")


def read_vectors(path: Path) -> Vectors:
    """Vectors in word2vec's text format (also .gz). Raises DataError if the file is not in it."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
            count, size = map(int, file.readline().split())
            words, array = [], np.zeros((count, size), np.float32)
            for i in range(count):
                word, *numbers = file.readline().rstrip().split(" ")
                words.append(word)
                array[i] = [float(n) for n in numbers]
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path} is not in word2vec's text format") from error
    return Vectors(words, array)


def read_questions(path: Path) -> Sections:
    """A file in the format of `questions-words.txt`: `: section`, then lines of four words. In lower case.

    Raises DataError on a line that is neither.
    """
    sections: Sections = {}
    name = "(none)"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as UTF-8 text") from error
    for number, line in enumerate(lines, 1):
        parts = line.lower().split()
        if line.startswith(":"):
            name = line[1:].strip()
        elif len(parts) == 4:
            sections.setdefault(name, []).append((parts[0], parts[1], parts[2], parts[3]))
        elif parts:
            raise DataError(f"{path}: line {number}: not four words")
    if not sections:
        raise DataError(f"{path} holds no question")
    return sections


def ask(vectors: Vectors, sections: Sections) -> dict[str, tuple[int, int, int]]:
    """(right, asked, left out) of every section; a question with a word that has no vector is left out."""
    found = {}
    unit = vectors.unit[:KNOWN]
    for name, questions in sections.items():
        rows = [[vectors.index.get(w, KNOWN) for w in question] for question in questions]
        known = [row for row in rows if max(row) < KNOWN]
        right = 0
        for begin in range(0, len(known), 256):
            a, b, c, d = np.array(known[begin : begin + 256]).T
            cosine = (unit[b] - unit[a] + unit[c]) @ unit.T
            for asked in (a, b, c):
                cosine[np.arange(len(a)), asked] = -np.inf
            right += int((cosine.argmax(1) == d).sum())
        found[name] = (right, len(known), len(questions) - len(known))
    return found


def total(found: dict[str, tuple[int, int, int]]) -> tuple[int, int, int]:
    """The sums over all sections of what `ask` gave."""
    right, asked, left = np.array(list(found.values())).sum(0).tolist()
    return right, asked, left


def overlap(one: Vectors, other: Vectors, most: int = 500, top: int = 10) -> float:
    """How alike two sets of vectors are: of the `top` neighbours of each of the commonest words, the share in both."""
    words = [w for w in one.words[:most] if w in other.index]
    shared = [len({n for n, _ in one.nearest(w, top)} & {n for n, _ in other.nearest(w, top)}) for w in words]
    return float(np.mean(shared)) / top


def write_page(vectors: Vectors, cbow: bool, asked: Sequence[str], sections: Sections | None, map_of: Path,
               path: Path) -> None:
    """Trained vectors as an HTML page. cbow: how they were trained. asked: words whose neighbours are shown; without
    any, those of the first analogy. sections: analogies, whose shares are shown. map_of: the picture by `draw_map`."""
    way = ("The mean of the words around a place guesses the word in it (CBOW)." if cbow else
           "Each word guesses, one by one, the words that stand around it (skip-gram).")
    parts = [
        in_talk("words"),
        page.words(f"{way} For every true word some are drawn at random, which it should not guess. The vector of a "
                   f"word, {vectors.array.shape[1]} numbers here, is what it needs for that: so words that stand among "
                   "the same words get like vectors."),
        page.heading("A map"),
        page.embedded(map_of.read_bytes(), "the vectors, seen from where they spread most: lines join the two words of "
                      "a pair, and pairs of one kind run alike" if sections else
                      "the commonest words; what lies near in the vectors' space lies near here"),
    ]
    if not asked and sections:
        asked = next(iter(sections.values()))[0]
    known = [word for word in asked if word in vectors.index]
    if known:
        parts += [
            page.heading("Neighbours"),
            page.words("With each, the cosine of the angle between its vector and the word's: 1 is the same direction, "
                       "0 a right angle."),
            page.table(["word", "nearest words"], [
                [word, ", ".join(f"{other} {cosine:.2f}" for other, cosine in vectors.nearest(word))]
                for word in known]),
        ]
    if sections:
        found = ask(vectors, sections)
        a, b, c, d = next(iter(sections.values()))[0]
        parts += [
            page.heading("Analogies"),
            page.words(f"{a} is to {b} as {c} is to: the word nearest to {b} - {a} + {c}, these three left out. It "
                       f"should be {d}."),
            page.table(["kind", "asked", "right"], [
                [name, n, f"{right / n:.1%}"] for name, (right, n, _) in {**found, "all": total(found)}.items() if n]),
        ]
    page.write(path, "Words become places", parts)


PANELS, PAIRS = 6, 8
"""Kinds of analogies that are drawn, and pairs of each: more would cover one another's names."""


def draw_map(vectors: Vectors, path: Path, sections: Sections | None = None, most: int = 200) -> None:
    """A map in two dimensions as PNG: for each kind of question its pairs, joined, by principal components; without
    questions the commonest words, by t-SNE."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pairs = {name: list(dict.fromkeys(pair for a, b, c, d in questions for pair in ((a, b), (c, d))
                                      if pair[0] in vectors.index and pair[1] in vectors.index))[:PAIRS]
             for name, questions in (sections or {}).items()}
    panels = [(name, some) for name, some in pairs.items() if some][:PANELS]
    if panels:
        across = min(3, len(panels))
        figure, grid = pyplot.subplots(-(-len(panels) // across), across, squeeze=False,
                                       figsize=(4.2 * across, 3.6 * -(-len(panels) // across)))
        for axes in grid.flat[len(panels):]:
            axes.axis("off")
        for axes, (name, some) in zip(grid.flat, panels, strict=False):
            words = sorted({w for pair in some for w in pair})
            rows = vectors.unit[[vectors.index[w] for w in words]]
            rows = rows - rows.mean(0)
            flat = rows @ np.linalg.svd(rows, full_matrices=False)[2][:2].T
            _draw_words(axes, words, flat, some)
            axes.set_title(name, fontsize=11)
    else:
        figure, axes = pyplot.subplots(figsize=(11, 9))
        from sklearn.manifold import TSNE

        words = list(vectors.words[:most])
        flat = TSNE(2, perplexity=min(15, (len(words) - 1) / 3), metric="cosine", random_state=0, init="random",
                    ).fit_transform(vectors.unit[: len(words)])
        _draw_words(axes, words, flat, ())
    figure.tight_layout()
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=90)
    pyplot.close(figure)


def _draw_words(axes: Any, words: Sequence[str], flat: np.ndarray, pairs: Sequence[tuple[str, str]]) -> None:
    """Words at their places (N, 2), the two of a pair joined; the names of pairs stand at the outer side, apart."""
    place = dict(zip(words, flat, strict=True))
    for a, b in pairs:
        axes.plot(*zip(place[a], place[b], strict=True), color="#9ecae1", linewidth=1, zorder=0)
    axes.scatter(flat[:, 0], flat[:, 1], s=8, color="#d62728")
    if pairs:
        at_left = flat[:, 0] < flat[:, 0].mean()
        for left in (True, False):
            side = np.flatnonzero(at_left == left)
            for row, y in zip(side.tolist(), apart(flat[side, 1], 0.055 * float(np.ptp(flat[:, 1]))), strict=True):
                axes.annotate(words[row], (flat[row, 0], y), fontsize=8, xytext=(-4 if left else 4, 0),
                              textcoords="offset points", ha="right" if left else "left", va="center")
    else:
        for word, (x, y) in place.items():
            axes.annotate(word, (x, y), fontsize=8, xytext=(2, 2), textcoords="offset points")
    axes.set(xticks=[], yticks=[])
    axes.margins(x=0.4 if pairs else 0.05, y=0.08)


def apart(heights: np.ndarray, least: float) -> np.ndarray:
    """Heights (N,) in the same order, none nearer than `least` to another, and as near as may be to where they were.

    That is isotonic regression: what is left of each when all below it have taken their room must not fall.
    """
    from scipy.optimize import isotonic_regression

    order = np.argsort(heights, kind="stable")
    room = least * np.arange(len(heights))
    found = np.empty(len(heights))
    found[order] = isotonic_regression(heights[order] - room).x + room
    return found
