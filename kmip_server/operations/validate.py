"""Validate (KMIP 2.1 §6.1.57, 1.4 §4.24): whether a certificate chain is valid, at a date or now.

The chain is what the request names and carries, in whatever order. Certificates that stand between it and a trust
anchor are looked for among the managed ones that the client may have validated. Trust anchors are this server's
decision ("the specification of trust anchors ... controlled by the server"): its own authority, and those of the
configuration. A managed certificate that was revoked here is invalid, whatever its issuer says.
"""

from __future__ import annotations

from typing import Any

from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import Comparison, Filter, Search, terms_of
from kmip_server.errors import FeatureNotSupported, InvalidMessage, KmipError
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import CertificateType, ObjectType, Operation, State, ValidityIndicator
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.attributes import X509CertificateSubject
from kmip_server.spec.structures.keys import Certificate
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType

_MOST_OF_ONE_NAME = 8
"""How many managed certificates of one subject are looked at."""
_LONGEST_SEARCH = 8
"""How many issuers in a row are looked for."""
_REVOKED = frozenset({State.COMPROMISED, State.DESTROYED_COMPROMISED})


@payload
class ValidateRequest:
    """The chain, in two lists, and for when."""

    certificate: list[Certificate] = field(Tag.CERTIFICATE, Certificate, default_factory=list)
    unique_identifier: list[Any] = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER, default_factory=list)
    validity_date: int | None = field(Tag.VALIDITY_DATE, ItemType.DATE_TIME, default=None)


@payload
class ValidateResponse:
    """Valid, invalid, or unknown."""

    validity_indicator: ValidityIndicator = field(Tag.VALIDITY_INDICATOR, ValidityIndicator)


@operation(Operation.VALIDATE, ValidateRequest, ValidateResponse)
def handle(request: ValidateRequest, ctx: Context) -> ValidateResponse:
    """Gather the chain, find what lies between it and an anchor, judge it."""
    if not request.certificate and not request.unique_identifier:
        # 1.4 §11.25: "does not specify a certificate list: Invalid Message".
        raise InvalidMessage("neither a certificate nor an identifier of one is given")
    managed = [ctx.load(uid) for uid in request.unique_identifier]
    chain = [_x_509(each.certificate_type, each.certificate_value) for each in request.certificate]
    chain += [_value(found, ctx) for found in managed]
    own = ctx.authority.certificate()
    certification = ctx.authority.certification
    anchors = [*certification.anchors, *([] if own is None else [own])]
    judged: ValidityIndicator = ctx.ciphers.validate_chain(
        chain,
        _between(chain, anchors, ctx),
        anchors,
        certification.crls,
        ctx.now if request.validity_date is None else request.validity_date,
    )
    if any(_is_revoked(found, ctx) for found in managed):
        judged = ValidityIndicator.INVALID
    ctx.note(judged.title)
    return ValidateResponse(validity_indicator=judged)


def _x_509(certificate_type: CertificateType, value: bytes) -> bytes:
    if certificate_type is not CertificateType.X_509:
        raise FeatureNotSupported("only X.509 certificates are validated")
    return value


def _value(found: ManagedObject, ctx: Context) -> bytes:
    structure = ctx.reveal(found)
    if not isinstance(structure, Certificate):
        raise InvalidMessage("the object is not a certificate")
    return _x_509(structure.certificate_type, structure.certificate_value)


def _is_revoked(found: ManagedObject, ctx: Context) -> bool:
    """Revoked by Revoke (2.1 §6.1.44): compromised, or taken out of use for a reason, and not by its date alone."""
    return ctx.state_of(found) in _REVOKED or Tag.REVOCATION_REASON in found.attributes


def _between(chain: list[bytes], anchors: list[bytes], ctx: Context) -> list[bytes]:
    """Managed certificates that may be the issuers which the chain lacks, and their issuers in turn."""
    found: list[bytes] = []
    known = {_names(der, ctx)[0] for der in (*chain, *anchors)}
    wanted = {_names(der, ctx)[1] for der in chain} - known
    for _ in range(_LONGEST_SEARCH):
        new = [der for name in wanted for der in _called(name, ctx)]
        found += new
        known |= wanted
        wanted = {_names(der, ctx)[1] for der in new} - known
        if not wanted:
            break
    return found


def _names(der: bytes, ctx: Context) -> tuple[bytes, bytes]:
    """Subject and issuer; raises Invalid Field where the bytes are no certificate."""
    facts = ctx.ciphers.describe_certificate(der)
    return facts.subject.der, facts.issuer.der


def _called(name: bytes, ctx: Context) -> list[bytes]:
    """The managed certificates of a subject that this client may have validated and that are not revoked."""
    subject = X509CertificateSubject(subject_distinguished_name=name)
    terms = tuple(term for term in terms_of(subject) if term.field == "subject_distinguished_name")
    listed = ctx.locate(
        Search(
            visibility=ctx.visibility(),
            now=ctx.now,
            filters=(
                Filter(Tag.X_509_CERTIFICATE_SUBJECT, Comparison.EQUAL, terms),
                Filter(Tag.OBJECT_TYPE, Comparison.EQUAL, terms_of(ObjectType.CERTIFICATE)),
            ),
            maximum=_MOST_OF_ONE_NAME,
        )
    ).unique_identifiers
    values: list[bytes] = []
    for uid in listed:
        try:
            found = ctx.load(uid)
            if not _is_revoked(found, ctx):
                values.append(_value(found, ctx))
        except KmipError:
            continue  # one that may not be used here, or is none: as if it were not there
    return values
