"""Fields of one request that contradict each other, for each operation whose text names such; why the others have none.

A request is given in the version under test; what it is about is made in one that has everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kmip_server.operations.create_split_key import CreateSplitKeyRequest
from kmip_server.operations.re_provision import ReProvisionRequest
from kmip_server.spec.enums import (
    BlockCipherMode,
    CertificateRequestType,
    CertificateType,
    CryptographicAlgorithm,
    HashingAlgorithm,
    KeyWrapType,
    ObjectType,
    Operation,
    RevocationReasonCode,
    SecretDataType,
    WrappingMethod,
)
from kmip_server.spec.structures.keys import Certificate, CertificateRequest, KeyWrappingSpecification
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_1, V1_3, V2_0, V2_1, Version
from tests.flows import error_scenes as scenes
from tests.flows import error_works, objects
from tests.flows.client import Client, attributes, name
from tests.flows.error_recipes import USES, item
from tests.flows.error_recipes_older import DATED
from tests.flows.error_scenes import key
from tests.flows.requests import (
    AddAttribute,
    CreateKeyPair,
    DeleteAttribute,
    Export,
    Get,
    GetAttributes,
    ModifyAttribute,
    Rekey,
    RekeyKeyPair,
    revoke,
)

Op = Operation
Conflict = tuple[Version, Callable[[Client], Any]]
"""Since which version there can be one, and a request that has it."""


def _parts_of_one(code: Operation) -> Conflict:
    """2.1 §6.1.17: "Init Indicator" begins, a Correlation Value goes on; 1.3 brought both."""

    def build(client: Client) -> Any:
        request, fields = USES[code]
        uid = scenes.ON_ONE[code][0](client)
        return request(unique_identifier=uid, **fields, init_indicator=True, correlation_value=b"x")

    return V1_3, build


def _parameters(code: Operation) -> Conflict:
    """Cryptographic Parameters that are not the key's."""
    wrong = {
        Op.SIGN: CryptographicParameters(
            cryptographic_algorithm=CryptographicAlgorithm.ECDSA, hashing_algorithm=HashingAlgorithm.SHA_256
        ),
        Op.MAC: CryptographicParameters(
            cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256, hashing_algorithm=HashingAlgorithm.SHA_512
        ),
    }
    usual = CryptographicParameters(
        block_cipher_mode=BlockCipherMode.ECB, cryptographic_algorithm=CryptographicAlgorithm.AES
    )

    def build(client: Client) -> Any:
        request, fields = USES[code]
        how = wrong.get(Op.MAC if code is Op.MAC_VERIFY else code, usual)
        more = {} if code in wrong or code is Op.MAC_VERIFY else {"iv_counter_nonce": bytes(16)}
        uid = scenes.ON_ONE[code][0](client)
        return request(unique_identifier=uid, **{**fields, "cryptographic_parameters": how, **more})

    return code.since, build


def _both_keys(client: Client) -> Any:
    """2.1 Table 190: algorithm and length "SHALL have the same value" for both keys of a pair."""
    return CreateKeyPair(
        common_attributes=attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.RSA)),
        private_key_attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 2048)),
        public_key_attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 3072)),
    )


def _split(**changed: Any) -> Callable[[Client], Any]:
    def build(client: Client) -> CreateSplitKeyRequest:
        return scenes.split(key(client), **changed)

    return build


def _wrapped_without_key(ask: Callable[..., Any]) -> Callable[[Client], Any]:
    specification = KeyWrappingSpecification(wrapping_method=WrappingMethod.ENCRYPT)
    return lambda client: ask(unique_identifier=key(client), key_wrapping_specification=specification)


def _twice_certified(client: Client) -> Any:
    what = CertificateRequest(
        certificate_request_type=CertificateRequestType.PKCS_10, certificate_request_value=scenes.signing_request()
    )
    uid = client.speaking(V2_1).register(what, ObjectType.CERTIFICATE_REQUEST)
    return scenes.certify(uid)


def _re_provisioned(client: Client) -> ReProvisionRequest:
    return ReProvisionRequest(
        certificate_request=CertificateRequest(
            certificate_request_type=CertificateRequestType.PKCS_10, certificate_request_value=scenes.signing_request()
        ),
        certificate=Certificate(certificate_type=CertificateType.X_509, certificate_value=b"x"),
    )


