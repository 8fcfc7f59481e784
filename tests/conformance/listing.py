"""What Query lists beside what the specifications define, operation by operation: the end of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kmip_server.spec.enums import Operation
from kmip_server.spec.version import Version
from tests.flows.registry import registry

_SETTINGS = {
    Operation.CERTIFY: "`[certificates]`, an authority that signs",
    Operation.RE_CERTIFY: "`[certificates]`, an authority that signs",
    Operation.RE_PROVISION: "`[provisioning]`, an authority for clients",
    Operation.NOTIFY: "`[subscribers]`, somebody to tell",
    Operation.PUT: "`[subscribers]`, somebody to tell",
    Operation.INTEROP: "`server.interop`, never where keys are kept",
}
"""What an operator must say before the server can do these, and so before Query lists them."""

_HEAD = """## What Query lists

The operations that a server lists in its answer to Query, asked over TLS in every version, beside those that the
specification of the version defines, both directions. *As it comes* is a server as `kmip-server init` makes it.
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """Two answers to Query Operations in one version."""

    version: Version
    plain: frozenset[int]
    """Of a server as it comes."""
    complete: frozenset[int]
    """Of a server on which everything is set up."""


def specified(version: Version) -> frozenset[Operation]:
    """The operations that the specification of the version defines, client-to-server and server-to-client."""
    printed = {
        _letters(name)
        for name, row in registry()["operations"].items()
        if row["payloads"].get(str(version)) is not None
    }
    return frozenset(code for code in Operation if _letters(code.title) in printed)


def _letters(name: str) -> str:
    """A name without what the texts write now this way, now that (Re-key, Rekey)."""
    return "".join(each for each in name.casefold() if each.isalnum())


def unexplained(listings: Sequence[Listing]) -> list[str]:
    """What a complete server lists too little or too much, and what a plain one lacks for no reason named above."""
    found: list[str] = []
    for each in listings:
        wanted = specified(each.version)
        found += [f"{each.version}: {_name(code)} is not listed" for code in sorted(wanted - each.complete)]
        found += [f"{each.version}: {_name(code)} is not defined" for code in sorted(each.complete - wanted)]
        found += [
            f"{each.version}: {_name(code)} is not listed by a server as it comes"
            for code in sorted((each.complete & wanted) - each.plain - _SETTINGS.keys())
        ]
    return found


def render_listings(listings: Sequence[Listing]) -> str:
    """The section of the report, in Markdown."""
    lines = [_HEAD, "| version | defined | listed | listed as it comes |", "|---|--:|--:|--:|"]
    for each in listings:
        lines.append(f"| {each.version} | {len(specified(each.version))} | {len(each.complete)} | {len(each.plain)} |")
    lines += ["", "Listed only where an operator has said what they need:", ""]
    absent = frozenset[int]().union(*(each.complete - each.plain for each in listings))
    lines += [f"- **{_name(code)}**: {_SETTINGS[Operation(code)]}" for code in sorted(absent & _SETTINGS.keys())]
    wrong = unexplained(listings)
    lines += ["", *(f"- NOT EXPLAINED: {each}" for each in wrong)] if wrong else ["", "Nothing else is missing."]
    return "\n".join(lines) + "\n"


def _name(code: int) -> str:
    return Operation(code).title
