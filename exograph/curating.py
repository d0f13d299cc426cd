"""The commands of curators and of who makes a release: check, find, cover, put in order, build."""

from __future__ import annotations

import sys
from pathlib import Path

from exograph.options import FAILURE, FINDINGS, FINE, FORMAT, ROOT, SOURCE, Commands, argument, declaring, endable, flag, out, put, say

CURATING: Commands = {}
command = declaring(CURATING)


@command(
    argument("--out", dest="folder", type=Path, default=Path("build"), metavar="DIR", help="a new or empty folder, or a release (default build)"),
    flag("--nanopubs", help="write a nanopublication of each claim as well, unsigned"),
    ROOT, SOURCE,
)  # fmt: skip
def build(folder: Path, nanopubs: bool, root: Path | None, source: Path | None) -> int:
    """Validate the data and write a release.

    Example: exograph build --out build
    """
    from exograph import curation

    report, files = curation.build(folder, root, source, nanopubs)
    if report.findings:
        for finding in report.findings:
            say(str(finding))
        say(f"{len(report.findings)} findings; nothing was written")
        return FINDINGS
    for path in files:
        out(str(path))
    return FINE


@command(
    argument("--out", dest="folder", type=Path, default=Path("site"), metavar="DIR", help="a new or empty folder, or an earlier site (default site)"),
    argument("--source", type=Path, metavar="PATH", help="the pinned text of a review, or a folder of such; its passages then stand in the pages"),
    ROOT,
)
def site(folder: Path, source: Path | None, root: Path | None) -> int:
    """Write the data as a folder of pages that open by a double click and from any web host.

    The text of a review gets into the pages by --source alone, as it may not be yours to publish.

    Example: exograph site --out site
    """
    from exograph import curation

    files = curation.site(folder, root, source)
    say(f"{len(files)} files; begin with {folder / 'index.html'}")
    return FINE


@command(argument("folder", type=Path, metavar="DIR", help="the folder of a release or of a site"))
def verify(folder: Path) -> int:
    """Reread a release against its manifest: a line for each file that is missing, altered or extra and each graph of another size.

    Example: exograph verify build
    """
    from exograph.manifests import verify as run

    found = run(folder)
    for line in found:
        out(line)
    say(f"{len(found)} findings")
    return FINDINGS if found else FINE


@command(
    argument("url", metavar="URL", help="address of the store: the server; for Fuseki the dataset, for GraphDB and RDF4J the repository"),
    argument(
        "--store",
        default="oxigraph",
        metavar="KIND",
        help="oxigraph (default), fuseki, virtuoso, graphdb, rdf4j, gsp (Graph Store Protocol alone), qlever",
    ),
    argument("--release", dest="folder", type=Path, default=Path("build"), metavar="DIR", help="the folder of the release (default build)"),
    argument(
        "--reviews",
        default="",
        metavar="KEY,…",
        help="send the graphs of these reviews alone, or drop them where the release has none, and what is derived over all; the rest stays",
    ),
    flag("--dry-run", help="say what would be done, and do nothing"),
    FORMAT,
)
def load(url: str, store: str, folder: Path, reviews: str, dry_run: bool, form: str) -> int:
    """Load a release into a running triplestore: into staging graphs, swapped in once their counts are right.

    User and password come from EXOGRAPH_STORE_USER and EXOGRAPH_STORE_PASSWORD, or are asked for.

    Example: exograph load http://127.0.0.1:7878 --release build
    """
    from exograph.loading import load as run

    keys = [key.strip() for key in reviews.split(",") if key.strip()]
    found = run(folder, url, store, reviews=keys, dry_run=dry_run, say=say, ask=credentials if sys.stdin.isatty() else None)
    if not dry_run:
        put(found, form)
    return FINE


