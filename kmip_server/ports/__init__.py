"""What the rooms promise each other, and nothing else.

The operations see a :class:`Context`. The engine sees :class:`Store`, :class:`Sealer`, :class:`Ciphers` and
:class:`AuditTrail`. Who keeps the promise is the roof's business.
"""

from kmip_server.ports.ciphers import (
    Ciphers,
    Derivation,
    Encrypted,
    GeneratedPair,
    KeyFacts,
    KeyMaterial,
    Part,
    Progress,
    Wrapped,
)
from kmip_server.ports.context import (
    Context,
    Derived,
    Facts,
    Material,
    Prepared,
    StreamLimits,
    Streams,
)
from kmip_server.ports.storing import (
    AuditEntry,
    AuditRow,
    AuditTrail,
    ChainHead,
    Clock,
    Codec,
    KekRecord,
    Packed,
    Random,
    RootKey,
    Sealer,
    Store,
    StoreError,
    StreamRow,
    Transaction,
)

__all__ = [
    "AuditEntry",
    "AuditRow",
    "AuditTrail",
    "ChainHead",
    "Ciphers",
    "Clock",
    "Codec",
    "Context",
    "Derivation",
    "Derived",
    "Encrypted",
    "Facts",
    "GeneratedPair",
    "KekRecord",
    "KeyFacts",
    "KeyMaterial",
    "Material",
    "Packed",
    "Part",
    "Prepared",
    "Progress",
    "Random",
    "RootKey",
    "Sealer",
    "Store",
    "StoreError",
    "StreamLimits",
    "StreamRow",
    "Streams",
    "Transaction",
    "Wrapped",
]
