"""Every format to its letter: small files of each, what they hold, what is broken in them, and round trips."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cli.deepscores.show import NAME_PX, counted, labelled, names_with_room
from cli.main import main
from deepscores import coco, datasets, muscima, v1, v2
from deepscores.pages import from_record
from deepscores.records import Mark, Record
from omr.errors import DataError
from omr.types import STROKE_KINDS, Box
from omr.types.vocabulary import DEEPSCORES_1, MUSCIMA, NAMES, counterpart, lacking

WIDTH, HEIGHT = 2707, 3828
V1 = """<annotation>
    <folder>Annotations</folder>
    <filename>lg-1-aug-beethoven--page-2.svg</filename>
    <size><width>2707</width><height>3828</height><depth>1</depth></size>
    <segmented>0</segmented>
    <object><name>noteheadBlack</name>
        <bndbox><xmin>0.5</xmin><xmax>0.51</xmax><ymin>0.25</ymin><ymax>0.255</ymax></bndbox></object>
    <object><name>dynamicFF</name>
        <bndbox><xmin>0.1</xmin><xmax>0.12</xmax><ymin>0.3</ymin><ymax>0.31</ymax></bndbox></object>
</annotation>
"""
V2 = {
    "info": {"version": "2.0"}, "annotation_sets": ["deepscores", "muscima++"],
    "categories": {"25": {"name": "noteheadBlackOnLine", "annotation_set": "deepscores", "color": 25},
                   "42": {"name": "stem", "annotation_set": "deepscores", "color": 42},
                   "109": {"name": "stringsUpBow", "annotation_set": "deepscores", "color": 109},
                   "121": {"name": "slur", "annotation_set": "deepscores", "color": 121},
                   "135": {"name": "staff", "annotation_set": "deepscores", "color": 135},
                   "157": {"name": "noteheadFullSmall", "annotation_set": "muscima++", "color": 157}},
    "images": [{"id": 410, "filename": "a.png", "width": WIDTH, "height": HEIGHT, "ann_ids": ["1", "2", "3", "4", "5"]},
               {"id": 411, "file_name": "b.png", "width": 100, "height": 50, "ann_ids": []}],
    "annotations": {
        "1": {"a_bbox": [128.5, 208.5, 2578.5, 300.75], "o_bbox": [], "cat_id": ["135", None], "area": 1,
              "img_id": "410", "comments": ""},
        "2": {"a_bbox": [200, 210, 220, 230], "o_bbox": [220, 230, 220, 210, 200, 210, 200, 230],
              "cat_id": ["25", "157"], "area": 400, "img_id": "410", "comments": "rel_position:4;onset:1.5;"},
        "3": {"a_bbox": [218, 150, 221, 220], "o_bbox": [221, 220, 221, 150, 218, 150, 218, 220],
              "cat_id": ["42", None], "area": 210, "img_id": "410", "comments": ""},
        "4": {"a_bbox": [300, 150, 310, 160], "o_bbox": [], "cat_id": ["109", None], "area": 1, "img_id": "410",
              "comments": None},
        "5": {"a_bbox": [300, 350, 410, 360], "o_bbox": [], "cat_id": "121", "area": 1, "img_id": "410",
              "comments": ""},
    },
}
MUSCIMA_1 = """<?xml version="1.0" encoding="utf-8"?>
<CropObjectList><CropObjects>
<CropObject xml:id="x___0"><Id>0</Id><ClassName>notehead-full</ClassName><Top>220</Top><Left>962</Left>
  <Width>3</Width><Height>2</Height><Mask>0:1 1:4 0:1</Mask><Outlinks>1 7</Outlinks></CropObject>
<CropObject xml:id="x___1"><Id>1</Id><ClassName>stem</ClassName><Top>180</Top><Left>964</Left>
  <Width>2</Width><Height>40</Height><Mask>1:80</Mask><Inlinks>0</Inlinks></CropObject>
</CropObjects></CropObjectList>
"""
MUSCIMA_2 = """<?xml version="1.0" encoding="utf-8"?>
<Nodes dataset="MUSCIMA-pp_2.0" document="CVC-MUSCIMA_W-03_N-18_D-ideal">
  <Node><Id>0</Id><ClassName>noteheadFull</ClassName><Top>20</Top><Left>62</Left>
    <Width>30</Width><Height>20</Height><Outlinks>1</Outlinks></Node>
  <Node><Id>1</Id><ClassName>slur</ClassName><Top>10</Top><Left>100</Left>
    <Width>4</Width><Height>2</Height><Mask>0:1 1:2 0:1 1:1 0:2 1:1</Mask></Node>
  <Node><Id>2</Id><ClassName>staffSpace</ClassName><Top>10</Top><Left>0</Left><Width>400</Width><Height>20</Height></Node>
  <Node><Id>3</Id><ClassName>flag8th</ClassName><Top>40</Top><Left>70</Left><Width>10</Width><Height>20</Height></Node>
