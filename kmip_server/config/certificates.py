"""The sections on certificates that the server issues and judges: for whoever asks, and for its own clients."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from kmip_server.config.section import Place, Section


class Certificates(Section):
    """The certificate authority whose key is kept here, for Certify and Re-certify, and what Validate trusts.
    "kmip-server init-ca" makes or takes in an authority. While there is none, the two operations are not served."""

    issuer_key: str | None = Field(default=None, min_length=1, examples=["0192d5f0-7b1c-7000-8000-000000000001"])
    """The authority's private key, by its Unique Identifier, or by its Name where issuer_owner is set."""
    issuer_certificate: str | None = Field(
        default=None, min_length=1, examples=["0192d5f0-7b1c-7000-8000-000000000002"]
    )
    """The authority's certificate, named in the same way."""
    issuer_owner: str | None = Field(default=None, min_length=1, examples=["server:authority"])
    """Whose objects the two are; then they are named by Name."""
    certificate_days: int = Field(default=365, ge=1, le=36_500)
    """How many days a certificate is valid for which the client asks no Deactivation Date."""
    trust_anchors: tuple[Place, ...] = ()
    """Certificates (PEM) at which Validate lets a chain end, beside the authority's own."""
    revocation_lists: tuple[Place, ...] = ()
    """Lists of revoked certificates (PEM) that Validate heeds. SIGHUP reads both kinds of file again."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """An authority is a key and a certificate, or neither."""
        _require_both(self.issuer_key, self.issuer_certificate, self.issuer_owner)
        return self


RegistrationMethod = Literal[
    "server_pre_generated", "server_on_demand", "client_generated", "client_registered", "unspecified"
]


class Provisioning(Section):
    """The certificate authority, kept here, that makes the certificates by which clients come in, for Re-Provision:
    a client may have its own certificate replaced, under the same name. It must be trusted in tls.client_ca.
    "kmip-server init-ca --for-clients" takes one in. While there is none, the operation is not served."""

    issuer_key: str | None = Field(default=None, min_length=1, examples=["0192d5f0-7b1c-7000-8000-000000000003"])
    """The authority's private key, by its Unique Identifier, or by its Name where issuer_owner is set."""
    issuer_certificate: str | None = Field(
        default=None, min_length=1, examples=["0192d5f0-7b1c-7000-8000-000000000004"]
    )
    """The authority's certificate, named in the same way."""
    issuer_owner: str | None = Field(default=None, min_length=1, examples=["server:authority"])
    """Whose objects the two are; then they are named by Name."""
    certificate_days: int = Field(default=365, ge=1, le=36_500)
    """How many days a new client certificate is valid."""
    registration_methods: tuple[RegistrationMethod, ...] = ()
    """Client Registration Methods to tell clients of (Query): "server_pre_generated", "server_on_demand",
    "client_generated", "client_registered", "unspecified". None named: the first, with an authority the first four."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """An authority is a key and a certificate, or neither."""
        _require_both(self.issuer_key, self.issuer_certificate, self.issuer_owner)
        return self


def _require_both(key: str | None, certificate: str | None, owner: str | None) -> None:
    if (key is None) != (certificate is None):
        raise ValueError("issuer_key and issuer_certificate go together; one of them is missing")
    if owner is not None and key is None:
        raise ValueError("issuer_owner says whose issuer_key is, but there is none")
