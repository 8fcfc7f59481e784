"""Every error that the specification's tables list for an operation is produced, in every version that lists it.

The cells are read from the specification's own tables; each has a recipe in ``error_recipes``, or stands below with
the words of the specification why no request can bring it about here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509

from kmip_server.domain.policy import Policies, parse_policies
from kmip_server.domain.policy.rows import ON_OBJECT, OperationPolicy, Permission, ServerPolicy
from kmip_server.domain.policy.rows import WITHOUT_OBJECT as DECIDED_WITHOUT_OBJECT
from kmip_server.engine.identity import Account, Accounts
from kmip_server.engine.passwords import hash_password, parse_hash
from kmip_server.ports import Attesting
from kmip_server.spec.enums import AttestationType, CredentialType, ObjectType, Operation, ResultStatus
from kmip_server.spec.structures.credentials import Attestation, Authentication, Credential, Nonce, OneTimePassword
from kmip_server.spec.structures.envelope import MessageExtension
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0, V2_1, VERSIONS
from kmip_server.wire import ttlv
from tests.authority import Key, certificate_of, give_authority, new_key
from tests.flows import error_recipes_making, error_recipes_more, error_works, strict
from tests.flows.client import Answer, Ask, Client, binder, struct
from tests.flows.error_cells import GENERAL, Cell, cells, general_cells
from tests.flows.error_recipes import RECIPES
from tests.flows.registry import NO_REGISTRY, registry

Op = Operation
_KEY: Key = new_key()
_CERTIFICATE: x509.Certificate = certificate_of(_KEY, "CN=Authority")
_LOOSE = parse_policies(
    '{"operations without object": {"preset": {"SET_DEFAULTS": "ALLOW_ALL", "SET_CONSTRAINTS": "ALLOW_ALL"}}}', "rules"
).server
_ACCOUNT = Account(parse_hash(hash_password("secret")), frozenset())

_STATE_2_0 = "2.0's own cases want Permission Denied for it (AKLC-M-2-20, CS-BC-M-14-20)"
_USES = "the profiles' mandatory case CS-BC-M-7 wants Permission Denied for it in every version"
_IV = "the profiles' mandatory cases CS-BC-M-11 to CS-BC-M-13 want Invalid Message for it in every version"
_TOLD = (
    "the published case TC-101 reads the Archive Date of an archived object by it, in every version that prints this"
)
_PROVISION = "it needs a client whose certificate the server's own authority made: see test_re_provision"
_PERMISSION = "the same fact has two names in one table; here it has the other (Attribute Read Only)"
NAMED: dict[tuple[Operation | None, str], str] = {
    (Op.ENCRYPT, "usage limit exceeded"): _USES,
    (Op.SIGN, "usage limit exceeded"): _USES,
    (Op.MAC, "usage limit exceeded"): _USES,
    (
        Op.OBTAIN_LEASE,
        "usage limit exceeded",
    ): "a lease uses nothing up that Usage Limits count",
    (Op.ENCRYPT, "missing initialization vector"): _IV,
    (Op.DECRYPT, "missing initialization vector"): _IV,
    (Op.CREATE, "read only attribute"): _PERMISSION,
    (Op.CREATE, "unsupported attribute"): "the same fact has two names in one table; here it is Invalid Attribute",
    (Op.SET_ATTRIBUTE, "non unique name attribute"): (
        "the one Name that there may be to set (2.1 §6.1.51) has no other beside it; names of other objects are free"
    ),
    (Op.GET_ATTRIBUTES, "invalid attribute"): (
        "2.1 §6.1.21: an attribute that does not exist for the object is not returned, and that is no error"
    ),
    (
        Op.LOCATE,
        "invalid attribute",
    ): "an attribute that nobody has matches nothing: clients count on it",
    (Op.GET_CONSTRAINTS, "invalid object type"): "its request has no field that could name one (2.1 §6.1.22)",
    (Op.GET_CONSTRAINTS, "invalid message"): "a payload without fields can be too long, not wrong",
    (Op.IMPORT, "attribute read only"): '2.1 §6.1.25: the rules of "Initially set by" "SHALL NOT be enforced"',
    (Op.IMPORT, "protection storage unavailable"): (
        "its request has no Protection Storage Masks (2.1 §6.1.25), and the rules of attributes are not enforced"
    ),
    (Op.IMPORT, "encoding option error"): "it is about a Key Wrapping Specification, which the request does not have",
    (Op.REGISTER, "encoding option error"): "it is about a Key Wrapping Specification, which the request does not have",
    (Op.DELETE_ATTRIBUTE, "wrong key lifecycle state"): "no attribute that a client may delete is bound to a state",
    (Op.IMPORT, "invalid object type"): "since 2.0 the request names a type; before it, the object tells its own",
    **{(Op.RE_PROVISION, reason): _PROVISION for reason in (*GENERAL, "cryptographic failure")},
    (Op.GET_ATTRIBUTES, "object archived"): _TOLD,
    (Op.GET_ATTRIBUTE_LIST, "object archived"): _TOLD,
}


def named(cell: Cell) -> str | None:
    """Why a cell cannot be produced, or None."""
    if cell.reason == "wrong key lifecycle state" and cell.version == V2_0 and cell.operation is not Op.REGISTER:
        return _STATE_2_0
    return NAMED.get((cell.operation, cell.circumstance)) or NAMED.get((None, cell.circumstance))


@pytest.fixture
def client(make_server: Any, request: pytest.FixtureRequest) -> Client:
    """Alice, in the cell's version, on a server that serves everything."""
    server = make_server(
        interop=True, policies=Policies(server=_LOOSE), accounts=Accounts(users={"alice": _ACCOUNT}, devices={})
    )
    cell = request.node.callspec.params["cell"]
    if cell.operation in (Op.CERTIFY, Op.RE_CERTIFY):
        give_authority(server, key=_KEY, certificate=_CERTIFICATE)
    return Client(server, cell.version)


