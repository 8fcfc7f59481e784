"""What counts once: one-time passwords, time stamps of hashed passwords; and where a device's credential lies.

It is kept in the database (``ports.SignInRow``), so that what one worker took no other takes again, and a restart
forgets nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from kmip_server.engine.claims import DEVICE_FIELDS
from kmip_server.errors import KmipError
from kmip_server.ports import Ciphers, SignInRow, Transaction
from kmip_server.spec.enums import HashingAlgorithm, OtpAlgorithm, ResultReason
from kmip_server.spec.structures.credential_objects import DeviceCredential, OtpCredential
from kmip_server.spec.structures.credentials import Device

_FOR_GOOD = 2**40
"""Seconds since 1970: some thirty thousand years on."""
_AHEAD = 10
"""HOTP: how many passwords a client may have generated and not used (RFC 4226 §7.4: the look-ahead parameter s)."""
_STEPS_OFF = 1
"""TOTP: how many intervals a clock may be off (RFC 6238 §5.2: "at most one time step is allowed")."""
_ONE_TIME = "one-time password"
_UNUSED: dict[str, Any] = {"next": None, "wrong": 0, "until": 0}
_MOST_WRONG = 10
_LOCKED_SECONDS = 300
"""RFC 4226 §7.3: after so many wrong passwords in a row a generator rests; six digits are soon guessed."""
MOST_SKEW_SECONDS = 300
"""How far the time stamp of a hashed password may be off this server's time."""


def _key(kind: str, name: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{name}".encode("utf-8", "surrogatepass")).digest()


class Once:
    """What was used up, seen from one request."""

    def __init__(self, tx: Transaction, ciphers: Ciphers, now_us: int, keep: bool) -> None:
        self._tx = tx
        self._ciphers = ciphers
        self._now_us = now_us
        self._now = now_us // 1_000_000
        self._keep = keep

    def spend(self, generators: Sequence[tuple[str, OtpCredential]], password: str) -> bool:
        """Take a one-time password that is of one of the generators and newer than its last; count wrong ones."""
        read = [(generator, *self._read(_key(_ONE_TIME, uid))) for uid, generator in generators]
        awake = [(generator, row, _UNUSED | known) for generator, row, known in read]
        awake = [each for each in awake if each[2]["until"] <= self._now]
        for generator, row, facts in awake:
            counter = self._counter(generator, facts["next"], password)
            if counter is not None:
                self._write(row, _UNUSED | {"next": counter + 1})
                return True
        for _, row, facts in awake:
            wrong = facts["wrong"] + 1
            rests = wrong >= _MOST_WRONG
            more = {"wrong": 0 if rests else wrong, "until": self._now + _LOCKED_SECONDS if rests else 0}
            self._write(row, facts | more)
        return False

    def _counter(self, generator: OtpCredential, first: int | None, password: str) -> int | None:
        """The counter whose password this is; every one that may be is looked at."""
        if generator.otp_algorithm is OtpAlgorithm.TOTP:
            step = self._now // (generator.otp_interval or 30)
            counters = range(max(step - _STEPS_OFF, first or 0), step + _STEPS_OFF + 1)
        else:
            begin = (generator.otp_counter or 0) if first is None else first
            counters = range(begin, begin + _AHEAD)
        digits, digest = generator.otp_digits or 6, generator.otp_digest or HashingAlgorithm.SHA_1
        found = None
        given = password.encode("utf-8", "surrogatepass")
        for counter in counters:
            made = self._ciphers.one_time_password(generator.otp_seed, counter, digits, digest)
            if hmac.compare_digest(made.encode(), given) and found is None:
                found = counter
        return found

    def later(self, uid: str, stamp_us: int) -> bool:
        """Take a time stamp (microseconds) near now and later than the last: it "SHALL monotonically increase"."""
        if abs(stamp_us - self._now_us) > MOST_SKEW_SECONDS * 1_000_000:
            return False
        row, facts = self._read(_key("hashed password", uid))
        if facts and stamp_us <= facts["last"]:
            return False
        self._write(row, {"last": stamp_us})
        return True

    def _read(self, key: bytes) -> tuple[_Row, dict[str, Any]]:
        row = self._tx.sign_in(key, for_change=self._keep)
        return _Row(key, row is None), {} if row is None else json.loads(row.facts)

    def _write(self, row: _Row, facts: dict[str, Any]) -> None:
        if self._keep:
            _write(self._tx, row, facts, self._now)


class _Row(NamedTuple):
    """Where something is remembered, and whether it is for the first time."""

    key: bytes
    new: bool


def _write(tx: Transaction, row: _Row, facts: Any, now: int) -> None:
    written = SignInRow(row.key, _FOR_GOOD, json.dumps(facts))
    if row.new:
        tx.insert_sign_in(written, now)
    else:
        tx.replace_sign_in(written)


class DeviceIndex:
    """Which device credentials have a field of this content: the credentials themselves are sealed."""

    _MOST = 1000
    """Credentials with one field alike, such as all the disks of one machine."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, uid: str, credential: DeviceCredential, now: int) -> None:
        """Enter a new credential under each of its fields."""
        for each in DEVICE_FIELDS:
            content = getattr(credential, each)
            if not content:
                continue
            key = _key(f"device {each}", content)
            row = self._tx.sign_in(key, for_change=True)
            known = _names(row)
            if len(known) >= self._MOST:
                known = [other for other in known if self._tx.load(other) is not None]
            if len(known) >= self._MOST:
                raise KmipError(f"{self._MOST} devices are alike in one field", ResultReason.SERVER_LIMIT_EXCEEDED)
            _write(self._tx, _Row(key, row is None), [*known, uid], now)

    def named(self, device: Device, fields: Sequence[str]) -> list[str]:
        """The credentials that have each of the fields as the device says it."""
        keys = [_key(f"device {each}", getattr(device, each) or "") for each in fields]
        lists = [_names(self._tx.sign_in(key)) for key in keys]
        shortest = min(lists, key=len, default=[])
        return [uid for uid in shortest if all(uid in each for each in lists)]


def _names(row: SignInRow | None) -> list[str]:
    return [] if row is None else list(json.loads(row.facts))
