"""Real triplestores for the tests: each is started once a session on a free port of this machine, empty, and stopped at the end."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.conftest import REPOSITORY

FUSEKI = "org.apache.jena:jena-fuseki-server:5.6.0"
LIBRARIES = "usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"
KINDS = ("oxigraph", "fuseki", "virtuoso")


def free_port() -> int:
    """A port of this machine that nothing listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(command: list[str | Path], ready: str, folder: Path, **environment: str) -> Iterator[None]:
    """A server in a process of its own, from the moment at which it answers at an address."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*map(str, command)], cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log)
    try:
        for _ in range(600):
            assert process.poll() is None, (folder / "log").read_text(errors="replace")[-2000:]
            try:
                requests.get(ready, timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.2)
        else:
            raise AssertionError(f"no answer at {ready}: {(folder / 'log').read_text(errors='replace')[-2000:]}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def oxigraph(folder: Path) -> Iterator[str]:
    """The server of Oxigraph, which comes with the environment of the tests."""
    program = Path(sys.executable).parent / "oxigraph"
    if not program.exists():
        pytest.skip("the server of Oxigraph is not installed: pip install oxigraph")
    url = f"http://127.0.0.1:{free_port()}"
    with running([program, "serve", "--location", folder / "db", "--bind", url.removeprefix("http://")], url, folder):
        yield url


def fuseki_jar() -> Path:
    """Fuseki, fetched by Maven once; the test is skipped where that cannot be done."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            pytest.skip(f"Fuseki needs {tool}, which is not on this machine")
    _, name, version = FUSEKI.split(":")
    jar = REPOSITORY / "build" / f"{name}-{version}.jar"
    jar.parent.mkdir(exist_ok=True)
    with jar.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
        if not jar.exists():
            words = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={FUSEKI}", f"-DoutputDirectory={jar.parent}"]
            done = subprocess.run(words, cwd=REPOSITORY / "tests" / "robot", capture_output=True, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"Maven could not fetch Fuseki: {done.stdout[-300:]}")
    return jar


@contextmanager
def fuseki(folder: Path) -> Iterator[str]:
    """Apache Jena Fuseki with a dataset in memory."""
    port = free_port()
    command: list[str | Path] = ["java", "-Xmx1500m", "-jar", fuseki_jar(), "--localhost", "--port", str(port), "--update", "--mem", "/ds"]
    url = f"http://127.0.0.1:{port}/ds"
    with running(command, url, folder):
        yield url


@contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    """Virtuoso of Debian, installed or, as EXOGRAPH_VIRTUOSO says, unpacked to a folder; user and password are dba."""
    root = Path(os.environ.get("EXOGRAPH_VIRTUOSO", "/"))
    program = root / "usr/bin/virtuoso-t"
    if not program.exists():
        pytest.skip("Virtuoso is not on this machine: install virtuoso-opensource-7, or unpack its packages and name the folder by EXOGRAPH_VIRTUOSO")
    url = f"http://127.0.0.1:{free_port()}"
    template = (root / "usr/share/virtuoso-opensource-7/virtuoso.ini").read_text(encoding="utf-8")
    settings = template.replace("/var/lib/virtuoso-opensource-7/db", str(folder))
    for old, new in (("= 1111", f"= 127.0.0.1:{free_port()}"), ("= 8890", f"= {url.removeprefix('http://')}")):
        settings = settings.replace(old, new)
    settings = re.sub(r"(?m)^MaxQueryCostEstimationTime.*$", "MaxQueryCostEstimationTime = 0", settings)  # its estimates are off by far
    (folder / "virtuoso.ini").write_text(settings, encoding="utf-8")
    libraries = ":".join(str(root / name) for name in LIBRARIES)
    with running([program, "-f", "+configfile", "virtuoso.ini"], url, folder, LD_LIBRARY_PATH=libraries):
        yield url


STARTERS = {"oxigraph": oxigraph, "fuseki": fuseki, "virtuoso": virtuoso}
