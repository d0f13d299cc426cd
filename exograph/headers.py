"""Query files: SPARQL below a header, the lines that begin with ``#+``, which hold YAML as grlc writes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from exograph.errors import UsageError
from exograph.plain import faults, plain, within

MARK = "#+"
_SHARED = re.compile(r"(?:^|[\s\[{,:-])\*\w", re.MULTILINE)  # what may be an alias of YAML
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # many times faster where PyYAML was built with libyaml


def read_query(path: Path, *entries: str) -> tuple[dict[str, Any], str]:
    """The header of a query file, which must have the entries named, and the whole text.

    Raises UsageError that names the file where it cannot be read, is not UTF-8, or its header lacks something.
    """
    text = plain(path, path.name)
    lines = "\n".join(line[len(MARK) :].removeprefix(" ") for line in text.splitlines() if line.startswith(MARK))
    try:
        if _SHARED.search(lines) and any(isinstance(token, yaml.AliasToken) for token in yaml.scan(lines)):
            raise UsageError(f"{path.name}: the header has an alias, which can stand for more than fits anywhere — write it out")
        header = yaml.load(lines, Loader=_LOADER) or {}  # noqa: S506 - a safe loader by another name
    except yaml.YAMLError as error:
        raise UsageError(f"{path.name}: the header is not YAML ({' '.join(str(error).split())[:200]})") from error
    if hidden := next((fault for text in within(header) for fault in faults(text)), None):
        raise UsageError(f"{path.name}: the header has {hidden.problem}, as an escape — take it out")
    missing = [entry for entry in entries if not (isinstance(header, dict) and header.get(entry))]
    if missing:
        raise UsageError(f"{path.name}: the header has no {missing[0]} — write a line #+ {missing[0]}: …")
    return header, text
