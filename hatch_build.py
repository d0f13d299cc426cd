"""What the wheel gets beside its files: the dataset of its own data, built, so that the first answer needs no build."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ReadyDataset(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the dataset and puts it into the wheel as an entry of the cache (exograph.cache); an editable install has none."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects the files of a wheel."""
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, self.root)
        from exograph.cache import READY, keep
        from exograph.graphs import build

        self.made = tempfile.TemporaryDirectory()
        entry = Path(self.made.name) / READY
        keep(build(self.root), entry)
        build_data["force_include"][str(entry)] = f"exograph/_data/{READY}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called by hatchling once the wheel is written."""
        if hasattr(self, "made"):
            self.made.cleanup()
