"""Nothing of a key is ever in the database, its log, the server's log or the audit trail in clear.

A whole scenario runs with key bytes that are known to the test, requests that fail with these bytes in odd places
among it, with the log at its most talkative. Then every byte that the server has written is searched for them: as
they are, in hexadecimal, in base64 and as Python would print them, while the server runs (with SQLite's
write-ahead log) and after its end.
"""

from __future__ import annotations

import base64
import json
import secrets
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kmip_server.audit.render import as_json, as_sentence
from kmip_server.domain.secret import Secret
from kmip_server.operations.decrypt import DecryptRequest
from kmip_server.operations.encrypt import EncryptRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.mac import MacRequest
from kmip_server.operations.register import RegisterRequest
from kmip_server.packing import WireCodec
from kmip_server.spec.enums import (
    BlockCipherMode,
    CredentialType,
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    PaddingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.credentials import Authentication, Credential, UsernameAndPassword
from kmip_server.spec.structures.keys import PrivateKey
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_1
from kmip_server.store import open_store
from kmip_server.vault import load_root_file
from kmip_server.wire import ttlv
from tests.e2e.server_process import ServerProcess, serving
from tests.flows.client import Client, aes, attributes, data, enumeration, raw, text
from tests.flows.client import struct as tree
from tests.flows.objects import block, opaque, secret, symmetric

CBC = CryptographicParameters(
    block_cipher_mode=BlockCipherMode.CBC,
    padding_method=PaddingMethod.PKCS5,
    cryptographic_algorithm=CryptographicAlgorithm.AES,
)
WINDOW = 12
"""Bytes of a secret that must not be found together."""
PASSPHRASE = "Passphrase-of-the-root-" + secrets.token_hex(16)


def forms(canary: bytes) -> Iterator[bytes]:
    """How a piece of a secret might be written down: of its beginning, its middle or its end."""
    last = len(canary) - WINDOW
    for at in {0, 1, 2, last // 2, last // 2 + 1, last // 2 + 2, last - 2, last - 1, last}:
        piece = canary[at : at + WINDOW]
        yield piece
        yield piece[::-1]
        yield piece.hex().encode()
        yield piece.hex().upper().encode()
        yield repr(piece)[2:-1].encode()
        yield base64.b64encode(piece)  # three starts in a row: whatever stands before, one of them is aligned
        yield base64.urlsafe_b64encode(piece)


def written_by(server: ServerProcess) -> dict[str, bytes]:
    """Everything the server has written, by file; its root key file is looked at on its own."""
    files = [path for path in server.state.rglob("*") if path.is_file() and path.parent.name != "certs"]
    found = {path.name: path.read_bytes() for path in [*files, server.log_path]}
    assert {"kmip.db", "root.key", server.log_path.name} <= set(found)
    store = open_store(f"sqlite:///{server.state}/kmip.db", WireCodec())
    try:
        rows = list(store.audit_rows())
    finally:
        store.close()
    assert len(rows) > 20
    found["audit"] = "\n".join(line for row in rows for line in (as_json(row), as_sentence(row))).encode()
    return found


def require_absent(found: dict[str, bytes], canaries: dict[str, bytes]) -> None:
    """Search every file for every form of every secret; by its first bytes, for there are many of them."""
    pieces = {piece: what for what, canary in canaries.items() for piece in forms(canary)}
    for name, content in found.items():
        beginnings = {content[at : at + WINDOW] for at in range(len(content))}
        there = {what for piece, what in pieces.items() if piece[:WINDOW] in beginnings and piece in content}
        assert not there, f"{', '.join(sorted(there))} is in {name}"


def credential(password: str) -> Authentication:
    value = UsernameAndPassword(username="somebody", password=password)
    kind = CredentialType.USERNAME_AND_PASSWORD
    return Authentication(credential=[Credential(credential_type=kind, credential_value=value)])


class Scenario:
    """A key's life and much that goes wrong, with everything secret remembered under what it is."""

    def __init__(self, server: ServerProcess) -> None:
        self.secrets: dict[str, bytes] = {}
        self.connection, client = server.client("client1", version=V2_1)
        self.client: Client = client

    def canary(self, what: str, size: int = 32) -> bytes:
        """Fresh bytes under watch."""
        self.secrets[what] = secrets.token_bytes(size)
        return self.secrets[what]

    def run(self) -> None:
        for client in (self.client, self.client.speaking(V1_4)):
            self._good(client)
            self._failing(client)
        self._broken()
        self.connection.close()

    def _good(self, client: Client) -> None:
        version = str(client.version)
        uid = client.register(symmetric(self.canary(f"key {version}")), ObjectType.SYMMETRIC_KEY, aes())
        mask = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(CryptographicUsageMask.DERIVE_KEY)))
        client.register(secret(self.canary(f"secret {version}")), ObjectType.SECRET_DATA, mask)
        client.register(opaque(self.canary(f"opaque {version}", 500)), ObjectType.OPAQUE_OBJECT)
        self._private_key(client)
        made = client.create()
        block = client.do(GetRequest(unique_identifier=made)).object.key_block
        self.secrets[f"created {version}"] = block.key_value.key_material
        client.do(raw(Operation.ACTIVATE, text(Tag.UNIQUE_IDENTIFIER, uid)))
        plain = self.canary(f"plain text {version}", 200)
        cipher = client.do(
            EncryptRequest(unique_identifier=uid, cryptographic_parameters=CBC, data=plain, iv_counter_nonce=bytes(16))
        )
        opened = client.do(
            DecryptRequest(
                unique_identifier=uid, cryptographic_parameters=CBC, data=cipher.data, iv_counter_nonce=bytes(16)
            )
        )
        assert opened.data == plain
        hmac = CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256)
        client.do(MacRequest(unique_identifier=uid, cryptographic_parameters=hmac, data=plain))
        client.do(raw(Operation.RE_KEY, text(Tag.UNIQUE_IDENTIFIER, uid)))
        client.do(raw(Operation.DESTROY, text(Tag.UNIQUE_IDENTIFIER, made)))

    def _private_key(self, client: Client) -> None:
        key = rsa.generate_private_key(65537, 2048)
        numbers = key.private_numbers()
        for name in ("d", "p", "q"):
            number = getattr(numbers, name)
            self.secrets[f"RSA {name} {client.version}"] = number.to_bytes((number.bit_length() + 7) // 8, "big")
        der = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        mask = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(CryptographicUsageMask.SIGN)))
        structure = PrivateKey(key_block=block(der, KeyFormatType.PKCS_8, CryptographicAlgorithm.RSA, 2048))
        client.register(structure, ObjectType.PRIVATE_KEY, mask)

    def _failing(self, client: Client) -> None:
        version = str(client.version)
        word = self.canary(f"misplaced {version}")
        words = word.hex()  # where only a text fits
        unknown = {"unique_identifier": "nobody", "cryptographic_parameters": CBC}
        refused = [
            RegisterRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(128), object=symmetric(word[:31])),
            RegisterRequest(object_type=ObjectType.SECRET_DATA, attributes=attributes(), object=symmetric(word)),
            EncryptRequest(**unknown, data=word, iv_counter_nonce=bytes(16)),
            DecryptRequest(**unknown, data=word, iv_counter_nonce=word),
            raw(Operation.ENCRYPT, text(Tag.DATA, words)),
            raw(Operation.ENCRYPT, data(Tag.UNIQUE_IDENTIFIER, word)),
            raw(Operation.CREATE, data(Tag.KEY_MATERIAL, word)),
            raw(Operation.REGISTER, enumeration(Tag.OBJECT_TYPE, 2), text(Tag.KEY_MATERIAL, words)),
            raw(Operation.REGISTER, enumeration(Tag.OBJECT_TYPE, 2), tree(Tag.SYMMETRIC_KEY, data(Tag.DATA, word))),
            raw(Operation.GET, text(Tag.KEY_FORMAT_TYPE, words)),
            raw(Operation.DERIVE_KEY, data(Tag.DERIVATION_DATA, word)),
        ]
        for number, each in enumerate(refused):
            assert not client.one(each).ok, number
        self._unreadable_key(client, word)
        password = self.canary(f"password {version}", 20).hex()
        self.secrets[f"password as text {version}"] = password.encode()
        client.ask(GetRequest(unique_identifier="nobody"), authentication=credential(password))
        ticket = tree(Tag.CREDENTIAL, enumeration(Tag.CREDENTIAL_TYPE, 0x80000001), data(Tag.CREDENTIAL_VALUE, word))
        message = client.message(GetRequest(unique_identifier="nobody"))
        header = message[2][0]
        header[2].insert(1, tree(Tag.AUTHENTICATION, ticket))
        client.server.send(ttlv.print_(message))

    def _unreadable_key(self, client: Client, word: bytes) -> None:
        """Key material is kept as it came (a published case registers a key that is none); using it fails."""
        mask = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(CryptographicUsageMask.SIGN)))
        structure = PrivateKey(key_block=block(word, KeyFormatType.PKCS_8, CryptographicAlgorithm.RSA, 2048))
        uid = client.register(structure, ObjectType.PRIVATE_KEY, mask)
        client.do(raw(Operation.ACTIVATE, text(Tag.UNIQUE_IDENTIFIER, uid)))
        assert not client.one(GetRequest(unique_identifier=uid, key_format_type=KeyFormatType.PKCS_1)).ok
        assert not client.one(raw(Operation.SIGN, text(Tag.UNIQUE_IDENTIFIER, uid), data(Tag.DATA, word))).ok

    def _broken(self) -> None:
        """Frames that are none, one connection each because the server hangs up."""
        word = self.canary("broken frame", 64)
        whole = ttlv.print_(self.client.message(raw(Operation.ENCRYPT, data(Tag.DATA, word))))
        swapped = bytearray(whole)
        swapped[whole.index(word) - 5] = 0x0B  # a type that does not exist
        self.connection.send(bytes(swapped))
        self.connection.send(word)


