"""Splits the content stream of a PDF page into operators and operands.

Operands come before their operator, as in `1 0 0 RG`. The stream is read by regular expressions, which are fast enough
for the hundred thousand operators of an orchestral page. Comments and the bytes of inline images are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_PLAIN = re.compile(
    rb"\s*(?:/([^\s/\[\](){}<>%]*)\s+)?"  # 1: a name
    rb"((?:[+-]?(?:\d+\.?\d*|\.\d+)\s+)*)"  # 2: numbers
    rb"([A-Za-z'\"][A-Za-z0-9*]*)")  # 3: the operator
"""An operator after a name or numbers only, as nearly all are. Matching it at once takes a third of the time."""
_TOKEN = re.compile(
    rb"([+-]?(?:\d+\.?\d*|\.\d+))"  # 1: a number
    rb"|([A-Za-z'\"][A-Za-z0-9*]*)"  # 2: an operator, or true, false, null
    rb"|/([^\s/\[\](){}<>%]*)"  # 3: a name
    rb"|\(((?:[^()\\]|\\[\s\S])*)\)"  # 4: a string without parentheses inside
    rb"|(<<|>>|\[|\])"  # 5: brackets
    rb"|<([0-9A-Fa-f\s]*)>"  # 6: a string in hexadecimal
    rb"|(\()"  # 7: a string with parentheses inside
    rb"|(%[^\r\n]*)")  # 8: a comment
_ESCAPE = re.compile(rb"\\(\r\n|[0-7]{1,3}|[\s\S])")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
_IMAGE_END = re.compile(rb"[\s]EI(?=[\s]|$)")


def operators(data: bytes, stack: list[Any]) -> Iterator[str]:
    """The operators of a stream. When an operator is yielded, its operands are on the stack: numbers as float, names as
    str, strings as bytes, arrays as lists. The caller clears the stack before it asks for the next operator."""
    at, end = 0, len(data)
    opened: list[list[Any]] = []
    while at < end:
        plain = _PLAIN.match(data, at) if not opened else None
        if plain is not None:
            name, numbers, word = plain.groups()
            if name is not None:
                stack.append(name.decode("latin-1"))
            if numbers:
                stack += map(float, numbers.split())
            at = plain.end()
            operator = word.decode("latin-1")
        else:
            token = _TOKEN.search(data, at)
            if token is None:
                return
            at = token.end()
            kind = token.lastindex
            if kind == 2:
                operator = token[2].decode("latin-1")
            else:
                if kind == 7:
                    text, at = _nested(data, at)
                    (opened[-1] if opened else stack).append(text)
                else:
                    _operand(token, kind, opened, stack)
                continue
        if operator == "ID":
            found = _IMAGE_END.search(data, at)
            at = found.end() if found else end
            operator = "EI"
        if operator not in ("true", "false", "null", "BI") and not opened:
            yield operator


def _operand(token: re.Match[bytes], kind: int | None, opened: list[list[Any]], stack: list[Any]) -> None:
    """Put an operand where it belongs: onto the stack, or into the innermost open array."""
    into = opened[-1] if opened else stack
    if kind == 1:
        into.append(float(token[1]))
    elif kind == 3:
        into.append(token[3].decode("latin-1"))
    elif kind == 4:
        into.append(_unescaped(token[4]))
    elif kind == 6:
        digits = b"".join(token[6].split())
        into.append(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()))
    elif kind == 5 and token[5] in (b"[", b"<<"):
        if len(opened) < 100:
            opened.append([])
    elif kind == 5 and opened:
        done = opened.pop()
        (opened[-1] if opened else stack).append(done)


def _nested(data: bytes, at: int) -> tuple[bytes, int]:
    """A string that contains parentheses, and where it ends. at: the place after its first parenthesis."""
    depth, start = 1, at
    for match in re.compile(rb"\\[\s\S]|[()]").finditer(data, at):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if depth == 0:
            return _unescaped(data[start:match.start()]), match.end()
    return b"", len(data)


def _unescaped(text: bytes) -> bytes:
    if b"\\" not in text:
        return text
    return _ESCAPE.sub(lambda m: bytes([int(m[1], 8) & 255]) if m[1].isdigit() and m[1][:1] < b"8"
                       else _ESCAPED.get(m[1], m[1]), text)