def refused_with(answer: Answer) -> str:
    """The reason of a refusal, as the tables print it."""
    assert answer.status is ResultStatus.OPERATION_FAILED, "it succeeded"
    assert answer.reason is not None
    assert not (answer.message or "").startswith("the server failed"), answer.message
    return answer.reason.title.lower()


ALL = cells()
# Importing them is what adds their recipes.
assert error_recipes_making and error_recipes_more
SPECIAL = [cell for cell in ALL if cell.circumstance not in GENERAL]
OFTEN = [cell for cell in ALL if cell.circumstance in GENERAL and cell.version >= V2_0] + general_cells()


def test_the_tables_are_read() -> None:
    if not registry():
        pytest.skip(NO_REGISTRY)
    assert len(SPECIAL) > 700 and len(OFTEN) > 900
    assert {cell.version for cell in ALL} == {version for version in VERSIONS if version <= V2_1}


@pytest.mark.parametrize("cell", [cell for cell in SPECIAL if named(cell) is None], ids=str)
def test_an_error_of_the_tables_is_produced(client: Client, cell: Cell) -> None:
    answer = client.one(RECIPES[cell.operation, cell.circumstance](client))
    assert refused_with(answer) in printed_as(cell), answer.message


def printed_as(cell: Cell) -> set[str]:
    """What the table prints; once it prints two reasons as one, and no reason of that version."""
    if cell.reason.startswith("key format type and/or"):
        return {"key format type not supported", "key compression type not supported"}
    if cell.reason.rstrip(".") == "not supported":
        return {"feature not supported"}
    return {cell.reason}


# --- errors that every operation has ---------------------------------------------------------------------


def _extended(client: Client, cell: Cell) -> Answer:
    """1.4 §11.1: "The Criticality Indicator ... is set to True, but the server does not understand the extension"."""
    asked = error_works.works(cell.operation, client)
    if cell.version >= V2_0:
        # Since 2.0 that has a reason of its own; a credential of a type that is not served has this one.
        strange = Credential(
            credential_type=CredentialType.ONE_TIME_PASSWORD,
            credential_value=OneTimePassword(username="alice", one_time_password="123456"),
        )
        return client.one(asked, authentication=Authentication(credential=[strange]))
    extension = MessageExtension(
        vendor_identification="nobody", criticality_indicator=True, vendor_extension=(int(ItemType.STRUCTURE), [])
    )
    return client.one(Ask(asked, extensions=[extension]))


