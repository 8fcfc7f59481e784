"""What the transport's tests share: a PKI, a service that echoes, and servers in a thread or a process.

The service's messages have an 8-byte header: one letter that says what to do, three zero bytes, the length.
Run as a program it is a server: ``python transport_kit.py '{"certificate": ...}'``; it prints its addresses.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import SSL

from kmip_server.transport import Limits, Loop, Peer, Place, TlsSettings, TransportSettings, bind, build_context, serve

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
PATIENCE = 20.0


class Pki:
    """A CA and what it issued, as PEM files in a folder."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.ca = self._sign(name, self.key, ca=True)
        self.ca_path = self._write("ca", self.ca)

    def issue(
        self, name: str, *, days: tuple[int, int] = (-1, 30), eku: str | None = None, own: bool = False,
        rsa_key: bool = False, common_name: str | None = None,
    ) -> Path:  # fmt: skip
        """Make ``name.pem`` and ``name.key``; ``own`` signs it with its own key instead of the CA's."""
        key = rsa.generate_private_key(65537, 2048) if rsa_key else ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(common_name or name, key, days=days, eku=eku, own=own)
        path = self._write(name, certificate)
        path.with_suffix(".key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path

    def revoke(self, *paths: Path, days: tuple[int, int] = (-1, 30), name: str = "crl.pem") -> Path:
        """Write the CRL with exactly these certificates."""
        crl = x509.CertificateRevocationListBuilder().issuer_name(self.ca.subject)
        crl = crl.last_update(NOW + days[0] * DAY).next_update(NOW + days[1] * DAY)
        for path in paths:
            serial = x509.load_pem_x509_certificate(path.read_bytes()).serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY).build()
            crl = crl.add_revoked_certificate(entry)
        target = self.folder / name
        target.write_bytes(crl.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return target

    def _sign(
        self, name: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *, days: tuple[int, int] = (-1, 30),
        eku: str | None = None, own: bool = False, ca: bool = False,
    ) -> x509.Certificate:  # fmt: skip
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
        builder = builder.issuer_name(subject if own or ca else self.ca.subject)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(NOW + days[0] * DAY).not_valid_after(NOW + days[1] * DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.DNSName("server.example")]), False
        )
        if eku:
            usage = getattr(ExtendedKeyUsageOID, eku)
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(key if own or ca else self.key, hashes.SHA256())

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        path = self.folder / f"{name.replace(' ', '_')}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path


def message(letter: str, body: bytes = b"") -> bytes:
    """Return one message of the echo service."""
    return letter.encode() + b"\0\0\0" + struct.pack("!I", len(body)) + body


class EchoWork:
    """One message; ``S`` is slow: it takes as many milliseconds as its body says."""

    def __init__(self, letter: str, body: bytes, service: EchoService) -> None:
        self.letter, self.body = letter, body
        self._service = service

    @property
    def slow(self) -> Callable[[], None] | None:
        return self._prepare if self.letter in "SF" else None

    def _prepare(self) -> None:
        self._service.slow_begun.set()
        if self.letter == "F":
            raise ArithmeticError("a slow job that fails")
        if self.body.isdigit():
            self._service.slow_goes_on.wait(int(self.body) / 1000)


class EchoSession:
    """Cuts the stream into messages."""

    def __init__(self, service: EchoService) -> None:
        self._service = service
        self._buffer = b""
        self.closing = False

    def receive(self, data: bytes) -> Sequence[EchoWork]:
        if self._buffer:
            data = self._buffer + data
        works = []
        at = 0
        while len(data) - at >= 8:
            end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "big")
            if len(data) < end:
                break
            letter = chr(data[at])
            works.append(EchoWork(letter, data[at + 8 : end], self._service))
            self.closing = self.closing or letter == "C"
            at = end
        self._buffer = data[at:]
        return works

    @property
    def partial(self) -> bool:
        return bool(self._buffer)


