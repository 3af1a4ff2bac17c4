"""A training run in one file, so that the same command goes on where it stopped."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from omr.errors import DataError, OutputError
from omr.files import replacing


def keep(path: Path, identity: dict[str, Any], state: dict[str, Any], arrays: Sequence[np.ndarray]) -> None:
    """Write a run, whole or not at all. identity: what it depends on; state: what else it needs to go on; both JSON."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        named = {"identity": np.array(json.dumps(identity)), "state": np.array(json.dumps(state))}
        named.update({f"v{i}": array for i, array in enumerate(arrays)})
        np.savez(file, allow_pickle=False, **named)


SHIPPED = Path(__file__).parent / "weights"
"""Runs and pages that come with the package; RECIPE.md there says how they were made."""


def begin_shipped(name: str, path: Path) -> None:
    """Put the run that comes with the package where a command keeps its own, unless one is there already.

    name: of the command below `omr talk`. Raises OutputError if it cannot be written.
    """
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_bytes((SHIPPED / f"{name}.npz").read_bytes())
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def glance(path: Path) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """(identity, state) of the run in `path`, or None if there is none. Raises DataError if the file is damaged."""
    if not path.exists():
        return None
    try:
        with np.load(path) as file:
            return json.loads(str(file["identity"])), json.loads(str(file["state"]))
    except _DAMAGED as error:
        raise DataError(f"{path}: a damaged run; delete it to begin again") from error


def kept(path: Path, identity: dict[str, Any]) -> tuple[dict[str, Any], list[np.ndarray]] | None:
    """(state, arrays) of the run in `path`, or None if there is none. A run that comes with the package has fewer
    arrays: it is without what the optimiser remembered.

    Raises DataError if the file is damaged or the run is of another identity.
    """
    if (found := glance(path)) is None:
        return None
    if found[0] != json.loads(json.dumps(identity)):
        raise DataError(f"{path}: a run of other settings or pictures; choose another folder with -o")
    try:
        with np.load(path) as file:
            return found[1], [file[f"v{i}"] for i in range(len(file.files) - 2)]
    except _DAMAGED as error:
        raise DataError(f"{path}: a damaged run; delete it to begin again") from error


_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
