"""Whatever happens while something is written, there is the old or the new, whole; and it is told which."""

from __future__ import annotations

import errno
import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exograph import writing
from exograph.api import built as opened
from exograph.built import Built
from exograph.errors import UsageError
from exograph.manifests import MANIFEST, read_manifest, verify
from exograph.places import Places
from exograph.release import release
from exograph.writing import in_place, replaced
from tests.conftest import REPOSITORY

KILLS = 50
WRITER = """
import sys
from pathlib import Path
from exograph.writing import in_place
sys.stdout.write("ready\\n"); sys.stdout.flush()
for turn in range(10**6):
    with in_place(Path(sys.argv[1])) as fresh:
        for number in range(20):
            (fresh / f"{number}.txt").write_text(f"{turn}\\n" * 200)
"""


def command(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exograph", *map(str, words)],
        capture_output=True, text=True, check=False, cwd=REPOSITORY, env={**os.environ, **environment}, timeout=300,
    )  # fmt: skip


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a command said that ended in an error."""
    assert done.returncode == 2, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("exograph: ")]
    assert "Traceback" not in done.stderr
    return said[-1]


@pytest.fixture(scope="module")
def made(small: Places, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the ontology without reviews."""
    out = tmp_path_factory.mktemp("release") / "out"
    release(opened(small.root), out)
    return out


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own with so many bytes; the test is skipped where one cannot be mounted."""
    folder.mkdir()
    if (
        sys.platform != "linux"
        or os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("a file system of a few bytes can be mounted by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_killed_at_any_moment_a_folder_is_the_old_or_the_new(tmp_path: Path) -> None:
    """Fifty times, at a moment drawn at random: every file of one turn, and the next writer is not in the way of what is left."""
    target, drawn = tmp_path / "out", random.Random(8)
    with in_place(target) as fresh:
        for number in range(20):
            (fresh / f"{number}.txt").write_text("first\n" * 200, encoding="utf-8")
    turns = set()
    for _ in range(KILLS):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, target], cwd=REPOSITORY, stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(drawn.uniform(0, 0.06))
        writer.kill()
        writer.communicate()
        texts = [path.read_text(encoding="utf-8") for path in target.iterdir()]
        assert (len(texts), len({*texts}), len(texts[0].splitlines())) == (20, 1, 200)
        turns.add(texts[0])
    assert len(turns) > 1
    with in_place(target) as fresh:
        (fresh / "last.txt").write_text("last", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in target.iterdir()] == ["last.txt"]


def test_a_release_that_is_killed_leaves_the_former_whole(small: Places, tmp_path: Path) -> None:
    out = tmp_path / "out"
    release(opened(small.root), out)
    code = (
        "import sys, os; from pathlib import Path; from exograph.api import built; from exograph import release\n"
        "data = built(sys.argv[1]); sys.stdout.write('ready\\n'); sys.stdout.flush()\n"
        "while True: release.release(data, Path(sys.argv[2]))"
    )
    drawn = random.Random(8)
    for _ in range(8):
        writer = subprocess.Popen([sys.executable, "-c", code, small.root, out], cwd=REPOSITORY, stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(drawn.uniform(0, 1.5))
        writer.kill()
        writer.communicate()
        assert verify(out) == []
    release(opened(small.root), out)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_without_an_exchange_of_names_what_was_left_between_two_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    monkeypatch.setattr(writing, "_exchanged", lambda one, other: False)
    for turn in ("first", "second"):
        with in_place(target) as fresh:
            (fresh / "text").write_text(turn, encoding="utf-8")
    assert (target / "text").read_text(encoding="utf-8") == "second"
    aside = tmp_path / ".out.making"
    aside.mkdir()
    target.rename(aside / "former")  # as it is for a moment, in which the process may be killed
    with pytest.raises(RuntimeError), in_place(target):
        raise RuntimeError
    assert (target / "text").read_text(encoding="utf-8") == "second"


def test_two_that_write_to_one_folder_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with in_place(target) as fresh:
        (fresh / "text").write_text("first", encoding="utf-8")
        with pytest.raises(UsageError, match=rf"process {os.getpid()} writes there — wait"), in_place(target):
            raise AssertionError
    assert (target / "text").read_text(encoding="utf-8") == "first"


def test_where_the_system_has_no_lock_the_folder_itself_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where what a process that was killed has left has to be taken away by hand."""
    monkeypatch.setattr(writing, "fcntl", None)
    target = tmp_path / "out"
    with in_place(target) as fresh:
        (fresh / "text").write_text("first", encoding="utf-8")
        with pytest.raises(UsageError, match=rf"process {os.getpid()} writes there — wait, or delete .*\.out\.making"), in_place(target):
            raise AssertionError
    with in_place(target) as fresh:
        (fresh / "text").write_text("second", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (target / "text").read_text(encoding="utf-8") == "second"


def test_a_build_beside_another_is_told_who_writes(small: Places, tmp_path: Path) -> None:
    with in_place(tmp_path / "site"):
        said = one_line(command("site", "--root", small.root, "--out", tmp_path / "site"))
    assert f"process {os.getpid()} writes there" in said
    assert command("site", "--root", small.root, "--out", tmp_path / "site").returncode == 0


def test_a_file_that_cannot_be_finished_leaves_the_former(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.tsv"
    replaced(path, b"former")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replaced(path, b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("table.tsv", b"former")]


def test_on_a_full_disk_the_former_release_stays_and_one_line_says_why(small: Places, made: Path, tmp_path: Path) -> None:
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    with small_disk(tmp_path / "disk", str(size + size // 2 + (1 << 20))) as disk:
        shutil.copytree(made, disk / "out")
        before = (disk / "out" / MANIFEST).read_bytes()
        with pytest.raises(UsageError, match=r"out: cannot be written \(No space left on device\)"):
            release(opened(small.root), disk / "out")
        assert (disk / "out" / MANIFEST).read_bytes() == before
        assert verify(disk / "out") == []
        assert [path.name for path in disk.iterdir()] == ["out"]


@pytest.mark.parametrize("words", [("site", "--out"), ("to-xlsx", "reviews/han2023"), ("coverage", "han2023", "--page")])
def test_on_a_full_disk_every_command_ends_in_one_line(tmp_path: Path, words: tuple[str, ...], request: pytest.FixtureRequest) -> None:
    more = ("--source", request.getfixturevalue("text")) if words[0] == "coverage" else ()
    with small_disk(tmp_path / "disk", "64k") as disk:
        assert "No space left on device" in one_line(command(*words, disk / "out.xlsx", *more))
        assert [*disk.iterdir()] == []


def test_on_a_full_disk_the_answer_comes_though_nothing_can_be_kept(small: Places, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        done = command("ask", "silent-methods", "--root", small.root, XDG_CACHE_HOME=str(disk))
        assert done.returncode == 0, done.stderr
        assert "cannot be kept" in done.stderr


@pytest.mark.parametrize("where", ["a file where the folder should be", "a file where the folder above should be", "a folder of somebody else"])
def test_a_place_that_will_not_do_is_told_and_left_as_it_is(small: Places, tmp_path: Path, where: str) -> None:
    out = tmp_path / "out" / "inner" if "above" in where else tmp_path / "out"
    kept = tmp_path / "out" / "mine.txt" if "somebody" in where else tmp_path / "out"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("mine", encoding="utf-8")
    assert str(out.name) in one_line(command("site", "--root", small.root, "--out", out))
    assert kept.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_may_not_be_written_is_told(small: Places, tmp_path: Path) -> None:
    """By somebody who is not root, to whom all is allowed."""
    if os.name != "posix" or os.geteuid():
        folder = tmp_path / "folder"
        folder.mkdir(mode=0o500)
        done = command("site", "--root", small.root, "--out", folder / "out")
    else:
        with small_disk(tmp_path / "disk", "1m") as disk:
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            done = command("site", "--root", small.root, "--out", disk / "out")
    assert "cannot be written" in one_line(done)


@pytest.mark.parametrize("words", [("ask", "silent-methods"), ("info",)])
def test_without_a_home_the_answer_comes_and_nothing_lies_about(small: Places, tmp_path: Path, words: tuple[str, ...]) -> None:
    away = tmp_path / "away"
    away.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "exograph", *words, "--root", str(small.root)], capture_output=True, text=True, check=False, cwd=away,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "HOME": str(tmp_path / "nowhere" / "at" / "all")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert [*away.iterdir()] == []


def test_files_from_the_future_are_built_and_answered(small: Places, tmp_path: Path) -> None:
    """As after a clock that was set back."""
    root = tmp_path / "root"
    shutil.copytree(small.root, root)
    later = time.time() + 10 * 365 * 86400
    for path in root.rglob("*.ttl"):
        os.utime(path, (later, later))
    for _ in range(2):
        done = command("ask", "silent-methods", "--root", root, XDG_CACHE_HOME=str(tmp_path / "cache"))
        assert (done.returncode, "Traceback" in done.stderr, "damaged" in done.stderr) == (0, False, False), done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_is_stopped_in_the_middle_of_a_build_leaves_the_former(small: Places, made: Path, tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "out"
    shutil.copytree(made, out)
    writer = subprocess.Popen(
        [sys.executable, "-m", "exograph", "site", "--root", small.root, "--out", tmp_path / "site"], cwd=REPOSITORY, stderr=subprocess.PIPE
    )
    aside = tmp_path / ".site.making" / "fresh"
    for _ in range(600):
        if aside.is_dir() and any(aside.iterdir()):
            break
        time.sleep(0.05)
    writer.send_signal(number)
    _, said = writer.communicate(timeout=60)
    assert b"Traceback" not in said
    assert writer.returncode in {0, 130, -signal.SIGTERM, -signal.SIGINT}  # 0 where it was done before the signal came
    assert (tmp_path / "site").exists() == (writer.returncode == 0)
    assert command("site", "--root", small.root, "--out", tmp_path / "site").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "site"]


def test_every_flipped_byte_of_a_release_is_found(made: Path, tmp_path: Path) -> None:
    """In each file at its beginning, its end and a place between; in the manifest at every tenth."""
    out = tmp_path / "out"
    shutil.copytree(made, out)
    drawn = random.Random(8)
    for name in sorted([*read_manifest(out)[0], MANIFEST]):
        path = out / name
        whole = path.read_bytes()
        places = range(0, len(whole), 10) if name == MANIFEST else {0, len(whole) - 1, drawn.randrange(len(whole))} if whole else ()
        for place in places:
            path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << drawn.randrange(8))]) + whole[place + 1 :])
            assert found(out), (name, place)
        path.write_bytes(whole)
    assert not found(out)


