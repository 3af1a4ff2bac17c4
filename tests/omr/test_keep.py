"""Kept stages: all there, and enough to go on from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from omr.composing import compose
from omr.errors import DataError, OutputError
from omr.files import replacing
from omr.keep import keep_page, keep_score, read_doubts, read_graphs, resume
from omr.pipeline import read_page
from omr.reading import PageReading, ScanOptions
from omr.types import Doubt
from omr.types.plain import to_json


def test_every_stage_is_written_and_composes_to_the_same_score(hand_made: Any, tmp_path: Path) -> None:
    reading = read_page(hand_made.page, hand_made)
    score = compose([reading], "hand-made")
    keep_page(reading, tmp_path)
    keep_score(score, tmp_path)
    names = {p.name for p in (tmp_path / "page-001").iterdir()}
    assert names == {
        "page.png", "energy.png", "strokes.png", "symbols.json", "strokes.json", "staves.json", "graph.json",
        "seen.json", "doubts.json", "settled.json",
    }
    assert np.array_equal(np.asarray(Image.open(tmp_path / "page-001" / "page.png")), hand_made.page.pixels)
    again = compose([PageReading(index=0, source="", graph=g) for g in read_graphs(tmp_path)], "hand-made")
    assert to_json(again) == to_json(score)
    assert set(read_doubts(tmp_path)) == set(score.doubts)


def test_kept_clefs_are_those_of_the_page_and_the_settled_ones_those_of_the_score(
    hand_made: Any, tmp_path: Path
) -> None:
    """The second staff's clef was read with an octave mark, which its box is too small for."""
    reading = read_page(hand_made.page, hand_made)
    assert reading.graph is not None
    last = max((s for s in reading.graph.symbols if s.kind == "clef"), key=lambda s: s.box.top)
    graph = replace(reading.graph, symbols=tuple(
        replace(s, name="gClef8vb") if s.id == last.id else s for s in reading.graph.symbols))
    score = compose([replace(reading, graph=graph)], "hand-made")
    keep_page(replace(reading, graph=graph), tmp_path)
    keep_score(score, tmp_path)

    def clefs(name: str) -> list[str]:
        kept = json.loads((tmp_path / "page-001" / name).read_text())
        return sorted(s["name"] for s in kept["symbols"] if "Clef" in s["name"])

    assert clefs("graph.json") == ["gClef", "gClef8vb"]
    assert clefs("settled.json") == ["gClef", "gClef"]
    assert [c.octave_change for m in score.parts[0].measures for c in m.clefs] == [0]


def test_a_correction_in_the_kept_notation_counts(hand_made: Any, tmp_path: Path) -> None:
    keep_page(read_page(hand_made.page, hand_made), tmp_path)
    path = tmp_path / "page-001" / "graph.json"
    graph = json.loads(path.read_text())
    head = next(s for s in graph["symbols"] if s["name"] == "noteheadBlack")
    head["box"]["top"] -= 5
    head["box"]["bottom"] -= 5
    path.write_text(json.dumps(graph))
    score = compose([PageReading(index=0, source="", graph=g) for g in read_graphs(tmp_path)], "hand-made")
    assert score.parts[0].measures[0].notes[0].pitch.step == "D"


def test_a_stopped_scan_goes_on_with_the_pages_it_kept(hand_made: Any, tmp_path: Path) -> None:
    source, folder = tmp_path / "a.png", tmp_path / "kept"
    source.write_bytes(b"a")
    assert resume(folder, [source], ScanOptions(), "weights") == {}
    reading = read_page(hand_made.page, hand_made)
    keep_page(reading, folder)
    keep_page(PageReading(index=1, source="", doubts=(Doubt(page=1, box=None, message="no staff", kind="staff"),)),
              folder)
    (folder / "page-003").mkdir()  # stopped in the middle of a page
    (folder / "page-003" / "graph.json").write_text("{}")
    known = resume(folder, [source], ScanOptions(), "weights")
    assert sorted(known) == [0, 1] and known[0].graph is not None and known[1].graph is None
    assert (known[0].doubts, known[1].doubts[0].message) == (reading.doubts, "no staff")
    assert to_json(compose(list(known.values()), "x").parts) == to_json(compose([reading], "x").parts)


@pytest.mark.parametrize("change", ["file", "pages", "languages", "weights", "finished"])
def test_pages_of_another_scan_are_not_taken(hand_made: Any, tmp_path: Path, change: str) -> None:
    source, folder = tmp_path / "a.png", tmp_path / "kept"
    source.write_bytes(b"a")
    resume(folder, [source], ScanOptions(), "weights")
    reading = read_page(hand_made.page, hand_made)
    keep_page(reading, folder)
    if change == "file":
        source.write_bytes(b"another")
    if change == "finished":
        keep_score(compose([reading], "x"), folder)
    options = ScanOptions(pages=frozenset({1}) if change == "pages" else None,
                          languages=("deu",) if change == "languages" else ("eng",))
    assert resume(folder, [source], options, "others" if change == "weights" else "weights") == {}
    assert read_graphs(folder) == []


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    source, folder = tmp_path / "a.png", tmp_path / "mine"
    source.write_bytes(b"a")
    (folder / "page-1").mkdir(parents=True)
    for name in ("page-1/notes.json", "score.json"):
        (folder / name).write_text("{}")
    for manifest in (None, "[]", "no JSON"):
        if manifest is not None:
            (folder / "scan.json").write_text(manifest)
        with pytest.raises(OutputError, match="not of a scan"):
            resume(folder, [source], ScanOptions(), "weights")
    assert (folder / "page-1" / "notes.json").exists() and (folder / "score.json").exists()


def test_a_new_scan_removes_what_a_scan_wrote_and_no_more(hand_made: Any, tmp_path: Path) -> None:
    source, folder, elsewhere = tmp_path / "a.png", tmp_path / "kept", tmp_path / "elsewhere"
    source.write_bytes(b"a")
    resume(folder, [source], ScanOptions(), "weights")
    keep_page(read_page(hand_made.page, hand_made), folder)
    elsewhere.mkdir()
    (elsewhere / "graph.json").write_text("{}")
    (folder / "page-002").symlink_to(elsewhere)
    (folder / "page-001" / "notes.json").write_text("mine")
    (folder / "page-old").mkdir()
    (folder / "page-old" / "graph.json").write_text("{}")
    assert resume(folder, [source], ScanOptions(), "other weights") == {}
    assert not (folder / "page-001" / "graph.json").exists() and read_graphs(folder) == []
    for mine in (elsewhere / "graph.json", folder / "page-001" / "notes.json", folder / "page-old" / "graph.json"):
        assert mine.exists()


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with pytest.raises(OSError), replacing(path) as temporary:
        temporary.write_text("half")
        raise OSError("no space left")
    assert list(tmp_path.iterdir()) == []
    with replacing(path) as temporary:
        temporary.write_text("whole")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["whole"] and path.exists()


def test_broken_json_and_unwritable_places(hand_made: Any, tmp_path: Path) -> None:
    (tmp_path / "page-001").mkdir()
    (tmp_path / "page-001" / "graph.json").write_text('{"page": 0')
    with pytest.raises(DataError, match=r"graph\.json"):
        read_graphs(tmp_path)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OutputError):
        keep_page(replace(read_page(hand_made.page, hand_made)), file)
