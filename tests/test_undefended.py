"""Each defence is one that its tests miss: the list of them is true, and one is taken out here; python -m tests.undefended takes out all."""

from __future__ import annotations

import ast

import pytest

from tests import undefended
from tests.conftest import REPOSITORY
from tests.undefended import Defence, defences, told

LISTED = {defence.case: defence for defence in defences()}
checkout = pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="this is no checkout of Git, which alone knows which files belong to it")


@pytest.mark.parametrize("case", LISTED)
def test_a_defence_stands_where_the_list_says(case: str) -> None:
    assert LISTED[case].lost() == []
    assert (REPOSITORY / "tests" / f"test_{LISTED[case].tests[0]}.py").is_file()
    for file, held, gone in LISTED[case].edits:
        if file.endswith(".py"):
            ast.parse((REPOSITORY / file).read_text(encoding="utf-8").replace(held, gone))


@checkout
def test_without_a_defence_its_tests_fail() -> None:
    assert told(LISTED["a name that leads out of the site"]).startswith("red: ")


@checkout
def test_tests_that_miss_nothing_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    file = "exograph/addresses.py"
    idle = Defence("nothing", ("site", "leads_out_of"), [(file, "import re", "import re")])
    assert told(idle).startswith("NOT RED, exit code 0")
    assert Defence("nothing", idle.tests, [(file, "no such piece", "")]).lost() == [file]
    monkeypatch.setattr(undefended, "HANG", 0)
    assert "never ends" in told(idle)
