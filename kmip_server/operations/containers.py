"""PKCS#12 in Register, Import and Get (1.4 §2.1.3, §4.3, §4.11; 2.1 §4.39, §6.1.19): a key and its chain in one.

Registered or imported, a container becomes what is in it: a private key (PKCS#8), and its certificates as objects of
their own, linked from the key on by PKCS#12 Certificate Links. Asked for, it is made anew from what the links say,
for a key or for a certificate. The password is a Secret Data object that a PKCS#12 Password Link names.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import IllegalOperation, InvalidField, KmipError
from kmip_server.operations.describing import describe
from kmip_server.ports import ContainerContent, Context, Opened, Prepared
from kmip_server.spec.enums import (
    CertificateType,
    KeyFormatType,
    LinkType,
    ObjectType,
    Operation,
    ResultReason,
    SecretDataType,
    State,
)
from kmip_server.spec.structures.attributes import Link
from kmip_server.spec.structures.keys import Certificate, KeyBlock, KeyValue, PrivateKey, SecretData
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_0

_USUAL_NAME = "alias"
"""2.1 §4.39: "If this attribute is absent ... the server SHOULD use an alias/friendly name of alias"."""
_LONGEST_CHAIN = 16
_ONWARD = (LinkType.PKCS_12_CERTIFICATE_LINK, LinkType.CERTIFICATE_LINK)


def is_container(structure: Any) -> bool:
    """Whether the object comes as a PKCS#12 container."""
    return isinstance(structure, PrivateKey) and structure.key_block.key_format_type is KeyFormatType.PKCS_12


def opening(structure: PrivateKey, attributes: AttributeMap, ctx: Context) -> Callable[[], Prepared]:
    """What opens a container before its transaction: its password costs up to half a second, by design."""
    closed = _closed(structure, attributes, ctx)

    def work() -> Prepared:
        content: ContainerContent | KmipError
        try:
            content = ctx.ciphers.read_container(*closed)
        except KmipError as error:
            content = error  # kept, so that a wrong password is not tried once more while others wait
        return Prepared(opened=Opened(*closed, content))

    return work


def _closed(structure: PrivateKey, attributes: AttributeMap, ctx: Context) -> tuple[bytes, bytes, str | None]:
    """A container, its password, and the friendly name of the key that is wanted."""
    value = structure.key_block.key_value
    container = value.key_material if isinstance(value, KeyValue) else value
    if not isinstance(container, bytes) or structure.key_block.key_wrapping_data is not None:
        raise InvalidField("the key material is no PKCS#12 container")
    return container, _password(attributes, ctx), attributes.one(Tag.PKCS_12_FRIENDLY_NAME)


def _content(structure: PrivateKey, attributes: AttributeMap, ctx: Context) -> ContainerContent:
    """What is in a container: as it was opened before, or else at once, within limits."""
    container, password, name = _closed(structure, attributes, ctx)
    before = ctx.prepared.opened
    if (
        before is None
        or (before.container, before.friendly_name) != (container, name)
        or not hmac.compare_digest(before.password, password)
    ):
        return ctx.ciphers.read_container(container, password, name, at_once=True)
    if isinstance(before.content, KmipError):
        raise before.content
    return before.content


def unpack(structure: PrivateKey, attributes: AttributeMap, ctx: Context) -> PrivateKey:
    """Open a container that is registered; let its certificates in, link them, and give the key alone."""
    content = _content(structure, attributes, ctx)
    if Tag.PKCS_12_FRIENDLY_NAME not in attributes:
        # 1.4 §3.45: the name that the server finds "for the first Private Key in the Key Material", if any.
        attributes.put(Tag.PKCS_12_FRIENDLY_NAME, content.name)
    if not _linked(attributes, LinkType.PKCS_12_CERTIFICATE_LINK):  # imported, it may know where its certificates are
        following: str | None = None
        for der, name in reversed(content.certificates):
            following = _admit(der, name, following, ctx)
        if following is not None:
            attributes.add(Tag.LINK, _link(following))
    return PrivateKey(
        key_block=KeyBlock(key_format_type=KeyFormatType.PKCS_8, key_value=KeyValue(key_material=content.private))
    )


def _admit(der: bytes, name: str | None, issuer: str | None, ctx: Context) -> str:
    """Let a certificate of the container in, linked to its issuer's."""
    attributes = AttributeMap()
    attributes.put(Tag.PKCS_12_FRIENDLY_NAME, name)
    if issuer is not None:
        attributes.add(Tag.LINK, _link(issuer))
    structure = Certificate(certificate_type=CertificateType.X_509, certificate_value=der)
    describe(structure, attributes, ctx)
    return ctx.admit(ObjectType.CERTIFICATE, structure, attributes, trusted=True).unique_identifier


def _link(certificate: str) -> Link:
    return Link(link_type=LinkType.PKCS_12_CERTIFICATE_LINK, linked_object_identifier=certificate)


