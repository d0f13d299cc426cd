"""Query files: SPARQL below a header, the lines that begin with ``#+``, which hold YAML as grlc writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from exograph.errors import UsageError

MARK = "#+"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # many times faster where PyYAML was built with libyaml


def read_query(path: Path, *entries: str) -> tuple[dict[str, Any], str]:
    """The header of a query file, which must have the entries named, and the whole text.

    Raises UsageError that names the file where it cannot be read, is not UTF-8, or its header lacks something.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: cannot be read ({error}) — save it as a file in UTF-8") from error
    lines = "\n".join(line[len(MARK) :].removeprefix(" ") for line in text.splitlines() if line.startswith(MARK))
    try:
        header = yaml.load(lines, Loader=_LOADER) or {}  # noqa: S506 - a safe loader by another name
    except yaml.YAMLError as error:
        raise UsageError(f"{path.name}: the header is not YAML ({' '.join(str(error).split())[:200]})") from error
    missing = [entry for entry in entries if not (isinstance(header, dict) and header.get(entry))]
    if missing:
        raise UsageError(f"{path.name}: the header has no {missing[0]} — write a line #+ {missing[0]}: …")
    return header, text
