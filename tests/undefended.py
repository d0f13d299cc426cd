"""What holds without a defence: ``python -m tests.undefended [words…]`` takes each out of a copy, and tells what its tests then say.

A test that does not fail there shows nothing. Exit code 1 where one does not, or where a defence is not found in its file any more.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.conftest import REPOSITORY

HANG = 240  # seconds after which tests that wait for what never comes have failed


class Defence(NamedTuple):
    """What a defence is against, the edits that take it out, and the tests that have to fail then: a file, and words of -k."""

    case: str
    tests: tuple[str, str]
    edits: list[tuple[str, str, str]]  # a file, what stands in it, and what stands there without the defence

    def lost(self) -> list[str]:
        """The files that do not hold what an edit takes out of them."""
        return [file for file, held, _ in self.edits if held not in (REPOSITORY / file).read_text(encoding="utf-8")]


def defences() -> list[Defence]:
    """All of them, as defences.toml lists them."""
    listed = tomllib.loads((Path(__file__).parent / "defences.toml").read_text(encoding="utf-8"))["defence"]
    return [Defence(**one) for one in listed]


def told(defence: Defence) -> str:
    """What the tests of a defence say in a copy without it: that they fail, or what is wrong with that."""
    with tempfile.TemporaryDirectory(prefix="exograph-") as folder:
        copy = Path(folder) / "copy"
        names = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout.decode().split("\0")
        for name in filter(None, names):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, copy / name)
        (copy / "build").mkdir()
        for jar in REPOSITORY.glob("build/*.jar"):
            (copy / "build" / jar.name).symlink_to(jar)
        for file, held, gone in defence.edits:
            path = copy / file
            path.write_text(path.read_text(encoding="utf-8").replace(held, gone), encoding="utf-8")
        if any(file.startswith("web/") for file, _, _ in defence.edits):
            (copy / "web" / "node_modules").symlink_to(REPOSITORY / "web" / "node_modules")
            subprocess.run(["npm", "run", "--silent", "build"], cwd=copy / "web", check=True)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-x", "-rs", f"tests/test_{defence.tests[0]}.py", "-k", defence.tests[1]]
        environment = {**os.environ, "PYTHONPATH": str(copy)}
        with subprocess.Popen(
            command, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        ) as process:
            try:
                said = process.communicate(timeout=HANG)[0].decode(errors="replace")
            except subprocess.TimeoutExpired:
                return f"red: never ends within {HANG} s"
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # and what it has started
    if process.returncode == 1:
        reason = re.search(r"^E +(.*)", said, re.MULTILINE)
        return f"red: {reason[1][:110] if reason else said[-110:]}"
    if process.returncode in {0, 2, 3, 4, 5}:
        return f"NOT RED, exit code {process.returncode}: {' '.join(said[-300:].split())}"
    return f"red: the tests were ended by signal {abs(process.returncode)}"


def main() -> int:
    """Take out each defence whose case holds the words given; how many were not missed."""
    parser = argparse.ArgumentParser(description="Take each defence out of a copy, and see that its tests fail.")
    parser.add_argument("words", nargs="*", help="some words of the case (default: all)")
    wanted = " ".join(parser.parse_args().words)
    missed = 0
    for defence in defences():
        if wanted in defence.case:
            said = f"NOT RED: not found in {', '.join(lost)}" if (lost := defence.lost()) else told(defence)
            missed += not said.startswith("red")
            print(f"{defence.case:48} {said}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main() > 0)
