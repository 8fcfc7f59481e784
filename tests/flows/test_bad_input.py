"""What is wrong with a request, systematically: for every operation that is served, in every version that has it.

Made from the payload classes: each field missing, repeated, of the wrong type, of another version, unknown, with a
value that no table has. Then what is wrong with the object: not there, somebody else's, of the wrong type, in the wrong
state, not meant for the use, no key at all. Each time the reply names the standard's own reason, nothing is left
behind, and the next request is answered.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    HashingAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    QueryFunction,
    ResultReason,
    ResultStatus,
)
from kmip_server.spec.kmip_enum import KmipEnum, KmipMask
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.operations import OPERATIONS, Purpose
from kmip_server.spec.reasons import reason_in
from kmip_server.spec.schema import FieldSpec, Special, fields_of
from kmip_server.spec.structures.keys import PrivateKey, PublicKey
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_2, V1_4, V2_0, V2_1, VERSIONS, Version
from kmip_server.wire.tree import Item
from tests.flows import objects
from tests.flows.client import Answer, Ask, Client, aes, attributes, binder, custom, struct
from tests.flows.error_cells import rows
from tests.flows.requests import (
    Activate,
    Decrypt,
    Destroy,
    Encrypt,
    Get,
    Mac,
    MacVerify,
    Query,
    Register,
    SignatureVerify,
    revoke,
)
from tests.flows.requests import Sign as SignRequest
from tests.flows.samples import sample
from tests.kit import BOB, TABLE, Server

R, Op = ResultReason, Operation


def is_served(code: Operation) -> bool:
    """Whether a server that is told nothing special serves it; some, such as Interop, must be asked for."""
    version = next(version for version in reversed(VERSIONS) if code.in_version(version))
    asked = Ask(struct(Tag.REQUEST_PAYLOAD), code)
    return Client(Server(), version).one(asked).reason is not R.OPERATION_NOT_SUPPORTED


SERVED = [
    pytest.param(code, version, id=f"{code.name}-{version}")
    for code in sorted(TABLE)
    if is_served(code)
    for version in VERSIONS
    if code.in_version(version)
]
EVERY_MASK = int(CryptographicUsageMask.all_bits(V1_4))


def contents(client: Client) -> dict[str, Any]:
    """All that the store holds, but for the audit trail."""
    held = vars(client.server.store).items()
    return {name: copy.copy(value) for name, value in held if isinstance(value, dict | list | set) and name != "audit"}


@cache
def printed() -> dict[tuple[str, str], set[str]]:
    """The reasons of the standard's own error tables (1.4 §11, 2.1 §6.1), by version and operation; lower case."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in rows():
        names = re.split(" or |,", row.reason)
        found.setdefault((str(row.version), row.table.lower()), set()).update(name.strip() for name in names)
    return found


def require_printed(version: Version, answer: Answer) -> None:
    """The reason stands in the operation's own error table, or is one that any operation may have."""
    assert answer.operation is not None and answer.reason is not None
    table = printed().get((str(version), answer.operation.title.lower()))
    if table is not None and answer.reason not in GENERAL:
        assert answer.reason.title.lower() in table, f"{answer.operation.title}: {answer.reason.title} is not printed"


GENERAL = {
    # 2.1 lists it for every operation; TC-72-10 has it of Create in 1.0.
    R.FEATURE_NOT_SUPPORTED,
    R.INVALID_MESSAGE,
    R.INVALID_FIELD,
    R.PERMISSION_DENIED,
    # 2.1 §11.46 "Object exists, but has already been destroyed": more exact than Object Not Found, which is printed.
    R.OBJECT_DESTROYED,
    # A key that nobody can read: printed for Encrypt and its like, and no less true where Get is to convert it.
    R.CRYPTOGRAPHIC_FAILURE,
    # A key in a format that this server cannot read: printed for Get, and no less true where it is to be used.
    R.KEY_FORMAT_TYPE_NOT_SUPPORTED,
}


def refused(client: Client, asked: Any) -> Answer:
    """Refused by the standard's words, with nothing left behind and nothing broken."""
    before = contents(client)
    answer = client.one(asked)
    assert answer.status is ResultStatus.OPERATION_FAILED, "the request succeeded"
    assert not (answer.message or "").startswith("the server failed"), answer.message
    assert answer.reason is not None and answer.reason.in_version(client.version)
    assert contents(client) == before
    require_printed(client.version, answer)
    return answer


