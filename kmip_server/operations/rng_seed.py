"""RNG Seed (KMIP 2.1 §6.1.50, 1.4 §4.36): the client adds to what the random number generator is made of.

The seed is mixed in and nothing more: it takes no randomness away, and a client that knows its own seed learns
nothing of what is drawn later. How much of it is used is the configuration's choice, who may give one the policy's.
"""

from __future__ import annotations

from kmip_server.operations.registry import operation
from kmip_server.ports import Context
from kmip_server.spec.enums import Operation
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@payload
class RngSeedRequest:
    """The seed."""

    data: bytes = field(Tag.DATA, Special.DATA)


@payload
class RngSeedResponse:
    """How many bytes of it were used; none is no error (2.1 §6.1.50)."""

    data_length: int = field(Tag.DATA_LENGTH, ItemType.INTEGER)


@operation(Operation.RNG_SEED, RngSeedRequest, RngSeedResponse)
def handle(request: RngSeedRequest, ctx: Context) -> RngSeedResponse:
    """Mix in as much as the configuration lets a client give."""
    used = ctx.ciphers.seed(request.data[: ctx.facts.maximum_seed_bytes])
    ctx.note(f"{used} bytes used")
    return RngSeedResponse(data_length=used)
