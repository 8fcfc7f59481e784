"""Cases that are not at hand, moved from siblings that are; and the proof that moving gives what is published."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case
from tests.conformance.moving.rewriting import CannotMoveError
from tests.conformance.neighbours import MISSING, VERSIONS, absent, at_hand, move, neighbour
from tests.conformance.run import run
from tests.material import CASE_FILES, NO_CASES

pytestmark = pytest.mark.skipif(not CASE_FILES, reason=NO_CASES)
NAMES = absent() if CASE_FILES else []


@pytest.mark.parametrize(("stem", "version"), NAMES, ids=lambda part: part.replace(".", ""))
def test_case(stem: str, version: str) -> None:
    outcome = run(neighbour(stem, version))
    assert outcome.passed, str(outcome)


def test_no_case_is_named_twice() -> None:
    for version, stems in MISSING.items():
        assert len(set(stems.split())) == len(stems.split()), version


# --- what is moved is what is published ------------------------------------------------------------------------

HOPS = [*pairwise(VERSIONS), *pairwise(reversed(VERSIONS))]
_LISTED = "the later one lists everything that an object has, and it has more"
_ASKED = "the later one asks for one more attribute"
_QUERY = "a list of operations or object types, as long as the version has them"
_RETYPED = "written anew: other names, another order, one more attribute"
_NAMED = "another name of the test in an attribute"
_SERVERS = "prints the server's own value, or a placeholder for it"

EDITED: dict[tuple[str, str], dict[str, str]] = {
    ("1.0", "1.1"): {
        **dict.fromkeys(("AKLC-O-1", "SKLC-O-1", "TL-M-3"), _LISTED),
        **dict.fromkeys(("MSGENC-HTTPS-M-1", "MSGENC-JSON-M-1", "MSGENC-XML-M-1", "SUITEB_128-M-1", "TC-121"), _QUERY),
        **dict.fromkeys(
            ("TC-311", "TC-312", "TC-314", "TC-315", "TC-41", "TC-61", "TC-81", "TC-91", "TC-94"), _RETYPED
        ),
    },
    ("1.1", "1.2"): {
        **dict.fromkeys(("AKLC-O-1", "SKLC-O-1", "TL-M-3"), _LISTED),
        **dict.fromkeys(("AKLC-M-2", "AKLC-M-3"), _ASKED),
        **dict.fromkeys(("MSGENC-HTTPS-M-1", "MSGENC-JSON-M-1", "MSGENC-XML-M-1", "SUITEB_128-M-1", "TC-121"), _QUERY),
        **dict.fromkeys(("SASED-M-2", "TC-134", "TC-132"), _RETYPED),
        "TC-161": "Discover Versions once more",
        "TL-M-2": "registers an Alternative Name, which 1.2 brought",
    },
    ("1.2", "1.3"): {
        "TL-M-3": "the later one lists Fresh and Alternative Name, which the earlier has too and does not print",
        "CS-AC-M-8": "slip of 1.2: an attribute without a name",
        "TC-I18N-1": "a blank at the end of a name",
    },
    ("1.3", "1.4"): {
        **dict.fromkeys(("AKLC-M-2", "AKLC-M-3"), _ASKED),
        **dict.fromkeys(("SKLC-O-1", "TL-M-3", "SKFF-M-9"), _LISTED),
        **dict.fromkeys(("SASED-M-2", "SASED-M-3"), "1.4 has no template any more"),
        "CS-AC-M-1": "the signature is a placeholder, and the length of the salt given",
        "TC-OFFSET-2": "the newest come first in 1.4, the oldest in 1.3",
        "TC-Q-S2C-2": "the client speaks 1.4 too",
        **dict.fromkeys(("TC-Q-CAP-1", "TC-Q-PROF-1", "TC-Q-PROF-3"), "tells of capabilities and profiles of 1.4"),
    },
    ("1.4", "2.0"): {
        **dict.fromkeys((f"CS-AC-M-OAEP-{number}" for number in (1, 2, 3, 6, 8, 9, 10)), _NAMED),
        **dict.fromkeys(("CS-BC-M-GCM-2", "TC-MDO-2", "TC-MDO-3", "TC-RSA-SIGN-DIGESTEDDATA-1"), _NAMED),
        **dict.fromkeys(("SASED-M-1", "TL-M-1"), _QUERY),
        **dict.fromkeys(("TC-CERTATTR-1", "TC-ECC-3", "TC-PKCS12-2", "TL-M-3"), _LISTED),
        "TC-STREAM-MAC-1": _SERVERS,
        **dict.fromkeys(
            ("TC-WRAP-2", "TC-WRAP-3"), "the wrapping key may unwrap too, and the wrapped value is printed"
        ),
        **dict.fromkeys(("SKFF-M-9", "SKFF-M-10"), "the answer to Delete Attribute says in 1.4 what was deleted"),
    },
    ("2.0", "2.1"): {
        "CS-BC-M-14": "2.1 names the state as reason; CS-BC-M-7 keeps Permission Denied",
        "CS-BC-M-GCM-2": _NAMED,
    },
    ("2.1", "3.0"): {
        **dict.fromkeys(("AX-M-1", "AX-M-2"), "asks for two links instead of one attribute of links"),
        "BL-M-4": "one Destroy more at the end",
        **dict.fromkeys((f"CS-AC-M-OAEP-{number}" for number in (1, 3, 5, 9)), _SERVERS),
        **dict.fromkeys(("CS-BC-M-1", "CS-BC-M-3", "CS-RNG-M-1", "PKCS11-M-1"), _SERVERS),
        **dict.fromkeys(("MSGENC-HTTPS-M-1", "MSGENC-JSON-M-1", "MSGENC-XML-M-1"), _QUERY),
        "QS-M-2": "another protection period",
        **dict.fromkeys(("SASED-M-2", "SASED-M-3"), "a link to a group, where 2.1 has the name of one"),
        **dict.fromkeys(("SKLC-O-1", "TL-M-3"), _LISTED),
        **dict.fromkeys(("SKFF-M-10", "SKFF-M-11", "SKFF-M-12", "TL-M-1", "TL-M-2"), "2.1 lists what 3.0 leaves out"),
        **dict.fromkeys(("AKLC-M-3", "BL-M-2"), "2.1 numbers a batch of one item"),
    },
}
"""What an editor changed from one version to the next, beside what every case has changed; by the lower version."""


@pytest.mark.parametrize(("old", "new"), HOPS, ids=lambda part: part)
def test_what_is_moved_is_what_is_published(old: str, new: str) -> None:
    both = [stem for version, stem in at_hand() if version == old and (new, stem) in at_hand()]
    assert len(both) > 40
    assert {stem for stem in both if not _alike(stem, old, new)} <= set(EDITED[min(old, new), max(old, new)])


@pytest.mark.parametrize(("old", "new"), pairwise(VERSIONS), ids=lambda part: part)
def test_every_edit_named_is_one(old: str, new: str) -> None:
    for stem in EDITED[old, new]:
        assert not (_alike(stem, old, new) and _alike(stem, new, old)), stem


def _alike(stem: str, old: str, new: str) -> bool:
    published = at_hand()[new, stem]
    try:
        moved = move(at_hand()[old, stem], new)
    except CannotMoveError:
        return False
    return moved.case_id == published.case_id and _messages(moved) == _messages(published)


def _messages(case: Case) -> list[tuple[Item, Item]]:
    return [(_plain(each.request), _plain(each.response)) for each in case.exchanges]


_FREE = {
    Tag.UNIQUE_BATCH_ITEM_ID,
    Tag.TIME_STAMP,
    Tag.DIGEST_VALUE,
    Tag.RESULT_MESSAGE,
    Tag.KEY_MATERIAL,
    Tag.UNIQUE_IDENTIFIER,
    Tag.LEASE_TIME,
}
_UNORDERED = (Tag.ATTRIBUTE, Tag.ATTRIBUTE_NAME, Tag.ATTRIBUTE_REFERENCE, Tag.OPERATION, Tag.OBJECT_TYPE)


def _plain(item: Item) -> Item:
    """A message without what varies by itself: moments, identifiers, correlation values, what the server made."""
    tag, kind, value = item
    if tag in _FREE:
        return tag, 0, None
    if kind == ItemType.DATE_TIME or (kind == ItemType.INTERVAL and tag == Tag.ATTRIBUTE_VALUE):
        return tag, kind, None
    if kind != ItemType.STRUCTURE:
        return item
    parts: list[Any] = [_plain(each) for each in value if each[0] != Tag.SERVER_CORRELATION_VALUE]
    if tag == Tag.ATTRIBUTES:
        return tag, kind, sorted(parts, key=repr)
    apart = [each for each in parts if each[0] in _UNORDERED]
    return tag, kind, [*(each for each in parts if each[0] not in _UNORDERED), *sorted(apart, key=repr)]
