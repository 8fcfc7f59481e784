"""Requests that succeed, for the operations that are not on one object; and one for each operation at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmip_server.operations.cancel import CancelRequest
from kmip_server.operations.delegated_login import DelegatedLoginRequest
from kmip_server.operations.login import LoginRequest
from kmip_server.operations.logout import LogoutRequest
from kmip_server.operations.pkcs_11 import Pkcs11Request
from kmip_server.operations.poll import PollRequest
from kmip_server.operations.process import ProcessRequest
from kmip_server.operations.query_asynchronous_requests import QueryAsynchronousRequestsRequest
from kmip_server.operations.re_provision import ReProvisionRequest
from kmip_server.spec.enums import (
    AsynchronousIndicator,
    EndpointRole,
    InteropFunction,
    ObjectType,
    Operation,
    QueryFunction,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.credentials import Operations, Right, Rights
from kmip_server.spec.structures.query import Constraints
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_1
from tests.flows import objects
from tests.flows.client import Client, aes, attributes
from tests.flows.error_scenes import EVERY_MASK, HASHED, ON_ONE, new_pair, parts
from tests.flows.requests import (
    Create,
    DiscoverVersions,
    GetConstraints,
    Hash,
    Import,
    Interop,
    JoinSplitKey,
    Locate,
    Log,
    Query,
    Register,
    RngRetrieve,
    RngSeed,
    SetConstraints,
    SetDefaults,
    SetEndpointRole,
)

Op = Operation
M = CryptographicUsageMask


def register(*more: tuple[Any, Any], **changed: Any) -> Register:
    """Register an AES key."""
    given: dict[str, Any] = {"object_type": ObjectType.SYMMETRIC_KEY, "object": objects.symmetric()}
    wanted = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, EVERY_MASK), *more)
    return Register(**{"attributes": wanted, **given, **changed})


def import_key(uid: str = "imported", *more: tuple[Any, Any], **changed: Any) -> Import:
    """Import one."""
    given: dict[str, Any] = {"object_type": ObjectType.SYMMETRIC_KEY, "object": objects.symmetric()}
    wanted = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, EVERY_MASK), *more)
    return Import(unique_identifier=uid, **{"attributes": wanted, **given, **changed})


def join(uids: list[str], *more: tuple[Any, Any], **changed: Any) -> JoinSplitKey:
    """Join parts of a key."""
    return JoinSplitKey(
        **{
            "object_type": ObjectType.SYMMETRIC_KEY,
            "unique_identifier": uids,
            "attributes": attributes(*more),
            **changed,
        }
    )


def pending(client: Client) -> bytes:
    """The Asynchronous Correlation Value of a request that waits."""
    mandatory = (int(ItemType.ENUMERATION), int(AsynchronousIndicator.MANDATORY))
    answer = client.speaking(V2_1).one(Locate(), asynchronous_indicator=mandatory)
    assert answer.value is not None
    return answer.value


WITHOUT_OBJECT: dict[Operation, Callable[[Client], Any]] = {
    Op.CREATE: lambda client: Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()),
    Op.CREATE_KEY_PAIR: lambda client: new_pair(),
    Op.REGISTER: lambda client: register(),
    Op.LOCATE: lambda client: Locate(),
    Op.QUERY: lambda client: Query(query_function=[QueryFunction.QUERY_OPERATIONS]),
    Op.DISCOVER_VERSIONS: lambda client: DiscoverVersions(protocol_version=[]),
    Op.POLL: lambda client: PollRequest(asynchronous_correlation_value=pending(client)),
    Op.CANCEL: lambda client: CancelRequest(asynchronous_correlation_value=pending(client)),
    Op.PROCESS: lambda client: ProcessRequest(asynchronous_correlation_value=pending(client)),
    Op.QUERY_ASYNCHRONOUS_REQUESTS: lambda client: QueryAsynchronousRequestsRequest(),
    Op.RNG_RETRIEVE: lambda client: RngRetrieve(data_length=8),
    Op.RNG_SEED: lambda client: RngSeed(data=b"seed"),
    Op.HASH: lambda client: Hash(cryptographic_parameters=HASHED, data=b"x"),
    Op.JOIN_SPLIT_KEY: lambda client: join(parts(client)[:2]),
    Op.IMPORT: lambda client: import_key(),
    Op.LOG: lambda client: Log(log_message="hello"),
    Op.LOGIN: lambda client: LoginRequest(),
    Op.LOGOUT: lambda client: LogoutRequest(ticket=client.speaking(V2_1).do(LoginRequest()).ticket),
    Op.DELEGATED_LOGIN: lambda client: DelegatedLoginRequest(
        rights=Rights(right=[Right(operations=Operations(operation=[Operation.QUERY]))])
    ),
    Op.SET_ENDPOINT_ROLE: lambda client: SetEndpointRole(endpoint_role=EndpointRole.SERVER),
    Op.PKCS_11: lambda client: Pkcs11Request(pkcs_11_function=(int(ItemType.ENUMERATION), 3)),
    Op.INTEROP: lambda client: Interop(interop_function=InteropFunction.BEGIN, interop_identifier="test"),
    Op.SET_DEFAULTS: lambda client: SetDefaults(),
    Op.SET_CONSTRAINTS: lambda client: SetConstraints(constraints=Constraints(constraint=[])),
    Op.GET_CONSTRAINTS: lambda client: GetConstraints(),
    Op.RE_PROVISION: lambda client: ReProvisionRequest(),
}
"""The other operations: a request that succeeds."""


def works(code: Operation, client: Client) -> Any:
    """A request of the operation that succeeds."""
    if code in WITHOUT_OBJECT:
        return WITHOUT_OBJECT[code](client)
    make, ask = ON_ONE[code]
    return ask(make(client))
