"""Key material that is none: of every object type and format it is stored, not believed, and refused when it is used.

2.1 §6.1.43 stores what it is given. Whatever the bytes are, a use is refused in the words of its operation's table, and
never as a failure of the server; the object stays as it came, and the next request is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    KeyFormatType,
    KeyWrapType,
    ObjectType,
    ResultReason,
    SecretDataType,
    SplitKeyMethod,
    WrappingMethod,
)
from kmip_server.spec.structures.keys import (
    EncryptionKeyInformation,
    KeyBlock,
    KeyValue,
    KeyWrappingData,
    PgpKey,
    PrivateKey,
    PublicKey,
    SecretData,
    SplitKey,
    SymmetricKey,
)
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_1
from tests.authority import give_authority
from tests.flows import error_scenes as scenes
from tests.flows import error_works, objects
from tests.flows.client import Client, attributes
from tests.flows.error_recipes import USES, wrapped
from tests.flows.requests import CreateSplitKey, Export, Get, Import, Rekey, RekeyKeyPair
from tests.flows.test_bad_input import contents, goes_on, require_printed

R = ResultReason
GARBAGE = (b"", b"\x30\x82\xff\xff")
MAKE: dict[ObjectType, Callable[[KeyBlock], Any]] = {
    ObjectType.SYMMETRIC_KEY: lambda block: SymmetricKey(key_block=block),
    ObjectType.PRIVATE_KEY: lambda block: PrivateKey(key_block=block),
    ObjectType.PUBLIC_KEY: lambda block: PublicKey(key_block=block),
    ObjectType.SECRET_DATA: lambda block: SecretData(secret_data_type=SecretDataType.SEED, key_block=block),
    ObjectType.PGP_KEY: lambda block: PgpKey(pgp_key_version=4, key_block=block),
    ObjectType.SPLIT_KEY: lambda block: SplitKey(
        split_key_parts=2,
        key_part_identifier=1,
        split_key_threshold=2,
        split_key_method=SplitKeyMethod.XOR,
        key_block=block,
    ),
}
ALGORITHM = {ObjectType.SYMMETRIC_KEY: CryptographicAlgorithm.AES, ObjectType.SECRET_DATA: None}
FORMATS = [each for each in KeyFormatType if each.in_version(V2_1) and each is not KeyFormatType.PKCS_12]
"""A container is opened when it is registered (2.1 §6.1.43): its bytes are believed or refused there."""
HERE = [
    pytest.param(version, kind, key_format, id=f"{version}-{kind.name}-{key_format.name}")
    for version in (V2_1,)
    for kind in MAKE
    for key_format in FORMATS
    if key_format.in_version(version)
]
GIVEN = ((Tag.CRYPTOGRAPHIC_USAGE_MASK, scenes.EVERY_MASK), scenes.ACTIVE)


def _structure(kind: ObjectType, key_format: KeyFormatType, value: bytes) -> Any:
    algorithm = ALGORITHM.get(kind, CryptographicAlgorithm.RSA)
    return MAKE[kind](objects.block(value, key_format, algorithm, None if algorithm is None else 2048))


def _uses(client: Client, uid: str, key_format: KeyFormatType) -> list[Any]:
    """Whatever needs the key itself."""
    how = CryptographicParameters(block_cipher_mode=BlockCipherMode.NISTKEYWRAP)
    data = KeyWrappingData(
        wrapping_method=WrappingMethod.ENCRYPT,
        encryption_key_information=EncryptionKeyInformation(unique_identifier=uid, cryptographic_parameters=how),
    )
    inside = KeyBlock(
        key_format_type=KeyFormatType.RAW,
        key_value=bytes(24),
        cryptographic_algorithm=CryptographicAlgorithm.AES,
        cryptographic_length=128,
        key_wrapping_data=data,
    )
    other = KeyFormatType.PKCS_8 if key_format is not KeyFormatType.PKCS_8 else KeyFormatType.PKCS_1
    return [
        *(request(unique_identifier=uid, **fields) for request, fields in USES.values()),
        Get(unique_identifier=uid, key_format_type=other),
        Export(unique_identifier=uid, key_format_type=other),
        Get(unique_identifier=scenes.key(client), key_wrapping_specification=wrapped("", uid)),
        Import(
            unique_identifier="unwrapped",
            object_type=ObjectType.SYMMETRIC_KEY,
            key_wrap_type=KeyWrapType.NOT_WRAPPED,
            attributes=attributes(),
            object=SymmetricKey(key_block=inside),
        ),
        scenes.derive(uid),
        scenes.certify(uid),
        CreateSplitKey(
            object_type=ObjectType.SPLIT_KEY,
            unique_identifier=uid,
            split_key_parts=2,
            split_key_threshold=2,
            split_key_method=SplitKeyMethod.XOR,
            attributes=attributes(),
        ),
        error_works.join([uid, uid]),
        Rekey(unique_identifier=uid),
        RekeyKeyPair(private_key_unique_identifier=uid),
    ]


@pytest.mark.parametrize(("version", "kind", "key_format"), HERE)
def test_it_is_stored_and_refused_when_it_is_used(
    client: Client, version: Any, kind: ObjectType, key_format: KeyFormatType
) -> None:
    give_authority(client.server)
    speaking = client.speaking(version)
    for number, value in enumerate(GARBAGE):
        structure = _structure(kind, key_format, value)
        stored = client.one(error_works.register(object_type=kind, object=structure, attributes=attributes(*GIVEN)))
        again = client.one(
            error_works.import_key(f"own-{number}", object_type=kind, object=structure, attributes=attributes(*GIVEN))
        )
        assert stored.ok and again.ok, (stored.message, again.message)
        for uid in (stored.payload.unique_identifier, f"own-{number}"):
            kept = client.do(Get(unique_identifier=uid)).object.key_block
            assert isinstance(kept.key_value, KeyValue)
            assert (kept.key_value.key_material, kept.key_format_type) == (value, key_format)
            for asked in _uses(client, uid, key_format):
                before = contents(speaking)
                answer = speaking.one(asked)
                assert not (answer.message or "").startswith("the server failed"), answer.message
                if not answer.ok:
                    assert answer.reason is not R.GENERAL_FAILURE, answer.message
                    assert contents(speaking) == before
                    require_printed(version, answer)
                elif not isinstance(asked, CreateSplitKey):  # which takes the bytes as they are
                    assert kind not in (ObjectType.PRIVATE_KEY, ObjectType.PUBLIC_KEY, ObjectType.PGP_KEY), asked
    goes_on(speaking)
