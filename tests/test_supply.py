"""What the program is installed with: versions bound, locked for CI, and every licence told."""

from __future__ import annotations

import configparser
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
CHANGING = {"albumentations", "converter21", "jax", "keras", "music21",
            "musicdiff", "numpy", "onnx", "onnxruntime",
            "opencv-python-headless", "pillow", "pypdfium2", "tensorflow", "tesserocr", "verovio"}
"""Packages of which new versions have broken programs, or change what comes out."""


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_licences", ROOT / "docs" / "make_licences.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def requirements() -> list[Requirement]:
    """All lines of setup.cfg, but those that name other extras of this program."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    lists = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    found = [Requirement(line) for lines in lists for line in lines.splitlines() if line]
    return [requirement for requirement in found if requirement.name != "omr"]


def locked() -> dict[str, str]:
    """Name -> version of the packages that CI installs."""
    lines = (ROOT / ".ci" / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}


def test_what_breaks_often_has_an_upper_bound(licences: ModuleType) -> None:
    bound = {licences.normal(r.name) for r in requirements() if any(s.operator in ("<", "==") for s in r.specifier)}
    assert bound >= CHANGING


def test_ci_installs_one_version_of_all_that_is_needed_and_a_permitted_one(licences: ModuleType) -> None:
    versions = locked()
    assert not licences.needed("dev") - versions.keys(), "run .ci/lock.py"
    for requirement in requirements():
        name = licences.normal(requirement.name)
        if name not in versions:
            assert name == "torchvision", "only the extra `rivals`, which CI goes without, may be missing"
        else:
            assert requirement.specifier.contains(versions[name]), requirement
    assert "PIP_CONSTRAINT=" in (ROOT / ".ci" / "run").read_text().split("pip install")[0]


def test_every_package_has_its_licence_listed(licences: ModuleType) -> None:
    page = (ROOT / "docs" / "licences.md").read_text()
    needed = licences.needed("dev")
    for name in needed:
        assert f"| {name} | {licences.licence(name)}" in page, "run python docs/make_licences.py"
    listed = set(re.findall(r"^\| ([a-z0-9-]+) \| .* \|$", page.split(licences.BEGIN)[1], re.MULTILINE)) - {"package"}
    assert listed <= needed | locked().keys(), "run python docs/make_licences.py"
