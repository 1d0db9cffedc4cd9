# SPDX-License-Identifier: Apache-2.0
"""The ledger as an RO-Crate: files, and one JSON-LD that says in CiTO and PROV what judges what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from guardlane.cite import references
from guardlane.ledger.badge import badge
from guardlane.ledger.bibliography import bibtex, csl_json
from guardlane.ledger.claims import Claim, Claims
from guardlane.ledger.evidence import Evidence
from guardlane.ledger.table import markdown
from guardlane.ledger.verdict import Judged, Verdict, judge_all

METADATA = "ro-crate-metadata.json"
LICENSE = "https://spdx.org/licenses/Apache-2.0"
CONTEXT = (
    "https://w3id.org/ro/crate/1.1/context",
    {"cito": "http://purl.org/spar/cito/", "prov": "http://www.w3.org/ns/prov#"},
)
SAYS = {
    Verdict.SUPPORTING: "cito:confirms",
    Verdict.CONTRASTING: "cito:disputes",
    Verdict.MENTIONING: "cito:discusses",
}
FORMATS = {
    "badge.svg": ("image/svg+xml", "Badge: verdicts counted"),
    "evidence.jsonl": ("application/jsonl", "Evidence, one row a line"),
    "references.bib": ("application/x-bibtex", "References as BibTeX"),
    "references.json": ("application/vnd.citationstyles.csl+json", "References as CSL-JSON"),
    "verdicts.md": ("text/markdown", "Verdicts as a table"),
}
Node = dict[str, Any]


def export_files(claims: Claims, evidence: Sequence[Evidence]) -> Mapping[str, bytes]:
    """Value of all files of the crate by name; equal claims and evidence give equal bytes."""
    judged = judge_all(claims, evidence)
    files = {
        "badge.svg": badge(judged),
        "evidence.jsonl": "".join(f"{row.to_json()}\n" for row in evidence),
        "references.bib": bibtex(references()),
        "references.json": csl_json(references()),
        "verdicts.md": markdown(judged),
        METADATA: metadata(claims, judged),
    }
    return {name: text.encode() for name, text in files.items()}


def metadata(claims: Claims, judged: Sequence[Judged]) -> str:
    """Write the JSON-LD; its date is the day on which the claims were last reviewed."""
    nodes: list[Node] = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": _link("https://w3id.org/ro/crate/1.1"),
            "about": _link("./"),
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": "guardlane: claims and evidence",
            "description": "What papers claim, what runs of guardlane say about it, and verdicts "
            "by rule.",
            "datePublished": claims.reviewed.isoformat(),
            "license": _link(LICENSE),
            "hasPart": [_link(name) for name in FORMATS],
            "mentions": [_link(_claim_id(one.claim)) for one in judged],
        },
        {"@id": LICENSE, "@type": "CreativeWork", "name": "Apache License 2.0"},
        *(
            {"@id": name, "@type": "File", "name": title, "encodingFormat": kind}
            for name, (kind, title) in FORMATS.items()
        ),
    ]
    for one in judged:
        nodes.append(_claim(one.claim))
        nodes.append(_reference(one.claim.reference))
        for row, said in one.rows:
            nodes.extend(_row(one.claim, row, said))
    found = {node["@id"]: node for node in nodes}
    listed = [found[METADATA], *(found[key] for key in sorted(found) if key != METADATA)]
    graph = {"@context": CONTEXT, "@graph": listed}
    return json.dumps(graph, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _claim(claim: Claim) -> Node:
    node: Node = {
        "@id": _claim_id(claim),
        "@type": ["CreativeWork", "prov:Entity"],
        "name": claim.id,
        "text": claim.statement,
        "additionalType": claim.kind,
        "identifier": claim.hash,
    }
    if claim.kind == "claim":  # a recollection cites nothing
        node["citation"] = _link(_reference_id(claim.reference))
        node["cito:citesAsEvidence"] = _link(_reference_id(claim.reference))
        node["description"] = (
            f"{claim.locator}: {claim.quote!r}. Accepted: {claim.band} ({claim.why}) "
            f"Scope: {claim.scope}"
        )
    return node


def _reference(key: str) -> Node:
    item = references().get(key, {})
    return {
        "@id": _reference_id(key),
        "@type": ["ScholarlyArticle", "prov:Entity"],
        "name": item.get("title", key),
        "identifier": key,
    }


def _row(claim: Claim, row: Evidence, said: Verdict) -> list[Node]:
    """Value of a row of evidence, the runs that gave it, and the software that ran."""
    digest = hashlib.blake2b(row.to_json().encode(), digest_size=16).hexdigest()
    evidence, run = f"#evidence-{digest}", f"#run-{digest}"
    tools = [f"#{name}-{version}" for name, version in sorted(row.versions.items())]
    ends = "no interval" if row.low is None else f"95 % interval {row.low!r} to {row.high!r}"
    node: Node = {
        "@id": evidence,
        "@type": ["PropertyValue", "prov:Entity"],
        "name": f"{claim.id}, seeds {row.seeds}: {said}",
        "value": row.mean,
        "unitText": row.unit,
        "description": f"{ends}, of {row.n} values",
        "about": _link(_claim_id(claim)),
        "prov:wasGeneratedBy": _link(run),
    }
    if said in SAYS:
        node[SAYS[said]] = _link(_claim_id(claim))
    action: Node = {
        "@id": run,
        "@type": ["CreateAction", "prov:Activity"],
        "name": row.command,
        "identifier": row.config_hash,
        "instrument": [_link(tool) for tool in tools],
        "result": _link(evidence),
    }
    software = [
        {"@id": f"#{name}-{version}", "@type": "SoftwareApplication", "name": name,
         "softwareVersion": version}
        for name, version in sorted(row.versions.items())
    ]  # fmt: skip
    return [node, action, *software]


def _claim_id(claim: Claim) -> str:
    return f"#{claim.id}"


def _reference_id(key: str) -> str:
    item = references().get(key, {})
    return f"https://doi.org/{item['DOI']}" if "DOI" in item else item.get("URL", f"#{key}")


def _link(target: str) -> Node:
    return {"@id": target}
