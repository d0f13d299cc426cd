"""What a release carries beside the graph: the row tables with a CSVW description, and the saved questions with their rows."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

from exograph.catalogue import EXPECTED
from exograph.places import Places
from exograph.tables import DESCRIPTION, description, files
from exograph.terms import ID

METADATA = "csv-metadata.json"


def tables(root: Places) -> dict[str, bytes]:
    """The row tables by name, with one description that covers them all.

    It is that of ``reviews/``, whose name is left out, with an entry for each table of each review, and with the ids of rows
    spelled out as IRIs, as in a release no folder says whose they are.
    """
    described = json.loads((root.reviews / DESCRIPTION).read_text(encoding="utf-8"))
    entries = {entry["url"]: entry for entry in described["tables"]}
    carried: dict[str, bytes] = {}
    listed: list[dict[str, Any]] = []
    for table, path, key in files(root, description(root)):
        if path.suffix == ".tsv":
            name = root.name(path).removeprefix("reviews/")
            entry = entries[str(table.url)]
            schema = {**entry["tableSchema"], "aboutUrl": urljoin(f"{ID}{key}/", entry["tableSchema"]["aboutUrl"])}
            listed.append({**entry, "url": name, "tableSchema": schema})
            carried[f"tables/{name}"] = path.read_bytes()
    text = json.dumps({**described, "tables": listed}, indent=1, ensure_ascii=False) + "\n"
    return {**carried, f"tables/{METADATA}": text.encode()}


def questions(root: Places) -> dict[str, bytes]:
    """The files of the saved questions and of their expected rows, by name."""
    paths = [*root.queries.glob("ask/*.rq"), *root.queries.glob(f"ask/*{EXPECTED}")]
    return {f"queries/{path.name}": path.read_bytes() for path in sorted(paths)}
