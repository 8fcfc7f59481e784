"""C_DeriveKey as Derive Key: a hash of a key, and data encrypted with it (PKCS#11 3.0 §5.18)."""

from __future__ import annotations

from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.encoding import Mechanism, Reader, ulong
from kmip_server.operations.cryptoki.keeping import require_writable
from kmip_server.operations.cryptoki.mechanisms import DERIVATIONS, MECHANISMS, Row
from kmip_server.operations.cryptoki.refusing import Refusal, refused
from kmip_server.operations.cryptoki.templates import (
    algorithm_of,
    attributes,
    number,
    plain,
    require_class,
    require_known,
)
from kmip_server.operations.derive_key import DeriveKeyRequest
from kmip_server.spec.cryptoki import DERIVES, Attribute, ObjectClass, ReturnCode
from kmip_server.spec.enums import CryptographicAlgorithm, DerivationMethod, ObjectType, Operation
from kmip_server.spec.structures.parameters import CryptographicParameters, DerivationParameters


@function("C_DeriveKey")
def derive_key(call: Call) -> bytes:
    """A new secret key from another one, linked with it in both directions."""
    session = call.session()
    mechanism, base = call.reader.mechanism(), call.reader.ulong()
    template = plain(call.reader.template())
    call.reader.end()
    require_writable(session)
    row = MECHANISMS.get(mechanism.code)
    if row is None or not row.flags & DERIVES:
        raise refused(ReturnCode.MECHANISM_INVALID)
    method, given = _given(row, mechanism)
    unique_identifier = call.state.object(base, ReturnCode.KEY_HANDLE_INVALID)
    require_class(template, ObjectClass.SECRET_KEY)
    require_known(template, frozenset({Attribute.VALUE_LEN}))
    request = DeriveKeyRequest(
        object_type=ObjectType.SYMMETRIC_KEY,
        unique_identifier=[unique_identifier],
        derivation_method=method,
        derivation_parameters=given,
        attributes=attributes(
            template,
            ObjectClass.SECRET_KEY,
            call.ctx.now,
            # "If no key type is provided in the template, then the key produced ... will be a generic secret key."
            cryptographic_algorithm=algorithm_of(template) or CryptographicAlgorithm.HMAC_SHA256,
            cryptographic_length=_length(row, given, number(template, Attribute.VALUE_LEN)) * 8,
        ),
    )
    try:
        made = call.perform(Operation.DERIVE_KEY, request)
    except Refusal as refusal:
        if refusal.code is ReturnCode.OBJECT_HANDLE_INVALID:
            raise Refusal(ReturnCode.KEY_HANDLE_INVALID, refusal.why) from refusal
        raise
    return ulong(call.state.handle_of(made.unique_identifier))


def _given(row: Row, mechanism: Mechanism) -> tuple[DerivationMethod, DerivationParameters]:
    """What the mechanism and its parameter say."""
    how = CryptographicParameters(**row.fixed)  # type: ignore[arg-type]  # the rows say which
    if row.hashing is not None:
        if mechanism.parameter:
            raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
        return DerivationMethod.HASH, DerivationParameters(cryptographic_parameters=how)
    if mechanism.parameter is None:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    reader = Reader(mechanism.parameter)
    # CK_AES_CBC_ENCRYPT_DATA_PARAMS has the IV before the data; CK_KEY_DERIVATION_STRING_DATA has the data alone.
    iv = reader.take(16) if row.code == DERIVATIONS.CBC else None
    data = reader.data()
    reader.end()
    if not data or len(data) % 16:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    given = DerivationParameters(cryptographic_parameters=how, initialization_vector=iv, derivation_data=[data])
    return DerivationMethod.ENCRYPT, given


def _length(row: Row, given: DerivationParameters, asked: int | None) -> int:
    """Bytes of the new key: what is asked for, at most and else what the mechanism gives."""
    most = row.largest if row.hashing is not None else len(given.derivation_data[0])
    if asked is None:
        return most
    if not 0 < asked <= most:
        raise refused(ReturnCode.TEMPLATE_INCONSISTENT)
    return asked
