"""Broken files made of sound ones: some of their values, or of their bytes, replaced by what readers stumble over."""

from __future__ import annotations

import copy
import functools
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
"""Broken files a test tries: as many as take all readers together less than a minute. `FUZZ_EXAMPLES=370 pytest -n 0
tests/fuzz --hypothesis-show-statistics` tries 10,000 new ones, by hand, and counts them."""
IS_SEARCH = "FUZZ_EXAMPLES" in os.environ
MOST_S = 20
"""Seconds that one broken file may take, when new ones are looked for."""
MOST_MB = 1500
"""Memory, in MB, that it may take in this process beyond what was there before."""

Test = TypeVar("Test", bound=Callable[..., Any])


def fuzzed(test: Test) -> Test:
    """Settings of a test that reads broken files: the same ones on every run, unless more are asked for. Of those each
    may only take so much time and memory."""
    return settings(max_examples=EXAMPLES, derandomize=not IS_SEARCH, deadline=None, database=None,
                    suppress_health_check=list(HealthCheck))(_within_limits(test) if IS_SEARCH else test)


def _within_limits(test: Test) -> Test:
    @functools.wraps(test)
    def limited(*arguments: Any, **named: Any) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the peak that is measured begins here
        before = _peak_mb()
        signal.signal(signal.SIGALRM, _too_long)
        signal.alarm(MOST_S)
        try:
            test(*arguments, **named)
        finally:
            signal.alarm(0)
        assert _peak_mb() - before < MOST_MB, "a broken file took too much memory"

    return cast(Test, limited)


def _peak_mb() -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1000 if found else 0.0


def _too_long(*_: object) -> None:
    pytest.fail(f"a broken file took more than {MOST_S} seconds")  # no reader takes this for an error of its own


def deep(levels: int) -> Any:
    """Lists in lists."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


ODD = st.sampled_from([
    None, True, -1, 0, 1, 2**31, 10**18, 10**400, 0.5, 1e18, 1e308, float("nan"), float("inf"), "", "x", "nan", "1/0",
    "1e99999999", "../../etc/passwd", "a\0b", "x" * 300, [], {}, [None], {"a": 1}, deep(150),
])
"""Values that some reader may not expect."""


def children(value: Any) -> list[Any]:
    """The keys or indices of what a value of JSON holds."""
    return list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []


@st.composite
def broken_json(draw: st.DrawFn, document: Any) -> Any:
    """The document with one to three values replaced, removed or doubled."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        # Down from the top, so that what there is one of is drawn as often as what there are thousands of.
        parent, last = document, None
        while keys := children(parent if last is None else parent[last]):
            if last is not None:
                if draw(st.integers(0, 3)) == 0:
                    break
                parent = parent[last]
            last = draw(st.sampled_from(keys))
        if last is None:
            return document
        action = draw(st.sampled_from(("replace", "replace", "remove", "double")))
        if action == "replace":
            parent[last] = copy.deepcopy(draw(ODD))  # which a later change may change in turn
        elif action == "remove":
            del parent[last]
        elif isinstance(parent, list):
            parent.append(copy.deepcopy(parent[last]))
        else:
            parent[str(last) + "2"] = parent[last]
    return document


TOKENS = st.sampled_from([
    b"", b"\0", b"\xff" * 4, b"999999999", b"-1", b"1e308", b"nan", b"<", b">", b"</", b"&", b"\t", b"\n", b"0" * 5000,
    b"<a>" * 300, b"[" * 300, b"*^", b"*v", b"*-", b"**kern", b"=", b"1%0", b"\x7f\xff\xff\xff",
])


@st.composite
def broken_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """The data with one to four pieces replaced, or cut off. Numbers in text are replaced as often as anything else."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        length = draw(st.sampled_from((0, 1, 1, 2, 4, 16, 64)))
        action = draw(st.sampled_from(("token", "bytes", "cut", "number", "double")))
        if action == "token":
            data = data[:at] + draw(TOKENS) + data[at + length:]
        elif action == "bytes":
            data = data[:at] + draw(st.binary(min_size=length, max_size=length)) + data[at + length:]
        elif action == "cut":
            data = data[:at]
        elif action == "double":
            data = data[:at] + data[at:at + 16 * length] * 2 + data[at + 16 * length:]
        else:
            end = at
            while at < len(data) and not 48 <= data[at] <= 57:
                at += 1
            end = at
            while end < len(data) and 48 <= data[end] <= 57:
                end += 1
            data = data[:at] + draw(st.sampled_from((b"0", b"-7", b"999999999", b"1" + b"0" * 30))) + data[end:]
    return data
