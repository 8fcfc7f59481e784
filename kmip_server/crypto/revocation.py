"""What revocation lists say of a certificate (RFC 5280 §5, §6.3): whole lists, those of changes, those of others.

A list speaks of a certificate when it is of this time, signed by who may sign it, and made for such certificates.
A list of changes is read with the whole list that it changes, and alone says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.x509 import ReasonFlags
from cryptography.x509.oid import ExtensionOID

from kmip_server.crypto.name_constraints import canonical
from kmip_server.spec.enums import ValidityIndicator as Validity

_KNOWN_CRITICAL = frozenset({ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.DELTA_CRL_INDICATOR})
_KNOWN_CRITICAL_OF_ENTRIES = frozenset({x509.CertificateIssuer.oid, x509.CRLReason.oid})
_EVERY_REASON = frozenset(ReasonFlags) - {ReasonFlags.unspecified, ReasonFlags.remove_from_crl}
_MOST_ENTRIES = 100_000
"""Of a list that names an issuer for each entry: it has to be read from its beginning."""
_MOST_POINTS = 100
"""Distribution points of a certificate, and issuers that they name."""
_Kind = TypeVar("_Kind", bound=x509.ExtensionType)

Signed = Callable[[x509.CertificateRevocationList, x509.Certificate | None], bool]
"""Whether a list is signed by the issuer of the certificate, or where None is given by another who may sign it."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one list says: revoked, and for which reasons it would say so."""

    revoked: bool
    reasons: frozenset[ReasonFlags]


def judge(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    crls: list[x509.CertificateRevocationList],
    moment: datetime,
    signed: Signed,
) -> Validity:
    """Valid: no list speaks of the issuer's certificates (the operator's choice), or those that do clear this one.

    Unknown where there are lists and none of them may be believed, or they leave out some reason. Raises OverflowError
    where there is more to read than is read.
    """
    about = [each for each in crls if _is_about(each, certificate)]
    if not about:
        return Validity.VALID
    if certificate.serial_number < 0:
        # RFC 5280 §4.1.2.2 forbids it; the library finds none in a list, and "not found" must not be good.
        return Validity.UNKNOWN
    current = [each for each in about if _is_current(each, moment) and _is_understood(each)]
    good = [each for each in current if signed(each, issuer if _same(each.issuer, issuer.subject) else None)]
    whole = [each for each in good if _extension(each, x509.DeltaCRLIndicator) is None]
    answers = [
        answer for each in whole if (answer := _ask(each, _changes_of(each, good), certificate, moment)) is not None
    ]
    if any(each.revoked for each in answers):
        return Validity.INVALID
    covered: frozenset[ReasonFlags] = frozenset().union(*(each.reasons for each in answers))
    return Validity.VALID if covered >= _EVERY_REASON else Validity.UNKNOWN


def _same(one: x509.Name, other: x509.Name) -> bool:
    return canonical(one) == canonical(other)