class EchoService:
    """Echoes; see ``_reply`` for what else the letters do."""

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self.rounds: list[int] = []
        self.reloads = 0
        self.closed = threading.Event()
        self.slow_begun = threading.Event()
        self.slow_goes_on = threading.Event()
        self.meanwhile: Callable[[], None] | None = None
        """What happens once, while a round is being worked on."""

    def connect(self, peer: Peer) -> EchoSession | str:
        self.peers.append(peer)
        del self.peers[:-50]
        return "nobody of that name is known" if b"stranger" in peer.certificate else EchoSession(self)

    def run(self, work: Sequence[EchoWork], more: Callable[[], Sequence[EchoWork]]) -> Sequence[bytes]:
        if self.meanwhile is not None:
            self.meanwhile, meanwhile = None, self.meanwhile
            meanwhile()
        work = [*work, *more()]
        self.rounds.append(len(work))
        del self.rounds[:-50]
        return [self._reply(piece) for piece in work]

    def _reply(self, work: EchoWork) -> bytes:
        if work.letter == "E":
            return message("E", work.body)
        if work.letter == "P":
            return message("P", str(os.getpid()).encode())
        if work.letter == "T":
            return message("T", str(time.process_time()).encode())
        if work.letter == "N":
            return message("N", str(self.reloads).encode())
        if work.letter == "B":
            return message("B", bytes(int(work.body)))
        if work.letter == "K":
            os.kill(os.getpid(), signal.SIGKILL)
        if work.letter == "R":
            raise ArithmeticError("SECRET-BODY must not be logged")
        return message(work.letter, work.body)

    @property
    def wake(self) -> float:
        return float("inf")

    def chore(self) -> Callable[[], None] | None:
        return None

    def reload(self) -> str:
        self.reloads += 1
        return ""

    def close(self) -> None:
        self.closed.set()


class LoopServer:
    """A loop in a thread of this process."""

    def __init__(self, tls: TlsSettings, limits: Limits | None = None, **options: float | Callable[[], float]) -> None:
        self.service = EchoService()
        self.tls = tls
        listeners = bind([("127.0.0.1", 0)])
        self.address = listeners[0].getsockname()
        self.loop = Loop(listeners, build_context(tls), self.service, limits, **options)  # type: ignore[arg-type]
        self.thread = threading.Thread(target=self.loop.run, daemon=True)
        self.thread.start()

    def ask(self, question: Callable[[Loop], object]) -> object:
        """Return ``question(loop)``, answered by the loop's own thread."""
        answers: queue.Queue[object] = queue.Queue()
        self.loop.call(lambda: answers.put(question(self.loop)))
        return answers.get(timeout=PATIENCE)

    def stop(self) -> None:
        self.service.slow_goes_on.set()
        self.loop.stop()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


