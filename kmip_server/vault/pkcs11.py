"""The root key in a hardware security module, reached by PKCS#11; it never leaves the token.

The key is AES-256, sensitive and not extractable; a key under the configured label that can be taken out is
refused, since it may have been. The token wraps key-encryption keys by AES-GCM and does nothing else: no
object is sealed in it, so that it is asked a few times per process and not once per request.

Processes. PKCS#11 (2.40 §5.4) gives a forked child no right to its parent's sessions. So the session is
opened at the first use, and again when the process is another than the one that opened it. All guards of a
process share the library; when one of them starts the library anew, sessions of the others are gone, and
their numbers may name other sessions. An epoch counts those starts, and a session of an earlier epoch is
never used.

Trouble. A token that fails is tried once more, through a fresh library and session, and then the caller is
told. A wrong PIN is never tried twice: tokens lock themselves after a few.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, cast

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11 import exceptions as failures

from kmip_server.domain.secret import Secret
from kmip_server.vault import wrapped as form
from kmip_server.vault.errors import VaultError
from kmip_server.vault.vendors import VENDORS, Vendor

_KEY_BITS = 256
_PIN_ERRORS = (
    failures.PinIncorrect,
    failures.PinInvalid,
    failures.PinLenRange,
    failures.PinExpired,
    failures.PinLocked,
    failures.UserPinNotInitialized,
)


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Which key in which token."""

    token: str
    """Label of the token."""
    label: str = "kmip-server root"
    """Label of the root key."""
    vendor: str = "generic"
    """A row of ``vault/vendors.py``."""
    library: str = ""
    """Path of the PKCS#11 library; empty: where the vendor's usually lies."""


class _TokenKey(Protocol):
    """What is asked of a key in a token; python-pkcs11 adds the verbs to its classes at run time."""

    @property
    def key_length(self) -> int:
        """Bits."""

    def __getitem__(self, attribute: Attribute) -> Any: ...

    def encrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: object) -> bytes:
        """Encrypt in the token."""

    def decrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: object) -> bytes:
        """Decrypt in the token."""


class _Loaded(NamedTuple):
    """A library as this process started it."""

    module: Any  # python-pkcs11 declares the class in its extension only
    pid: int
    epoch: int


class _Opened(NamedTuple):
    """The root key through a session that is logged in, and the epoch in which it is valid."""

    key: _TokenKey
    pid: int
    epoch: int


_LOCK = threading.RLock()
"""One thread at a time starts the library or uses the key: a wrap takes microseconds and is rare."""
_LOADED: dict[str, _Loaded] = {}


