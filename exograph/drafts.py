"""A new review: a folder with its identity and its tables, empty, each headed by what its columns hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import csvw

from exograph.errors import UsageError
from exograph.graphs import STAGES, vocabulary
from exograph.places import CARRIED, Places
from exograph.prefixes import Prefixes
from exograph.tables import IDENTITY, description
from exograph.writing import in_place

_TAKEN = ("bridge", "imports", "mappings", "ontology", "queries", "shared", *STAGES)


def draft(root: Places, key: str, prefixes: Prefixes) -> list[Path]:
    """Make the folder of a review and return its files: review.toml, and each table with its head and a comment a column.

    Columns and what they hold come from the description of the row tables. Raises UsageError for a key that cannot be a prefix or is taken,
    and where the folder is there or cannot be written; then nothing is left behind.
    """
    folder, group = root.reviews / key, description(root)
    own = [table for table in group.tables if "/" not in str(table.url) and not (root.reviews / str(table.url)).exists()]
    (identity,) = [table for table in own if str(table.url) == IDENTITY]
    (name,) = [column for column in identity.tableSchema.columns if column.name == identity.tableSchema.primaryKey[0]]
    if not re.fullmatch(str(name.datatype.format), key):
        raise UsageError(f"{key}: no key of a review — write small letters, digits and hyphens, a letter first, such as smith2024")
    if key in prefixes.map or key in _TAKEN:
        raise UsageError(f"{key}: stands for something else already — choose another key, such as {key}-review")
    if root.root == CARRIED:
        raise UsageError("the data that came with the package are not to be changed — name a checkout by --root")
    try:
        if folder.exists():
            raise UsageError(f"{root.name(folder)}: there already — choose another key, or edit what is there")
        with in_place(folder) as fresh:
            for table in own:
                text = _identity(table, key) if table is identity else _head(table)
                (fresh / str(table.url)).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{root.name(folder)}: cannot be made ({error.strerror}) — look at the rights of reviews/") from error
    return sorted(folder / str(table.url) for table in own)


def taken(root: Places) -> Prefixes:
    """The prefixes that no review may have: those of the ontology and of the other reviews."""
    from exograph.graphs import declared, read

    found = read(root)
    return found.prefixes if not found.findings else declared([triple for held in vocabulary(root).values() for triple in held])


def _about(column: csvw.Column) -> str:
    told: dict[str, Any] = column.common_props
    return f"{told.get('dc:description', 'a value of the type of the column')}{' (needed)' if column.required else ''}"


def _head(table: csvw.Table) -> str:
    columns = [column for column in table.tableSchema.columns if not column.virtual]
    lines = [f"# {table.common_props.get('dc:description', '')}", *(f"# {column.name}: {_about(column)}" for column in columns)]
    return "\n".join([*lines, "\t".join(str(column.name) for column in columns)]) + "\n"


def _identity(table: csvw.Table, key: str) -> str:
    """The identity: what is needed stands open, what may be unknown is commented out."""
    lines = [f"# {table.common_props.get('dc:description', '')}", "# What is not known stays out: delete the line, or leave its # before it."]
    for column in table.tableSchema.columns:
        value = key if column.name == table.tableSchema.primaryKey[0] else ""
        lines += ["", f"# {_about(column)}", f'{"" if column.required else "# "}{column.name} = "{value}"']
    return "\n".join(lines) + "\n"
