"""`omr scan` at its edges: what goes where, what is refused and with which exit code."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from PIL import Image

import companions.squeeze
import omr.composing
import omr.detect.runtime
import omr.page.pdf
import omr.pipeline
from cli.main import main
from cli.scan import PageNumbers
from omr.errors import InputError
from omr.types import DetectorMaps, Measure, Part, Score
from omr.types.vocabulary import NAMES
from tests.omr.page import rawpdf


class BlindDetector:
    """Sees nothing."""

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        h, w = (-(-side // 4) * 4 for side in pixels.shape)
        return DetectorMaps(
            energy=np.zeros((h // 2, w // 2), np.float32), class_prob=np.zeros((h // 4, w // 4, len(NAMES)),
                                                                               np.float32),
            box_size=np.zeros((h // 2, w // 2, 4), np.float32), strokes=np.zeros((h // 2, w // 2, 10), np.float32),
        )


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(omr.detect.runtime, "load_detector", lambda folder=None, **_: BlindDetector())


def _staves(path: Path) -> Path:
    """A page with staves on it, so that its scale can be measured."""
    pixels = np.full((700, 900), 255, np.uint8)
    for top in (100, 300, 500):
        for k in range(5):
            pixels[top + 12 * k : top + 12 * k + 2, 60:840] = 0
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize(
    ("text", "pages"), [("1", {1}), ("1,3-5", {1, 3, 4, 5}), (" 2 - 2 , 7", {2, 7})]
)
def test_page_numbers(text: str, pages: set[int]) -> None:
    assert PageNumbers().convert(text, None, None) == pages


@pytest.mark.parametrize("text", ["", "0", "3-1", "a", "1,,2", "-1", "1-", "1-999999999"])
def test_bad_page_numbers(text: str) -> None:
    with pytest.raises(click.BadParameter):
        PageNumbers().convert(text, None, None)


def _code(arguments: list[Any], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and stderr; a failure is one line without a trace."""
    code = main([str(a) for a in arguments])
    error = capsys.readouterr().err
    if code not in (0, 2):
        assert len(error.strip().splitlines()) == 1 and error.startswith("omr: "), error
    assert "Traceback" not in error
    return code, error


def test_usage_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _code(["scan"], capsys)[0] == 2
    assert _code(["scan", "x.png", "--format", "wav"], capsys)[0] == 2
    assert _code(["scan", "x.png", "--pages", "0"], capsys)[0] == 2
    assert _code(["scam"], capsys)[0] == 2


@pytest.mark.usefixtures("blind")
def test_unreadable_inputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    assert _code(["scan", text], capsys)[0] == 3
    assert _code(["scan", tmp_path / "missing.png"], capsys)[0] == 3
    empty = tmp_path / "empty"
    empty.mkdir()
    assert _code(["scan", empty], capsys)[0] == 3
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\n")
    assert _code(["scan", broken], capsys)[0] == 3
    nothing = tmp_path / "nothing.pdf"
    nothing.touch()
    assert _code(["scan", nothing], capsys)[0] == 3
    assert list(tmp_path.glob("*.musicxml")) == []


@pytest.mark.usefixtures("blind")
def test_an_encrypted_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    locked = tmp_path / "locked.pdf"
    digest = "<" + "5a" * 32 + ">"  # of no password
    locked.write_text(
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
        "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n"
        f"4 0 obj\n<< /Filter /Standard /V 1 /R 2 /O {digest} /U {digest} /P -4 >>\nendobj\n"
        "trailer\n<< /Root 1 0 R /Size 5 /Encrypt 4 0 R /ID [<00> <00>] >>\n%%EOF\n"
    )
    code, error = _code(["scan", locked], capsys)
    assert code == 4 and "password" in error.lower()


