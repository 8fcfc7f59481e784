"""Every attribute in every version against the rules that the text prints for it: each cell is executed.

What is expected is read from the specification's own tables of rules and errors (``tests/flows/registry.py``), never
from ours. A cell is an attribute, a version, and a way to give, add, change, set or delete it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import ObjectType, Operation, ResultReason, RevocationReasonCode, State
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_0, Version
from tests.flows.client import Answer, Client, attributes
from tests.flows.objects import EVERY_OBJECT
from tests.flows.registry import FILE, NO_REGISTRY, VERSIONS_WITH_TEXT, reasons_of, registry, rules_of
from tests.flows.requests import (
    Activate,
    AddAttribute,
    DeleteAttribute,
    Destroy,
    ModifyAttribute,
    Register,
    SetAttribute,
    revoke,
)
from tests.flows.samples import value_of

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=NO_REGISTRY)

_TAGS = {tag.title: tag for tag in Tag}
_NO_RULES = {"Vendor Attribute": "2.x prints none", "Custom Attribute": "any name; tested beside the vendor attributes"}
_CERTIFICATE_ATTRIBUTES = "Certificate Attributes"
"""2.1 §4.6: one table for all the parts of the names in a certificate."""
_STATED = frozenset(
    {Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH, Tag.CERTIFICATE_TYPE, Tag.UNIQUE_IDENTIFIER}
)
"""Initially set by the server, and still stated by the client who makes the object (1.4 Tables 150, 160, 296)."""
_KINDS = (
    ("Certificates", ObjectType.CERTIFICATE),
    ("Asymmetric Keys", ObjectType.PRIVATE_KEY),
    ("Public Keys", ObjectType.PRIVATE_KEY),
    ("Opaque Objects", ObjectType.OPAQUE_OBJECT),
)
"""Words of "Applies to Object Types" that leave out symmetric keys, and an object to try."""


class Cell(NamedTuple):
    """An attribute in a version, and what the text says of it."""

    tag: Tag
    version: Version
    rules: dict[str, str]

    @property
    def kind(self) -> ObjectType:
        """A type of object that can have it."""
        objects = self.rules["object_types"].replace(" ,", ",")
        if objects.startswith("Keys") or "All Cryptographic" in objects:
            return ObjectType.SYMMETRIC_KEY
        return next((kind for words, kind in _KINDS if words in objects), ObjectType.SYMMETRIC_KEY)

    def says(self, rule: str) -> bool:
        """Whether a rule begins with Yes."""
        return self.rules[rule].startswith("Yes")

    @property
    def client_sets(self) -> bool:
        """Whether a client may give the first value."""
        return "Client" in self.rules["initially_set_by"]

    @property
    def many(self) -> bool:
        """Whether there may be several. Digital Signature Algorithm: yes for PGP keys."""
        return self.says("multiple_instances")


def cells() -> Iterator[Cell]:
    for name, printed in registry()["attributes"].items():
        if name in _NO_RULES:
            continue
        for version in VERSIONS_WITH_TEXT:
            rules = rules_of(name, version)
            if rules is None:
                continue
            names = [name]
            if name == _CERTIFICATE_ATTRIBUTES:
                names = [row[0] for table in printed[str(version)]["structure"] for row in table["rows"]]
            yield from (Cell(_TAGS[each], version, rules) for each in names)


EVERY = [pytest.param(cell, id=f"{cell.version}-{cell.tag.name}") for cell in cells()]


def registering(client: Client, cell: Cell, *values: Any) -> Answer:
    pairs = [(cell.tag, value) for value in values]
    return client.one(Register(object_type=cell.kind, attributes=attributes(*pairs), object=EVERY_OBJECT[cell.kind]()))


def made(client: Client, cell: Cell, *values: Any) -> str:
    answer = registering(client, cell, *values)
    assert answer.ok, answer.message
    return str(answer.payload.unique_identifier)


def sample(cell: Cell, number: int = 1) -> Any:
    return value_of(cell.tag, cell.version, number)


def item(cell: Cell, number: int = 1) -> AttributeItem:
    return AttributeItem(cell.tag, sample(cell, number))


def require_listed(answer: Answer, operation: Operation, version: Version) -> None:
    """A refusal bears a reason that the version's own error table of the operation lists."""
    assert not answer.ok, f"{operation.title} succeeded"
    assert answer.reason is not None
    assert answer.reason.title.casefold() in reasons_of(operation.title, version), answer.message


