"""A packed run answers as the run did, and can go on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cli.main import omr
from companions import keeping, pack
from companions.go import GoConfig, train


def test_a_packed_network_plays_the_same_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = GoConfig(games=2, simulations=2, rollouts=2, match_games=2, every=1)
    (tmp_path / "go").mkdir()
    network, _ = train(config, 1, tmp_path / "go", lambda progress: None)
    path = pack.pack_go(tmp_path / "go", tmp_path / "shipped")
    assert path.stat().st_size < 0.7 * (tmp_path / "go" / "checkpoint.npz").stat().st_size
    monkeypatch.setattr(keeping, "SHIPPED", tmp_path / "shipped")
    keeping.begin_shipped("go", tmp_path / "again" / "checkpoint.npz")
    again, progress = train(config, 1, tmp_path / "again", lambda progress: None)
    for a, b in zip(network.model.get_weights(), again.model.get_weights(), strict=True):
        assert np.array_equal(a, b)
    assert progress.generation == 1 and (tmp_path / "again" / "elo.png").exists()
    _, progress = train(config, 2, tmp_path / "again", lambda progress: None)
    assert progress.generation == 2


def test_what_is_shipped_starts(tmp_path: Path) -> None:
    done = CliRunner().invoke(omr, ["talk", "go", "-o", str(tmp_path), "--start", "shipped"])
    assert done.exit_code == 0, (done.output, done.exception)
    assert (tmp_path / "elo.png").exists() and "network 16" in done.output and "768 games" in done.output
