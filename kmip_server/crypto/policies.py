"""Certificate policies along a path (RFC 5280 §6.1.2-§6.1.5, with the graph of RFC 9618 in place of the tree).

Whoever validates here names no policy, so that any will do; what is left to ask is whether a path whose authorities
require an explicit policy has one at its end. Of the graph its lowest level is enough for that: each policy that is
valid there, with the policies that the next certificate may name for it.
"""

from __future__ import annotations

from typing import Any

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from kmip_server.crypto.name_constraints import canonical

ANY = "2.5.29.32.0"
MAPPINGS = ObjectIdentifier("2.5.29.33")
_MOST = 1000
"""Policies of one level; each certificate names its own."""

_Level = dict[str, set[str]]


class UnjudgeableError(Exception):
    """The policies are more than are followed, or cannot be read."""


class PolicyPath:
    """The state of §6.1.2 while a path is walked from the anchor down; ``length`` certificates below the anchor."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._level: _Level = {ANY: {ANY}}
        self._explicit = self._mapping = self._any = length + 1

    def allows(self, place: int, certificate: x509.Certificate) -> bool:
        """Walk one certificate further (``place`` counts from 1); False where the path is invalid from here.

        Raises UnjudgeableError.
        """
        own = canonical(certificate.subject) == canonical(certificate.issuer)
        last = place == self._length
        self._step(certificate, any_counts=self._any > 0 or (own and not last))
        if self._explicit <= 0 and not self._level:
            return False
        if not last:
            return self._prepare(certificate, own)
        constraints = _value(certificate, x509.PolicyConstraints)
        required = self._explicit - 1
        if constraints is not None and constraints.require_explicit_policy == 0:
            required = 0
        return required > 0 or bool(self._level)

    def _step(self, certificate: x509.Certificate, *, any_counts: bool) -> None:
        """§6.1.3 (d), (e)."""
        named = _value(certificate, x509.CertificatePolicies)
        if named is None:
            self._level = {}
            return
        policies = {each.policy_identifier.dotted_string for each in named}
        if len(policies) > _MOST:
            raise UnjudgeableError
        expected = set().union(*self._level.values()) if self._level else set()
        below: _Level = {each: {each} for each in policies - {ANY} if each in expected or ANY in self._level}
        if ANY in policies and any_counts:
            for each in expected:
                below.setdefault(each, {each})
        self._level = below

    def _prepare(self, certificate: x509.Certificate, own: bool) -> bool:
        """§6.1.4 (a), (b), (h)-(j)."""
        pairs = _mappings(certificate)
        if any(ANY in pair for pair in pairs):
            return False
        if self._mapping > 0:
            self._map(pairs)
        else:
            for issuer, _ in pairs:
                self._level.pop(issuer, None)
        if not own:
            self._explicit, self._mapping, self._any = (
                max(each - 1, 0) for each in (self._explicit, self._mapping, self._any)
            )
        constraints = _value(certificate, x509.PolicyConstraints)
        if constraints is not None:
            if constraints.require_explicit_policy is not None:
                self._explicit = min(self._explicit, constraints.require_explicit_policy)
            if constraints.inhibit_policy_mapping is not None:
                self._mapping = min(self._mapping, constraints.inhibit_policy_mapping)
        inhibit = _value(certificate, x509.InhibitAnyPolicy)
        if inhibit is not None:
            self._any = min(self._any, inhibit.skip_certs)
        return True

    def _map(self, pairs: list[tuple[str, str]]) -> None:
        """What an authority calls so, the one below it calls otherwise."""
        mapped: _Level = {}
        for issuer, subject in pairs:
            if issuer in self._level or ANY in self._level:
                mapped.setdefault(issuer, set()).add(subject)
        self._level |= mapped


def _mappings(certificate: x509.Certificate) -> list[tuple[str, str]]:
    """Policy Mappings, which the library hands out unread."""
    try:
        found = certificate.extensions.get_extension_for_oid(MAPPINGS).value
    except x509.ExtensionNotFound:
        return []
    try:
        read = asn1.PolicyMappings.load(found.public_bytes(), strict=True)
        pairs = [(each["issuer_domain_policy"].dotted, each["subject_domain_policy"].dotted) for each in read]
    except (ValueError, TypeError, LookupError, AttributeError) as cause:
        raise UnjudgeableError from cause
    if len(pairs) > _MOST:
        raise UnjudgeableError
    return pairs


def _value(certificate: x509.Certificate, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
