"""Where the rooms of the house are: in the wheel, in a checkout, or where the user says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from exograph.errors import UsageError

ROOT_VARIABLE = "EXOGRAPH_ROOT"
ROOMS = ("ontology", "reviews", "shapes", "queries")
MARK = "reviews/tables.json"
PACKAGE = Path(__file__).resolve().parent
CARRIED = PACKAGE / "_data"


class Places(NamedTuple):
    """The folder that holds ``ontology/``, ``reviews/``, ``shapes/`` and ``queries/``."""

    root: Path

    @property
    def ontology(self) -> Path:
        """The ontology in Turtle."""
        return self.root / "ontology"

    @property
    def reviews(self) -> Path:
        """The curated rows, a folder a review."""
        return self.root / "reviews"

    @property
    def shapes(self) -> Path:
        """The SHACL shapes."""
        return self.root / "shapes"

    @property
    def queries(self) -> Path:
        """The saved queries: ``ask/``, ``check/``, ``derive/``."""
        return self.root / "queries"

    def name(self, path: Path) -> str:
        """The path relative to the root, with forward slashes, as messages show it."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def places(root: str | Path | None = None) -> Places:
    """Find the data: ``root``, else the variable EXOGRAPH_ROOT, else the current folder, else the package's.

    The current folder counts where it is a checkout, with the four rooms and the description of the
    row tables, so that who edits the data there asks what he edits. Raises UsageError where the
    folder lacks one of the four rooms.
    """
    given = root or os.environ.get(ROOT_VARIABLE)
    here = Path.cwd()
    carried = CARRIED if CARRIED.is_dir() else PACKAGE.parent
    checkout = (here / MARK).is_file() and all((here / room).is_dir() for room in ROOMS)
    folder = Path(given) if given else here if checkout else carried
    missing = [room for room in ROOMS if not (folder / room).is_dir()]
    if missing:
        raise UsageError(f"{folder}: no folder {missing[0]}/ there — name a folder that holds {', '.join(ROOMS)}")
    return Places(folder.resolve())
