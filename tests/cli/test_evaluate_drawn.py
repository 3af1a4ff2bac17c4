"""Which scores the round trip through drawn PDFs leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.evaluate.drawn import _has_two_times

TIME = "<attributes><time><beats>{}</beats><beat-type>8</beat-type></time></attributes>"


@pytest.mark.parametrize(("times", "found"), [
    (([6, None], [6, None]), False), (([6, None], [6, 4]), True), (([6, 4], [6, 4]), False), (([6], [4]), True)])
def test_parts_in_different_times_are_found(times: tuple[list[int | None], ...], found: bool, tmp_path: Path) -> None:
    parts = ("".join(f"<measure>{'' if beats is None else TIME.format(beats)}</measure>" for beats in own)
             for own in times)
    path = tmp_path / "score.musicxml"
    path.write_text(f"<score-partwise>{''.join(f'<part>{part}</part>' for part in parts)}</score-partwise>")
    assert _has_two_times(path) == found
