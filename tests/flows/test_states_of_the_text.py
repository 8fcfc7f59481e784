"""State x operation x version: every cell is executed, and what it must do is read from the text of the version.

1.4 §3.22, 2.1 §4.57: a bullet for each state says what an object may be used for in it, ten numbered paragraphs say
which operation leads where, and "only the transitions described above are permitted". The error table of the
operation says with which reasons it may refuse.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import pytest

from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    HashingAlgorithm,
    ObjectType,
    Operation,
    PaddingMethod,
    ResultReason,
    RevocationReasonCode,
    State,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_2, V2_0, Version
from tests.flows.client import CBC, Answer, Client, attributes
from tests.flows.objects import private_key, public_key, symmetric
from tests.flows.registry import FILE, NO_REGISTRY, VERSIONS_WITH_TEXT, reasons_of, text_of
from tests.flows.requests import (
    Activate,
    AddAttribute,
    Decrypt,
    DeleteAttribute,
    Destroy,
    Encrypt,
    Get,
    GetAttributeList,
    GetAttributes,
    Mac,
    MacVerify,
    ModifyAttribute,
    Sign,
    SignatureVerify,
    revoke,
)

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=NO_REGISTRY)

_BULLET = re.compile(r"^- (Pre-Active|Active|Deactivated|Compromised|Destroyed Compromised|Destroyed): (.*)$", re.M)
_PARAGRAPH = re.compile(
    r"^\d+\. The transition from (.+?) to (?:the )?(Destroyed Compromised|Pre-Active|[A-Z]\w+)(?: state)? "
    r"((?:is caused|SHALL occur).*?)(?=^\d+\. |^Only the transitions)",
    re.M | re.S,
)
_BY_TITLE = {state.title: state for state in State}
DESTROYED = (State.DESTROYED, State.DESTROYED_COMPROMISED)
COMPROMISE, OTHER = "Revoke, compromised", "Revoke, other"
MOVES = ("Activate", COMPROMISE, OTHER, "Destroy")


class Text(NamedTuple):
    """What a version says of states."""

    applies: frozenset[State]
    processes: frozenset[State]
    moves: dict[tuple[State, str], State]


@cache
def said(version: Version) -> Text:
    """Read the bullets and the paragraphs of the version."""
    section = text_of(version)
    bullets = {_BY_TITLE[title]: words for title, words in _BULLET.findall(section)}
    assert set(bullets) == set(State)
    unusable = {
        state
        for state, words in bullets.items()
        if re.search(r"SHALL NOT be used for any|not yet usable for any|no longer usable for any", words)
    }
    processing_only = {
        state
        for state, words in bullets.items()
        if re.search(r"SHALL NOT be used for applying|SHOULD only be used to process", words)
    }
    moves: dict[tuple[State, str], State] = {}
    for before, after, words in _PARAGRAPH.findall(section):
        for pattern, cause in (
            (r"Activate operation on the object", "Activate"),
            (r"Revo\w+ Reason (?:Code )?of Compromised", COMPROMISE),
            (r"Reason (?:Code )?other than Compromised", OTHER),
            (r"Destroy operation", "Destroy"),
        ):
            if before in _BY_TITLE and re.search(pattern, words):
                moves[_BY_TITLE[before], cause] = _BY_TITLE[after]
    return Text(frozenset(set(State) - unusable - processing_only), frozenset(set(State) - unusable), moves)


# --- an object in each state ------------------------------------------------------------------------

EVERY = int(
    Mask.ENCRYPT | Mask.DECRYPT | Mask.SIGN | Mask.VERIFY | Mask.MAC_GENERATE | Mask.MAC_VERIFY,
)
_PATHS: dict[State, tuple[str, ...]] = {
    State.PRE_ACTIVE: (),
    State.ACTIVE: ("Activate",),
    State.DEACTIVATED: ("Activate", OTHER),
    State.COMPROMISED: ("Activate", COMPROMISE),
    State.DESTROYED: ("Activate", OTHER, "Destroy"),
    State.DESTROYED_COMPROMISED: ("Activate", COMPROMISE, "Destroy"),
}


def moving(uid: str, cause: str) -> Any:
    """The request that causes a move."""
    if cause == "Activate":
        return Activate(unique_identifier=uid)
    if cause == "Destroy":
        return Destroy(unique_identifier=uid)
    code = RevocationReasonCode.KEY_COMPROMISE if cause == COMPROMISE else RevocationReasonCode.SUPERSEDED
    return revoke(uid, code)


_KINDS = {
    ObjectType.SYMMETRIC_KEY: symmetric,
    ObjectType.PRIVATE_KEY: private_key,
    ObjectType.PUBLIC_KEY: public_key,
}


def in_state(client: Client, state: State, kind: ObjectType = ObjectType.SYMMETRIC_KEY) -> str:
    uid = client.register(
        _KINDS[kind](), kind, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, EVERY), (Tag.CONTACT_INFORMATION, "here"))
    )
    for cause in _PATHS[state]:
        client.do(moving(uid, cause))
    assert client.shown(uid, Tag.STATE)[Tag.STATE] == [state]
    return uid


def require_listed(answer: Answer, operation: Operation, version: Version, state: State) -> None:
    """A refusal bears a reason that the version lists for the operation; or the one that says just that.

    2.1 §11.46, Object Destroyed: "Object exists, but has already been destroyed". The tables leave it out, as they
    leave out Object Archived.
    """
    assert not answer.ok, f"{operation.title} succeeded"
    assert answer.reason is not None
    if state in DESTROYED and version >= V2_0 and answer.reason is ResultReason.OBJECT_DESTROYED:
        return
    assert answer.reason.title.casefold() in reasons_of(operation.title, version), (answer.reason, answer.message)


def cells(versions: tuple[Version, ...], *more: Any) -> list[Any]:
    return [
        pytest.param(
            version, state, each, id=f"{version}-{state.name}-{each.name if isinstance(each, Operation) else each}"
        )
        for version in versions
        for state in State
        for each in more
    ]


# --- moves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "state", "cause"), cells(VERSIONS_WITH_TEXT, *MOVES))
def test_an_operation_moves_an_object_as_the_text_says_or_is_refused(
    client: Client, version: Version, state: State, cause: str
) -> None:
    speaking = client.speaking(version)
    uid = in_state(speaking, state)
    answer = speaking.one(moving(uid, cause))
    after = said(version).moves.get((state, cause))
    if after is None:
        operation = Operation.REVOKE if cause in (COMPROMISE, OTHER) else Operation[cause.upper()]
        require_listed(answer, operation, version, state)
    else:
        assert answer.ok, answer.message
    assert speaking.shown(uid, Tag.STATE)[Tag.STATE] == [after or state]


# --- uses -------------------------------------------------------------------------------------------

HMAC = CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256)
PKCS1 = CryptographicParameters(
    cryptographic_algorithm=CryptographicAlgorithm.RSA,
    padding_method=PaddingMethod.PKCS1_V1_5,
    hashing_algorithm=HashingAlgorithm.SHA_256,
)
SINCE_1_2 = tuple(version for version in VERSIONS_WITH_TEXT if version >= V1_2)


class Use(NamedTuple):
    """An operation that uses an object."""

    kind: ObjectType
    request: Any
    parameters: CryptographicParameters
    undoes: Operation | None = None
    takes: str = ""
    gives: str = ""


SYMMETRIC, PRIVATE, PUBLIC = ObjectType.SYMMETRIC_KEY, ObjectType.PRIVATE_KEY, ObjectType.PUBLIC_KEY
USES: dict[Operation, Use] = {
    Operation.ENCRYPT: Use(SYMMETRIC, Encrypt, CBC),
    Operation.DECRYPT: Use(SYMMETRIC, Decrypt, CBC, Operation.ENCRYPT, "data", "data"),
    Operation.SIGN: Use(PRIVATE, Sign, PKCS1),
    Operation.SIGNATURE_VERIFY: Use(PUBLIC, SignatureVerify, PKCS1, Operation.SIGN, "signature_data", "signature_data"),
    Operation.MAC: Use(SYMMETRIC, Mac, HMAC),
    Operation.MAC_VERIFY: Use(SYMMETRIC, MacVerify, HMAC, Operation.MAC, "mac_data", "mac_data"),
}


def using(client: Client, operation: Operation, uid: str) -> Any:
    """The request; what it undoes is done before with a twin of the key that is active."""
    use = USES[operation]
    given: dict[str, Any] = {"unique_identifier": uid, "cryptographic_parameters": use.parameters, "data": b"text"}
    if use.undoes is not None:
        twin = USES[use.undoes]
        made = client.do(using(client, use.undoes, in_state(client, State.ACTIVE, twin.kind)))
        given[use.takes] = getattr(made, use.gives)
        if operation is Operation.DECRYPT:
            given["iv_counter_nonce"] = made.iv_counter_nonce
    return use.request(**given)


@pytest.mark.parametrize(("version", "state", "operation"), cells(SINCE_1_2, *USES))
def test_an_object_is_used_in_the_states_that_the_text_allows(
    client: Client, version: Version, state: State, operation: Operation
) -> None:
    speaking = client.speaking(version)
    uid = in_state(speaking, state, USES[operation].kind)
    answer = speaking.one(using(speaking, operation, uid))
    text = said(version)
    if state in (text.applies if USES[operation].undoes is None else text.processes):
        assert answer.ok, answer.message
    else:
        require_listed(answer, operation, version, state)


# --- reads and changes ------------------------------------------------------------------------------

_READS: dict[Operation, Any] = {
    Operation.GET: lambda uid: Get(unique_identifier=uid),
    Operation.GET_ATTRIBUTES: lambda uid: GetAttributes(unique_identifier=uid),
    Operation.GET_ATTRIBUTE_LIST: lambda uid: GetAttributeList(unique_identifier=uid),
}
_COMMENT = AttributeItem(Tag.CONTACT_INFORMATION, "there")
_CHANGES: dict[Operation, Any] = {
    Operation.ADD_ATTRIBUTE: lambda uid: AddAttribute(
        unique_identifier=uid, new_attribute=AttributeItem(Tag.OBJECT_GROUP, "group")
    ),
    Operation.MODIFY_ATTRIBUTE: lambda uid: ModifyAttribute(unique_identifier=uid, new_attribute=_COMMENT),
    Operation.DELETE_ATTRIBUTE: lambda uid: DeleteAttribute(
        unique_identifier=uid, attribute_reference=Tag.CONTACT_INFORMATION
    ),
}


@pytest.mark.parametrize(("version", "state", "operation"), cells(VERSIONS_WITH_TEXT, *_READS))
def test_a_destroyed_object_is_read_no_more_but_for_its_attributes(
    client: Client, version: Version, state: State, operation: Operation
) -> None:
    """2.1 §6.1.15: the key material "SHALL be destroyed", "the meta-data for the key material SHALL be retained"."""
    speaking = client.speaking(version)
    uid = in_state(speaking, state)
    answer = speaking.one(_READS[operation](uid))
    if operation is Operation.GET and state in DESTROYED:
        require_listed(answer, operation, version, state)
    else:
        assert answer.ok, answer.message


@pytest.mark.parametrize(("version", "state", "operation"), cells(VERSIONS_WITH_TEXT, *_CHANGES))
def test_attributes_that_no_rule_binds_to_states_change_in_all_of_them(
    client: Client, version: Version, state: State, operation: Operation
) -> None:
    """Contact Information: "Modifiable by client: Yes", "Deletable by client: Yes"; Object Group may be added."""
    speaking = client.speaking(version)
    uid = in_state(speaking, state)
    assert speaking.one(_CHANGES[operation](uid)).ok


def test_the_texts_say_what_the_figure_shows() -> None:
    for version in VERSIONS_WITH_TEXT:
        text = said(version)
        assert len(text.moves) == 9, version  # the tenth is the creation
        assert text.applies == {State.ACTIVE}
        assert text.processes == {State.ACTIVE, State.DEACTIVATED, State.COMPROMISED}
    assert V2_0 in VERSIONS_WITH_TEXT
