"""What an operation policy is made of, and the two that the standard prints (KMIP 1.4 §3.18).

A policy has a *preset* and sections for *groups*; each says, for a type of object and an operation, who may.
The tables of 1.4 end where the standard stopped to print them (the attribute is deprecated since 1.3). What came
later is filled in by least privilege: under ``default`` the owner may do everything else, others only what the
tables open to all; under ``public`` nobody may do what the table does not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from kmip_server.spec.enums import ObjectType, Operation
from kmip_server.spec.operations import OPERATIONS, Direction, Verb


class Permission(Enum):
    """Who may; the names are those of PyKMIP's policy files."""

    ALLOW_ALL = "Allowed to all"
    ALLOW_OWNER = "Allowed to owner only"
    DISALLOW_ALL = "Disallowed to all"


Section = Mapping[ObjectType, Mapping[Operation, Permission]]
"""Who may do what with objects of which type."""


@dataclass(frozen=True, slots=True)
class OperationPolicy:
    """One named operation policy."""

    preset: Section = field(default_factory=dict)
    """For subjects without a group; where there are no sections for groups, for everybody."""
    groups: Mapping[str, Section] | None = None
    """By group; None: the policy does not speak of groups. An empty mapping lets no member of any group in."""


@dataclass(frozen=True, slots=True)
class ServerPolicy:
    """Who may do what needs no object: create, ask about the server.

    What it does not name stays allowed to every authenticated subject, but for what is administrative.
    """

    preset: Mapping[Operation, Permission] = field(default_factory=dict)
    groups: Mapping[str, Mapping[Operation, Permission]] | None = None


_O = Operation

_ALSO_WITHOUT_OBJECT = frozenset({_O.LOCATE, _O.RNG_RETRIEVE, _O.HASH, _O.PKCS_11})
_ALSO_ON_OBJECT = frozenset({_O.CERTIFY, _O.CREATE_SPLIT_KEY, _O.JOIN_SPLIT_KEY, _O.IMPORT, _O.PKCS_11})

_VERBS_WITHOUT_OBJECT = frozenset({Verb.CREATE, Verb.QUERY, Verb.CONTROL})

WITHOUT_OBJECT: frozenset[Operation] = (
    frozenset(
        code
        for code, row in OPERATIONS.items()
        if row.verb in _VERBS_WITHOUT_OBJECT and row.direction is not Direction.TO_CLIENT
    )
    | _ALSO_WITHOUT_OBJECT
)
"""Operations that may be asked for before any object is known (1.4 §3.18.1)."""

ADMINISTRATIVE: frozenset[Operation] = frozenset(
    {_O.SET_DEFAULTS, _O.SET_CONSTRAINTS, _O.CREATE_USER, _O.CREATE_GROUP, _O.CREATE_CREDENTIAL}
)
"""Of these, the ones that change what holds for others: nobody may, unless a policy file says who."""

ON_OBJECT: frozenset[Operation] = (
    frozenset(code for code, row in OPERATIONS.items() if row.verb not in _VERBS_WITHOUT_OBJECT)
    - frozenset({_O.RNG_RETRIEVE, _O.HASH})
) | _ALSO_ON_OBJECT
"""Operations that an operation policy decides; Import, because it may replace an object that is there."""

REFERENCING_TEMPLATE: frozenset[Operation] = frozenset(
    {
        _O.CREATE,
        _O.CREATE_KEY_PAIR,
        _O.REGISTER,
        _O.RE_KEY,
        _O.RE_KEY_KEY_PAIR,
        _O.DERIVE_KEY,
        _O.CERTIFY,
        _O.RE_CERTIFY,
    }
)
"""1.4 §3.18.2.3: "Any operation referencing the Template using a Template-Attribute"."""


def decided_for(object_type: ObjectType) -> frozenset[Operation]:
    """The operations that a policy decides for a type of object; a template can be referenced as well."""
    return ON_OBJECT | REFERENCING_TEMPLATE if object_type is ObjectType.TEMPLATE else ON_OBJECT


_OPEN = frozenset(
    {
        # 1.4 Table 93, "Allowed to all".
        _O.LOCATE,
        _O.CHECK,
        _O.GET,
        _O.GET_ATTRIBUTES,
        _O.GET_ATTRIBUTE_LIST,
        _O.OBTAIN_LEASE,
        # 1.4 §3.18.1: "allowed for any client at any time"; it tells nothing that Get does not. The same paragraph
        # opens Certify and Re-certify, which change what belongs to the owner: they stay with the owner.
        _O.VALIDATE,
    }
)
_OPEN_TYPES = frozenset({ObjectType.CERTIFICATE, ObjectType.PUBLIC_KEY})
"""1.4 §3.18.2.2. Every other type, the newer ones included, is treated as a secret (§3.18.2.1)."""

DEFAULT = OperationPolicy(
    preset={
        object_type: {
            operation: Permission.ALLOW_ALL
            if object_type in _OPEN_TYPES and operation in _OPEN
            else Permission.ALLOW_OWNER
            for operation in decided_for(object_type)
        }
        for object_type in ObjectType
    }
)
"""1.4 §3.18.2, Tables 92, 93 and 94."""

PUBLIC = OperationPolicy(
    preset={
        ObjectType.TEMPLATE: {
            _O.LOCATE: Permission.ALLOW_ALL,
            _O.GET: Permission.ALLOW_ALL,
            _O.GET_ATTRIBUTES: Permission.ALLOW_ALL,
            _O.GET_ATTRIBUTE_LIST: Permission.ALLOW_ALL,
            _O.ADD_ATTRIBUTE: Permission.DISALLOW_ALL,
            _O.MODIFY_ATTRIBUTE: Permission.DISALLOW_ALL,
            _O.DELETE_ATTRIBUTE: Permission.DISALLOW_ALL,
            _O.DESTROY: Permission.DISALLOW_ALL,
            **dict.fromkeys(REFERENCING_TEMPLATE, Permission.ALLOW_ALL),
        }
    }
)
"""1.4 §3.18.2.3, Table 95: it speaks of templates only, so any other object under it is closed to everybody.

The same paragraph has a template's Operation Policy Name rule what is made from it and not the template itself; here
it rules both, as with PyKMIP: there would be no way to a public template otherwise."""

BUILT_IN: Mapping[str, OperationPolicy] = {"default": DEFAULT, "public": PUBLIC}
"""The standard's own policies, always there."""
