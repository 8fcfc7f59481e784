"""A certificate authority for trying the server and for small sites: a CA, the server, clients, a revocation list.

All in one folder: ``ca.pem`` and ``ca.key``, ``server.pem`` and ``server.key``, ``crl.pem``, and for each client
``NAME.pem`` and ``NAME.key``. Keys are EC P-256 in PKCS#8, readable by their owner alone. Files appear whole or not
at all, and only the revocation list is ever replaced. Whoever has a PKI of their own puts its files in the same
places, or names them in the configuration, and nothing here is used.

Certificates follow RFC 5280; KMIP Profiles 2.1 §3.1 asks for a certificate on both sides.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import re
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_DAYS = 3650
LEAF_DAYS = 730
"""Two years: long enough to try, short enough that renewal is learnt."""
SKEW = datetime.timedelta(hours=1)
"""Certificates begin this much before now, for clients whose clock is behind."""

RESERVED = frozenset({"ca", "server", "crl"})
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A client's name is its certificate's common name (at most 64 characters, RFC 5280 A.1) and its files' name."""

Key = ec.EllipticCurvePrivateKey


class PkiError(Exception):
    """A certificate cannot be made, in one sentence that says why."""


def ensure(folder: Path, clients: Sequence[str], server_names: Sequence[str] = ()) -> list[Path]:
    """Make what is missing of CA, revocation list, server certificate and client certificates; return what was made.

    Where ``ca.pem`` came without ``ca.key``, the PKI is somebody else's: then only what is missing is named, in a
    PkiError, and nothing is made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = {path.name for path in folder.iterdir()}
    if not {"ca.pem", "ca.key"} & before and {"server.pem", "server.key"} & before:
        raise PkiError(
            f"{folder} holds a server certificate but no ca.pem; put the CA that clients shall trust beside it"
        )
    if "ca.pem" in before and "ca.key" not in before:
        missing = [name for name in ("server.pem", "server.key") if name not in before]
        if missing:
            raise PkiError(f"{folder} holds a CA without its key, so {' and '.join(missing)} must come from that CA")
        return []
    _make_ca(folder)
    if "crl.pem" not in before:
        write_crl(folder, [])
    if "server.pem" not in before:
        _issue(folder, "server", [], ExtendedKeyUsageOID.SERVER_AUTH, _subject_alternatives(server_names))
    for name in clients:
        if f"{name}.pem" not in before:
            issue_client(folder, name)
    return sorted(path for path in folder.iterdir() if path.name not in before)


def issue_client(folder: Path, name: str, groups: Sequence[str] = (), out: Path | None = None) -> list[Path]:
    """Make what a client needs, in ``out`` or the PKI's own folder: certificate, key, and the CA to know the server by.

    ``groups`` become organizational units (OU). Returns the three files: CA, certificate, key. PkiError where the name
    is none, is taken, or the CA's key is not at hand.
    """
    if not NAME.fullmatch(name) or name in RESERVED or name.endswith((".pem", ".key")):
        taken = ", ".join(sorted(RESERVED))
        raise PkiError(
            f"{name!r} cannot be a client's name: use 1 to 64 letters, digits, '.', '_', '-', beginning with a letter"
            f" or digit, not ending in .pem or .key, and none of {taken}"
        )
    for group in groups:
        if not 1 <= len(group) <= 64 or not group.isprintable():
            raise PkiError(f"{group!r} cannot be a group: use 1 to 64 printable characters")
    target = (out or folder).resolve()
    folder = folder.resolve()
    if (folder / f"{name}.pem").exists() or (target / f"{name}.pem").exists():
        raise PkiError(f"{name}.pem exists already in {folder if (folder / f'{name}.pem').exists() else target}")
    ours, copy = _load_certificate(folder / "ca.pem"), target / "ca.pem"
    if copy.exists() and _load_certificate(copy) != ours:
        raise PkiError(f"{copy} is another CA's certificate; the one of this server is {folder / 'ca.pem'}")
    target.mkdir(parents=True, exist_ok=True)
    certificate = _issue(folder, name, groups, ExtendedKeyUsageOID.CLIENT_AUTH, [], target)
    if not copy.exists():
        write_new(copy, _pem(ours), 0o644)
    if target != folder:
        # The list of revoked certificates needs the serial number, wherever the client's own files went.
        write_new(folder / f"{name}.pem", certificate.read_bytes(), 0o644)
    return [copy, certificate, target / f"{name}.key"]


def revoke_client(folder: Path, name: str) -> Path:
    """Put the client's certificate on the revocation list and return the list; PkiError where there is none."""
    certificate = _load_certificate(folder / f"{name}.pem")
    authority = _load_certificate(folder / "ca.pem")
    if certificate.issuer != authority.subject or certificate == authority:
        raise PkiError(f"{folder / f'{name}.pem'} was not issued by {folder / 'ca.pem'}, so its own CA must revoke it")
    return write_crl(folder, [certificate.serial_number])


