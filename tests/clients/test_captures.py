"""Every captured request of a real client, replayed in its order: a well-formed answer in the request's own
version, nothing in it younger than that version, and the outcome which the client needs.

``Replay`` reads each answer strictly. What is not named in ``REFUSED`` must succeed, item by item.
"""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    ResultReason,
    SecretDataType,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, SecretData, SymmetricKey
from kmip_server.spec.tags import Tag
from tests.clients.replay import Prepare, Replay, requests_by_file
from tests.flows import strict
from tests.flows.client import Client, aes, attributes, name
from tests.flows.recording import RecordingServer
from tests.kit import TABLE
from tests.material import CAPTURE_FILES, NO_CAPTURES

R = ResultReason
_ABSENT = ("no-such", "non-existent", "x")
"""How identifiers begin that the clients made up."""

REFUSED: dict[str, dict[int, tuple[R | None, ...]]] = {
    # Not the standard's: fields of its own, fields that it left out. Each is one failed item and nothing more.
    "own-cyphera.hex": {
        20: (R.INVALID_FIELD,),
        22: (R.INVALID_FIELD,),
        32: (R.INVALID_FIELD,),
        40: (R.INVALID_FIELD,),
        42: (R.PERMISSION_DENIED,),  # still Active, for its Revoke is none
    },
    # Its attempt for servers that put the IV before the data; it then sends the IV in its field.
    "own-edb-tde.hex": {26: (R.INVALID_MESSAGE,), 54: (R.INVALID_MESSAGE,), 82: (R.INVALID_MESSAGE,)},
    "own-mongodb-csfle.hex": {14: (R.ITEM_NOT_FOUND,), 16: (R.ITEM_NOT_FOUND,)},
    "own-ovh-kmip-go.hex": {
        126: (R.PERMISSION_DENIED,),  # a private key that was registered alone is no pair
        136: (R.ITEM_NOT_FOUND,),
    },
    "own-percona-libkmip.hex": {
        # Asks for objects that are not there; Stop is the default, so Get Attributes is not answered.
        44: (R.ITEM_NOT_FOUND,),
        46: (R.ITEM_NOT_FOUND,),
        # 2.0: three ways to ask for the attributes, the third of which is the standard's.
        62: (None, R.INVALID_FIELD),
        64: (None, R.INVALID_FIELD),
        76: (R.INVALID_FIELD,),
        78: (R.INVALID_FIELD,),
        104: (R.INVALID_FIELD,),
        **{line: (R.OBJECT_NOT_FOUND,) for line in (108, 110, 112, 114, 116)},
    },
    # Derives from keys that it never activates; PyKMIP's server does not ask for the state (1.2 §4.6, §3.22).
    "own-pykmip-suite.hex": {line: (R.INVALID_FIELD,) for line in (76, 80, 84)},
}
"""File and line: the reasons that the items of the answer bear, None for one that succeeds."""


def _active(*more: tuple[Any, Any]) -> Prepare:
    return lambda client: client.active(aes(256, 12, *more))


def _wrapping(client: Client) -> str:
    return client.active(aes(256, int(CryptographicUsageMask.WRAP_KEY)))


def _raw_key(client: Client) -> str:
    block = KeyBlock(
        key_format_type=KeyFormatType.RAW,
        key_value=KeyValue(key_material=bytes(range(16))),
        cryptographic_algorithm=CryptographicAlgorithm.AES,
        cryptographic_length=128,
    )
    return client.register(
        SymmetricKey(key_block=block), ObjectType.SYMMETRIC_KEY, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12))
    )


def _rsa_private(client: Client) -> str:
    """The private key of a new pair, both active."""
    common = attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.RSA), (Tag.CRYPTOGRAPHIC_LENGTH, 2048))
    done = client.do(TABLE[Operation.CREATE_KEY_PAIR].request(common_attributes=common))
    for uid in (done.private_key_unique_identifier, done.public_key_unique_identifier):
        client.do(TABLE[Operation.ACTIVATE].request(unique_identifier=uid))
    return str(done.private_key_unique_identifier)


def _newest_public(client: Client) -> str:
    """The other key of the pair made last; before 1.4 Locate gives the oldest first."""
    return client.located((Tag.OBJECT_TYPE, ObjectType.PUBLIC_KEY))[-1]


def _secret(client: Client) -> str:
    """What Synology registers before it renames it."""
    secret = SecretData(
        secret_data_type=SecretDataType.PASSWORD,
        key_block=KeyBlock(key_format_type=KeyFormatType.OPAQUE, key_value=KeyValue(key_material=b"s" * 32)),
    )
    given = attributes((Tag.NAME, name("before")), (Tag.CRYPTOGRAPHIC_USAGE_MASK, 2))
    return client.register(secret, ObjectType.SECRET_DATA, given)


PREPARED: dict[str, dict[str, Prepare]] = {
    "own-mongodb-csfle.hex": {"658": _active()},
    "own-ovh-kmip-go.hex": {
        "523": lambda client: client.create(),
        "524": _active(),
        "525": _active(),
        "526": lambda client: client.create(),
        "527": lambda client: client.create(aes(256, 12, (Tag.NAME, name("to be renamed")))),
        "531": _rsa_private,
        "533": _rsa_private,
        "540": _rsa_private,
        "541": _wrapping,
        "542": lambda client: client.create(),
        "543": _active(),
    },
    "own-percona-libkmip.hex": {"396": _active(), "430": _active()},
    "own-pykmip-suite.hex": {
        "16": _rsa_private,
        "19": _raw_key,
        "20": lambda client: client.create(aes(256, int(CryptographicUsageMask.WRAP_KEY))),
        "23": _newest_public,
        "24": _rsa_private,
        "33": _active(),
    },
    "synology-dsm-7.3.hex": {"2f96499b-98f0-4155-8968-5301f6afea57": _secret},
}
"""File and captured identifier: what it named then, where the file itself does not make it."""

_FILES = requests_by_file() if CAPTURE_FILES else {}


@pytest.mark.skipif(not CAPTURE_FILES, reason=NO_CAPTURES)
@pytest.mark.parametrize("file", _FILES)
def test_each_captured_request_has_the_outcome_its_client_needs(file: str) -> None:
    server = RecordingServer()
    replay = Replay(server, PREPARED.get(file, {}), _ABSENT)
    refused = REFUSED.get(file, {})
    for capture in _FILES[file]:
        items = replay.play(capture)
        reasons = tuple(_reason(item) for item in items)
        asked = len(strict.children(strict.ttlv.parse(capture.data), Tag.BATCH_ITEM))
        expected = refused.get(capture.line, (None,) * asked)
        messages = [strict.child(item, Tag.RESULT_MESSAGE) for item in items]
        assert reasons == expected, f"{file}:{capture.line} {capture.description}: {messages}"
    server.require_audited()


def _reason(item: Any) -> ResultReason | None:
    found = strict.child(item, Tag.RESULT_REASON)
    return None if found is None else ResultReason(found[2])


@pytest.mark.skipif(not CAPTURE_FILES, reason=NO_CAPTURES)
def test_no_captured_request_was_left_out() -> None:
    assert sum(map(len, _FILES.values())) == 341


@pytest.mark.skipif(not CAPTURE_FILES, reason=NO_CAPTURES)
def test_what_the_clients_hold_refused_is_a_line_of_their_file() -> None:
    for file, lines in REFUSED.items():
        assert set(lines) <= {capture.line for capture in _FILES[file]}
