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
from kmip_server.engine.identity import Account, Accounts, GroupSettings, identify_certificate
from kmip_server.engine.passwords import hash_password, parse_hash
from kmip_server.ports import Attesting
from kmip_server.spec.enums import AttestationType, CredentialType, ObjectType, Operation, ResultStatus
from kmip_server.spec.structures.credentials import Attestation, Authentication, Credential, Nonce, OneTimePassword
from kmip_server.spec.structures.envelope import MessageExtension
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0, V2_1, VERSIONS
from kmip_server.wire import ttlv
from tests.authority import Key, certificate_of, der, give_authority, new_key
from tests.flows import (
    error_messages,
    error_recipes_making,
    error_recipes_more,
    error_recipes_older,
    error_works,
    strict,
)
from tests.flows.client import Answer, Ask, Client, binder, struct
from tests.flows.error_cells import GENERAL, SENT_TO_CLIENTS, Cell, cell_of, cells, general_cells, rows
from tests.flows.error_recipes import RECIPES
from tests.flows.registry import NO_REGISTRY, registry

Op = Operation
_KEY: Key = new_key()
_CERTIFICATE: x509.Certificate = certificate_of(_KEY, "CN=Authority")
_LOOSE = parse_policies(
    '{"operations without object": {"preset": {"SET_DEFAULTS": "ALLOW_ALL", "SET_CONSTRAINTS": "ALLOW_ALL"}}}', "rules"
).server
_ACCOUNT = Account(parse_hash(hash_password("secret")), frozenset())

_STATE_2_0 = {
    operation: "2.0's own cases want Permission Denied for it (AKLC-M-2-20, CS-BC-M-14-20), those of other versions "
    "of signing keys too (CS-AC-M-8-13)"
    for operation in (Op.ENCRYPT, Op.DECRYPT, Op.SIGN, Op.SIGNATURE_VERIFY, Op.DESTROY)
}
_TOLD = (
    "the published case TC-101 reads the Archive Date of an archived object by it, in every version that prints this"
)
_SENT = "2.1 §6.2: the server asks, its client answers, and this is among what the client may answer"
NAMED: dict[tuple[Operation | None, str], str] = {
    (Op.ENCRYPT, "usage limit exceeded"): (
        "the profiles' mandatory case CS-BC-M-7 wants Permission Denied for it in every version"
    ),
    (Op.DECRYPT, "missing initialization vector"): (
        "the profiles' mandatory cases CS-BC-M-11 to CS-BC-M-13 want Invalid Message for it in every version"
    ),
    (Op.SET_ATTRIBUTE, "non unique name attribute"): (
        "the one Name that there may be to set (2.1 §6.1.51) has no other beside it; names of other objects are free"
    ),
    (Op.GET_CONSTRAINTS, "invalid object type"): (
        "2.1 Table 229: its request has no field, and so none that could name an object or its type"
    ),
    (Op.IMPORT, "attribute read only"): '2.1 §6.1.25: the rules of "Initially set by" "SHALL NOT be enforced"',
    (Op.DELETE_ATTRIBUTE, "wrong key lifecycle state"): (
        '2.1 §4: each attribute whose rules name a state (Activation Date and its like) has "Deletable by client: No", '
        "and that is refused in any state"
    ),
    (Op.GET_ATTRIBUTES, "object archived"): _TOLD,
    (Op.GET_ATTRIBUTE_LIST, "object archived"): _TOLD,
    (Op.GET_ATTRIBUTES, "attribute instance not found"): (
        "1.0 Table 136: its request has Attribute Names and no Attribute Index"
    ),
    (None, "field of another minor version"): (
        'it is no error ("N/A", "process rest normally"); every minor version of the protocol is known here, and each '
        "has its own fields"
    ),
    (None, "no time to wait"): "every operation of this server is able to be completed synchronously",
}


def named(cell: Cell) -> str | None:
    """Why a cell cannot be produced, or None."""
    if cell.operation in SENT_TO_CLIENTS:
        return _SENT
    if cell.reason == "wrong key lifecycle state" and cell.version == V2_0 and cell.operation in _STATE_2_0:
        return _STATE_2_0[cell.operation]
    return NAMED.get((cell.operation, cell.circumstance))


@pytest.fixture
def client(make_server: Any, request: pytest.FixtureRequest) -> Client:
    """Alice, in the cell's version, on a server that serves everything."""
    server = make_server(
        interop=True, policies=Policies(server=_LOOSE), accounts=Accounts(users={"alice": _ACCOUNT}, devices={})
    )
    cell = request.node.callspec.params["cell"]
    if cell.operation in (Op.CERTIFY, Op.RE_CERTIFY):
        give_authority(server, key=_KEY, certificate=_CERTIFICATE)
    if cell.operation is Op.RE_PROVISION:
        give_authority(server, key=_KEY, certificate=_CERTIFICATE, for_clients=True)
        own = certificate_of(new_key(), "CN=alice", signer=_KEY, issuer_text="CN=Authority", ca=None)
        return Client(server, cell.version, identify_certificate(der(own), "127.0.0.1", GroupSettings()))
    return Client(server, cell.version)


def refused_with(answer: Answer) -> str:
    """The reason of a refusal, as the tables print it."""
    assert answer.status is ResultStatus.OPERATION_FAILED, "it succeeded"
    assert answer.reason is not None
    assert not (answer.message or "").startswith("the server failed"), answer.message
    return answer.reason.title.lower()


