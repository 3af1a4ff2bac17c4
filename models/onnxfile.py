"""Writes the network as an ONNX file, which scans run without Keras or TensorFlow.

ONNX is the common exchange format for networks (https://onnx.ai, operator set 17). The outputs of the file are those of
`DetectorMaps`: softmaxes and sigmoids are in the file, and each batch normalisation is merged into its convolution.
Which of a hundred classes a cell has matters only where there may be a symbol, which is one cell in thirty of a page.
So the file computes classes for these cells only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from omr.detect.runtime import CUT, INK, OUTPUTS
from omr.detect.watershed import ENERGY_LEVELS

if TYPE_CHECKING:
    import keras

OPERATOR_SET = 17
FORMAT_VERSION = 8
"""Version of the file format. Format and operator set are so old that every ONNX Runtime of the last years knows
them."""
MOST_LOGIT = 40.0
"""Logits are limited to plus and minus this. Beyond it, the probability of a level is 1 or 0 anyway: e^40 is far below
the greatest float, and so large that a float does not change if 1 is added to it."""
CLASS_LAYER = "symbol"
"""Name that `models.network` gives to the layer for classes."""


def onnx_file(model: keras.Model) -> onnx.ModelProto:
    """The file of a network that `models.network.build` made, with weights in 32-bit numbers.

    For inputs and outputs see `omr.detect.runtime.INK`, `CUT` and `OUTPUTS`.
    """
    import keras

    graph = _Graph()
    made: dict[int, str] = {id(model.input): INK}  # id of each Keras tensor -> its name in the file
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer) or layer.name == CLASS_LAYER:
            continue
        taken = layer.input if isinstance(layer.input, list) else [layer.input]
        made[id(layer.output)] = graph.layer(layer, [made[id(tensor)] for tensor in taken])
    energy, box, strokes = (made[id(model.output[name])] for name in ("energy", "box", "strokes"))
    graph.mean_level(energy)
    graph.node("Identity", [box], "box")
    graph.node("Sigmoid", [strokes], "strokes")
    head = model.get_layer(CLASS_LAYER)
    graph.class_head(made[id(head.input)], *(np.asarray(weights) for weights in head.get_weights()))
    return graph.file()


class _Graph:
    """The operations of a file, in the order in which they run."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, np.ndarray] = {}
        self._weights: dict[str, tuple[str, str]] = {}  # output of a convolution -> its kernel and its bias

    def layer(self, layer: Any, inputs: list[str]) -> str:
        """Add one of Keras's layers, and return the name of its output. Raises ValueError for kinds of layers that the
        network does not use."""
        import keras

        if isinstance(layer, keras.layers.Conv2D):
            return self._convolution(layer, inputs)
        if isinstance(layer, keras.layers.BatchNormalization):
            return self._normalisation(layer, inputs[0])
        if isinstance(layer, keras.layers.ReLU):
            return self.node("Relu", inputs, layer.name)
        if isinstance(layer, keras.layers.Add):
            return self.node("Add", inputs, layer.name)
        if isinstance(layer, keras.layers.UpSampling2D):
            scales = self.constant(np.array([1, 1, *layer.size], np.float32))
            return self.node("Resize", [*inputs, "", scales], layer.name, mode="nearest",
                             coordinate_transformation_mode="asymmetric", nearest_mode="floor")
        raise ValueError(f"layer {layer.name} is of no kind that can be written")

    def _convolution(self, layer: Any, inputs: list[str]) -> str:
        """Add a convolution, with a bias even if Keras has none there, because a normalisation may follow."""
        kernel, *rest = (np.asarray(weights) for weights in layer.get_weights())
        bias = rest[0] if rest else np.zeros(kernel.shape[-1], np.float32)
        names = self.constant(kernel.transpose(3, 2, 0, 1), layer.name), self.constant(bias, layer.name + "/bias")
        # Keras's "same" padding. Sides are even wherever the stride is two; there, no row is added before the first.
        size, stride = kernel.shape[0], layer.strides[0]
        before, after = (size - stride) // 2, size - stride - (size - stride) // 2
        # A head is named like an output, but its result becomes that output only by a further operation.
        name = layer.name + "/head" if layer.name in OUTPUTS else layer.name
        made = self.node("Conv", [*inputs, *names], name, kernel_shape=kernel.shape[:2],
                         strides=layer.strides, pads=[before, before, after, after])
        self._weights[made] = names
        return made

    def _normalisation(self, layer: Any, convolved: str) -> str:
        """Merge a batch normalisation into the weights of the convolution before it."""
        gamma, beta, mean, variance = (np.asarray(weights) for weights in layer.get_weights())
        scale = gamma / np.sqrt(variance + layer.epsilon)
        kernel, bias = self._weights[convolved]
        self._constants[kernel] = self._constants[kernel] * scale[:, None, None, None]
        self._constants[bias] = (self._constants[bias] - mean) * scale + beta
        return convolved

    def mean_level(self, logits: str) -> None:
        """Add the energy: the mean of its levels, weighted by their probabilities. ONNX Runtime's softmax over channels
        would take a sixth of the time of the whole network, so it is written as a quotient of sums of exponentials."""
        weights = np.stack([np.arange(ENERGY_LEVELS) / (ENERGY_LEVELS - 1), np.ones(ENERGY_LEVELS)])
        bounds = self.constant(np.array(-MOST_LOGIT, np.float32)), self.constant(np.array(MOST_LOGIT, np.float32))
        weighed = self.node("Exp", [self.node("Clip", [logits, *bounds])])
        sums = self.node("Conv", [weighed, self.constant(weights[:, :, None, None].astype(np.float32))])
        upper, lower = (self.node("Slice", [sums, *(self.constant(np.array([n])) for n in (row, row + 1, 1))])
                        for row in (0, 1))
        self.node("Div", [upper, lower], "energy")

    def class_head(self, features: str, kernel: np.ndarray, bias: np.ndarray) -> None:
        """Add the layer for classes, with a kernel (1, 1, features, classes), for cells whose energy is at least CUT at
        one of their four places."""
        size, classes = kernel.shape[-2:]
        highest = self.node("MaxPool", ["energy"], kernel_shape=[2, 2], strides=[2, 2])
        chosen = self.node("Reshape", [self.node("GreaterOrEqual", [highest, CUT]), self.constant(np.array([-1]))])
        self.node("Reshape", [self.node("NonZero", [chosen]), self.constant(np.array([-1]))], "cells")
        columns = self.node("Reshape", [features, self.constant(np.array([size, -1]))])
        rows = self.node("Transpose", [self.node("Gather", [columns, "cells"], axis=1)], perm=[1, 0])
        logits = self.node("Gemm", [rows, self.constant(kernel.reshape(size, classes)), self.constant(bias)])
        self.node("Softmax", [logits], "classes", axis=1)

    def constant(self, value: np.ndarray, name: str = "") -> str:
        """Add weights or a shape, and return the name."""
        name = name or f"constant{len(self._constants)}"
        self._constants[name + "/weights"] = value
        return name + "/weights"

    def node(self, kind: str, inputs: list[str], name: str = "", **options: Any) -> str:
        """Add an operation, and return the name of its output, which is also its own."""
        name = name or f"{kind.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name, **options))
        return name

    def file(self) -> onnx.ModelProto:
        """The whole file, after a check."""
        shapes: dict[str, list[str | int]] = {
            name: [1, f"{name} channels", "rows", "columns"] for name in ("energy", "box", "strokes")}
        shapes |= {"cells": ["chosen"], "classes": ["chosen", "all classes"]}
        kinds = {"cells": TensorProto.INT64}
        outputs = [helper.make_tensor_value_info(name, kinds.get(name, TensorProto.FLOAT), shapes[name])
                   for name in OUTPUTS]
        inputs = [helper.make_tensor_value_info(INK, TensorProto.FLOAT, [1, 1, "height", "width"]),
                  helper.make_tensor_value_info(CUT, TensorProto.FLOAT, [])]
        constants = [numpy_helper.from_array(np.ascontiguousarray(value), name)
                     for name, value in self._constants.items()]
        graph = helper.make_graph(self._nodes, "deep_watershed", inputs, outputs, constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPERATOR_SET)],
                                 ir_version=FORMAT_VERSION)
        onnx.checker.check_model(made, full_check=True)
        return made
