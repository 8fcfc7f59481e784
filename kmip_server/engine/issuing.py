"""Finds the issuing authority: two managed objects that the configuration names, and no client.

They are the one exception to "an object comes out by ``load``": whoever may certify a public key need not know the
authority's key, nor may it. So they are found here, for signing certificates and for nothing else, and what was
used is noted for the audit record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from kmip_server.domain.objects import ManagedObject
from kmip_server.domain.search import Comparison, Filter, Search, Visibility, terms_of
from kmip_server.domain.usage import require_use
from kmip_server.errors import FeatureNotSupported, KmipError, OperationNotSupported
from kmip_server.ports import Certification, Issuer, Material, Transaction
from kmip_server.spec.enums import NameType, ObjectType, State
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.operations import Purpose, Use
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.tags import Tag

_SIGNING = Use(Purpose.APPLY, CryptographicUsageMask.CERTIFICATE_SIGN)
_USABLE = frozenset({State.PRE_ACTIVE, State.ACTIVE})
"""The certificate of an authority needs no activation; one that is over or compromised issues nothing."""


@dataclass(frozen=True, slots=True)
class IssuingAuthority:
    """Implements ``ports.Authority`` for one batch item."""

    certification: Certification
    _tx: Transaction
    _policies: Collection[str]
    """The names of all operation policies."""
    _now: int
    _state_of: Callable[[ManagedObject], State | None]
    _material: Callable[[ManagedObject], Material]
    _note: Callable[[str], None]

    def require(self) -> None:
        """2.1 §6.1.6, 1.4 §4.7: "Server support for this operation is OPTIONAL": without an authority there is none."""
        if not self.certification.issues:
            raise OperationNotSupported("this server has no certificate authority")

    def issuer(self) -> Issuer:
        """See :meth:`kmip_server.ports.Authority.issuer`."""
        certificate = self._certificate()
        key = self._find(self.certification.issuer_key, ObjectType.PRIVATE_KEY)
        try:
            require_use(_SIGNING, key.head, self._state_of(key), self._now)
        except KmipError as refusal:
            raise _unusable(f"its key may not sign certificates now: {refusal.message}") from refusal
        self._note(f"issued by {certificate.unique_identifier}")
        opened = self._material(key)
        return Issuer(opened.value, opened.key_format_type, opened.algorithm, opened.trusted, self._bytes(certificate))

    def certificate(self) -> bytes | None:
        """See :meth:`kmip_server.ports.Authority.certificate`."""
        try:
            return self._bytes(self._certificate())
        except KmipError:
            return None

    def _certificate(self) -> ManagedObject:
        self.require()
        found = self._find(self.certification.issuer_certificate, ObjectType.CERTIFICATE)
        if self._state_of(found) not in _USABLE:
            raise _unusable("its certificate is revoked")
        return found

    def _bytes(self, certificate: ManagedObject) -> bytes:
        value = self._material(certificate).value
        if not isinstance(value, bytes):
            raise _unusable("its certificate cannot be read")
        return value

    def _find(self, named: str | None, object_type: ObjectType) -> ManagedObject:
        """The object that the configuration names; raises KmipError where there is none that can be used."""
        owner = self.certification.owner
        uid = named if owner is None else self._by_name(owner, named or "", object_type)
        found = None if uid is None else self._tx.load(uid, for_change=False)
        what = object_type.title
        if found is None or found.object_type is not object_type:
            raise _unusable(f"its {what} does not exist")
        if found.head.archived or found.body.sealed is None:
            raise _unusable(f"its {what} is archived or destroyed")
        return found

    def _by_name(self, owner: str, name: str, object_type: ObjectType) -> str | None:
        """The one object of the owner that has the name; two of them are no answer."""
        wanted = Name(name_value=name, name_type=NameType.UNINTERPRETED_TEXT_STRING)
        every = frozenset((policy, object_type) for policy in self._policies)
        found = self._tx.locate(
            Search(
                visibility=Visibility(owner=owner, own=every, any=frozenset()),
                now=self._now,
                filters=(
                    Filter(Tag.NAME, Comparison.EQUAL, terms_of(wanted)),
                    Filter(Tag.OBJECT_TYPE, Comparison.EQUAL, terms_of(object_type)),
                ),
                maximum=2,
            )
        ).unique_identifiers
        if len(found) > 1:
            raise _unusable(f"several objects are called as its {object_type.title} is")
        return found[0] if found else None


def _unusable(message: str) -> KmipError:
    return FeatureNotSupported(f"the certificate authority of this server cannot issue: {message}")
