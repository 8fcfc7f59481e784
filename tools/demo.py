"""One key's life on a running server, shown with the PyKMIP client: from Create to Destroy, a line a step.

Ends with status 0 when every step did what it should, else with one sentence and status 1.
"""

from __future__ import annotations

import argparse
import logging
import re
import ssl
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from kmip.core import enums
from kmip.pie.client import ProxyKmipClient
from kmip.pie.exceptions import KmipOperationFailure

from kmip_server.config import Config, ConfigurationError

ROOT = Path(__file__).resolve().parents[1]
TEXT = b"Not all those who wander are lost."
CBC = {
    "cryptographic_algorithm": enums.CryptographicAlgorithm.AES,
    "block_cipher_mode": enums.BlockCipherMode.CBC,
    "padding_method": enums.PaddingMethod.PKCS5,
}
SHOWN = ("State", "Cryptographic Algorithm", "Cryptographic Length", "Name")

Result = TypeVar("Result")


class DemoError(Exception):
    """The demonstration ends early, in one sentence that says why."""


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="tools/demo",
        description="Create, activate, look at, use, rotate, revoke and destroy a key on a running server.",
        epilog="Start a server first: tools/serve (with the same --state and --port).",
    )
    parser.add_argument("--state", type=Path, default=ROOT / "var", metavar="DIR", help="the server's folder [var/]")
    parser.add_argument("--port", type=int, metavar="N", help="the server's port [the configured one]")
    parser.add_argument("--client", default="client1", metavar="NAME", help="whose certificate to use [client1]")
    return parser.parse_args(arguments)


def connect(chosen: argparse.Namespace) -> tuple[str, ProxyKmipClient]:
    """Return the server's address, and a client for it with the files that the server's folder holds."""
    path = chosen.state / "server.toml"
    if not path.exists():
        raise DemoError(f"There is no server in {chosen.state}; start one with tools/serve.")
    config = Config.load(path)
    address = config.server.listen[0]
    # PyKMIP's client speaks IPv4 only.
    host = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(address, address)
    port = chosen.port or config.server.port
    folder = config.tls.certificate.parent
    files = [folder / name for name in (f"{chosen.client}.pem", f"{chosen.client}.key", "ca.pem")]
    for file in files:
        if not file.exists():
            raise DemoError(f"{file} does not exist; make it with: kmip-server issue-client {chosen.client}")
    certificate, key, authority = map(str, files)
    return f"{host}:{port}", ProxyKmipClient(host, port, certificate, key, authority)


def tell(number: int, step: str, what: str) -> None:
    """Print one step."""
    print(f"{number}. {step:<14} {what}", flush=True)


def attempt(step: str, action: Callable[[], Result]) -> Result:
    """Do one step; what the server refuses becomes a sentence that names the step."""
    try:
        return action()
    except KmipOperationFailure as error:
        reason = error.reason.name if error.reason else "no reason given"
        raise DemoError(f"{step} failed: {reason}: {error.message}") from error
    except OSError:
        raise
    except Exception as error:  # PyKMIP raises many kinds, plain ones among them, for an answer it cannot read
        raise DemoError(f"{step} failed: {type(error).__name__}: {error}") from error


def attributes(client: ProxyKmipClient, unique_identifier: str) -> dict[str, str]:
    """Ask for a few attributes, by name."""
    _, found = attempt("Get Attributes", lambda: client.get_attributes(unique_identifier, list(SHOWN)))
    # PyKMIP writes an enumeration as "State.ACTIVE"; the attribute's name is said already.
    return {
        item.attribute_name.value: re.sub(r"^[A-Z]\w+\.(?=[A-Z0-9_]+$)", "", str(item.attribute_value))
        for item in found
    }


def show(client: ProxyKmipClient) -> None:
    """Live one key's life."""
    masks = [enums.CryptographicUsageMask.ENCRYPT, enums.CryptographicUsageMask.DECRYPT]
    aes = enums.CryptographicAlgorithm.AES
    key = attempt("Create", lambda: client.create(aes, 256, name="demo key", cryptographic_usage_mask=masks))
    tell(1, "Create", f"a new AES key of 256 bits: {key}")

    attempt("Activate", lambda: client.activate(key))
    tell(2, "Activate", "it may be used from now on")

    for number, (name, value) in enumerate(sorted(attributes(client, key).items())):
        tell(3, "Get Attributes", f"{name}: {value}") if number == 0 else print(f"{'':17} {name}: {value}")

    random_iv = {**CBC, "random_iv": True}
    secret, iv = attempt("Encrypt", lambda: client.encrypt(TEXT, key, random_iv))
    if not iv or TEXT in secret:
        raise DemoError("Encrypt failed: the server returned no initialization vector, or the text as it was.")
    tell(4, "Encrypt", f"{len(TEXT)} bytes of text became {secret.hex()[:32]}... (AES-CBC, the server chose the IV)")

    plain = attempt("Decrypt", lambda: client.decrypt(secret, key, CBC, iv))
    if plain != TEXT:
        raise DemoError("Decrypt failed: what came back is not the text that was encrypted.")
    tell(5, "Decrypt", f"and back: {plain.decode()!r}")

    new = attempt("Re-key", lambda: client.rekey(key))
    if new == key:
        raise DemoError("Re-key failed: the new key has the identifier of the old one.")
    tell(6, "Re-key", f"a new key takes its place: {new}")

    # A key that is Active is revoked before it can be destroyed (KMIP 1.2 section 4.20).
    active = [each for each in (key, new) if attributes(client, each).get("State") == "ACTIVE"]
    for each in active:
        attempt("Revoke", lambda each=each: client.revoke(enums.RevocationReasonCode.CESSATION_OF_OPERATION, each))
    tell(7, "Revoke", f"{len(active)} active key(s): no new data may be protected with them")

    for each in (key, new):
        attempt("Destroy", lambda each=each: client.destroy(each))
    tell(8, "Destroy", "both keys are gone for good")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; return the exit status."""
    chosen = options(arguments)
    logging.disable(logging.CRITICAL)  # PyKMIP logs what is told in words here
    address = ""
    try:
        address, client = connect(chosen)
        with client:
            print(f"Connected to {address} as {chosen.client}, with mutual TLS.")
            show(client)
    except DemoError as error:
        return fail(str(error))
    except ConfigurationError as error:
        return fail(error.mistakes[0])
    except ConnectionRefusedError:
        return fail(f"No server answers at {address}; start it with tools/serve (and the same --state and --port).")
    except ssl.SSLError as error:
        return fail(f"No trusted connection to {address}: {error.reason or error}.")
    except OSError as error:
        return fail(f"The connection to {address} broke: {error}.")
    print("Every step did what it should.")
    return 0


def fail(sentence: str) -> int:
    """Say why it ends early."""
    print(f"demo: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
