"""The values of `omr.types` as plain JSON, and back."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from omr.types import DetectorMaps, Page


def to_json(value: Any) -> Any:
    """Turn any value of `omr.types` into plain JSON: dataclasses into objects, Fractions into "n/d", arrays into lists.

    Raises TypeError for a `Page` or `DetectorMaps`: these are images, and belong into PNG or NPZ files. Raises
    ValueError for a float that is infinite or no number, which JSON cannot hold (numbers of NumPy are not checked).
    """
    if isinstance(value, (Page, DetectorMaps)):
        raise TypeError(f"{type(value).__name__} is an image; write it as one")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("JSON has no infinities")
    return value


def from_json(kind: Any, data: Any) -> Any:
    """Turn plain JSON back into a value of a type of `omr.types`: `from_json(Score, to_json(score)) == score`.

    kind: the type. data: what `to_json` returned, or what `json.loads` makes of it. Raises KeyError for a field that
    the type lacks, TypeError if a field is missing, and ValueError for a value that its type refuses.
    """
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any or data is None or origin is Literal:
        return data
    if origin is types.UnionType:
        return from_json(next(a for a in args if a is not type(None)), data)
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(from_json(args[0], d) for d in data)
        return tuple(from_json(a, d) for a, d in zip(args, data, strict=True))
    if origin is dict:
        return {args[0](k): from_json(args[1], v) for k, v in data.items()}
    if kind is Fraction:
        return Fraction(data)
    if kind is np.ndarray:
        return np.asarray(data, dtype=float)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{k: from_json(hints[k], v) for k, v in data.items()})  # type: ignore[operator]
    return kind(data)
