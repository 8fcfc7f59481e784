"""One key's life with PyKMIP's client, for servers over each kind of database and root key."""

from __future__ import annotations

import secrets

from kmip.core import enums
from kmip.pie import objects as pie

from tests.e2e.pykmip_words import CBC, CESSATION, Algorithm, Mask, Reason, Version, named, refused, values
from tests.e2e.server_process import ServerProcess


def live_one_life(server: ServerProcess, version: Version = Version.KMIP_1_4) -> int:
    """Create, find, use, rotate, revoke and destroy; how many audit records that makes at least."""
    name, text = f"life {secrets.token_hex(8)}", secrets.token_bytes(100)
    with server.pykmip(version=version) as client:
        uid = client.create(Algorithm.AES, 256, name=name, cryptographic_usage_mask=[Mask.ENCRYPT, Mask.DECRYPT])
        client.activate(uid)
        assert client.locate(attributes=[named(name)]) == [uid]
        assert values(client, uid, "State") == {"State": [enums.State.ACTIVE]}
        cipher, _ = client.encrypt(text, uid, CBC, bytes(16))
        assert client.decrypt(cipher, uid, CBC, bytes(16)) == text
        given = pie.SecretData(text, enums.SecretDataType.PASSWORD, [Mask.DERIVE_KEY])
        assert client.get(client.register(given)).value == text
        new = client.rekey(uid)
        assert client.locate(attributes=[named(name)]) == [new]
        client.revoke(CESSATION, uid)
        with refused(Reason.PERMISSION_DENIED):
            client.encrypt(text, uid, CBC, bytes(16))
        client.destroy(uid)
        with refused(Reason.ITEM_NOT_FOUND):
            client.get(uid)
    with server.pykmip("client2", version) as other, refused(Reason.ITEM_NOT_FOUND):
        other.get(new)
    return 15


def require_audited(server: ServerProcess, least: int) -> None:
    """The audit trail is whole and has so many records."""
    done = server.command("audit", "verify")
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.split()[-2]) >= least
