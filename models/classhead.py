"""A network file without its last layer for classes, whose answers are worked out where they are asked for.

Which of a hundred classes a cell has is wanted only where there may be a symbol, which is one cell in thirty of a page.
That layer is a matrix product for each cell by itself, and a softmax. In the network they take a twelfth of its time
and its two largest maps, of 80 MB each; outside of it (`omr.detect.runtime`) next to nothing. The product's weights
stay in the file as constants, under the names that `omr.detect.runtime` looks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.onepart import needed, packed, taken_out
from omr.detect.runtime import CLASS_BIAS, CLASS_WEIGHTS

if TYPE_CHECKING:
    from ai_edge_litert.schema_py_generated import ModelT, OperatorT


def without_class_head(model: bytes) -> bytes:
    """A LiteRT file that answers with what its layer for classes takes, in place of that layer's answers. A file whose
    layer has other weights than plain 32-bit numbers, or none any more, is left as it is."""
    from ai_edge_litert import schema_py_generated as schema

    network = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(bytearray(model), 0))
    (graph,) = network.subgraphs
    found = _class_head(network)
    if found is None:
        return model
    product, softmax = found
    weights = {t.buffer: taken_out(network.buffers[t.buffer], model) for t in graph.tensors}
    features, kernel, bias = (int(i) for i in product.inputs)
    kind = schema.BuiltinOperator.DEQUANTIZE
    for operator in graph.operators:  # the layer's input may be floats made of 8-bit numbers: these are taken
        if features in operator.outputs and network.operatorCodes[operator.opcodeIndex].builtinCode == kind:
            features = int(operator.inputs[0])
    graph.tensors[kernel].name, graph.tensors[bias].name = CLASS_WEIGHTS.encode(), CLASS_BIAS.encode()
    before, after = int(softmax.outputs[0]), features
    graph.outputs = np.array([after if i == before else i for i in graph.outputs], np.int32)
    for signature in network.signatureDefs or ():
        for output in signature.outputs:
            if output.tensorIndex == before:
                output.tensorIndex = after
    graph.operators = needed(graph.operators, set(graph.outputs.tolist()))
    return packed(network, weights)


def _class_head(network: ModelT) -> tuple[OperatorT, OperatorT] | None:
    """The product for classes and its softmax, which is the only one that is an answer of the network."""
    from ai_edge_litert import schema_py_generated as schema

    (graph,) = network.subgraphs
    kinds = schema.BuiltinOperator

    def all_of(kind: int) -> list[OperatorT]:
        return [o for o in graph.operators if network.operatorCodes[o.opcodeIndex].builtinCode == kind]

    outputs = set(graph.outputs.tolist())
    found = [(product, softmax) for softmax in all_of(kinds.SOFTMAX) for product in all_of(kinds.CONV_2D)
             if softmax.inputs[0] in product.outputs and softmax.outputs[0] in outputs]
    for product, softmax in found:
        kernel = graph.tensors[product.inputs[1]]
        buffer = network.buffers[kernel.buffer]
        if kernel.type == schema.TensorType.FLOAT32 and (buffer.size or buffer.data is not None):
            return product, softmax
    return None