</Nodes>
"""


def save(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_v1_coordinates_are_fractions_and_splits_are_lists(tmp_path: Path) -> None:
    save(tmp_path / "xml_annotations" / "lg-1-aug-beethoven--page-2.xml", V1)
    save(tmp_path / "xml_annotations" / "lg-2.xml", V1)
    save(tmp_path / "train_val_test" / "train.txt", "0,lg-1-aug-beethoven--page-2\n")
    save(tmp_path / "train_val_test" / "test.txt", "0,lg-2\n")
    assert datasets.recognise(tmp_path) == "v1"
    (record,) = datasets.read_records(tmp_path, split="train")
    assert record.image.name == "lg-1-aug-beethoven--page-2.png" and (record.width, record.height) == (WIDTH, HEIGHT)
    head = record.marks[0].box
    assert (head.top, head.left, head.bottom, head.right) == pytest.approx((957, 1353.5, 976.14, 1380.57))
    page = from_record(record)
    assert [s.name for s in page.symbols] == ["noteheadBlack"]
    # A compound dynamic is no class of ours, so nothing is known of its place; and v1 marks no strokes.
    assert page.ignored == (record.marks[1].box,) and page.unlabelled >= set(STROKE_KINDS)
    assert "noteheadHalf" not in page.unlabelled and page.space_px == 0


def test_v2_two_sets_nulls_and_both_file_names(tmp_path: Path) -> None:
    save(tmp_path / "deepscores_train.json", V2)
    first, second = datasets.read_records(tmp_path)
    assert (first.image.name, second.image.name, first.split, second.marks) == ("a.png", "b.png", "train", ())
    assert [m.name for m in first.marks] == ["staff", "noteheadBlackOnLine", "stem", "stringsUpBow", "slur"]
    assert first.marks[1].comments == "rel_position:4;onset:1.5;" and first.marks[1].oriented[:2] == (220, 230)
    theirs = next(v2.read(tmp_path, annotation_set="muscima++"))
    assert [m.name for m in theirs.marks] == ["staff", "noteheadFullSmall", "stem", "stringsUpBow", "slur"]
    page = from_record(first)
    assert [s.name for s in page.symbols] == ["noteheadBlack", "stringsUpBow"]
    lines = [s for s in page.strokes if s.kind == "staffLine"]
    assert len(lines) == 5 and page.space_px == pytest.approx(22.5)
    assert lines[4].points[0][0] - lines[0].points[0][0] == pytest.approx(90)
    (stem,) = [s for s in page.strokes if s.kind == "stem"]
    assert sorted(stem.points) == [(150, 219.5), (220, 219.5)] and stem.thickness_px == 3
    assert {"slur", "barline"} <= page.unlabelled and not {"stem", "staffLine"} & page.unlabelled


def test_muscima_of_both_dialects(tmp_path: Path) -> None:
    save(tmp_path / "v1.xml", MUSCIMA_1)
    save(tmp_path / "v2.xml", MUSCIMA_2)
    first, second = map(from_record, datasets.read_records(tmp_path))
    assert [s.name for s in first.symbols] == [s.name for s in second.symbols] == ["noteheadBlack"]
    (stem,) = first.strokes
    assert stem.kind == "stem" and stem.points[0] == (180.5, 965) and stem.thickness_px == pytest.approx(2)
    (slur,) = second.strokes
    assert slur.points == ((11.5, 100.5), (10.5, 101.5), (10.5, 102.5), (11.5, 103.5))
    assert [b.top for b in second.ignored] == [40]  # a flag of unknown direction; a staff space is no ink
    assert muscima.read_links(tmp_path / "v2.xml") == [muscima.Link(0, 1)]
    with pytest.raises(DataError, match="v1.xml: object 0: Outlinks: there is no object 7"):
        muscima.read_links(tmp_path / "v1.xml")


@given(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32)))
def test_masks_come_back(shape: tuple[int, int, int]) -> None:
    mask = np.random.default_rng(shape[2]).random(shape[:2]) < 0.5
    assert np.array_equal(muscima.decode_mask(muscima.encode_mask(mask), *shape[:2]), mask)


def test_a_mask_that_does_not_fill_its_box() -> None:
    with pytest.raises(ValueError, match="5 pixels for a box of 2 x 3"):
        muscima.decode_mask("0:1 1:4", 2, 3)


hundredths = st.integers(0, 90_000).map(lambda v: v / 100)
sides = st.tuples(hundredths, hundredths, *[st.integers(100, 9_000).map(lambda v: v / 100)] * 2)
marks = st.builds(lambda b, name: Mark(name, Box(b[0], b[1], round(b[0] + b[2], 2), round(b[1] + b[3], 2))), sides,
                  st.sampled_from(("noteheadBlack", "gClef", "a <&> b")))
records = st.lists(st.lists(marks, max_size=5).map(tuple), min_size=1, max_size=4).map(lambda pages: [
    Record(Path(f"{i}.png"), 1000, 1000, m) for i, m in enumerate(pages)])


@given(records)
@settings(max_examples=30)
def test_what_is_written_is_read_again(pages: list[Record]) -> None:
    """v2 -> v1 -> v2 -> COCO -> the same names and boxes, to a hundredth of a pixel."""
    names = sorted({m.name for r in pages for m in r.marks} | {"noteheadBlack"})
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        v2.write(pages, place / "a" / "pages.json", names)
        for page in v2.read(place / "a"):
            v1.write_page(page, place / "b")
        v2.write(list(v1.read(place / "b")), place / "c" / "pages.json", names)
        coco.write(list(v2.read(place / "c")), place / "d" / "pages.json", names)
        found = sorted(coco.read(place / "d"), key=lambda r: r.image.name)
    for before, after in zip(pages, found, strict=True):
        assert (before.image.name, before.width, before.height) == (after.image.name, after.width, after.height)
        assert [m.name for m in before.marks] == [m.name for m in after.marks]
        for a, b in zip(before.marks, after.marks, strict=True):
            assert (b.box.top, b.box.left, b.box.bottom, b.box.right) == pytest.approx(
                (a.box.top, a.box.left, a.box.bottom, a.box.right), abs=0.025)


def test_v2_files_that_mix_their_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Annotations of 40 pages in turn, more than are held in memory: sorted on disk, the same pages come out."""
    monkeypatch.setattr(v2, "MOST_HELD", 50)
    monkeypatch.setattr(v2, "BUCKET", 7)
    pages = [Record(Path(f"{i}.png"), 99, 99, tuple(Mark("gClef", Box(i, k, i + 1, k + 1)) for k in range(5)))
             for i in range(40)]
    v2.write(pages, tmp_path / "a.json", ["gClef"])
    document = json.loads((tmp_path / "a.json").read_text())
    mixed = sorted(document["annotations"].items(), key=lambda item: (int(item[0]) % 5, item[0]))
    document["annotations"] = dict(mixed)
    save(tmp_path / "a.json", document)
    found = {r.image.name: sorted(m.box.left for m in r.marks) for r in v2.read(tmp_path / "a.json")}
    assert found == {f"{i}.png": [0, 1, 2, 3, 4] for i in range(40)}


