"""Fonts of a PDF: the outline, the letters and the width of each code in a text.

Music fonts are often subsets with names and codes of their own, so neither name nor code says what a glyph is; its
outline always does. fontTools draws each glyph once. Everything here runs in the process of `omr.page.drawing`, and
tolerates damaged fonts: what is damaged has no outline, or no letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pikepdf
from fontTools import agl
from fontTools.cffLib import CFFFontSet
from fontTools.encodings.MacRoman import MacRoman
from fontTools.encodings.StandardEncoding import StandardEncoding
from fontTools.pens.basePen import BasePen
from fontTools.t1Lib import T1Font
from fontTools.ttLib import TTFont
from pikepdf import Name

from omr.page.vectors import Contours, Matrix

STEPS = 6
"""Straight pieces into which a curve is cut: enough to tell glyphs. A notehead is then right to a hundredth of its
height."""
MOST_POINTS = 20_000
"""Most points of an outline. The most ornate clefs have a thousand."""
MOST_FONT_BYTES = 40_000_000
"""Greatest unpacked size of a font, in bytes. Complete Chinese fonts have 20 MB."""
_T = np.linspace(0, 1, STEPS + 1)[1:, None]
BERNSTEIN = np.hstack([(1 - _T) ** 3, 3 * (1 - _T) ** 2 * _T, 3 * (1 - _T) * _T**2, _T**3])
"""Weights of the four control points of a Bézier curve at `STEPS` places along it."""
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>|\[|\]|(beginbfchar|endbfchar|beginbfrange|endbfrange|begincodespacerange"
                  rb"|endcodespacerange|begincidrange|endcidrange|begincidchar|endcidchar)|(\d+)")
_GLYPH_NUMBER = re.compile(r"^(?:[a-zA-Z]|cid|gid|glyph|uni)?\.?\d+$")
"""Names that programs give to glyphs of subsets ("g23", "cid00017"), which say nothing."""



class Flattened(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Collects contours. Curves are cut into short lines."""

    def __init__(self, glyphs: Any = None) -> None:
        super().__init__(glyphs)
        self.contours: list[list[tuple[float, float]]] = []
        self._points = 0

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self.contours.append([pt])

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self._count(1)
        self.contours[-1].append(pt)

    def _curveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]) -> None:
        self._count(STEPS)
        points = BERNSTEIN @ np.array([self._getCurrentPoint(), pt1, pt2, pt3], float)
        self.contours[-1] += [(x, y) for x, y in points.tolist()]

    def _count(self, points: int) -> None:
        self._points += points
        if self._points > MOST_POINTS:
            raise ValueError("an outline of too many points")

    def polygons(self) -> Contours:
        return [np.array(c) for c in self.contours if len(c) > 2]


@dataclass(frozen=True, eq=False)
class Code:
    """One code of a text.

    text: its letters, "" if they are not known.
    width: how far it moves the next glyph, in ems.
    outline: its number among the outlines of the font; -1 if it has none.
    is_space: whether it is the single byte 32, which word spacing makes wider.
    """

    text: str
    width: float
    outline: int
    is_space: bool


class Program:
    """A font program: outlines by glyph. Fields that do not exist in a kind of program are empty.

    names: glyph names by code, as the program itself has them.
    order: glyph names by number.
    """

    def __init__(self, glyphs: Any, matrix: Matrix, names: Mapping[int, str], order: list[str]):
        self.glyphs, self.matrix, self.names, self.order = glyphs, matrix, names, order
        self.cmaps: dict[tuple[int, int], dict[int, str]] = {}
        self.is_cid = False

    def contours(self, name: str) -> Contours:
        """The polygons of a glyph, in ems, y upwards. Empty if it has none, or is damaged."""
        pen = Flattened(self.glyphs)
        try:
            self.glyphs[name].draw(pen)
        except Exception:  # fontTools raises exceptions of any kind
            return []
        a, b, c, d, e, f = self.matrix
        linear, shift = np.array([[a, b], [c, d]]), np.array([e, f])
        return [polygon @ linear + shift for polygon in pen.polygons()]


