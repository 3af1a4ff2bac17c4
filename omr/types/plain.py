"""Turns the values of `omr.types` into plain JSON, and back."""

from __future__ import annotations

import dataclasses
import math
import re
import reprlib
import sys
import types
import typing
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from omr.types import DetectorMaps, Page


def to_json(value: Any) -> Any:
    """Turn any value of `omr.types` into plain JSON: dataclasses into objects, Fractions into "n/d", arrays into lists.

    Raises TypeError for a `Page` or `DetectorMaps`: these are images, which belong into PNG or NPZ files. Raises
    ValueError for an infinite float or NaN, which JSON cannot hold (arrays of NumPy are not checked).
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
    """Turn plain JSON back into a value of `omr.types`, so that `from_json(Score, to_json(score)) == score`.

    kind: the type to read.
    data: what `to_json` returned, or what `json.loads` makes of it.

    Raises KeyError for a field that the type does not have, TypeError if a field is missing, and ValueError for a value
    that its type refuses. All messages say where in the data that is.
    """
    return _read(kind, data, "")


def _read(kind: Any, data: Any, where: str) -> Any:
    """As `from_json`. where: the place of the data in the whole, such as "symbols[3].box"."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return data
    if origin is Literal:
        return _checked(any(data is arg or (type(data) is type(arg) and data == arg) for arg in args), data, where)
    if origin in (types.UnionType, typing.Union):
        wanted = next(a for a in args if a is not type(None))
        return None if data is None and type(None) in args else _read(wanted, data, where)
    if origin is tuple:
        _checked(isinstance(data, (list, tuple)), data, where)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_read(args[0], d, f"{where}[{i}]") for i, d in enumerate(data))
        _checked(len(data) == len(args), data, where)
        return tuple(_read(a, d, f"{where}[{i}]") for i, (a, d) in enumerate(zip(args, data, strict=True)))
    if origin is dict:
        _checked(isinstance(data, dict), data, where)
        return {args[0](k): _read(args[1], v, f"{where}[{k}]") for k, v in data.items()}
    if dataclasses.is_dataclass(kind):
        return _read_fields(kind, data, where)
    return _read_plain(kind, data, where)


def _read_fields(kind: Any, data: Any, where: str) -> Any:
    """A value of a dataclass."""
    hints = _hints(kind)
    _checked(isinstance(data, dict), data, where)
    if unknown := sorted(data.keys() - hints.keys()):
        raise KeyError(f"{_at(where)}a {kind.__name__} has no {unknown[0]!r}")
    fields = {k: _read(hints[k], v, f"{where}.{k}" if where else k) for k, v in data.items()}
    try:
        return kind(**fields)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{_at(where)}{error}") from error


def _read_plain(kind: Any, data: Any, where: str) -> Any:
    """A text, a number or an array."""
    if kind is Fraction:
        return Fraction(_checked(isinstance(data, str) and _FRACTION.fullmatch(data) is not None, data, where))
    if kind is np.ndarray:
        try:
            array = np.asarray(data, dtype=float)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"{_at(where)}this is no array of numbers") from error
        _checked(isinstance(data, list) and np.isfinite(array).all(), data, where)
        return array
    if kind is float:
        _checked(type(data) in (int, float) and abs(data) <= sys.float_info.max, data, where)
        return float(data)
    if kind is int and type(data) is float and data.is_integer():
        return int(data)
    return _checked(type(data) is kind, data, where)


_FRACTION = re.compile(r"-?\d{1,18}(/0*[1-9]\d{0,17})?")
"""Whole numbers, or n/d. Python's own `Fraction` also takes exponents, with which ten letters can ask for gigabytes."""


@lru_cache(maxsize=64)
def _hints(kind: Any) -> dict[str, Any]:
    """The types of a dataclass's fields, by name."""
    return typing.get_type_hints(kind)


def _checked(is_right: bool, data: Any, where: str) -> Any:
    """Return the data if they are right, else raise ValueError."""
    if not is_right:
        raise ValueError(f"{_at(where)}{reprlib.repr(data)} cannot stand here")
    return data


def _at(where: str) -> str:
    return f"{where}: " if where else ""
