"""A character RNN: one LSTM reads a text letter by letter and learns which letter comes next.

    omr talk write -o write/                       # tunes in ABC, which music21 brings
    omr talk write -o write/ --start shipped       # from the run that comes with the package
    omr talk write --data tinyshakespeare.txt -o write/

Cost on two cores that do other work too: 20 minutes for the default 40 rounds of 256,000 characters; a run that was
stopped goes on.
Expected: on tunes held out 1.66 bits a character, from 6.43 untrained; three of four tunes it writes have bars that add
up and a close.
Source: Karpathy, "The Unreasonable Effectiveness of Recurrent Neural Networks" (2015); the tunes after Sturm et al.,
"Music transcription modelling and composition using deep learning" (2016).
"""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from companions import page
from companions.chapters import in_talk
from omr.errors import DataError
from omr.files import replacing

STREAMS, SPAN = 64, 100
"""Characters of a step: so many places of the text are read at once, so far before the gradient is cut."""
ROUND_STEPS = 40
STEADY_ROUNDS, DECAY = 10, 0.95
"""The learning rate falls by this factor a round, from that round on."""
VALIDATION = 0.05
"""Of the text, its end: never learned from."""
TUNE_END = "\n\n"


@dataclass(frozen=True)
class WriteConfig:
    """What a run may be asked. rounds: of `ROUND_STEPS` steps; units: of the LSTM; temperature: below 1 the likely
    becomes likelier still; prime: what every sample begins with; stop: what ends a sample."""

    rounds: int = 40
    units: int = 256
    learning_rate: float = 4e-3
    temperature: float = 0.7
    prime: str = "\n"
    stop: str = ""
    sample_length: int = 800
    seed: int = 0


@dataclass
class History:
    """After each round, from round 0 before anything was learned: bits a character; and samples, by round."""

    training: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    samples: dict[int, str] = field(default_factory=dict)


