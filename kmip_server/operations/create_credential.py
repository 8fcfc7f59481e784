"""Create Credential (3.0, from the test cases BL-M-15-30 to BL-M-19-30): what a user will prove who it is with.

A credential becomes an object whose value never comes out again; a certificate one like any other certificate. The
test cases show passwords and certificates. Of the other types the registries have the tags, under which they are taken
(``spec/structures/credential_objects.py``).
"""

from __future__ import annotations

from kmip_server.errors import FeatureNotSupported, InvalidField
from kmip_server.operations.creating import asked_attributes
from kmip_server.operations.credentialing import require_sound
from kmip_server.operations.describing import describe
from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import CredentialType, ObjectType, Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.structures.credential_objects import (
    CredentialObject,
    DeviceCredential,
    HashedPasswordCredential,
    OtpCredential,
    PasswordCredential,
)
from kmip_server.spec.structures.keys import Certificate
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V3_0


@payload
class CreateCredentialRequest:
    """Of which type, and the credential under the tag of its own."""

    credential_type: CredentialType = field(Tag.CREDENTIAL_TYPE, CredentialType)
    attributes: Attributes | None = field(Tag.ATTRIBUTES, Special.ATTRIBUTES, default=None)
    password_credential: PasswordCredential | None = field(
        Tag.PASSWORD_CREDENTIAL, PasswordCredential, since=V3_0, default=None
    )
    certificate: Certificate | None = field(Tag.CERTIFICATE, Certificate, default=None)
    device_credential: DeviceCredential | None = field(
        Tag.DEVICE_CREDENTIAL, DeviceCredential, since=V3_0, default=None
    )
    otp_credential: OtpCredential | None = field(Tag.OTP_CREDENTIAL, OtpCredential, since=V3_0, default=None)
    hashed_password_credential: HashedPasswordCredential | None = field(
        Tag.HASHED_PASSWORD_CREDENTIAL, HashedPasswordCredential, since=V3_0, default=None
    )


@payload
class CreateCredentialResponse:
    """The credential."""

    unique_identifier: str = field(Tag.UNIQUE_IDENTIFIER, Special.UNIQUE_IDENTIFIER)


@operation(Operation.CREATE_CREDENTIAL, CreateCredentialRequest, CreateCredentialResponse)
def handle(request: CreateCredentialRequest, ctx: Context) -> CreateCredentialResponse:
    """Keep it."""
    object_type, structure = _credential(request)
    require_sound(structure, ctx.ciphers)
    attributes = asked_attributes(request.attributes, object_type, ctx)
    if isinstance(structure, Certificate):
        describe(structure, attributes, ctx)
    made = ctx.admit(object_type, structure, attributes, trusted=True)
    return CreateCredentialResponse(unique_identifier=made.unique_identifier)


def _credential(request: CreateCredentialRequest) -> tuple[ObjectType, CredentialObject | Certificate]:
    """The one credential of the request, which must be of the type that it says."""
    given: dict[CredentialType, tuple[ObjectType, CredentialObject | Certificate | None]] = {
        CredentialType.PASSWORD: (ObjectType.PASSWORD_CREDENTIAL, request.password_credential),
        CredentialType.CERTIFICATE: (ObjectType.CERTIFICATE, request.certificate),
        CredentialType.DEVICE: (ObjectType.DEVICE_CREDENTIAL, request.device_credential),
        CredentialType.ONE_TIME_PASSWORD: (ObjectType.ONE_TIME_PASSWORD_CREDENTIAL, request.otp_credential),
        CredentialType.HASHED_PASSWORD: (ObjectType.HASHED_PASSWORD_CREDENTIAL, request.hashed_password_credential),
    }
    chosen = given.pop(request.credential_type, None)
    if chosen is None:
        raise FeatureNotSupported(f"credentials of type {request.credential_type.title} cannot be created")
    object_type, structure = chosen
    if structure is None or any(other is not None for _, other in given.values()):
        raise InvalidField("the credential is missing, or of another type")
    return object_type, structure
