"""Makes the runs that come with the package out of runs of `omr talk`: their weights, without what the optimisers hold.

    python -m companions.pack go write faces swap    # folders of the commands' names, into companions/weights
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from companions.keeping import SHIPPED


def pack(folder: Path, name: str, into: Path = SHIPPED) -> Path:
    """Write the run of `omr talk NAME -o FOLDER` as `into`/NAME.npz. Returns its path."""
    kept = {"write": pack_write, "go": pack_go, "faces": pack_faces, "swap": pack_swap}[name](folder)
    into.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(into / f"{name}.npz", **kept)  # type: ignore[arg-type]
    return into / f"{name}.npz"


def pack_write(folder: Path) -> dict[str, np.ndarray]:
    """Weights in half precision: the bits a character stay as they were to the second place."""
    with np.load(folder / "checkpoint.npz") as saved:
        return {"about": saved["about"], "history": saved["history"],
                **{f"v{i}": saved[f"v{i}"].astype(np.float16) for i in range(weights_of(saved))}}


def weights_of(saved: np.lib.npyio.NpzFile) -> int:
    """How many of the arrays v0, v1 ... are the network's; the optimiser's begin with a count of steps, an integer."""
    return next(i for i in range(len(saved.files)) if np.issubdtype(saved[f"v{i}"].dtype, np.integer))


def pack_go(folder: Path) -> dict[str, np.ndarray]:
    """The network, the one that it was last measured against, and no positions to learn from: new ones are played."""
    with np.load(folder / "checkpoint.npz") as saved:
        names = [f"v{i}" for i in range(weights_of(saved))]
        names += [n for n in saved.files if n[0] == "p" and n[1:].isdigit()]
        return {"config": saved["config"], "progress": saved["progress"], "window": np.array(0),
                "previous": saved["previous"], **{n: saved[n] for n in names}}


def pack_faces(folder: Path) -> dict[str, np.ndarray]:
    """The three networks in half precision, and what was drawn at each size."""
    from companions.growing import SIZES, Critic, Generator

    networks = 2 * len(Generator(0).weights()) + len(Critic(0).weights())
    with np.load(folder / "run.npz") as saved:
        state = json.loads(str(saved["state"]))
        samples = len(SIZES)
        last = len(saved.files) - 2
        chosen = [*range(networks), *range(last - samples, last)]
        arrays = {f"v{i}": saved[f"v{j}"].astype(np.float16) for i, j in enumerate(chosen)}
        return {"identity": shipped_identity(saved), "state": np.array(json.dumps(state | {"variables": networks})),
                **arrays}


def pack_swap(folder: Path) -> dict[str, np.ndarray]:
    """The encoder and both decoders in half precision."""
    with np.load(folder / "run.npz") as saved:
        return {"identity": shipped_identity(saved), "state": saved["state"],
                **{f"v{i}": saved[f"v{i}"].astype(np.float16) for i in range(weights_of(saved))}}


def shipped_identity(saved: np.lib.npyio.NpzFile) -> np.ndarray:
    """The identity of a run, free of the pictures it was trained on: see `keeping.same_run`."""
    return np.array(json.dumps(json.loads(str(saved["identity"])) | {"pictures": "shipped"}))


if __name__ == "__main__":
    for command in sys.argv[1:]:
        path = pack(Path(command), command)
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
