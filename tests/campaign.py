"""Attack exograph for as long as is wanted: ``python -m tests.campaign --minutes 30``.

Each attack of tests/attacks.py has its turn again and again, those on the reading code also guided by what code an input reaches. What is
not held is kept below tests/corpus/ in the folder of its attack, and from then on tests/test_campaign.py sends it again. At the end it is
told how much was held, and that the server has neither grown nor left anything behind. Exit code 1 where something was not held.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from hashlib import sha256
from pathlib import Path

from tests.attacks import ATTACKS, GUIDED, Field, field
from tests.conftest import REPOSITORY
from tests.served import family, listening, until
from tests.test_http import descriptors, resident

CORPUS = REPOSITORY / "tests" / "corpus"
HANG = 120  # seconds after which an input is taken to hang, and the campaign ends with what every thread does
TURN = 5.0  # seconds of one turn of an attack


def strike(on: Field, name: str, data: bytes) -> bool:
    """Attack with one input; what is not held is told and kept."""
    faulthandler.dump_traceback_later(HANG, exit=True, file=2)
    try:
        ATTACKS[name].strike(on, data)
    except Exception:
        kept = CORPUS / name / sha256(data).hexdigest()[:16]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)
        print(f"not held: {kept.relative_to(REPOSITORY)}\n{traceback.format_exc()}", flush=True)
        return False
    finally:
        faulthandler.cancel_dump_traceback_later()
    return True


def guided(name: str, seconds: int) -> tuple[int, bool]:
    """Let atheris look for inputs that reach more and more of the code; how many it tried, and whether all were held. What was not is kept."""
    with tempfile.TemporaryDirectory() as found:
        command = [
            sys.executable,
            "-m",
            "tests.guided",
            name,
            found,
            f"-max_total_time={seconds}",
            f"-artifact_prefix={CORPUS / name}/",
            "-timeout=60",
        ]
        (CORPUS / name).mkdir(parents=True, exist_ok=True)
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"not held, guided: {name}\n{done.stdout[-2000:]}{done.stderr[-4000:]}", flush=True)
    runs = re.search(r"Done (\d+) runs", done.stderr)
    return int(runs[1]) if runs else 1, not done.returncode


def campaign(minutes: float, names: list[str], chosen: int) -> int:
    """Attack in turns, and return how much was not held; tells a table of what was."""
    drawn, tried, lost = random.Random(chosen), Counter[str](), Counter[str]()
    print(f"seed {chosen}, {minutes:g} minutes", flush=True)
    with tempfile.TemporaryDirectory() as folder, field(Path(folder)) as on:
        server, end, first = listening(int(on.url.rpartition(":")[2])), time.monotonic() + minutes * 60, True
        memory = opened = 0
        while time.monotonic() < end:
            for name in names:
                over = min(end, time.monotonic() + TURN)
                while time.monotonic() < over:
                    tried[name] += 1
                    lost[name] += not strike(on, name, ATTACKS[name].draw(drawn))
                if name in GUIDED and end - time.monotonic() > 2 * TURN:
                    runs, held = guided(name, int(TURN))
                    tried[f"{name}, guided"] += runs
                    lost[f"{name}, guided"] += not held
            print(f"{max(0, end - time.monotonic()) / 60:.1f} minutes left, {sum(tried.values())} tried, {sum(lost.values())} not held", flush=True)
            if first:  # what the server keeps for good it has by now
                memory, opened, first = resident(server), descriptors(server), False
        until(lambda: len(family(server)) == 1 and descriptors(server) <= opened + 2, "no process and no descriptor of the server is left over")
        grown = resident(server) - memory
    for name in tried:
        print(f"{name:24} {tried[name]:8} tried {lost[name]:6} not held")
    print(f"the server grew by {grown / (1 << 20):.1f} MiB; no process and no descriptor was left over")
    return sum(lost.values()) + (grown > memory * 0.1 + (32 << 20))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Attack exograph with inputs and faults drawn at random.")
    parser.add_argument("attacks", nargs="*", default=[*ATTACKS], metavar="attack", help=f"some of {', '.join(ATTACKS)} (default: all)")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    given = parser.parse_args()
    sys.exit(campaign(given.minutes, given.attacks, given.seed) > 0)
