"""A score of a library is found by its MusicXML, with its scans in the order of their pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from omr.errors import DataError, InputError

pytest.importorskip("distributed")

from omr.library import catalogue  # noqa: E402
from omr.library.catalogue import Row  # noqa: E402
from omr.library.entry import fetch, find_entry  # noqa: E402
from omr.library.store import Store  # noqa: E402


@pytest.fixture
def source(tmp_path: Path) -> Store:
    (tmp_path / "scans" / "a").mkdir(parents=True)
    for name in ("page9.png", "page10.png"):
        (tmp_path / "scans" / "a" / name).write_text(name)
    return Store(str(tmp_path / "scans"))


@pytest.fixture
def dest(tmp_path: Path, source: Store) -> Store:
    """The catalogue of a library with one score of two images."""
    dest = Store(str(tmp_path / "read"))
    rows = [Row(score="a", source=f"a/{name}", page=1, hash=source.sha256(f"a/{name}"), status="read", seconds=1.0,
                measures=2, notes=3, doubts=0, version="1", weights="w", options="languages=deu,eng", message="",
                key="k") for name in ("page10.png", "page9.png")]
    catalogue.write_part(rows, dest)
    catalogue.fold(dest, source.url)
    dest.write("a.musicxml", b"")
    return dest


def test_an_entry_and_its_scans(source: Store, dest: Store, tmp_path: Path) -> None:
    entry = find_entry(Path(dest.root) / "a.musicxml")
    assert entry is not None
    assert (entry.score, entry.source, entry.languages, entry.weights) == ("a", source.url, ("deu", "eng"), "w")
    (tmp_path / "copies").mkdir()
    paths = fetch(entry, entry.source, tmp_path / "copies")
    assert [path.read_text() for path in paths] == ["page9.png", "page10.png"]


def test_scans_that_changed_or_went_are_refused(source: Store, dest: Store, tmp_path: Path) -> None:
    entry = find_entry(Path(dest.root) / "a.musicxml")
    assert entry is not None
    (tmp_path / "copies").mkdir()
    source.write("a/page10.png", b"another page")
    with pytest.raises(InputError, match="page10.png has changed"):
        fetch(entry, entry.source, tmp_path / "copies")
    source.remove("a/page9.png")
    with pytest.raises(InputError, match="page9.png cannot be fetched"):
        fetch(entry, entry.source, tmp_path / "copies")


def test_what_is_no_entry(dest: Store, tmp_path: Path) -> None:
    assert find_entry(tmp_path / "a.musicxml") is None
    with pytest.raises(DataError, match="knows no score b/c"):
        find_entry(Path(dest.root) / "b" / "c.musicxml")


def test_a_catalogue_that_does_not_say_where_it_was_read_from_learns_it(dest: Store) -> None:
    older = catalogue.read(dest).replace_schema_metadata(None)
    dest.write(catalogue.FILE, catalogue._bytes(older))
    assert catalogue.source_of(dest) == ""
    catalogue.fold(dest)
    assert catalogue.source_of(dest) == ""
    catalogue.fold(dest, "s3://scans")
    catalogue.fold(dest)
    assert catalogue.source_of(dest) == "s3://scans" and catalogue.read(dest).num_rows == 2
