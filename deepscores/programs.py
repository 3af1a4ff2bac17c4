"""Programs of other makers, called as processes."""

from __future__ import annotations

import os
import shutil
import subprocess
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
    """Run a program with more environment. Raises DataError, with the first error it told or else the last line, if it
    fails."""
    try:
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True,
                              timeout=TIMEOUT_S, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{Path(command[0]).name} took longer than {TIMEOUT_S} s for {command[-1]}") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        told = next((line for line in lines if "error:" in line), lines[-1])
        raise DataError(f"{Path(command[0]).name} failed on {command[-1]}: {told}")
