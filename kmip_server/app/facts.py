"""What the server says of itself, and which operations it serves."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path

from kmip_server import __version__
from kmip_server.config import Config
from kmip_server.config.serving import Validation, profile_called
from kmip_server.operations import load_all
from kmip_server.ports import CERTIFYING, PROVISIONING, DeclaredProfile, Facts, PendingLimits, StreamLimits
from kmip_server.spec.enums import (
    AttestationType,
    ClientRegistrationMethod,
    Operation,
    ValidationAuthorityType,
    ValidationType,
)
from kmip_server.spec.structures.query import ValidationInformation

SENT = frozenset({Operation.NOTIFY, Operation.PUT})
"""What the server asks of its subscribers."""


def facts_of(config: Config) -> Facts:
    """What the server says of itself."""
    return Facts(
        vendor_identification=config.server.vendor_identification,
        server_name="kmip-server",
        server_version=__version__,
        versions=tuple(sorted(config.server.served_versions, reverse=True)),
        operations=served(config),
        sends=SENT if config.subscribers.receivers else frozenset(),
        maximum_locate_items=config.limits.max_locate_items,
        lease_time=config.server.lease_seconds,
        maximum_ticket_time=config.limits.ticket_seconds,
        maximum_derivation_rounds=config.limits.max_derivation_rounds,
        default_policy=config.policy.default_policy,
        conceals=config.policy.conceal,
        https_port=config.server.https_port,
        profiles=tuple(
            DeclaredProfile(profile_called(each.name), each.uri, each.port) for each in config.server.profiles
        ),
        validations=tuple(map(declared_validation, config.server.validations)),
        stream_limits=StreamLimits(
            config.limits.stream_seconds, config.limits.max_streams_per_client, config.limits.max_stream_bytes
        ),
        build_level=f"Python {platform.python_version()}, cryptography {package_version('cryptography')}",
        build_date=_build_date(),
        serial_number=config.server.serial_number,
        cluster_info=config.server.cluster_info,
        failover_endpoints=config.server.failover_endpoints,
        load=lambda: f"{os.getloadavg()[0]:.2f}",
        pending_limits=PendingLimits(config.limits.asynchronous_seconds, config.limits.max_asynchronous_per_client),
        application_namespaces=config.server.application_namespaces,
        maximum_random_bytes=config.limits.max_random,
        maximum_seed_bytes=config.limits.max_seed,
        client_registration_methods=registration_methods(config),
        attestation_types=(AttestationType.TPM_QUOTE,) if config.attestation.keys else (),
    )


def declared_validation(declared: Validation) -> ValidationInformation:
    """As Query tells a validation that the operator declares."""
    return ValidationInformation(
        validation_authority_type=ValidationAuthorityType[declared.authority.upper()],
        validation_authority_country=declared.authority_country,
        validation_authority_uri=declared.authority_uri,
        validation_version_major=declared.version_major,
        validation_version_minor=declared.version_minor,
        validation_type=ValidationType[declared.type.upper()],
        validation_level=declared.level,
        validation_certificate_identifier=declared.certificate_identifier,
        validation_certificate_uri=declared.certificate_uri,
        validation_vendor_uri=declared.vendor_uri,
        validation_profile=list(declared.profiles),
    )


def registration_methods(config: Config) -> tuple[ClientRegistrationMethod, ...]:
    """How clients come to their certificates: those that the operator names, or what this server can do.

    2.1 §11.10: Re-Provision without parameters is Server On-Demand, with a request Client Generated, with a certificate
    Client Registered; what "kmip-server issue-client" makes is Server Pre-Generated.
    """
    named = config.provisioning.registration_methods
    if named:
        return tuple(ClientRegistrationMethod[name.upper()] for name in named)
    if not config.provisioning.issuer_key:
        return (ClientRegistrationMethod.SERVER_PRE_GENERATED,)
    return tuple(each for each in ClientRegistrationMethod if each is not ClientRegistrationMethod.UNSPECIFIED)


def served(config: Config) -> frozenset[Operation]:
    """The operations that are served: Interop only where it is asked for, Certify and
    Re-Provision only where there is an issuer."""
    unwanted = set() if config.server.interop else {Operation.INTEROP}
    if not config.certificates.issuer_key:
        unwanted |= CERTIFYING
    if not config.provisioning.issuer_key:
        unwanted |= PROVISIONING
    return frozenset(load_all()) - unwanted


def _build_date() -> str:
    """The day of the newest file of the package."""
    newest = max(file.stat().st_mtime for file in Path(__file__).parents[1].rglob("*.py"))
    return datetime.fromtimestamp(newest, UTC).date().isoformat()
