"""The same weights, in TensorFlow and as LiteRT stores them, see the same symbols."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.evaluate import evaluate, formats


def test_int8_is_smaller_and_hardly_worse(corner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "LITERT", ("int8",))
    monkeypatch.setattr(formats, "MIN_COUNT", 5)
    result = CliRunner().invoke(evaluate, ["formats", str(corner)])
    assert result.exit_code == 0, result.output
    rows = {line[:20].strip(): [float(v) for v in line[20:].split()] for line in result.stdout.splitlines()[1:]}
    (ap_50, _, _, size), (small_ap_50, _, _, small) = rows["TensorFlow"], rows["LiteRT int8"]
    assert small < 0.4 * size and small_ap_50 > ap_50 - 0.05 > 0.8
