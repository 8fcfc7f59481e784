"""Operations: one row each: what it is, what it asks of the object it uses (KMIP 2.1 §6.1, §6.2, §4.57; 1.4 §4, §5).

Using an object serves one of two purposes, and the standard ties state and dates to the purpose, not to the
operation (2.1 §4.57): *applying* protection (encryption, signing, wrapping, MACing, deriving) wants an Active
object and ends with the Protect Stop Date (§4.41); *processing* what is protected (decryption, verification,
unwrapping) goes on after deactivation and compromise, and begins with the Process Start Date (§4.40).
An operation whose row has no ``use`` asks nothing of the state: the lifecycle or its own text decides.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from enum import Enum

from kmip_server.spec.enums import ObjectType, Operation, State
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.version import Version


class Verb(Enum):
    """What kind of thing an operation does: what a policy speaks of."""

    CREATE = "bring a new object in"
    FIND = "learn which objects there are, and their attributes"
    READ = "take the value of an object out"
    USE = "have the server use an object"
    CHANGE = "change attributes"
    MANAGE = "move an object through its life"
    QUERY = "ask about the server"
    CONTROL = "sessions, pending requests, and the server itself"


class Direction(Enum):
    """Who may send it (2.1 §6.1, §6.2)."""

    TO_SERVER = "client-to-server"
    TO_CLIENT = "server-to-client"
    BOTH = "both"


class Purpose(Enum):
    """What an object is used for; the value is the states that allow it (2.1 §4.57)."""

    APPLY = frozenset({State.ACTIVE})
    PROCESS = frozenset({State.ACTIVE, State.DEACTIVATED, State.COMPROMISED})


@dataclass(frozen=True, slots=True)
class Use:
    """What is asked of an object that is to be used."""

    purpose: Purpose
    needs: CryptographicUsageMask | None = None
    """The bit its Cryptographic Usage Mask must have (2.1 §4.17)."""
    states: frozenset[State] = field(init=False)
    """The states in which the object may be so used."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "states", self.purpose.value)


@dataclass(frozen=True, slots=True)
class OperationRow:
    """What the standard says of one operation."""

    operation: Operation
    verb: Verb
    section: str
    """Where the standard prints it last, e.g. ``2.1 §6.1.17``."""
    _: KW_ONLY
    use: Use | None = None
    """What it asks of the object it uses; None: nothing, or the lifecycle decides."""
    object_types: frozenset[ObjectType] | None = None
    """The objects it can use; None: any."""
    direction: Direction = Direction.TO_SERVER

    @property
    def since(self) -> Version:
        """The first version that has it."""
        return self.operation.since

    @property
    def until(self) -> Version:
        """The last version that has it."""
        return self.operation.until

    @property
    def needs(self) -> CryptographicUsageMask | None:
        """The usage mask bit it asks for."""
        return self.use.needs if self.use else None

    @property
    def states(self) -> frozenset[State] | None:
        """The states it asks for; None: the lifecycle decides."""
        return self.use.states if self.use else None

    def in_version(self, version: Version) -> bool:
        """Whether the version defines it."""
        return self.operation.in_version(version)


WRAPPING = Use(Purpose.APPLY, CryptographicUsageMask.WRAP_KEY)
"""Asked of a key that wraps another one in Get or Export (2.1 §7.18)."""
UNWRAPPING = Use(Purpose.PROCESS, CryptographicUsageMask.UNWRAP_KEY)
"""Asked of a key that unwraps another one in Register or Import (2.1 §3.3)."""
SIGNING_WRAPPED = Use(Purpose.APPLY, CryptographicUsageMask.MAC_GENERATE)
"""Asked of a key that MACs a wrapped key (2.1 §7.18)."""
VERIFYING_WRAPPED = Use(Purpose.PROCESS, CryptographicUsageMask.MAC_VERIFY)
"""Asked of a key that verifies the MAC of a wrapped key (2.1 §3.3)."""
SIGNING_SIGNED = Use(Purpose.APPLY, CryptographicUsageMask.SIGN)
"""Asked of a private key that signs a wrapped key (2.1 §3.3)."""
VERIFYING_SIGNED = Use(Purpose.PROCESS, CryptographicUsageMask.VERIFY)
"""Asked of a public key that verifies the signature of a wrapped key (2.1 §3.3)."""