@pytest.mark.parametrize("cell", EVERY)
def test_given_when_the_object_is_made(client: Client, cell: Cell) -> None:
    """ "Initially set by", and "Multiple instances permitted"."""
    speaking = client.speaking(cell.version)
    answer = registering(speaking, cell, sample(cell))
    if cell.client_sets:
        assert answer.ok, answer.message
        assert len(speaking.shown(answer.payload.unique_identifier, cell.tag)[cell.tag]) == 1
        twice = registering(speaking, cell, sample(cell), sample(cell, 2))
        assert twice.ok == cell.many
        if not cell.many:
            require_listed(twice, Operation.REGISTER, cell.version)
    elif cell.tag not in _STATED:
        require_listed(answer, Operation.REGISTER, cell.version)


@pytest.mark.parametrize("cell", EVERY)
def test_added(client: Client, cell: Cell) -> None:
    """Add Attribute: what a client may set; again only where several are permitted."""
    speaking = client.speaking(cell.version)
    uid = made(speaking, cell)
    has_one = bool(speaking.shown(uid, cell.tag))
    answer = speaking.one(AddAttribute(unique_identifier=uid, new_attribute=item(cell)))
    if cell.client_sets and (cell.many or not has_one):
        assert answer.ok, answer.message
    else:
        require_listed(answer, Operation.ADD_ATTRIBUTE, cell.version)
    again = speaking.one(AddAttribute(unique_identifier=uid, new_attribute=item(cell, 2)))
    assert again.ok == (cell.client_sets and cell.many)


@pytest.mark.parametrize("cell", EVERY)
def test_modified(client: Client, cell: Cell) -> None:
    """ "Modifiable by client", of an object in state Pre-Active and before any use."""
    speaking = client.speaking(cell.version)
    uid = made(speaking, cell, *([sample(cell)] if cell.client_sets else []))
    before = speaking.shown(uid)
    answer = speaking.one(ModifyAttribute(unique_identifier=uid, new_attribute=item(cell, 2)))
    if cell.says("modifiable_by_client"):
        assert answer.ok, answer.message
        assert speaking.shown(uid, cell.tag)[cell.tag] != before[cell.tag]
    else:
        require_listed(answer, Operation.MODIFY_ATTRIBUTE, cell.version)
        assert speaking.shown(uid) == before


@pytest.mark.parametrize("cell", EVERY)
def test_deleted(client: Client, cell: Cell) -> None:
    """ "Deletable by client"."""
    speaking = client.speaking(cell.version)
    uid = made(speaking, cell, *([sample(cell)] if cell.client_sets else []))
    before = speaking.shown(uid)
    answer = speaking.one(DeleteAttribute(unique_identifier=uid, attribute_reference=cell.tag))
    if cell.says("deletable_by_client"):
        assert answer.ok, answer.message
        assert speaking.shown(uid, cell.tag) == {}
    else:
        require_listed(answer, Operation.DELETE_ATTRIBUTE, cell.version)
        assert speaking.shown(uid) == before


@pytest.mark.parametrize("cell", [each for each in EVERY if each.values[0].version >= V2_0])
def test_set(client: Client, cell: Cell) -> None:
    """Set Attribute (2.1 §6.1.51): "Multi Valued Attribute" where there may be several; else as added or modified."""
    speaking = client.speaking(cell.version)
    uid = made(speaking, cell, *([sample(cell)] if cell.client_sets else []))
    has_one = bool(speaking.shown(uid, cell.tag))
    answer = speaking.one(SetAttribute(unique_identifier=uid, new_attribute=item(cell, 2)))
    may = cell.says("modifiable_by_client") if has_one else cell.client_sets
    if cell.many and not answer.ok:
        require_listed(answer, Operation.SET_ATTRIBUTE, cell.version)
    elif may:
        assert answer.ok, answer.message
    else:
        require_listed(answer, Operation.SET_ATTRIBUTE, cell.version)


# --- rules that depend on the type of object ---------------------------------------------------------

_NOT_CRYPTOGRAPHIC = (ObjectType.OPAQUE_OBJECT, ObjectType.TEMPLATE)
_IS_A_KEY = (ObjectType.SYMMETRIC_KEY, ObjectType.PUBLIC_KEY, ObjectType.PRIVATE_KEY, ObjectType.SPLIT_KEY)


def applies(words: str, kind: ObjectType) -> bool:
    """Whether "Applies to Object Types" names a type."""
    if words.startswith("All Objects"):
        return True
    if words.startswith("All Cryptographic Objects"):
        return kind not in _NOT_CRYPTOGRAPHIC or kind.title in words
    if words.startswith("Keys") and kind in _IS_A_KEY:
        return True
    if "Asymmetric Keys" in words:
        return kind in (ObjectType.PUBLIC_KEY, ObjectType.PRIVATE_KEY)
    return kind.title.casefold() in words.replace("\n", " ").casefold()