def credentials() -> tuple[str, str]:
    """User and password, asked for at the terminal."""
    from getpass import getpass

    sys.stderr.write("user: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip(), getpass("password: ")


@command(
    argument("key", metavar="KEY", help="the name of its folder, which becomes the prefix of its claims, such as smith2024"), ROOT, name="new-review"
)
def new_review(key: str, root: Path | None) -> int:
    """Make the folder of a new review, with its tables headed and commented; docs/add-a-review.md goes on from there.

    Example: exograph new-review smith2024
    """
    from exograph.drafts import draft, taken
    from exograph.places import places

    where = places(root)
    for path in draft(where, key, taken(where)):
        out(where.name(path))
    say(f"fill in reviews/{key}/review.toml first, then parts.tsv; exograph validate reviews/{key} says what is missing")
    return FINE


@command(
    argument("folder", type=Path, metavar="FOLDER", help="the folder of a review, such as reviews/han2023"),
    argument("file", type=Path, metavar="FILE", help="the spreadsheet to write, .xlsx"),
    ROOT,
    name="to-xlsx",
)
def to_xlsx(folder: Path, file: Path, root: Path | None) -> int:
    """Write the tables of a review to a spreadsheet, a sheet a table, every cell as text; from-xlsx reads it back.

    Example: exograph to-xlsx reviews/han2023 han2023.xlsx
    """
    from exograph import spreadsheet
    from exograph.places import places

    spreadsheet.to_xlsx(places(root), folder, file)
    say(f"{file}: written; review.toml is not in it")
    return FINE


@command(
    argument("file", type=Path, metavar="FILE", help="a spreadsheet that to-xlsx wrote, edited"),
    argument("folder", type=Path, metavar="FOLDER", help="the folder of the review, such as reviews/han2023"),
    ROOT,
    name="from-xlsx",
)
def from_xlsx(file: Path, folder: Path, root: Path | None) -> int:
    """Write the sheets of a spreadsheet back into the tables of a review, all or none.

    Example: exograph from-xlsx han2023.xlsx reviews/han2023
    """
    from exograph import spreadsheet
    from exograph.errors import RowsError
    from exograph.places import places
    from exograph.tables import TOLD

    where = places(root)
    try:
        changed = spreadsheet.from_xlsx(where, file, folder)
    except RowsError as error:
        for finding in error.findings[:TOLD]:
            say(f"exograph: {finding}")
        say(f"{len(error.findings)} faults; nothing was written")
        return FAILURE
    for path in changed:
        out(where.name(path))
    say(f"{len(changed)} tables changed")
    return FINE


@command(
    argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the folder of a review: only what is found in it is told"),
    ROOT,
    SOURCE,
    argument("--engine", default="setwise", metavar="ENGINE", help="what runs the shapes: setwise (default), shifty or pyshacl, the reference"),
    FORMAT,
)
def validate(folder: Path | None, root: Path | None, source: Path | None, engine: str, form: str) -> int:
    """Check rows, anchors, shapes and check queries, and print what was checked.

    Example: exograph validate --source han2023.txt
    """
    from exograph.answers import Answer
    from exograph.validation import validate as run

    endable()
    report = run(root, source, engine, folder)
    for stage, what in report.checked:
        say(f"checked {stage}: {what}")
    if report.findings or form != "table":
        fields = ("where", "column", "problem", "remedy", "check")
        put(Answer(fields, [tuple(getattr(finding, name) for name in fields) for finding in report.findings]), form)
    say(f"{len(report.findings)} findings")
    return FINDINGS if report.findings else FINE


@command(ROOT, FORMAT)
def reason(root: Path | None, form: str) -> int:
    """Let HermiT judge ontology and claims, and list the members of the defined classes with the claims they follow from.

    It needs Java and owlready2. Where it finds a contradiction, to narrow it down takes some minutes.

    Example: exograph reason --format tsv
    """
    from exograph import curation

    found, report = curation.reason(root)
    put(found, form)
    for stage, what in report.checked:
        say(f"checked {stage}: {what}")
    for finding in report.findings:
        say(str(finding))
    say(f"{len(report.findings)} findings")
    return FINDINGS if report.findings else FINE


@command(argument("text", metavar="WORDS", help="words of the text; white space and case do not matter"), ROOT, SOURCE, FORMAT)
def locate(text: str, root: Path | None, source: Path | None, form: str) -> int:
    """Find a passage and print part, start, end and digest, as the cells of a row want them.

    Example: exograph locate "low purity" --source han2023.txt --format tsv
    """
    from exograph import curation

    found = curation.locate(text, root, source)
    put(found, form)
    return FINE if found.rows else FINDINGS


@command(
    argument("key", metavar="KEY", help="the review, such as han2023"),
    ROOT, SOURCE,
    argument("--page", type=Path, metavar="FILE", help="file for the text with its anchors as HTML (default coverage/KEY.html)"),
    FORMAT,
)  # fmt: skip
def coverage(key: str, root: Path | None, source: Path | None, page: Path | None, form: str) -> int:
    """Account for every sentence, cell, caption and reference of a text, and write it as a page that shows its anchors.

    Example: exograph coverage han2023 --source han2023.txt
    """
    from exograph import curation

    written = page or Path("coverage") / f"{key}.html"
    found = curation.coverage(key, source, root, written)
    put(found, form)
    say(f"the text with its anchors: {written}")
    return FINDINGS if found.records()[-1]["by nothing"] else FINE


@command(
    argument("folder", type=Path, metavar="DIR", help="folder that holds labels.tsv.gz and edges.tsv, the terms and is-a edges of other ontologies"),
    flag("--check", dest="check_only", help="change nothing; exit 1 where an extract is not current"),
    ROOT,
)
def imports(folder: Path, check_only: bool, root: Path | None) -> int:
    """Make the extracts of other ontologies anew: the terms that mappings and bridge name, with all that lies above them.

    Example: exograph imports tables
    """
    from exograph.imports import extracts, oracle, renew, stale
    from exograph.places import places

    where = places(root)
    made = extracts(where, oracle(folder))
    changed = [*stale(where, made)] if check_only else renew(where, made)
    for name in changed:
        say(f"ontology/imports/{name}: {'not current — run exograph imports' if check_only else 'written'}")
    return FINDINGS if check_only and changed else FINE


@command(flag("--check", help="change nothing; exit 1 where a table is not as it should be"), ROOT, name="format")
def tidy(check: bool, root: Path | None) -> int:
    """Bring the row tables into order: sorted by id, no stray space, LF line ends.

    Example: exograph format --check
    """
    from exograph import curation

    changed = curation.tidy(root, check)
    for name in changed:
        say(f"{name}: {'not in order — run exograph format' if check else 'put in order'}")
    return FINDINGS if check and changed else FINE
