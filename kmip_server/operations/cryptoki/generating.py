"""C_GenerateKey as Create, C_GenerateKeyPair as Create Key Pair, C_GenerateRandom (PKCS#11 3.0 §5.18, §5.19)."""

from __future__ import annotations

from collections.abc import Callable

from kmip_server.operations import create_key_pair
from kmip_server.operations.create import CreateRequest
from kmip_server.operations.create_key_pair import CreateKeyPairRequest
from kmip_server.operations.cryptoki.calling import PREPARING, Call, function
from kmip_server.operations.cryptoki.classes import CURVES
from kmip_server.operations.cryptoki.encoding import Mechanism, Reader, ulong
from kmip_server.operations.cryptoki.keeping import require_writable
from kmip_server.operations.cryptoki.mechanisms import MECHANISMS, Row
from kmip_server.operations.cryptoki.refusing import refused
from kmip_server.operations.cryptoki.templates import (
    Template,
    algorithm_of,
    attributes,
    bytes_of,
    number,
    plain,
    require_class,
    require_known,
)
from kmip_server.ports import Ciphers, Prepared
from kmip_server.spec.attribute_values import AttributeItem, Attributes
from kmip_server.spec.cryptoki import GENERATES, GENERATES_PAIRS, NUMBERS, Attribute, ObjectClass, ReturnCode
from kmip_server.spec.enums import CryptographicAlgorithm, ObjectType, Operation
from kmip_server.spec.structures.parameters import CryptographicDomainParameters
from kmip_server.spec.tags import Tag

_EXPONENT = (65537).to_bytes(3, "big")
"""The public exponent of the pairs that are made."""
_LENGTHS = {CryptographicAlgorithm.DES3: 192}
"""Bits of a key whose length its mechanism alone says."""
_MOST_RANDOM = 65536
"""Bytes of randomness that one call gives."""


def _row(mechanism: Mechanism, does: int) -> Row:
    row = MECHANISMS.get(mechanism.code)
    if row is None or not row.flags & does:
        raise refused(ReturnCode.MECHANISM_INVALID)
    if mechanism.parameter:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    return row


@function("C_GenerateKey")
def generate_key(call: Call) -> bytes:
    """A new secret key."""
    session = call.session()
    mechanism, template = call.reader.mechanism(), plain(call.reader.template())
    call.reader.end()
    require_writable(session)
    row = _row(mechanism, GENERATES)
    require_class(template, ObjectClass.SECRET_KEY)
    require_known(template, frozenset({Attribute.VALUE_LEN}))
    algorithm = algorithm_of(template) or row.algorithm
    if (algorithm is row.algorithm) is (row.algorithm is None):
        raise refused(ReturnCode.TEMPLATE_INCONSISTENT)
    request = CreateRequest(
        object_type=ObjectType.SYMMETRIC_KEY,
        attributes=attributes(
            template,
            ObjectClass.SECRET_KEY,
            call.ctx.now,
            cryptographic_algorithm=algorithm,
            cryptographic_length=_length(template, row),
        ),
    )
    made = call.perform(Operation.CREATE, request)
    return ulong(call.state.handle_of(made.unique_identifier))


def _length(template: Template, row: Row) -> int:
    """The length in bits: what the template says in bytes, or the only one there is."""
    asked = number(template, Attribute.VALUE_LEN)
    if asked is None:
        fixed = None if row.algorithm is None else _LENGTHS.get(row.algorithm)
        if fixed is None:
            raise refused(ReturnCode.TEMPLATE_INCOMPLETE)
        return fixed
    if not row.smallest <= asked <= row.largest:
        raise refused(ReturnCode.KEY_SIZE_RANGE)
    return asked * 8