def test_a_page_that_is_never_drawn_costs_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forms that draw one another keep any program busy for years; the page after them is the bundled one."""
    monkeypatch.setattr(omr.page.pdf, "LIMIT_S", 5.0)
    minuet = np.asarray(Image.open(Path(__file__).parents[2] / "examples" / "minuet.png").convert("L"))
    height, width = minuet.shape
    forms = [rawpdf.form(b"/F Do /F Do", b"/XObject << /F %d 0 R >>" % (8 + i)) for i in range(40)]
    page = (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /XObject << %s >> >> >>")
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
               page % (5, b"/F 7 0 R"), page % (6, b"/I 48 0 R"), rawpdf.stream(b"", b"/F Do"),
               rawpdf.stream(b"", b"595 0 0 842 0 0 cm /I Do"), *forms, rawpdf.form(b"0 0 m 9 9 l S"),
               rawpdf.image(width, height, minuet.tobytes(), b"/ColorSpace /DeviceGray /BitsPerComponent 8")]
    book, out = tmp_path / "book.pdf", tmp_path / "out.musicxml"
    book.write_bytes(rawpdf.pdf(objects))
    assert main([str(a) for a in ("scan", book, "-o", out, "--jobs", 1, "--language", "none")]) == 0
    assert "page 1: page of book.pdf could not be read" in capsys.readouterr().out
    assert out.read_text().count("<measure ") == 32
    monkeypatch.setattr(omr.page.pdf, "LIMIT_S", 0.5)
    code, error = _code(["scan", book, "--pages", 1, "-o", tmp_path / "none.musicxml"], capsys)
    assert code == 3 and "takes more than 0.5 seconds" in error and not (tmp_path / "none.musicxml").exists()


@pytest.mark.usefixtures("blind")
def test_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny = tmp_path / "tiny.png"
    Image.new("L", (1, 1), 255).save(tiny)
    assert _code(["scan", tiny], capsys)[0] == 5
    huge = tmp_path / "huge.png"
    Image.new("1", (40_000, 300), 1).save(huge)
    assert _code(["scan", huge], capsys)[0] == 5


@pytest.mark.usefixtures("blind")
def test_a_page_without_music(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blank = tmp_path / "blank.png"
    Image.new("L", (800, 1000), 255).save(blank)
    assert _code(["scan", blank], capsys)[0] == 6
    assert not (tmp_path / "blank.musicxml").exists()
    assert _code(["scan", _staves(tmp_path / "staves.png")], capsys)[0] == 6


def test_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = _staves(tmp_path / "page.png")
    assert _code(["scan", page, "--weights", tmp_path / "nowhere"], capsys)[0] == 7
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "card.json").write_text("{}")
    assert _code(["scan", page, "--weights", tmp_path / "weights"], capsys)[0] == 7


@pytest.mark.usefixtures("blind")
def test_unwritable_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = _staves(tmp_path / "page.png")
    (tmp_path / "file").touch()
    assert _code(["scan", page, "-o", tmp_path / "file" / "out.musicxml"], capsys)[0] == 8
    folder = tmp_path / "out.musicxml"
    folder.mkdir()
    assert _code(["scan", page, "-o", tmp_path, "--format", "musicxml", "-q"], capsys)[0] == 6
    if os.geteuid() != 0:  # root may write anywhere
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        assert _code(["scan", page, "-o", locked / "out.musicxml"], capsys)[0] == 8


@pytest.mark.usefixtures("blind")
def test_what_cannot_be_an_input_or_output_is_said_before_the_scan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _staves(tmp_path / "page.png")
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    (tmp_path / "circle.musicxml").symlink_to(tmp_path / "circle.musicxml")

    def read(*arguments: Any) -> None:
        raise AssertionError("a page was read")

    monkeypatch.setattr(omr.pipeline, "read_task", read)
    assert _code(["scan", pipe], capsys) == (3, f"omr: {pipe} is neither a file nor a folder. {InputError.remedy}\n")
    assert _code(["scan", "x" * 300 + ".png"], capsys)[0] == 3
    for out in ("x" * 300 + ".musicxml", "circle.musicxml"):
        assert _code(["scan", page, "-o", tmp_path / out], capsys)[0] == 8
    for option in (("--overlay",), ("--movements", "split")):  # whose names are longer
        assert _code(["scan", page, "-o", tmp_path / ("x" * 246 + ".musicxml"), *option], capsys)[0] == 8
    code, error = _code(["scan", page, "-o", pipe.rename(tmp_path / "pipe.musicxml")], capsys)
    assert code == 8 and "a device or a pipe" in error


@pytest.mark.usefixtures("blind")
def test_an_output_that_is_a_link_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = Measure(number=1, duration_quarter=Fraction(4), time=(4, 4))
    score = Score(source="a.png", parts=(Part(id="P1", name="", staves=1, measures=(measure,)),))
    monkeypatch.setattr(omr.composing.Composing, "score", lambda *_: score)
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real.musicxml").write_text("old")
    link = tmp_path / "link.musicxml"
    link.symlink_to(Path("far") / "real.musicxml")
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    left = tmp_path / "far" / f".real.musicxml.omr-{process.pid}.part"
    left.write_text("half")
    others = [tmp_path / "far" / ".real.musicxml.part", tmp_path / "far" / f".real.musicxml.omr-{os.getpid()}.part"]
    for path in others:
        path.touch()
    assert main(["scan", str(_staves(tmp_path / "a.png")), "-o", str(link)]) == 0
    assert link.is_symlink() and "<score-partwise" in (tmp_path / "far" / "real.musicxml").read_text()
    assert not left.exists(), "what a process left that is no more"
    assert others[0].exists(), "not ours"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_standard_output_that_is_full(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "cli.main", "version"], stdout=full, stderr=subprocess.PIPE,
                              text=True, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stderr) == (8, "omr: cannot write: No space left on device\n")


def test_no_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)  # where the folder is kept once it was found
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "nowhere")])
    assert main(["review", str(_staves(tmp_path / "a.png")), "--no-browser"]) == 8
    error = capsys.readouterr().err
    assert error.startswith("omr: No usable temporary directory found in") and "TMPDIR" in error


def test_scores_side_by_side_are_those_read_one_by_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Image.open(Path(__file__).parents[2] / "examples" / "minuet.png")
    (tmp_path / "b").mkdir()
    for i, top in enumerate((350, 740, 1100)):
        page.crop((0, top, page.width, top + 380)).save(tmp_path / ("b" if i else ".") / f"{i}.png")
    (tmp_path / "broken.png").write_text("no picture")
    inputs = [str(tmp_path / name) for name in ("b", "broken.png", "0.png")]
    written = []
    for jobs in ("1", "2", "2"):
        out = tmp_path / f"out{len(written)}"
        assert main(["scan", *inputs, "--jobs", jobs, "-o", str(out), "-q"]) == 3
        said = capsys.readouterr()
        assert [line.split(":")[0] for line in said.out.splitlines()] == [f"{out}/b.musicxml", f"{out}/0.musicxml"]
        assert said.err.startswith("omr: broken.png: ") and len(said.err.splitlines()) == 1
        written.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert written[0].keys() == {"b.musicxml", "0.musicxml"}
    assert written[0] == written[1] == written[2]


def test_one_bad_input_of_many_costs_only_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import cli.scan as module
    from omr.types import Score

    monkeypatch.setattr(omr.detect.runtime, "load_detector", lambda folder=None, **_: BlindDetector())
    scanned = []

    def scan_job(job: Any, *rest: Any) -> Any:
        if job.paths[0].name == "b.png":
            raise InputError("b.png is broken")
        scanned.append(job.paths[0].name)
        job.out.write_text("music")
        return [job.out], Score(source="x", parts=()), 1, 0.1

    monkeypatch.setattr(module, "scan_job", scan_job)
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).touch()
    arguments = ["scan", *(tmp_path / n for n in ("a.png", "b.png", "c.png")), "-o", tmp_path / "out"]
    assert _code(arguments, capsys)[0] == 3
    assert scanned == ["a.png", "c.png"]
    # The same command again goes on where it was; --force starts over.
    assert _code(arguments, capsys)[0] == 3 and scanned == ["a.png", "c.png"]
    assert _code([*arguments, "--force"], capsys)[0] == 3 and scanned == ["a.png", "c.png"] * 2


def test_interruption_and_bugs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _staves(tmp_path / "page.png")

    def interrupted(folder: Any = None, **options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(omr.detect.runtime, "load_detector", interrupted)
    assert main(["scan", str(page)]) == 130
    capsys.readouterr()

    def buggy(folder: Any = None, **options: Any) -> Any:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(omr.detect.runtime, "load_detector", buggy)
    code, error = _code(["scan", page], capsys)
    assert code == 70 and "ZeroDivisionError: by zero" in error
    with pytest.raises(ZeroDivisionError):
        main(["--debug", "scan", str(page)])


@pytest.mark.usefixtures("blind")
def test_movements_in_a_file_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measures = tuple(Measure(number=1, duration_quarter=Fraction(4), time=(4, 4), new_movement=i == 1,
                             new_system=i == 1) for i in range(2))
    score = Score(source="a.png", parts=(Part(id="P1", name="", staves=1, measures=measures),))
    monkeypatch.setattr(omr.composing.Composing, "score", lambda *_: score)
    image = _staves(tmp_path / "a.png")
    assert main(["scan", str(image), "--movements", "split"]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-1.musicxml", "a-2.musicxml", "a.png"]
    assert f"{tmp_path / 'a-1.musicxml'} to a-2.musicxml: 1 page, 2 movements" in capsys.readouterr().out
    assert main(["scan", str(image)]) == 0
    assert (tmp_path / "a.musicxml").read_bytes().count(b"<measure ") == 2


def test_guard_doubts_what_reads_otherwise_when_smoothed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Print moves a little, and less than the limit: with a limit below that it is doubted."""
    page = Image.open(Path(__file__).parents[2] / "examples" / "minuet.png")
    page.crop((0, 0, page.width, page.height // 4)).save(tmp_path / "a.png")
    assert main(["scan", str(tmp_path / "a.png"), "--guard"]) == 0
    assert "tampered" not in capsys.readouterr().out
    monkeypatch.setattr(companions.squeeze, "LIMIT", 1e-6)
    assert main(["scan", str(tmp_path / "a.png"), "--guard", "--force", "--keep", str(tmp_path / "kept")]) == 0
    assert "tampered" in (tmp_path / "kept" / "doubts.json").read_text()


@pytest.mark.usefixtures("blind")
def test_verbose_says_what_happens_while_it_happens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = _staves(tmp_path / "page.png")
    assert main(["scan", str(page)]) == 6
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["--verbose", "scan", str(page)]) == 6
    size, unread, seconds, error = capsys.readouterr().err.splitlines()
    assert size.startswith(f"page 1 ({page}): about 900 x 700 pixels, staff space 12.0 pixels")
    assert unread == f"page 1 ({page}): no staff found on this page"
    assert "detect" in seconds and error.startswith("omr: no music found in page.png: no staff found on this page")
    assert main(["scan", str(page)]) == 6
    assert len(capsys.readouterr().err.splitlines()) == 1, "the log is left as it was"
