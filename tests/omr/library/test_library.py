"""A tree of scores read on a cluster: what is written, what is read again, and what survives what."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from PIL import Image

import omr
from cli.library import make_setup
from cli.main import main
from omr.errors import DataError, FolderError, OutputError, WeightsError
from omr.files import natural

pytest.importorskip("distributed")

from distributed import Client, LocalCluster  # noqa: E402

from omr.library import catalogue  # noqa: E402
from omr.library.cluster import local_cluster  # noqa: E402
from omr.library.run import Progress, read_library  # noqa: E402
from omr.library.store import HIDDEN, open_store  # noqa: E402

EXAMPLE = Path(__file__).parents[3] / "examples" / "minuet.png"
BAD = b"neither PDF nor image"


def _systems() -> list[Image.Image]:
    """Three systems of the bundled page, each small enough to be read in a second."""
    page = Image.open(EXAMPLE).convert("L")
    return [page.crop((0, top, page.width, top + 380)) for top in (350, 740, 1100)]


def _pdf(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PDF", resolution=300)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two images, a PDF below another folder, and a file that only calls itself a PDF."""
    root = tmp_path_factory.mktemp("library") / "source"
    (root / "minuet").mkdir(parents=True)
    (root / "a" / "b").mkdir(parents=True)
    first, second, third = _systems()
    first.save(root / "minuet" / "page9.png")
    second.save(root / "minuet" / "page10.png")
    (root / "a" / "b" / "one.pdf").write_bytes(_pdf(third))
    (root / "bad.pdf").write_bytes(BAD)
    (root / "notes.txt").write_text("no score")
    return root


@pytest.fixture
def source(original: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(original, tmp_path / "source"))


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with local_cluster(1) as client:
        yield client


def _read(client: Client, source: object, dest: object, **options: Any) -> Progress:
    seconds = options.pop("page_seconds", 300.0)
    seen = Progress()

    def note(progress: Progress) -> None:
        nonlocal seen
        seen = progress

    read_library(client, make_setup(str(source), str(dest), ("none",), None, seconds), on_progress=note, **options)
    return seen


