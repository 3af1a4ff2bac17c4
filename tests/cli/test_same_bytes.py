"""The same pages give the same file, byte for byte, whatever reads them: one worker or two, in whatever order sets are
gone through, from another folder and in another locale."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
RUN = "import sys; from cli.main import main; sys.exit(main(sys.argv[1:]))"


def scanned(pages: Path, out: Path, folder: Path, jobs: int, **environment: str) -> bytes:
    """What a scan writes that runs in `folder`."""
    options = ["-o", str(out), "--jobs", str(jobs), "-q"]
    command = [sys.executable, "-c", RUN, "scan", os.path.relpath(pages, folder), *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT), **environment})
    assert done.returncode == 0, done.stderr
    return out.read_bytes()


def test_the_same_pages_give_the_same_bytes(tmp_path: Path) -> None:
    pages, elsewhere = tmp_path / "pages", tmp_path / "else where"
    pages.mkdir()
    elsewhere.mkdir()
    with Image.open(ROOT / "examples" / "minuet.png") as page:
        upper = page.crop((0, 0, page.width, page.height // 2))  # three systems, and the heading
    for name in ("1.png", "2.png"):
        upper.save(pages / name)
    one = scanned(pages, tmp_path / "one.musicxml", tmp_path, 1, LC_ALL="C", PYTHONHASHSEED="1", OMP_NUM_THREADS="1")
    two = scanned(pages, tmp_path / "two.musicxml", elsewhere, 2, LC_ALL="tr_TR.UTF-8", TZ="Asia/Tokyo",
                  PYTHONHASHSEED="2", OMP_NUM_THREADS="2")
    assert one == two and one.count(b"<note") > 100
