"""The section on attestation: which operations want a machine to prove its state, and who may prove what."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from kmip_server.config.section import Count, Place, Section
from kmip_server.spec.enums import Operation

_NAMES = {operation.title: operation for operation in Operation}


def operation_named(text: str) -> Operation:
    """The operation of a name as the standard prints it; ValueError where there is none."""
    if text not in _NAMES:
        raise ValueError(f'{text!r} is no operation (such as "Get" or "Create Key Pair")')
    return _NAMES[text]


def _operation(text: str) -> str:
    operation_named(text)
    return text


def _digest(text: str) -> str:
    try:
        given = bytes.fromhex(text)
    except ValueError:
        given = b""
    if len(given) not in (20, 32, 48, 64):
        raise ValueError("a digest of PCRs is 20, 32, 48 or 64 bytes in hexadecimal")
    return text


class AttestationSection(Section):
    """Attestation by a TPM 2.0 (Attestation Type TPM Quote, KMIP 1.2 and later): operations that are only done in a
    request with a quote over a nonce of this server. While there are no keys, attestations are refused."""

    operations: tuple[Annotated[str, AfterValidator(_operation)], ...] = ()
    """Operations that want an attestation, by their names in the standard: "Get", "Export"."""
    keys: dict[str, Place] = Field(default_factory=dict, examples=['"client1" = "attestation/client1.pem"'])
    """The public attestation keys (PEM), by the common name of the client. SIGHUP reads them again."""
    pcr_digests: dict[str, Annotated[str, AfterValidator(_digest)]] = Field(
        default_factory=dict, examples=['"client1" = "6a74d5..."']
    )
    """What a client's quote must have as PCR digest, in hexadecimal; of a client without one, any state is good."""
    nonce_seconds: Count = 60
    """How long a nonce is good."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Operations that nobody could ask for, and digests of nobody, are mistakes."""
        if self.operations and not self.keys:
            raise ValueError("operations want an attestation, but keys names nobody who could give one")
        stray = sorted(self.pcr_digests.keys() - self.keys.keys())
        if stray:
            raise ValueError(f"pcr_digests names {stray[0]!r}, of whom there is no key")
        return self
