"""The same weights, in TensorFlow and in ONNX Runtime, see the same symbols."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cli.evaluate import evaluate, formats
from cli.main import main
from models.network import NetworkConfig, build
from models.weights import averaged, export, load_network
from omr.detect.runtime import read_card, shipped


def test_int8_is_smaller_and_hardly_worse(corner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["quantise", str(shipped()), "--data", str(corner), "-o", str(tmp_path), "--crops", "12"]) == 0
    made = tmp_path / "weights"
    before, after = read_card(shipped()), read_card(made)
    assert {**before, "sha256": None} == {**after, "sha256": None}  # the same network, thresholds and history
    monkeypatch.setattr(formats, "MIN_COUNT", 5)
    result = CliRunner().invoke(evaluate, ["formats", str(corner), "--weights", str(made)])
    assert result.exit_code == 0, result.output
    rows = {line[:20].strip(): [float(v) for v in line[20:].split()] for line in result.stdout.splitlines()[1:]}
    (ap_50, _, _, size), (small_ap_50, _, _, small) = rows["TensorFlow"], rows["ONNX, as it is"]
    assert small < 0.4 * size and small_ap_50 > ap_50 - 0.05 > 0.8


def test_another_folder_than_weights_is_refused(corner: Path, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps({"classes": np.arange(3).tolist()}))
    assert main(["quantise", str(tmp_path), "--data", str(corner), "-o", str(tmp_path / "out")]) == 7
    assert not (tmp_path / "out").exists()


def test_the_mean_of_two_networks_lies_between_them_and_others_have_none(corner: Path, tmp_path: Path) -> None:
    config = NetworkConfig(widths=(8, 8, 8, 8, 8), blocks=(0, 0, 0, 0), head_width=8, class_width=8)
    for name in ("first", "second"):
        export(build(config), config, tmp_path / name, {})
    averaged(tmp_path / "first", tmp_path / "second", tmp_path / "mean")
    first, second, mean = (load_network(tmp_path / name).get_weights() for name in ("first", "second", "mean"))
    for own, other, both in zip(first, second, mean, strict=True):
        np.testing.assert_allclose(both, (own + other) / 2, atol=1e-6)
    assert main(["quantise", str(shipped()), "--mean-with", str(tmp_path / "first"), "--data", str(corner),
                 "-o", str(tmp_path / "out")]) == 7
