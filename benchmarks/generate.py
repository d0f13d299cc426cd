"""Many reviews of the real shape: copies of one review under other keys, as rows to build from or as the quads that a build gives."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

ROOMS = ("ontology", "shapes", "queries")
KEY = "han2023"
DOI = "10.1186/s13287-023-03288-6"
GRAPH = "https://w3id.org/exograph/graph/"
ONCE = ("ontology", "imports", "bridge", "mappings", "queries")  # what belongs to no review, even where it names one


def renamed(text: str, number: int) -> str:
    """A text of the review under the key and the DOI of its copy of that number; number 0 is the review itself."""
    return text.replace(DOI, f"{DOI}.{number}").replace(KEY, f"{KEY}x{number:04}") if number else text


def rows(source: Path, root: Path, count: int) -> Path:
    """A folder of data, made afresh, with that many reviews, on which ``exograph build --root`` works."""
    shutil.rmtree(root, ignore_errors=True)
    for room in ROOMS:
        shutil.copytree(source / room, root / room)
    review = source / "reviews" / KEY
    shutil.copytree(review.parent, root / "reviews", ignore=lambda folder, names: [name for name in names if (Path(folder) / name).is_dir()])
    for number in range(count):
        (place := root / "reviews" / renamed(KEY, number)).mkdir()
        for path in sorted(review.iterdir()):
            text = path.read_text(encoding="utf-8")
            if number and path.name == "review.toml":  # what names one article and one text may stand in no other
                text = re.sub(r'(?m)^sha256 = ".*"$', f'sha256 = "{hashlib.sha256(place.name.encode()).hexdigest()}"', text)
                text = re.sub(r'(?m)^pmid = ".*"$', f'pmid = "{90000000 + number}"', text)
            (place / path.name).write_text(renamed(text, number), encoding="utf-8", newline="\n")
    return root


def quads(released: Path, target: Path, count: int) -> Path:
    """N-Quads of that many reviews, line by line out of the N-Quads of a release that holds one; each line is read once, in little memory.

    They are those of a build from as many reviews, but for what the dataset tells of itself, digest and PubMed id, and for what sources come to side
    by side, which is here what each comes to alone.
    """
    once = tuple(f"<{GRAPH}{name}> .\n" for name in ONCE)
    with released.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8", newline="\n") as out:
        for line in lines:
            ours = (KEY in line or DOI in line) and not line.endswith(once)
            out.writelines(renamed(line, number) for number in range(count if ours else 1))
    return target
