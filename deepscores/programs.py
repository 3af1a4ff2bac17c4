"""External programs, called as processes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from omr.errors import DataError

TIMEOUT_S = 120


def program(name: str, package: str) -> str:
    """The path of a program. If it is not installed, raises DataError with the name of the Debian package."""
    found = shutil.which(name)
    if found is None:
        raise DataError(f"{name} is not installed (Debian: apt install {package})")
    return found


def call(command: list[str], **environment: str) -> None:
    """Run a program with additional environment variables. If it fails, raises DataError with the first error that it
    reported, or else its last line."""
    try:
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True,
                              timeout=TIMEOUT_S, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{Path(command[0]).name} took longer than {TIMEOUT_S} s for {command[-1]}") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        told = next((line for line in lines if "error:" in line), lines[-1])
        raise DataError(f"{Path(command[0]).name} failed on {command[-1]}: {told}")