def goes_on(client: Client) -> None:
    """The next request is answered as if nothing had been."""
    assert client.do(Query(query_function=[QueryFunction.QUERY_OPERATIONS])).operation


# --- requests that cannot be read -----------------------------------------------------------------------


def filled(code: Operation, version: Version) -> tuple[Any, list[Item]]:
    """The request class, and the items of a request with every field that the version has."""
    cls = TABLE[code].request
    given = {name: _value(spec, version) for name, spec in fields_of(cls) if spec.in_version(version)}
    empty: dict[str, Any] = {name: [] if spec.many else None for name, spec in fields_of(cls) if name not in given}
    return cls, binder(version).unbind(cls(**given, **empty))


def _value(spec: FieldSpec, version: Version) -> Any:
    kind = spec.kind
    made: Any
    if kind is Special.UNIQUE_IDENTIFIER:
        made = "none"
    elif kind is Special.DATA:
        made = b"data"
    elif kind is Special.ATTRIBUTES:
        made = attributes((Tag.CRYPTOGRAPHIC_LENGTH, 128))
    elif kind is Special.ATTRIBUTE:
        made = custom("value")
    elif kind is Special.ATTRIBUTE_REFERENCE:
        made = Tag.CRYPTOGRAPHIC_LENGTH
    elif kind is Special.OBJECT:
        made = objects.symmetric()
    elif isinstance(kind, Special):
        made = (int(ItemType.ENUMERATION), 1)
    elif isinstance(kind, type) and issubclass(kind, KmipEnum) and not any(m.in_version(version) for m in kind):
        return [] if spec.many else None  # the version has the field and no value for it
    else:
        made = sample(kind, version)
    return [made] if spec.many else made


def top(code: Operation, version: Version) -> Iterator[tuple[str, FieldSpec, int]]:
    """The fields of a request in a version, with their tags."""
    for name, spec in fields_of(TABLE[code].request):
        if spec.in_version(version):
            yield name, spec, int(spec.tag_in(version))


def asking(code: Operation, items: list[Item]) -> Ask:
    return Ask(struct(Tag.REQUEST_PAYLOAD, *items), code)


@pytest.fixture
def client(server: Any, request: pytest.FixtureRequest) -> Client:
    """Alice, in the version of the test."""
    version = request.node.callspec.params.get("version", V2_1) if hasattr(request.node, "callspec") else V2_1
    return Client(server, version)


@pytest.mark.parametrize(("code", "version"), SERVED)
def test_every_field_of_a_request_is_read(client: Client, code: Operation, version: Version) -> None:
    """What the tests below take something away from, or put something wrong into, can itself be read."""
    cls, items = filled(code, version)
    assert isinstance(binder(version).bind(cls, items), cls)
    assert {item[0] for item in items} <= {tag for _, _, tag in top(code, version)} | {Tag.SYMMETRIC_KEY}


@pytest.mark.parametrize(("code", "version"), SERVED)
def test_a_field_that_is_missing(client: Client, code: Operation, version: Version) -> None:
    _, items = filled(code, version)
    for _, spec, tag in top(code, version):
        if spec.required:
            rest = [item for item in items if item[0] != tag]
            assert refused(client, asking(code, rest)).reason is R.INVALID_MESSAGE, Tag(tag)
    goes_on(client)


@pytest.mark.parametrize(("code", "version"), SERVED)
def test_a_field_that_comes_again(client: Client, code: Operation, version: Version) -> None:
    _, items = filled(code, version)
    for _, spec, tag in top(code, version):
        gathers = spec.kind is Special.ATTRIBUTES and tag == Tag.ATTRIBUTE
        (found,) = [item for item in items if item[0] == tag] or [None]
        if found is not None and not spec.many and not gathers:
            assert refused(client, asking(code, [*items, found])).reason is R.INVALID_MESSAGE, Tag(tag)
    goes_on(client)


