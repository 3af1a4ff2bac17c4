"""The recipe: a degraded page is reproducible, still readable, and like the prints it imitates."""

import cv2
import numpy as np
import pytest

from augment.degrade import RECIPE, Step, degrade
from augment.transforms import EFFECTS, MOVEMENTS
from omr.errors import DataError
from omr.types import Box, Symbol


def degraded(leaf, seed, kind, papers=None):
    return degrade(leaf.pixels, leaf.symbols, leaf.strokes, np.random.default_rng(seed), kind, leaf.space_px, papers)


def contrast(page, symbols):
    """Mean gray beside the blobs less mean gray on them."""
    on, beside = [], []
    for s in symbols:
        row, col = (int(v) for v in s.box.center)
        if 40 < row < page.shape[0] - 40 and 40 < col < page.shape[1] - 40:
            on.append(page[row - 3 : row + 4, col - 5 : col + 6].mean())
            # Between the blobs, in the middle of a staff space.
            beside.append(np.percentile(page[row - 12 : row + 12, col + 20 : col + 40], 75))
    assert len(on) > 20
    return np.mean(beside) - np.mean(on)


@pytest.mark.parametrize("kind", ["scan", "photo"])
@pytest.mark.parametrize("seed", range(8))
def test_labels_still_sit_on_their_symbols(leaf, kind, seed):
    page, symbols, strokes = degraded(leaf, seed, kind)
    assert page.dtype == np.uint8 and page.shape == leaf.shape
    assert [s.id for s in symbols] == [s.id for s in leaf.symbols]
    assert [s.kind for s in strokes] == ["staffLine"] * 20
    # A photograph in poor light keeps a fifth of its contrast.
    assert contrast(page, symbols) > (100 if kind == "scan" else 15)
    shifted = [Symbol(s.id, s.name, Box(s.box.top, s.box.left + 30, s.box.bottom, s.box.right + 30)) for s in symbols]
    assert contrast(page, shifted) < 0.5 * contrast(page, symbols)  # the check can fail


@pytest.mark.parametrize("kind", ["clean", "scan", "photo"])
def test_same_generator_same_page(leaf, kind):
    first, second, other = (degraded(leaf, seed, kind) for seed in (5, 5, 6))
    assert (first[0] == second[0]).all() and first[1:] == second[1:]
    assert (kind == "clean") == bool((first[0] == other[0]).all())


def test_clean_is_the_page_itself_and_no_kind_changes_its_input(leaf):
    before = leaf.pixels.copy()
    assert degraded(leaf, 0, "clean") == (leaf.pixels, leaf.symbols, leaf.strokes)
    for seed in range(3):
        degraded(leaf, seed, "photo")
        degraded(leaf, seed, "scan")
    assert (leaf.pixels == before).all()


def test_about_half_of_the_scans_are_one_bit(leaf):
    one_bit = sum(set(np.unique(degraded(leaf, seed, "scan")[0]).tolist()) <= {0, 255} for seed in range(24))
    assert 5 <= one_bit <= 19


def test_the_recipe_holds_every_transform_once_and_movements_first():
    names = [step.name for step in RECIPE]
    assert sorted(names) == sorted([*MOVEMENTS, *EFFECTS])
    assert set(names[: len(MOVEMENTS)]) == set(MOVEMENTS)
    with pytest.raises(ValueError, match="no transform"):
        Step("pres", 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="0 to 1"):
        Step("press", 1.5, 1.0, 1.0)


def test_pages_are_printed_on_the_sheets_of_a_folder(leaf, tmp_path):
    """The corner of a table in the picture does not turn into ink, and white is white enough to read on."""
    sheet = np.full((400, 300), 190, np.uint8)
    sheet[:, :60] = 10
    sheet[::20] -= 10  # laid lines
    cv2.imwrite(str(tmp_path / "sheet.png"), sheet)
    differs = 0
    for seed in range(6):
        generated, real, again = (degraded(leaf, seed, "scan", papers) for papers in (None, tmp_path, tmp_path))
        assert (real[0] == again[0]).all() and real[1:] == generated[1:]
        assert contrast(real[0], real[1]) > 60
        assert np.percentile(real[0], 20) > 100
        differs += bool((real[0] != generated[0]).any())
    assert 0 < differs < 6  # a one-bit scan shows no paper


def test_a_folder_without_sheets_is_named(leaf, tmp_path):
    with pytest.raises(DataError, match="no JPEG, PNG or TIFF"):
        degraded(leaf, 0, "photo", tmp_path)
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(DataError, match="broken.png"):
        degraded(leaf, 0, "photo", tmp_path)
