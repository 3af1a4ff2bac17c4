"""Image files: every kind of pixel, however large, and whatever is damaged."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, features

from omr.errors import InputError, OmrError, PageSizeError
from omr.page import pictures
from omr.page.pictures import count_frames, load_frame

MOST_MB = 1500
"""Memory, in MB, within which every image is read or refused."""


def noise(height: int = 120, width: int = 110) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width)).astype(np.uint8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "tif", "jpg"])
def test_images_are_turned_as_exif_says(orientation: int, suffix: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"page.{suffix}"
    Image.fromarray(noise()).save(path, exif=exif)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(load_frame(path, 1)[0], expected)


@pytest.mark.parametrize("mode", ["L", "I;16"])
def test_bands_of_rows_make_one_image(mode: str, tmp_path: Path) -> None:
    """More rows than are brought to gray at a time, and darker from top to bottom."""
    rows = 2 * pictures.BAND_ROWS + 17
    page = np.linspace(0, 255, rows).astype(np.uint8)[:, None].repeat(150, 1)
    Image.fromarray(page if mode == "L" else page.astype(np.uint16) * 257).save(tmp_path / "page.png")
    assert np.abs(load_frame(tmp_path / "page.png", 1)[0].astype(int) - page).max() <= 1


def test_what_is_transparent_is_white_in_a_palette_and_in_16_bits(tmp_path: Path) -> None:
    page = Image.fromarray(noise()).convert("P")
    page.save(tmp_path / "palette.png", transparency=page.getpixel((0, 0)))
    assert load_frame(tmp_path / "palette.png", 1)[0][0, 0] == 255
    Image.fromarray(noise().astype(np.uint16) * 257).save(tmp_path / "deep.png", transparency=65535)
    assert load_frame(tmp_path / "deep.png", 1)[0].shape == (120, 110)


def test_large_images_are_reduced_by_a_whole_number_and_so_is_their_resolution(tmp_path: Path) -> None:
    small = noise(66, 80)
    Image.fromarray(small.repeat(100, 0).repeat(100, 1)).save(tmp_path / "page.png", dpi=(1200, 1200))
    pixels, dpi = load_frame(tmp_path / "page.png", 1)
    assert np.array_equal(pixels, small.repeat(50, 0).repeat(50, 1)) and dpi == pytest.approx(600, abs=0.1)
    Image.fromarray(small.repeat(100, 0).repeat(100, 1)).save(tmp_path / "page.jpg", dpi=(1200, 1200), quality=95)
    drafted, dpi = load_frame(tmp_path / "page.jpg", 1)
    assert drafted.shape == (3300, 4000) and dpi == pytest.approx(600, abs=0.1)
    assert np.abs(drafted.astype(int) - pixels).mean() < 2


def claims(kind: str, mode: str, side: int) -> bytes:
    """An image file that claims to have `side` by `side` pixels and has hardly any of them."""
    if kind == "PNG":
        bits, color = {"1": (1, 0), "L": (8, 0), "I;16": (16, 0), "RGB": (8, 2), "RGBA": (8, 6)}[mode]
        chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, bits, color, 0, 0, 0)),
                  (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    whole = io.BytesIO()
    Image.new(mode, (320, 320), 0).save(whole, kind)
    data = whole.getvalue()
    if kind == "JPEG":
        place = data.index(b"\xff\xc0") + 5
        return data[:place] + struct.pack(">HH", side, side) + data[place + 4 :]
    return data[:18] + struct.pack("<ii", side, side) + data[26:]  # BMP


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "1"), ("PNG", "L"), ("PNG", "I;16"), ("PNG", "RGB"), ("PNG", "RGBA"), ("JPEG", "RGB"),
                       ("JPEG", "L"), ("BMP", "RGB")])
def test_no_image_takes_more_memory_than_is_safe(kind: str, mode: str, tmp_path: Path) -> None:
    """Of 20,000 pixels a side. Most are damaged as well, which must not cost more."""
    (tmp_path / "huge").write_bytes(claims(kind, mode, 20_000))
    code = r"""