class ServerProcess:
    """A server with its workers, in processes of its own; logs go to a file."""

    def __init__(self, tls: TlsSettings, folder: Path, **settings: object) -> None:
        self.log_path = folder / "server.log"
        words = {
            "certificate": str(tls.certificate),
            "private_key": str(tls.private_key),
            "client_ca": [str(path) for path in tls.client_ca],
            "crl": [str(path) for path in tls.crl],
            "settings": settings,
        }
        root = str(Path(__file__).resolve().parents[1])
        self.process = subprocess.Popen(
            [sys.executable, __file__, json.dumps(words)],
            stdout=subprocess.PIPE, stderr=self.log_path.open("wb"), env={**os.environ, "PYTHONPATH": root},
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.addresses = [tuple(name) for name in json.loads(line)] if line else []

    @property
    def address(self) -> tuple[str, int]:
        return self.addresses[0]

    def log(self) -> str:
        return self.log_path.read_text()

    def wait_for_log(self, words: str, times: int = 1) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.log().count(words) < times:
            assert time.monotonic() < deadline, f"{words!r} not in:\n{self.log()}"
            time.sleep(0.01)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    def end(self) -> int:
        status = self.process.wait(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.end()


class Client:
    """A blocking client; ``kind`` is the TLS library: python's ssl or pyOpenSSL."""

    def __init__(
        self, address: tuple[str, int], pki: Pki, certificate: Path | None, *,
        version: str | None = None, kind: str = "ssl", session: object = None, context: object = None,
    ) -> None:  # fmt: skip
        self.context = context or client_context(pki, certificate, version=version, kind=kind)
        self.raw = socket.create_connection(address, timeout=PATIENCE)
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if isinstance(self.context, ssl.SSLContext):
            self.tls = self.context.wrap_socket(self.raw, server_hostname="localhost", session=session)  # type: ignore[arg-type]
        else:
            self.raw.setblocking(True)
            self.tls = SSL.Connection(self.context, self.raw)  # type: ignore[assignment,arg-type]
            if session is not None:
                self.tls.set_session(session)  # type: ignore[attr-defined]
            self.tls.set_connect_state()  # type: ignore[attr-defined]
            self.tls.do_handshake()

    def send(self, data: bytes) -> None:
        self.tls.sendall(data)

    def receive(self) -> tuple[str, bytes]:
        head = self.exactly(8)
        return chr(head[0]), self.exactly(int.from_bytes(head[4:], "big"))

    def exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.tls.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def ask(self, letter: str, body: bytes = b"") -> bytes:
        self.send(message(letter, body))
        return self.receive()[1]

    def closed_by_server(self) -> bool:
        """Wait until the server has closed."""
        try:
            return self.tls.recv(1) == b""
        except (SSL.ZeroReturnError, SSL.SysCallError, OSError):
            return True

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.tls.close()
            self.raw.close()


def client_context(pki: Pki, certificate: Path | None, *, version: str | None = None, kind: str = "ssl") -> object:
    """Return a client's context that trusts the PKI and shows ``certificate``."""
    if kind == "ssl":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(pki.ca_path)
        if certificate:
            context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        if version:
            context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
        return context
    other = SSL.Context(SSL.TLS_CLIENT_METHOD)
    other.load_verify_locations(str(pki.ca_path))
    other.set_verify(SSL.VERIFY_PEER)
    if certificate:
        other.use_certificate_file(str(certificate))
        other.use_privatekey_file(str(certificate.with_suffix(".key")))
    if version:
        other.set_min_proto_version(getattr(SSL, f"{version.replace('v', '')}_VERSION"))
        other.set_max_proto_version(getattr(SSL, f"{version.replace('v', '')}_VERSION"))
    return other


def settings_of(pki: Pki, server: Path, **others: object) -> TlsSettings:
    """Return the TLS settings of a server with this certificate that trusts the PKI's clients."""
    values = {"certificate": server, "private_key": server.with_suffix(".key"), "client_ca": (pki.ca_path,), **others}
    return TlsSettings(**values)  # type: ignore[arg-type]


def main() -> int:
    """Serve as the words of the command line say."""
    words = json.loads(sys.argv[1])
    logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s %(message)s")
    tls = TlsSettings(
        Path(words["certificate"]), Path(words["private_key"]),
        tuple(map(Path, words["client_ca"])), tuple(map(Path, words["crl"])),
    )  # fmt: skip
    values = dict(words["settings"])
    values["limits"] = Limits(**values.get("limits", {}))
    values["listen"] = tuple(Place(host, port) for host, port in values.get("listen", [("127.0.0.1", 0)]))
    make = BrokenService if values.pop("broken", False) else EchoService
    return serve(TransportSettings(**values), tls, make, ready=lambda names: print(json.dumps(names), flush=True))


class BrokenService(EchoService):
    """Cannot be made."""

    def __init__(self) -> None:
        raise RuntimeError("no database there")


if __name__ == "__main__":
    sys.exit(main())