def _unknown_field(client: Client, cell: Cell) -> Answer:
    payload = binder(client.version).unbind(error_works.works(cell.operation, client))
    return client.one(Ask(struct(Tag.REQUEST_PAYLOAD, *payload, (0x42FFFE, int(ItemType.INTEGER), 1)), cell.operation))


def _wrong_type(client: Client, cell: Cell) -> Answer:
    """ "Error parsing batch item or payload within batch item"."""
    wrong = (int(Tag.REQUEST_PAYLOAD), int(ItemType.INTEGER), 1)
    return client.one(Ask(wrong, cell.operation))


def _not_served(client: Client, cell: Cell) -> Answer:
    asked = error_works.works(cell.operation, client)
    rooms = client.server.engine.rooms
    rooms.facts = replace(rooms.facts, operations=rooms.facts.operations - {cell.operation})
    return client.one(asked)


def _forbidden(client: Client, cell: Cell) -> Answer:
    rooms = client.server.engine.rooms
    usual = rooms.policies
    denied = {cell.operation: Permission.DISALLOW_ALL}
    allowed = dict.fromkeys(ON_OBJECT, Permission.ALLOW_ALL)
    shut = OperationPolicy(preset={kind: {**allowed, **denied} for kind in ObjectType})
    server = ServerPolicy(preset=denied) if cell.operation in DECIDED_WITHOUT_OBJECT else usual.server
    rooms.policies = Policies({"shut": shut}, server=usual.server)
    rooms.facts = replace(rooms.facts, default_policy="shut")
    asked = error_works.works(cell.operation, client)
    rooms.policies = Policies({"shut": shut}, server=server)
    return client.one(asked)


def _too_large(client: Client, cell: Cell) -> Answer:
    return client.one(error_works.works(cell.operation, client), maximum_response_size=40)


def _attested(client: Client, cell: Cell) -> Answer:
    given = Attestation(
        nonce=Nonce(nonce_id=b"1", nonce_value=b"1"),
        attestation_type=AttestationType.TPM_QUOTE,
        attestation_assertion=b"x",
    )
    credential = Credential(credential_type=CredentialType.ATTESTATION, credential_value=given)
    return client.one(error_works.works(cell.operation, client), authentication=Authentication(credential=[credential]))


def _unattested(client: Client, cell: Cell) -> Answer:
    asked = error_works.works(cell.operation, client)
    client.server.engine.rooms.attesting = Attesting(frozenset({cell.operation}), lambda *_: False)
    # Read without ``strict``, for the header of this answer alone holds a nonce (1.2 §6.17).
    tree = client.message(asked, attestation_capable_indicator=True)
    reply = ttlv.parse(client.server.send(ttlv.print_(tree), client.who))
    assert strict.children(strict.children(reply, Tag.RESPONSE_HEADER)[0], Tag.NONCE)
    return client._answer(strict.children(reply, Tag.BATCH_ITEM)[0])


_HOW = {
    "attestation required": _unattested,
    "feature not supported": _extended,
    "invalid field": _unknown_field,
    "invalid message": _wrong_type,
    "operation not supported": _not_served,
    "permission denied": _forbidden,
    "response too large": _too_large,
    "attestation failed": _attested,
}


@pytest.mark.parametrize("cell", [cell for cell in OFTEN if named(cell) is None], ids=str)
def test_an_error_that_every_operation_has_is_produced(client: Client, cell: Cell) -> None:
    answer = _HOW[cell.circumstance](client, cell)
    assert refused_with(answer) == cell.reason, answer.message


def test_what_is_named_is_in_the_tables() -> None:
    """A name that is no longer needed goes."""
    if not registry():
        pytest.skip(NO_REGISTRY)
    listed = {(cell.operation, cell.circumstance) for cell in ALL}
    assert {key for key in NAMED if key[0] is not None} <= listed