def _rows(dest: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = catalogue.read(open_store(str(dest))).to_pylist()
    return rows


def _content(dest: Path) -> dict[str, Any]:
    """All that stands below a destination; of the catalogue all but the seconds."""
    found: dict[str, Any] = {str(p.relative_to(dest)): p.read_bytes() for p in dest.rglob("*")
                             if p.is_file() and p.name != catalogue.FILE}
    return {**found, "rows": [{k: v for k, v in row.items() if k != "seconds"} for row in _rows(dest)]}


@pytest.fixture(scope="module")
def undisturbed(client: Client, original: Path) -> Path:
    """What is read of it."""
    dest = original.parent / "dest"
    progress = _read(client, original, dest)
    assert (progress.scores, progress.unchanged, progress.pages, progress.unread) == (3, 0, 4, 1)
    return dest


def test_a_tree_is_read_as_omr_scan_reads_it(source: Path, undisturbed: Path, tmp_path: Path) -> None:
    dest = undisturbed
    assert {str(p.relative_to(dest)) for p in dest.rglob("*") if p.is_file()} == {
        "minuet.musicxml", "minuet.doubts.json", "a/b/one.pdf.musicxml", "a/b/one.pdf.doubts.json", catalogue.FILE}
    for name, files in {"minuet": ["minuet/page9.png", "minuet/page10.png"], "a/b/one.pdf": ["a/b/one.pdf"]}.items():
        omr.write(omr.scan([source / file for file in files], languages=[]), tmp_path / "scanned.musicxml")
        assert (dest / f"{name}.musicxml").read_bytes() == (tmp_path / "scanned.musicxml").read_bytes()
    rows = {(row["source"], row["page"]): row for row in _rows(dest)}
    assert {where: row["status"] for where, row in rows.items()} == {
        ("minuet/page9.png", 1): "read", ("minuet/page10.png", 1): "read", ("a/b/one.pdf", 1): "read",
        ("bad.pdf", 0): "unreadable"}
    assert "bad.pdf is no PDF" in rows["bad.pdf", 0]["message"] and str(tmp_path) not in rows["bad.pdf", 0]["message"]
    read = rows["minuet/page9.png", 1]
    assert read["measures"] > 3 and read["notes"] > 10 and read["seconds"] > 0.1 and read["version"] == omr.__version__
    assert (read["options"], len(read["hash"]), len(read["weights"])) == ("languages=none", 64, 64)


def test_what_is_changed_missing_or_failed_is_read_again_and_no_more(
    client: Client, source: Path, undisturbed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dest = Path(shutil.copytree(undisturbed, tmp_path / "dest"))
    before, times = _content(dest), {p: p.stat().st_mtime_ns for p in dest.rglob("*.musicxml")}
    again = _read(client, source, dest)
    assert (again.scores, again.unchanged, again.pages) == (0, 3, 0)
    assert _content(dest) == before and times == {p: p.stat().st_mtime_ns for p in dest.rglob("*.musicxml")}

    (source / "a/b/one.pdf").write_bytes(b"%PDF of nothing")
    (dest / "minuet.musicxml").unlink()
    changed = _read(client, source, dest)
    assert (changed.scores, changed.unchanged) == (2, 1)
    assert (dest / "minuet.musicxml").read_bytes() == (undisturbed / "minuet.musicxml").read_bytes()
    assert not list((dest / "a" / "b").iterdir()), "music of what can no longer be read"
    assert [row["status"] for row in _rows(dest)] == ["unreadable", "unreadable", "read", "read"]
    retried = _read(client, source, dest, retry=True)
    assert (retried.scores, retried.unchanged) == (2, 1)

    assert main(["library", "status", str(dest)]) == 0
    said = capsys.readouterr().out
    assert "scores    3, 1 with music" in said and "pages     4: " in said and "2 unreadable" in said
    assert "bad.pdf: unreadable: bad.pdf is no PDF" in said


def test_a_store_that_is_no_disk_is_read_and_written(source: Path, undisturbed: Path, tmp_path: Path) -> None:
    """In memory, of which all threads of a process see the same."""
    memory = fsspec.filesystem("memory")
    memory.put(str(source), "/library/scores", recursive=True)
    urls = "memory://library/scores", "memory://library/read"
    with LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0",
                      local_directory=str(tmp_path)) as cluster, Client(cluster) as client:
        assert _read(client, *urls).scores == 3
        assert _read(client, *urls).unchanged == 3
    memory.get("/library/read", str(tmp_path / "dest"), recursive=True)
    assert _content(tmp_path / "dest") == _content(undisturbed)


DEADLY = """#!/bin/sh
worker=$(cut -d" " -f4 /proc/$PPID/stat)
case "$*" in
    *crash.pdf*) kill -KILL $PPID;;
    *hang.pdf*) kill -STOP $PPID;;
    *deadly.pdf*) echo >> {log}; kill -KILL $worker;;
    *) exec {real} "$@";;
esac
"""
"""Draws a page of a PDF; but for some it kills or stops the process that asks for it, or the worker of that."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the worker in /proc")
def test_pages_that_crash_hang_or_kill_their_worker_cost_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, programs = tmp_path / "source", tmp_path / "bin"
    source.mkdir()
    programs.mkdir()
    drawer, log = programs / "pdftoppm", tmp_path / "deaths"
    drawer.write_text(DEADLY.format(real=shutil.which("pdftoppm"), log=log))
    drawer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    # Pages are drawn by poppler, through the script above, where pypdfium2 is not installed.
    (programs / "sitecustomize.py").write_text('import sys\n\nsys.modules["pypdfium2"] = None\n')
    monkeypatch.syspath_prepend(programs)  # which the workers, and their readers, get from this process
    for name in ("crash", "hang", "deadly", "good", "fine"):
        (source / f"{name}.pdf").write_bytes(_pdf(_systems()[0]))
    with local_cluster(2) as client:
        _read(client, source, tmp_path / "dest", page_seconds=20.0)
    rows = {row["source"]: row for row in _rows(tmp_path / "dest")}
    assert {name: row["status"] for name, row in rows.items()} == {
        "crash.pdf": "killed", "hang.pdf": "timeout", "deadly.pdf": "killed", "good.pdf": "read",
        "fine.pdf": "read"}
    assert rows["crash.pdf"]["message"] == "ended the process that read it 3 times"
    assert rows["hang.pdf"]["message"] == "took longer than 20 s"
    # On a busy machine the scheduler may lose a worker by itself while it has this page, which counts like a death.
    assert 1 <= len(log.read_text()) <= 3
    assert not (tmp_path / "dest" / HIDDEN).exists()


def test_a_run_that_was_killed_goes_on_to_the_same_end(source: Path, undisturbed: Path, tmp_path: Path) -> None:
    """With its scheduler and all workers, twice."""
    dest = tmp_path / "dest"
    command = [sys.executable, "-m", "cli.main", "library", str(source), str(dest), "--jobs", "1", "--language", "none"]
    for kept in (1, 2):
        process = subprocess.Popen(command, cwd=EXAMPLE.parents[1], stderr=subprocess.PIPE)
        _wait(lambda kept=kept: len(list((dest / HIDDEN).rglob("readings/*/*"))) >= kept
              or bool(list((dest / HIDDEN).rglob("parts/*"))), 120)
        process.kill()
        process.communicate(timeout=20)
    assert not (dest / catalogue.FILE).exists() or _rows(dest)
    done = subprocess.run(command, cwd=EXAMPLE.parents[1], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert _content(dest) == _content(undisturbed)


def test_a_worker_that_is_killed_loses_nothing(
    client: Client, source: Path, undisturbed: Path, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    killed = []

    def kill(progress: Progress) -> None:
        if progress.pages and not killed:
            killed.extend(client.run(os.getpid).values())
            os.kill(killed[0], signal.SIGKILL)

    read_library(client, make_setup(str(source), str(dest), ("none",), None, 300.0), on_progress=kill)
    assert killed and killed != list(client.run(os.getpid).values())
    assert _content(dest) == _content(undisturbed)


def test_what_cannot_be_used_ends_the_run_with_one_line(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    _systems()[0].save(tmp_path / "empty" / "a.png")
    with pytest.raises(OutputError, match="cannot write below"):
        _read(client, tmp_path / "empty", tmp_path / "file" / "dest")
    (tmp_path / "empty" / "a.png").unlink()
    for source, said in (("none", "is no folder"), ("empty", "no score below")):
        with pytest.raises(FolderError, match=said):
            _read(client, tmp_path / source, tmp_path / "dest")
    assert main(["library", "status", str(tmp_path / "empty")]) == DataError.exit_code
    run = ["library", str(tmp_path), str(tmp_path / "dest")]
    assert main([*run, "--weights", str(tmp_path)]) == WeightsError.exit_code
    assert main(["library", str(tmp_path), "nowhere://x/dest", "--jobs", "1"]) == FolderError.exit_code
    assert len(capsys.readouterr().err.splitlines()) == 3


def _wait(until: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_natural_order_takes_any_digits() -> None:
    assert sorted(["page²", "page10", "page2"], key=natural) == ["page2", "page10", "page²"]