ALL = cells()
# Importing them is what adds their recipes.
assert error_recipes_making and error_recipes_more and error_recipes_older
OF_OPERATIONS = [cell for cell in ALL if cell.operation is not None and cell.operation not in SENT_TO_CLIENTS]
SPECIAL = [cell for cell in OF_OPERATIONS if cell.circumstance not in GENERAL]
OFTEN = [cell for cell in OF_OPERATIONS if cell.circumstance in GENERAL and cell.version >= V2_0] + general_cells()
OF_MESSAGES = [cell for cell in ALL if cell.operation is None]
"""Those of 1.x that are printed once for all; what an operation can meet of them is in ``OFTEN`` for each."""


def test_every_row_of_every_table_is_a_cell_or_has_its_reason() -> None:
    """The numbers are those of the registry: a row that it gains, or that loses its cell, shows here."""
    if not registry():
        pytest.skip(NO_REGISTRY)
    assert len(rows()) == 2314 and len(ALL) == 2266
    assert [row for row in rows() if cell_of(row) is None] == []
    assert {cell.version for cell in ALL} == {version for version in VERSIONS if version <= V2_1}
    produced = {cell for cell in SPECIAL if (cell.operation, cell.circumstance) in RECIPES}
    produced |= {cell for cell in OFTEN if cell.circumstance in HOW}
    produced |= {cell for cell in OF_MESSAGES if cell.circumstance in error_messages.RECIPES}
    often = {(cell.version, cell.circumstance) for cell in OFTEN}
    produced |= {cell for cell in OF_MESSAGES if (cell.version, cell.circumstance) in often}
    missing = [str(cell) for cell in ALL if cell not in produced and named(cell) is None]
    assert missing == []


def test_what_cannot_be_produced_is_counted() -> None:
    if not registry():
        pytest.skip(NO_REGISTRY)
    unproduced = [cell for cell in ALL if named(cell) is not None]
    to_clients = [cell for cell in unproduced if cell.operation in SENT_TO_CLIENTS]
    assert (len(to_clients), len(unproduced) - len(to_clients)) == (32, 33), unproduced


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


def forbid(client: Client, operation: Operation) -> Policies:
    """Have objects made that the operation is not allowed on; the policies that forbid it, to be put in force."""
    rooms = client.server.engine.rooms
    usual = rooms.policies
    denied = {operation: Permission.DISALLOW_ALL}
    allowed = dict.fromkeys(ON_OBJECT, Permission.ALLOW_ALL)
    shut = OperationPolicy(preset={kind: {**allowed, **denied} for kind in ObjectType})
    server = ServerPolicy(preset=denied) if operation in DECIDED_WITHOUT_OBJECT else usual.server
    rooms.policies = Policies({"shut": shut}, server=usual.server)
    rooms.facts = replace(rooms.facts, default_policy="shut")
    return Policies({"shut": shut}, server=server)


def _forbidden(client: Client, cell: Cell) -> Answer:
    assert cell.operation is not None
    forbidding = forbid(client, cell.operation)
    asked = error_works.works(cell.operation, client)
    client.server.engine.rooms.policies = forbidding
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


def _repeated(client: Client, cell: Cell) -> Answer:
    """ "The same field is contained in a header/batch item/payload more than once": here in the batch item."""
    payload = struct(Tag.REQUEST_PAYLOAD, *binder(client.version).unbind(error_works.works(cell.operation, client)))
    tree = client.message(Ask(payload, cell.operation))
    strict.children(tree, Tag.BATCH_ITEM)[0][2].append(payload)
    return client.send(tree)[0]


def _not_capable(client: Client, cell: Cell) -> Answer:
    asked = error_works.works(cell.operation, client)
    client.server.engine.rooms.attesting = Attesting(frozenset({cell.operation}), lambda *_: False)
    return client.one(asked, attestation_capable_indicator=False)


def _unattested(client: Client, cell: Cell) -> Answer:
    asked = error_works.works(cell.operation, client)
    client.server.engine.rooms.attesting = Attesting(frozenset({cell.operation}), lambda *_: False)
    # Read without ``strict``, for the header of this answer alone holds a nonce (1.2 §6.17).
    tree = client.message(asked, attestation_capable_indicator=True)
    reply = ttlv.parse(client.server.send(ttlv.print_(tree), client.who))
    assert strict.children(strict.children(reply, Tag.RESPONSE_HEADER)[0], Tag.NONCE)
    return client._answer(strict.children(reply, Tag.BATCH_ITEM)[0])


HOW = {
    "attestation required": _unattested,
    "feature not supported": _extended,
    "invalid field": _unknown_field,
    "invalid message": _wrong_type,
    "operation not supported": _not_served,
    "permission denied": _forbidden,
    "response too large": _too_large,
    "attestation failed": _attested,
    "not capable of attestation": _not_capable,
    "repeated field": _repeated,
}


@pytest.mark.parametrize("cell", [cell for cell in OFTEN if named(cell) is None], ids=str)
def test_an_error_that_every_operation_has_is_produced(client: Client, cell: Cell) -> None:
    answer = HOW[cell.circumstance](client, cell)
    assert refused_with(answer) == cell.reason, answer.message


@pytest.mark.parametrize("cell", [cell for cell in OF_MESSAGES if cell.circumstance in error_messages.RECIPES], ids=str)
def test_an_error_of_a_message_is_produced(client: Client, cell: Cell) -> None:
    assert error_messages.RECIPES[cell.circumstance](client) == cell.reason


def test_what_is_named_is_in_the_tables() -> None:
    """A name that is no longer needed goes."""
    if not registry():
        pytest.skip(NO_REGISTRY)
    listed = {(cell.operation, cell.circumstance) for cell in ALL}
    assert {key for key in NAMED if key[0] is not None} <= listed