@pytest.mark.parametrize("sealed", [False, True], ids=["bare root key", "root key under a passphrase"])
def test_no_secret_is_ever_written_in_clear(tmp_path: Path, sealed: bool) -> None:
    environment = {"KMIP_TEST_PASSPHRASE": PASSPHRASE} if sealed else {}
    settings = {"log": {"level": "debug"}}
    if sealed:
        settings["root_key"] = {"passphrase_env": "KMIP_TEST_PASSPHRASE"}
    with serving(tmp_path, settings, environment=environment) as server:
        scenario = Scenario(server)
        scenario.run()
        canaries = {**scenario.secrets, **key_encryption_keys(server, sealed)}
        running = written_by(server)
        assert "kmip.db-wal" in running
        require_absent(running, canaries)
    ended = written_by(server)
    require_absent(ended, canaries)
    if sealed:
        wrong = {**server.environment, "KMIP_TEST_PASSPHRASE": canaries["created 2.1"].hex()}
        server.environment = wrong
        refused = server.command("serve", "--port", "0")
        assert refused.returncode == 1 and "does not open" in refused.stderr
        require_absent(
            {"standard error": refused.stderr.encode(), "standard output": refused.stdout.encode()}, canaries
        )
    root = {"root key": root_key(server, sealed)}
    require_absent({name: content for name, content in ended.items() if sealed or name != "root.key"}, root)