def _read_program(descriptor: Any) -> Program | None:
    """The program in a font descriptor. None if there is none, or one that cannot be read."""
    readers: tuple[tuple[str, Callable[[bytes], Program | None]], ...] = (
        ("/FontFile3", _cff_or_opentype), ("/FontFile2", _truetype), ("/FontFile", _type1))
    for key, reader in readers:
        stream = descriptor.get(key) if descriptor is not None else None
        if isinstance(stream, pikepdf.Stream):
            try:
                data = stream.read_bytes()
                return reader(data) if len(data) <= MOST_FONT_BYTES else None
            except Exception:  # fontTools raises exceptions of any kind
                return None
    return None


def _cff_or_opentype(data: bytes) -> Program | None:
    if data[:4] in (b"OTTO", b"\0\1\0\0", b"true"):
        return _truetype(data)
    fonts = CFFFontSet()
    fonts.decompile(BytesIO(data), None)
    return _cff(fonts[0])


def _cff(top: Any) -> Program:
    encoding = getattr(top, "Encoding", None)
    listed = StandardEncoding if encoding == "StandardEncoding" else encoding if isinstance(encoding, list) else []
    names = {code: name for code, name in enumerate(listed) if name != ".notdef"}
    program = Program(top.CharStrings, _matrix(getattr(top, "FontMatrix", None)), names, list(top.charset))
    program.is_cid = hasattr(top, "ROS")
    return program


def _truetype(data: bytes) -> Program | None:
    font = TTFont(BytesIO(data), lazy=True, fontNumber=0)
    scale = 1 / (font["head"].unitsPerEm if "head" in font else 1000)
    if "CFF " in font:
        program = _cff(font["CFF "].cff[0])
    else:
        program = Program(font.getGlyphSet(), (scale, 0.0, 0.0, scale, 0.0, 0.0), {}, font.getGlyphOrder())
    if "cmap" in font:
        program.cmaps = {(table.platformID, table.platEncID): table.cmap for table in font["cmap"].tables
                         if hasattr(table, "cmap")}
    return program


def _type1(data: bytes) -> Program | None:
    with TemporaryDirectory(prefix="omr-") as folder:  # fontTools reads Type 1 fonts from files only
        path = Path(folder) / "font.pfa"
        path.write_bytes(data)
        font = T1Font(str(path), kind="OTHER")
        font.parse()
    encoding = font.font.get("Encoding")
    listed = StandardEncoding if encoding == "StandardEncoding" else list(encoding or [])
    names = {code: str(name) for code, name in enumerate(listed) if str(name) != ".notdef"}
    return Program(font.getGlyphSet(), _matrix(font.font.get("FontMatrix")), names, list(font["CharStrings"]))


def _matrix(values: Any) -> Matrix:
    numbers = [float(v) for v in values or ()]
    return tuple(numbers) if len(numbers) == 6 else (0.001, 0.0, 0.0, 0.001, 0.0, 0.0)  # type: ignore[return-value]