_APPLY, _PROCESS, _MASK = Purpose.APPLY, Purpose.PROCESS, CryptographicUsageMask
_SYMMETRIC = frozenset({ObjectType.SYMMETRIC_KEY})
_SPLIT = frozenset({ObjectType.SPLIT_KEY})
_PRIVATE = frozenset({ObjectType.PRIVATE_KEY, ObjectType.PGP_KEY})
_PUBLIC = frozenset({ObjectType.PUBLIC_KEY, ObjectType.CERTIFICATE, ObjectType.PGP_KEY})
_PUBLIC_KEY = frozenset({ObjectType.PUBLIC_KEY})
_PRIVATE_KEY = frozenset({ObjectType.PRIVATE_KEY})
_CERTIFICATE = frozenset({ObjectType.CERTIFICATE})
_CERTIFICATE_REQUEST = frozenset({ObjectType.CERTIFICATE_REQUEST})
_SECRET = frozenset({ObjectType.SECRET_DATA})
_LEASED = frozenset(ObjectType) - {ObjectType.TEMPLATE, ObjectType.OPAQUE_OBJECT}

_O, _R = Operation, OperationRow

# fmt: off
_ROWS: tuple[OperationRow, ...] = (
    _R(_O.CREATE, Verb.CREATE, "2.1 §6.1.8"),
    _R(_O.CREATE_KEY_PAIR, Verb.CREATE, "2.1 §6.1.9"),
    _R(_O.REGISTER, Verb.CREATE, "2.1 §6.1.43"),
    _R(_O.RE_KEY, Verb.MANAGE, "2.1 §6.1.46", object_types=_SYMMETRIC),
    _R(_O.DERIVE_KEY, Verb.USE, "2.1 §6.1.14", use=Use(_APPLY, _MASK.DERIVE_KEY),
       object_types=_SYMMETRIC | _SECRET | _PRIVATE_KEY | _PUBLIC_KEY),
    _R(_O.CERTIFY, Verb.CREATE, "2.1 §6.1.6", object_types=_PUBLIC_KEY | _CERTIFICATE_REQUEST),
    _R(_O.RE_CERTIFY, Verb.MANAGE, "2.1 §6.1.45", object_types=_CERTIFICATE),
    _R(_O.LOCATE, Verb.FIND, "2.1 §6.1.28"),
    _R(_O.CHECK, Verb.FIND, "2.1 §6.1.7"),
    _R(_O.GET, Verb.READ, "2.1 §6.1.19"),
    _R(_O.GET_ATTRIBUTES, Verb.FIND, "2.1 §6.1.20"),
    _R(_O.GET_ATTRIBUTE_LIST, Verb.FIND, "2.1 §6.1.21"),
    _R(_O.ADD_ATTRIBUTE, Verb.CHANGE, "2.1 §6.1.2"),
    _R(_O.MODIFY_ATTRIBUTE, Verb.CHANGE, "2.1 §6.1.34"),
    _R(_O.DELETE_ATTRIBUTE, Verb.CHANGE, "2.1 §6.1.13"),
    _R(_O.OBTAIN_LEASE, Verb.USE, "2.1 §6.1.35", object_types=_LEASED),
    # "only ... during the time that protection is enabled": after the Activation, before the Protect Stop Date.
    _R(_O.GET_USAGE_ALLOCATION, Verb.USE, "2.1 §6.1.23", use=Use(_APPLY)),
    _R(_O.ACTIVATE, Verb.MANAGE, "2.1 §6.1.1"),
    _R(_O.REVOKE, Verb.MANAGE, "2.1 §6.1.44"),
    _R(_O.DESTROY, Verb.MANAGE, "2.1 §6.1.15"),
    _R(_O.ARCHIVE, Verb.MANAGE, "2.1 §6.1.4"),
    _R(_O.RECOVER, Verb.MANAGE, "2.1 §6.1.42"),
    _R(_O.VALIDATE, Verb.USE, "2.1 §6.1.57", object_types=_CERTIFICATE),
    _R(_O.QUERY, Verb.QUERY, "2.1 §6.1.40", direction=Direction.BOTH),
    _R(_O.CANCEL, Verb.CONTROL, "2.1 §6.1.5"),
    _R(_O.POLL, Verb.CONTROL, "2.1 §6.1.38"),
    _R(_O.NOTIFY, Verb.CONTROL, "2.1 §6.2.2", direction=Direction.TO_CLIENT),
    _R(_O.PUT, Verb.CONTROL, "2.1 §6.2.3", direction=Direction.TO_CLIENT),
    _R(_O.RE_KEY_KEY_PAIR, Verb.MANAGE, "2.1 §6.1.47", object_types=_PRIVATE_KEY),
    _R(_O.DISCOVER_VERSIONS, Verb.QUERY, "2.1 §6.1.16", direction=Direction.BOTH),
    _R(_O.ENCRYPT, Verb.USE, "2.1 §6.1.17", use=Use(_APPLY, _MASK.ENCRYPT),
       object_types=_SYMMETRIC | _PUBLIC | _SECRET),  # A secret that is a one-time pad (TC-OTP), and no other.
    _R(_O.DECRYPT, Verb.USE, "2.1 §6.1.11", use=Use(_PROCESS, _MASK.DECRYPT),
       object_types=_SYMMETRIC | _PRIVATE | _SECRET),
    _R(_O.SIGN, Verb.USE, "2.1 §6.1.55", use=Use(_APPLY, _MASK.SIGN), object_types=_PRIVATE),
    _R(_O.SIGNATURE_VERIFY, Verb.USE, "2.1 §6.1.56", use=Use(_PROCESS, _MASK.VERIFY), object_types=_PUBLIC),
    _R(_O.MAC, Verb.USE, "2.1 §6.1.32", use=Use(_APPLY, _MASK.MAC_GENERATE), object_types=_SYMMETRIC | _SECRET),
    _R(_O.MAC_VERIFY, Verb.USE, "2.1 §6.1.33", use=Use(_PROCESS, _MASK.MAC_VERIFY), object_types=_SYMMETRIC | _SECRET),
    _R(_O.RNG_RETRIEVE, Verb.USE, "2.1 §6.1.49"),
    _R(_O.RNG_SEED, Verb.CONTROL, "2.1 §6.1.50"),
    _R(_O.HASH, Verb.USE, "2.1 §6.1.24"),
    _R(_O.CREATE_SPLIT_KEY, Verb.CREATE, "2.1 §6.1.10", object_types=_SYMMETRIC | _PRIVATE_KEY | _SECRET),
    _R(_O.JOIN_SPLIT_KEY, Verb.CREATE, "2.1 §6.1.27", object_types=_SPLIT),
    _R(_O.IMPORT, Verb.CREATE, "2.1 §6.1.25"),
    _R(_O.EXPORT, Verb.READ, "2.1 §6.1.18"),
    _R(_O.LOG, Verb.CONTROL, "2.1 §6.1.29"),
    _R(_O.LOGIN, Verb.CONTROL, "2.1 §6.1.30"),
    _R(_O.LOGOUT, Verb.CONTROL, "2.1 §6.1.31"),
    _R(_O.DELEGATED_LOGIN, Verb.CONTROL, "2.1 §6.1.12"),
    _R(_O.ADJUST_ATTRIBUTE, Verb.CHANGE, "2.1 §6.1.3"),
    _R(_O.SET_ATTRIBUTE, Verb.CHANGE, "2.1 §6.1.51"),
    _R(_O.SET_ENDPOINT_ROLE, Verb.CONTROL, "2.1 §6.1.54", direction=Direction.BOTH),
    _R(_O.PKCS_11, Verb.USE, "2.1 §6.1.37"),
    _R(_O.INTEROP, Verb.CONTROL, "2.1 §6.1.26"),
    _R(_O.RE_PROVISION, Verb.CONTROL, "2.1 §6.1.48"),
    _R(_O.SET_DEFAULTS, Verb.CONTROL, "2.1 §6.1.53"),
    _R(_O.SET_CONSTRAINTS, Verb.CONTROL, "2.1 §6.1.52"),
    _R(_O.GET_CONSTRAINTS, Verb.QUERY, "2.1 §6.1.22"),
    _R(_O.QUERY_ASYNCHRONOUS_REQUESTS, Verb.CONTROL, "2.1 §6.1.41"),
    _R(_O.PROCESS, Verb.CONTROL, "2.1 §6.1.39"),
    _R(_O.PING, Verb.QUERY, "2.1 §6.1.36"),
    # From the 3.0 test cases and registries.
    _R(_O.CREATE_GROUP, Verb.CREATE, "3.0"),
    _R(_O.OBLITERATE, Verb.MANAGE, "3.0"),
    _R(_O.CREATE_USER, Verb.CREATE, "3.0"),
    _R(_O.CREATE_CREDENTIAL, Verb.CREATE, "3.0"),
    _R(_O.DEACTIVATE, Verb.MANAGE, "3.0"),
)
# fmt: on

OPERATIONS: dict[Operation, OperationRow] = {row.operation: row for row in _ROWS}
"""Every operation of the standard."""


def operations_in(version: Version) -> tuple[OperationRow, ...]:
    """The operations that the version defines, in the order of their codes."""
    return tuple(row for row in _ROWS if row.in_version(version))
