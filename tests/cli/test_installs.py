"""A plain install brings what a scan imports and no more; a command that needs more says how to get it."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from cli import extras
from cli.main import COMMANDS, MISSING_PACKAGES, main, omr
from omr.detect.runtime import shipped

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = importlib.metadata.packages_distributions()
OURS = {"omr", "cli", "companions"}
SCANNED = [*(ROOT / "omr").rglob("*.py"), *(ROOT / "cli").glob("*.py"), ROOT / "companions" / "squeeze.py"]
NEVER = {"matplotlib", "joblib", "tensorflow", "keras", "scikit-image"}
"""Some of these come with music21, which a scan uses; none of them is imported."""


def _listed(lines: str) -> set[str]:
    """The distributions in a list of setup.cfg; an extra that it includes is "omr[NAME]"."""
    names = [re.split(r"[\s>=<]", line)[0] for line in lines.splitlines() if line and not line.startswith("#")]
    return {_normal(name) for name in names if name}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _setup() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config


def _base() -> set[str]:
    return _listed(_setup()["options"]["install_requires"])


def _with_requirements(names: set[str]) -> set[str]:
    """The distributions and all that they need in turn, without extras."""
    found: set[str] = set()
    left = set(names)
    while left:
        name = left.pop()
        found.add(name)
        try:
            requirements = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:  # for another platform
            continue
        left |= {_normal(re.split(r"[^\w.-]", r)[0]) for r in requirements if "extra ==" not in r} - found
    return found


COMMAND = "import sys; from cli.main import main; code = main(sys.argv[1:]); print(*sys.modules); sys.exit(code)"


@pytest.mark.skipif(not (shipped() / "card.json").exists(), reason="no weights in the package yet")
@pytest.mark.parametrize("language", ["none", "eng"])
def test_a_scan_imports_nothing_beyond_a_plain_install(language: str, tmp_path: Path) -> None:
    arguments = ["-v", "scan", "examples/minuet.png", "-o", str(tmp_path / "a.musicxml"),
                 "--language", language, "--overlay", "--keep", str(tmp_path / "kept")]
    _imports_what_is_allowed([sys.executable, "-c", COMMAND, *arguments],
                             {"numpy", "onnxruntime", "opencv-python-headless"})


@pytest.mark.skipif(not (shipped() / "card.json").exists(), reason="no weights in the package yet")
def test_writing_imports_nothing_beyond_a_plain_install(tmp_path: Path) -> None:
    """`omr scan` writes in a process of its own; here one process does both."""
    code = ("import sys, omr; omr.write(omr.scan('examples/minuet.png', languages=[]), sys.argv[1]); "
            "print(*sys.modules)")
    _imports_what_is_allowed([sys.executable, "-c", code, str(tmp_path / "a.musicxml")], {"numpy", "music21"})


def _imports_what_is_allowed(command: Sequence[str], least: set[str]) -> None:
    """Run a program that prints the modules it has imported. least: distributions that must be among theirs."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    modules = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()} - set(sys.stdlib_module_names)
    imported = {_normal(name) for module in modules - OURS for name in DISTRIBUTIONS.get(module, [])}
    assert least <= imported
    # Others come with the interpreter's environment (site, editable installs), not with the scan.
    allowed = _with_requirements(_base()) | {"setuptools"}
    assert imported - allowed == set()
    assert imported & NEVER == set()


def test_what_a_scan_imports_itself_is_listed() -> None:
    """Not only by grace of another package that needs it too."""
    names = set()
    for path in SCANNED:
        if (path.name in {"augment.py", "train.py", "quantise.py", "guard.py", "library.py", "devices.py",
                                 "review.py"}
                or path.parent.name in ("library", "review")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").split(".")[0])
    imported = {_normal(DISTRIBUTIONS[name][0]) for name in names - OURS if name in DISTRIBUTIONS}
    assert imported == _base()


def test_the_table_of_extras_is_setup_cfgs() -> None:
    section = _setup()["options.extras_require"]
    for extra, modules in extras.MODULES.items():
        listed = _listed(section[extra])
        known = {_normal(DISTRIBUTIONS[m][0]) if m in DISTRIBUTIONS else _normal(m) for m in modules}
        if extra == "rivals":  # torch comes with torchvision
            known.discard("torch")
        if extra == "dev":
            assert known <= listed
            continue
        assert known == {name for name in listed if not name.startswith("omr[")}, extra
        assert {f"omr[{other}]" for other in extras.INCLUDES.get(extra, ())} == {
            name for name in listed if name.startswith("omr[")}, extra
    assert set(extras.MODULES) == set(section)
    assert {"omr[train]", "omr[evaluate]", "omr[talk]", "omr[library]"} <= _listed(section["dev"])


@pytest.mark.parametrize(
    ("arguments", "module", "extra"),
    [
        (["train", "--data", "x", "-o", "y"], "keras", "train"),
        (["deepscores", "engrave", "-o", "pages"], "verovio", "pages"),
        (["evaluate", "bench"], "musicdiff", "evaluate"),
        (["evaluate", "formats", "x"], "keras", "evaluate,train"),
        (["talk", "go"], "sklearn", "talk"),
        (["guard"], "skimage", "talk"),
        (["library", "scans", "read"], "distributed", "library"),
        (["library", "status", "read"], "pyarrow", "library"),
    ],
)
def test_a_command_that_lacks_packages_says_how_to_get_them(
    arguments: list[str], module: str, extra: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    name = " ".join(arguments[:2] if arguments[0] in extras.GROUPS - extras.WITH_INPUT else arguments[:1])
    assert main(arguments) == MISSING_PACKAGES
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"omr: omr {name} needs more packages ({module}): ")
    assert line.endswith(f"-m pip install 'omr[{extra}]'")
    assert main([*name.split(), "--help"]) == 0


def test_a_package_missed_on_the_way_is_named_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def scan(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'jax'", name="jax.numpy")

    monkeypatch.setattr("cli.scan.plan", scan)
    assert main(["scan", "a.png"]) == MISSING_PACKAGES
    assert capsys.readouterr().err.endswith("omr scan needs more packages (jax): "
                                            f"{sys.executable} -m pip install 'omr[dev]'\n")

    def broken(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'omr.nothing'", name="omr.nothing")

    monkeypatch.setattr("cli.scan.plan", broken)
    assert main(["scan", "a.png"]) == 70


def test_groups_and_scans_need_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in {m for modules in extras.MODULES.values() for m in modules}:
        monkeypatch.setitem(sys.modules, module, None)
    for arguments in ([], ["evaluate"], ["evaluate", "bench", "-h"], ["scan", "a.png"], ["bench", "a.png"], ["--help"]):
        assert extras.lacking(arguments) == ""
    assert "(skimage, albumentations, font_caladea and " in extras.lacking(["talk", "go"])
    context = click.Context(omr)
    assert {name for name in COMMANDS if isinstance(omr.get_command(context, name), click.Group)} == extras.GROUPS


def test_the_readme_and_ci_run_the_same_tests() -> None:
    readme = (ROOT / "README.md").read_text()
    first, test = re.findall(r"```bash\n(.*)\n```", readme.split("## Use")[0])
    assert ".venv/bin/pip install -e ." in first and " scan examples/minuet.png " in first
    assert test in (ROOT / ".ci" / "run").read_text()