def _is_about(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """§6.3.3 (b) (1): a list of the issuer, or one of whom a distribution point of the certificate names."""
    scope = _extension(crl, x509.IssuingDistributionPoint)
    if _same(crl.issuer, certificate.issuer):
        return True
    if scope is None or not scope.indirect_crl:
        return False
    return any(
        isinstance(name, x509.DirectoryName) and _same(name.value, crl.issuer)
        for point in _points(certificate)
        for name in point.crl_issuer or ()
    )


def _points(certificate: x509.Certificate) -> list[x509.DistributionPoint]:
    try:
        found = list(certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value)
    except x509.ExtensionNotFound:
        return []
    if len(found) > _MOST_POINTS or sum(len(each.crl_issuer or ()) for each in found) > _MOST_POINTS:
        raise OverflowError
    return found


def _is_current(crl: x509.CertificateRevocationList, moment: datetime) -> bool:
    ends = crl.next_update_utc
    return crl.last_update_utc <= moment and (ends is None or moment <= ends)


def _is_understood(crl: x509.CertificateRevocationList) -> bool:
    return not any(each.critical and each.oid not in _KNOWN_CRITICAL for each in crl.extensions)


def _changes_of(
    whole: x509.CertificateRevocationList, lists: list[x509.CertificateRevocationList]
) -> list[x509.CertificateRevocationList]:
    """§5.2.4: lists of changes to this one, of the same issuer and scope, newest first."""
    number = _extension(whole, x509.CRLNumber)
    if number is None:
        return []
    found: list[tuple[int, x509.CertificateRevocationList]] = []
    for each in lists:
        base, own = _extension(each, x509.DeltaCRLIndicator), _extension(each, x509.CRLNumber)
        if base is None or own is None or not _same(each.issuer, whole.issuer):
            continue
        scopes = [_extension(crl, x509.IssuingDistributionPoint) for crl in (each, whole)]
        if scopes[0] == scopes[1] and base.crl_number <= number.crl_number < own.crl_number:
            found.append((own.crl_number, each))
    return [each for _, each in sorted(found, key=lambda pair: -pair[0])]


def _ask(
    whole: x509.CertificateRevocationList,
    changes: list[x509.CertificateRevocationList],
    certificate: x509.Certificate,
    moment: datetime,
) -> _Answer | None:
    """What a list and its changes say; None where it is not for such certificates."""
    reasons = _reasons_of(whole, certificate)
    if reasons is None:
        return None
    for crl in (*changes, whole):
        entry = _entry(crl, certificate)
        if entry is None:
            continue
        if any(each.critical and each.oid not in _KNOWN_CRITICAL_OF_ENTRIES for each in entry.extensions):
            return _Answer(True, reasons)  # §5.3: "MUST NOT use that CRL to determine that the certificate is good"
        back = _reason(entry) is ReasonFlags.remove_from_crl
        return _Answer(not back and entry.revocation_date_utc <= moment, reasons)
    return _Answer(False, reasons)


def _reason(entry: x509.RevokedCertificate) -> ReasonFlags | None:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None


def _reasons_of(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> frozenset[ReasonFlags] | None:
    """§6.3.3 (b) (2), (d): the reasons for which the list would name the certificate; None where it never would."""
    scope = _extension(crl, x509.IssuingDistributionPoint)
    points = _points(certificate)
    if scope is None:
        # A whole list of the issuer's, unless the certificate sends to others alone.
        return _EVERY_REASON if not points or any(_names_issuer(each, crl) for each in points) else None
    basic = _constraints(certificate)
    if scope.only_contains_attribute_certs:
        return None
    if (scope.only_contains_user_certs and basic) or (scope.only_contains_ca_certs and not basic):
        return None
    reasons: set[ReasonFlags] = set()
    own = _EVERY_REASON if scope.only_some_reasons is None else scope.only_some_reasons
    if not points:
        # §6.3.3, end: as if one named the issuer's own name, and no more.
        theirs = _names(scope.full_name, scope.relative_name, crl.issuer)
        return own if theirs is None or canonical(certificate.issuer) in theirs else None
    for point in points:
        if _fits(scope, point, crl):
            reasons |= own & (_EVERY_REASON if point.reasons is None else point.reasons)
    return frozenset(reasons) if reasons else None


def _names_issuer(point: x509.DistributionPoint, crl: x509.CertificateRevocationList) -> bool:
    """Whether lists at this point come from this issuer; a point that names none means the certificate's own."""
    if not point.crl_issuer:
        return True
    return any(isinstance(each, x509.DirectoryName) and _same(each.value, crl.issuer) for each in point.crl_issuer)


def _constraints(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _fits(
    scope: x509.IssuingDistributionPoint, point: x509.DistributionPoint, crl: x509.CertificateRevocationList
) -> bool:
    """One of the names of the list's distribution point is one of the certificate's."""
    if not _names_issuer(point, crl):
        return False
    issuers = [each.value for each in point.crl_issuer or () if isinstance(each, x509.DirectoryName)]
    theirs = _names(scope.full_name, scope.relative_name, crl.issuer)
    if theirs is None:
        return True
    mine = _names(point.full_name, point.relative_name, issuers[0] if issuers else crl.issuer)
    if mine is None:
        mine = {canonical(each) for each in issuers}
    return bool(theirs & mine)


def _names(
    full: list[x509.GeneralName] | None, relative: x509.RelativeDistinguishedName | None, issuer: x509.Name
) -> set[object] | None:
    """The names of a distribution point, as they are compared; None where it has none."""
    if full is not None:
        return {
            canonical(each.value) if isinstance(each, x509.DirectoryName) else (type(each), str(each.value))
            for each in full
        }
    if relative is not None:
        return {canonical(x509.Name([*issuer.rdns, relative]))}
    return None


def _entry(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> x509.RevokedCertificate | None:
    """The entry of a certificate; one of an indirect list says whose certificates it and those after it are of."""
    scope = _extension(crl, x509.IssuingDistributionPoint)
    if scope is None or not scope.indirect_crl:
        return crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if len(crl) > _MOST_ENTRIES:
        raise OverflowError
    wanted, whose = canonical(certificate.issuer), canonical(crl.issuer)
    for entry in crl:
        try:
            named = entry.extensions.get_extension_for_class(x509.CertificateIssuer).value
            whose = next(canonical(each.value) for each in named if isinstance(each, x509.DirectoryName))
        except (x509.ExtensionNotFound, StopIteration):
            pass  # §5.3.3: the issuer is that of the entry before
        if whose == wanted and entry.serial_number == certificate.serial_number:
            return entry
    return None


def _extension(crl: x509.CertificateRevocationList, kind: type[_Kind]) -> _Kind | None:
    try:
        return crl.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
