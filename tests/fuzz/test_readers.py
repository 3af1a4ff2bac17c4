"""Every reader of strangers' files, given broken ones: it reads them, or says in one line what is wrong."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.main import main
from companions import go_rules, pagexml, tunes
from evaluation import lyrics, notes
from evaluation.matching import match
from omr.detect.runtime import load_detector, read_card, shipped
from omr.errors import OmrError
from omr.limits import bounded_memory
from omr.page.pdf import count_pages, draw_page
from omr.page.pictures import count_frames, load_frame
from tests.deepscores.test_formats import MUSCIMA_1, MUSCIMA_2, V1, V2
from tests.fuzz.mutations import broken_bytes, broken_json, fuzzed

SEEDS = Path(__file__).parent / "seeds"
COCO = {"images": [{"id": 1, "file_name": "a.png", "width": 99, "height": 99}],
        "categories": [{"id": 1, "name": "gClef"}],
        "annotations": [{"id": 5, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4]}]}


def read_image(path: Path) -> None:
    for number in range(1, min(count_frames(path), 3) + 1):
        load_frame(path, number)


def read_pdf(path: Path) -> None:
    for number in range(1, min(count_pages(path, 10), 2) + 1):
        draw_page(path, number, 10)


def read_truth(path: Path) -> None:
    true, found = notes.read_files(path, path, rests=True, unpitched=True)
    true, found = notes.without_rests(true), notes.without_rests(found)
    notes.figures(true, found, match(true, found))
    if path.suffix != ".krn":
        lyrics.read(path)


def read_game(path: Path) -> None:
    go_rules.read_sgf(path.read_text(errors="replace")).positions()


READERS: dict[str, Callable[[Path], Any]] = {
    **dict.fromkeys((".png", ".jpg", ".tif", ".gif", ".webp", ".avif", ".bmp", ".pgm", ".jp2", ".heic"), read_image),
    ".pdf": read_pdf, **dict.fromkeys((".musicxml", ".mxl", ".krn"), read_truth), ".xml": pagexml.read,
    ".sgf": read_game, ".abc": tunes.read_tunes,
}
"""How files of each ending are read. The seeds are small files of each, and what fell once."""


@pytest.mark.parametrize("seed", sorted(p for p in SEEDS.iterdir()), ids=lambda p: p.name)
def test_the_seeds_themselves(seed: Path) -> None:
    if seed.name.startswith("broken-"):
        with pytest.raises(OmrError) as refused:
            READERS[seed.suffix](seed)
        assert "\n" not in str(refused.value)
    else:
        READERS[seed.suffix](seed)


@pytest.mark.parametrize("seed", sorted(p for p in SEEDS.iterdir()), ids=lambda p: p.name)
@given(data=st.data())
@fuzzed
def test_broken_files(seed: Path, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{seed.suffix}"
        path.write_bytes(data.draw(broken_bytes(seed.read_bytes())))
        try:
            READERS[seed.suffix](path)
        except OmrError as error:
            assert "\n" not in str(error)


@given(st.data(), st.sampled_from(("v2", "coco", "card")))
@fuzzed
def test_broken_json(data: st.DataObject, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("card.json" if kind == "card" else "a.json")
        sound = {"v2": V2, "coco": COCO, "card": json.loads((shipped() / "card.json").read_text())}[kind]
        path.write_text(json.dumps(data.draw(broken_json(sound))))
        if kind != "card":
            assert main(["deepscores", "check", folder]) in (0, 9)
            return
        try:
            read_card(Path(folder))
            load_detector(Path(folder))
        except OmrError as error:
            assert "\n" not in str(error)


@given(st.data(), st.sampled_from((V1, MUSCIMA_1, MUSCIMA_2, json.dumps(V2), json.dumps(COCO))))
@fuzzed
def test_broken_data_sets(data: st.DataObject, sound: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("a.json" if sound.startswith("{") else "a.xml")
        path.write_bytes(data.draw(broken_bytes(sound.encode())))
        assert main(["deepscores", "check", folder]) in (0, 9)


def test_an_archive_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "a.mxl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.musicxml", "w") as file:
        for _ in range(150):
            file.write(b" " * 1_000_000)
    with pytest.raises(OmrError, match="unpacks to 150,000,000 bytes"):
        notes.read(path)


@pytest.mark.parametrize("name, begins, level", [
    ("a.json", "", "["), ("a.json", '{"annotation_sets": ["deepscores"], "x": ', "["),
    ("a.json", '{"annotation_sets": ["deepscores"], "x": ', '{"a":'), ("a.xml", "", "<a>"),
    ("a.xml", "<CropObjectList><CropObjects><CropObject>", "<a>"), ("a.xml", "<annotation>", "<a>"),
], ids=["COCO", "v2 lists", "v2 objects", "unknown", "MUSCIMA++", "v1"])
def test_data_sets_nested_a_million_deep_take_no_memory(name: str, begins: str, level: str, tmp_path: Path) -> None:
    """Parsers would take gigabytes, or call themselves until the process dies."""
    (tmp_path / name).write_text(begins + level * 1_000_000)
    with bounded_memory(300_000_000):
        assert main(["deepscores", "check", str(tmp_path)]) == 9


MEASURE = ('<score-partwise><part-list><score-part id="P1"><part-name/></score-part></part-list><part id="P1">'
           '<measure number="1"><attributes><divisions>1</divisions></attributes>{}<note><pitch><step>C</step>'
           "<octave>4</octave></pitch><duration>1</duration></note></measure></part></score-partwise>")


@pytest.mark.parametrize("hostile", [
    "<attributes><time><beats>1000000</beats><beat-type>4</beat-type></time></attributes>",
    "<note><rest/><duration>999999999999</duration></note>",
    "<attributes><key><fifths>1000000000</fifths></key></attributes>",
    '<barline location="right"><repeat direction="backward" times="1000000000"/></barline>',
    "<a>" * 200 + "</a>" * 200,
])
def test_music_beyond_the_limits_costs_one_line_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], hostile: str
) -> None:
    for folder in ("true", "read"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.musicxml").write_text(MEASURE.format(hostile))
        (tmp_path / folder / "b.musicxml").write_text(MEASURE.format(""))
    assert main(["evaluate", "scan", "--no-ned", str(tmp_path / "true"), str(tmp_path / "read")]) == 0
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith("a: left out") and "1 of 1" in captured.out


@pytest.mark.parametrize("name", ["a.krn", "a.musicxml", "a.mxl", "a.xml", "data/a.json", "data/images/a.png"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """A writer that comes after 20 s, lest the test wait for ever, fails it."""
    path = tmp_path / name
    (tmp_path / "data" / "images").mkdir(parents=True)
    if name.endswith(".png"):
        (tmp_path / "data" / "a.json").write_text(json.dumps(COCO))
    os.mkfifo(path)
    writer = threading.Timer(20, lambda: path.write_bytes(b"too late"))
    writer.start()
    try:
        if name.startswith("data"):
            assert main(["deepscores", "check", str(tmp_path / "data" if path.suffix == ".png" else path)]) == 9
            captured = capsys.readouterr()
            assert "regular file" in captured.out + captured.err or "neither a file" in captured.err
        else:
            with pytest.raises(OmrError, match="regular file"):
                READERS[path.suffix](path)
        assert writer.is_alive()
    finally:
        writer.cancel()
