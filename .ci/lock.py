#!/usr/bin/env python3
"""Writes constraints.txt beside this file: the one version of each package that CI installs.

Run it on what CI runs on (Debian 12 with its own Python) when a requirement in setup.cfg changes, or to take newer
versions; a later Python would choose packages that CI's cannot install:

    .venv/bin/python .ci/lock.py

It asks pip which versions it would install into an empty environment, and installs nothing. setup.cfg says which
versions the program works with; constraints.txt, which of them CI tests, so that a package published tonight breaks no
build tomorrow.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = (3, 11, 2)
"""Debian 12's Python."""
OUT = HERE / "constraints.txt"
HEAD = "# Versions that CI installs. Made by .ci/lock.py; tests/test_supply.py holds it against setup.cfg.\n"


def resolved(requirement: str) -> dict[str, str]:
    """Name -> version of all packages that pip would install for a requirement."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-",
               "--editable", requirement]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
    found = [package["metadata"] for package in json.loads(done.stdout)["install"]]
    return {package["name"]: package["version"] for package in found if package["name"] != "omr"}


def main() -> None:
    if sys.version_info[:3] != PYTHON:
        wanted, here = (".".join(map(str, version[:3])) for version in (PYTHON, sys.version_info))
        sys.exit(f"CI runs Python {wanted}, and this is {here}: some packages differ")
    versions = resolved(".[dev]")
    lines = [f"{name}=={version}\n" for name, version in sorted(versions.items(), key=lambda item: item[0].lower())]
    OUT.write_text(HEAD + "".join(lines))
    print(f"{OUT}: {len(lines)} packages")


if __name__ == "__main__":
    main()