class Font:
    """A font as a page uses it.

    name: as the PDF calls it, without the tag of a subset.
    outlines: of the codes that occurred so far.
    code_bytes: length of a code in bytes.
    is_type3: whether its glyphs are small pages of their own, which `omr.page.content` draws.
    drawn: for such a font, the outlines by code, -1 for none.
    """

    def __init__(self, entry: Any):
        self.entry = entry
        self.is_type3 = entry.get("/Subtype") == Name.Type3
        self.name = str(entry.get("/BaseFont", "")).lstrip("/").split("+", 1)[-1]
        self.outlines: list[Contours] = []
        self.drawn: dict[int, int] = {}
        self._codes: dict[bytes, Code] = {}
        self._unicode = _to_unicode(entry.get("/ToUnicode"))
        self.code_bytes = 1
        self.is_wide = entry.get("/Subtype") == Name.Type0
        descendant = entry.get("/DescendantFonts")[0] if self.is_wide else entry
        self._program = _read_program(descendant.get("/FontDescriptor"))
        self.has_program = self._program is not None
        self._widths: Callable[[int], float | None]
        if self.is_wide:
            self._read_wide(descendant)
        else:
            self._read_simple()

    def code(self, raw: bytes) -> Code:
        """What a code stands for."""
        if raw not in self._codes:
            self._codes[raw] = self._look_up(raw)
        return self._codes[raw]

    def _look_up(self, raw: bytes) -> Code:
        number = int.from_bytes(raw, "big")
        glyph = self._wide_glyph(number) if self.is_wide else self._simple_glyph(number)
        outline = -1
        if glyph is not None and self._program is not None:
            contours = self._program.contours(glyph)
            if contours:
                outline = len(self.outlines)
                self.outlines.append(contours)
        text = self._unicode.get(number)
        if text is None:
            text = "" if self.is_wide else self._simple_text(number)
        width = self._widths(number)
        return Code(text, 0.0 if width is None else width, outline, raw == b" ")

    # ---- two bytes a code ------------------------------------------------------------------------------------

    def _read_wide(self, descendant: Any) -> None:
        self.code_bytes, self._cids = 2, None
        encoding = self.entry.get("/Encoding")
        if isinstance(encoding, pikepdf.Stream):
            self.code_bytes, self._cids = _cmap(encoding.read_bytes())
        to_gid = descendant.get("/CIDToGIDMap")
        self._gids = to_gid.read_bytes() if isinstance(to_gid, pikepdf.Stream) else b""
        usual = float(descendant.get("/DW", 1000))
        widths = _wide_widths(descendant.get("/W"))
        self._widths = lambda number: widths.get(self._cid(number), usual) / 1000

    def _cid(self, number: int) -> int:
        return number if self._cids is None else self._cids.get(number, 0)

    def _wide_glyph(self, number: int) -> str | None:
        program, cid = self._program, self._cid(number)
        if program is None:
            return None
        if program.is_cid:
            name = f"cid{cid:05d}"
            return name if name in program.glyphs else None
        if self._gids:
            cid = int.from_bytes(self._gids[2 * cid:2 * cid + 2], "big")
        return program.order[cid] if cid < len(program.order) else None

    # ---- one byte a code -------------------------------------------------------------------------------------

    def _read_simple(self) -> None:
        entry = self.entry
        first = int(entry.get("/FirstChar", 0))
        listed = [float(v) for v in entry.get("/Widths", [])]
        unit = abs(float(entry.get("/FontMatrix", [0.001])[0])) if self.is_type3 else 0.001
        missing = float((entry.get("/FontDescriptor") or {}).get("/MissingWidth", 0))
        self._widths = lambda number: (listed[number - first] if 0 <= number - first < len(listed) else missing) * unit
        flags = int((entry.get("/FontDescriptor") or {}).get("/Flags", 0))
        encoding = entry.get("/Encoding")
        base = encoding if isinstance(encoding, Name) else (encoding or {}).get("/BaseEncoding")
        self._names: dict[int, str] = {}
        self._is_symbolic = base is None and bool(flags & 4)
        if base == Name.WinAnsiEncoding or base is None and not flags & 4 and encoding is not None:
            self._names = dict(_WIN_ANSI)
        elif base == Name.MacRomanEncoding:
            self._names = {i: name for i, name in enumerate(MacRoman) if name != ".notdef"}
        elif self._program is not None and self._program.names:
            self._names = dict(self._program.names)
        elif not self._is_symbolic:
            self._names = {i: name for i, name in enumerate(StandardEncoding) if name != ".notdef"}
        if isinstance(encoding, pikepdf.Dictionary):
            number = 0
            for item in encoding.get("/Differences", []):
                if isinstance(item, Name):
                    self._names[number] = str(item)[1:]
                    number += 1
                else:
                    number = int(item)

    def glyph_name(self, number: int) -> str:
        """The name of a code's glyph, "" if it has none."""
        return self._names.get(number, "")

    def _simple_glyph(self, number: int) -> str | None:
        program, name = self._program, self._names.get(number)
        if program is None:
            return None
        if not program.cmaps:
            if name in program.glyphs:
                return name
            return program.order[number] if not program.names and number < len(program.order) else None
        if name is not None and not self._is_symbolic:
            letters = agl.toUnicode(name)
            found = program.cmaps.get((3, 1), {}).get(ord(letters)) if len(letters) == 1 else None
            if found is not None:
                return found
            if name in program.order:
                return name
        for table in ((3, 0), (1, 0), (3, 1), (0, 3), (0, 1), (0, 0)):
            cmap = program.cmaps.get(table, {})
            for code in (number, 0xF000 + number):
                if code in cmap:
                    return cmap[code]
        return None

    def _simple_text(self, number: int) -> str:
        name = self._names.get(number)
        if name is None and self._is_symbolic:
            name = self._simple_glyph(number) or ""  # a font with an encoding of its own may still name its glyphs
        if name is None:
            return chr(number)
        return "" if _GLYPH_NUMBER.match(name) and not name.startswith("uni") else agl.toUnicode(name)