def found(out: Path) -> bool:
    """Whether verify finds anything."""
    try:
        return bool(verify(out))
    except UsageError:
        return True


def test_every_file_of_a_release_that_is_cut_at_a_line_end_is_found(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(made, out)
    path = out / "tables" / "csv-metadata.json"
    for path in (out / "exograph.nq", out / MANIFEST):
        whole = path.read_bytes()
        ends = [at + 1 for at, byte in enumerate(whole) if byte == ord("\n")][:-1]
        for end in ends[:: max(1, len(ends) // 50)]:
            path.write_bytes(whole[:end])
            assert found(out), (path.name, end)
        path.write_bytes(whole)


def test_what_is_no_file_in_a_release_is_found_and_not_waited_for(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(made, out)
    (out / "exograph.trig").unlink()
    os.mkfifo(out / "exograph.trig")
    assert verify(out) == ["exograph.trig: no regular file"]


def test_a_release_tells_nothing_of_the_machine_it_was_made_on(built: Built, tmp_path: Path) -> None:
    """No path of it, no user, host or time of the build, in any file; that two builds give the same bytes is tested with the release."""
    out = tmp_path / "a folder with a name of its own" / "out"
    release(built, out, with_nanopubs=True)
    names = [os.uname().nodename if os.name == "posix" else "", os.environ.get("USER", "")]
    traces = {str(REPOSITORY), str(tmp_path), "a folder with a name of its own", str(Path("~").expanduser()) + "/", time.strftime("%Y-%m-%dT")}
    traces |= {f"/{name}/" for name in names if name}
    for path in (path for path in out.rglob("*") if path.is_file()):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert not [trace for trace in traces if trace.encode() in data], path
