"""The recipes of all other operations; see ``error_recipes``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kmip_server.operations.cancel import CancelRequest
from kmip_server.operations.logout import LogoutRequest
from kmip_server.operations.pkcs_11 import Pkcs11Request
from kmip_server.operations.poll import PollRequest
from kmip_server.operations.process import ProcessRequest
from kmip_server.spec.attribute_values import AttributeItem, VendorName
from kmip_server.spec.cryptoki import NUMBERS
from kmip_server.spec.enums import (
    AdjustmentType,
    ObjectType,
    Operation,
    QueryFunction,
    RecommendedCurve,
    SplitKeyMethod,
    TicketType,
    UsageLimitsUnit,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.structures.credentials import Ticket
from kmip_server.spec.structures.parameters import (
    CryptographicDomainParameters,
)
from kmip_server.spec.structures.query import (
    Constraint,
    Constraints,
    DefaultsInformation,
    ObjectDefaults,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0, V2_1
from tests.flows import error_scenes as scenes
from tests.flows import error_works, objects
from tests.flows.client import Client, attributes, enumeration, name, raw, struct, text
from tests.flows.error_recipes import (
    HARDWARE,
    MANY,
    TWICE,
    USES,
    Recipe,
    add,
    destroyed,
    failing,
    item,
    on,
    wrong_type,
)
from tests.flows.error_scenes import archived, key, pre_active
from tests.flows.requests import (
    AddAttribute,
    AdjustAttribute,
    Check,
    DeleteAttribute,
    GetAttributes,
    GetUsageAllocation,
    Hash,
    Locate,
    ModifyAttribute,
    Query,
    SetAttribute,
    SetConstraints,
    SetDefaults,
    revoke,
)

Op = Operation
M = CryptographicUsageMask


def deactivated(client: Client) -> str:
    uid = key(client)
    client.speaking(V2_1).do(revoke(uid))
    return uid


def _unknown_attribute(client: Client) -> Any:
    """One that no version has."""
    if client.version >= V2_0:
        return Locate(attributes=attributes((VendorName("", "none"), None)))
    found = struct(Tag.ATTRIBUTE, text(Tag.ATTRIBUTE_NAME, "None Such"), text(Tag.ATTRIBUTE_VALUE, "x"))
    return raw(Op.LOCATE, found)


add(Op.LOCATE, {"invalid attribute": _unknown_attribute})
add(Op.CHECK, {
    "illegal object type": lambda client: Check(unique_identifier=scenes.template(client)),
    "incompatible cryptographic usage mask": lambda client: Check(
        unique_identifier=key(client, mask=int(M.ENCRYPT)), cryptographic_usage_mask=int(M.DECRYPT)
    ),
    "usage limit exceeded": lambda client: Check(unique_identifier=scenes.limited(client, 5), usage_limits_count=6),
})  # fmt: skip
add(Op.GET_ATTRIBUTES, {
    "invalid attribute": lambda client: GetAttributes(
        unique_identifier=key(client), attribute_reference=[VendorName("", "none")]
    ),
})  # fmt: skip
add(Op.ADD_ATTRIBUTE, {
    "attribute single valued": lambda client: AddAttribute(
        unique_identifier=key(client, TWICE[0]), new_attribute=item(*TWICE[1])
    ),
    "non unique name attribute": lambda client: AddAttribute(
        unique_identifier=key(client, (Tag.NAME, name("n"))), new_attribute=item(Tag.NAME, name("n"))
    ),
    "server limit exceeded": lambda client: AddAttribute(
        unique_identifier=key(client, *MANY[:1000]), new_attribute=item(*MANY[1000])
    ),
    "wrong key lifecycle state": lambda client: AddAttribute(
        unique_identifier=deactivated(client), new_attribute=item(Tag.PROTECT_STOP_DATE, 1)
    ),
    "read only attribute": lambda client: AddAttribute(
        unique_identifier=key(client), new_attribute=item(Tag.INITIAL_DATE, 1)
    ),
    "invalid attribute": lambda client: AddAttribute(
        unique_identifier=scenes.opaque(client),
        new_attribute=item(
            Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, CryptographicDomainParameters(recommended_curve=RecommendedCurve.P_256)
        ),
    ),
})  # fmt: skip
add(Op.MODIFY_ATTRIBUTE, {
    "attribute not found": lambda client: ModifyAttribute(
        unique_identifier=key(client), new_attribute=item(Tag.CONTACT_INFORMATION, "x")
    ),
    # By index in 1.x, by value since.
    "attribute instance not found": lambda client: ModifyAttribute(
        unique_identifier=key(client, (Tag.OBJECT_GROUP, "one")),
        current_attribute=item(Tag.OBJECT_GROUP, "other"),
        new_attribute=AttributeItem(Tag.OBJECT_GROUP, "third", 5),
    ),
    "attribute read only": lambda client: ModifyAttribute(
        unique_identifier=key(client), new_attribute=item(Tag.INITIAL_DATE, 1)
    ),
    "non unique name attribute": lambda client: ModifyAttribute(
        unique_identifier=key(client, (Tag.NAME, name("a")), (Tag.NAME, name("b"))),
        current_attribute=item(Tag.NAME, name("a")),
        new_attribute=item(Tag.NAME, name("b")),
    ),
    "wrong key lifecycle state": lambda client: ModifyAttribute(
        unique_identifier=key(client), new_attribute=item(Tag.ACTIVATION_DATE, 1)
    ),
})  # fmt: skip
add(Op.DELETE_ATTRIBUTE, {
    "attribute not found": lambda client: DeleteAttribute(
        unique_identifier=key(client), attribute_reference=Tag.CONTACT_INFORMATION
    ),
    "attribute instance not found": lambda client: DeleteAttribute(
        unique_identifier=key(client, (Tag.OBJECT_GROUP, "one")),
        current_attribute=item(Tag.OBJECT_GROUP, "other"),
        attribute_reference=Tag.OBJECT_GROUP if client.version < V2_0 else None,
        attribute_index=5,
    ),
    "attribute read only": lambda client: DeleteAttribute(
        unique_identifier=key(client), attribute_reference=Tag.STATE
    ),
    "invalid attribute": lambda client: DeleteAttribute(
        unique_identifier=key(client), attribute_reference=VendorName("", "none")
    ),
    "wrong key lifecycle state": lambda client: DeleteAttribute(
        unique_identifier=key(client), attribute_reference=Tag.ACTIVATION_DATE
    ),
})  # fmt: skip
add(Op.SET_ATTRIBUTE, {
    "invalid attribute value": lambda client: SetAttribute(
        unique_identifier=key(client), new_attribute=item(VendorName("x", "note"), None)
    ),
    "multi valued attribute": lambda client: SetAttribute(
        unique_identifier=key(client, (Tag.NAME, name("a")), (Tag.NAME, name("b"))),
        new_attribute=item(Tag.NAME, name("c")),
    ),
    "read only attribute": lambda client: SetAttribute(
        unique_identifier=key(client), new_attribute=item(Tag.INITIAL_DATE, 1)
    ),
    "wrong key lifecycle state": lambda client: SetAttribute(
        unique_identifier=key(client), new_attribute=item(Tag.ACTIVATION_DATE, 1)
    ),
})  # fmt: skip


def _adjusting(make: Callable[[Client], str], tag: Any, by: tuple[ItemType, int] | None = None) -> Recipe:
    return lambda client: AdjustAttribute(
        unique_identifier=make(client),
        attribute_reference=tag,
        adjustment_type=AdjustmentType.INCREMENT,
        adjustment_value=by,
    )


add(Op.ADJUST_ATTRIBUTE, {
    "invalid data type": _adjusting(
        lambda client: key(client, (Tag.CONTACT_INFORMATION, "x")), Tag.CONTACT_INFORMATION
    ),
    "multi valued attribute": _adjusting(
        lambda client: key(client, (Tag.OBJECT_GROUP, "a"), (Tag.OBJECT_GROUP, "b")), Tag.OBJECT_GROUP
    ),
    "numeric range": _adjusting(key, Tag.PROTECTION_PERIOD, (ItemType.INTEGER, -5)),
    "read only attribute": _adjusting(key, Tag.CRYPTOGRAPHIC_LENGTH),
    "unsupported attribute": lambda client: raw(
        Op.ADJUST_ATTRIBUTE,
        text(Tag.UNIQUE_IDENTIFIER, key(client)),
        enumeration(Tag.ATTRIBUTE_REFERENCE, Tag.OPERATION_POLICY_NAME),
        enumeration(Tag.ADJUSTMENT_TYPE, AdjustmentType.INCREMENT),
    ),
    "wrong key lifecycle state": _adjusting(key, Tag.ACTIVATION_DATE),
})  # fmt: skip
_LIMITED: dict[Operation, Callable[..., str]] = {Op.SIGN: scenes.private, Op.MAC: scenes.hmac}


def _limited(code: Operation) -> Recipe:
    """A key of which something is left, and less than there are data."""

    def build(client: Client) -> Any:
        request, fields = USES[code]
        limits = UsageLimits(usage_limits_total=1, usage_limits_unit=UsageLimitsUnit.BYTE)
        uid = _LIMITED[code](client, (Tag.USAGE_LIMITS, limits), scenes.ACTIVE)
        return request(unique_identifier=uid, **{**fields, "data": bytes(16)})

    return build


for _code in _LIMITED:
    add(_code, {"usage limit exceeded": _limited(_code)})
add(Op.OBTAIN_LEASE, {"usage limit exceeded": lambda client: on(Op.OBTAIN_LEASE, scenes.limited(client, 0))})
add(Op.GET_USAGE_ALLOCATION, {
    "attribute not found": lambda client: GetUsageAllocation(unique_identifier=key(client), usage_limits_count=1),
    "usage limit exceeded": lambda client: GetUsageAllocation(
        unique_identifier=scenes.limited(client, 5), usage_limits_count=6
    ),
})  # fmt: skip
add(Op.ACTIVATE, {
    "wrong key lifecycle state": lambda client: on(Op.ACTIVATE, key(client)),
    "invalid object type": wrong_type(Op.ACTIVATE, scenes.template),
})  # fmt: skip
add(Op.REVOKE, {
    "wrong key lifecycle state": lambda client: revoke(pre_active(client)),
    "invalid object type": wrong_type(Op.REVOKE, scenes.template),
})  # fmt: skip
add(Op.DESTROY, {
    "object destroyed": lambda client: on(Op.DESTROY, destroyed(client)),
    "wrong key lifecycle state": lambda client: on(Op.DESTROY, key(client)),
})  # fmt: skip
add(Op.VALIDATE, {"invalid object type": wrong_type(Op.VALIDATE, key)})
add(Op.CREATE_SPLIT_KEY, {
    "bad cryptographic parameters": lambda client: scenes.split(
        key(client),
        split_key_method=SplitKeyMethod.POLYNOMIAL_SHARING_PRIME_FIELD,
        prime_field_size=4,
    ),
    "unsupported cryptographic parameters": lambda client: scenes.split(
        key(client), split_key_method=SplitKeyMethod(0x80000001)
    ),
    "invalid object type": lambda client: scenes.split(key(client), object_type=ObjectType.SYMMETRIC_KEY),
    "protection storage unavailable": lambda client: scenes.split(key(client), protection_storage_masks=HARDWARE),
})  # fmt: skip
add(Op.JOIN_SPLIT_KEY, {
    "invalid object type": lambda client: error_works.join([key(client), key(client)]),
    "object not found": lambda client: error_works.join(["none", "none"]),
    "bad cryptographic parameters": lambda client: error_works.join(
        [part_of(client, SplitKeyMethod.POLYNOMIAL_SHARING_PRIME_FIELD, number) for number in (1, 2)]
    ),
    "unsupported cryptographic parameters": lambda client: error_works.join(
        [part_of(client, SplitKeyMethod(0x80000001), number) for number in (1, 2)]
    ),
    "object archived": lambda client: error_works.join([archived(scenes.part)(client), "none"]),
    "protection storage unavailable": lambda client: error_works.join(
        scenes.parts(client)[:2], protection_storage_masks=HARDWARE
    ),
})  # fmt: skip


def part_of(client: Client, method: SplitKeyMethod, number: int) -> str:
    """A part that another server made, as it says."""
    of_prime = method is SplitKeyMethod.POLYNOMIAL_SHARING_PRIME_FIELD
    what = replace(
        objects.split_key(),
        split_key_method=method,
        split_key_parts=2,
        key_part_identifier=number,
        prime_field_size=4 if of_prime else None,
    )
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, scenes.EVERY_MASK), scenes.ACTIVE)
    return client.speaking(V2_1).register(what, ObjectType.SPLIT_KEY, given)


add(Op.LOGOUT, {
    "invalid ticket": lambda client: LogoutRequest(ticket=Ticket(ticket_type=TicketType.LOGIN, ticket_value=b"none")),
})  # fmt: skip
add(Op.QUERY, {
    "unknown object group": lambda client: Query(
        query_function=[QueryFunction.QUERY_DEFAULTS_INFORMATION], object_groups=groups_of("none")
    ),
})  # fmt: skip
add(Op.HASH, {
    "cryptographic failure": failing(Op.HASH),
    "invalid correlation value": lambda client: Hash(
        cryptographic_parameters=scenes.HASHED, data=b"x", correlation_value=b"none"
    ),
})  # fmt: skip
_UNKNOWN = "invalid asynchronous correlation value"
add(Op.POLL, {_UNKNOWN: lambda client: PollRequest(asynchronous_correlation_value=b"none")})
add(Op.CANCEL, {_UNKNOWN: lambda client: CancelRequest(asynchronous_correlation_value=b"none")})
add(Op.PROCESS, {_UNKNOWN: lambda client: ProcessRequest(asynchronous_correlation_value=b"none")})


def _cryptoki(number: int, parameters: bytes | None = None, interface: str | None = None) -> Recipe:
    return lambda client: Pkcs11Request(
        pkcs_11_interface=interface,
        pkcs_11_function=(int(ItemType.ENUMERATION), number),
        pkcs_11_input_parameters=parameters,
    )


add(Op.PKCS_11, {
    "pkcs#11 codec error": _cryptoki(NUMBERS["C_Initialize"], b"\x01\xff\xff"),
    "invalid asynchronous correlation value": lambda client: Pkcs11Request(
        pkcs_11_function=(int(ItemType.ENUMERATION), 4), correlation_value=b"none"
    ),
    "pkcs#11 invalid function": _cryptoki(0x80000001),
    "pkcs#11 invalid interface": _cryptoki(3, None, "none"),
})  # fmt: skip
add(Op.SET_DEFAULTS, {
    "invalid object type": lambda client: SetDefaults(
        defaults_information=DefaultsInformation(
            object_defaults=[
                ObjectDefaults(object_type=ObjectType(0x80000001), attributes=attributes((Tag.COMMENT, "x")))
            ]
        )
    ),
})  # fmt: skip
add(Op.SET_CONSTRAINTS, {
    "invalid object type": lambda client: SetConstraints(
        constraints=Constraints(constraint=[Constraint(object_types=types_of(ObjectType(0x80000001)))])
    ),
})  # fmt: skip


for _code in (Op.RE_KEY, Op.RE_KEY_KEY_PAIR, Op.RNG_RETRIEVE, Op.RNG_SEED, Op.CREATE_SPLIT_KEY):
    add(_code, {"cryptographic failure": failing(_code)})
add(Op.RE_KEY_KEY_PAIR, {"invalid object type": wrong_type(Op.RE_KEY_KEY_PAIR, key)})
add(Op.RE_PROVISION, {"cryptographic failure": failing(Op.RE_PROVISION)})


def types_of(*types: ObjectType) -> Any:
    from kmip_server.spec.structures.query import ObjectTypes

    return ObjectTypes(object_type=list(types))


def groups_of(*names: str) -> Any:
    from kmip_server.spec.structures.query import ObjectGroups

    return ObjectGroups(object_group=list(names))
