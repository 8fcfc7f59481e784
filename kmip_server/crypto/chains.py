"""Is this certificate good? Paths from it to a trust anchor, and what RFC 5280 §6 asks on the way (2.1 §6.1.57).

Valid: there is a path to an anchor on which everything holds at the moment asked for. Invalid: something on every
path is wrong: a signature, a date, an issuer that is none, a revocation. Unknown: no path ends at an anchor, or one
cannot be judged here: an algorithm or a critical extension that this server does not know, a revocation list that
is out of date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtensionOID

from kmip_server.crypto.proofs import verify_signature
from kmip_server.errors import InvalidField, InvalidMessage
from kmip_server.spec.enums import ValidityIndicator as Validity

_KNOWN_CRITICAL = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
    }
)
"""Critical extensions that are understood. Purposes and policies are not asked for, so that any of them will do."""
_LONGEST_PATH = 16
_MOST_SIGNATURES = 200
"""How many signatures one request may cost: certificates that all have one name would make very many paths."""
_Kind = TypeVar("_Kind", bound=x509.ExtensionType)


class _TooManyError(Exception):
    """The certificates make more paths than are tried."""


def validate(
    chain: Sequence[bytes], others: Sequence[bytes], anchors: Sequence[bytes], crls: Sequence[bytes], moment: int
) -> Validity:
    """Judge the one chain that the certificates make (DER), in whatever order, at a moment (seconds since 1970).

    ``others`` are certificates that may stand between it and an anchor. Raises Invalid Field for bytes that are no
    certificate, Invalid Message for certificates that are not one chain.
    """
    given = [_load(der) for der in dict.fromkeys(chain)]
    trusted = [_load(der) for der in dict.fromkeys(anchors)]
    judge = _Judge(
        datetime.fromtimestamp(moment, UTC),
        trusted,
        [*given, *(_load(der) for der in dict.fromkeys(others))],
        [x509.load_der_x509_crl(der) for der in crls],
        [*trusted, *given],
    )
    leaf = _leaf(given)
    # "a date for which all certificates in the certificate chain are REQUIRED to be valid"
    if not all(judge.in_time(each) for each in given):
        return Validity.INVALID
    try:
        return judge.path_from(leaf, [])
    except _TooManyError:
        return Validity.UNKNOWN


def _load(der: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(der)
        list(certificate.subject), list(certificate.issuer), list(certificate.extensions)
        return certificate
    except (ValueError, TypeError, OverflowError, x509.DuplicateExtension) as cause:
        raise InvalidField("one of the certificates is no X.509 certificate") from cause


def _leaf(given: list[x509.Certificate]) -> x509.Certificate:
    """The certificate that issued none of the others: where the chain begins."""
    issuers = {each.issuer for each in given if each.issuer != each.subject}
    leaves = [each for each in given if each.subject not in issuers]
    if len(given) == 1:
        return given[0]
    if len(leaves) != 1:
        raise InvalidMessage("the certificates are not one chain")  # 2.1 §6.1.57: "Only a single certificate chain"
    return leaves[0]


@dataclass(slots=True)
class _Judge:
    """What is known while one chain is judged."""

    moment: datetime
    anchors: list[x509.Certificate]
    pool: list[x509.Certificate]
    crls: list[x509.CertificateRevocationList]
    named: list[x509.Certificate]
    """Anchors and certificates of the chain itself: if these are not the issuer, the signature is false."""
    signatures: int = field(default=0)

    def in_time(self, certificate: x509.Certificate) -> bool:
        return certificate.not_valid_before_utc <= self.moment <= certificate.not_valid_after_utc

    def path_from(self, certificate: x509.Certificate, below: list[x509.Certificate]) -> Validity:
        """Judge every path that goes on from here; ``below`` is the way so far, the leaf first."""
        if not self.in_time(certificate) or (below and not _may_issue(certificate, below, certificate in self.anchors)):
            return Validity.INVALID
        if certificate in self.anchors:
            return Validity.VALID
        if _has_unknown_critical(certificate) or len(below) >= _LONGEST_PATH:
            return Validity.UNKNOWN
        way = [*below, certificate]
        named = [
            each
            for each in dict.fromkeys([*self.anchors, *self.pool])
            if each.subject == certificate.issuer and each not in way
        ]
        signers = {each: self._has_signed(each, certificate) for each in named}
        if Validity.VALID not in signers.values():
            return self._without_signer(signers, way)
        found = [self._by(each, certificate, way) for each, signed in signers.items() if signed is Validity.VALID]
        return next((best for best in (Validity.VALID, Validity.INVALID) if best in found), Validity.UNKNOWN)

    def _without_signer(self, signers: dict[x509.Certificate, Validity], way: list[x509.Certificate]) -> Validity:
        """Nobody of the issuer's name signed it: false, where one of them counts; a stranger says nothing."""
        false = [each for each, signed in signers.items() if signed is Validity.INVALID]
        if any(each in self.named or self.path_from(each, way) is Validity.VALID for each in false):
            return Validity.INVALID
        return Validity.UNKNOWN

    def _by(self, issuer: x509.Certificate, certificate: x509.Certificate, way: list[x509.Certificate]) -> Validity:
        """Judge the paths on which this is the issuer."""
        revocation = self._revocation(issuer, certificate)
        onward = self.path_from(issuer, way)
        if onward is not Validity.VALID:
            # Where the path ends at no anchor, nobody trusted says that the certificate is revoked, or anything.
            return onward
        return revocation

    def _has_signed(self, issuer: x509.Certificate, certificate: x509.Certificate) -> Validity:
        return self._signed(
            issuer,
            certificate.signature_algorithm_parameters,
            certificate.signature_hash_algorithm,
            certificate.signature,
            certificate.tbs_certificate_bytes,
        )

    def _signed(
        self, issuer: x509.Certificate, scheme: object, digest: object, signature: bytes, data: bytes
    ) -> Validity:
        self.signatures += 1
        if self.signatures > _MOST_SIGNATURES:
            raise _TooManyError
        try:
            verify_signature(issuer.public_key(), scheme, digest, signature, data)  # type: ignore[arg-type]
        except InvalidSignature:
            return Validity.INVALID
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return Validity.UNKNOWN
        return Validity.VALID

    def _revocation(self, issuer: x509.Certificate, certificate: x509.Certificate) -> Validity:
        """What the issuer's lists say; an issuer of which there is no list is not asked (the operator's choice)."""
        lists = [each for each in self.crls if each.issuer == issuer.subject]
        if not lists:
            return Validity.VALID
        if certificate.serial_number < 0:
            # RFC 5280 §4.1.2.2 forbids it; the library finds none in a list, and "not found" must not be good.
            return Validity.UNKNOWN
        current = [each for each in lists if self._is_current(each, issuer)]
        for each in current:
            entry = each.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if entry is not None and entry.revocation_date_utc <= self.moment:
                return Validity.INVALID
        # A list of some certificates only, or of changes only, may hold what the whole list does not say.
        partial = any(extension.critical for each in lists for extension in each.extensions)
        return Validity.VALID if current and not partial else Validity.UNKNOWN

    def _is_current(self, crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
        """RFC 5280 §6.3.3: of this time, signed by the issuer, who may sign lists."""
        ends = crl.next_update_utc
        if crl.last_update_utc > self.moment or (ends is not None and ends < self.moment):
            return False
        usage = _extension(issuer, x509.KeyUsage)
        if usage is not None and not usage.crl_sign:
            return False
        digest = crl.signature_hash_algorithm
        return (
            self._signed(issuer, crl.signature_algorithm_parameters, digest, crl.signature, crl.tbs_certlist_bytes)
            is Validity.VALID
        )


def _may_issue(certificate: x509.Certificate, below: list[x509.Certificate], anchor: bool) -> bool:
    """RFC 5280 §6.1.4 (k)-(n): an authority, with room below it, whose key may sign certificates."""
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        return False
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None:
        # An anchor is trusted by name and key (§6.1.1 (d)); old roots have no extensions at all.
        return anchor
    between = sum(each.subject != each.issuer for each in below[1:])
    return constraints.ca and (constraints.path_length is None or between <= constraints.path_length)


def _has_unknown_critical(certificate: x509.Certificate) -> bool:
    return any(each.critical and each.oid not in _KNOWN_CRITICAL for each in certificate.extensions)


def _extension(certificate: x509.Certificate, kind: type[_Kind]) -> _Kind | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
