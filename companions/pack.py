"""Makes the run that comes with the package out of a run of `omr talk go`: without what is only there to learn on.

    omr talk go -o go --generations 16 && python -m companions.pack go    # writes companions/weights/go.npz
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from companions.keeping import SHIPPED


def pack_go(folder: Path, into: Path = SHIPPED) -> Path:
    """Write the run in `folder` as `into`/go.npz: its network, the one that it was last measured against, its matches.

    Without the optimiser's memory and the positions to learn from: the run goes on with new ones. Returns the path.
    """
    with np.load(folder / "checkpoint.npz") as saved:
        # The network's variables come first; the optimiser's begin with a count of steps, an integer.
        own = next(i for i in range(len(saved.files)) if np.issubdtype(saved[f"v{i}"].dtype, np.integer))
        names = [f"v{i}" for i in range(own)] + [n for n in saved.files if n[0] == "p" and n[1:].isdigit()]
        kept = {n: saved[n] for n in ("config", "progress", "previous", *names)}
    into.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(into / "go.npz", window=np.array(0), **kept)  # type: ignore[arg-type]
    return into / "go.npz"


if __name__ == "__main__":
    path = pack_go(Path(sys.argv[1]))
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
