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

from kmip_server.crypto.name_constraints import NameRules, Work, canonical
from kmip_server.crypto.policies import MAPPINGS, PolicyPath, UnjudgeableError
from kmip_server.crypto.proofs import verify_signature
from kmip_server.crypto.revocation import judge as judge_revocation
from kmip_server.errors import InvalidField, InvalidMessage
from kmip_server.spec.enums import ValidityIndicator as Validity

_KNOWN_CRITICAL = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        MAPPINGS,
    }
)
"""Critical extensions that are understood. No purpose and no policy is asked for, so that any of them will do."""
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
    issuers = {canonical(each.issuer) for each in given if not _is_own(each)}
    leaves = [each for each in given if canonical(each.subject) not in issuers]
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
    work: Work = field(default_factory=Work)
    signers: list[x509.Certificate] = field(default_factory=list)
    """Who signs lists for others, while their own paths are judged."""

    def in_time(self, certificate: x509.Certificate) -> bool:
        return certificate.not_valid_before_utc <= self.moment <= certificate.not_valid_after_utc

    def path_from(self, certificate: x509.Certificate, below: list[x509.Certificate]) -> Validity:
        """Judge every path that goes on from here; ``below`` is the way so far, the leaf first."""
        if not self.in_time(certificate) or (below and not _may_issue(certificate, below, certificate in self.anchors)):
            return Validity.INVALID
        if certificate in self.anchors:
            return _whole([*below, certificate], self.work)
        if _has_unknown_critical(certificate) or len(below) >= _LONGEST_PATH:
            return Validity.UNKNOWN
        way = [*below, certificate]
        named = [
            each
            for each in dict.fromkeys([*self.anchors, *self.pool])
            if canonical(each.subject) == canonical(certificate.issuer) and each not in way
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
        """What the lists say; an issuer of which there is no list is not asked (the operator's choice)."""
        try:
            return judge_revocation(certificate, issuer, self.crls, self.moment, self._is_signed_list)
        except OverflowError:
            return Validity.UNKNOWN

    def _is_signed_list(self, crl: x509.CertificateRevocationList, issuer: x509.Certificate | None) -> bool:
        """RFC 5280 §6.3.3 (f), (g): by the issuer, or by another key of that name whose own path is good."""
        others = [
            each
            for each in dict.fromkeys([*self.anchors, *self.pool])
            if each != issuer and canonical(each.subject) == canonical(crl.issuer)
        ]
        if issuer is not None and self._has_signed_list(issuer, crl):
            return True
        return any(self._has_signed_list(each, crl) and self._is_good_signer(each) for each in others)

    def _is_good_signer(self, signer: x509.Certificate) -> bool:
        if signer in self.signers:
            return True  # its own certificate sends to the list that it signs itself
        self.signers.append(signer)
        try:
            return self.path_from(signer, []) is Validity.VALID
        finally:
            self.signers.pop()

    def _has_signed_list(self, signer: x509.Certificate, crl: x509.CertificateRevocationList) -> bool:
        usage = _extension(signer, x509.KeyUsage)
        if usage is not None and not usage.crl_sign:
            return False
        scheme, digest = crl.signature_algorithm_parameters, crl.signature_hash_algorithm
        return self._signed(signer, scheme, digest, crl.signature, crl.tbs_certlist_bytes) is Validity.VALID


def _whole(way: list[x509.Certificate], work: Work) -> Validity:
    """Judge what only a whole path shows, the leaf first: names and policies (RFC 5280 §6.1.3 (b)-(f)).

    The anchor's own name constraints count as well (RFC 5937): it would not have certified other names itself.
    """
    names, policies, length = NameRules(work), PolicyPath(len(way) - 1), len(way) - 1
    verdict = Validity.VALID
    for place, certificate in enumerate(reversed(way)):
        if place:
            checked = Validity.VALID if _is_own(certificate) and place < length else names.judge(certificate)
            try:
                allowed = policies.allows(place, certificate)
            except UnjudgeableError:
                checked, allowed = Validity.UNKNOWN if checked is Validity.VALID else checked, True
            if checked is Validity.INVALID or not allowed:
                return Validity.INVALID
            verdict = Validity.UNKNOWN if checked is Validity.UNKNOWN else verdict
        constraints = _extension(certificate, x509.NameConstraints)
        if constraints is not None and place < length:
            names.add(constraints)
    return verdict


def _is_own(certificate: x509.Certificate) -> bool:
    """Self-issued: subject and issuer are one name."""
    return canonical(certificate.subject) == canonical(certificate.issuer)


def _may_issue(certificate: x509.Certificate, below: list[x509.Certificate], anchor: bool) -> bool:
    """RFC 5280 §6.1.4 (k)-(n): an authority, with room below it, whose key may sign certificates."""
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        return False
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None:
        # An anchor is trusted by name and key (§6.1.1 (d)); old roots have no extensions at all.
        return anchor
    between = sum(not _is_own(each) for each in below[1:])
    return constraints.ca and (constraints.path_length is None or between <= constraints.path_length)


def _has_unknown_critical(certificate: x509.Certificate) -> bool:
    return any(each.critical and each.oid not in _KNOWN_CRITICAL for each in certificate.extensions)


def _extension(certificate: x509.Certificate, kind: type[_Kind]) -> _Kind | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
