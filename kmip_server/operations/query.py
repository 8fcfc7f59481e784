"""Query (KMIP 2.1 §6.1.40, 1.4 §4.25): what the server is and can do, answered from the tables."""

from __future__ import annotations

from kmip_server.domain.lifecycle import PERSONS
from kmip_server.operations.defaulting import defaults_told, require_groups
from kmip_server.operations.registry import TABLE, operation
from kmip_server.ports import Context
from kmip_server.spec.enums import (
    AttestationType,
    ClientRegistrationMethod,
    DestroyAction,
    ObjectType,
    Operation,
    QueryFunction,
    RngAlgorithm,
    RngMode,
    ShreddingAlgorithm,
    UnwrapMode,
)
from kmip_server.spec.masks import ProtectionStorageMask
from kmip_server.spec.profiles import PROFILES
from kmip_server.spec.schema import field, fields_of, payload
from kmip_server.spec.structures.keys import OBJECT_STRUCTURES
from kmip_server.spec.structures.parameters import RngParameters
from kmip_server.spec.structures.query import (
    CapabilityInformation,
    DefaultsInformation,
    ExtensionInformation,
    ObjectGroups,
    ProfileInformation,
    ProfileVersion,
    ProtectionStorageMasks,
    ServerInformation,
    ValidationInformation,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_1, V1_2, V1_3, V2_0, V2_1


@payload
class QueryRequest:
    """Which questions."""

    query_function: list[QueryFunction] = field(Tag.QUERY_FUNCTION, QueryFunction, default_factory=list)
    object_groups: ObjectGroups | None = field(Tag.OBJECT_GROUPS, ObjectGroups, since=V2_1, default=None)


@payload
class QueryResponse:
    """The answers, in the standard's order."""

    operation: list[Operation] = field(Tag.OPERATION, Operation, default_factory=list)
    object_type: list[ObjectType] = field(Tag.OBJECT_TYPE, ObjectType, default_factory=list)
    vendor_identification: str | None = field(Tag.VENDOR_IDENTIFICATION, ItemType.TEXT_STRING, default=None)
    server_information: ServerInformation | None = field(Tag.SERVER_INFORMATION, ServerInformation, default=None)
    application_namespace: list[str] = field(Tag.APPLICATION_NAMESPACE, ItemType.TEXT_STRING, default_factory=list)
    extension_information: list[ExtensionInformation] = field(
        Tag.EXTENSION_INFORMATION, ExtensionInformation, since=V1_1, default_factory=list
    )
    attestation_type: list[AttestationType] = field(
        Tag.ATTESTATION_TYPE, AttestationType, since=V1_2, default_factory=list
    )
    rng_parameters: list[RngParameters] = field(Tag.RNG_PARAMETERS, RngParameters, since=V1_3, default_factory=list)
    profile_information: list[ProfileInformation] = field(
        Tag.PROFILE_INFORMATION, ProfileInformation, since=V1_3, default_factory=list
    )
    validation_information: list[ValidationInformation] = field(
        Tag.VALIDATION_INFORMATION, ValidationInformation, since=V1_3, default_factory=list
    )
    capability_information: list[CapabilityInformation] = field(
        Tag.CAPABILITY_INFORMATION, CapabilityInformation, since=V1_3, default_factory=list
    )
    client_registration_method: list[ClientRegistrationMethod] = field(
        Tag.CLIENT_REGISTRATION_METHOD, ClientRegistrationMethod, since=V1_3, default_factory=list
    )
    defaults_information: DefaultsInformation | None = field(
        Tag.DEFAULTS_INFORMATION, DefaultsInformation, since=V2_0, default=None
    )
    protection_storage_masks: ProtectionStorageMasks | None = field(
        Tag.PROTECTION_STORAGE_MASKS, ProtectionStorageMasks, since=V2_0, default=None
    )


@operation(Operation.QUERY, QueryRequest, QueryResponse)
def handle(request: QueryRequest, ctx: Context) -> QueryResponse:
    """Answer each question; one that the server has nothing to say to gets no field (2.1 §6.1.40)."""
    response = QueryResponse()
    if request.object_groups is not None:
        require_groups(request.object_groups, ctx)
    for function in request.query_function:
        answer = _ANSWERS.get(function)
        if answer is not None:
            answer(response, ctx)
        elif function == QueryFunction.QUERY_DEFAULTS_INFORMATION:
            response.defaults_information = defaults_told(request.object_groups, ctx)
    return response


def _operations(response: QueryResponse, ctx: Context) -> None:
    # TC-DLOGIN-1: asked with a delegated ticket, Query lists what the ticket's rights name.
    permits = ctx.tickets.permits
    response.operation = sorted(
        code for code in ctx.facts.operations | ctx.facts.sends if code.in_version(ctx.version) and permits(code)
    )


_OBJECTS = PERSONS | OBJECT_STRUCTURES.keys()
"""Every type of object that is kept."""


def _objects(response: QueryResponse, ctx: Context) -> None:
    response.object_type = sorted(kind for kind in _OBJECTS if kind.in_version(ctx.version))


def _server_information(response: QueryResponse, ctx: Context) -> None:
    facts = ctx.facts
    response.vendor_identification = facts.vendor_identification
    response.server_information = ServerInformation(
        server_name=facts.server_name,
        server_serial_number=facts.serial_number,
        server_version=facts.server_version,
        server_load=None if facts.load is None else facts.load(),
        product_name=facts.vendor_identification,
        build_level=facts.build_level,
        build_date=facts.build_date,
        cluster_info=facts.cluster_info,
        alternate_failover_endpoints=list(facts.failover_endpoints),
    )


def _namespaces(response: QueryResponse, ctx: Context) -> None:
    response.application_namespace = list(ctx.facts.application_namespaces)


def _rngs(response: QueryResponse, ctx: Context) -> None:
    # The operating system's generator; which one that is, the server does not know for certain.
    response.rng_parameters = [RngParameters(rng_algorithm=RngAlgorithm.UNSPECIFIED)]


def _profiles(response: QueryResponse, ctx: Context) -> None:
    """What is declared, and what is claimed: of the versions that are served and that the client knows."""
    facts = ctx.facts
    declared = {each.name for each in facts.profiles}
    claimed = [
        ProfileInformation(profile_name=each.name, server_uri=each.uri, server_port=each.port)
        for each in facts.profiles
        if each.name.in_version(ctx.version)
    ]
    for version in reversed(ctx.facts.versions):
        for profile in PROFILES:
            if version not in profile.versions or version > ctx.version or (profile.web and facts.https_port is None):
                continue
            name = profile.name_in(version)
            of = ProfileVersion(profile_version_major=version.major, profile_version_minor=version.minor)
            if name.in_version(ctx.version) and name not in declared:
                claimed.append(ProfileInformation(profile_name=name, profile_version=of))
    response.profile_information = claimed


def _validations(response: QueryResponse, ctx: Context) -> None:
    response.validation_information = list(ctx.facts.validations)


def _capabilities(response: QueryResponse, ctx: Context) -> None:
    in_parts = "init_indicator" in {name for name, _ in fields_of(TABLE[Operation.ENCRYPT].request)}
    response.capability_information = [
        CapabilityInformation(
            streaming_capability=in_parts,
            asynchronous_capability=Operation.POLL in ctx.facts.operations,
            attestation_capability=bool(ctx.facts.attestation_types),
            batch_undo_capability=True,
            batch_continue_capability=True,
            # A key that was registered wrapped stays so. A tombstone keeps the attributes; not every database
            # overwrites what is deleted.
            unwrap_mode=UnwrapMode.NOT_PROCESSED,
            destroy_action=DestroyAction.KEY_MATERIAL_DELETED,
            shredding_algorithm=ShreddingAlgorithm.UNSUPPORTED,
            rng_mode=RngMode.UNSPECIFIED,
            quantum_safe_capability=True,
        )
    ]


def _client_registration_methods(response: QueryResponse, ctx: Context) -> None:
    response.client_registration_method = list(ctx.facts.client_registration_methods)


def _attestation_types(response: QueryResponse, ctx: Context) -> None:
    response.attestation_type = list(ctx.facts.attestation_types)


def _storage_masks(response: QueryResponse, ctx: Context) -> None:
    response.protection_storage_masks = ProtectionStorageMasks(
        protection_storage_mask=[int(ProtectionStorageMask.SOFTWARE)]
    )


def _nothing(response: QueryResponse, ctx: Context) -> None:
    """No extensions: an empty answer is the true one."""


_ANSWERS = {
    QueryFunction.QUERY_OPERATIONS: _operations,
    QueryFunction.QUERY_OBJECTS: _objects,
    QueryFunction.QUERY_SERVER_INFORMATION: _server_information,
    QueryFunction.QUERY_APPLICATION_NAMESPACES: _namespaces,
    QueryFunction.QUERY_EXTENSION_LIST: _nothing,
    QueryFunction.QUERY_EXTENSION_MAP: _nothing,
    QueryFunction.QUERY_ATTESTATION_TYPES: _attestation_types,
    QueryFunction.QUERY_RNGS: _rngs,
    QueryFunction.QUERY_VALIDATIONS: _validations,
    QueryFunction.QUERY_PROFILES: _profiles,
    QueryFunction.QUERY_CAPABILITIES: _capabilities,
    QueryFunction.QUERY_CLIENT_REGISTRATION_METHODS: _client_registration_methods,
    QueryFunction.QUERY_STORAGE_PROTECTION_MASKS: _storage_masks,
}