class Pkcs11Guard:
    """Guards a root key that stays in a token."""

    name: Final = "pkcs11"

    def __init__(
        self, settings: TokenSettings, pin: Callable[[], Secret], random: Callable[[int], bytes] = os.urandom
    ) -> None:
        """Touch nothing yet; ``pin`` is asked when a session is opened, and the PIN is not kept."""
        self._settings = settings
        self._pin = pin
        self._random = random
        self._vendor = _vendor(settings)
        self._mechanism = Mechanism[self._vendor.mechanism]
        self._refusals = tuple(getattr(failures, name) for name in sorted(self._vendor.refusals))
        self._opened: _Opened | None = None
        self._root_id: str | None = None
        self._barred: str | None = None

    @property
    def root_id(self) -> str:
        """A public name of the root key; asks the token once. Raises VaultError."""
        return self._root_id or self._ask(lambda key: _check_value(key).encode()).decode()

    def wrap(self, kek: bytes, bound: bytes) -> bytes:
        """Wrap a key-encryption key in the token, bound to what it is told; raises VaultError."""
        form.require_kek(kek)
        nonce = self._random(form.NONCE_BYTES)
        parameters = _gcm(nonce, bound)
        return form.join(
            nonce, self._ask(lambda key: key.encrypt(kek, mechanism=self._mechanism, mechanism_param=parameters))
        )

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        """Unwrap it again; raises VaultError when it is altered, bound otherwise, or of another root key."""
        nonce, ciphertext = form.split(wrapped)
        parameters = _gcm(nonce, bound)
        return self._ask(lambda key: self._decrypt(key, ciphertext, parameters))

    def _decrypt(self, key: _TokenKey, ciphertext: bytes, parameters: GCMParams) -> bytes:
        try:
            return key.decrypt(ciphertext, mechanism=self._mechanism, mechanism_param=parameters)
        except self._refusals as error:
            raise VaultError(
                f"Root key {self._settings.label!r} in token {self._settings.token!r} does not open a KEK of this "
                "database; configure the token and label that belong to it, or restore the KEK from backup."
            ) from error

    def _ask(self, act: Callable[[_TokenKey], bytes]) -> bytes:
        """Use the key; when the token fails, once more from the beginning."""
        with _LOCK:
            try:
                return act(self._key())
            except pkcs11.PKCS11Error:
                self._opened = None
            try:
                return act(self._key(afresh=True))
            except pkcs11.PKCS11Error as error:
                self._opened = None
                raise _explained(error, self._settings) from error

    def _key(self, *, afresh: bool = False) -> _TokenKey:
        """The root key through a session of this process and epoch."""
        if self._barred is not None:
            raise VaultError(self._barred)
        loaded = _start(_library(self._settings, self._vendor), afresh=afresh)
        opened = self._opened
        if opened is None or (opened.pid, opened.epoch) != (loaded.pid, loaded.epoch):
            session = self._login(loaded)
            key = _find_key(session, self._settings)
            self._recognise(key)
            opened = self._opened = _Opened(key, loaded.pid, loaded.epoch)
        return opened.key

    def _login(self, loaded: _Loaded) -> pkcs11.Session:
        try:
            return _open_session(loaded.module, self._settings, self._pin)
        except _PIN_ERRORS as error:
            self._barred = str(_explained(error, self._settings))
            raise VaultError(self._barred) from error

    def _recognise(self, key: _TokenKey) -> None:
        """Name the key, and notice when another has taken its place since it was last opened."""
        found = _check_value(key)
        if self._root_id not in (None, found):
            raise VaultError(
                f"Token {self._settings.token!r} now holds root key {found} and not {self._root_id} as before; "
                "put the former token back."
            )
        self._root_id = found


def init_root(settings: TokenSettings, pin: Callable[[], Secret]) -> str:
    """Make the root key in the token and return its root id; VaultError when the label is taken already."""
    with _LOCK:
        try:
            loaded = _start(_library(settings, _vendor(settings)), afresh=True)
            with _open_session(loaded.module, settings, pin, writable=True) as session:
                if any(True for _ in session.get_objects({Attribute.LABEL: settings.label})):
                    raise VaultError(
                        f"Token {settings.token!r} already holds an object {settings.label!r}, which is never "
                        "written over; use it, or configure another label."
                    )
                key = _generate(session, settings.label)
                _require_kept_inside(key, settings)
                return _check_value(key)
        except pkcs11.PKCS11Error as error:
            raise _explained(error, settings) from error