def root_key(server: ServerProcess, sealed: bool) -> bytes:
    """The root key itself, or its passphrase where it is sealed."""
    if sealed:
        return PASSPHRASE.encode()
    return bytes.fromhex(json.loads((server.state / "root.key").read_text())["key"])


def key_encryption_keys(server: ServerProcess, sealed: bool) -> dict[str, bytes]:
    """Every key-encryption key of the database, unwrapped."""
    guard = load_root_file(server.state / "root.key", Secret(PASSPHRASE.encode()) if sealed else None)
    store = open_store(f"sqlite:///{server.state}/kmip.db", WireCodec())
    with store.transaction() as tx:
        records = tx.keks()
    store.close()
    assert records
    return {
        f"KEK {record.kek_id.hex()}": guard.unwrap(record.wrapped, record.kek_id + struct.pack(">q", record.created))
        for record in records
    }


def test_the_search_finds_what_is_there() -> None:
    canary = secrets.token_bytes(32)
    for written in (
        canary,
        canary.hex().encode(),
        base64.b64encode(canary),
        repr(canary).encode(),
        b"x" + canary[5:25],
    ):
        with pytest.raises(AssertionError, match="it is in log"):
            require_absent({"log": b"before " + written + b" after"}, {"it": canary})
    require_absent({"log": secrets.token_bytes(10_000)}, {"it": canary})
