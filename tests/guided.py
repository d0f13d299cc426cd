"""One attack of tests/attacks.py under atheris: ``python -m tests.guided ATTACK FOLDER [options of libFuzzer]``; see tests/campaign.py."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["exograph.plain", "exograph.tables", "exograph.headers", "exograph.passages", "exograph.graphs"]):
    from tests.attacks import ATTACKS, ground

if __name__ == "__main__":
    _, name, folder, *options = sys.argv
    attack, drawn, found = ATTACKS[name], random.Random(8), Path(folder) / "found"
    found.mkdir()
    for number in range(20):
        (found / str(number)).write_bytes(attack.draw(drawn))
    on = ground(Path(folder) / "field")
    atheris.Setup([sys.argv[0], str(found), *options], lambda data: attack.strike(on, data))
    atheris.Fuzz()
