"""The network's file for XNNPACK: one part, and the same answers to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from models.onepart import in_one_part


def run(model: bytes, page: np.ndarray) -> tuple[dict[str, np.ndarray], int]:
    """The answers by their names, and how many parts XNNPACK runs."""
    from ai_edge_litert.interpreter import Interpreter

    engine = Interpreter(model_content=model, num_threads=1)
    place = engine.get_input_details()[0]["index"]
    engine.resize_tensor_input(place, page.shape)
    engine.allocate_tensors()
    engine.set_tensor(place, page)
    engine.invoke()
    parts = sum(o["op_name"] == "DELEGATE" for o in engine._get_ops_details())
    return {d["name"]: engine.get_tensor(d["index"]) for d in engine.get_output_details()}, parts


@pytest.mark.parametrize("numbers", ["float32", "float16", "int8"])
@pytest.mark.parametrize("sides", [(64, 96), (160, 32)])
def test_the_same_answers_in_one_part(tiny_files: dict[str, bytes], numbers: str, sides: tuple[int, int]) -> None:
    page = np.random.default_rng(1).random((1, *sides, 1), np.float32)
    before, parts = run(tiny_files[numbers], page)
    after, one = run(in_one_part(tiny_files[numbers]), page)
    assert parts > one == 1
    assert before.keys() == after.keys()
    for name, maps in before.items():
        assert np.array_equal(maps, after[name]), name


def test_done_twice_is_done_once(tiny_files: dict[str, bytes]) -> None:
    made = in_one_part(tiny_files["int8"])
    assert in_one_part(made) == made != tiny_files["int8"]