@pytest.mark.parametrize(("code", "version"), SERVED)
def test_a_field_of_the_wrong_type(client: Client, code: Operation, version: Version) -> None:
    _, items = filled(code, version)
    for _, spec, tag in top(code, version):
        if spec.kind in (Special.ANY, Special.CREDENTIAL_VALUE):
            continue
        wrong = (tag, int(ItemType.INTERVAL), 1)
        if spec.kind is ItemType.INTERVAL:
            wrong = (tag, int(ItemType.BOOLEAN), 1)
        others = [item for item in items if item[0] != tag]
        assert refused(client, asking(code, [wrong, *others])).reason is R.INVALID_MESSAGE, Tag(tag)
    goes_on(client)


@pytest.mark.parametrize(("code", "version"), SERVED)
def test_a_field_that_is_none_of_the_operation(client: Client, code: Operation, version: Version) -> None:
    """A field of another version, of another structure, and one that nobody knows: Invalid Field (1.4 §11.1)."""
    _, items = filled(code, version)
    own = {tag for _, _, tag in top(code, version)} | {int(Tag.SYMMETRIC_KEY)}
    foreign = {int(spec.tag) for _, spec in fields_of(TABLE[code].request)} - own
    for tag in (*foreign, int(Tag.LEASE_TIME), 0x42FFFE, 0x540001):
        if tag in own:
            continue
        unknown = (tag, int(ItemType.TEXT_STRING), "x")
        assert refused(client, asking(code, [*items, unknown])).reason is R.INVALID_FIELD, hex(tag)
    goes_on(client)


@pytest.mark.parametrize(("code", "version"), SERVED)
def test_a_value_that_no_table_has(client: Client, code: Operation, version: Version) -> None:
    _, items = filled(code, version)
    for _, spec, tag in top(code, version):
        kind = spec.kind
        if not (isinstance(kind, type) and issubclass(kind, KmipEnum) and not issubclass(kind, KmipMask)):
            continue
        younger = [int(member) for member in kind if not member.in_version(version)][:1]
        for number in (0, 0x7FFFFFFF, *younger):
            if any(int(member) == number and member.in_version(version) for member in kind):
                continue
            others = [item for item in items if item[0] != tag]
            wrong = (tag, int(ItemType.ENUMERATION), number)
            assert refused(client, asking(code, [wrong, *others])).reason is R.INVALID_FIELD, (Tag(tag), number)
    goes_on(client)


@pytest.mark.parametrize(("code", "version"), SERVED)
def test_values_that_are_empty_or_too_large_break_nothing(client: Client, code: Operation, version: Version) -> None:
    """They may be refused or not, but by the standard's words; a refusal leaves nothing."""
    _, items = filled(code, version)
    values: dict[int, tuple[Any, ...]] = {
        int(ItemType.TEXT_STRING): ("", "x" * 100_000, "\x00", "\U0001f511"),
        int(ItemType.BYTE_STRING): (b"", bytes(100_000)),
        int(ItemType.INTEGER): (-(2**31), -1, 0, 2**31 - 1),
        int(ItemType.LONG_INTEGER): (-(2**63), 2**63 - 1),
        int(ItemType.DATE_TIME): (-(2**63), 2**63 - 1),
        int(ItemType.INTERVAL): (0, 2**32 - 1),
        int(ItemType.ENUMERATION): (0x80000001, 0xFFFFFFFF),
        int(ItemType.STRUCTURE): ([],),
    }
    for tag, kind, held in items:
        for value in values.get(kind, ()):
            changed = [(tag, kind, value) if item == (tag, kind, held) else item for item in items]
            before = contents(client)
            answer = client.one(asking(code, changed))
            assert not (answer.message or "").startswith("the server failed"), (Tag(tag), answer.message)
            if not answer.ok:
                assert contents(client) == before, Tag(tag)
    goes_on(client)


# --- objects that do not fit ----------------------------------------------------------------------------

