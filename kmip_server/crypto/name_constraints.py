"""Which names an authority may certify: Name Constraints (RFC 5280 §4.2.1.10), and when two names are one (§7.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from kmip_server.spec.enums import ValidityIndicator as Validity

MOST_COMPARISONS = 20_000
"""Names times constraints of one request: both come from whoever made the certificates."""

CanonicalName = tuple[frozenset[tuple[str, str]], ...]


@lru_cache(maxsize=1024)
def canonical(name: x509.Name) -> CanonicalName:
    """A name as it is compared: letters of one case, inner spaces counted once, outer ones not."""
    return tuple(
        frozenset((each.oid.dotted_string, _canonical_text(each.value)) for each in part) for part in name.rdns
    )


def _canonical_text(value: str | bytes) -> str:
    return " ".join(value.casefold().split()) if isinstance(value, str) else value.hex()


class Work:
    """How many comparisons one request has cost so far, on all of its paths."""

    __slots__ = ("compared",)

    def __init__(self) -> None:
        self.compared = 0


class NameRules:
    """The constraints of the authorities above, gathered on the way down."""

    def __init__(self, work: Work) -> None:
        self._permitted: list[list[x509.GeneralName]] = []
        self._excluded: list[x509.GeneralName] = []
        self._work = work

    def add(self, constraints: x509.NameConstraints) -> None:
        """Take the constraints of one more authority."""
        if constraints.permitted_subtrees:
            self._permitted.append(list(constraints.permitted_subtrees))
        self._excluded.extend(constraints.excluded_subtrees or ())

    def judge(self, certificate: x509.Certificate) -> Validity:
        """Whether the names of a certificate are permitted; Unknown for kinds of names that are not understood."""
        if not self._permitted and not self._excluded:
            return Validity.VALID
        verdict = Validity.VALID
        for kind, value in _names_of(certificate):
            found = self._judge(kind, value)
            if found is Validity.INVALID:
                return found
            if found is Validity.UNKNOWN:
                verdict = found
        return verdict

    def _judge(self, kind: type[x509.GeneralName], value: Any) -> Validity:
        match = _MATCHES.get(kind)
        excluded = [each for each in self._excluded if type(each) is kind]
        permitted = [kept for each in self._permitted if (kept := [one for one in each if type(one) is kind])]
        if not excluded and not permitted:
            return Validity.VALID  # "any name ... is acceptable" where no constraint is of its kind
        self._work.compared += len(excluded) + sum(map(len, permitted))
        if match is None or self._work.compared > MOST_COMPARISONS:
            return Validity.UNKNOWN
        if any(match(value, each.value) for each in excluded):
            return Validity.INVALID
        if all(any(match(value, each.value) for each in group) for group in permitted):
            return Validity.VALID
        return Validity.INVALID


def _names_of(certificate: x509.Certificate) -> Iterable[tuple[type[x509.GeneralName], Any]]:
    """§6.1.3 (b), (c): the subject, where there is one, and every alternative name.

    §4.2.1.10: an address in the subject counts as a name "when the certificate does not include a subject
    alternative name".
    """
    if len(certificate.subject.rdns):
        yield x509.DirectoryName, certificate.subject
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        for each in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
            yield x509.RFC822Name, each.value
    else:
        for name in alternative:
            yield type(name), name.value


def _directory(name: Any, constraint: Any) -> bool:
    outer = canonical(constraint)
    return canonical(name)[: len(outer)] == outer


def _domain(name: Any, constraint: Any) -> bool:
    """ "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side"."""
    one, other = str(name).casefold().rstrip("."), str(constraint).casefold().rstrip(".")
    if other.startswith("."):
        return one.endswith(other)
    return not other or one == other or one.endswith("." + other)


def _mailbox(name: Any, constraint: Any) -> bool:
    """A mailbox, a host, or with a leading dot every host of a domain."""
    local, _, host = str(name).rpartition("@")
    wanted = str(constraint)
    if "@" in wanted:
        wanted_local, _, wanted_host = wanted.rpartition("@")
        return local == wanted_local and host.casefold() == wanted_host.casefold()
    return _host(host, wanted)


def _address_of_resource(name: Any, constraint: Any) -> bool:
    """The host of a URI; one that has none, or an IP address, is in no subtree ("MUST reject")."""
    try:
        host = urlsplit(str(name)).hostname or ""
    except ValueError:
        return False
    try:
        ip_address(host)
    except ValueError:
        return bool(host) and _host(host, str(constraint))
    return False


def _host(host: str, constraint: str) -> bool:
    host, constraint = host.casefold(), constraint.casefold()
    return host.endswith(constraint) if constraint.startswith(".") else host == constraint


def _network(name: Any, constraint: Any) -> bool:
    if not isinstance(name, IPv4Address | IPv6Address) or not isinstance(constraint, IPv4Network | IPv6Network):
        return False
    return name.version == constraint.version and name in constraint


_MATCHES: dict[type[x509.GeneralName], Callable[[Any, Any], bool]] = {
    x509.DirectoryName: _directory,
    x509.DNSName: _domain,
    x509.RFC822Name: _mailbox,
    x509.UniformResourceIdentifier: _address_of_resource,
    x509.IPAddress: _network,
}
