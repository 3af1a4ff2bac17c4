"""A packed run answers as the run did, and can go on."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cli.main import omr
from companions import faces, go, keeping, pack, swap
from companions.faces import Run, Settings, drawn_faces, going_on, shares_of
from companions.go import GoConfig
from companions.go import train as train_go
from companions.write import WriteConfig
from companions.write import train as train_write
from omr.errors import DataError


def test_a_packed_network_plays_the_same_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go, "STEPS", 3)
    monkeypatch.setattr(go, "BLOCKS", 1)  # half as much for TensorFlow to draw up
    config = GoConfig(size=3, komi=0.5, games=2, simulations=2, rollouts=2, match_games=2, every=1)
    (tmp_path / "go").mkdir()
    network, _ = train_go(config, 1, tmp_path / "go", lambda progress: None)
    path = pack.pack_go(tmp_path / "go", tmp_path / "shipped")
    assert path.stat().st_size < 0.7 * (tmp_path / "go" / "checkpoint.npz").stat().st_size
    monkeypatch.setattr(keeping, "SHIPPED", tmp_path / "shipped")
    keeping.begin_shipped("go", tmp_path / "again" / "checkpoint.npz")
    again, progress = train_go(config, 1, tmp_path / "again", lambda progress: None)
    for a, b in zip(network.model.get_weights(), again.model.get_weights(), strict=True):
        assert np.array_equal(a, b)
    assert progress.generation == 1 and (tmp_path / "again" / "elo.png").exists()
    _, progress = train_go(config, 2, tmp_path / "again", lambda progress: None)
    assert progress.generation == 2


def test_a_packed_writer_knows_as_much_and_goes_on(tmp_path: Path) -> None:
    """All of its layers come along, though one of them holds an integer, the state of a random generator."""
    text = "\n\n" + "one two three four\n\n" * 1500
    config = WriteConfig(rounds=1, units=24, learning_rate=2e-2, prime="\n\n", sample_length=40)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    writer, history = train_write(text, config, tmp_path / "a", lambda number, history: None)
    path = pack.pack_write(tmp_path / "a", tmp_path)
    assert path.stat().st_size < 0.4 * (tmp_path / "a" / "checkpoint.npz").stat().st_size
    (tmp_path / "b" / "checkpoint.npz").write_bytes(path.read_bytes())
    again, _ = train_write(text, config, tmp_path / "b", lambda number, history: None)
    assert again.validate() == pytest.approx(writer.validate(), abs=0.01) == history.validation[-1]
    again, longer = train_write(text, replace(config, rounds=2), tmp_path / "b", lambda number, history: None)
    assert longer.validation[:2] == history.validation and longer.validation[2] < history.validation[1]


@pytest.mark.usefixtures("without_graphs")
def test_packed_faces_look_the_same_and_go_on_at_the_last_size(tmp_path: Path) -> None:
    pictures, settings = drawn_faces(64, 0), Settings(steps=(1, 1, 1, 2), batch=4, compared=16)
    (tmp_path / "a").mkdir()
    run = Run(tmp_path / "a" / "run.npz", settings, pictures)
    run.train()
    (tmp_path / "run.npz").write_bytes(pack.pack_faces(tmp_path / "a", tmp_path).read_bytes())
    again = Run(tmp_path / "run.npz", settings, pictures)
    assert again.step == 5 and np.allclose(again.draw(4), run.draw(4), atol=0.02)
    assert [s.shape for s in again.samples] == [s.shape for s in run.samples] and len(again.samples) == 4
    more = going_on(tmp_path / "run.npz", replace(settings, steps=(2, 2, 2, 2)))
    assert more.steps == (1, 1, 1, 5), "as many in all as are asked for; what was done at small sizes is done"
    assert going_on(tmp_path / "run.npz", replace(settings, steps=(1, 1, 1, 1))).steps == (1, 1, 1, 2)
    longer = Run(tmp_path / "run.npz", more, pictures)
    longer.train()
    assert longer.step == 8 and len(longer.samples) == 4
    with pytest.raises(DataError, match="other settings"):
        Run(tmp_path / "run.npz", more, pictures, own=True)


def test_what_is_shipped_starts(tmp_path: Path) -> None:
    done = CliRunner().invoke(omr, ["talk", "go", "-o", str(tmp_path), "--start", "shipped"])
    assert done.exit_code == 0, (done.output, done.exception)
    assert (tmp_path / "elo.png").exists() and "network 16" in done.output and "768 games" in done.output


def test_the_shipped_writer_writes_as_it_did(tmp_path: Path) -> None:
    done = CliRunner().invoke(omr, ["talk", "write", "-o", str(tmp_path), "--start", "shipped", "--tunes", "0"])
    assert done.exit_code == 0, (done.output, done.exception)
    assert "held out text: 1.657 bits a character (6.43 untrained)" in done.output
    assert (tmp_path / "written.abc").read_text().startswith("X:1\nT:")


def test_the_shipped_faces_are_nearer_than_they_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every level a third of what it was after the first steps, or less. The run is done, and needs no 6,000 faces
    to learn from: some, over and over, of which as many are compared as it says in its settings."""
    monkeypatch.setattr(faces, "drawn_faces", lambda _, seed: np.resize(drawn_faces(128, seed), (2048, 32, 32, 3)))
    done = CliRunner().invoke(omr, ["talk", "faces", "-o", str(tmp_path), "--start", "shipped"])
    assert done.exit_code == 0, (done.output, done.exception)
    history = json.loads((tmp_path / "faces.json").read_text())["history"]
    assert history[-1]["step"] == 9600 and history[-1]["size"] == 32
    assert all(history[-1][level] < history[0][level] / 3 for level in ("32", "16", "8"))
    settings = Settings(steps=shares_of(9600))
    run = Run(tmp_path / "run.npz", going_on(tmp_path / "run.npz", settings), drawn_faces(64, 0))
    made = run.draw(8)
    assert made.std(axis=(1, 2)).mean() > 0.1 and made.mean(axis=(1, 2)).std(axis=0).min() > 0.03, "no two alike"