ON_OBJECT = [
    param
    for param in SERVED
    if any(name == "unique_identifier" and not spec.many for name, spec in fields_of(TABLE[param.values[0]].request))
]
CBC = CryptographicParameters(
    block_cipher_mode=BlockCipherMode.CBC, cryptographic_algorithm=CryptographicAlgorithm.AES, random_iv=True
)
HASHED = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
HMAC = CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256)
USING: dict[Operation, Any] = {
    Op.ENCRYPT: lambda uid: Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(16)),
    Op.DECRYPT: lambda uid: Decrypt(
        unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(16), iv_counter_nonce=bytes(16)
    ),
    Op.SIGN: lambda uid: SignRequest(unique_identifier=uid, cryptographic_parameters=HASHED, data=b"x"),
    Op.SIGNATURE_VERIFY: lambda uid: SignatureVerify(
        unique_identifier=uid, cryptographic_parameters=HASHED, data=b"x", signature_data=bytes(256)
    ),
    Op.MAC: lambda uid: Mac(unique_identifier=uid, cryptographic_parameters=HMAC, data=b"x"),
    Op.MAC_VERIFY: lambda uid: MacVerify(
        unique_identifier=uid, cryptographic_parameters=HMAC, data=b"x", mac_data=bytes(32)
    ),
}
"""Operations that use a key, each with a request that works on the right key."""
USES = [param for param in SERVED if param.values[0] in USING]


def on_object(code: Operation, version: Version, uid: str) -> Any:
    """A request that is right, but for the object."""
    if code in USING:
        return USING[code](uid)
    given: dict[str, Any] = {}
    for name, spec in fields_of(TABLE[code].request):
        needed = spec.in_version(version) and (spec.required or (name, code) in _NEEDED)
        given[name] = _value(spec, version) if needed else ([] if spec.many else None)
    given["unique_identifier"] = uid
    if code is Op.REVOKE:
        return revoke(uid)
    return TABLE[code].request(**given)


_NEEDED = {("current_attribute", Op.DELETE_ATTRIBUTE)}


@pytest.mark.parametrize(("code", "version"), ON_OBJECT)
def test_an_object_that_is_not_there_or_anothers(client: Client, code: Operation, version: Version) -> None:
    """Both are answered alike, to the word: nobody learns by asking that an object exists."""
    others = Client(client.server, V2_1, BOB)
    foreign = others.active(aes(256, EVERY_MASK))
    answers = [refused(client, on_object(code, version, uid)) for uid in ("none", foreign)]
    assert answers[0].reason is answers[1].reason and answers[0].message == answers[1].message
    if code in _KNOWN:
        assert answers[0].reason is reason_in(R.OBJECT_NOT_FOUND, version, code)
    goes_on(client)


_KNOWN = {
    *USING,
    Op.GET,
    Op.GET_ATTRIBUTES,
    Op.GET_ATTRIBUTE_LIST,
    Op.ADD_ATTRIBUTE,
    Op.MODIFY_ATTRIBUTE,
    Op.ACTIVATE,
    Op.REVOKE,
    Op.DESTROY,
    Op.RE_KEY,
}


@pytest.mark.parametrize(("code", "version"), ON_OBJECT)
def test_without_an_identifier_there_is_no_object(client: Client, code: Operation, version: Version) -> None:
    """An identifier that is left out is the ID Placeholder, and nothing has set it."""
    answer = refused(client, on_object(code, version, None))  # type: ignore[arg-type]
    if code in _KNOWN:
        assert answer.reason is reason_in(R.OBJECT_NOT_FOUND, version, code)


def registered(client: Client, object_type: ObjectType, *more: tuple[Any, Any]) -> str:
    """An object of a type with every use allowed, by a version that has the type."""
    version = V1_2 if object_type in (ObjectType.TEMPLATE, ObjectType.PGP_KEY) else V2_1
    speaking = client.speaking(version)
    given = () if object_type is ObjectType.TEMPLATE else more
    done = speaking.do(
        Register(object_type=object_type, attributes=attributes(*given), object=objects.EVERY_OBJECT[object_type]())
    )
    return str(done.unique_identifier)


@pytest.mark.parametrize(("code", "version"), USES)
def test_an_object_of_the_wrong_type(client: Client, code: Operation, version: Version) -> None:
    fitting = OPERATIONS[code].object_types or frozenset()
    usable = ((Tag.CRYPTOGRAPHIC_USAGE_MASK, EVERY_MASK), (Tag.ACTIVATION_DATE, 0))
    for object_type in objects.EVERY_OBJECT:
        if object_type in fitting:
            continue
        more = () if object_type is ObjectType.OPAQUE_OBJECT else usable
        answer = refused(client, USING[code](registered(client, object_type, *more)))
        assert answer.reason is reason_in(R.INVALID_OBJECT_TYPE, version, code), object_type
    goes_on(client)


