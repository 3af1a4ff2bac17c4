"""The operators of a content stream, with their operands, whatever its bytes are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.page.operators import operators


def _read(data: bytes) -> list[tuple[str, list[Any]]]:
    stack: list[Any] = []
    found = []
    for operator in operators(data, stack):
        found.append((operator, list(stack)))
        stack.clear()
    return found


@pytest.mark.parametrize(("data", "expected"), [
    (b"q 1 0 -.5 2. cm", [("q", []), ("cm", [1.0, 0.0, -0.5, 2.0])]),
    (b"/F1 12 Tf", [("Tf", ["F1", 12.0])]),
    (b"[(a) -120 <4 2f>] TJ", [("TJ", [[b"a", -120.0, b"B\xf0"]])]),
    (rb"(\(\101\n\q) Tj (a(b)c) Tj", [("Tj", [b"(A\nq"]), ("Tj", [b"a(b)c"])]),
    (b"1 % 2 m\n3 l", [("l", [1.0, 3.0])]),
    (b"BI /W 1 ID q q EI Q", [("EI", ["W", 1.0]), ("Q", [])]),
    (b"/GS << /a [1 2] >> BDC", [("BDC", ["GS", ["a", [1.0, 2.0]]])]),
    (b"(never closed ( m", []),
])
def test_operands_stand_before_their_operator(data: bytes, expected: list[tuple[str, list[Any]]]) -> None:
    assert _read(data) == expected


@given(st.binary(max_size=200))
def test_no_content_is_an_error(data: bytes) -> None:
    assert all(isinstance(operator, str) for operator, _ in _read(data))
