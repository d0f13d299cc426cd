"""What holds without a defence: ``python -m tests.undefended [words…]`` takes each out of a copy, and tells what its tests then say.

A test that does not fail there shows nothing. Exit code 1 where one does not, or where a defence is not found in its file any more.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.conftest import REPOSITORY

HANG = 240  # seconds after which tests that wait for what never comes have failed


class Edit(NamedTuple):
    """A piece of a file, and what stands in its place where the defence is gone."""

    file: str
    held: str
    gone: str


class Defence(NamedTuple):
    """What it is against, the edits that take it out, and the tests that have to fail then: a file, and words of -k."""

    case: str
    edits: tuple[Edit, ...]
    tests: str
    words: str


def out(file: str, held: str, gone: str = "") -> Edit:
    """An edit of a module of the package."""
    return Edit(f"exograph/{file}.py", held, gone)


NO_DESCRIPTORS = out("cage", "            resource.RLIMIT_NOFILE: 0,  # what is open stays open, nothing can be opened\n")
NO_ENTITIES = out("spreadsheet", "if _DECLARING.search(before + piece) or (part", "if (False and part")
UNCHECKED = out("loading", "        _unaltered(client, release, [*sent], say)\n")

DEFENCES = (
    Defence("a value that leaves its literal", (out("binding", "text.format(bindings[name])", """text.format(f'"{bindings[name].value}"')"""),),
            "binding", "gets_out or whatever_text"),
    Defence("SERVICE, by its name", (out("gate", 'if any("SERVICE" in word for word in every):', "if False:"),), "guard", "service_is_refused"),
    Defence("SERVICE, behind the gate", (NO_DESCRIPTORS,), "guard", "service_is_refused"),
    Defence("SERVICE, on the command line", (out("engines", '    if "ServiceGraphPattern" in str(parsed):', "    if False:"),),
            "cli", "no_query_leaves"),
    Defence("FROM, which rdflib follows", (NO_DESCRIPTORS, out("replies", "    result: Any = found.store.query(job", """    import rdflib
    if "FROM" in job["query"]:
        return 200, rdflib.Dataset().query(job["query"]).serialize(format="json") or b""
    result: Any = found.store.query(job""")), "guard", "graph_that_is_a_file"),
    Defence("LOAD", (out("gate", "if found := next((word for word in every if word in UPDATES), None)", "if found := None"),), "guard", "load_reaches"),
    Defence("contexts of JSON-LD and entities of RDF/XML", (out("remote", "not in PLAIN:", "is None:"),), "reading", "unpacks_or_fetches"),
    Defence("entities of a spreadsheet", (NO_ENTITIES,), "new_review", "forged and entit"),
    Defence("brackets 129 deep", (out("gate", "if depth > DEPTH:", "if False:"),), "guard", "which_limit_it_met"),
    Defence("a query that is too long", (out("gate", "if len(query.encode(errors=\"replace\")) > LENGTH:", "if False:"),), "guard", "which_limit_it_met"),
    Defence("a query that nests, on the command line", (out("engines", "if len(whole) > SHORT else", "if False else"),), "reading", "nests_is_answered"),
    Defence("a query that breaks the engine of a page",
            (Edit("web/src/engine.ts", 'if (reply.kind === "error" && reply.trap) this.restart(worker);', ""),), "browser", "breaks_the_engine"),
    Defence("a pattern of a shape that never ends", (out("validation", "runaway(text(triple.object))", "False"),), "reading", "only_judge and pattern and shifty"),
    Defence("a format of a column that never ends", (out("tables", "runaway(str(value))", "False"),), "reading", "broken_description and format"),
    Defence("a query that takes too long", (
        out("zygote", "elif now > deadline:", "elif False:"), out("cage", "            resource.RLIMIT_CPU: whole,  # of last resort, for when the parent is gone\n"),
        out("guard", "asyncio.timeout(self.limits.seconds + GRACE)", "asyncio.timeout(None)")), "guard", "bomb_costs and product"),
    Defence("a query that takes too much memory", (out("cage", "resource.RLIMIT_AS] = self.used + self.memory", "resource.RLIMIT_AS] = 1 << 40"),),
            "guard", "memory_that_is_set"),
    Defence("queries without number", (out("guard", "if self._slots.locked() and self._waiting >= self.limits.queue:", "if False:"),), "guard", "only_so_many_wait"),
    Defence("an answer that is too long", (out("replies", "self._left -= len(data)", "self._left -= 0"),), "guard", "which_limit_it_met"),
    Defence("an endpoint that answers without end", (out("remote", "if len(data) > LONGEST:", "if False:"),), "reading", "without_end_is_cut_off"),
    Defence("a spreadsheet that is packed to nothing", (out("spreadsheet", "if left < 0:", "if False:"),), "new_review", "forged and nothing"),
    Defence("a spreadsheet of which one cell is far out", (out("spreadsheet", "if sheet.max_row > ROWS + _MARGIN or sheet.max_column > COLUMNS:", "if False:"),),
            "new_review", "forged and sheet"),
    Defence("a spreadsheet that leads out", (NO_DESCRIPTORS,), "new_review", "who_reads"),
    Defence("labels that are packed to nothing", (out("imports", "if left < 0:", "if False:"),), "reading", "labels_that_are_packed"),
    Defence("signs that nobody sees", (out("plain", "if composed and not _HIDDEN.search(text):", "if True:"),), "reading", "rotten"),
    Defence("signs that nobody sees, as escapes", (out("plain", "found += escaped(text) if escapes else ()", "found += ()"),), "reading", "rotten and escape"),
    Defence("IRIs that are no addresses", (Edit("queries/check/iris-unsafe.rq", "  FILTER (\n", "  FILTER (false && (\n"),
            Edit("queries/check/iris-unsafe.rq", '"^(https?|urn):", "i")\n  )', '"^(https?|urn):", "i")\n  ))')), "reading", "must_not_stand and safe"),
    Defence("a pipe in the place of a file", (out("plain", "if not stat.S_ISREG(seen.st_mode):", "if False:"),), "reading", "no_file_is_refused and pipe"),
    Defence("javascript: on a page", (out("views", ".format(iri, kind, words) if iri.startswith(WEB) else words", ".format(iri, kind, words)"),), "site", "no_address_of_the_web"),
    Defence("a release that is cut at the end of a line", (out("manifests", 'if now["bytes"] != files[name]["bytes"]:', "if False:"),
            out("manifests", "elif now != files[name]:", "elif False:"), out("manifests", "_miscounted(place / DATASET, graphs)]", "()]")), "writing", "cut_at_a_line_end"),
    Defence("values that are not of their datatype", (Edit("queries/check/literals-ill-typed.rq", "FILTER (isLiteral(?value))", "FILTER (false)"),),
            "reading", "must_not_stand and ill"),
    Defence("shapes that do more than judge", (out("validation", "if name in ACTIVE:", "if False:"),), "reading", "only_judge and setwise"),
    Defence("shapes that ask others", (out("validation", "if triple.predicate in (SH.select, SH.ask):", "if False:"),), "reading", "only_judge and setwise"),
    Defence("a table that leads out", (out("tables", 'if key == "url" and not _TABLE.fullmatch(str(value)):', "if False:"),), "reading", "broken_description and table"),
    Defence("a description that is fetched", (out("tables", 'if key in ("tableSchema", "dialect") and not isinstance(value, dict):', "if False:"),), "reading", "description_names_is_fetched"),
    Defence("owl:imports, which HermiT follows", (out("reasoning", "for triple in triples if triple.predicate != OWL.imports)", "for triple in triples)"),),
            "reasoning", "fetched_or_run"),
    Defence("modules that owlready2 runs", (out("reasoning", "            command = [self.java", """            import owlready2
            owlready2.World().get_ontology(path.as_uri()).load()
            command = [self.java"""), Edit("queries/reason/module.rq", "FILTER (isBlank(?term) || ?is IN", "FILTER (true || ?is IN"),
            out("reasoning", "for triple in triples if triple.predicate != OWL.imports)", """for triple in [*triples, Triple(
                NamedNode(path.as_uri()), NamedNode("http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#python_module"),
                Literal("trapped"))] if triple.predicate != OWL.imports)"""),
            out("reasoning", "from pyoxigraph import NamedNode", "from pyoxigraph import Literal, NamedNode")), "reasoning", "fetched_or_run"),
    Defence("a path that climbs", (out("serving", 'Mount("/assets", StaticFiles(directory=ASSETS)),', """Route(
                "/assets/{path:path}", lambda request: Response((ASSETS / request.path_params["path"]).read_bytes())),"""),), "http", "below_500 and upwards"),
    Defence("a name that leads out of the site", (out("addresses", 'return _ODD.sub(lambda odd: f"_{ord(odd[0]):x}_", name)', "return name"),), "site", "leads_out_of"),
    Defence("labels that are markup", (out("views", "autoescape=True", "autoescape=False"),), "site", "hostile_labels"),
    Defence("data that end their script", (out("views", 'for sign in "<>&\\u2028\\u2029":', 'for sign in "":'),), "site", "hostile_labels"),
    Defence("a page that may do anything", (out("wire", '    "content-security-policy": "default-src \'none\'; frame-ancestors', '    "x-none": "default-src \'none\'; frame-ancestors'),),
            "serving", "credentials_of_its_reader"),
    Defence("formulas in a table to download", (out("downloads", "if isinstance(value, str) and value.startswith(FORMULA)", "if False"),), "site", "no_spreadsheet_takes"),
    Defence("formulas in a spreadsheet of a review", (out("spreadsheet", '    cell.data_type = "s"\n', ""),), "new_review", "looks_like_a_formula"),
    Defence("credentials of a reader", (out("wire", 'HEADERS = {\n    "access-control-allow-origin": "*",', 'HEADERS = {\n    "access-control-allow-origin": "*", "access-control-allow-credentials": "true",'),),
            "serving", "credentials_of_its_reader"),
    Defence("a name that was bent to this machine", (out("wire", "return name in self._names or _address(name)", "return True"),), "serving", "bent_to_this_machine"),
    Defence("other machines, unasked", (out("cli", 'argument("--host", default="127.0.0.1"', 'argument("--host", default="0.0.0.0"'),), "serving", "server_by_itself"),
    Defence("other machines, untold", (out("serving", "if not ipaddress.ip_address(bound[0]).is_loopback:", "if False:"),), "serving", "opens_the_server"),
    Defence("an answer that breaks off", (out("replies", "return (status, body) if len(body) == length else None", "return status, body"),), "guard", "breaks_off_is_none"),
    Defence("who sends no head", (out("connections", "self.loop.call_later(HEAD_TIME, self.transport.abort)", "self.loop.call_later(1000, self.transport.abort)"),),
            "http", "sends_no_head"),
    Defence("who sends a body slowly", (out("wire", "asyncio.timeout(BODY_TIME)", "asyncio.timeout(1000)"),), "http", "body_too_slowly"),
    Defence("who reads nothing", (out("connections", "self.loop.call_later(READER_TIME, self._look, left)", "self.loop.call_later(1000, self._look, left)"),),
            "http", "does_not_read"),
    Defence("a head without end", (out("wire", "if sum(len(name) + len(value) for name, value in scope[\"headers\"]) > HEAD or", "if False and"),), "http", "below_500 and 100000"),
    Defence("a kill in the middle of writing", (out("writing", "        yield fresh\n", "        shutil.copytree(target, fresh, dirs_exist_ok=True)\n        yield target\n"),),
            "writing", "killed"),
    Defence("a full disk under a file", (out("writing", '    aside = path.with_name(f".{path.name}.{os.getpid()}")\n', "    aside = path\n"),), "writing", "cannot_be_finished"),
    Defence("a full disk, told", (out("release", "    except OSError as error:\n        raise UsageError", "    except ZeroDivisionError as error:\n        raise UsageError"),), "writing", "full_disk_the_former"),
    Defence("a flipped byte", (out("manifests", "elif now != files[name]:", "elif False:"),), "writing", "flipped"),
    Defence("two that write to one folder", (out("writing", "            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)\n", ""),), "writing", "do_not_meet or who_writes"),
    Defence("a folder that may not be written", (out("release", "    except OSError as error:\n        raise UsageError", "    except ZeroDivisionError as error:\n        raise UsageError"),), "writing", "may_not_be_written"),
    Defence("a transfer that is cut", (out("loading", "        return graph + self._own\n", "        return graph\n"),), "loading", "connection_that_is_cut and oxigraph and 0.5"),
    Defence("a store that counts otherwise", (out("loading", "        _compare(client, staged, say)\n", ""), UNCHECKED), "loading", "counts_other and oxigraph"),
    Defence("a store that alters what it is given", (UNCHECKED,), "loading", "alters and oxigraph"),
    Defence("a load that another overtook", (out("loading", "secrets.token_hex(8)", "'same'"),), "loading", "overtook and oxigraph"),
    Defence("a graph that somebody has copied", (out("remote", '            form |= {"default-graph-uri": self.graphs, "named-graph-uri": self.graphs}\n', "            pass\n"),),
            "stores", "union_holds and fuseki"),
    Defence("a statement in two graphs", (Edit("queries/check/statements-twice.rq", "FILTER (STR(?graph) < STR(?other))", "FILTER (false)"),), "shapes", "forbids and twice"),
    Defence("a script of somebody else", (Edit("exograph/templates/base.html", "</head>", '<script src="https://unpkg.com/x"></script></head>'),),
            "browser", "asks_nothing and index"),
    Defence("a package of other bytes", (Edit("requirements/run.txt", " \\\n    --hash", "\n#    --hash"),), "supply", "locked_with_its_digest"),
)  # fmt: skip


def told(defence: Defence) -> str:
    """What the tests of a defence say in a copy without it: that they fail, or what is wrong with that."""
    with tempfile.TemporaryDirectory(prefix="exograph-") as folder:
        copy = Path(folder) / "copy"
        names = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout.decode().split("\0")
        for name in filter(None, names):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, copy / name)
        (copy / "build").symlink_to(REPOSITORY / "build")
        for edit in defence.edits:
            path = copy / edit.file
            path.write_text(path.read_text(encoding="utf-8").replace(edit.held, edit.gone), encoding="utf-8")
        if any(edit.file.startswith("web/") for edit in defence.edits):
            (copy / "web" / "node_modules").symlink_to(REPOSITORY / "web" / "node_modules")
            subprocess.run(["npm", "run", "--silent", "build"], cwd=copy / "web", check=True)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-x", "-rs", f"tests/test_{defence.tests}.py", "-k", defence.words]
        process = subprocess.Popen(
            command, cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            said = process.communicate(timeout=HANG)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            return f"red: never ends within {HANG} s"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, 9)
                process.wait()
    if process.returncode == 1:
        reason = re.search(r"^E +(.*)", said, re.MULTILINE)
        return f"red: {reason[1][:110] if reason else said[-110:]}"
    if process.returncode in {0, 2, 3, 4, 5}:
        return f"NOT RED, exit code {process.returncode}: {' '.join(said[-300:].split())}"
    return f"red: the tests were ended by signal {abs(process.returncode)}"


def lost(defence: Defence) -> list[Edit]:
    """The edits whose piece is not in its file."""
    return [edit for edit in defence.edits if edit.held not in (REPOSITORY / edit.file).read_text(encoding="utf-8")]


def main() -> int:
    """Take out each defence whose case holds the words given; how many were not missed."""
    parser = argparse.ArgumentParser(description="Take each defence out of a copy, and see that its tests fail.")
    parser.add_argument("words", nargs="*", help="some words of the case (default: all)")
    wanted = " ".join(parser.parse_args().words)
    missed = 0
    for defence in DEFENCES:
        if wanted in defence.case:
            said = f"NOT RED: {lost(defence)} is not there" if lost(defence) else told(defence)
            missed += not said.startswith("red")
            print(f"{defence.case:48} {said}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main() > 0)
