"""Vectors find the analogies that a made-up text makes true, as gensim's do; files are read as they are written."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from cli.main import omr
from companions import vectors, words
from companions.chapters import in_talk
from companions.musictext import made_up_questions, made_up_text, roles
from companions.vectors import Vectors
from omr.errors import DataError

TINY = {"size": 32, "epochs": 4, "rate": 0.05}


@pytest.mark.parametrize("cbow", [False, True])
def test_as_good_as_gensim(cbow: bool) -> None:
    text, sections = made_up_text(8000), made_up_questions()
    settings = words.Settings(cbow=cbow, **TINY)  # type: ignore[arg-type]
    right, asked, left = vectors.total(vectors.ask(words.train(text, settings), sections))
    theirs = vectors.total(vectors.ask(words.train_gensim(text, settings), sections))
    assert left == 0 and asked == theirs[1]
    assert right > 0.6 * asked  # chance is 1 in 300
    assert right > theirs[0] - 0.1 * asked


def test_a_stopped_training_goes_on_as_if_it_had_not_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = made_up_text(300)
    settings = words.Settings(size=8, epochs=3)
    whole = words.train(text, settings)
    saved: list[int] = []
    monkeypatch.setattr(words.np, "savez", _stop_after(2, words.np.savez, saved))
    with pytest.raises(KeyboardInterrupt):
        words.train(text, settings, tmp_path / "state.npz")
    monkeypatch.undo()
    np.testing.assert_array_equal(words.train(text, settings, tmp_path / "state.npz").array, whole.array)
    with pytest.raises(DataError, match="other settings"):
        words.train(text, words.Settings(size=9, epochs=3), tmp_path / "state.npz")


def _stop_after(times: int, save, saved: list[int]):  # type: ignore[no-untyped-def]
    def savez(*args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        if len(saved) == times:
            raise KeyboardInterrupt
        saved.append(1)
        save(*args, **kwargs)

    return savez


def test_windows_stay_in_their_context_and_nearer_words_pair_more_often() -> None:
    context = np.repeat([0, 1, 2], [500, 1, 499])
    centres, neighbours = words.windows(context, 4, np.random.default_rng(0))
    assert (context[centres] == context[neighbours]).all() and (centres != neighbours).all()
    far = np.bincount(np.abs(centres - neighbours))
    # With a reach of 1 to 4, a distance of d is met in (5 - d) of 4 cases.
    np.testing.assert_allclose(far[1:] / far[1], [1, 0.75, 0.5, 0.25], atol=0.05)


def test_the_gradient_is_that_of_the_loss() -> None:
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(3)
    inner, outer = rng.normal(size=(6, 4)), rng.normal(size=(6, 4))
    inputs = csr_matrix((np.ones(2), [1, 2], [0, 1, 2]), (2, 6))
    draw = np.cumsum([0, 0, 0, 0, 0.5, 0.5])  # only words 4 and 5 are drawn

    def loss(inner: np.ndarray, outer: np.ndarray) -> float:
        asked = np.searchsorted(draw, np.random.default_rng(9).random((2, 3)))
        total = 0.0
        for row, word, target, wrong in zip((0, 1), (1, 2), (0, 3), asked, strict=True):
            assert row in (0, 1)
            total -= np.log1p(np.exp(-outer[target] @ inner[word])) + np.log1p(np.exp(outer[wrong] @ inner[word])).sum()
        return float(total)

    moved = inner.copy(), outer.copy()
    words._learn(*moved, inputs, np.array([0, 3]), draw, 3, 1e-3, False, np.random.default_rng(9))
    for table, after, which in ((inner, moved[0], 0), (outer, moved[1], 1)):
        for place in np.ndindex(table.shape):
            shift = np.zeros_like(table)
            shift[place] = 1e-5
            up, down = [inner, outer], [inner, outer]
            up[which], down[which] = table + shift, table - shift
            slope = (loss(*up) - loss(*down)) / 2e-5
            assert (after - table)[place] / 1e-3 == pytest.approx(slope, abs=1e-4)


def test_files(tmp_path: Path) -> None:
    made = Vectors(["la", "é"], np.array([[1.5, -2], [0.25, 1e-7]], np.float32))
    vectors.write_vectors(made, tmp_path / "v.txt")
    assert (tmp_path / "v.txt").read_text(encoding="utf-8").splitlines()[0] == "2 2"
    back = vectors.read_vectors(tmp_path / "v.txt")
    assert back.words == made.words
    np.testing.assert_allclose(back.array, made.array, rtol=1e-5)
    (tmp_path / "v.txt").write_text("3 2\nla 1 2\n")
    with pytest.raises(DataError, match="word2vec"):
        vectors.read_vectors(tmp_path / "v.txt")

    with gzip.open(tmp_path / "t.txt.gz", "wt", encoding="utf-8") as file:
        file.write("The cat's\nhat. \n\nNo 3 hats")
    assert words.read_text(tmp_path / "t.txt.gz") == [["the", "cat's", "hat"], ["no", "hats"]]
    (tmp_path / "q.txt").write_text(": family\nBoy girl king queen\n\n: none\na b c\n")
    with pytest.raises(DataError, match="line 5"):
        vectors.read_questions(tmp_path / "q.txt")
    (tmp_path / "q.txt").write_text(": family\nBoy girl king queen\n")
    assert vectors.read_questions(tmp_path / "q.txt") == {"family": [("boy", "girl", "king", "queen")]}


def test_asking_leaves_out_the_question_s_own_words_and_unknown_ones() -> None:
    made = Vectors(["a", "b", "c", "d"], np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1]], np.float32))
    assert vectors.ask(made, {"s": [("a", "b", "c", "d"), ("a", "b", "c", "x")]}) == {"s": (1, 1, 1)}
    assert made.analogy("a", "b", "c", 1)[0][0] == "d"
    with pytest.raises(DataError, match="no vector"):
        made.nearest("x")


def test_made_up_families_do_not_share_words() -> None:
    every = [w for role in roles().values() for w in role]
    assert len(set(every)) == len(every)


def test_a_question_needs_no_options_of_the_training(tmp_path: Path) -> None:
    out = str(tmp_path / "words")
    (tmp_path / "t.txt").write_text("\n\n".join(["the violin plays a song", "the flute plays a tune"] * 40))
    trained = ["talk", "words", "--data", str(tmp_path / "t.txt"), "-o", out, "--size", "8", "--epochs", "2"]
    done = CliRunner().invoke(omr, [*trained, "--nearest", "violin"])
    assert done.exit_code == 0, done.output
    before = (tmp_path / "words" / "vectors.txt").read_bytes()
    asked = CliRunner().invoke(omr, ["talk", "words", "-o", out, "--nearest", "violin"])
    assert asked.exit_code == 0, asked.output
    shown = (tmp_path / "words" / "index.html").read_text()
    assert in_talk("words") in shown and "skip-gram" in shown and shown.count("<img") == 1
    (answer,) = [line for line in done.output.splitlines() if line.startswith("violin: ")]
    assert asked.output.strip() == answer
    assert f"<td>violin</td><td>{answer.removeprefix('violin: ')}</td>" in shown
    assert (tmp_path / "words" / "vectors.txt").read_bytes() == before
    # Another size is another training, in another folder.
    other = CliRunner().invoke(omr, [*trained[:-4], "--size", "9", "--nearest", "violin"])
    assert "other settings" in str(other.exception)


def test_no_name_on_a_map_of_pairs_covers_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Any] = []
    monkeypatch.setattr("matplotlib.pyplot.close", figures.append)
    trained = words.train(made_up_text(3000), words.Settings(size=20, epochs=2))
    vectors.draw_map(trained, tmp_path / "map.png", made_up_questions())
    assert [axes.get_title() for axes in figures[0].axes] == list(made_up_questions())
    renderer = figures[0].canvas.get_renderer()
    for axes in figures[0].axes:
        boxes = [text.get_window_extent(renderer) for text in axes.texts]
        assert len(boxes) == 2 * vectors.PAIRS
        left = [b for b in boxes if b.x1 < axes.bbox.x0 + axes.bbox.width / 2]
        for side in (left, [b for b in boxes if b not in left]):
            rows = sorted(b.y0 + b.height / 2 for b in side)
            assert min(np.diff(rows), default=9) > 8, "in pixels: letters are nine high"
    heights = np.array([0, 0.1, 5, 0.05])
    np.testing.assert_allclose(vectors.apart(heights, 1), [-0.95, 1.05, 5, 0.05])