class Writer:
    """The network and its training. Raises DataError if the text is too short, or the prime has unknown letters."""

    def __init__(self, text: str, config: WriteConfig) -> None:
        import keras
        import tensorflow as tf

        self.config = config
        self.letters = sorted(set(text))
        self._index = {letter: i for i, letter in enumerate(self.letters)}
        if len(text) < STREAMS * (SPAN + 1) / (1 - VALIDATION):
            raise DataError(f"the text has {len(text)} characters; give {2 * STREAMS * SPAN} or more")
        unknown = sorted(set(config.prime) - set(self.letters))
        if unknown or not config.prime:
            raise DataError(f"the prime has letters that the text lacks: {' '.join(map(repr, unknown))}" if unknown
                            else "the prime is empty")
        codes = np.array([self._index[letter] for letter in text], np.int32)
        cut = int(len(codes) * (1 - VALIDATION))
        self._train, self._held = codes[:cut], codes[cut:]
        keras.utils.set_random_seed(config.seed)
        read = keras.Input((None,), dtype="int32")  # (B, T)
        state = [keras.Input((config.units,)), keras.Input((config.units,))]
        embedded = keras.layers.Embedding(len(self.letters), 64)(read)  # (B, T, 64)
        seen, *after = keras.layers.LSTM(config.units, return_sequences=True, return_state=True)(
            embedded, initial_state=state)  # (B, T, units)
        self.model = keras.Model([read, *state], [keras.layers.Dense(len(self.letters))(seen), *after])
        self._optimizer = keras.optimizers.Adam(config.learning_rate, clipnorm=1.0)
        self._optimizer.build(self.model.trainable_variables)

        def bits(logits: Any, following: Any) -> Any:
            nats = tf.nn.sparse_softmax_cross_entropy_with_logits(following, logits)
            return tf.reduce_mean(nats) / np.float32(np.log(2))

        def learn(codes: Any, following: Any, h: Any, c: Any) -> Any:
            with tf.GradientTape() as tape:
                logits, h, c = self.model([codes, h, c], training=True)
                loss = bits(logits, following)
            gradients = tape.gradient(loss, self.model.trainable_variables)
            self._optimizer.apply(gradients, self.model.trainable_variables)
            return loss, h, c

        def judge(codes: Any, following: Any, h: Any, c: Any) -> Any:
            logits, h, c = self.model([codes, h, c], training=False)
            return bits(logits, following), h, c

        self._learn, self._judge = tf.function(learn), tf.function(judge)
        self._next = tf.function(lambda codes, h, c: self.model([codes, h, c], training=False))

    def learn_round(self, number: int) -> float:
        """One round; the mean loss in bits a character. The state of the LSTM runs on from step to step."""
        config = self.config
        rng = np.random.default_rng([config.seed, number])
        # By the round alone, not by how many there will be: so a run may go on beyond where it was to end.
        self._optimizer.learning_rate.assign(config.learning_rate * DECAY ** max(number - STEADY_ROUNDS, 0))
        starts = rng.integers(len(self._train), size=STREAMS)
        h = c = np.zeros((STREAMS, config.units), np.float32)
        losses = []
        for step in range(ROUND_STEPS):
            places = (starts[:, None] + step * SPAN + np.arange(SPAN + 1)) % len(self._train)
            block = self._train[places]  # (STREAMS, SPAN + 1)
            loss, h, c = self._learn(block[:, :-1], block[:, 1:], h, c)
            losses.append(float(loss))
        return float(np.mean(losses))

    def validate(self) -> float:
        """Bits a character of the held out text, read in up to 16 streams; the first `SPAN` of each warm the state."""
        streams = min(16, (len(self._held) - 1) // SPAN)
        if streams == 0:
            raise DataError("the text is too short to hold any of it out")
        length = (len(self._held) - 1) // streams
        rows = np.stack([self._held[i * length : (i + 1) * length + 1] for i in range(streams)])
        h = c = np.zeros((streams, self.config.units), np.float32)
        losses = []
        for left in range(0, length - SPAN + 1, SPAN):
            loss, h, c = self._judge(rows[:, left : left + SPAN], rows[:, left + 1 : left + SPAN + 1], h, c)
            losses.append(float(loss))
        return float(np.mean(losses[1:] or losses))

    def write(self, count: int, seed: int, length: int | None = None) -> list[str]:
        """`count` samples, the prime first, each up to `length` letters or to the end mark, which is left out."""
        config = self.config
        rng = np.random.default_rng([config.seed, seed])
        codes = np.tile([self._index[letter] for letter in config.prime], (count, 1)).astype(np.int32)
        h = c = np.zeros((count, config.units), np.float32)
        texts = [config.prime] * count
        for _ in range(length or config.sample_length):
            logits, h, c = self._next(codes, h, c)
            scaled = np.asarray(logits)[:, -1].astype(np.float64) / config.temperature
            # The largest of scores with Gumbel noise is a draw from their softmax.
            codes = (scaled + rng.gumbel(size=scaled.shape)).argmax(axis=1).astype(np.int32)[:, None]
            texts = [t if _ended(t, config) else t + self.letters[i] for t, i in zip(texts, codes[:, 0], strict=True)]
            if all(_ended(t, config) for t in texts):
                break
        return [t.removesuffix(config.stop).lstrip("\n") if config.stop else t for t in texts]

    def variables(self) -> list[Any]:
        return [*self.model.variables, *self._optimizer.variables]


def _ended(text: str, config: WriteConfig) -> bool:
    return bool(config.stop) and len(text) > len(config.prime) and text.endswith(config.stop)


def train(text: str, config: WriteConfig, folder: Path, on_round: Callable[[int, History], None],
          ) -> tuple[Writer, History]:
    """Train on a text, or go on with the checkpoint in `folder`, up to `config.rounds`; samples are taken at rounds 0,
    1, 2, 4, 8 ... and at the last. Raises DataError if the checkpoint is another run's."""
    writer, history = Writer(text, config), History()
    checkpoint = folder / "checkpoint.npz"
    about = json.dumps([len(text), "".join(writer.letters), config.units, config.learning_rate, config.seed])
    if checkpoint.exists():
        history = _load(checkpoint, writer, about)
    for number in range(len(history.validation), config.rounds + 1):
        trained = writer.learn_round(number) if number else float("nan")
        history.validation.append(writer.validate())
        history.training.append(trained if number else history.validation[0])
        if number == config.rounds or number & (number - 1) == 0:
            history.samples[number] = writer.write(1, number)[0]
        _save(checkpoint, writer, history, about)
        on_round(number, history)
    last = len(history.validation) - 1  # more than was asked for, where a longer run came before
    if last not in history.samples:
        history.samples[last] = writer.write(1, last)[0]
    return writer, history


def _save(path: Path, writer: Writer, history: History, about: str) -> None:
    arrays = {f"v{i}": np.asarray(v) for i, v in enumerate(writer.variables())}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, about=about, history=json.dumps(asdict(history)), **arrays)  # type: ignore[arg-type]


