"""Headers of query files: the lines that begin with ``#+`` hold YAML, as grlc writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from exograph.errors import UsageError

MARK = "#+"


def read_header(path: Path) -> dict[str, Any]:
    """The header of a query file as a mapping; empty where there is none. Raises UsageError on bad YAML."""
    lines = path.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line[len(MARK) :].removeprefix(" ") for line in lines if line.startswith(MARK))
    try:
        header = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise UsageError(f"{path.name}: the header is not YAML ({' '.join(str(error).split())[:200]})") from error
    if not isinstance(header, dict):
        raise UsageError(f"{path.name}: the header is not a mapping — write lines such as #+ question: …")
    return header
