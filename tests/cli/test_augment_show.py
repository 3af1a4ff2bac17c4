"""`omr augment`: a sheet of the page and its degraded copies, and what they cost."""

import json
from dataclasses import replace

import numpy as np
from PIL import Image

from cli.augment import rare_bank
from cli.main import main
from deepscores.pages import read_pages


def data_set(folder):
    """One page of two staves with a rare fermata among heads, in DeepScores v2's layout."""
    page = np.full((500, 420), 255, np.uint8)
    for top in (100, 300):
        for line in range(5):
            page[top + 14 * line : top + 14 * line + 2, 20:400] = 0
    annotations = {}
    for i in range(150):
        row, col = 130 + 200 * (i % 2), 30 + (i * 2) % 350
        annotations[str(i + 1)] = {"a_bbox": [col, row, col + 16, row + 14], "cat_id": ["1"], "img_id": "1"}
    page[40:60, 200:230] = 0
    annotations["151"] = {"a_bbox": [200, 40, 230, 60], "cat_id": ["2"], "img_id": "1"}
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    Image.fromarray(page).save(folder / "images" / "page.png")
    (folder / "labels" / "0.json").write_text(json.dumps({
        "categories": {"1": {"name": "noteheadBlack"}, "2": {"name": "fermataAbove"}},
        "images": [{"id": 1, "filename": "page.png", "width": 420, "height": 500, "ann_ids": list(annotations),
                    "space_px": 14.0}],
        "annotations": annotations,
    }))
    return folder / "images" / "page.png"


def test_sheet_of_a_data_set_page(tmp_path, capsys):
    image, out = data_set(tmp_path / "set"), tmp_path / "sheet.png"
    arguments = ["augment", "show", str(image), "-o", str(out), "--kind", "scan", "--copies", "2"]
    assert main(arguments) == 0
    assert "2 degraded copies, staff space 14.0 px" in capsys.readouterr().out
    plain = np.asarray(Image.open(out))
    assert plain.shape[1] == 3 * 900
    assert main([*arguments, "--labels", "--rare", str(tmp_path / "set")]) == 0
    drawn = np.asarray(Image.open(out)).astype(int)
    assert drawn.shape == plain.shape
    assert (drawn.max(axis=2) - drawn.min(axis=2)).max() > 60  # labels are in colour


def test_transforms_one_by_one(tmp_path, capsys):
    image, out = data_set(tmp_path / "set"), tmp_path / "sheet.png"
    sheet = tmp_path / "papers" / "sheet.png"
    sheet.parent.mkdir()
    Image.new("L", (300, 400), 170).save(sheet)
    arguments = ["augment", "show", str(image), "-o", str(out), "--copies", "1", "--detail", "--transform", "paper"]
    assert main([*arguments, "--transform", "low_contrast"]) == 0
    assert "2 degraded copies" in capsys.readouterr().out
    generated = np.asarray(Image.open(out).convert("L"))
    assert generated.shape[1] == 3 * 900
    assert main([*arguments, "--papers", str(sheet.parent)]) == 0
    real = np.asarray(Image.open(out).convert("L"))
    shares = [np.bincount(tile[60:600, 920:1780].ravel()).max() / (540 * 860) for tile in (generated, real)]
    assert shares[0] < 0.3 and shares[1] > 0.5  # that sheet is even, generated paper is not
    assert not list(tmp_path.glob(".*"))  # nothing temporary is left


def test_a_grid_of_rare_symbols(tmp_path):
    image, out = data_set(tmp_path / "set"), tmp_path / "sheet.png"
    arguments = ["augment", "show", str(image), "-o", str(out), "--kind", "scan", "--copies", "1", "--grid"]
    assert main([*arguments, "--rare", str(tmp_path / "set")]) == 0
    clean = np.asarray(Image.open(out).convert("L"))[60:, 10:890]
    assert 0.05 < (clean < 100).mean() < 0.6
    assert main(arguments) == 2


def test_rare_symbols_come_from_the_best_labelled_pages(tmp_path):
    data_set(tmp_path / "set")
    (page,) = read_pages(tmp_path / "set")
    full, partly = replace(page, unlabelled=frozenset()), replace(page, unlabelled=frozenset({"tie"}))
    plain = replace(full, symbols=full.symbols[:-1])
    assert page.symbols[-1].name == "fermataAbove"
    for pages in ([full], [partly], [partly, full]):
        assert "fermataAbove" in rare_bank(pages)
    for pages in ([partly, plain], []):
        assert "fermataAbove" not in rare_bank(pages)


def test_bench_times_every_transform(tmp_path, capsys):
    from augment.transforms import TRANSFORMS

    image = data_set(tmp_path / "set")
    assert main(["augment", "bench", str(image), "--runs", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[:-1]] == [*TRANSFORMS, "scan", "photo"]
    assert all(float(line.split()[2]) > 0 for line in lines[:-1])
    assert "500 x 420 px, 151 symbols" in lines[-1]


def test_any_page_is_measured(tmp_path, capsys):
    image = data_set(tmp_path / "set").rename(tmp_path / "page.png")
    assert main(["augment", "show", str(image), "-o", str(tmp_path / "s.png"), "--copies", "1"]) == 0
    assert "staff space 14.0 px" in capsys.readouterr().out


def test_bad_input_is_one_line(tmp_path, capsys):
    image = data_set(tmp_path / "set").rename(tmp_path / "page.png")
    for arguments, code, message in [
        ([str(tmp_path / "none.png")], 3, "No such file"), ([str(image), "--labels"], 9, "no labels"),
        ([str(image), "--page", "3"], 3, "has 1 page"), ([str(image), "--copies", "0"], 2, ""),
        ([str(image), "--transform", "pres"], 2, ""), ([str(image), "--papers", str(tmp_path / "none")], 9, "no JPEG"),
        ([str(image), "--copies", "1", "-o", str(tmp_path / "no" / "sheet.png")], 8, "cannot write"),
    ]:
        assert main(["augment", "show", *arguments]) == code
        error = capsys.readouterr().err
        assert message in error
        assert code == 2 or error.count("\n") == 1
