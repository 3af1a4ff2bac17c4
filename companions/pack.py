"""Makes the runs that come with the package out of runs of `omr talk`: without what is only there to learn on.

    omr talk go -o go --generations 16 && python -m companions.pack go go    # writes companions/weights/go.npz
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from companions.keeping import SHIPPED


def pack_go(folder: Path, into: Path = SHIPPED) -> Path:
    """Write the run in `folder` as `into`/go.npz: its network, the one that it was last measured against, its matches.

    Without the optimiser's memory and the positions to learn from: the run goes on with new ones. Returns the path.
    """
    with np.load(folder / "checkpoint.npz") as saved:
        names = _networks(saved) + [n for n in saved.files if n[0] == "p" and n[1:].isdigit()]
        kept = {n: saved[n] for n in ("config", "progress", "previous", *names)}
    return _written(into / "go.npz", window=np.array(0), **kept)


def pack_write(folder: Path, into: Path = SHIPPED) -> Path:
    """Write the run in `folder` as `into`/write.npz: its network, its losses and what it wrote on the way.

    Numbers in 16 bits; without the optimiser's memory. Returns the path.
    """
    with np.load(folder / "checkpoint.npz") as saved:
        networks = {n: _half(saved[n]) for n in _networks(saved)}
        return _written(into / "write.npz", about=saved["about"], history=saved["history"], **networks)


def pack_faces(folder: Path, into: Path = SHIPPED) -> Path:
    """Write the run in `folder` as `into`/faces.npz: its networks, and the faces drawn at each size.

    Numbers in 16 bits; without the optimisers' memory. Returns the path.
    """
    return _pack(folder / "run.npz", into / "faces.npz")


def pack_swap(folder: Path, into: Path = SHIPPED) -> Path:
    """Write the run in `folder` as `into`/swap.npz: its networks, in 16 bits, without the optimiser's memory."""
    return _pack(folder / "run.npz", into / "swap.npz")


def _pack(run: Path, path: Path) -> Path:
    """A run as `companions.keeping` writes it: networks, optimisers, and pictures, which are of bytes."""
    with np.load(run) as saved:
        arrays = [_half(saved[n]) for n in _networks(saved)]
        rest = (saved[f"v{i}"] for i in range(len(arrays), len(saved.files) - 2))
        arrays += [array for array in rest if array.dtype == np.uint8]
        named = {f"v{i}": array for i, array in enumerate(arrays)}
        return _written(path, identity=saved["identity"], state=saved["state"], **named)


def _networks(saved: Any) -> list[str]:
    """The names of the networks' variables: they come first; an optimiser's begin with a count of steps, an integer."""
    own = next(i for i in range(len(saved.files))
               if saved[f"v{i}"].ndim == 0 and np.issubdtype(saved[f"v{i}"].dtype, np.integer))
    return [f"v{i}" for i in range(own)]


def _half(array: np.ndarray) -> np.ndarray:
    """Real numbers in 16 bits; the state of a random generator, which a network may hold, as it is."""
    return array.astype(np.float16) if array.dtype == np.float32 else array


def _written(path: Path, **arrays: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    return path


PACKED: dict[str, Callable[[Path], Path]] = {
    "go": pack_go, "write": pack_write, "faces": pack_faces, "swap": pack_swap,
}  # fmt: skip

if __name__ == "__main__":
    written = PACKED[sys.argv[1]](Path(sys.argv[2]))
    print(f"{written}: {written.stat().st_size / 1e6:.2f} MB")
