"""The same weights and the same crops on TensorFlow and on JAX: the same maps, and the same course of training."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[2] / "examples" / "minuet.png"
HASTY = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
"""With this, JAX compiles each of its programs in two seconds less, and runs it a little slower."""
SCRIPT = """
import sys
from pathlib import Path
import keras, numpy as np
from models.crops import LabelledRaster, targets, _as_batch
from models.losses import LOSSES, WEIGHTS
from models.devices import Devices, reduced
from models.network import NetworkConfig, build
from omr.detect.runtime import load_detector
from omr.page.raster import load, normalise
from omr.detect.watershed import decode

if keras.backend.backend() == "tensorflow":
    import tensorflow
    # Each operation at once, without the graph of a step, which takes longer to draw up than the steps.
    tensorflow.config.run_functions_eagerly(True)

page, out, weights = (Path(name) for name in sys.argv[1:])
pixels = normalise(next(load(page))).pixels[200:456, 200:456]
symbols = decode(load_detector().detect(pixels))
assert len(symbols) > 5
batch = _as_batch(pixels[None], {k: v[None] for k, v in targets(LabelledRaster(pixels, symbols, ())).items()})

# A tiny network has every kind of layer that the shipped one has, and takes both backends a fraction of the time.
model = build(NetworkConfig(widths=(8, 8), blocks=(1,), head_width=8, class_width=8))
if weights.exists():
    model.load_weights(weights)
else:
    model.save_weights(weights)
maps = {k: keras.ops.convert_to_numpy(v)[0] for k, v in model(batch[0]).items()}
model.compile(keras.optimizers.AdamW(1e-4), loss={n: reduced(f) for n, f in LOSSES.items()}, loss_weights=WEIGHTS)
Devices(1, 1).prepare(model, batch)
losses = [float(model.train_on_batch(*batch, return_dict=True)["loss"]) for _ in range(4)]
np.savez(out, backend=keras.backend.backend(), losses=losses, **maps)
"""


def test_tensorflow_and_jax_agree(tmp_path: Path) -> None:
    found = {}
    for backend in ("tensorflow", "jax"):
        out = tmp_path / f"{backend}.npz"
        subprocess.run([sys.executable, "-c", SCRIPT, str(PAGE), str(out), str(tmp_path / "tiny.weights.h5")],
                       check=True, env={**os.environ, "KERAS_BACKEND": backend, "XLA_FLAGS": HASTY},
                       cwd=Path(__file__).parents[2])
        with np.load(out) as data:
            found[backend] = dict(data)
    one, other = found["tensorflow"], found["jax"]
    assert one.pop("backend") == "tensorflow" and other.pop("backend") == "jax"
    losses = one.pop("losses"), other.pop("losses")
    for name, values in one.items():
        # The answers of an untrained network vary little, and what they differ by is compared to that.
        assert np.abs(values - other[name]).max() < 1e-3 * np.ptp(values), name
    # A step changes the weights by its learning rate; what rounding makes of that grows from step to step.
    assert losses[0][-1] < losses[0][0]
    np.testing.assert_allclose(*losses, rtol=1e-3)
