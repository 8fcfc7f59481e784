"""What an item may refer to of those before it in its batch (KMIP 2.1 §4.58, §7.9, §11.13, §11.58).

A Unique Identifier may be a code, which stands for whatever the latest Create (and so on) answered, and Data may be
one, which stands for what the latest Encrypt (and so on) put out, also where Ephemeral kept it from the client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kmip_server.engine.trace import BatchMemory
from kmip_server.errors import FeatureNotSupported, InvalidField, KmipError
from kmip_server.spec.enums import DataCode, Operation, ResultReason, UniqueIdentifierCode
from kmip_server.spec.structures.envelope import RequestBatchItem

MOST_ANSWERS = 1000
"""How many items a response may have where one of the request is done several times."""

CODE_OF_OPERATION: dict[Operation, UniqueIdentifierCode] = {
    Operation[code.name]: code for code in UniqueIdentifierCode if code.name in Operation.__members__
}
"""2.1 §11.58: an identifier may stand for what the latest Create (and so on) of the same batch made."""

_OUTPUTS: dict[Operation, tuple[DataCode, str]] = {
    Operation.DECRYPT: (DataCode.DECRYPT, "data"),
    Operation.ENCRYPT: (DataCode.ENCRYPT, "data"),
    Operation.HASH: (DataCode.HASH, "data"),
    Operation.MAC: (DataCode.MAC_MAC_DATA, "mac_data"),
    Operation.RNG_RETRIEVE: (DataCode.RNG_RETRIEVE, "data"),
    Operation.SIGN: (DataCode.SIGN_SIGNATURE_DATA, "signature_data"),
    Operation.SIGNATURE_VERIFY: (DataCode.SIGNATURE_VERIFY, "data"),
}
"""2.1 §11.13: operations whose output may be the Data of later items, and where it stands in their answers."""

TAKES_DATA = frozenset(
    {
        Operation.DECRYPT,
        Operation.ENCRYPT,
        Operation.HASH,
        Operation.MAC,
        Operation.MAC_VERIFY,
        Operation.RNG_SEED,
        Operation.SIGN,
        Operation.SIGNATURE_VERIFY,
    }
)
"""Operations whose Data may be a reference."""


def output_of(operation: Operation, payload: Any) -> bytes | None:
    """What an operation put out that later items may take, if anything."""
    row = _OUTPUTS.get(operation)
    return None if row is None else getattr(payload, row[1], None)


def withhold(operation: Operation, payload: Any) -> None:
    """2.1 §8.3: "the Data output of the operation should not be returned to the client"; §11.13 says which that is."""
    if operation in _OUTPUTS:
        setattr(payload, _OUTPUTS[operation][1], None)


def note(memory: BatchMemory, operation: Operation, payload: Any, output: bytes | None) -> None:
    """Keep what an item answered for those after it."""
    identifiers = _identifiers(payload)
    memory.answered.extend(identifiers)
    code = CODE_OF_OPERATION.get(operation)
    if code is not None:
        memory.several[code] = identifiers
    if output is not None:
        data_code, place = _OUTPUTS[operation]
        memory.output_of[data_code] = output
        if place == "data":
            memory.outputs.append(output)


def forget(memory: BatchMemory, operation: Operation) -> None:
    """Forget what an operation gave before: it failed, and whoever refers to it means the one that failed."""
    code = CODE_OF_OPERATION.get(operation)
    if code is not None:
        memory.several.pop(code, None)
        memory.by_code.pop(code, None)
    if operation in _OUTPUTS:
        memory.output_of.pop(_OUTPUTS[operation][0], None)


def repeated(
    item: RequestBatchItem, memory: BatchMemory, answers: int, *, polled: bool = False
) -> Sequence[RequestBatchItem]:
    """The items to do for one of the request, where the response has ``answers`` already.

    2.1 §11.58: "If multiple unique identifiers would be referenced then the operation is repeated for each of them."
    What is ``polled`` for has one answer and is refused.
    """
    request = item.request_payload
    code = getattr(request, "unique_identifier", None)
    meant = memory.several.get(code, ()) if type(code) is UniqueIdentifierCode else ()
    if len(meant) < 2:
        return (item,)
    error: KmipError | None = None
    if polled:
        error = FeatureNotSupported("what is done asynchronously is done with one object")
    elif answers + len(meant) > MOST_ANSWERS:
        error = KmipError(
            f"the response would have more than {MOST_ANSWERS} batch items", ResultReason.SERVER_LIMIT_EXCEEDED
        )
    if error is not None:
        return (replace(item, request_payload=error),)
    return [replace(item, request_payload=replace(request, unique_identifier=each)) for each in meant]


def with_data(request: Any, memory: BatchMemory) -> Any:
    """The request with the Data that a code or an index in it stands for (2.1 Table 360); InvalidField for none."""
    given = request.data
    if given is None or isinstance(given, bytes):
        return request
    if isinstance(given, DataCode):
        meant = memory.output_of.get(given)
    else:
        outputs = memory.outputs
        place = given if given >= 0 else len(outputs) + given
        meant = outputs[place] if 0 <= place < len(outputs) else None
    if meant is None:
        raise InvalidField("there is no output that the Data could stand for")
    return replace(request, data=meant)


def _identifiers(payload: Any) -> list[str]:
    """The Unique Identifiers that an answer gives, in its order."""
    found: list[str] = []
    for name in ("private_key_unique_identifier", "public_key_unique_identifier", "unique_identifier"):
        given = getattr(payload, name, None)
        if given is not None:
            found.extend([given] if isinstance(given, str) else given)
    return found
