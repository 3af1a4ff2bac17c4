"""PAGE XML of newspaper pages (Pletschacher and Antonacopoulos, ICPR 2010): articles and advertisements as regions.

An article is a group of the reading order (`RegionRefIndexed`s in an `OrderedGroupIndexed` or `UnorderedGroup`); a text
region in no group is an article of its own. Headings, images and advertisements are told by their element and type.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from lxml import etree

from companions.press import Article
from companions.pressparts import Part
from companions.typeset import CLASSES, HEIGHT, WIDTH, Sheet
from omr.errors import DataError
from omr.files import check_size, replacing
from omr.limits import MOST_PX, MOST_XML_BYTES

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_KINDS = {"TextRegion": "text", "ImageRegion": "picture", "GraphicRegion": "picture", "AdvertRegion": "nuisance",
          "TableRegion": "nuisance"}
_HEADS = ("heading", "headline", "header")


def write(
    path: Path, image: str, shape: tuple[int, int], articles: Sequence[Article], parts: Sequence[Part] = (),
    when: datetime | None = None,
) -> None:
    """The regions of a page of `shape` (H, W) pixels.

    Every article is a group of the reading order with its headlines, columns and pictures, as `parts` lists them; one
    without parts is a single text region. Advertisements and the like stand in no group.
    """
    root = etree.Element(_q("PcGts"), nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # None: the default namespace
    metadata = etree.SubElement(root, _q("Metadata"))
    stamp = (when or datetime.now(UTC)).replace(microsecond=0, tzinfo=None).isoformat()
    for name, text in (("Creator", "omr press"), ("Created", stamp), ("LastChange", stamp)):
        etree.SubElement(metadata, _q(name)).text = text
    page = etree.SubElement(root, _q("Page"), imageFilename=image, imageWidth=str(shape[1]), imageHeight=str(shape[0]))
    reading = etree.SubElement(page, _q("ReadingOrder"))
    order = etree.SubElement(reading, _q("UnorderedGroup"), id="articles")
    stories = [a for a in articles if a.kind == "article"]
    for number, article in enumerate(stories, 1):
        own = [p for p in parts if p.article == number] or [Part("text", number, p) for p in article.polygons]
        group = etree.SubElement(order, _q("OrderedGroup"), id=f"article{number}")
        for i, part in enumerate(own):
            name = f"article{number}-{i + 1}"
            etree.SubElement(group, _q("RegionRefIndexed"), index=str(i), regionRef=name)
            _region(page, name, part)
    for number, advert in enumerate((a for a in articles if a.kind != "article"), 1):
        _coords(etree.SubElement(page, _q("AdvertRegion"), id=f"advert{number}"), advert.polygons[0])
    if not len(order):
        page.remove(reading)
    with replacing(path) as temporary:
        etree.ElementTree(root).write(str(temporary), xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _q(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _region(page: etree._Element, name: str, part: Part) -> None:
    """A headline, a column of text or a picture."""
    region = etree.SubElement(page, _q("ImageRegion" if part.kind == "picture" else "TextRegion"), id=name)
    if part.kind != "picture":
        region.set("type", "heading" if part.kind == "headline" else "paragraph")
    _coords(region, part.polygon)
    if part.text:
        equivalent = etree.SubElement(region, _q("TextEquiv"))
        # XML has no place for most control characters, such as the form feed that ends a page.
        etree.SubElement(equivalent, _q("Unicode")).text = "".join(c for c in part.text if c.isprintable() or c == "\n")


def _coords(region: etree._Element, polygon: np.ndarray) -> None:
    points = " ".join(f"{max(round(x), 0)},{max(round(y), 0)}" for x, y in polygon)
    etree.SubElement(region, _q("Coords"), points=points)


def read(path: Path) -> tuple[str, tuple[int, int], list[tuple[str, int, np.ndarray]]]:
    """(image, shape (H, W), (kind of `CLASSES`, article from 1 or 0, polygon (N, 2) x, y) of every region), of any
    version of the schema. Raises DataError."""
    try:
        check_size(path, MOST_XML_BYTES)
        root = etree.parse(str(path)).getroot()
    except (OSError, ValueError, etree.XMLSyntaxError) as error:
        raise DataError(f"{path} is no XML: {error}") from error
    page = root.find("{*}Page")
    if page is None:
        raise DataError(f"{path} is no PAGE XML: it has no Page")
    try:
        shape = int(page.get("imageHeight", 0)), int(page.get("imageWidth", 0))
    except ValueError as error:
        raise DataError(f"{path}: its Page has a size that is no number") from error
    group_of: dict[str, int] = {}
    groups = 0
    for group in page.iterfind("{*}ReadingOrder//{*}*"):
        own = [r.get("regionRef") for r in group if etree.QName(r).localname.startswith("RegionRef")]
        inner = group.getparent() is not None and etree.QName(group.getparent()).localname != "ReadingOrder"
        if own and inner:
            groups += 1
            group_of.update({str(name): groups for name in own})
    regions = []
    for region in page:
        kind = _KINDS.get(etree.QName(region).localname)
        coords = region.find("{*}Coords")
        if kind is None or coords is None:
            continue
        try:
            points = np.array([[float(v) for v in p.split(",")] for p in coords.get("points", "").split()])
        except ValueError as error:
            raise DataError(f"{path}: region {region.get('id')} has points that are no numbers") from error
        if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3 or not (np.abs(points) <= MOST_PX).all():
            raise DataError(f"{path}: region {region.get('id')} has no area")
        number = group_of.get(region.get("id", ""), 0)
        if not number and kind == "text":
            groups += 1
            number = groups
        if kind == "text" and region.get("type", "") in _HEADS:
            kind = "headline"
        regions.append((kind, 0 if kind == "nuisance" else number, points))
    return page.get("imageFilename", ""), shape, regions


def sheets(folder: Path) -> list[Sheet]:
    """The pages of a collection to train on: every PAGE XML of a folder (or of its `page` folder) with its image, made
    as wide as typeset ones and cut or filled to their height. Raises DataError."""
    files = sorted([*folder.glob("*.xml"), *folder.glob("page/*.xml")])
    made = []
    for path in files:
        image, shape, regions = read(path)
        found = [p for p in (path.parent / image, folder / image, folder / Path(image).name) if p.is_file()]
        pixels = cv2.imread(str(found[0]), cv2.IMREAD_GRAYSCALE) if found else None
        if pixels is None:
            raise DataError(f"{path}: its image {image} is not there, or is none")
        scale = WIDTH / (shape[1] or pixels.shape[1])
        small = cv2.resize(pixels, (WIDTH, round(pixels.shape[0] * WIDTH / pixels.shape[1])),
                           interpolation=cv2.INTER_AREA)
        label, article = np.zeros(small.shape, np.uint8), np.zeros(small.shape, np.int16)
        # Outlines have no holes: what is smaller stands in front.
        for kind, number, polygon in sorted(regions, key=lambda r: -cv2.contourArea(r[2].astype(np.float32))):
            corners = [np.round(polygon * scale).astype(np.int32)]
            cv2.fillPoly(label, corners, CLASSES.index(kind))
            cv2.fillPoly(article, corners, number)
        made.append(Sheet(*(_high(a, fill) for a, fill in ((small, 255), (label, 0), (article, 0)))))
    if not made:
        raise DataError(f"{folder} holds no PAGE XML")
    return made


def _high(values: np.ndarray, fill: int) -> np.ndarray:
    return np.pad(values[:HEIGHT], ((0, max(HEIGHT - len(values), 0)), (0, 0)), constant_values=fill)