FITTING = {
    Op.ENCRYPT: ObjectType.SYMMETRIC_KEY,
    Op.DECRYPT: ObjectType.SYMMETRIC_KEY,
    Op.SIGN: ObjectType.PRIVATE_KEY,
    Op.SIGNATURE_VERIFY: ObjectType.PUBLIC_KEY,
    Op.MAC: ObjectType.SYMMETRIC_KEY,
    Op.MAC_VERIFY: ObjectType.SYMMETRIC_KEY,
}


@pytest.mark.parametrize(("code", "version"), USES)
def test_an_object_in_the_wrong_state(client: Client, code: Operation, version: Version) -> None:
    use = OPERATIONS[code].use
    assert use is not None
    mask = (Tag.CRYPTOGRAPHIC_USAGE_MASK, EVERY_MASK)
    wrong = reason_in(R.WRONG_KEY_LIFECYCLE_STATE, version, code)
    uid = registered(client, FITTING[code], mask)
    assert refused(client, USING[code](uid)).reason is wrong, "Pre-Active"
    client.do(Activate(unique_identifier=uid))
    client.do(revoke(uid))
    if use.purpose is Purpose.APPLY:
        assert refused(client, USING[code](uid)).reason is wrong, "Deactivated"
    client.do(Destroy(unique_identifier=uid))
    assert refused(client, USING[code](uid)).reason is reason_in(R.OBJECT_DESTROYED, version, code)
    assert refused(client, Get(unique_identifier=uid)).reason is reason_in(R.OBJECT_DESTROYED, version, Op.GET)
    later = registered(client, FITTING[code], mask, (Tag.ACTIVATION_DATE, client.server.clock.seconds + 100))
    assert refused(client, USING[code](later)).reason is wrong, "active only later"
    goes_on(client)


@pytest.mark.parametrize(("code", "version"), USES)
def test_an_object_that_is_not_meant_for_it(client: Client, code: Operation, version: Version) -> None:
    needs = OPERATIONS[code].needs
    assert needs is not None
    for mask in (0, EVERY_MASK & ~int(needs)):
        given = ((Tag.CRYPTOGRAPHIC_USAGE_MASK, mask), (Tag.ACTIVATION_DATE, 0))
        answer = refused(client, USING[code](registered(client, FITTING[code], *given)))
        assert answer.reason is reason_in(R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK, version, code)
    goes_on(client)


# --- keys that are none ---------------------------------------------------------------------------------

GARBAGE = (b"", b"\x00", b"\x30\x82\xff\xff", bytes(range(100)), b"\xff" * 4096)
READABLE = [
    KeyFormatType.PKCS_1,
    KeyFormatType.PKCS_8,
    KeyFormatType.X_509,
    KeyFormatType.ECPRIVATEKEY,
    KeyFormatType.OPAQUE,
    KeyFormatType.RAW,
]
ALGORITHMS = [CryptographicAlgorithm.RSA, CryptographicAlgorithm.ECDSA, CryptographicAlgorithm.DSA]
BY_ITS_USE = {R.CRYPTOGRAPHIC_FAILURE, R.KEY_FORMAT_TYPE_NOT_SUPPORTED}
USABLE = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, EVERY_MASK), (Tag.ACTIVATION_DATE, 0))


@pytest.mark.parametrize("key_format", READABLE)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_that_is_none_is_kept_and_refused_when_it_is_used(
    client: Client, algorithm: CryptographicAlgorithm, key_format: KeyFormatType
) -> None:
    """2.1 §6.1.43 stores what it is given; Cryptographic Failure comes where somebody wants to use it."""
    for value in GARBAGE:
        block = objects.block(value, key_format, algorithm, 2048)
        uid = client.register(PrivateKey(key_block=block), ObjectType.PRIVATE_KEY, copy.deepcopy(USABLE))
        assert refused(client, USING[Op.SIGN](uid)).reason in BY_ITS_USE
        kept = client.do(Get(unique_identifier=uid)).object.key_block
        assert kept.key_value.key_material == value and kept.key_format_type is key_format
        other = KeyFormatType.PKCS_8 if key_format is not KeyFormatType.PKCS_8 else KeyFormatType.PKCS_1
        assert refused(client, Get(unique_identifier=uid, key_format_type=other)).reason in BY_ITS_USE
        uid = client.register(PublicKey(key_block=block), ObjectType.PUBLIC_KEY, copy.deepcopy(USABLE))
        assert refused(client, USING[Op.SIGNATURE_VERIFY](uid)).reason in BY_ITS_USE
    goes_on(client)


