"""What attestation asks: which operations want it, and who judges what a machine says of itself (2.1 §9.3, §9.11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kmip_server.spec.enums import AttestationType, Operation

Judge = Callable[[str, AttestationType, bytes | None, bytes | None, bytes], bool]
"""Qualified name of the client, type, measurement, assertion, nonce: whether they prove what they should."""


@dataclass(frozen=True, slots=True)
class Attesting:
    """The configuration's word."""

    operations: frozenset[Operation]
    """Operations that are only done for a client whose machine attests itself in the same request."""
    judge: Judge
    types: tuple[AttestationType, ...] = (AttestationType.TPM_QUOTE,)
    nonce_seconds: int = 60
    """How long a nonce is good."""
