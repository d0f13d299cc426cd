"""Where sources agree and where they contradict each other: what the saved questions on it give, laid out for people.

Stances, counts and disputes are derived by ``queries/derive``; here those of the sources wanted are only set out side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import NamedTuple

from exograph.answers import Answer, text
from exograph.built import Built
from exograph.catalogue import Parameter, ask, bind, nearest
from exograph.comparison import SILENT, find_topic
from exograph.engines import Engine
from exograph.errors import UsageError
from exograph.terms import Value

FOR, AGAINST, BETWEEN, DIVIDED, FIGURE = (f"exog:{way}Stance" for way in ("favourable", "unfavourable", "middling", "divided", "figure"))
SIGNS = {FOR: "+", AGAINST: "−", BETWEEN: "~", DIVIDED: "±", FIGURE: "#"}
LEGEND = "for:against, by sources; ~ neither, ± both at once, # a figure only, which is no vote, · nothing"
_SHADES = (124, 88, 52, 100, 22, 28, 34)  # of 256 colours: from red by yellow to green
_CRITERION = Parameter("criterion", "exog:Criterion", "a criterion")
_SUBJECT = Parameter("subject", "exog:Topic", "a thing")


class Tallies(NamedTuple):
    """How many sources take which stance, by member and criterion, each as CURIE and label, those most judged first.

    ``sources`` are the sources counted, by key and short name; ``undated`` those left out for want of a year.
    """

    members: Mapping[str, str]
    criteria: Mapping[str, str]
    cells: Mapping[tuple[str, str], Counter[str]]
    sources: Mapping[str, str]
    undated: Mapping[str, str]


def tallies(  # noqa: PLR0913, PLR0917 - what compare --across takes
    built: Built, topic: str, criteria: Sequence[str] = (), since: int | None = None, sources: Sequence[str] = (), engine: Engine | None = None
) -> Tallies:
    """The stances of sources on the members of a topic, counted.

    ``criteria`` are CURIEs, IRIs or labels of those wanted, ``since`` the first year of publication that counts, ``sources`` the keys of
    the reviews that do. Raises UsageError for an unknown topic, criterion or key.
    """
    wanted = [built.prefixes.contract(bind(built, _CRITERION, name).value) for name in criteria]
    records = [*ask(built, "stances", {"class": find_topic(built, topic)[0]}, engine).records()]
    known = {str(record["key"]): str(record["articleLabel"]) for record in records}
    for key in sources:
        if key not in known:
            near = nearest(key, [*known], 3, 0.5) or sorted(known)
            raise UsageError(f"--sources {key}: no source of that key judges by this topic — use some of {', '.join(near)}")
    chosen = [record for record in records if not sources or record["key"] in sources]
    undated = {str(record["key"]): str(record["articleLabel"]) for record in chosen if since and record["year"] is None}
    counted = [
        record
        for record in chosen
        if (not since or int(str(record["year"] or 0)) >= since) and (not wanted or record["criterion"] in wanted)
    ]  # fmt: skip
    cells: dict[tuple[str, str], Counter[str]] = {}
    for record in counted:
        cells.setdefault((str(record["member"]), str(record["criterion"])), Counter())[str(record["stance"])] += 1
    columns = _most(counted, "criterion")
    return Tallies(
        _most(counted, "member"), {name: columns[name] for name in wanted if name in columns} or columns, cells,
        {key: label for key, label in known.items() if any(record["key"] == key for record in counted)}, undated,
    )  # fmt: skip


def _most(records: Iterable[Mapping[str, Value]], name: str) -> dict[str, str]:
    """The things of a column with their labels, those of most rows first."""
    labels = {str(record[name]): str(record[f"{name}Label"]) for record in records}
    rows = Counter(str(record[name]) for record in records)
    return {one: labels[one] for one in sorted(labels, key=lambda one: (-rows[one], labels[one]))}


def matrix(found: Tallies, head: str) -> Answer:
    """The tallies as a table: a row a member, a column a criterion, in a cell how many sources stand which way, such as +5 ~1."""
    rows: list[tuple[Value, ...]] = [
        (label, *(_counted(found.cells.get((member, criterion), Counter())) for criterion in found.criteria))
        for member, label in found.members.items()
    ]
    return Answer((head, *found.criteria.values()), rows)


def _counted(cell: Counter[str]) -> str:
    return " ".join(f"{sign}{cell[way]}" for way, sign in SIGNS.items() if cell[way]) or SILENT


def brief(cell: Counter[str]) -> str:
    """A cell of the picture: for:against where sources vote, with ± where others say both, else the first other sign with its number, or a dot."""
    if cell[FOR] or cell[AGAINST]:
        return f"{cell[FOR]}:{cell[AGAINST]}{SIGNS[DIVIDED] if cell[DIVIDED] else ''}"
    return next((f"{sign}{cell[way]}" for way, sign in SIGNS.items() if cell[way]), "·")


def lean(cell: Counter[str]) -> float | None:
    """Which way the sources of a cell lean, from -1, three or more and all against, to 1; one or two lean less. None where none votes."""
    votes = cell[FOR] + cell[AGAINST]
    return (cell[FOR] - cell[AGAINST]) / max(votes, 3) if votes else None


def picture(found: Tallies, room: int, coloured: bool) -> str:
    """A heat map of the tallies for the terminal, as wide as there is room: criteria by number, members in rows, each cell see brief.

    ``coloured``, a cell is the greener the more of its sources stand for the member, the redder the more against it, and yellow between; see lean.
    """
    names = max((len(label) for label in found.members.values()), default=0)
    shown = {pair: brief(cell) for pair, cell in found.cells.items()}
    each = max(map(len, shown.values()), default=1) + 1
    numbered = [*enumerate(found.criteria.items(), 1)]
    fit = max(1, (room - names - 1) // each)
    blocks = []
    for start in range(0, len(numbered), fit):
        part = numbered[start : start + fit]
        lines = [" " * names + "".join(f"{number:>{each}}" for number, _ in part)]
        lines += [
            f"{label:<{names}}" + "".join(_shade(found.cells.get((member, name), Counter()), each, coloured) for _, (name, _) in part)
            for member, label in found.members.items()
            if any((member, name) in found.cells for _, (name, _) in part)
        ]
        blocks.append("\n".join([*lines, *_columns([f"{number} {label}" for number, (_, label) in part], room)]))
    return "\n\n".join(blocks) + "\n"


def _shade(cell: Counter[str], width: int, coloured: bool) -> str:
    words, leaning = f"{brief(cell):>{width}}", lean(cell)
    if not coloured or leaning is None:
        return words
    return f"\x1b[48;5;{_SHADES[round((leaning + 1) * (len(_SHADES) - 1) / 2)]};38;5;231m{words}\x1b[0m"


def _columns(words: Sequence[str], room: int) -> list[str]:
    """Words side by side in columns of the same width."""
    each = max(map(len, words), default=1) + 2
    fit = max(1, room // each)
    return ["".join(f"{word:<{each}}" for word in words[start : start + fit]).rstrip() for start in range(0, len(words), fit)]


def disputes(built: Built, settings: Mapping[str, str], engine: Engine | None = None) -> Answer:
    """The disputes, the strongest first: a row each, with the sources on either side.

    The strongest is the one whose weaker side is the strongest; ``settings`` are those of the question ``disputes``.
    Raises UsageError where one does not fit.
    """
    sides = ("for", "against", "both")
    kept = ("subject", "subjectLabel", "criterion", "criterionLabel", "kind", "kindLabel", *sides)
    rows: list[tuple[Value, ...]] = []
    records = ask(built, "disputes", settings, engine).records()
    for told, of in groupby(records, lambda record: tuple(record[name] for name in kept)):
        held = [*of]
        rows.append((*told, *(", ".join(str(one["articleLabel"]) for one in held if one["side"] == side) for side in sides)))
    return Answer((*kept, *(f"sources{side.capitalize()}" for side in sides)), rows)


def named(built: Built, word: str) -> dict[str, str]:
    """The setting of the question ``disputes`` that a word stands for: a criterion or a thing. Raises UsageError where it is neither."""
    for parameter in (_CRITERION, _SUBJECT):
        with suppress(UsageError):
            return {parameter.name: bind(built, parameter, word).value}
    raise UsageError(f"{word}: neither a criterion nor a thing that is judged — write a CURIE or a label, such as yield or ultracentrifugation")


def explain(built: Built, subject: str, criterion: str, engine: Engine | None = None) -> Answer:
    """Every statement on a thing and its variants by a criterion and the narrower ones, for and against, with source and place.

    What is stated is a level or a figure with its unit. Raises UsageError for an unknown thing or criterion.
    """
    rows: list[tuple[Value, ...]] = []
    for record in ask(built, "explain", {"subject": subject, "criterion": criterion}, engine).records():
        figure = f"{text(record['value'])} {text(record['unitLabel'])}".strip()
        name, year = text(record["articleLabel"]), text(record["year"])
        source = name if year in name else f"{name} ({year})"
        said = (record["levelLabel"] or figure, source, record["partLabel"], record["directnessLabel"], record["claim"])
        rows.append((record["way"], record["aboutLabel"], record["aspectLabel"], *said))
    return Answer(("way", "about", "criterion", "stated", "source", "place", "directness", "claim"), rows)


def summary(built: Built, subject: str, criterion: str, engine: Engine | None = None) -> list[str]:
    """What explain comes to: how many sources stand which way on the very thing and criterion, and which of them may not be independent."""
    told = {"class": "exog:Topic", "member": subject, "criterion": criterion}
    lines = [
        f"of {record['memberLabel']} on {record['criterionLabel']}: {record['for']} for, {record['against']} against, {record['between']} neither, "
        f"{record['divided']} both at once, {record['figure']} with a figure only, {record['silent']} silent"
        for record in ask(built, "agreement", told, engine).records()
    ]
    sides: dict[str, set[Value]] = {}
    for record in ask(built, "explain", {"subject": subject, "criterion": criterion}, engine).records():
        sides.setdefault(str(record["way"]), set()).add(record["article"])
    return lines + [hint for hint, pair in alike(built, engine) if any(pair <= side for side in sides.values())]


def alike(built: Built, engine: Engine | None = None, among: Iterable[str] | None = None) -> list[tuple[str, set[Value]]]:
    """The pairs of sources that judge so much alike that they may not be independent, each with a line that says so.

    ``among`` are the short names of the sources that count; without it, all do.
    """
    held = None if among is None else {*among}
    return [
        (
            f"{record['articleLabel']} and {record['otherLabel']} judge alike {record['alike']} of the {record['both']} pairs of a thing and a "
            "criterion that both judge: they may not be independent",
            {record["article"], record["other"]},
        )
        for record in ask(built, "sources-alike", {}, engine).records()
        if held is None or {str(record["articleLabel"]), str(record["otherLabel"])} <= held
    ]