def _generate(session: pkcs11.Session, label: str) -> _TokenKey:
    key = session.generate_key(
        KeyType.AES,
        _KEY_BITS,
        label=label,
        id=os.urandom(8),
        store=True,
        # Not wrap or unwrap: a key that may wrap and decrypt gives away what it wraps.
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        template={Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
    )
    return cast(_TokenKey, key)


def _vendor(settings: TokenSettings) -> Vendor:
    vendor = VENDORS.get(settings.vendor)
    if vendor is None:
        raise VaultError(f"There is no HSM vendor {settings.vendor!r}; configure one of: {', '.join(VENDORS)}.")
    return vendor


def _library(settings: TokenSettings, vendor: Vendor) -> str:
    candidates = (settings.library,) if settings.library else vendor.libraries
    for path in candidates:
        if Path(path).is_file():
            return path
    looked = ", ".join(candidates) or "nowhere, since none is configured"
    raise VaultError(
        f"The PKCS#11 library of {vendor.name} was not found (looked in: {looked}); install it or configure its path."
    )


def _start(path: str, *, afresh: bool) -> _Loaded:
    """Load the library once per process; ``afresh`` starts it again, which ends every session of the process."""
    loaded, pid = _LOADED.get(path), os.getpid()
    if loaded is not None and loaded.pid == pid and not afresh:
        return loaded
    module: Any = pkcs11.lib(path) if loaded is None else loaded.module
    if loaded is not None:
        try:
            module.finalize()
        except pkcs11.PKCS11Error:
            pass  # it was not running, as a forked child's library may say; starting it is what matters
        module.initialize()
    started = _LOADED[path] = _Loaded(module, pid, 0 if loaded is None else loaded.epoch + 1)
    return started


def _open_session(
    module: Any, settings: TokenSettings, pin: Callable[[], Secret], *, writable: bool = False
) -> pkcs11.Session:
    token: pkcs11.Token = module.get_token(token_label=settings.token)
    with pin() as secret:
        try:
            text = secret.expose().decode()
        except UnicodeDecodeError:
            raise VaultError(f"The PIN of token {settings.token!r} is not UTF-8 text; correct its file.") from None
    try:
        # A refused login leaves its session open in python-pkcs11; a guard that was refused asks no more.
        return token.open(rw=writable, user_pin=text)
    except failures.UserAlreadyLoggedIn:
        # Login is the application's, not the session's (2.40 §2.6): another guard of this process has done it.
        return token.open(rw=writable)


def _find_key(session: pkcs11.Session, settings: TokenSettings) -> _TokenKey:
    key = cast(_TokenKey, session.get_key(object_class=ObjectClass.SECRET_KEY, label=settings.label))
    if key[Attribute.KEY_TYPE] != KeyType.AES or key.key_length != _KEY_BITS:
        raise VaultError(
            f"The key {settings.label!r} in token {settings.token!r} is not AES-256; "
            "configure another label and run: kmip-server init-root"
        )
    _require_kept_inside(key, settings)
    return key


def _require_kept_inside(key: _TokenKey, settings: TokenSettings) -> None:
    if key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]:
        raise VaultError(
            f"The key {settings.label!r} in token {settings.token!r} can be taken out of the token and is refused "
            "as a root key; configure another label and run: kmip-server init-root"
        )


def _check_value(key: _TokenKey) -> str:
    zeros = bytes(form.BLOCK_BYTES)
    return form.root_id_of(key.encrypt(zeros, mechanism=Mechanism.AES_CBC, mechanism_param=form.CHECK_BLOCK))


def _gcm(nonce: bytes, bound: bytes) -> GCMParams:
    return GCMParams(nonce, form.associated_data(bound), form.TAG_BYTES * 8)


def _explained(error: pkcs11.PKCS11Error, settings: TokenSettings) -> VaultError:
    """Say in one sentence what a library's error means to the operator and what to do."""
    token, label = settings.token, settings.label
    for kind, advice in (
        (failures.PinLocked, f"The PIN of token {token!r} is locked; have the token's security officer unlock it."),
        (failures.PinExpired, f"The PIN of token {token!r} has expired; set a new one and configure it."),
        (failures.UserPinNotInitialized, f"Token {token!r} has no user PIN; set one with the vendor's tool."),
        (_PIN_ERRORS, f"Token {token!r} refuses the PIN; correct it where the configuration says it is, then restart."),
        (failures.NoSuchToken, f"There is no token {token!r}; connect or initialise it, or correct its label."),
        (
            failures.MultipleTokensReturned,
            f"Several tokens are called {token!r}; give the right one a label of its own.",
        ),
        (failures.NoSuchKey, f"Token {token!r} holds no key {label!r}; run: kmip-server init-root"),
        (
            failures.MultipleObjectsReturned,
            f"Token {token!r} holds several keys {label!r}; remove all but the right one.",
        ),
    ):
        if isinstance(error, kind):
            return VaultError(advice)
    what = " ".join(filter(None, (type(error).__name__, str(error))))
    return VaultError(f"Token {token!r} does not work ({what}); check the device, its driver and its connection.")
