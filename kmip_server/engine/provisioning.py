"""The certificates that clients come with, once Re-Provision has replaced one (KMIP 2.1 §6.1.48).

"The current client credential SHALL be made invalid and cannot be used in future KMIP requests": TLS still lets it in,
for the authority that issued it knows nothing of this, so the server remembers it in the database and every worker
refuses it at its next request, on connections that are open as well. The new certificate is a managed object; when
that is revoked, compromised or destroyed, the certificate is good for nothing either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kmip_server.domain.change import moved
from kmip_server.domain.lifecycle import Cause
from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import Comparison, Filter, Search, Visibility, terms_of
from kmip_server.domain.subject import CERTIFICATE, Subject
from kmip_server.engine.issuing import IssuingAuthority
from kmip_server.errors import InvalidField, KmipError, PermissionDenied
from kmip_server.ports import Ciphers, SignInRow, Transaction
from kmip_server.spec.enums import ObjectType, ResultReason, RevocationReasonCode, State, ValidityIndicator
from kmip_server.spec.structures.attributes import RevocationReason, X509CertificateIdentifier
from kmip_server.spec.tags import Tag

_USABLE = frozenset({State.PRE_ACTIVE, State.ACTIVE})
_MOST_OF_ONE_NAME = 20
_ANY = "client certificates were replaced"


def key_of(certificate: bytes) -> bytes:
    """Under what a certificate is remembered."""
    return hashlib.sha256(b"link level credential:" + certificate).digest()


def refusal_of(tx: Transaction, certificate: bytes) -> KmipError | None:
    """Why nothing that came with this certificate may be done, or None."""
    row = tx.sign_in(key_of(certificate))
    if row is None:
        return None
    facts = json.loads(row.facts)
    if facts["replaced"]:
        return _not_let_in("the client certificate has been replaced (Re-Provision)")
    found = tx.load(facts["uid"])
    if found is None or found.head.state not in _USABLE:
        return _not_let_in("the client certificate has been revoked")
    return None


def any_replaced(tx: Transaction) -> bool:
    """Whether a certificate was ever replaced: then every request is asked for its own."""
    return tx.setting(_ANY) is not None


def _not_let_in(message: str) -> KmipError:
    return KmipError(message, ResultReason.AUTHENTICATION_NOT_SUCCESSFUL)


@dataclass(frozen=True, slots=True)
class ClientProvisioning:
    """Implements ``ports.Provisioning`` for one batch item."""

    authority: IssuingAuthority
    _tx: Transaction
    _subject: Subject
    _policies: frozenset[str]
    _ciphers: Ciphers
    _now: int
    _certificate_in: Callable[[ManagedObject], bytes]
    _save: Callable[[ManagedObject], Any]

    def current(self) -> bytes:
        """See :meth:`kmip_server.ports.Provisioning.current`."""
        subject, certificate = self._subject, self._subject.certificate
        if subject.authenticated_by != CERTIFICATE or not certificate:
            # "SHALL be called by the client that requires new credentials"
            raise PermissionDenied("Re-Provision is for who the connection's certificate names, without credentials")
        refusal = refusal_of(self._tx, certificate)
        if refusal is not None:
            raise PermissionDenied(refusal.message)
        if self._ends(certificate) < self._now:
            raise PermissionDenied("the client certificate has expired")
        if any(found.head.state not in _USABLE for found in self._managed(certificate)):
            raise PermissionDenied("the client certificate has been revoked")
        return certificate

    def require_new(self, certificate: bytes) -> None:
        """See :meth:`kmip_server.ports.Provisioning.require_new`."""
        if certificate == self._subject.certificate or self._tx.sign_in(key_of(certificate)) is not None:
            raise InvalidField("the certificate is a client's already, or was")
        certification = self.authority.certification
        own = self.authority.certificate()
        anchors = certification.anchors if own is None else (own, *certification.anchors)
        judged = self._ciphers.validate_chain([certificate], [], anchors, certification.crls, self._now)
        if judged is not ValidityIndicator.VALID:
            raise PermissionDenied("the certificate is none by which this server lets clients in")

    def replace(self, certificate: bytes, unique_identifier: str) -> None:
        """See :meth:`kmip_server.ports.Provisioning.replace`."""
        old = self._subject.certificate
        known = self._tx.sign_in(key_of(old), for_change=True)
        for found in self._managed(old):
            self._supersede(found)
        if self._tx.setting(_ANY) is None:
            self._tx.put_setting(_ANY, b"yes")
        row = self._row(old, None if known is None else json.loads(known.facts)["uid"], replaced=self._now)
        if known is None:
            self._tx.insert_sign_in(row, self._now)
        else:
            self._tx.replace_sign_in(row)
        self._tx.insert_sign_in(self._row(certificate, unique_identifier, replaced=None), self._now)

    def _row(self, certificate: bytes, uid: str | None, *, replaced: int | None) -> SignInRow:
        facts = {"holder": self._subject.name, "uid": uid, "replaced": replaced}
        # After its end TLS refuses it, whatever is remembered of it; a day more for clocks that differ.
        return SignInRow(key_of(certificate), self._ends(certificate) + 86_400, json.dumps(facts))

    def _ends(self, certificate: bytes) -> int:
        return int(self._ciphers.describe_certificate(certificate).not_after.timestamp())

    def _supersede(self, found: ManagedObject) -> None:
        """The object of a certificate that was replaced is active no more; the server itself does it."""
        if found.head.state is not State.ACTIVE:
            return
        attributes = moved(found.attributes, Cause.REVOKE_OTHER, self._now)
        reason = RevocationReason(revocation_reason_code=RevocationReasonCode.SUPERSEDED)
        attributes.put(Tag.REVOCATION_REASON, reason)
        self._save(found.with_attributes(attributes))

    def _managed(self, certificate: bytes) -> list[ManagedObject]:
        """The client's own objects that are this certificate; what others registered of it tells nothing."""
        facts = self._ciphers.describe_certificate(certificate)
        identifier = X509CertificateIdentifier(
            issuer_distinguished_name=facts.issuer.der, certificate_serial_number=facts.serial_number_der
        )
        own = frozenset((policy, ObjectType.CERTIFICATE) for policy in self._policies)
        listed = self._tx.locate(
            Search(
                visibility=Visibility(owner=self._subject.name, own=own, any=frozenset()),
                now=self._now,
                filters=(
                    Filter(Tag.X_509_CERTIFICATE_IDENTIFIER, Comparison.EQUAL, terms_of(identifier)),
                    Filter(Tag.OBJECT_TYPE, Comparison.EQUAL, terms_of(ObjectType.CERTIFICATE)),
                ),
                maximum=_MOST_OF_ONE_NAME,
            )
        ).unique_identifiers
        loaded = (self._tx.load(uid, for_change=True) for uid in listed)
        return [each for each in loaded if each is not None and self._is(each, certificate)]

    def _is(self, found: ManagedObject, certificate: bytes) -> bool:
        """Whether an object is the certificate; of a destroyed one only issuer and serial number are left."""
        return found.body.sealed is None or self._certificate_in(found) == certificate