import pathlib, re, sys
from omr.errors import OmrError
from omr.page.raster import load_page
try:
    print(load_page(pathlib.Path(sys.argv[1]), 1).pixels.shape)
except OmrError as error:
    print(error)
# Not getrusage: a process starts with the maximum of the one that forked it.
print(int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1000)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "huge")], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    answer, memory_mb = done.stdout.splitlines()
    assert int(memory_mb) < MOST_MB, answer


def test_one_whole_image_of_the_greatest_size_is_read(tmp_path: Path) -> None:
    Image.new("1", (20_000, 12_000), 1).save(tmp_path / "sheet.tif", compression="group4", dpi=(1200, 1200))
    pixels, dpi = load_frame(tmp_path / "sheet.tif", 1)
    assert pixels.shape == (3000, 5000) and pixels.min() == 255 and dpi == pytest.approx(300)


def test_a_telephones_second_picture_is_no_second_page(tmp_path: Path) -> None:
    page, preview = Image.fromarray(noise()), Image.fromarray(noise(60, 55))
    page.save(tmp_path / "photo.jpg", "MPO", save_all=True, append_images=[preview])
    with Image.open(tmp_path / "photo.jpg") as image:
        assert image.format == "MPO" and image.n_frames == 2  # type: ignore[attr-defined]
    assert count_frames(tmp_path / "photo.jpg") == 1


def test_other_files_are_told_what_is_read(tmp_path: Path) -> None:
    for name, data in (("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)),
                       ("a.eps", b"%!PS-Adobe-3.0 EPSF"), ("a.txt", b"words")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match="PNG, JPEG, TIFF, BMP, GIF, WebP, AVIF"):
            count_frames(tmp_path / name)


def test_a_telephones_heic_is_told_what_to_do_whatever_its_name_is(tmp_path: Path) -> None:
    whole = (Path(__file__).parents[2] / "fuzz" / "seeds" / "broken-page.heic").read_bytes()
    for name, data in (("a.heic", whole), ("a.jpg", whole), ("cut.heic", whole[:60])):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match="is a HEIC photograph, which is not read: save it as JPEG.*AVIF.* read"):
            count_frames(tmp_path / name)


KINDS = [kind for kind in ("PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP", "AVIF", "JPEG2000", "PPM")
         if kind not in ("AVIF",) or features.check("avif")]
VARIANTS: dict[str, list[dict[str, object]]] = {
    "TIFF": [{}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}, {"compression": "tiff_deflate"}],
    "JPEG": [{}, {"progressive": True}],
}
WHOLE = {}
for _kind in KINDS:
    for _number, _options in enumerate(VARIANTS.get(_kind, [{}])):
        _buffer = io.BytesIO()
        Image.fromarray(noise()).convert("RGB" if _kind != "GIF" else "P").save(_buffer, _kind, **_options)
        WHOLE[f"{_kind}-{_number}"] = _buffer.getvalue()


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=30)
@given(data=st.data())
def test_damaged_images_are_one_clear_line(name: str, data: st.DataObject,
                                           tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = WHOLE[name]
    damaged = bytearray(whole)
    # Half of the damage is done to the header, where it makes most of a difference.
    places = st.one_of(st.integers(0, min(200, len(whole) - 1)), st.integers(0, len(whole) - 1))
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(places)] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(damaged[: data.draw(st.one_of(st.just(len(whole)), st.integers(20, len(whole))))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            count_frames(path)
            pixels, dpi = load_frame(path, 1)
            assert pixels.ndim == 2 and pixels.dtype == np.uint8 and dpi == dpi
        except OmrError as error:
            assert "\n" not in str(error) and str(path) in str(error)


def test_pages_that_are_too_large_say_so(tmp_path: Path) -> None:
    (tmp_path / "huge.png").write_bytes(claims("PNG", "RGB", 20_000))
    with pytest.raises(PageSizeError, match=r"20000 x 20000 pixels \(RGB\), which takes 1.6 GB"):
        count_frames(tmp_path / "huge.png")
