"""A folder of --keep in which somebody edited: whatever it holds, a scan goes on with it, or reads pages anew."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.composing import compose
from omr.errors import NoMusicError, OutputError
from omr.export.files import write
from omr.keep import keep_page, keep_score, resume
from omr.pipeline import read_page
from omr.reading import PageReading, ScanOptions
from omr.staves.systems import OSSIA
from tests.fuzz.mutations import broken_bytes, broken_json, fuzzed
from tests.omr.conftest import _make

FILES = ("graph.json", "seen.json", "doubts.json")
OPTIONS = ScanOptions()


@pytest.fixture(scope="module")
def sound() -> PageReading:
    page = _make()
    return read_page(page.page, page).light()


def kept(folder: Path, sound: PageReading) -> tuple[Path, Path]:
    """(folder, source) of a stopped scan of one page."""
    source = folder / "a.png"
    source.write_bytes(b"a")
    resume(folder / "kept", [source], OPTIONS, "weights")
    keep_page(sound, folder / "kept")
    return folder / "kept", source


def goes_on(folder: Path, source: Path, sound: PageReading) -> bool:
    """Finish a stopped scan. Returns whether the kept page was taken."""
    known = resume(folder, [source], OPTIONS, "weights")
    reading = known.get(0)
    if reading is None:
        keep_page(sound, folder)
    try:
        score = compose([sound if reading is None else reading], "a.png")
    except NoMusicError:
        return True
    write(score, folder.parent / "a.musicxml")
    keep_score(score, folder)
    return reading is not None


@given(st.data(), st.sampled_from(FILES))
@fuzzed
def test_edited_json(sound: PageReading, data: st.DataObject, name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, source = kept(Path(place), sound)
        path = folder / "page-001" / name
        document = data.draw(broken_json(json.loads(path.read_text())))
        path.write_text(json.dumps(document))
        goes_on(folder, source, sound)


@given(st.data(), st.sampled_from(FILES))
@fuzzed
def test_damaged_files(sound: PageReading, data: st.DataObject, name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, source = kept(Path(place), sound)
        path = folder / "page-001" / name
        path.write_bytes(data.draw(broken_bytes(path.read_bytes())))
        goes_on(folder, source, sound)


MANIFEST = (b'{"version": "0.2.0", "weights": "weights", "pages": null, "languages": ["eng"], '
            b'"files": [["/a.png", 1, 17]]}')


@given(broken_bytes(MANIFEST))
@fuzzed
def test_damaged_notes_of_what_was_scanned(sound: PageReading, broken: bytes) -> None:
    """The folder is refused, or its pages are read anew."""
    with tempfile.TemporaryDirectory() as place:
        folder, source = kept(Path(place), sound)
        (folder / "scan.json").write_bytes(broken)
        try:
            assert resume(folder, [source], OPTIONS, "weights") == {}
        except OutputError as error:
            assert "\n" not in str(error)


def change(graph: dict[str, Any], *path: Any, to: Any) -> None:
    *way, last = path
    place: Any = graph
    for key in way:
        place = place[key]
    place[last] = to


DAMAGES = {
    "no number": lambda g: change(g, "symbols", 0, "score", to=float("nan")),
    "no class": lambda g: change(g, "symbols", 0, "name", to="noteheadPurple"),
    "wrong type": lambda g: change(g, "symbols", 0, "id", to="0"),
    "far off": lambda g: change(g, "strokes", 0, "points", 0, 0, to=1e300),
    "no staff": lambda g: change(g, "systems", 0, "staves", to=[7]),
    "doubled id": lambda g: change(g, "symbols", 1, "id", to=g["symbols"][0]["id"]),
    "other page": lambda g: change(g, "page", to=4),
    "huge power": lambda g: change(g, "symbols", 0, "box", "top", to=10**400),
    "no field": lambda g: g.pop("staves"),
    "new field": lambda g: g.update(colour="red"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_page_is_read_anew_and_a_line_says_so(
    sound: PageReading, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    folder, source = kept(tmp_path, sound)
    path = folder / "page-001" / "graph.json"
    graph = json.loads(path.read_text())
    DAMAGES[damage](graph)
    path.write_text(json.dumps(graph))
    assert not goes_on(folder, source, sound)
    (line,) = caplog.messages
    assert line.startswith("page 1 is read anew: ") and "graph.json" in line and "\n" not in line


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("what", ["missing", "deep", "pipe"])
def test_files_that_cannot_be_read(sound: PageReading, tmp_path: Path, name: str, what: str) -> None:
    """A pipe would wait for a writer for ever, here for one that comes at last and fails the test."""
    folder, source = kept(tmp_path, sound)
    path = folder / "page-001" / name
    path.unlink()
    if what == "deep":
        path.write_text("[" * 100_000)
    if what == "pipe":
        os.mkfifo(path)
    writer = threading.Timer(20, lambda: path.is_fifo() and path.write_text("null"))
    writer.start()
    try:
        assert not goes_on(folder, source, sound)
    finally:
        writer.cancel()


def test_relations_of_what_was_removed_by_hand_are_left_out(sound: PageReading, tmp_path: Path) -> None:
    folder, source = kept(tmp_path, sound)
    path = folder / "page-001" / "graph.json"
    graph = json.loads(path.read_text())
    head = next(s for s in graph["symbols"] if s["name"] == "noteheadBlack")
    graph["symbols"].remove(head)
    path.write_text(json.dumps(graph))
    assert goes_on(folder, source, sound)


def test_an_ossia_which_stands_in_no_system_is_kept(sound: PageReading, tmp_path: Path) -> None:
    folder, source = kept(tmp_path, sound)
    path = folder / "page-001" / "graph.json"
    graph = json.loads(path.read_text())
    graph["staves"][1]["system"] = OSSIA
    graph["systems"] = graph["systems"][:1]
    path.write_text(json.dumps(graph))
    assert goes_on(folder, source, sound)
