"""A network in 8-bit numbers, except for layers whose answers would suffer.

In "static quantisation", a layer's inputs and outputs are 8-bit numbers within the range that they had on example
crops, and its weights within the range of each channel. Processors multiply these faster than floats: several times as
fast with dot products of 8-bit numbers (VNNI), about one and a half times with AVX2. What is lost is lost mostly at the
finest resolution, near the page and near the answers (`layer_errors` measures it). Those layers stay in float32.
"""

from __future__ import annotations

import copy
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from omr.detect.runtime import CUT, INK, OUTPUTS
from omr.detect.watershed import CLASS_STRIDE, STRIDE

SEEN = 0.3
"""A cell with at least this energy or stroke value has something in it. Errors in other cells do not matter."""
MEASURED = 24
"""How many of the examples are used to measure what a layer changes. The two halves of them differ by a tenth."""


def quantised(model: onnx.ModelProto, examples: Sequence[np.ndarray]) -> onnx.ModelProto:
    """A float32 network file (`models.onnxfile`) with all layers in 8-bit numbers, except the finest and the first
    ones.

    examples: inputs of the network, (1, H, W, 1) float32. They give the range of each layer.
    """
    graph = _Graph(model)
    return _with_ints(model, graph.coarse(), examples)


def layer_errors(model: onnx.ModelProto, examples: Sequence[np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """What 8-bit numbers change on the examples: mean absolute differences of energy, class, box and stroke maps where
    these have something. First with all layers in 8-bit numbers, then with the layers that `quantised` converts, then
    with each layer alone, by its name."""
    graph = _Graph(model)
    measured = examples[:MEASURED]
    truths = _answers(model, measured)

    def errors(ints: set[str]) -> np.ndarray:
        found = _answers(_with_ints(model, ints, examples), measured)
        return np.mean([_differences(*pair) for pair in zip(truths, found, strict=True)], axis=0)

    yield "all", errors(graph.followers(graph.layers))
    yield "all but the finest and the first", errors(graph.coarse())
    for name in graph.ordered:
        yield name, errors({name})


def _differences(truth: dict[str, np.ndarray], found: dict[str, np.ndarray]) -> list[float]:
    """Differences of energy, class, box and strokes."""
    seen = truth["energy"][0, 0] > SEEN
    cells = seen[:: CLASS_STRIDE // STRIDE, :: CLASS_STRIDE // STRIDE].ravel()
    pairs = [(truth["energy"][0, 0][seen], found["energy"][0, 0][seen]),
             (truth["classes"][cells], found["classes"][cells]),
             (truth["box"][0][:, seen], found["box"][0][:, seen]),
             (truth["strokes"][truth["strokes"] > SEEN], found["strokes"][truth["strokes"] > SEEN])]
    parts = [np.abs(own - other) for own, other in pairs]
    parts[1] = parts[1].sum(-1) / 2
    return [float(part.mean()) if part.size else 0.0 for part in parts]


class _Graph:
    """The operations of a file by their names, which are those of their outputs. Layers are the operations with
    weights."""

    def __init__(self, model: onnx.ModelProto):
        self._nodes = {node.output[0]: node for node in model.graph.node}
        self.ordered = [name for name, node in self._nodes.items() if node.op_type in ("Conv", "Gemm")]
        self.layers = set(self.ordered)
        self._cells: dict[str, float] = {INK: 1.0}  # length of a cell, in page pixels
        for name, node in self._nodes.items():
            self._cells[name] = self._cells.get(node.input[0], 0.0) * _growth(node)

    def coarse(self) -> set[str]:
        """The operations whose answers are good enough in 8-bit numbers: those of all layers except the finest, and
        except those before the third halving of the page, on which all others depend."""
        first = itertools.takewhile(lambda name: self._cells[name] > 1 / 8, self.ordered)
        return self.followers(self.layers - self._finest() - set(first))

    def _finest(self) -> set[str]:
        """The convolutions at the finest resolution, those whose output goes directly into one of these, and the layers
        whose output goes into no other: the heads."""
        most = max(self._cells[name] for name in self.layers)
        return {name for name in self.layers
                if self._cells[name] == most or all(self._cells[after] == most for after in self._next(name))}

    def _next(self, name: str) -> set[str]:
        """The layers that use the output of this operation, directly or added to other outputs."""
        taking = {other for other, node in self._nodes.items() if name in node.input}
        return (taking & self.layers).union(*(self._next(other) for other in taking - self.layers))

    def followers(self, layers: set[str]) -> set[str]:
        """These layers, and the additions, upsamplings and rectifiers that use the output of one of them."""
        ints = set(layers)
        for name, node in self._nodes.items():
            if node.op_type in ("Add", "Relu", "Resize") and ints.intersection(node.input):
                ints.add(name)
        return ints


def _growth(node: onnx.NodeProto) -> float:
    """By which factor an operation's map has more cells in each direction than its input."""
    if node.op_type == "Resize":
        return 2.0
    strides = [option.ints[0] for option in node.attribute if option.name == "strides"]
    return 1 / strides[0] if strides else 1.0


def _with_ints(model: onnx.ModelProto, ints: set[str], examples: Sequence[np.ndarray]) -> onnx.ModelProto:
    """The file with these operations in 8-bit numbers."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    class Examples(CalibrationDataReader):  # type: ignore[misc]
        left = iter(examples)

        def get_next(self) -> dict[str, np.ndarray] | None:
            example = next(self.left, None)
            return None if example is None else _inputs(example)

    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "made.onnx"
        own = copy.deepcopy(model)  # `quantize_static` changes the model that it gets
        add_pre_process_metadata(own)  # avoids a warning: `models.onnxfile` has prepared everything
        # With AVX2 alone, a processor adds two products in 16 bits. Weights of 7 bits cannot overflow there.
        quantize_static(own, made, Examples(), QuantFormat.QDQ, nodes_to_quantize=sorted(ints), per_channel=True,
                        reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
        return onnx.load(made)


def _inputs(example: np.ndarray) -> dict[str, np.ndarray]:
    """The inputs of the file for an input of the network; classes are computed for all cells."""
    return {INK: np.moveaxis(example, -1, 1), CUT: np.array(0, np.float32)}


def _answers(model: onnx.ModelProto, examples: Sequence[np.ndarray]) -> list[dict[str, Any]]:
    """The outputs for each example, by their names."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [dict(zip(OUTPUTS, session.run(OUTPUTS, _inputs(example)), strict=True)) for example in examples]
