"""A PKCS#11 library over the PKCS#11 operation, as an application sees it: return codes and output bytes."""

from __future__ import annotations

from typing import Any

from kmip_server.operations.pkcs_11 import Pkcs11Request
from kmip_server.spec.cryptoki import NUMBERS, Attribute, ReturnCode, ValueKind
from kmip_server.spec.enums import ResultReason
from kmip_server.spec.types import ItemType
from tests.flows.client import Client

Template = dict[Attribute, Any]


def ulong(value: int) -> bytes:
    """A CK_ULONG."""
    return value.to_bytes(8, "big")


def count(value: int) -> bytes:
    """A count or length."""
    return value.to_bytes(4, "big")


def array(value: bytes) -> bytes:
    """Bytes after their count."""
    return count(len(value)) + value


def attribute(code: Attribute, value: Any) -> bytes:
    """A CK_ATTRIBUTE with a value."""
    head = ulong(code) + b"\x01\x01"
    if code.kind is ValueKind.BOOL:
        return head + bytes((bool(value),))
    return head + (ulong(value) if code.kind is ValueKind.ULONG else array(value))


def template(given: Template) -> bytes:
    """An array of attributes."""
    return count(len(given)) + b"".join(attribute(code, value) for code, value in given.items())


def mechanism(code: int, parameter: bytes | None = None) -> bytes:
    """A CK_MECHANISM; the parameter is encoded already."""
    return ulong(code) + (b"\x00" if parameter is None else b"\x01" + array(parameter))


def buffer(size: int | None) -> bytes:
    """An output buffer of so many bytes, or none."""
    return b"\x00" + count(0) if size is None else b"\x01" + count(size)


class Application:
    """Calls functions and keeps the Correlation Value, as 2.1 §6.1.37 wants it kept."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.correlation: bytes | None = None

    def initialized(self) -> Application:
        """After C_Initialize."""
        assert self.call("C_Initialize", b"\x01")[0] is ReturnCode.OK
        return self

    def call(self, name: str, parameters: bytes | None = None) -> tuple[ReturnCode, Any]:
        """Call a function: its return code and its output."""
        answer = self.client.do(self._request(name, parameters))
        if answer.correlation_value is not None:
            self.correlation = answer.correlation_value
        return answer.pkcs_11_return_code, answer.pkcs_11_output_parameters

    def failure(self, name: str, parameters: bytes | None = None) -> ResultReason | None:
        """The reason for which the operation itself fails."""
        return self.client.refusal(self._request(name, parameters))

    def _request(self, name: str, parameters: bytes | None) -> Pkcs11Request:
        return Pkcs11Request(
            pkcs_11_function=(int(ItemType.ENUMERATION), NUMBERS[name]),
            correlation_value=self.correlation,
            pkcs_11_input_parameters=parameters,
        )

    def done(self, name: str, parameters: bytes = b"") -> Any:
        """The output of a function that must return OK."""
        code, output = self.call(name, parameters)
        assert code is ReturnCode.OK, f"{name}: {code.title}"
        return output

    def handle(self, name: str, parameters: bytes = b"") -> int:
        """The same, where the output is one handle."""
        return int.from_bytes(self.done(name, parameters), "big")

    def session(self, *, writable: bool = True) -> int:
        """A new session."""
        return self.handle("C_OpenSession", ulong(1) + ulong(6 if writable else 4))
