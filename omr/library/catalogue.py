"""What became of every page: one row for each page, in `catalogue.parquet` at the destination.

The rows of a score are first written to a small file of their own, called a part. Parts are folded into the catalogue
thousands at a time. Each file is written completely or not at all, and a part is removed only when the catalogue has
its rows. So after an interruption a row may stand in both files (then the part's row counts), but no row is lost.
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
"""The key in the catalogue's metadata under which the URL of the source stands."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A page, and what became of it.

    score: as `ScoreFiles.name`.
    source: its file, relative to the source.
    page: its number in the file, from 1; 0 for a file that could not be opened.
    hash: SHA-256 of the file.
    status: as `omr.library.reader.Status`.
    message: why the page could not be read.
    seconds: for reading the page, plus its share of composing the score.
    measures: how many begin on the page.
    notes, doubts: how many the page has, in all parts.
    version, weights, options: this program's version, SHA-256 of the weights, and languages of the words.
    key: identifies all of this: hashes of the score's files, weights and options.
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
    """The name as it is written in the catalogue, which is Unicode. File names on disks may be other bytes."""
    return name.encode("utf-8", "backslashreplace").decode()


def part_name(score: str) -> str:
    """Name of the file that holds the rows of a score until they are in the catalogue."""
    return f"{PARTS}/{hashlib.sha256(printable(score).encode()).hexdigest()[:32]}.parquet"


def write_part(rows: Sequence[Row], dest: Store) -> None:
    """Write the rows of a score."""
    plain = [{k: printable(v) if isinstance(v, str) else v for k, v in asdict(row).items()} for row in rows]
    dest.write(part_name(rows[0].score), _bytes(pa.Table.from_pylist(plain, SCHEMA)))


def read(dest: Store) -> pa.Table:
    """All rows, including those that are not in the catalogue yet. Raises DataError if the catalogue is damaged, or was
    not written by this program."""
    return _read(dest)[0]


def fold(dest: Store, source: str = "") -> pa.Table:
    """Put the rows of all parts into the catalogue, sorted by score. Returns all rows. Only one process at a time may
    do this.

    source: URL of the source, which is kept in the catalogue's metadata. "" leaves it as it is.
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
    """URL of the source that was last read into the catalogue; "" if it does not say."""
    try:
        metadata = pq.read_schema(pa.BufferReader(dest.read(FILE))).metadata or {}
    except (FileNotFoundError, pa.ArrowInvalid):
        return ""
    return str(metadata.get(SOURCE.encode(), b"").decode())


def _read(dest: Store) -> tuple[pa.Table, list[str]]:
    """All rows, and the names of the parts that some of them come from. The parts are read first: if another process
    folds a part meanwhile, its rows are in the catalogue when that is read."""
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
    """A score in the catalogue.

    key: as in `Row`.
    has_music: whether at least one page was read, so that there is MusicXML.
    is_whole: whether all of its pages were read, or have no music.
    """

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
    """Figures about a catalogue. pages: status -> number of pages. unread: rows of pages that could not be read, up to
    a limit."""

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