def _modulus(row: Row, public: Template) -> AttributeItem:
    bits = number(public, Attribute.MODULUS_BITS)
    if bits is None:
        raise refused(ReturnCode.TEMPLATE_INCOMPLETE)
    if not row.smallest <= bits <= row.largest:
        raise refused(ReturnCode.KEY_SIZE_RANGE)
    exponent = public.get(Attribute.PUBLIC_EXPONENT, _EXPONENT)
    if not isinstance(exponent, bytes) or exponent.lstrip(b"\x00") != _EXPONENT:
        raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID)
    return AttributeItem(Tag.CRYPTOGRAPHIC_LENGTH, bits)


def _curve(row: Row, public: Template) -> AttributeItem:
    curve = CURVES.get(bytes_of(public, Attribute.EC_PARAMS))
    if curve is None:
        raise refused(ReturnCode.CURVE_NOT_SUPPORTED)
    return AttributeItem(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, CryptographicDomainParameters(recommended_curve=curve))


_PARAMETERS = {0x0000: (Attribute.MODULUS_BITS, Attribute.PUBLIC_EXPONENT), 0x1040: (Attribute.EC_PARAMS,)}
"""By mechanism: what the template of the public key says of the pair."""
_PARAMETERS_OF: dict[int, Callable[[Row, Template], AttributeItem]] = {0x0000: _modulus, 0x1040: _curve}


def _pair_request(reader: Reader, now: int) -> CreateKeyPairRequest:
    """What C_GenerateKeyPair asks for, after its session."""
    mechanism = reader.mechanism()
    public, private = plain(reader.template()), plain(reader.template())
    reader.end()
    row = _row(mechanism, GENERATES_PAIRS)
    require_class(public, ObjectClass.PUBLIC_KEY)
    require_class(private, ObjectClass.PRIVATE_KEY)
    require_known(public, frozenset(_PARAMETERS[row.code]))
    require_known(private, frozenset({Attribute.SUBJECT}))
    if any(algorithm_of(template) not in (None, row.algorithm) for template in (public, private)):
        raise refused(ReturnCode.TEMPLATE_INCONSISTENT)
    common = [AttributeItem(Tag.CRYPTOGRAPHIC_ALGORITHM, row.algorithm), _PARAMETERS_OF[row.code](row, public)]
    return CreateKeyPairRequest(
        common_attributes=Attributes(common),
        private_key_attributes=attributes(private, ObjectClass.PRIVATE_KEY, now),
        public_key_attributes=attributes(public, ObjectClass.PUBLIC_KEY, now),
    )


def _prepare_pair(reader: Reader, ciphers: Ciphers) -> Callable[[], Prepared] | None:
    reader.ulong()
    return create_key_pair.prepare(_pair_request(reader, 0), ciphers)


PREPARING[NUMBERS["C_GenerateKeyPair"]] = _prepare_pair


@function("C_GenerateKeyPair")
def generate_key_pair(call: Call) -> bytes:
    """A new pair: the handle of the public key, then of the private one."""
    session = call.session()
    request = _pair_request(call.reader, call.ctx.now)
    require_writable(session)
    made = call.perform(Operation.CREATE_KEY_PAIR, request)
    handle_of = call.state.handle_of
    return ulong(handle_of(made.public_key_unique_identifier)) + ulong(handle_of(made.private_key_unique_identifier))


@function("C_GenerateRandom")
def generate_random(call: Call) -> bytes:
    """Random bytes, so many as the caller's buffer has; some clients send the buffer along."""
    call.session()
    count = call.reader.count()
    call.reader.take(call.reader.rest() and count)
    call.reader.end()
    if count > _MOST_RANDOM:
        raise refused(ReturnCode.ARGUMENTS_BAD)
    with call.acting_as(Operation.RNG_RETRIEVE) as inner:
        return inner.ciphers.random(count)


@function("C_SeedRandom")
def seed_random(call: Call) -> bytes | None:
    """The operating system seeds its generator itself."""
    call.session()
    call.reader.data()
    call.reader.end()
    raise refused(ReturnCode.RANDOM_SEED_NOT_SUPPORTED)
