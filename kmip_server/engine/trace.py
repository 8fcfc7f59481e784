"""What is kept while a batch runs: what its items share, and what the audit record of one will say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kmip_server.ports import AuditEntry
from kmip_server.spec.enums import DataCode, UniqueIdentifierCode


@dataclass(slots=True)
class BatchMemory:
    """What the items of one batch share: the ID Placeholder, and what was answered so far (2.1 §4.58)."""

    placeholder: str | None = None
    answered: list[str] = field(default_factory=list)
    """Every Unique Identifier in the response so far, in its order."""
    by_code: dict[UniqueIdentifierCode, str] = field(default_factory=dict)
    several: dict[UniqueIdentifierCode, list[str]] = field(default_factory=dict)
    """All that a code stands for, where whoever asks can be asked for each of them (2.1 §11.58)."""
    outputs: list[bytes] = field(default_factory=list)
    """Every Data that was put out so far, in the order of the response (2.1 §7.9)."""
    output_of: dict[DataCode, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Trace:
    """What the audit record of an item will say."""

    object_id: str = ""
    object_type: str = ""
    rule: str = ""
    allowed: bool | None = None
    details: list[str] = field(default_factory=list)
    earlier: Sequence[AuditEntry] = ()
    """The records of an asynchronous request that was done on the way."""