CONFLICTS: dict[Operation, list[Conflict]] = {
    **{code: [_parameters(code), _parts_of_one(code)] for code in USES if code is not Op.SIGNATURE_VERIFY},
    # What is said to be signed in another way than the key signs is a signature that does not verify.
    Op.SIGNATURE_VERIFY: [_parts_of_one(Op.SIGNATURE_VERIFY)],
    Op.CREATE_KEY_PAIR: [(Op.CREATE_KEY_PAIR.since, _both_keys)],
    Op.REGISTER: [
        (Op.REGISTER.since, lambda client: error_works.register(object_type=ObjectType.PRIVATE_KEY)),
    ],
    Op.IMPORT: [
        (V2_0, lambda client: error_works.import_key(object_type=ObjectType.PRIVATE_KEY)),
        (
            Op.IMPORT.since,
            lambda client: error_works.import_key(
                object=objects.certificate(),
                object_type=ObjectType.CERTIFICATE,
                key_wrap_type=KeyWrapType.AS_REGISTERED,
            ),
        ),
    ],
    Op.RE_KEY: [
        (Op.RE_KEY.since, lambda client: Rekey(unique_identifier=key(client), offset=1, attributes=attributes(*DATED))),
    ],
    Op.RE_KEY_KEY_PAIR: [
        (
            Op.RE_KEY_KEY_PAIR.since,
            lambda client: RekeyKeyPair(
                private_key_unique_identifier=scenes.pair_private(client),
                offset=1,
                private_key_attributes=attributes(*DATED),
            ),
        ),
    ],
    Op.DERIVE_KEY: [
        (
            Op.DERIVE_KEY.since,
            lambda client: scenes.derive(key(client), attributes=attributes((Tag.CRYPTOGRAPHIC_LENGTH, 128))),
        ),
    ],
    Op.CERTIFY: [
        (Op.CERTIFY.since, _twice_certified),
        (
            Op.CERTIFY.since,
            lambda client: replace(scenes.certify(scenes.public(client)), certificate_request_type=None),
        ),
    ],
    Op.RE_CERTIFY: [
        (Op.RE_CERTIFY.since, lambda client: scenes.re_certify(scenes.certified(client), None, *DATED, offset=1)),
    ],
    Op.GET: [(Op.GET.since, _wrapped_without_key(Get))],
    Op.EXPORT: [(Op.EXPORT.since, _wrapped_without_key(Export))],
    Op.GET_ATTRIBUTES: [
        (
            V1_1,
            lambda client: GetAttributes(unique_identifier=key(client), attribute_reference=[Tag.STATE, Tag.STATE]),
        ),
    ],
    Op.ADD_ATTRIBUTE: [
        (
            Op.ADD_ATTRIBUTE.since,
            lambda client: AddAttribute(
                unique_identifier=key(client, (Tag.CONTACT_INFORMATION, "x")),
                new_attribute=item(Tag.CONTACT_INFORMATION, "y"),
            ),
        ),
    ],
    Op.MODIFY_ATTRIBUTE: [
        (
            V2_0,
            lambda client: ModifyAttribute(
                unique_identifier=key(client, (Tag.NAME, name("n")), (Tag.COMMENT, "c")),
                current_attribute=item(Tag.NAME, name("n")),
                new_attribute=item(Tag.COMMENT, "d"),
            ),
        ),
    ],
    Op.DELETE_ATTRIBUTE: [
        (
            V2_0,
            lambda client: DeleteAttribute(
                unique_identifier=key(client, (Tag.NAME, name("n")), (Tag.COMMENT, "c")),
                current_attribute=item(Tag.NAME, name("n")),
                attribute_reference=Tag.COMMENT,
            ),
        ),
    ],
    Op.REVOKE: [
        # 2.1 Table 295: a Compromise Occurrence Date "SHALL NOT be specified for other Revocation Reason enumerations".
        (
            Op.REVOKE.since,
            lambda client: revoke(key(client), RevocationReasonCode.SUPERSEDED, 1_700_000_000),
        ),
    ],
    Op.CREATE_SPLIT_KEY: [
        (Op.CREATE_SPLIT_KEY.since, _split(split_key_parts=2, split_key_threshold=3)),
        (Op.CREATE_SPLIT_KEY.since, _split(prime_field_size=257)),
    ],
    Op.JOIN_SPLIT_KEY: [
        (
            Op.JOIN_SPLIT_KEY.since,
            lambda client: error_works.join(scenes.parts(client)[:2], secret_data_type=SecretDataType.PASSWORD),
        ),
    ],
    Op.RE_PROVISION: [(Op.RE_PROVISION.since, _re_provisioned)],
}

WITHOUT: dict[Operation, str] = {
    Op.CREATE: "its Object Type and its attributes stand for themselves; a length that is not the algorithm's is "
    "among the keys that are not allowed",
    Op.LOCATE: "conditions that exclude each other find nothing: that is an answer",
    Op.CHECK: "each of its fields is checked by itself",
    Op.GET_ATTRIBUTE_LIST: "its request has one field",
    Op.SET_ATTRIBUTE: "one attribute with one value cannot contradict itself",
    Op.ADJUST_ATTRIBUTE: "an amount goes with either type of adjustment that takes one, and is ignored by Negate",
    Op.OBTAIN_LEASE: "its request has one field",
    Op.GET_USAGE_ALLOCATION: "a count goes with any object",
    Op.ACTIVATE: "its request has one field",
    Op.DESTROY: "its request has one field",
    Op.ARCHIVE: "its request has one field",
    Op.RECOVER: "its request has one field",
    Op.VALIDATE: "certificates, identifiers and a date go together in every combination (2.1 §6.1.57)",
    Op.QUERY: "its functions do not touch each other",
    Op.DISCOVER_VERSIONS: "its request has one field",
    Op.POLL: "its request has one field",
    Op.CANCEL: "its request has one field",
    Op.PROCESS: "its request has one field",
    Op.QUERY_ASYNCHRONOUS_REQUESTS: "what it filters by can exclude everything: that is an answer",
    Op.RNG_RETRIEVE: "its request has one field",
    Op.RNG_SEED: "its request has one field",
    Op.HASH: "data and parameters go together in every combination",
    Op.LOG: "its request has one field",
    Op.LOGIN: "each of its limits holds by itself",
    Op.LOGOUT: "its request has one field",
    Op.DELEGATED_LOGIN: "each of its limits holds by itself",
    Op.SET_ENDPOINT_ROLE: "its request has one field",
    Op.PKCS_11: "its functions have parameters of their own, told by PKCS#11's return codes",
    Op.INTEROP: "its function and its name are independent",
    Op.SET_DEFAULTS: "its request has one field",
    Op.SET_CONSTRAINTS: "its request has one field",
    Op.GET_CONSTRAINTS: "its request has no field",
    Op.PING: "its request has no field",
}
