"""What the specification texts say, as extracted from them: the expectations of the tables that are executed.

Third-party data beside the checkout, found as ``tests/material.py`` says. Nothing here comes from the server's own
tables.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_3, V1_4, V2_0, V2_1, Version
from tests.material import ROOT

FILE = ROOT / "registry.json"
VERSIONS_WITH_TEXT = (V1_0, V1_1, V1_2, V1_3, V1_4, V2_0, V2_1)
NO_REGISTRY = "the registry of the specification texts is absent (set KMIP_SHARED)"


@cache
def registry() -> Any:
    """The whole extract; empty where it is absent."""
    return json.loads(FILE.read_text()) if FILE.exists() else {"attributes": {}, "errors": {}}


def rules_of(name: str, version: Version) -> dict[str, str] | None:
    """The rules that the version prints for the attribute; None where it prints none."""
    printed = registry()["attributes"][name].get(str(version))
    rules: dict[str, str] | None = None if printed is None else printed["rules"]
    return rules or None


@cache
def reasons_of(operation: str, version: Version) -> frozenset[str]:
    """The Result Reasons that the version's error table of the operation lists, by name, in small letters.

    1.x lists "General" errors beside those of each operation. 1.2 prints no tables for the cryptographic operations
    that it brought; those of 1.3 stand for them.
    """
    tables = registry()["errors"]
    own = next(
        (
            tables[str(each)][operation]
            for each in VERSIONS_WITH_TEXT
            if each >= version and operation in tables[str(each)]
        ),
        [],
    )
    listed: set[str] = set()
    for rows in (own, tables[str(version)].get("General", [])):
        for row in rows:
            listed.update(row["reasons"] if "reasons" in row else [row["reason"]])
    return frozenset(reason.strip().casefold() for reason in listed if reason)


def text_of(version: Version) -> str:
    """The specification of a version, as Markdown; empty where it is absent."""
    file = ROOT / "spec" / f"kmip-spec-{version}.md"
    return file.read_text() if file.exists() else ""
