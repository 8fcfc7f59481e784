"""What is remembered between PKCS#11 functions: it travels, sealed, in the Correlation Value (2.1 §6.1.37).

Any worker process can go on with it, the server stores nothing, and nobody but its owner can use it: it is sealed to
the client it was made for. It grants nothing: every function asks the policy anew, as the client of this connection.
It ends an hour after it was last renewed.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from kmip_server.operations.cryptoki.refusing import refused
from kmip_server.spec.cryptoki import ReturnCode

LIFE = 3600
"""Seconds after which a Correlation Value is worth nothing."""
MOST_SESSIONS = 16
MOST_HANDLES = 4096
"""How many objects one application may know by a handle."""
MOST_BUFFERED = 65536
"""How many bytes of a multi-part operation are kept until its end, in all sessions together."""


@dataclass(slots=True)
class Active:
    """A cryptographic operation between its Init and its end."""

    mechanism: int
    parameter: bytes | None
    key: int
    """The handle of its key; 0: none (a digest)."""
    data: bytes = b""
    """What the Update functions gave so far."""
    parts: bool = False
    """Whether it has begun to take parts."""


@dataclass(slots=True)
class Session:
    """One PKCS#11 session."""

    writable: bool
    found: list[int] | None = None
    """Handles that a search found and that were not yet asked for; None: no search is active."""
    active: dict[str, Active] = field(default_factory=dict)
    """By kind: encrypt, decrypt, digest, sign, verify."""


@dataclass(slots=True)
class State:
    """An initialized Cryptoki library."""

    expires: int
    """Seconds since 1970."""
    logged_in: bool = False
    finalized: bool = False
    next_session: int = 1
    sessions: dict[int, Session] = field(default_factory=dict)
    objects: list[str] = field(default_factory=list)
    """Unique Identifiers: the first has handle 1."""

    def session(self, handle: int) -> Session:
        """The session of this handle."""
        found = self.sessions.get(handle)
        if found is None:
            raise refused(ReturnCode.SESSION_HANDLE_INVALID)
        return found

    def handle_of(self, unique_identifier: str) -> int:
        """The handle of an object, a new one where it has none yet."""
        if unique_identifier in self.objects:
            return self.objects.index(unique_identifier) + 1
        if len(self.objects) >= MOST_HANDLES:
            raise refused(ReturnCode.DEVICE_MEMORY)
        self.objects.append(unique_identifier)
        return len(self.objects)

    def handles_of(self, unique_identifiers: list[str]) -> list[int]:
        """The handles of many objects."""
        known = {uid: number for number, uid in enumerate(self.objects, 1)}
        fresh = [uid for uid in unique_identifiers if uid not in known]
        if len(self.objects) + len(fresh) > MOST_HANDLES:
            raise refused(ReturnCode.DEVICE_MEMORY)
        self.objects.extend(fresh)
        known |= {uid: number for number, uid in enumerate(self.objects, 1)}
        return [known[uid] for uid in unique_identifiers]

    def object(self, handle: int, otherwise: ReturnCode = ReturnCode.OBJECT_HANDLE_INVALID) -> str:
        """The Unique Identifier of a handle."""
        if not 1 <= handle <= len(self.objects):
            raise refused(otherwise)
        return self.objects[handle - 1]

    def require_room(self, count: int) -> None:
        """Refuse to buffer more than there is room for."""
        kept = sum(len(active.data) for session in self.sessions.values() for active in session.active.values())
        if kept + count > MOST_BUFFERED:
            raise refused(ReturnCode.DATA_LEN_RANGE)


def pack(state: State) -> bytes:
    """The state as bytes, to be sealed."""
    sessions = {
        str(handle): {
            "w": session.writable,
            "f": session.found,
            "a": {
                kind: [
                    active.mechanism,
                    None if active.parameter is None else active.parameter.hex(),
                    active.key,
                    active.data.hex(),
                    active.parts,
                ]
                for kind, active in session.active.items()
            },
        }
        for handle, session in state.sessions.items()
    }
    whole = [state.expires, state.logged_in, state.finalized, state.next_session, sessions, state.objects]
    return zlib.compress(json.dumps(whole, separators=(",", ":")).encode())


def unpack(packed: bytes) -> State:
    """The state from bytes that were sealed here."""
    expires, logged_in, finalized, next_session, sessions, objects = json.loads(zlib.decompress(packed))
    return State(
        expires=expires,
        logged_in=logged_in,
        finalized=finalized,
        next_session=next_session,
        sessions={int(handle): _session(each) for handle, each in sessions.items()},
        objects=objects,
    )


def _session(packed: dict[str, Any]) -> Session:
    active = {
        kind: Active(
            mechanism, None if parameter is None else bytes.fromhex(parameter), key, bytes.fromhex(data), parts
        )
        for kind, (mechanism, parameter, key, data, parts) in packed["a"].items()
    }
    return Session(packed["w"], packed["f"], active)
