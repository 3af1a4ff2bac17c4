"""Programs of other makers, called as processes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from omr.errors import DataError

TIMEOUT_S = 120


def program(name: str, package: str) -> str:
    """Where a program is. Raises DataError that names the Debian package if it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise DataError(f"{name} is not installed (Debian: apt install {package})")
    return found


def call(command: list[str], **environment: str) -> None:
    """Run a program with more environment. Raises DataError, with the last line of what it said, if it fails."""
    try:
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True,
                              timeout=TIMEOUT_S, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{Path(command[0]).name} took longer than {TIMEOUT_S} s for {command[-1]}") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise DataError(f"{Path(command[0]).name} failed on {command[-1]}: {last}")


def musescore(score: Path, style: Mapping[str, object], out: Path) -> None:
    """Have MuseScore 3 write a MusicXML file's pages as PDF, or SVG (named like `out` with -1, -2 ..), by its suffix.

    A style is not heeded when MusicXML is read, so it goes into MuseScore's own format first. Raises DataError.
    """
    command = program("mscore3", "musescore3")
    own = out.with_suffix(".mscx")
    try:
        call([command, "-o", str(own), str(score)], QT_QPA_PLATFORM="offscreen")
        tags = "".join(f"<{name}>{value}</{name}>" for name, value in style.items())
        text, changed = re.subn("</Style>", f"{tags}</Style>", own.read_text(encoding="utf-8"), count=1)
        if not changed:
            raise DataError(f"{score}: MuseScore wrote no style to be changed")
        own.write_text(text, encoding="utf-8")
        call([command, "-o", str(out), str(own)], QT_QPA_PLATFORM="offscreen")
    finally:
        own.unlink(missing_ok=True)