def broken(change: object) -> dict:
    document = json.loads(json.dumps(V2))
    change(document)  # type: ignore[operator]
    return document


@pytest.mark.parametrize("change, says", [
    (lambda d: d["annotations"]["2"].pop("a_bbox"), "annotation 2: KeyError('a_bbox')"),
    (lambda d: d["annotations"]["2"].update(a_bbox=[9, 9, 9, 20]), "annotation 2: empty box"),
    (lambda d: d["annotations"]["2"].update(cat_id=["999", None]), "annotation 2: no category 999"),
    (lambda d: d["annotations"]["2"].update(img_id="7"), "annotation 2: img_id '7' names no image"),
    (lambda d: d["images"][0].pop("filename"), "images: 410: ValueError('filename is missing')"),
    (lambda d: d["annotations"].pop("2"), "image 410: ann_ids names 1 annotations that are not there"),
    (lambda d: d.pop("categories"), "it has no categories"),
])
def test_v2_broken_records_are_named(tmp_path: Path, change: object, says: str) -> None:
    file = save(tmp_path / "a.json", broken(change))
    problems: list[str] = []
    list(v2.read(file, problems.append))
    assert any(p.startswith(f"{file}: ") and says in p for p in problems), problems
    with pytest.raises(DataError):
        list(v2.read(file))


