"""A network in 8-bit numbers, but for the layers that would answer worse for it.

"Static quantisation": a layer's inputs and outputs are 8-bit numbers within the range that they had on example crops,
and its weights within the range of each channel. A recent processor multiplies them several times as fast as floats.
What is lost by it is lost mostly at the finest resolution, next to the answers (`layer_errors` measures it): those
layers stay in float32.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

SEEN = 0.3
"""Energy or stroke value of a cell that holds something: errors elsewhere do not matter."""
MEASURED = 24
"""So many of the examples tell what a layer changes: halves of them differ by a tenth."""


def quantised(model: bytes, examples: Sequence[np.ndarray]) -> bytes:
    """A float32 LiteRT model with all layers but the finest in 8-bit numbers.

    examples: inputs of the network, (1, H, W, 1) float32, all of one size; they give the range of each layer.
    """
    graph = _Graph(model, examples)
    return graph.with_ints(graph.followers(graph.convolutions - graph.finest()))


def layer_errors(model: bytes, examples: Sequence[np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """What 8-bit numbers change on the examples: mean absolute differences of energy, class, box and stroke maps where
    these hold something. First with all layers in 8-bit numbers, then with the layers that `quantised` takes, then with
    each convolution alone, by the name of its output."""
    graph = _Graph(model, examples)
    examples = examples[:MEASURED]
    truths = [_answers(model, example) for example in examples]

    def errors(ints: set[int]) -> np.ndarray:
        made = graph.with_ints(ints)
        rows = [_differences(t, _answers(made, example)) for t, example in zip(truths, examples, strict=True)]
        return np.mean(rows, axis=0)

    yield "all", errors(graph.followers(graph.convolutions))
    yield "all but the finest", errors(graph.followers(graph.convolutions - graph.finest()))
    for index in sorted(graph.convolutions):
        yield graph.names[index], errors({index})


def _differences(truth: dict[str, np.ndarray], found: dict[str, np.ndarray]) -> list[float]:
    """Of energy, class, box and strokes."""
    seen = truth["energy"][..., 0] > SEEN
    where = {"energy": seen, "symbol": seen[:, ::2, ::2], "box": seen, "strokes": truth["strokes"] > SEEN}
    parts = [np.abs(truth[name] - found[name])[cells] for name, cells in where.items()]
    parts[1] = parts[1].sum(-1) / 2
    return [float(part.mean()) if part.size else 0.0 for part in parts]


class _Graph:
    """The operations of a model, each by its place in it, and the range of every tensor on the examples."""

    def __init__(self, model: bytes, examples: Sequence[np.ndarray]):
        from ai_edge_litert.interpreter import Interpreter

        self._model = model
        engine = Interpreter(model_content=model, num_threads=1, experimental_preserve_all_tensors=True)
        tensors = {t["index"]: t for t in engine.get_tensor_details()}
        operations = engine._get_ops_details()  # before it runs: from then on it lists what runs them, not them
        self._kinds = [operation["op_name"] for operation in operations]
        self.names = [tensors[operation["outputs"][0]]["name"] for operation in operations]
        self.convolutions = {i for i, kind in enumerate(self._kinds) if kind == "CONV_2D"}
        maker = {operation["outputs"][0]: i for i, operation in enumerate(operations)}
        self._before = [[maker[i] for i in operation["inputs"] if i in maker] for operation in operations]
        self._ranges = _ranges(engine, examples)
        self._rows = {i: engine.get_tensor(operations[i]["outputs"][0]).shape[1] for i in self.convolutions}

    def finest(self) -> set[int]:
        """The convolutions at the finest resolution, those whose output goes straight into one of these, and those
        whose output goes into no other: the heads."""
        most = max(self._rows.values())
        return {i for i in self.convolutions
                if self._rows[i] == most or all(self._rows[after] == most for after in self._next(i))}

    def _next(self, index: int) -> set[int]:
        """The convolutions that take in what this operation puts out, as it is or added to other outputs."""
        taking = {i for i, before in enumerate(self._before) if index in before}
        return (taking & self.convolutions).union(*(self._next(i) for i in taking - self.convolutions))

    def followers(self, convolutions: set[int]) -> set[int]:
        """These convolutions, and the additions and doublings that take in what one of them put out."""
        ints = set(convolutions)
        for index, kind in enumerate(self._kinds):
            if kind in ("ADD", "RESIZE_NEAREST_NEIGHBOR") and ints.intersection(self._before[index]):
                ints.add(index)
        return ints

    def with_ints(self, ints: set[int]) -> bytes:
        """The model with these operations in 8-bit numbers."""
        from ai_edge_quantizer import qtyping
        from ai_edge_quantizer.quantizer import Quantizer

        quantizer = Quantizer(self._model)
        for index in sorted(ints):
            quantizer.add_static_config("^" + re.escape(self.names[index]),
                                        qtyping.TFLOperationName(self._kinds[index]), 8, 8)
        made = quantizer.quantize(self._ranges, enable_progress_bar=False, enable_progress_report=False)
        return bytes(made.quantized_model)


def _ranges(engine: Any, examples: Sequence[np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """The least and largest value of every tensor of floats, as the quantiser wants them: arrays of four axes."""
    found: dict[str, tuple[float, float]] = {}
    for example in examples:
        _answer(engine, example)
        for tensor in engine.get_tensor_details():
            if tensor["dtype"] is np.float32 and (values := engine.get_tensor(tensor["index"])).size:
                low, high = found.get(tensor["name"], (0.0, 0.0))
                found[tensor["name"]] = min(low, float(values.min())), max(high, float(values.max()))
    return {name: {"min": np.full((1, 1, 1, 1), low, np.float32), "max": np.full((1, 1, 1, 1), high, np.float32)}
            for name, (low, high) in found.items()}


def _answers(model: bytes, example: np.ndarray) -> dict[str, np.ndarray]:
    """The maps of one example, by their names."""
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=model, num_threads=1).get_signature_runner()
    maps: dict[str, np.ndarray] = runner(**{name: example for name in runner.get_input_details()})
    return maps


def _answer(engine: Any, example: np.ndarray) -> None:
    place = engine.get_input_details()[0]["index"]
    engine.resize_tensor_input(place, example.shape)
    engine.allocate_tensors()
    engine.set_tensor(place, example)
    engine.invoke()
