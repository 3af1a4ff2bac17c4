"""Makes the words of a Verovio page drawable: musical signs among them become glyphs, and titles lose what renderers
cannot handle.

Verovio writes "mf dolce" or a metronome mark as one text that changes to a music font in the middle. The text renderer
has no music fonts, and would leave the signs out. So each sign becomes a `<use>` of its outline, which is drawn and
labelled like every other glyph, and the words around it get places of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lxml import etree

from deepscores.svg import TextBounds

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_SIGN = re.compile(r"[\ue000-\uf8ff]")
_BOLD = frozenset({"ending", "fing", "reh", "tempo"})
_ITALIC = frozenset({"dir", "dynam", "mNum"})
"""Groups whose words are bold or italic by Verovio's style sheet."""
_PLAIN_FONT = "Leipzig"
"""Verovio's own fallback for a sign that a font lacks."""


@dataclass
class _Leaf:
    """A piece of text with one style, and where its line starts."""

    element: etree._Element
    x: float
    y: float
    size: float
    anchor: str
    bold: bool
    italic: bool

    @property
    def words(self) -> str:
        """The text itself, "" if there is none."""
        return self.element.text or ""


def settle_words(svg: str, font: str, bounds: TextBounds, resources: Path) -> str:
    """The page with every musical sign inside a text turned into a glyph, and with bold and italic written at the texts
    instead of in the style sheet. resources: Verovio's data folder."""
    root = etree.fromstring(svg.encode())
    definitions = root.find(f"{_SVG}defs")
    known: set[str] = set()
    for text in list(root.iter(f"{_SVG}text")):
        for title in list(text.iter(f"{_SVG}title")):
            _parent(title).remove(title)  # the renderer reads it as text, and then loses its place
        _write_style(text)
        for line in _lines(text):
            if any(_SIGN.search(leaf.words) for leaf in line):
                _settle(line, _parent(text), font, bounds, resources, known)
    for name in sorted(known):
        code, family = name.removesuffix("-words").split("-", 1)
        outline = etree.fromstring((resources / family / f"{code}.xml").read_bytes())
        outline.set("id", name)
        for element in outline.iter():
            element.tag = f"{_SVG}{etree.QName(element).localname}"
        assert definitions is not None  # every page of Verovio's has definitions
        definitions.append(outline)
    return etree.tostring(root, encoding="unicode")


def _parent(element: etree._Element) -> etree._Element:
    """The element that contains this one, which must not be the root."""
    parent = element.getparent()
    assert parent is not None
    return parent


def _write_style(text: etree._Element) -> None:
    groups = {(g.get("class") or "").split(" ")[0] for g in text.iterancestors(f"{_SVG}g")}
    if groups & _BOLD and not text.get("font-weight"):
        text.set("font-weight", "bold")
    if groups & _ITALIC and not text.get("font-style"):
        text.set("font-style", "italic")


def _lines(text: etree._Element) -> list[list[_Leaf]]:
    """The leaves of a text: one list for every place at which it starts anew."""
    lines: list[list[_Leaf]] = [[]]

    def descend(e: etree._Element, at: _Leaf) -> None:
        here = _Leaf(e, at.x, at.y, at.size, e.get("text-anchor") or at.anchor,
                     e.get("font-weight", "bold" if at.bold else "") == "bold",
                     e.get("font-style", "italic" if at.italic else "") in ("italic", "oblique"))
        if e.get("x") or e.get("y"):
            here.x, here.y = float(e.get("x") or at.x), float(e.get("y") or at.y)
            lines.append([])
        size = e.get("font-size")
        if size:
            here.size = float(size.removesuffix("px"))
        if e.text and e.text.strip():
            lines[-1].append(here)
        for child in e:
            if isinstance(child.tag, str):
                descend(child, here)

    descend(text, _Leaf(text, 0.0, 0.0, 0.0, "start", False, False))
    return [line for line in lines if line]


def _settle(
    line: list[_Leaf], group: etree._Element, font: str, bounds: TextBounds, resources: Path, known: set[str]
) -> None:
    """Give every leaf of a line its own place. Leaves in a music font become glyphs in `group`."""
    places: list[float] = []
    cursor = 0.0
    for leaf in line:
        places.append(cursor)
        cursor += sum(a for _, a in _signs(leaf, font, resources)) or _advance(leaf, bounds)
    start = line[0].x - {"middle": cursor / 2, "end": cursor}.get(line[0].anchor, 0.0)
    for leaf, place in zip(line, places, strict=True):
        x = start + place
        signs = list(_signs(leaf, font, resources))
        words = leaf.words
        if not signs:
            lead = len(words) - len(words.lstrip())
            leaf.element.text = _SIGN.sub(" ", words).strip()
            leaf.element.set("x", f"{x + lead * 0.25 * leaf.size:.1f}")
            leaf.element.set("y", f"{leaf.y:.1f}")
            leaf.element.set("text-anchor", "start")
            continue
        leaf.element.text = ""
        for name, advance in signs:
            if name:
                known.add(name)
                use = etree.SubElement(group, f"{_SVG}use")
                use.set(_HREF, f"#{name}")
                scale = leaf.size / 1000
                use.set("transform", f"translate({x:.1f}, {leaf.y:.1f}) scale({scale:.4f}, {scale:.4f})")
            x += advance


def _signs(leaf: _Leaf, font: str, resources: Path) -> Iterator[tuple[str, float]]:
    """(name of the definition, advance) of each sign in a leaf with a music font; nothing for a leaf with a text
    font."""
    family = leaf.element.get("font-family", "")
    words = leaf.words
    if not _SIGN.search(words) or (not family and _SIGN.sub("", words).strip()):
        return
    spacing = float(leaf.element.get("letter-spacing", "0").removesuffix("px"))
    for sign in words:
        code = f"{ord(sign):04X}"
        for candidate in (family, font, _PLAIN_FONT):
            advance = _advances(str(resources / f"{candidate}.xml")).get(code)
            if advance is not None:
                yield f"{code}-{candidate}-words", advance * leaf.size / 1000 + spacing
                break
        else:
            yield "", leaf.size * 0.25


def _advance(leaf: _Leaf, bounds: TextBounds) -> float:
    return bounds(_SIGN.sub(" ", leaf.words), leaf.size, leaf.bold, leaf.italic).advance


@lru_cache(maxsize=16)
def _advances(path: str) -> dict[str, float]:
    """Code point (hex) -> advance width in thousandths of the font's size."""
    if not Path(path).exists():
        return {}
    glyphs = (g for g in etree.parse(path).getroot() if g.get("c"))
    return {g.get("c", ""): float(g.get("h-a-x") or g.get("w") or "") for g in glyphs}