def write_crl(folder: Path, serials: Sequence[int], now: datetime.datetime | None = None) -> Path:
    """Add serial numbers to ``crl.pem``, which is replaced in one step, and return its path.

    The list stays valid for ten years: a development CA that falls silent must not lock everybody out.
    """
    now = now or _now()
    path = folder / "crl.pem"
    authority, key = _authority(folder)
    revoked = {serial: now for serial in serials}
    number = 1
    if path.exists():
        old = x509.load_pem_x509_crl(path.read_bytes())
        revoked |= {entry.serial_number: entry.revocation_date_utc for entry in old}
        number = old.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now - SKEW)
        .next_update(now + datetime.timedelta(days=CA_DAYS))
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_issuer_identifier(authority), critical=False)
    )
    for serial, when in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when).build()
        builder = builder.add_revoked_certificate(entry)
    data = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    temporary = _write_temporary(path, data, 0o644)
    temporary.replace(path)
    return path


def _make_ca(folder: Path) -> None:
    """Make CA key and certificate where they don't exist; a key that an interrupted run left is used."""
    path = folder / "ca.pem"
    if path.exists():
        return
    key = _ensure_key(folder / "ca.key")
    # The random part keeps the CAs of two servers apart: clients find an issuer by its name.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"kmip-server CA {secrets.token_hex(4)}")])
    builder = _builder(name, name, key, CA_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
    write_new(path, _pem(builder.sign(key, hashes.SHA256())), 0o644)


def _issue(
    folder: Path,
    name: str,
    groups: Sequence[str],
    usage: x509.ObjectIdentifier,
    alternatives: Sequence[x509.GeneralName],
    target: Path | None = None,
) -> Path:
    """Make one certificate and its key; the key first, so that a certificate is never without one."""
    authority, authority_key = _authority(folder)
    target = target or folder
    key = _ensure_key(target / f"{name}.key")
    common_name = socket.gethostname()[:64] if name == "server" else name
    subject = x509.Name(
        [
            *(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, group) for group in groups),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    builder = _builder(subject, authority.subject, key, LEAF_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(digital_signature=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    builder = builder.add_extension(_issuer_identifier(authority), critical=False)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    path = target / f"{name}.pem"
    write_new(path, _pem(builder.sign(authority_key, hashes.SHA256())), 0o644)
    return path


def _builder(subject: x509.Name, issuer: x509.Name, key: Key, days: int) -> x509.CertificateBuilder:
    """Begin a certificate with what all of them have."""
    now = _now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now - SKEW + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _now() -> datetime.datetime:
    """Now, in whole seconds: certificates know no less."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    """RFC 5280 §4.2.1.3, with all that is not named left out."""
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_identifier(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Point at the CA's key, RFC 5280 §4.2.1.1."""
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _subject_alternatives(names: Sequence[str]) -> list[x509.GeneralName]:
    """The names and addresses that clients may call the server by: this machine's, and those given.

    Go and Python look at these only, never at the common name, and an address must stand as one.
    """
    found: dict[str, x509.GeneralName] = {}
    for name in ("localhost", "127.0.0.1", "::1", socket.gethostname(), *names):
        try:
            found[name] = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            if not re.fullmatch(r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?", name):
                raise PkiError(f"{name!r} is neither a host name nor an IP address") from None
            found[name] = x509.DNSName(name)
    return list(found.values())


def _authority(folder: Path) -> tuple[x509.Certificate, Key]:
    """The CA's certificate and key; PkiError where they are not at hand or do not belong together."""
    if not (folder / "ca.key").exists():
        raise PkiError(f"{folder / 'ca.key'} does not exist, so nothing can be issued here; ask whoever holds your CA")
    certificate, key = _load_certificate(folder / "ca.pem"), _load_key(folder / "ca.key")
    if certificate.public_key() != key.public_key():
        raise PkiError(f"{folder / 'ca.key'} is not the key of {folder / 'ca.pem'}")
    return certificate, key


def _load_certificate(path: Path) -> x509.Certificate:
    """Read the first certificate of a PEM file."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        raise PkiError(f"{path} does not exist") from None
    except ValueError:
        raise PkiError(f"{path} is not a certificate in PEM form") from None


def _load_key(path: Path) -> Key:
    """Read a key that this file wrote."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        raise PkiError(f"{path} is not an unencrypted private key in PEM form") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise PkiError(f"{path} is not an EC key, as this development CA uses")
    return key


def _ensure_key(path: Path) -> Key:
    """Make a key where there is none; one that an interrupted run left is used."""
    if path.exists():
        return _load_key(path)
    key = ec.generate_private_key(ec.SECP256R1())
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_new(path, encoded, 0o600)
    return key


def _pem(certificate: x509.Certificate) -> bytes:
    """A certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Write a whole new file or none; PkiError where it exists already."""
    temporary = _write_temporary(path, data, mode)
    try:
        os.link(temporary, path)  # unlike rename, a link never replaces what is there
    except FileExistsError:
        raise PkiError(f"{path} exists already") from None
    finally:
        temporary.unlink()


def _write_temporary(path: Path, data: bytes, mode: int) -> Path:
    """Write a file beside ``path`` that has reached the disk, with its permissions from the first moment on."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    return temporary
