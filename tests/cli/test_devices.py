"""`omr scan --device`: what computes, and what is said where a GPU is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import tensorflow

from cli.devices import load_detector
from cli.main import MISSING_PACKAGES, main
from omr.detect.runtime import OnnxDetector
from omr.errors import DeviceError

PAGE = Path(__file__).parents[2] / "examples" / "minuet.png"
needs_none = pytest.mark.skipif(bool(tensorflow.config.list_physical_devices("GPU")), reason="there is a GPU")


@needs_none
def test_a_gpu_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "minuet.musicxml"
    assert main(["scan", str(PAGE), "-o", str(out), "--device", "gpu"]) == DeviceError.exit_code
    error = capsys.readouterr().err
    assert error.startswith("omr: TensorFlow sees no GPU here.") and len(error.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


@needs_none
@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_without_a_gpu_onnx_runtime_answers(device: str) -> None:
    assert isinstance(load_detector(None, device), OnnxDetector)


def test_a_gpu_takes_tensorflow(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    assert main(["scan", str(PAGE), "--device", "gpu"]) == MISSING_PACKAGES
    assert "omr[train]" in capsys.readouterr().err


def test_other_devices_are_refused() -> None:
    assert main(["scan", str(PAGE), "--device", "abacus"]) == 2
