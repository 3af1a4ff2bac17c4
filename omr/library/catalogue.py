"""What became of every page: one row a page, in `catalogue.parquet` below the destination.

The rows of a score are first written to a small file of their own, a part; parts are folded into the catalogue
thousands at a time. Each file is written whole, and a part is removed only when the catalogue has its rows, so
that after an interruption a row may stand in both, and is then taken from the part, but is never lost.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from omr.errors import DataError
from omr.library.store import HIDDEN, Store

FILE = "catalogue.parquet"
PARTS = f"{HIDDEN}/parts"
SOURCE = "omr_source"
"""Under this name the catalogue's metadata hold the URL of what was read."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A page, and what became of it.

    score: as `ScoreFiles.name`. source: its file, below the source; page: its number there from 1, 0 for a file that
    could not be opened. hash: SHA-256 of the file. status: as `omr.library.reader.Status`; message: why, if the page
    was not read. seconds: of reading it, and its share of composing the score. measures: how many begin on it; notes,
    doubts: on it, in all parts. version, weights, options: what read it: this program's version, SHA-256 of the
    weights, languages of words. key: names the score's files, by their hashes, the weights and the options.
    """

    score: str
    source: str
    page: int
    hash: str
    status: str
    seconds: float
    measures: int
    notes: int
    doubts: int
    version: str
    weights: str
    options: str
    message: str
    key: str


_TYPES = {"str": pa.string(), "int": pa.int32(), "float": pa.float32()}
SCHEMA = pa.schema([(field.name, _TYPES[str(field.type)]) for field in fields(Row)])


def printable(name: str) -> str:
    """A name as it stands in the catalogue, which is Unicode: file names on disks may be other bytes."""
    return name.encode("utf-8", "backslashreplace").decode()


def part_name(score: str) -> str:
    """Where the rows of a score stand until they are folded into the catalogue."""
    return f"{PARTS}/{hashlib.sha256(printable(score).encode()).hexdigest()[:32]}.parquet"


def write_part(rows: Sequence[Row], dest: Store) -> None:
    """Write the rows of a score."""
    plain = [{k: printable(v) if isinstance(v, str) else v for k, v in asdict(row).items()} for row in rows]
    dest.write(part_name(rows[0].score), _bytes(pa.Table.from_pylist(plain, SCHEMA)))


def read(dest: Store) -> pa.Table:
    """All rows, those not yet folded too. Raises DataError if the catalogue is broken or another program's."""
    return _read(dest)[0]


def fold(dest: Store, source: str = "") -> pa.Table:
    """Put the rows of all parts into the catalogue, in the order of their scores; all rows. One process at a time.

    source: URL of what is read, which the catalogue keeps as metadata of the file; "" leaves it as it is.
    """
    table, parts = _read(dest)
    known = source_of(dest)
    if parts or (table.num_rows and source not in ("", known)):
        table = table.sort_by([("score", "ascending"), ("source", "ascending"), ("page", "ascending")])
        dest.write(FILE, _bytes(table.replace_schema_metadata({SOURCE: source or known})))
        for part in parts:
            dest.remove(part)
    return table


def source_of(dest: Store) -> str:
    """URL of what was read into the catalogue last; "" if it does not say."""
    try:
        metadata = pq.read_schema(pa.BufferReader(dest.read(FILE))).metadata or {}
    except (FileNotFoundError, pa.ArrowInvalid):
        return ""
    return str(metadata.get(SOURCE.encode(), b"").decode())


def _read(dest: Store) -> tuple[pa.Table, list[str]]:
    """All rows, and the names of the parts among them. Parts are read first: one that another process folds meanwhile
    is in the catalogue by then."""
    parts: dict[str, pa.Table] = {}
    for name in _files(dest, PARTS):
        part = f"{PARTS}/{name}"
        try:
            parts[part] = _table(dest, part)
        except FileNotFoundError:
            continue
    try:
        table = _table(dest, FILE)
    except FileNotFoundError:
        table = SCHEMA.empty_table()
    if parts:
        newer = pa.concat_tables(parts.values())
        older = table.filter(pc.invert(pc.is_in(table["score"], newer["score"].combine_chunks())))
        table = pa.concat_tables([older, newer])
    return table, list(parts)


def _files(dest: Store, folder: str) -> list[str]:
    try:
        return dest.list(folder)[1]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _table(dest: Store, name: str) -> pa.Table:
    try:
        table = pq.read_table(pa.BufferReader(dest.read(name)))
    except pa.ArrowInvalid as error:
        raise DataError(f"{dest.url}/{name} is broken: {error}") from error
    if table.schema.names != SCHEMA.names:
        raise DataError(f"{dest.url}/{name} is no catalogue of this program")
    return table.cast(SCHEMA)


def _bytes(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


# ---- what it says ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """A score in the catalogue. key: as in `Row`; has_music: one of its pages was read, so that there is MusicXML;
    is_whole: all of its pages were read, or have no music."""

    key: str
    has_music: bool
    is_whole: bool


def known_scores(table: pa.Table) -> dict[str, Known]:
    """The scores in a catalogue, by name."""
    found: dict[str, Known] = {}
    for batch in table.select(["score", "key", "status"]).to_batches(max_chunksize=65536):
        for score, key, status in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            before = found.get(score, Known(key, False, True))
            found[score] = Known(key, before.has_music or status == "read",
                                 before.is_whole and status in ("read", "no music"))
    return found


@dataclass(frozen=True)
class Summary:
    """A catalogue in figures. pages: status -> how many; unread: rows of pages that were not read, at most as many as
    asked for."""

    scores: int
    scores_with_music: int
    pages: Mapping[str, int]
    measures: int
    notes: int
    doubts: int
    seconds: float
    versions: Sequence[str]
    weights: Sequence[str]
    unread: Sequence[Mapping[str, Any]]


def summarise(table: pa.Table, most_unread: int) -> Summary:
    """The figures of a catalogue."""
    read = table.filter(pc.equal(table["status"], "read"))
    unread = table.filter(pc.not_equal(table["status"], "read"))
    return Summary(
        scores=_different(table["score"]), scores_with_music=_different(read["score"]),
        pages=dict(Counter(_values(table["status"]))),
        **{name: int(pc.sum(table[name]).as_py() or 0) for name in ("measures", "notes", "doubts")},
        seconds=float(pc.sum(table["seconds"]).as_py() or 0),
        versions=sorted(set(table["version"].unique().to_pylist())),
        weights=sorted(set(table["weights"].unique().to_pylist())), unread=unread.slice(0, most_unread).to_pylist())


def _values(column: pa.ChunkedArray) -> Iterable[str]:
    values: list[str] = column.to_pylist()
    return values


def _different(column: pa.ChunkedArray) -> int:
    return len(column.unique())