def test_the_shipped_exchange_is_near_the_true_face(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearer than B's average face by half, and the pose is B's own. The run is done, and needs no 500 faces of each to
    learn from."""
    monkeypatch.setattr(swap, "swap_faces", partial(swap.swap_faces, count=100))
    done = CliRunner().invoke(omr, ["talk", "swap", "-o", str(tmp_path), "--start", "shipped"])
    assert done.exit_code == 0, (done.output, done.exception)
    figures = json.loads((tmp_path / "swap.json").read_text())
    assert figures["steps"] == 4000 and len(figures["losses"]) == 40
    assert figures["error"]["exchanged"] < 0.5 * figures["error"]["average_face"]
    assert figures["error"]["own_pose_nearest"] > 0.95


def test_a_shipped_run_learned_from_what_it_says(tmp_path: Path) -> None:
    for command in ("write", "faces", "swap"):
        (tmp_path / "own").mkdir(exist_ok=True)
        (tmp_path / "own.txt").write_text("to be or not to be\n" * 2000)
        theirs = {"write": ["--data", "own.txt"], "faces": ["--data", "own"], "swap": ["--a", "own", "--b", "own"]}
        words = [str(tmp_path / w) if w.startswith("own") else w for w in theirs[command]]
        done = CliRunner().invoke(omr, ["talk", command, "-o", str(tmp_path / command), "--start", "shipped", *words])
        assert done.exit_code != 0, "it knows the package's tunes and drawn faces, and no others"


def test_checkpoints_stay_below_ten_megabytes() -> None:
    files = [p for p in keeping.SHIPPED.iterdir() if p.suffix in (".npz", ".h5")]
    assert {"go.npz", "write.npz", "faces.npz", "swap.npz"} <= {p.name for p in files}
    assert sum(p.stat().st_size for p in files) < 10e6
    recipe = (keeping.SHIPPED / "RECIPE.md").read_text()
    assert all(p.name in recipe for p in keeping.SHIPPED.iterdir() if p.is_file() and p.name != "RECIPE.md")