@pytest.mark.parametrize("cell", [each for each in EVERY if each.values[0].client_sets])
def test_every_type_of_object_that_the_text_names_takes_it(client: Client, cell: Cell) -> None:
    """ "Applies to Object Types": added, changed and deleted; 2.x names all objects, or those that alone may have it.

    1.x is not held to its narrower lists: its own cases set attributes on others (CS-AC-M-8, TC-OTP-SETUP).
    """
    speaking = client.speaking(cell.version)
    for kind, make in EVERY_OBJECT.items():
        if not kind.in_version(cell.version) or kind is ObjectType.TEMPLATE:
            continue
        uid = speaking.register(make(), kind)
        has_one = bool(speaking.shown(uid, cell.tag))
        answer = speaking.one(AddAttribute(unique_identifier=uid, new_attribute=item(cell)))
        if not applies(cell.rules["object_types"], kind):
            if cell.version >= V2_0:
                require_listed(answer, Operation.ADD_ATTRIBUTE, cell.version)
            continue
        if has_one and not cell.many:
            require_listed(answer, Operation.ADD_ATTRIBUTE, cell.version)
            continue
        if not answer.ok and kind in _NOT_CRYPTOGRAPHIC and "only while in" in cell.rules["modifiable_by_client"]:
            continue  # a date of a state that an opaque object has not
        assert answer.ok, (kind.title, answer.message)
        assert len(speaking.shown(uid, cell.tag)[cell.tag]) == 1
        if cell.says("modifiable_by_client"):
            speaking.do(ModifyAttribute(unique_identifier=uid, new_attribute=item(cell, 2)))
        deleted = speaking.one(DeleteAttribute(unique_identifier=uid, attribute_reference=cell.tag))
        assert deleted.ok == cell.says("deletable_by_client"), (kind.title, deleted.message)


# --- rules that depend on the state -----------------------------------------------------------------

_STATES: dict[State, Any] = {
    State.PRE_ACTIVE: lambda uid: [],
    State.ACTIVE: lambda uid: [Activate(unique_identifier=uid)],
    State.DEACTIVATED: lambda uid: [Activate(unique_identifier=uid), revoke(uid)],
    State.COMPROMISED: lambda uid: [revoke(uid, RevocationReasonCode.KEY_COMPROMISE)],
    State.DESTROYED: lambda uid: [Destroy(unique_identifier=uid)],
    State.DESTROYED_COMPROMISED: lambda uid: [
        revoke(uid, RevocationReasonCode.KEY_COMPROMISE),
        Destroy(unique_identifier=uid),
    ],
}
BOUND = [
    pytest.param(each.values[0], state, id=f"{each.id}-{state.name}")
    for each in EVERY
    if "only while in" in each.values[0].rules["modifiable_by_client"]
    for state in _STATES
]


@pytest.mark.parametrize(("cell", "state"), BOUND)
def test_what_is_bound_to_states_is_modified_in_those_only(client: Client, cell: Cell, state: State) -> None:
    """ "Yes, only while in Pre-Active state" and its like."""
    speaking = client.speaking(cell.version)
    uid = made(speaking, cell, sample(cell))
    for step in _STATES[state](uid):
        speaking.do(step)
    assert speaking.shown(uid, Tag.STATE)[Tag.STATE] == [state]
    answer = speaking.one(ModifyAttribute(unique_identifier=uid, new_attribute=item(cell, 2)))
    condition = cell.rules["modifiable_by_client"].partition("only while in")[2]
    if state.title in condition.replace("Pre-Active or Active", "Pre-Active / Active") and (
        state is not State.ACTIVE or " Active" in condition
    ):
        assert answer.ok, answer.message
    else:
        require_listed(answer, Operation.MODIFY_ATTRIBUTE, cell.version)


def test_nearly_every_attribute_has_its_cells() -> None:
    tried = {each.values[0].tag for each in EVERY}
    assert len(tried) >= len(registry()["attributes"]) - len(_NO_RULES)
    assert {each.values[0].version for each in EVERY} == set(VERSIONS_WITH_TEXT)


def test_the_reasons_are_those_of_the_text() -> None:
    titles = {reason.title.casefold() for reason in ResultReason}
    assert reasons_of("Register", V2_0) & titles
