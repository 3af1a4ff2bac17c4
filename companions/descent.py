"""Gradient descent, seen: one neuron, then a small network, walk down the landscape of their error.

    omr talk descent -o descent.html

Cost: 15 seconds on two cores. Nothing is downloaded.
Expected: all three rules bring the neuron's error from 2.8 to that of the noise in the samples, 0.01; Adam needs 32
steps to twice the noise, plain descent 58, momentum 66 (at these rates: ten times its smaller rate is what momentum
comes to). For the network of 25 parameters plain descent is the slowest, and momentum the fastest.

Gradients are written out by hand, as back-propagation (Rumelhart, Hinton and Williams, "Learning representations by
back-propagating errors", 1986). Momentum: Polyak 1964. Adam: Kingma and Ba, "Adam: a method for stochastic
optimization", 2015. The plane in which the network's landscape is drawn is spanned by the principal components of the
path: Li et al., "Visualizing the loss landscape of neural nets", 2018, section 7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from companions.chapters import in_talk
from companions.page import embedded, figure_pixels, figure_png, gif, table, write
from omr.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TRUE_NEURON = np.array([1.8, -0.9])
"""Weight and bias that the neuron's samples were made with."""
START_NEURON = np.array([-2.0, 1.0])
"""On the wrong side of the ridge. From (-2.5, 2.2), where tanh is saturated, plain descent is stuck in 150 steps."""
NOISE = 0.1
COLOURS = {"SGD": "#d62728", "momentum": "#ff9f1c", "Adam": "#00c8ff"}
FRAMES = 48

Error = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[float, np.ndarray]]
"""(parameters (P,), x (N,), y (N,)) -> (mean squared error, its gradient (P,))"""
Step = Callable[[np.ndarray], np.ndarray]
"""Gradient (P,) -> what to add to the parameters (P,); remembers what it needs from call to call."""