def pack(block: KeyBlock, found: ManagedObject, ctx: Context) -> None:
    """Put a key and its chain into a container, in place of the key."""
    if not isinstance(block.key_value, KeyValue):
        raise KmipError("a wrapped key has the format it was registered in", ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED)
    container = ctx.ciphers.write_container(
        block.key_value.key_material,
        block.key_format_type,
        block.cryptographic_algorithm,
        _chain_of(found, ctx),
        found.attributes.one(Tag.PKCS_12_FRIENDLY_NAME) or _USUAL_NAME,
        _password(found.attributes, ctx, writing=True),
    )
    block.key_format_type = KeyFormatType.PKCS_12
    block.cryptographic_algorithm = block.cryptographic_length = None  # the container tells them
    # 1.4's cases have the container as the Key Value itself, as a wrapped key is; 2.0's as Key Material.
    block.key_value = container if ctx.version < V2_0 else KeyValue(key_material=container)


def pack_certificate(certificate: Certificate, found: ManagedObject, ctx: Context) -> None:
    """Put a certificate and its chain into a container, in place of the certificate.

    2.1 §6.1.19: "The Unique Identifier shall be either that of a private key or certificate to be included in the
    response", under "the private key or certificate's PKCS#12 Password Link"; 1.4 §4.11 knows private keys only.
    """
    if ctx.version < V2_0 or certificate.certificate_type is not CertificateType.X_509:
        raise KmipError("the certificate has no such format", ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED)
    certificate.certificate_value = ctx.ciphers.write_container(
        None,
        None,
        None,
        [certificate.certificate_value, *_issuers_of(found, ctx)],
        found.attributes.one(Tag.PKCS_12_FRIENDLY_NAME) or _USUAL_NAME,
        _password(found.attributes, ctx, writing=True),
    )


def _password(attributes: AttributeMap, ctx: Context, *, writing: bool = False) -> bytes:
    """The password that the key's one PKCS#12 Password Link names; a container for a newcomer is under its own.

    2.1 §11.46, Bad Password: "missing or multiple PKCS#12 Password Links, or not Secret Data, or not Active"; the
    published cases (TC-PKCS12-2) want Wrong Key Lifecycle State for the last.
    """
    named = _linked(attributes, LinkType.PKCS_12_PASSWORD_LINK)
    if not named and writing and ctx.subject.registration:
        # 2.1 §11.10: what a newcomer fetches "is protected with HEX(SHA256(Username || Password))".
        return ctx.subject.registration
    if len(named) != 1:
        raise InvalidField("the key needs one PKCS#12 Password Link", ResultReason.BAD_PASSWORD)
    # Whoever uses the password could as well have it: what Get asks of it is asked here.
    found = ctx.load(named[0], operation=Operation.GET)
    structure = ctx.reveal(found) if found.object_type is ObjectType.SECRET_DATA else None
    if not isinstance(structure, SecretData) or structure.secret_data_type is not SecretDataType.PASSWORD:
        raise InvalidField("the PKCS#12 Password Link names no password", ResultReason.BAD_PASSWORD)
    if ctx.state_of(found) is not State.ACTIVE:
        raise IllegalOperation("the password is not Active", ResultReason.WRONG_KEY_LIFECYCLE_STATE)
    material = ctx.material(found).value
    if not isinstance(material, bytes):
        raise InvalidField("the PKCS#12 Password Link names no password", ResultReason.BAD_PASSWORD)
    return material


def _chain_of(key: ManagedObject, ctx: Context) -> list[bytes]:
    """The certificates of a key: from its own links, or its public key's, and on from one to the next."""
    start = _linked(key.attributes, LinkType.PKCS_12_CERTIFICATE_LINK)
    if not start:
        for public in _linked(key.attributes, LinkType.PUBLIC_KEY_LINK):
            found = ctx.load(public, operation=Operation.GET)
            start = _onward(found.attributes)
    return _followed(start, set(), ctx)


def _issuers_of(certificate: ManagedObject, ctx: Context) -> list[bytes]:
    """What comes after a certificate in its chain."""
    return _followed(_onward(certificate.attributes), {certificate.unique_identifier}, ctx)


def _followed(start: list[str], seen: set[str], ctx: Context) -> list[bytes]:
    """The certificates from one link to the next; ``seen`` are those that are there already."""
    chain: list[bytes] = []
    while start:
        if len(start) > 1:
            # 2.1 §6.1.19: "It is an error if there is more than one valid certificate chain."
            raise InvalidField("there is more than one certificate chain")
        if start[0] in seen or len(chain) >= _LONGEST_CHAIN:
            break  # a root that links to itself, as clients register it
        seen.add(start[0])
        found = ctx.load(start[0], operation=Operation.GET)
        structure = ctx.reveal(found)
        if not isinstance(structure, Certificate):
            raise KmipError("a certificate link names no certificate", ResultReason.INVALID_OBJECT_TYPE)
        chain.append(structure.certificate_value)
        start = _onward(found.attributes)
    return chain


def _onward(attributes: AttributeMap) -> list[str]:
    """Where the chain goes on: by the links made for containers, else by the ordinary ones."""
    return next((found for link_type in _ONWARD if (found := _linked(attributes, link_type))), [])


def _linked(attributes: AttributeMap, link_type: LinkType) -> list[str]:
    return [str(link.linked_object_identifier) for link in attributes.all(Tag.LINK) if link.link_type is link_type]
