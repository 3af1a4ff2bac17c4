"""Staves and systems against counts made by eye: the definition, the labels, and the command on a real page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from evaluation.structure import PageLabel, StructureResult, figures, markdown, read_labels
from omr.errors import DataError

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_pages_are_counted_as_the_definition_says() -> None:
    label = PageLabel("a.png", "scan", (2, 2))
    results = [
        StructureResult(label=label, systems=(2, 2)),
        StructureResult(label=label, systems=(4,)),  # every staff found, wrong all the same, and nobody says so
        StructureResult(label=label, systems=(2, 2, 1), doubts=("a staff without a clef",)),
        StructureResult(label=label, systems=(), error="no staff lines", exit_code=6),
        StructureResult(label=label, systems=(), error="unexpected KeyError", exit_code=70),
        StructureResult(label=PageLabel("title.png", "cover", ()), systems=(), error="no staff lines", exit_code=6),
    ]
    assert figures(results) == {
        "pages": 6, "right": 2, "right_share": 2 / 6, "refusals": 2, "silent": 1, "bugs": 1, "staves": 20,
        "staves_found": 12, "false_staves": 1,
    }


def test_labels_are_read_whatever_other_columns_there_are(tmp_path: Path) -> None:
    table = tmp_path / "labels.tsv"
    table.write_text('file\tkind\tnotes\tper_system\na/b.pdf\tscan\tan "odd note\t3,3,2\nc.png\tcover\t\t-\n')
    assert read_labels(table) == [PageLabel("a/b.pdf", "scan", (3, 3, 2)), PageLabel("c.png", "cover", ())]


def test_a_broken_label_names_its_line(tmp_path: Path) -> None:
    table = tmp_path / "labels.tsv"
    table.write_text("file\tkind\tper_system\na.png\tscan\t2,2\nb.png\tscan\ttwo\n")
    with pytest.raises(DataError, match="line 3"):
        read_labels(table)


def test_the_command_reads_real_pages_and_tells_right_from_wrong(tmp_path: Path) -> None:
    from cli.evaluate.structure import structure

    labels, table = tmp_path / "labels.tsv", tmp_path / "out.json"
    right = "2,2,2,2,2"
    labels.write_text(f"file\tkind\tper_system\nminuet.png\tprint\t{right}\nminuet.krn\ttext\t-\n")
    run = CliRunner().invoke(structure, [str(EXAMPLES), str(labels), "--json", str(table)], catch_exceptions=False)
    found = json.loads(table.read_text())
    assert "2 of 2 pages right (100.0%)" in run.output
    assert [p["systems"] for p in found["pages"]] == [[2] * 5, []] and found["pages"][1]["exit_code"] == 3

    labels.write_text("file\tkind\tper_system\nminuet.png\tprint\t4,4\n")
    drawn = [str(EXAMPLES), str(labels), "--overlay", str(tmp_path)]
    run = CliRunner().invoke(structure, drawn, catch_exceptions=False)
    assert "minuet.png: 4,4, read 2,2,2,2,2" in run.output and "0 of 1 pages right" in run.output
    assert (tmp_path / "minuet.png.png").exists()


def test_notes_are_compared_where_there_is_a_truth(tmp_path: Path) -> None:
    from cli.evaluate.structure import structure

    labels, table, page = tmp_path / "labels.tsv", tmp_path / "out.json", tmp_path / "out.md"
    labels.write_text("file\tkind\tper_system\ttruth\nminuet.png\tprint\t2,2,2,2,2\tminuet.krn\n")
    arguments = [str(EXAMPLES), str(labels), "--json", str(table), "--markdown", str(page)]
    run = CliRunner().invoke(structure, arguments, catch_exceptions=False)
    assert "1 pages with a truth: pitch F1 1.000, note F1 1.000" in run.output
    (found,) = json.loads(table.read_text())["pages"]
    assert (found["pitch_f1"], found["note_f1"], found["all_doubts"]) == (1, 1, 0)
    assert page.read_text().splitlines()[-1] == "| minuet.png | print | 5 x 2 | the same | 0 | 1.00 | 1.00 |"


def test_the_table_of_pages_names_what_was_read_otherwise() -> None:
    label = PageLabel("a.png", "scan", (2, 3), "a.musicxml")
    results = [StructureResult(label=label, systems=(3, 3), all_doubts=4, pitch_f1=0.5, note_f1=0.254),
               StructureResult(label=PageLabel("b.png", "cover", ()), systems=())]
    assert markdown(results).splitlines()[2:] == [
        "| a.png | scan | 2,3 | 3,3 | 4 | 0.50 | 0.25 |", "| b.png | cover | - | the same | 0 |  |  |"]
