"""PKCS#11 (KMIP 2.1 §6.1.37; 2.0 §6.1.35): a PKCS#11 function done by the server.

What the functions do stands in ``cryptoki/``. The operation fails only for its own reasons (2.1 Table 275); a function
that says no is a success with a return code of its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from kmip_server.errors import InvalidMessage, KmipError
from kmip_server.operations.cryptoki.calling import FUNCTIONS, PREPARING, Call
from kmip_server.operations.cryptoki.encoding import Reader
from kmip_server.operations.cryptoki.refusing import Refusal
from kmip_server.operations.cryptoki.state import LIFE, State, pack, unpack
from kmip_server.operations.registry import operation
from kmip_server.ports import Ciphers, Context, Prepared
from kmip_server.spec.cryptoki import FUNCTIONS as NAMES
from kmip_server.spec.cryptoki import INTERFACE, NUMBERS, ReturnCode
from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.schema import Special, field, payload
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V3_0

for _room in (
    "general", "sessions", "finding", "keeping", "altering", "generating", "transporting", "deriving", "using",
    "digesting", "combining",
):  # fmt: skip
    importlib.import_module(f"kmip_server.operations.cryptoki.{_room}")

_INITIALIZE = NUMBERS["C_Initialize"]


@payload
class Pkcs11Request:
    """Which function, with which parameters."""

    pkcs_11_interface: str | None = field(Tag.PKCS_11_INTERFACE, ItemType.TEXT_STRING, default=None)
    pkcs_11_function: Any = field(Tag.PKCS_11_FUNCTION, Special.ANY)
    """Item type and number: "An Enumeration for PKCS#11 defined functions or an Integer for vendor defined"."""
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, default=None)
    pkcs_11_input_parameters: bytes | None = field(Tag.PKCS_11_INPUT_PARAMETERS, ItemType.BYTE_STRING, default=None)

    def __repr__(self) -> str:
        return f"Pkcs11Request({self.pkcs_11_function}, <withheld>)"


@payload
class Pkcs11Response:
    """What the function gave."""

    pkcs_11_interface: str | None = field(Tag.PKCS_11_INTERFACE, ItemType.TEXT_STRING, default=None)
    pkcs_11_function: Any = field(Tag.PKCS_11_FUNCTION, Special.ANY)
    correlation_value: bytes | None = field(Tag.CORRELATION_VALUE, ItemType.BYTE_STRING, default=None)
    pkcs_11_output_parameters: bytes | None = field(Tag.PKCS_11_OUTPUT_PARAMETERS, ItemType.BYTE_STRING, default=None)
    pkcs_11_return_code: ReturnCode = field(Tag.PKCS_11_RETURN_CODE, ReturnCode)

    def __repr__(self) -> str:
        return f"Pkcs11Response({self.pkcs_11_return_code.title}, <withheld>)"


def prepare(request: Pkcs11Request, ciphers: Ciphers) -> Callable[[], Prepared] | None:
    """Do what takes long before the transaction; a request that cannot be read has nothing to prepare."""
    item_type, number = request.pkcs_11_function
    make = PREPARING.get(number) if item_type == ItemType.ENUMERATION else None
    if make is None:
        return None
    try:
        return make(Reader(request.pkcs_11_input_parameters or b""), ciphers)
    except (KmipError, Refusal):
        return None  # The function itself says what is wrong.


@operation(Operation.PKCS_11, Pkcs11Request, Pkcs11Response, prepare)
def handle(request: Pkcs11Request, ctx: Context) -> Pkcs11Response:
    """Run the function; what it remembers goes back in the Correlation Value."""
    if request.pkcs_11_interface not in (None, INTERFACE):
        raise KmipError("there is no such PKCS#11 interface", ResultReason.PKCS_11_INVALID_INTERFACE)
    number = _number(request.pkcs_11_function)
    ctx.note(NAMES[number])
    code, output, correlation = ReturnCode.OK, None, None
    try:
        state = _begun(ctx) if number == _INITIALIZE else _resumed(request.correlation_value, ctx)
        before = pack(state)
        try:
            output = _run(number, Call(ctx, state, Reader(request.pkcs_11_input_parameters or b"")))
        except Refusal as refusal:
            code, output = _refuse(refusal, ctx)
        if number == _INITIALIZE and code is not ReturnCode.OK:
            state.finalized = True
        correlation = _correlation(state, before, number == _INITIALIZE, ctx)
    except Refusal as refusal:
        code, output = _refuse(refusal, ctx)
    return Pkcs11Response(
        pkcs_11_interface=request.pkcs_11_interface,
        pkcs_11_function=request.pkcs_11_function,
        correlation_value=correlation,
        pkcs_11_output_parameters=output,
        pkcs_11_return_code=code,
    )


def _number(given: tuple[int, Any]) -> int:
    item_type, number = given
    if item_type not in (ItemType.ENUMERATION, ItemType.INTEGER):
        raise InvalidMessage("PKCS#11 Function is of the wrong type")
    if item_type != ItemType.ENUMERATION or number not in NAMES:
        # An Integer is a vendor's function: this server has none.
        raise KmipError("the function is not in the interface", ResultReason.PKCS_11_INVALID_FUNCTION)
    return int(number)


def _run(number: int, call: Call) -> bytes | None:
    run = FUNCTIONS.get(number)
    if run is None:
        raise Refusal(ReturnCode.FUNCTION_NOT_SUPPORTED)
    output = run(call)
    call.reader.end()
    return output


def _refuse(refusal: Refusal, ctx: Context) -> tuple[ReturnCode, bytes | None]:
    ctx.note(f"CKR_{refusal.code.title}" + (f": {refusal.why}" if refusal.why else ""))
    return refusal.code, refusal.output


def _begun(ctx: Context) -> State:
    return State(expires=ctx.now + LIFE)


def _resumed(correlation: bytes | None, ctx: Context) -> State:
    """What the Correlation Value holds; without one, or with an old one, Cryptoki is not initialized."""
    if correlation is None:
        raise Refusal(ReturnCode.CRYPTOKI_NOT_INITIALIZED)
    try:
        state = unpack(ctx.open_state(correlation))
    except KmipError as error:
        # 2.1 Table 275 lists this one for it.
        raise KmipError(
            "the Correlation Value is none of this server's for this client",
            ResultReason.INVALID_ASYNCHRONOUS_CORRELATION_VALUE,
        ) from error
    if state.finalized or state.expires <= ctx.now:
        raise Refusal(ReturnCode.CRYPTOKI_NOT_INITIALIZED)
    return state


def _correlation(state: State, before: bytes, fresh: bool, ctx: Context) -> bytes | None:
    """A new value where something changed, or the old one has lived for half its time.

    3.0's case has one in every answer; 2.1's has none where the function changed nothing, nor after C_Finalize.
    """
    old = state.expires - ctx.now < LIFE // 2
    if old:
        state.expires = ctx.now + LIFE
    if ctx.version < V3_0 and not fresh and (state.finalized or (not old and pack(state) == before)):
        return None
    return ctx.seal_state(pack(state))
