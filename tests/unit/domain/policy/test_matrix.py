"""The policy matrix: who may do what, printed as tables and compared with the checked-in one.

A change of a rule is a changed cell in ``tests/golden/policy_matrix.txt``. To write the file anew, run this
module: ``python tests/unit/domain/policy/test_matrix.py > tests/golden/policy_matrix.txt``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from kmip_server.domain.policy import Policies, decide, decide_without_object, may_see, parse_policies
from kmip_server.domain.subject import CERTIFICATE, USERNAME, Subject, qualified_name
from kmip_server.spec.enums import ObjectType, Operation

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "policy_matrix.txt"

SHARED = """
{"shared": {
    "preset": {
        "SYMMETRIC_KEY": {"LOCATE": "ALLOW_OWNER", "GET": "ALLOW_OWNER", "DESTROY": "ALLOW_OWNER"},
        "CERTIFICATE": {"LOCATE": "ALLOW_ALL", "GET": "ALLOW_ALL"}},
    "groups": {
        "readers": {
            "SYMMETRIC_KEY": {"LOCATE": "ALLOW_ALL", "GET": "ALLOW_ALL", "ENCRYPT": "ALLOW_ALL"}},
        "owners": {
            "SYMMETRIC_KEY": {"LOCATE": "ALLOW_OWNER", "GET": "ALLOW_OWNER", "DESTROY": "ALLOW_OWNER"}},
        "banned": {
            "SYMMETRIC_KEY": {"GET": "DISALLOW_ALL"}}}},
 "operations without object": {
    "preset": {"REGISTER": "DISALLOW_ALL"},
    "groups": {
        "readers": {"CREATE": "ALLOW_ALL", "REGISTER": "ALLOW_ALL"},
        "banned": {"CREATE": "DISALLOW_ALL", "REGISTER": "DISALLOW_ALL"}}}}
"""


def _subject(name: str, *groups: str, way: str = CERTIFICATE) -> Subject:
    return Subject(qualified_name(way, name), frozenset(groups), f"CN={name}", "CN=ca", "1f", "192.0.2.1", way)


OWNER = "certificate:alice"
SUBJECTS = {
    "o": ("the owner", _subject("alice")),
    "x": ("another client", _subject("bob")),
    "u": ("a user with the owner's name", _subject("alice", way=USERNAME)),
    "r": ("another client, in the group readers", _subject("bob", "readers")),
    "p": ("the owner, in the group owners", _subject("alice", "owners")),
    "b": ("another client, in the groups readers and banned", _subject("bob", "readers", "banned")),
    "s": ("the owner, in a group that no policy lists", _subject("alice", "strangers")),
    "n": ("nobody: not authenticated", Subject("", frozenset(), "", "", "", "192.0.2.1", CERTIFICATE)),
}


def matrix() -> str:
    """All tables as one text."""
    parsed = parse_policies(SHARED, "example")
    policies, standard = Policies(parsed.policies, parsed.server), Policies()
    lines = [
        "Who may do what. Each letter in a cell is a subject that may, a dot one that may not.",
        "",
        *(f"    {letter}  {what}" for letter, (what, _) in SUBJECTS.items()),
        "",
        "Example policy:",
        *SHARED.strip("\n").splitlines(),
    ]
    for name in ("default", "public", "shared", "unknown"):
        lines += ["", "", f"Objects of certificate:alice under the policy {name}", "", *_table(policies, name)]
    lines += [
        "",
        "",
        "Operations without object: by the standard, and by the example",
        "",
        *_without(standard, policies),
    ]
    lines += ["", "", "Get of a symmetric key: the rule", "", *_rules(policies)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _table(policies: Policies, name: str) -> Iterator[str]:
    """A row for each operation, the types of objects that no row tells apart in one column."""
    columns: dict[tuple[str, ...], list[str]] = {}
    for kind in ObjectType:
        cells = tuple(_cell(policies, name, kind, operation) for operation in Operation)
        columns.setdefault((*cells, _seen(policies, name, kind)), []).append(kind.name)
    for number, kinds in enumerate(columns.values(), 1):
        yield f"    [{number}] {', '.join(kinds)}"
    yield ""
    yield " " * 30 + "".join(f"[{number}]".ljust(12) for number in range(1, len(columns) + 1))
    labels = [*(operation.name for operation in Operation), "(may know of the object)"]
    quiet = "." * len(SUBJECTS)
    for label, cells in zip(labels, zip(*columns, strict=True), strict=True):
        if set(cells) != {quiet} or label.startswith("("):
            yield label.ljust(30) + "".join(cell.ljust(12) for cell in cells)
    silent = [label for label, cells in zip(labels, zip(*columns, strict=True), strict=True) if set(cells) == {quiet}]
    yield f"    allowed to nobody: {len(silent)} other rows"


def _cell(policies: Policies, name: str, kind: ObjectType, operation: Operation) -> str:
    return "".join(
        letter if decide(policies, who, operation, policy_name=name, object_type=kind, owner=OWNER).allowed else "."
        for letter, (_, who) in SUBJECTS.items()
    )


def _seen(policies: Policies, name: str, kind: ObjectType) -> str:
    return "".join(
        letter if may_see(policies, who, policy_name=name, object_type=kind, owner=OWNER) else "."
        for letter, (_, who) in SUBJECTS.items()
    )


def _without(standard: Policies, example: Policies) -> Iterator[str]:
    for operation in Operation:
        cells = [
            "".join(
                letter if decide_without_object(policies, who, operation).allowed else "."
                for letter, (_, who) in SUBJECTS.items()
            )
            for policies in (standard, example)
        ]
        yield operation.name.ljust(30) + "".join(cell.ljust(12) for cell in cells)


def _rules(policies: Policies) -> Iterator[str]:
    for name in ("default", "public", "shared", "unknown"):
        for letter, (_, who) in SUBJECTS.items():
            decision = decide(
                policies, who, Operation.GET, policy_name=name, object_type=ObjectType.SYMMETRIC_KEY, owner=OWNER
            )
            yield f"    {name.ljust(8)} {letter}  {'allowed' if decision.allowed else 'denied '}  {decision.rule}"


def test_the_policy_matrix_is_the_checked_in_one() -> None:
    expected, found = GOLDEN.read_text(encoding="utf-8"), matrix()
    difference = "".join(
        difflib.unified_diff(expected.splitlines(True), found.splitlines(True), "checked in", "now", n=0)
    )
    assert not difference, f"a rule has changed; if that is meant, write the golden anew (see above):\n{difference}"


if __name__ == "__main__":
    print(matrix(), end="")