def _win_ansi() -> dict[int, str]:
    names = {}
    for number in range(32, 256):
        try:
            letter = bytes([number]).decode("cp1252")
        except UnicodeDecodeError:
            continue
        name = agl.UV2AGL.get(ord(letter))
        if name is not None:
            names[number] = name
    return names


_WIN_ANSI = _win_ansi()


def _wide_widths(listed: Any) -> dict[int, float]:
    """Widths by CID: runs of "first [w w w]" and "first last w"."""
    widths: dict[int, float] = {}
    items = list(listed or ())
    i = 0
    while i + 1 < len(items):
        first = int(items[i])
        if isinstance(items[i + 1], pikepdf.Array):
            widths.update((first + k, float(w)) for k, w in enumerate(items[i + 1]))
            i += 2
        elif i + 2 < len(items):
            last = min(int(items[i + 1]), first + 65535)
            widths.update(dict.fromkeys(range(first, last + 1), float(items[i + 2])))
            i += 3
        else:
            break
    return widths


def _to_unicode(stream: Any) -> dict[int, str]:
    """Letters by code, from a ToUnicode table."""
    if not isinstance(stream, pikepdf.Stream):
        return {}
    try:
        data = stream.read_bytes()
    except pikepdf.PdfError:
        return {}
    found: dict[int, str] = {}
    for kind, group in _groups(data):
        if kind == b"bfchar":
            for code, text in zip(group[::2], group[1::2], strict=False):
                if isinstance(code, bytes) and isinstance(text, bytes):
                    found[int.from_bytes(code, "big")] = _utf16(text)
        elif kind == b"bfrange":
            for low, high, text in zip(group[::3], group[1::3], group[2::3], strict=False):
                if isinstance(low, bytes) and isinstance(high, bytes):
                    start, stop = int.from_bytes(low, "big"), int.from_bytes(high, "big")
                    for k in range(min(stop - start + 1, 65536)):
                        if isinstance(text, list):
                            found.update({start + k: _utf16(text[k])} if k < len(text) else {})
                        elif isinstance(text, bytes) and text:
                            last = (int.from_bytes(text, "big") + k) % 256 ** len(text)
                            found[start + k] = _utf16(last.to_bytes(len(text), "big"))
    return found


def _cmap(data: bytes) -> tuple[int, dict[int, int] | None]:
    """The length of codes in bytes and CIDs by code, from an embedded CMap. None instead of a table if codes are
    CIDs."""
    size = 2
    cids: dict[int, int] = {}
    for kind, group in _groups(data):
        if kind == b"codespacerange" and group and isinstance(group[0], bytes):
            size = max(1, len(group[0]))
        elif kind == b"cidrange":
            for low, high, cid in zip(group[::3], group[1::3], group[2::3], strict=False):
                if isinstance(low, bytes) and isinstance(high, bytes) and isinstance(cid, int):
                    start, stop = int.from_bytes(low, "big"), int.from_bytes(high, "big")
                    cids.update((start + k, cid + k) for k in range(min(stop - start + 1, 65536)))
        elif kind == b"cidchar":
            cids.update((int.from_bytes(code, "big"), cid) for code, cid in zip(group[::2], group[1::2], strict=False)
                        if isinstance(code, bytes) and isinstance(cid, int))
    return size, cids or None


def _groups(data: bytes) -> list[tuple[bytes, list[Any]]]:
    """What stands between each "begin..." and its "end...": strings, numbers, lists of strings."""
    groups: list[tuple[bytes, list[Any]]] = []
    inner: list[Any] | None = None
    for match in _HEX.finditer(data):
        text, word, number = match.groups()
        if word is not None:
            groups += [(word[5:], [])] if word.startswith(b"begin") else []
        elif not groups:
            continue
        elif match[0] == b"[":
            inner = []
        elif match[0] == b"]":
            groups[-1][1].append(inner or [])
            inner = None
        else:
            value = int(number) if number is not None else _bytes_of(text)
            (groups[-1][1] if inner is None else inner).append(value)
    return groups


def _bytes_of(text: bytes) -> bytes:
    digits = b"".join(text.split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())


def _utf16(data: Any) -> str:
    return data.decode("utf-16-be", "ignore").replace("\0", "") if isinstance(data, bytes) else ""
