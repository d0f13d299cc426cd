"""What a release is made of: no package but those that are listed, in versions that were tried; and nothing is done where nothing is asked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import zipfile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from exograph import __version__
from exograph.cache import READY
from exograph.places import ROOMS
from tests.conftest import REPOSITORY
from tests.sbom import SBOM, locked, written

LOCKS = REPOSITORY / "requirements"
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIRED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?>=(?P<least>[^,;\s]+)")
USED = ("serve", "xlsx", "shacl", "reason")


def required(*extras: str) -> dict[str, str]:
    """The packages that are required, with the oldest version allowed of each."""
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return {found["name"].lower(): found["least"] for line in lines if (found := REQUIRED.match(line))}


def held(name: str) -> dict[str, str]:
    return {package: version for package, version, _ in locked(LOCKS / name)}


def test_the_oldest_versions_that_are_tried_are_the_oldest_that_are_allowed() -> None:
    """The gate validates and builds with them, and the release has the same bytes."""
    oldest = held("oldest.txt")
    for name, least in required(*USED).items():
        assert (oldest[name] + ".0").startswith(f"{least}."), name


def test_every_package_is_locked_with_its_digest() -> None:
    for name in ("test.txt", "run.txt"):
        assert all(digests for _, _, digests in locked(LOCKS / name))
    assert set(required(*PROJECT["optional-dependencies"])) - {"exograph"} <= set(held("test.txt"))
    assert held("run.txt").items() <= held("test.txt").items()


def test_the_list_of_what_a_release_is_made_of_is_sound_and_up_to_date() -> None:
    text = SBOM.read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    listed = {component["purl"] for component in json.loads(text)["components"]}
    assert {f"pkg:pypi/{name}@{version}" for name, version in held("run.txt").items()} <= listed
    assert [one for one in listed if one.startswith("pkg:npm/oxigraph@")]
    assert "not told" not in text
    try:
        assert written() == text
    except LookupError as error:
        pytest.skip(f"another set of packages is installed than requirements/test.txt says: {error}")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files of a wheel, built as for a release."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    subprocess.run(command, check=True, capture_output=True, cwd=REPOSITORY)
    (path,) = out.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_a_wheel_holds_what_is_listed_here_and_nothing_else(wheel: set[str]) -> None:
    done = subprocess.run(["git", "ls-files", "-z", "--", "exograph", *ROOMS], capture_output=True, check=False, cwd=REPOSITORY)
    if done.returncode:
        pytest.skip("this is no checkout of Git, which alone knows which files belong to it")
    tracked = [name for name in done.stdout.decode().split("\0") if name]
    expected = {name if name.startswith("exograph/") else f"exograph/_data/{name}" for name in tracked}
    about = f"exograph-{__version__}.dist-info"
    told = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE", "licenses/LICENSE-DATA", f"sboms/{SBOM.name}")
    expected |= {f"{about}/{name}" for name in told}
    assert {name for name in wheel if not name.startswith(f"exograph/_data/{READY}/")} == expected


TOUCHED = """
import sys
from importlib import import_module
seen = []
def hook(event, given):
    if event.split(".")[0] in {"socket", "subprocess", "urllib", "http", "ftplib", "smtplib", "shutil", "tempfile", "ctypes"}:
        seen.append((event, str(given)[:200]))
    elif event in {"os.system", "os.exec", "os.fork", "os.posix_spawn", "os.mkdir", "os.remove", "os.rename", "os.putenv", "os.kill"}:
        seen.append((event, str(given)[:200]))
    elif event == "open" and given[1] and set(str(given[1])) & set("wax+"):
        seen.append((event, str(given)[:200]))
harmless = {"ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle", "socket.__new__"}
sys.dont_write_bytecode = True
sys.addaudithook(hook)
for name in sys.argv[1:]:
    import_module(name)
    if found := [one for one in seen if one[0] not in harmless]:
        print(name, found)
    seen.clear()
"""
MODULES = sorted(path.relative_to(REPOSITORY).with_suffix("").as_posix().replace("/", ".") for path in (REPOSITORY / "exograph").glob("*.py"))


def test_no_module_does_anything_when_it_is_imported() -> None:
    """It starts no process, opens no connection and writes no file; nor does what it imports."""
    modules = [name for name in MODULES if not name.endswith("__main__")]
    done = subprocess.run([sys.executable, "-c", TOUCHED, *modules], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
