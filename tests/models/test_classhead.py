"""The network's file without its layer for classes: the same maps, as nearly as floats can tell."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.classhead import without_class_head
from models.onepart import in_one_part
from omr.detect.runtime import LiteRtDetector
from omr.types.vocabulary import NAMES


@pytest.fixture(scope="module")
def files(tiny_files: dict[str, bytes]) -> dict[str, bytes]:
    return {numbers: in_one_part(file) for numbers, file in tiny_files.items()}


def detector(model: bytes, folder: Path, is_whole: bool) -> LiteRtDetector:
    folder.mkdir()
    path = folder / "detector.tflite"
    path.write_bytes(model)
    return LiteRtDetector(path, {"classes": list(NAMES), "sha256": {path.name: ""}}, 1, is_whole)


@pytest.mark.parametrize("numbers", ["float32", "int8"])
@pytest.mark.parametrize("is_whole", [True, False])
def test_the_same_maps(files: dict[str, bytes], numbers: str, is_whole: bool, tmp_path: Path) -> None:
    smaller = without_class_head(files[numbers])
    assert len(smaller) != len(files[numbers])
    page = np.random.default_rng(1).integers(0, 256, (64, 96), np.uint8)
    one, other = (detector(model, tmp_path / name, is_whole).detect(page)
                  for name, model in (("before", files[numbers]), ("after", smaller)))
    for name in ("energy", "box_size", "strokes"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert one.class_prob.shape == other.class_prob.shape
    assert np.abs(one.class_prob - other.class_prob).max() < 1e-6
    assert not is_whole or np.allclose(other.class_prob.sum(axis=-1), 1, atol=1e-5)


def test_no_operation_answers_for_classes(files: dict[str, bytes]) -> None:
    from ai_edge_litert.interpreter import Interpreter

    def kinds(model: bytes) -> list[str]:
        engine = Interpreter(model_content=model)
        return [operation["op_name"] for operation in engine._get_ops_details()]

    before, after = kinds(files["int8"]), kinds(without_class_head(files["int8"]))
    assert before.count("SOFTMAX") == 2
    assert after.count("SOFTMAX") == 1  # that of the energy
    assert after.count("CONV_2D") == before.count("CONV_2D") - 1


def test_what_cannot_be_taken_out_stays(files: dict[str, bytes]) -> None:
    assert without_class_head(files["float16"]) == files["float16"]
    made = without_class_head(files["int8"])
    assert without_class_head(made) == made


def test_the_shipped_network_is_without() -> None:
    from omr.detect.runtime import load_detector, shipped

    found = load_detector(None, 1)._class_head
    assert found is not None
    weights, bias = found
    classes = len(json.loads((shipped() / "card.json").read_text())["classes"])
    assert weights.shape[1] == len(bias) == classes
