"""The network as an ONNX file, which scans run without Keras or TensorFlow.

ONNX is the field's exchange format of networks (https://onnx.ai, operator set 17). The file answers as `DetectorMaps`
holds it: the softmaxes and sigmoids are in it, and each batch normalisation is folded into its convolution. Which of a
hundred classes a cell has is asked only where there may be a symbol, which is one cell in thirty of a page: the file
works classes out for those cells alone.
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
"""Of the file; both are old enough for every ONNX Runtime of the last years."""
MOST_LOGIT = 40.0
"""Beyond it a level's chance is 1, or 0: e^40 is far from what a float holds at most, and from what it tells from 1."""
CLASS_LAYER = "symbol"
"""The layer that `models.network` gives this name answers for classes."""


def onnx_file(model: keras.Model) -> onnx.ModelProto:
    """The file of a network that `models.network.build` made, with its weights in 32-bit numbers.

    Inputs and outputs: see `omr.detect.runtime.INK`, `CUT` and `OUTPUTS`.
    """
    import keras

    graph = _Graph()
    made: dict[int, str] = {id(model.input): INK}  # the name of each of Keras's tensors in the file
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
        """One of Keras's layers; returns the name of its output. Raises ValueError for a kind of layer that the
        network has none of."""
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
        """A convolution, with a bias even if Keras has none there: a normalisation may follow."""
        kernel, *rest = (np.asarray(weights) for weights in layer.get_weights())
        bias = rest[0] if rest else np.zeros(kernel.shape[-1], np.float32)
        names = self.constant(kernel.transpose(3, 2, 0, 1), layer.name), self.constant(bias, layer.name + "/bias")
        # Keras's "same" padding. Sides are even wherever a step is two: these take no row before the first.
        size, stride = kernel.shape[0], layer.strides[0]
        before, after = (size - stride) // 2, size - stride - (size - stride) // 2
        # A head has the name of an output, but its answers become that output only by an operation that follows.
        name = layer.name + "/head" if layer.name in OUTPUTS else layer.name
        made = self.node("Conv", [*inputs, *names], name, kernel_shape=kernel.shape[:2],
                         strides=layer.strides, pads=[before, before, after, after])
        self._weights[made] = names
        return made

    def _normalisation(self, layer: Any, convolved: str) -> str:
        """A batch normalisation, as other weights of the convolution before it."""
        gamma, beta, mean, variance = (np.asarray(weights) for weights in layer.get_weights())
        scale = gamma / np.sqrt(variance + layer.epsilon)
        kernel, bias = self._weights[convolved]
        self._constants[kernel] = self._constants[kernel] * scale[:, None, None, None]
        self._constants[bias] = (self._constants[bias] - mean) * scale + beta
        return convolved

    def mean_level(self, logits: str) -> None:
        """The energy: the mean of its levels, each weighted with its chance. ONNX Runtime's softmax over channels takes
        a sixth of the whole network's time, so it is written as what it is: a quotient of sums of exponentials."""
        weights = np.stack([np.arange(ENERGY_LEVELS) / (ENERGY_LEVELS - 1), np.ones(ENERGY_LEVELS)])
        bounds = self.constant(np.array(-MOST_LOGIT, np.float32)), self.constant(np.array(MOST_LOGIT, np.float32))
        weighed = self.node("Exp", [self.node("Clip", [logits, *bounds])])
        sums = self.node("Conv", [weighed, self.constant(weights[:, :, None, None].astype(np.float32))])
        upper, lower = (self.node("Slice", [sums, *(self.constant(np.array([n])) for n in (row, row + 1, 1))])
                        for row in (0, 1))
        self.node("Div", [upper, lower], "energy")

    def class_head(self, features: str, kernel: np.ndarray, bias: np.ndarray) -> None:
        """The layer for classes, kernel (1, 1, features, classes), on those cells whose energy is CUT or more at one of
        their four places."""
        size, classes = kernel.shape[-2:]
        highest = self.node("MaxPool", ["energy"], kernel_shape=[2, 2], strides=[2, 2])
        chosen = self.node("Reshape", [self.node("GreaterOrEqual", [highest, CUT]), self.constant(np.array([-1]))])
        self.node("Reshape", [self.node("NonZero", [chosen]), self.constant(np.array([-1]))], "cells")
        columns = self.node("Reshape", [features, self.constant(np.array([size, -1]))])
        rows = self.node("Transpose", [self.node("Gather", [columns, "cells"], axis=1)], perm=[1, 0])
        logits = self.node("Gemm", [rows, self.constant(kernel.reshape(size, classes)), self.constant(bias)])
        self.node("Softmax", [logits], "classes", axis=1)

    def constant(self, value: np.ndarray, name: str = "") -> str:
        """Weights or a shape; returns its name."""
        name = name or f"constant{len(self._constants)}"
        self._constants[name + "/weights"] = value
        return name + "/weights"

    def node(self, kind: str, inputs: list[str], name: str = "", **options: Any) -> str:
        """An operation; returns the name of its output, which is also its own."""
        name = name or f"{kind.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name, **options))
        return name

    def file(self) -> onnx.ModelProto:
        """The whole file, checked."""
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