def test_v1_and_coco_broken_records_are_named(tmp_path: Path) -> None:
    save(tmp_path / "one" / "a.xml", V1.replace("<xmin>0.5<", "<xmin>1353.5<"))
    with pytest.raises(DataError, match="a.xml: object 1: bndbox: .* no fractions"):
        list(v1.read(tmp_path / "one"))
    save(tmp_path / "two" / "a.json", {"images": [{"id": 1, "file_name": "a.png", "width": 9, "height": 9}],
                                       "categories": [{"id": 1, "name": "gClef"}],
                                       "annotations": [{"id": 5, "image_id": 1, "category_id": 2, "bbox": [1] * 4}]})
    with pytest.raises(DataError, match=r"a.json: annotation 5: KeyError\(2\)"):
        list(coco.read(tmp_path / "two"))


def test_what_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no data set"):
        datasets.recognise(tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        datasets.recognise(tmp_path / "x")


def test_every_name_has_one_counterpart() -> None:
    ours = {*NAMES, *STROKE_KINDS}
    assert {counterpart(n) for n in DEEPSCORES_1} <= set(NAMES)
    assert {counterpart(n) for n in MUSCIMA} <= ours
    assert counterpart("gClefChange") == "gClef" and counterpart("flag8th") is None
    assert lacking(NAMES) == set(STROKE_KINDS)


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    save(data / "deepscores_test.json", broken(lambda d: d["images"].pop()))
    assert main(["deepscores", "info", str(data)]) == 0
    printed = capsys.readouterr().out
    assert "v2: 1 pages (1 test), 5 marks of 5 classes" in printed
    assert any(line.split() == ["noteheadBlackOnLine", "1", "1", "noteheadBlack"] for line in printed.splitlines())
    assert main(["deepscores", "check", str(data)]) == 9
    assert "a.png: there is no such image" in capsys.readouterr().out
    (data / "images").mkdir()
    Image.new("L", (WIDTH, HEIGHT), 255).save(data / "images" / "a.png")
    assert main(["deepscores", "check", str(data)]) == 0
    assert main(["deepscores", "convert", str(data), "-o", str(tmp_path / "new"), "--to", "v1"]) == 0
    (record,) = datasets.read_records(tmp_path / "new", split="test")
    assert record.image.exists() and len(record.marks) == 5
    assert main(["deepscores", "show", str(tmp_path / "new"), "-o", str(tmp_path / "sheet.png")]) == 0
    assert Image.open(tmp_path / "sheet.png").width == 1600
    assert main(["deepscores", "convert", str(data), "-o", str(tmp_path / "new"), "--to", "v1"]) == 9


def test_the_classification_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "class_names.csv", "1,noteheadBlack\n2,dynamicFF\n")
    for name in ("1/a.png", "1/b.png", "2/a.png"):
        save(tmp_path / name, "")
    assert main(["deepscores", "info", str(tmp_path)]) == 0
    assert "3 crops of 2 classes" in capsys.readouterr().out


def test_a_slur_of_which_only_the_box_is_known_is_drawn_and_counted(tmp_path: Path) -> None:
    Image.fromarray(np.full((200, 300), 255, np.uint8)).save(tmp_path / "a.png")
    marks = (Mark("slur", Box(20, 30, 60, 200)), Mark("stem", Box(80, 50, 120, 53)),
             Mark("noteheadBlackOnLine", Box(110, 40, 120, 53)))
    page = from_record(Record(tmp_path / "a.png", 300, 200, marks))
    assert page.boxed == (("slur", Box(20, 30, 60, 200)),) and "slur" in page.unlabelled
    assert [(name, count) for name, count, _ in counted(page)] == [
        ("stem", 1), ("slur, box only", 1), ("noteheadBlack", 1)]
    drawn = np.asarray(labelled(page)).astype(int)
    scale = drawn.shape[1] / 300
    edge = drawn[int(20 * scale), round(35 * scale):round(190 * scale)]
    assert (np.abs(edge - (255, 130, 0)).max(axis=1) < 5).all()
    assert drawn.shape[0] > round(200 * scale) + 20, "a legend below"


def test_names_on_a_page_cover_no_other_and_rare_ones_come_first(tmp_path: Path) -> None:
    Image.fromarray(np.full((200, 300), 255, np.uint8)).save(tmp_path / "a.png")
    heads = tuple(Mark("noteheadBlackOnLine", Box(110, left, 120, left + 12)) for left in (40, 60, 80, 200))
    page = from_record(Record(tmp_path / "a.png", 300, 200, (*heads, Mark("restQuarter", Box(108, 70, 130, 80)))))
    names = names_with_room(page, 2.0, lambda text: 6 * len(text))
    assert [(name, place) for name, place, _ in names] == [
        ("restQuarter", (140, 216)), ("noteheadBlack", (400, 220))], "the three heads at the rest have no room"
    assert names[0][2] == (140, 216 - NAME_PX, 206, 216)
