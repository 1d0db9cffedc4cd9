# SPDX-License-Identifier: Apache-2.0
"""What is exported is well formed, says what the ledger says, and is equal bytes every time."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from guardlane.cite import references
from guardlane.ledger.bibliography import bibtex, csl_json
from guardlane.ledger.crate import export_files
from guardlane.ledger.verdict import judge_all
from tests.arch.ledger.ledger_samples import CLAIMS, claims_in, row
from tests.environment import environment

PROGRAM = """
import hashlib, sys
from guardlane.ledger.claims import read_claims
from guardlane.ledger.crate import export_files
from guardlane.ledger.evidence import read_evidence
for name, content in sorted(export_files(read_claims(), read_evidence()).items()):
    print(name, hashlib.sha256(content).hexdigest())
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    claims = claims_in(tmp_path / "claims")
    claim = claims.named("toy-sum")
    rows = [
        row(claim),
        row(claim, low=8.0, high=9.0, seeds="4..6"),
        row(claim, low=None, high=None, n=1, seeds="7"),
        row(claim, claim_hash="f" * 32, seeds="8"),
        row(claim, calibrated_on=("toy-sum",)),
    ]
    return dict(export_files(claims, rows))


def graph(files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    found = json.loads(files["ro-crate-metadata.json"])
    assert found["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    assert len({node["@id"] for node in found["@graph"]}) == len(found["@graph"])
    return {node["@id"]: node for node in found["@graph"]}


def test_the_crate_has_what_ro_crate_requires(files: dict[str, bytes]) -> None:
    nodes = graph(files)
    descriptor = nodes["ro-crate-metadata.json"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = nodes[descriptor["about"]["@id"]]
    assert (root["@id"], root["@type"]) == ("./", "Dataset")
    assert root["name"]
    assert root["description"]
    assert date.fromisoformat(root["datePublished"]) == date(2026, 1, 2)
    assert nodes[root["license"]["@id"]]["name"] == "Apache License 2.0"
    parts = {part["@id"] for part in root["hasPart"]}
    assert parts == set(files) - {"ro-crate-metadata.json"}
    assert all(nodes[part]["@type"] == "File" and nodes[part]["name"] for part in parts)
    assert all("@type" in node for node in nodes.values())


def test_every_link_of_the_crate_leads_to_a_node(files: dict[str, bytes]) -> None:
    nodes = graph(files)

    def links(value: Any) -> list[str]:
        if isinstance(value, list):
            return [found for item in value for found in links(item)]
        if isinstance(value, dict):
            return [value["@id"]] if set(value) == {"@id"} else []
        return []

    targets = {
        target for node in nodes.values() for value in node.values() for target in links(value)
    }
    assert targets - {"https://w3id.org/ro/crate/1.1"} <= set(nodes)


def test_evidence_confirms_disputes_or_discusses_and_tells_its_run(files: dict[str, bytes]) -> None:
    nodes = graph(files)
    said = {}
    for node in nodes.values():
        if "prov:Entity" in node["@type"] and "prov:wasGeneratedBy" in node:
            action = nodes[node["prov:wasGeneratedBy"]["@id"]]
            assert action["@type"] == ["CreateAction", "prov:Activity"]
            assert action["result"] == {"@id": node["@id"]}
            assert node["about"] == {"@id": "#toy-sum"}
            said[node["name"]] = sorted(key for key in node if key.startswith("cito:"))
    assert said == {
        "toy-sum, seeds 1..3: supporting": ["cito:confirms"],
        "toy-sum, seeds 4..6: contrasting": ["cito:disputes"],
        "toy-sum, seeds 7: mentioning": ["cito:discusses"],
        "toy-sum, seeds 8: stale": [],
        "toy-sum, seeds 1..3: calibrated": [],
    }
    assert "citation" in nodes["#toy-sum"]
    assert "citation" not in nodes["#toy-recalled"]


def test_the_badge_is_svg_without_scripts_that_counts_verdicts(files: dict[str, bytes]) -> None:
    drawing = ElementTree.fromstring(files["badge.svg"])
    texts = [node.text for node in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["claims", "1 contrasting"]
    assert drawing.get("aria-label") == "claims: 1 contrasting"
    assert b"script" not in files["badge.svg"]
    ends = [
        (int(node.get("x", "0")), int(node.get("width", "0")))
        for node in drawing.iter("{http://www.w3.org/2000/svg}rect")
        if node.get("fill")
    ]
    assert sum(width for _, width in ends) == int(drawing.get("width", "0"))


def test_csl_json_is_the_references_and_bibtex_has_each_once() -> None:
    assert {item["id"]: item for item in json.loads(csl_json(references()))} == references()
    text = bibtex(references())
    assert text.count("\n@") + 1 == len(references())
    assert all(f"{{{key},\n" in text for key in references())
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")


def test_bibtex_keeps_names_and_escapes_what_tex_would_read() -> None:
    item = {
        "id": "k", "type": "paper-conference", "title": "50 % of {A} & B_c \\ $1 #2 ~ ^",
        "author": [{"family": "Doe", "given": "J."}, {"literal": "The Group"}],
        "container-title": "Proc", "page": "1-2", "issued": {"date-parts": [[2015, 3]]},
    }  # fmt: skip
    assert bibtex({"k": item}) == (
        "@inproceedings{k,\n"
        "  author = {Doe, J. and {The Group}},\n"
        "  title = {{50 \\% of \\{A\\} \\& B\\_c \\textbackslash{} \\$1 \\#2 \\textasciitilde{} "
        "\\textasciicircum{}}},\n"
        "  booktitle = {Proc},\n"
        "  pages = {1--2},\n"
        "  year = {2015},\n"
        "  month = {3},\n"
        "}\n"
    )


def test_exports_are_equal_bytes_whatever_the_hash_seed_and_the_folder(tmp_path: Path) -> None:
    found = set()
    for seed, place in (("1", tmp_path), ("2", Path("/"))):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=place, env=environment(PYTHONHASHSEED=seed),
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.add(done.stdout)
    assert len(found) == 1
    assert found.pop().count("\n") == 6


def test_rows_and_claims_as_markdown_stay_in_their_cells(tmp_path: Path) -> None:
    text = CLAIMS.replace("Dice add up", "Dice | add up")
    claims = claims_in(tmp_path / "claims", text)
    from guardlane.ledger.table import markdown

    assert "| Dice \\| add up to six. |" in markdown(judge_all(claims, []))
