"""What the rooms promise each other, and nothing else.

The operations see a :class:`Context`. The engine sees :class:`Store`, :class:`Sealer`, :class:`Ciphers` and
:class:`AuditTrail`. Who keeps the promise is the roof's business.
"""

from kmip_server.ports.attesting import Attesting
from kmip_server.ports.certifying import (
    CERTIFYING,
    PROVISIONING,
    CertificatePlan,
    Certification,
    Issuer,
    KeyMaterial,
    RequestFacts,
    SubjectAsked,
)
from kmip_server.ports.cipher_results import (
    ContainerContent,
    Derivation,
    Encrypted,
    GeneratedPair,
    KeyFacts,
    Part,
    Progress,
    Wrapped,
)
from kmip_server.ports.ciphers import Ciphers
from kmip_server.ports.context import (
    Authority,
    Context,
    Derived,
    Material,
    Outcome,
    PendingRequest,
    PendingRequests,
    Prepared,
    Streams,
)
from kmip_server.ports.facts import DeclaredProfile, Facts, PendingLimits, StreamLimits
from kmip_server.ports.provisioning import Provisioning
from kmip_server.ports.rows import (
    AuditRow,
    ChainHead,
    JobItemRow,
    JobRow,
    KekRecord,
    OutboxRow,
    StreamRow,
)
from kmip_server.ports.sessions import Allowance, GrantedRight, SignInRow, TicketOrder, TicketRow, Tickets
from kmip_server.ports.storing import (
    AuditEntry,
    AuditTrail,
    Clock,
    Codec,
    Packed,
    Random,
    RootKey,
    Sealer,
    Store,
    StoreError,
    Transaction,
)

__all__ = [
    "CERTIFYING",
    "PROVISIONING",
    "Allowance",
    "Attesting",
    "AuditEntry",
    "AuditRow",
    "AuditTrail",
    "Authority",
    "CertificatePlan",
    "Certification",
    "ChainHead",
    "Ciphers",
    "Clock",
    "Codec",
    "ContainerContent",
    "Context",
    "DeclaredProfile",
    "Derivation",
    "Derived",
    "Encrypted",
    "Facts",
    "GeneratedPair",
    "GrantedRight",
    "Issuer",
    "JobItemRow",
    "JobRow",
    "KekRecord",
    "KeyFacts",
    "KeyMaterial",
    "Material",
    "OutboxRow",
    "Outcome",
    "Packed",
    "Part",
    "PendingLimits",
    "PendingRequest",
    "PendingRequests",
    "Prepared",
    "Progress",
    "Provisioning",
    "Random",
    "RequestFacts",
    "RootKey",
    "Sealer",
    "SignInRow",
    "Store",
    "StoreError",
    "StreamLimits",
    "StreamRow",
    "Streams",
    "SubjectAsked",
    "TicketOrder",
    "TicketRow",
    "Tickets",
    "Transaction",
    "Wrapped",
]