def _load(path: Path, writer: Writer, about: str) -> History:
    try:
        with np.load(path) as saved:
            if str(saved["about"]) != about:
                raise DataError(f"{path} is of another text or other options; choose another folder with -o")
            for i, variable in enumerate(writer.variables()):
                if f"v{i}" in saved:  # the shipped run is without what its optimiser remembered
                    variable.assign(saved[f"v{i}"])
            kept = json.loads(str(saved["history"]))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} is damaged ({error}); remove it to begin again") from error
    return History(kept["training"], kept["validation"], {int(k): v for k, v in kept["samples"].items()})


def draw_curve(history: History) -> bytes:
    """Bits a character over the characters read, as PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.5, 4), layout="constrained")
    read = np.arange(len(history.validation)) * STREAMS * SPAN * ROUND_STEPS / 1e6
    axes.plot(read, history.training, color="#8aa", label="learned from")
    axes.plot(read, history.validation, color="#b30", label=f"held out: {history.validation[-1]:.2f} at the end")
    axes.set(xlabel="million characters read", ylabel="bits a character", ylim=(0, None))
    axes.legend(frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    plt.close(figure)
    return buffer.getvalue()


@dataclass(frozen=True)
class TuneReport:
    """A written tune: what is wrong with it ("" if nothing), its page as PNG, and of its notes how many there are, how
    many were read on the page, and how many of those are right; as MIDI. page and midi are empty where nothing was
    engraved."""

    text: str
    fault: str
    page: bytes = b""
    notes: int = 0
    read_notes: int = 0
    right: int = 0
    midi: bytes = b""


def write_page(history: History, curve: bytes, tunes: Sequence[TuneReport], title: str, note: str, path: Path) -> None:
    """The whole run as one HTML page. note: a sentence below the title."""
    last = len(history.validation) - 1
    pieces = [in_talk("write"), page.words(note),
              page.embedded(curve, "bits a character, on what it learns from and on what was held out"),
              page.heading("As it learned")]
    for number, sample in sorted(history.samples.items()):
        pieces.append(f"<h3>Round {number} of {last}: {history.validation[number]:.2f} bits a character</h3>"
                      f"<pre>{html.escape(sample.strip())}</pre>")
    if tunes:
        pieces += [page.heading("What it wrote at the end"),
                   page.words("A tune is valid if the notes of every bar add up to its metre, and if it is no copy. "
                              "Those are engraved, and omr scan reads them from the picture.")]
    for tune in sorted(tunes, key=lambda t: bool(t.fault)):
        verdict = tune.fault or "valid"
        if tune.page:
            verdict += f"; engraved, and of its {tune.notes} notes {tune.right} were read back right"
            verdict += f" ({tune.read_notes} read)"
        pieces += [page.words(verdict), f"<pre>{html.escape(tune.text.strip())}</pre>"]
        if tune.midi:
            sound = base64.b64encode(tune.midi).decode()
            pieces.append(f'<p><a download="tune.mid" href="data:audio/midi;base64,{sound}">as MIDI</a></p>')
        if tune.page:
            pieces.append(page.embedded(tune.page, "the tune, engraved"))
    page.write(path, title, pieces)
