"""The same weights and the same crops on TensorFlow and on JAX: the same maps, and the same course of training."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[2] / "examples" / "minuet.png"
SCRIPT = """
import sys
import keras, numpy as np
from models.crops import LabelledRaster, ink, targets, _as_batch
from models.losses import LOSSES, WEIGHTS
from models.devices import reduced
from models.weights import load_network
from omr.detect.runtime import load_detector
from omr.page.raster import load, normalise
from omr.detect.watershed import decode

pixels = normalise(next(load(sys.argv[1]))).pixels[200:456, 200:456]
model = load_network()
maps = {k: keras.ops.convert_to_numpy(v)[0] for k, v in model(ink(pixels[None])).items()}
symbols = decode(load_detector().detect(pixels))
assert len(symbols) > 5
batch = {k: v[None] for k, v in targets(LabelledRaster(pixels, symbols, ())).items()}
images, wanted = _as_batch(pixels[None], batch)
model.compile(keras.optimizers.AdamW(1e-4), loss={n: reduced(f) for n, f in LOSSES.items()}, loss_weights=WEIGHTS)
losses = [float(model.train_on_batch(images, wanted, return_dict=True)["loss"]) for _ in range(4)]
np.savez(sys.argv[2], backend=keras.backend.backend(), losses=losses, **maps)
"""


def test_tensorflow_and_jax_agree(tmp_path: Path) -> None:
    found = {}
    for backend in ("tensorflow", "jax"):
        out = tmp_path / f"{backend}.npz"
        subprocess.run([sys.executable, "-c", SCRIPT, str(PAGE), str(out)], check=True,
                       env={**os.environ, "KERAS_BACKEND": backend}, cwd=Path(__file__).parents[2])
        with np.load(out) as data:
            found[backend] = dict(data)
    one, other = found["tensorflow"], found["jax"]
    assert one.pop("backend") == "tensorflow" and other.pop("backend") == "jax"
    losses = one.pop("losses"), other.pop("losses")
    for name, values in one.items():
        assert np.abs(values).max() > 1 and np.abs(values - other[name]).max() < 1e-3
    # A step changes the weights by its learning rate; what rounding makes of that grows from step to step.
    assert losses[0][-1] < losses[0][0]
    np.testing.assert_allclose(*losses, rtol=1e-3)
