"""The list of what a release is made of, as CycloneDX: ``python -m tests.sbom`` writes requirements/sbom.cdx.json, which goes into the wheel.

Named are the packages of requirements/run.txt, where their digests stand, and those that are part of the scripts of the site. Licences are
told as the packages tell them.
"""

from __future__ import annotations

import re
from importlib.metadata import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tests.conftest import REPOSITORY

SBOM = REPOSITORY / "requirements" / "sbom.cdx.json"
LOCKED = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>\S+)(?P<more>(?:.*\\\n)*.*)", re.MULTILINE)
LONGEST = 60  # signs of the name of a licence; what is longer is its text
BUNDLED = re.compile(r"^(?P<name>(?:@[\w-]+/)?[\w.-]+) (?P<version>\d\S*) \((?P<licence>[^)]+)\)$", re.MULTILINE)


def locked(path: Path) -> list[tuple[str, str, list[str]]]:
    """Name, version and digests of each package of a file of requirements."""
    return [
        (one["name"], one["version"], re.findall("sha256:([0-9a-f]{64})", one["more"])) for one in LOCKED.finditer(path.read_text(encoding="utf-8"))
    ]


def licence(name: str) -> DisjunctiveLicense | LicenseExpression:
    """The licence that an installed package names."""
    told = metadata(name)
    if "License-Expression" in told:
        return LicenseExpression(told["License-Expression"])
    classified = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or [] if one.startswith("License ::")]
    written = told["License"].strip() if "License" in told else ""
    return DisjunctiveLicense(name=written if 0 < len(written) < LONGEST else " OR ".join(classified) or "not told")


def written() -> str:
    """The list as JSON, the same at each run."""
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, "https://w3id.org/exograph/sbom"))
    for name, version, _ in locked(REPOSITORY / "requirements" / "run.txt"):
        bom.components.add(_component(PackageURL("pypi", None, name, version), licence(name)))
    for one in BUNDLED.finditer((REPOSITORY / "exograph" / "assets" / "LICENSES.txt").read_text(encoding="utf-8")):
        group, _, name = one["name"].rpartition("/")
        bom.components.add(_component(PackageURL("npm", group or None, name, one["version"]), LicenseExpression(one["licence"])))
    bom.metadata._timestamp = None  # type: ignore[assignment]  # it would be that of this run
    bom.metadata.component = Component(name="exograph", type=ComponentType.APPLICATION, bom_ref="exograph")
    bom.register_dependency(bom.metadata.component, bom.components)
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def _component(purl: PackageURL, licence: DisjunctiveLicense | LicenseExpression) -> Component:
    kind = ComponentType.LIBRARY
    return Component(name=purl.name, group=purl.namespace, version=purl.version, type=kind, purl=purl, bom_ref=str(purl), licenses=[licence])


if __name__ == "__main__":
    SBOM.write_text(written(), encoding="utf-8")