@pytest.mark.parametrize(
    ("algorithm", "size"),
    [
        *((CryptographicAlgorithm.AES, size) for size in (0, 1, 15, 17, 31, 33, 1000)),
        *((CryptographicAlgorithm.DES3, size) for size in (0, 7, 9, 25)),
        *((CryptographicAlgorithm.CHACHA20, size) for size in (0, 16, 31, 33)),
        *((CryptographicAlgorithm.CAMELLIA, size) for size in (8, 17)),
    ],
)
def test_a_symmetric_key_of_a_length_that_there_is_not(
    client: Client, algorithm: CryptographicAlgorithm, size: int
) -> None:
    key = objects.symmetric(bytes(size), algorithm)
    uid = client.register(key, ObjectType.SYMMETRIC_KEY, copy.deepcopy(USABLE))
    mode = None if algorithm is CryptographicAlgorithm.CHACHA20 else BlockCipherMode.CBC
    how = CryptographicParameters(block_cipher_mode=mode, random_iv=True)
    for data in (b"", bytes(16)):
        asked = Encrypt(unique_identifier=uid, cryptographic_parameters=how, data=data)
        assert refused(client, asked).reason is R.CRYPTOGRAPHIC_FAILURE
    nonce = bytes({CryptographicAlgorithm.CHACHA20: 12, CryptographicAlgorithm.DES3: 8}.get(algorithm, 16))
    asked = Decrypt(unique_identifier=uid, cryptographic_parameters=how, data=bytes(16), iv_counter_nonce=nonce)
    assert refused(client, asked).reason is R.CRYPTOGRAPHIC_FAILURE
    goes_on(client)


# --- parameters that contradict each other --------------------------------------------------------------

Parameters, Mode = CryptographicParameters, BlockCipherMode
CONFLICTS: list[tuple[Any, dict[str, Any]]] = [
    (Parameters(block_cipher_mode=Mode.ECB), {"iv_counter_nonce": bytes(16)}),
    (Parameters(block_cipher_mode=Mode.CBC), {"iv_counter_nonce": bytes(15)}),
    (Parameters(block_cipher_mode=Mode.CBC), {"iv_counter_nonce": b""}),
    (Parameters(block_cipher_mode=Mode.CBC), {"authenticated_encryption_additional_data": b"x"}),
    (Parameters(block_cipher_mode=Mode.CTR, padding_method=3), {"iv_counter_nonce": bytes(16)}),
    (Parameters(block_cipher_mode=Mode.CBC, padding_method=8), {"iv_counter_nonce": bytes(16)}),
    (Parameters(block_cipher_mode=Mode.CBC, cryptographic_algorithm=CryptographicAlgorithm.RC4), {}),
    (Parameters(block_cipher_mode=Mode.CBC, cryptographic_algorithm=CryptographicAlgorithm.DES3), {}),
    (Parameters(block_cipher_mode=Mode.GCM, random_iv=True, iv_length=7), {}),
    (Parameters(), {}),
]


@pytest.mark.parametrize(("how", "more"), CONFLICTS)
@pytest.mark.parametrize("version", [V1_4, V2_0, V2_1])
def test_parameters_that_contradict_each_other(client: Client, version: Version, how: Any, more: Any) -> None:
    uid = client.active(aes(256, EVERY_MASK))
    asked = Encrypt(unique_identifier=uid, cryptographic_parameters=how, data=bytes(16), **more)
    assert refused(client, asked).reason is reason_in(R.BAD_CRYPTOGRAPHIC_PARAMETERS, version, Op.ENCRYPT)
    goes_on(client)
