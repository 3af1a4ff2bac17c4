"""The catalogue holds the last rows of every score, wherever a run is interrupted."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omr.errors import DataError
from omr.library import catalogue
from omr.library.catalogue import Row
from omr.library.store import Store

STEPS = st.lists(st.one_of(
    st.tuples(st.sampled_from(["a", "b/c", "b\udcff"]), st.integers(1, 3), st.sampled_from(["read", "no music"])),
    st.sampled_from(["fold", "half a fold"])), max_size=12)


def _row(score: str, page: int, key: str, status: str = "read") -> Row:
    return Row(score=score, source=f"{score}.pdf", page=page, hash="", status=status, seconds=1.5, measures=2, notes=3,
               doubts=4, version="1", weights="w", options="o", message="", key=key)


@settings(max_examples=40)
@given(STEPS)
def test_the_last_rows_of_each_score_are_read(steps: list[tuple[str, int, str] | str]) -> None:
    expected: dict[str, list[tuple[int, str, str]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        for number, step in enumerate(steps):
            if isinstance(step, tuple):
                score, pages, status = step
                catalogue.write_part([_row(score, page, str(number), status) for page in range(1, pages + 1)], store)
                expected[catalogue.printable(score)] = [(p, str(number), status) for p in range(1, pages + 1)]
            elif step == "fold":
                catalogue.fold(store)
            else:  # it wrote the catalogue, and was killed before it removed the parts
                parts = {path: path.read_bytes() for path in (Path(folder) / catalogue.PARTS).glob("*")}
                catalogue.fold(store)
                for path, data in parts.items():
                    path.write_bytes(data)
        table = catalogue.read(store)
    found: dict[str, list[tuple[int, str, str]]] = {}
    for row in table.to_pylist():
        found.setdefault(row["score"], []).append((row["page"], row["key"], row["status"]))
    assert found == expected
    known = catalogue.known_scores(table)
    assert {name: (k.key, k.has_music) for name, k in known.items()} == {
        name: (rows[0][1], rows[0][2] == "read") for name, rows in expected.items()}
    summary = catalogue.summarise(table, 1)
    assert (summary.scores, summary.notes) == (len(expected), 3 * table.num_rows)
    assert sum(summary.pages.values()) == table.num_rows and len(summary.unread) <= 1


def test_another_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    for content in (b"no Parquet", None):
        if content is None:
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table({"a": [1]}), tmp_path / catalogue.FILE)
        else:
            (tmp_path / catalogue.FILE).write_bytes(content)
        before = (tmp_path / catalogue.FILE).read_bytes()
        with pytest.raises(DataError, match=r"catalogue\.parquet is"):
            catalogue.fold(Store(str(tmp_path)))
        assert (tmp_path / catalogue.FILE).read_bytes() == before


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(tmp_path))
    store.write("folder/a", b"before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError):
        store.write("folder/a", b"after")
    assert store.read("folder/a") == b"before"
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["a"]