def neuron(theta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """tanh(w x + b) of theta = (w, b); x (N,) -> (N,)."""
    return np.tanh(theta[0] * x + theta[1])


def neuron_error(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """An `Error` of the neuron."""
    out = neuron(theta, x)
    delta = 2 * (out - y) * (1 - out**2) / len(x)  # d error / d (w x + b) of each sample, (N,)
    return float(np.mean((out - y) ** 2)), np.array([delta @ x, delta.sum()])


def network(theta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """v . tanh(w x + b) + c with H hidden neurons; theta = (w, b, v, c), (3 H + 1,); x (N,) -> (N,)."""
    w, b, v = theta[:-1].reshape(3, -1)
    return np.tanh(np.outer(x, w) + b) @ v + theta[-1]


def network_error(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """An `Error` of the network: the chain rule from its output back to its first layer."""
    w, b, v = theta[:-1].reshape(3, -1)
    hidden = np.tanh(np.outer(x, w) + b)  # (N, H)
    wrong = hidden @ v + theta[-1] - y
    delta = 2 * wrong / len(x)  # (N,)
    back = np.outer(delta, v) * (1 - hidden**2)  # (N, H)
    gradient = np.concatenate([x @ back, back.sum(0), delta @ hidden, [delta.sum()]])
    return float(np.mean(wrong**2)), gradient


def sgd(rate: float) -> Step:
    """Straight down the gradient of the batch."""
    return lambda gradient: -rate * gradient


def momentum(rate: float, keep: float = 0.9) -> Step:
    """A heavy ball: `keep` of the last step goes on."""
    velocity = np.zeros(1)

    def step(gradient: np.ndarray) -> np.ndarray:
        nonlocal velocity
        velocity = keep * velocity - rate * gradient
        return velocity

    return step


def adam(rate: float, keep: float = 0.9, keep_square: float = 0.999, small: float = 1e-8) -> Step:
    """Each parameter's step by its mean gradient over the root of its mean square, both corrected for their start."""
    mean, square, t = np.zeros(1), np.zeros(1), 0

    def step(gradient: np.ndarray) -> np.ndarray:
        nonlocal mean, square, t
        t += 1
        mean = keep * mean + (1 - keep) * gradient
        square = keep_square * square + (1 - keep_square) * gradient**2
        return -rate * (mean / (1 - keep**t)) / (np.sqrt(square / (1 - keep_square**t)) + small)

    return step


def walk(error: Error, start: np.ndarray, x: np.ndarray, y: np.ndarray, rule: Step, steps: int, batch: int,
         rng: np.random.Generator) -> np.ndarray:
    """The path of the parameters, (steps + 1, P); each step sees `batch` samples drawn anew."""
    path = [start]
    for _ in range(steps):
        chosen = rng.choice(len(x), min(batch, len(x)), replace=False)
        path.append(path[-1] + rule(error(path[-1], x[chosen], y[chosen])[1]))
    return np.array(path)


@dataclass(frozen=True)
class Plane:
    """A plane through parameter space: origin (P,), axes (2, P), and its landscape: errors (A, B) over along (A,),
    across (B,)."""

    origin: np.ndarray
    axes: np.ndarray
    along: np.ndarray
    across: np.ndarray
    errors: np.ndarray

    def project(self, path: np.ndarray) -> np.ndarray:
        """(T, P) -> (T, 2)"""
        return (path - self.origin) @ self.axes.T


def landscape(error: Error, x: np.ndarray, y: np.ndarray, origin: np.ndarray, axes: np.ndarray,
              extent: tuple[float, float, float, float], points: int = 70) -> Plane:
    """The error over a plane. extent: (least, most) along the first axis, then along the second."""
    along, across = np.linspace(*extent[:2], points), np.linspace(*extent[2:], points)
    errors = [[error(origin + a * axes[0] + b * axes[1], x, y)[0] for b in across] for a in along]
    return Plane(origin, axes, along, across, np.array(errors))


def path_plane(error: Error, x: np.ndarray, y: np.ndarray, paths: dict[str, np.ndarray]) -> tuple[Plane, float]:
    """The plane that shows most of the paths, and the share of their variance that lies in it.

    The axes are the first principal components of all points; the origin is the best end of a path, so that the
    landscape is true at least there.
    """
    points = np.concatenate(list(paths.values()))
    _, spread, axes = np.linalg.svd(points - points.mean(0), full_matrices=False)
    origin = min((path[-1] for path in paths.values()), key=lambda theta: error(theta, x, y)[0])
    flat = (points - origin) @ axes[:2].T
    low, high = flat.min(0), flat.max(0)
    rim = 0.15 * (high - low) + 1e-6
    extent = (low[0] - rim[0], high[0] + rim[0], low[1] - rim[1], high[1] + rim[1])
    return landscape(error, x, y, origin, axes[:2], extent), float((spread[:2] ** 2).sum() / (spread**2).sum())


def write_descent(out: Path, steps: int = 200, hidden: int = 8, batch: int = 8, seed: int = 0) -> dict[str, float]:
    """Write the page; returns the final error on all samples, by "neuron SGD", "network Adam" and so on.

    Raises DataError on settings that make no sense, OutputError if the page cannot be written.
    """
    if steps < 2 or hidden < 1 or batch < 1:
        raise DataError("steps must be 2 or more, hidden neurons and batch 1 or more")
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, 60)
    y = neuron(TRUE_NEURON, x) + rng.normal(0, NOISE, len(x))
    wave = np.sin(2 * x) + 0.3 * x + rng.normal(0, NOISE, len(x))
    results: dict[str, float] = {}

    bar = tqdm(total=4, desc="descent", unit="part", leave=False)
    rules = {"SGD": sgd(0.2), "momentum": momentum(0.02), "Adam": adam(0.12)}
    paths = {name: walk(neuron_error, START_NEURON, x, y, rule, steps, batch, np.random.default_rng([seed, 1]))
             for name, rule in rules.items()}
    plane = landscape(neuron_error, x, y, np.zeros(2), np.eye(2), (-4, 4, -4, 4))
    rows = [[name, f"{p[-1, 0]:.2f}", f"{p[-1, 1]:.2f}", f"{_steps_to(neuron_error, p, x, y, 2 * NOISE**2)}",
             f"{neuron_error(p[-1], x, y)[0]:.4f}"] for name, p in paths.items()]
    results |= {f"neuron {n}": neuron_error(p[-1], x, y)[0] for n, p in paths.items()}
    body = [
        "<h2>One neuron</h2>",
        f"<p>y = tanh(w x + b). {len(x)} noisy samples were made with w = {TRUE_NEURON[0]}, b = {TRUE_NEURON[1]}. "
        "Every pair (w, b) has a mean squared error: a landscape. Each rule starts at "
        f"({START_NEURON[0]}, {START_NEURON[1]}) and makes {steps} steps, each by {batch} samples.</p>",
        table(["rule", "w", "b", f"steps to error {2 * NOISE**2:.2f}", "final error"], rows),
        embedded(_landscape_picture(plane, paths, neuron_error, x, y, ("w", "b")), MAPS),
    ]
    bar.update()
    body.append(embedded(_animation(plane, paths, neuron, x, y, ("w", "b")), "the walk, and what the neuron says"))
    bar.update()

    start = np.random.default_rng([seed, 2]).normal(0, 0.7, 3 * hidden + 1)
    long = 10 * steps
    rules = {"SGD": sgd(0.03), "momentum": momentum(0.03), "Adam": adam(0.02)}
    paths = {name: walk(network_error, start, x, wave, rule, long, batch, np.random.default_rng([seed, 3]))
             for name, rule in rules.items()}
    plane, share = path_plane(network_error, x, wave, paths)
    rows = [[name, f"{_steps_to(network_error, p, x, wave, 3 * NOISE**2)}",
             f"{network_error(p[-1], x, wave)[0]:.4f}"] for name, p in paths.items()]
    results |= {f"network {n}": network_error(p[-1], x, wave)[0] for n, p in paths.items()}
    names = ("first principal component", "second")
    body += [
        "<h2>A network</h2>",
        f"<p>{hidden} such neurons, their outputs weighted and added: {len(start)} parameters, and samples of "
        f"sin(2x) + 0.3x. {long} steps from the same random start. Nobody can draw {len(start)} dimensions; the plane "
        f"below holds {100 * share:.0f} % of the variance of the three paths. The error is that of points of the "
        "plane: a path that runs beside it has another one, which the curves show.</p>",
        table(["rule", f"steps to error {3 * NOISE**2:.2f}", "final error"], rows),
        embedded(_landscape_picture(plane, paths, network_error, x, wave, names), MAPS),
    ]
    bar.update()
    body.append(embedded(_animation(plane, paths, network, x, wave, names), "the walk, and what the network says"))
    bar.update()
    bar.close()
    write(out, "Gradient descent", [in_talk("descent"), *body])
    return results


def _steps_to(error: Error, path: np.ndarray, x: np.ndarray, y: np.ndarray, goal: float) -> str:
    reached = [i for i, theta in enumerate(path) if error(theta, x, y)[0] <= goal]
    return str(reached[0]) if reached else "not reached"


def _landscape_picture(plane: Plane, paths: dict[str, np.ndarray], error: Error, x: np.ndarray, y: np.ndarray,
                       names: tuple[str, str]) -> bytes:
    """Surface, contour and curves of the error, with the paths on them, as PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(13, 4.3))
    surface = figure.add_subplot(131, projection="3d", computed_zorder=False)
    a, b = np.meshgrid(plane.along, plane.across, indexing="ij")
    surface.plot_surface(a, b, np.log10(plane.errors), cmap="viridis", linewidth=0, alpha=0.95)
    contour, curve = figure.add_subplot(132), figure.add_subplot(133)
    _contour(contour, plane, names)
    for name, path in paths.items():
        flat = plane.project(path)
        # On the surface: the height is that of the plane below the path, or the path would float.
        on = [error(plane.origin + p @ plane.axes, x, y)[0] for p in flat]
        surface.plot(*flat.T, np.log10(on), color=COLOURS[name], linewidth=1.8, zorder=5)
        contour.plot(*flat.T, color=COLOURS[name], linewidth=1.3, label=name)
        curve.semilogy([error(theta, x, y)[0] for theta in path], label=name, linewidth=1.2, color=COLOURS[name])
    surface.set(xlabel=names[0], ylabel=names[1], zlabel="log10 error")
    surface.view_init(elev=48, azim=-60)
    contour.legend(facecolor="#777777", labelcolor="white", fontsize=8)
    curve.axhline(NOISE**2, color="#999999", linestyle=":", label="the noise in the samples")
    curve.set(xlabel="step", ylabel="mean squared error on all samples")
    curve.legend(fontsize=8)
    figure.tight_layout(w_pad=4)  # the surface's own labels lie outside of what the layout knows of
    picture = figure_png(figure)
    pyplot.close(figure)
    return picture


MAPS = "the error as a surface and as contours, with the three walks; right, the error after each step"


def _contour(axes: Axes, plane: Plane, names: tuple[str, str]) -> None:
    axes.contourf(plane.along, plane.across, np.log10(plane.errors).T, levels=24, cmap="viridis")
    axes.set(xlabel=names[0], ylabel=names[1])


def _animation(plane: Plane, paths: dict[str, np.ndarray], function: Callable[[np.ndarray, np.ndarray], np.ndarray],
               x: np.ndarray, y: np.ndarray, names: tuple[str, str]) -> bytes:
    """The paths growing on the contour, beside the function that each stands for, as GIF."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9.5, 4), dpi=72)
    _contour(left, plane, names)
    right.plot(x, y, ".", color="#999999")
    right.set(xlabel="x", ylabel="y", ylim=(y.min() - 0.6, y.max() + 0.6))
    dense = np.linspace(x.min(), x.max(), 120)
    lines = {}
    for name, path in paths.items():
        colour = COLOURS[name]
        fit = right.plot(dense, function(path[0], dense), color=colour, label=name)[0]
        lines[name] = (left.plot([], [], color=colour)[0], left.plot([], [], "o", color=colour, mec="black")[0], fit)
    right.legend(fontsize=8, loc="upper left")
    left.set_title("step 0", fontsize=10)
    figure.tight_layout()
    steps = len(next(iter(paths.values()))) - 1
    frames = []
    # More frames at the start, where most happens.
    for step in np.unique((steps * np.linspace(0, 1, FRAMES) ** 2).astype(int)):
        for name, (trail, ball, fit) in lines.items():
            flat = plane.project(paths[name][: step + 1])
            trail.set_data(*flat.T)
            ball.set_data(*flat[-1:].T)
            fit.set_ydata(function(paths[name][step], dense))
        left.set_title(f"step {step}", fontsize=10)
        frames.append(figure_pixels(figure))
    pyplot.close(figure)
    return gif(frames)
