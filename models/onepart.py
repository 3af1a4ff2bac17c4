"""A network file whose operations are all known to XNNPACK, LiteRT's library of fast operations.

LiteRT hands to XNNPACK what that knows, and each stretch between two unknown operations as a part of its own. Every
part is laid out separately, at the first page and again for each new page size, and holds on to maps that others need.
The converter leaves two unknown operations in our network, and these have exact equals that XNNPACK knows:

- the doubling of a map ("nearest neighbour") is four copies of its channels, dealt out to squares of four cells;
- a matrix product that is flattened before and folded up after is the same product over the last axis.

No number changes by it, and no weight.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ai_edge_litert.schema_py_generated import BufferT, ModelT, OperatorT

ALIGNED_BYTES = 16
"""Weights begin at multiples of this in the file, as LiteRT asks of them."""
FILE_KIND = b"TFL3"
"""What a LiteRT file says of itself."""


def in_one_part(model: bytes) -> bytes:
    """A LiteRT file that gives the same answers as this one, with its doublings and its flattened matrix products
    exchanged for operations that XNNPACK knows."""
    from ai_edge_litert import schema_py_generated as schema

    network = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(bytearray(model), 0))
    (graph,) = network.subgraphs
    weights = {t.buffer: taken_out(network.buffers[t.buffer], model) for t in graph.tensors}
    operators: list[OperatorT] = []
    for operator in graph.operators:
        kind = network.operatorCodes[operator.opcodeIndex].builtinCode
        if kind == schema.BuiltinOperator.RESIZE_NEAREST_NEIGHBOR:
            operators += _doubling(network, operator)
        elif kind == schema.BuiltinOperator.FULLY_CONNECTED:
            operators.append(_unflattened(network, operator))
        else:
            operators.append(operator)
    graph.operators = needed(operators, set(graph.outputs))
    return packed(network, weights)


def _doubling(network: ModelT, resizing: OperatorT) -> list[OperatorT]:
    """What doubles a map in place of this operation: copies of its channels, and the dealing out."""
    from ai_edge_litert import schema_py_generated as schema

    tensors = network.subgraphs[0].tensors
    small, large = resizing.inputs[0], resizing.outputs[0]
    fourfold = copy.deepcopy(tensors[large])
    channels = int(tensors[small].shape[3])
    fourfold.name, fourfold.shape = fourfold.name + b"/fourfold", np.array([1, 1, 1, 4 * channels], np.int32)
    fourfold.shapeSignature = np.array([1, -1, -1, 4 * channels], np.int32)
    tensors.append(fourfold)
    joining, dealing = schema.ConcatenationOptionsT(), schema.DepthToSpaceOptionsT()
    joining.axis, dealing.blockSize = 3, 2
    middle = len(tensors) - 1
    return [_operator(network, "CONCATENATION", "ConcatenationOptions", joining, [small] * 4, middle),
            _operator(network, "DEPTH_TO_SPACE", "DepthToSpaceOptions", dealing, [middle], large)]


def _operator(network: ModelT, kind: str, options_kind: str, options: Any, inputs: list[int], out: int) -> OperatorT:
    from ai_edge_litert import schema_py_generated as schema

    number = getattr(schema.BuiltinOperator, kind)
    known = [code.builtinCode for code in network.operatorCodes]
    if number not in known:
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = number
        network.operatorCodes.append(code)
        known.append(number)
    code = network.operatorCodes[known.index(number)]
    code.version = max(code.version, 2)  # the first version knows floats only
    made = schema.OperatorT()
    made.opcodeIndex = known.index(number)
    made.inputs, made.outputs = np.array(inputs, np.int32), np.array([out], np.int32)
    made.builtinOptionsType, made.builtinOptions = getattr(schema.BuiltinOptions, options_kind), options
    return made


def _unflattened(network: ModelT, product: OperatorT) -> OperatorT:
    """A matrix product over the last axis of what is now flattened before it and folded up after; any other product as
    it is."""
    from ai_edge_litert import schema_py_generated as schema

    graph = network.subgraphs[0]

    def reshaping(operators: list[OperatorT]) -> OperatorT | None:
        kinds = [network.operatorCodes[o.opcodeIndex].builtinCode for o in operators]
        return operators[0] if kinds == [schema.BuiltinOperator.RESHAPE] else None

    before = reshaping([o for o in graph.operators if product.inputs[0] in o.outputs])
    after = reshaping([o for o in graph.operators if product.outputs[0] in o.inputs])
    if before is None or after is None or list(graph.tensors[before.inputs[0]].shape[:3]) != [1, 1, 1]:
        return product
    made = copy.deepcopy(product)
    made.inputs[0], made.outputs = before.inputs[0], after.outputs.copy()
    made.builtinOptions.keepNumDims = True
    after.outputs = np.array([], np.int32)  # nothing takes it any more, nor what it was made of
    code = network.operatorCodes[made.opcodeIndex]
    code.version = max(code.version, 5)  # earlier ones know no product over the last axis only
    return made


def needed(operators: list[OperatorT], outputs: set[int]) -> list[OperatorT]:
    """Those operators whose output is taken by another, or is the network's."""
    taken = outputs.union(*(o.inputs for o in operators))
    left = [o for o in operators if taken.intersection(o.outputs)]
    return left if len(left) == len(operators) else needed(left, outputs)


def taken_out(buffer: BufferT, model: bytes) -> bytes:
    """The content of a buffer, which is left without. Small files have it inside, large ones behind the network."""
    inside = b"" if buffer.data is None else bytes(buffer.data)
    content = model[buffer.offset : buffer.offset + buffer.size] or inside
    buffer.data, buffer.offset, buffer.size = None, 0, 0
    return content


def packed(network: ModelT, weights: dict[int, bytes]) -> bytes:
    """The file of a network. weights: by the number of the buffer; they stand behind the network proper, aligned."""
    import flatbuffers

    def proper() -> bytes:
        builder = flatbuffers.Builder(0)
        builder.Finish(network.Pack(builder), FILE_KIND)
        return bytes(builder.Output())

    filled = [(network.buffers[number], content) for number, content in weights.items() if content]
    for buffer, content in filled:
        buffer.offset, buffer.size = ALIGNED_BYTES, len(content)
    # Offsets have the same length whatever they are: the first packing tells where the weights begin.
    end = len(proper())
    for buffer, content in filled:
        buffer.offset = -(-end // ALIGNED_BYTES) * ALIGNED_BYTES
        end = buffer.offset + len(content)
    file = bytearray(proper())
    for buffer, content in filled:
        file += bytes(buffer.offset - len(file)) + content
    return bytes(file)
