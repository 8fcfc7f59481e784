"""The token's own troubles, on a real SoftHSM2; what every guard promises is in ``tests/contracts``."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType
from pkcs11 import exceptions as failures

from kmip_server.domain.secret import Secret
from kmip_server.vault import pkcs11 as room
from kmip_server.vault.errors import VaultError
from kmip_server.vault.pkcs11 import Pkcs11Guard, TokenSettings, init_root
from kmip_server.vault.vendors import VENDORS
from tests.softhsm import PIN, SoftToken, soft_token

_number = itertools.count()


@pytest.fixture(scope="module")
def token() -> SoftToken:
    return soft_token(f"pkcs11-{next(_number)}")


@pytest.fixture
def fresh_token() -> SoftToken:
    """A token that nobody has logged in to: a login is the whole process's, and would hide a wrong PIN."""
    return soft_token(f"pkcs11-{next(_number)}")


@pytest.fixture
def settings(token: SoftToken) -> TokenSettings:
    """A root key of its own in the shared token."""
    made = token.settings(f"root-{next(_number)}")
    init_root(made, token.pin)
    return made


def _module(token: SoftToken) -> Any:
    return pkcs11.lib(token.library)


def _session(token: SoftToken) -> Any:
    """A session of the test's own, beside those of the guards."""
    found = _module(token).get_token(token_label=token.label)
    try:
        return found.open(rw=True, user_pin=PIN)
    except failures.UserAlreadyLoggedIn:
        return found.open(rw=True)


def _make_key(token: SoftToken, label: str, bits: int = 256, **template: bool) -> None:
    attributes = {Attribute[name.upper()]: value for name, value in template.items()}
    with _session(token) as session:
        session.generate_key(KeyType.AES, bits, label=label, store=True, template=attributes)


def _restart(token: SoftToken) -> None:
    """The next use of a guard finds neither library nor session as it left them."""
    _module(token).finalize()


def test_the_root_key_is_made_to_stay_inside(token: SoftToken, settings: TokenSettings) -> None:
    with _session(token) as session:
        key = session.get_key(label=settings.label)
        yes = (Attribute.TOKEN, Attribute.PRIVATE, Attribute.SENSITIVE, Attribute.NEVER_EXTRACTABLE, Attribute.ENCRYPT)
        no = (Attribute.EXTRACTABLE, Attribute.WRAP, Attribute.UNWRAP, Attribute.SIGN, Attribute.DERIVE)
        assert {name for name in (*yes, *no) if key[name]} == set(yes)
        assert (key.key_type, key.key_length) == (KeyType.AES, 256)
        with pytest.raises(failures.AttributeSensitive):
            key[Attribute.VALUE]


def test_init_root_returns_the_id_that_the_guard_has(token: SoftToken) -> None:
    settings = token.settings(f"root-{next(_number)}")
    root_id = init_root(settings, token.pin)
    assert Pkcs11Guard(settings, token.pin).root_id == root_id


def test_init_root_refuses_a_label_that_is_taken(token: SoftToken, settings: TokenSettings) -> None:
    before = Pkcs11Guard(settings, token.pin).root_id
    with pytest.raises(VaultError, match="never written over"):
        init_root(settings, token.pin)
    assert Pkcs11Guard(settings, token.pin).root_id == before


def test_nothing_is_touched_before_the_first_use(token: SoftToken) -> None:
    def pin() -> Secret:
        raise AssertionError("the PIN was asked for")

    Pkcs11Guard(replace(token.settings(), library="/nonexistent.so"), pin)


@pytest.mark.parametrize("library", ["/nonexistent/libsofthsm2.so", "/tmp"])
def test_a_missing_library_is_named(token: SoftToken, library: str) -> None:
    with pytest.raises(VaultError, match=rf"library of softhsm2 was not found \(looked in: {library}\); install"):
        Pkcs11Guard(replace(token.settings(), library=library), token.pin).wrap(bytes(32), b"")


def test_a_file_that_is_no_library_is_refused_in_a_sentence(token: SoftToken, tmp_path: Path) -> None:
    (tmp_path / "lib.so").write_text("not a library")
    with pytest.raises(VaultError, match="does not work"):
        Pkcs11Guard(replace(token.settings(), library=str(tmp_path / "lib.so")), token.pin).wrap(bytes(32), b"")


def test_the_generic_vendor_asks_for_its_library(token: SoftToken) -> None:
    with pytest.raises(VaultError, match="none is configured"):
        init_root(replace(token.settings(), vendor="generic", library=""), token.pin)


def test_the_generic_vendor_works_with_a_named_library(token: SoftToken, settings: TokenSettings) -> None:
    guard = Pkcs11Guard(replace(settings, vendor="generic"), token.pin)
    wrapped = guard.wrap(b"k" * 32, b"bound")
    assert Pkcs11Guard(settings, token.pin).unwrap(wrapped, b"bound") == b"k" * 32
    with pytest.raises(VaultError):
        guard.unwrap(wrapped, b"other")


def test_an_unknown_vendor_is_told_the_known_ones(token: SoftToken) -> None:
    with pytest.raises(VaultError, match="softhsm2, generic"):
        Pkcs11Guard(replace(token.settings(), vendor="acme"), token.pin)


def test_every_vendor_row_names_things_that_exist() -> None:
    for name, row in VENDORS.items():
        assert row.name == name
        assert row.mechanism in pkcs11.Mechanism.__members__
        assert all(issubclass(getattr(failures, error), pkcs11.PKCS11Error) for error in row.refusals)


def test_a_missing_token_is_named(token: SoftToken) -> None:
    for act in (lambda s: init_root(s, token.pin), lambda s: Pkcs11Guard(s, token.pin).root_id):
        with pytest.raises(VaultError, match="There is no token 'elsewhere'; connect or initialise it"):
            act(token.settings(token="elsewhere"))


def test_a_token_that_came_after_the_library_was_started_is_found(token: SoftToken, settings: TokenSettings) -> None:
    guard = Pkcs11Guard(settings, token.pin)
    wrapped = guard.wrap(b"k" * 32, b"")
    late = soft_token(f"pkcs11-late-{next(_number)}")
    with pytest.raises(VaultError, match="holds no key"):
        Pkcs11Guard(late.settings(), late.pin).wrap(b"k" * 32, b"")
    assert guard.unwrap(wrapped, b"") == b"k" * 32


def test_a_missing_key_says_how_to_make_one(token: SoftToken) -> None:
    with pytest.raises(VaultError, match="holds no key 'nothing'; run: kmip-server init-root"):
        Pkcs11Guard(token.settings("nothing"), token.pin).wrap(bytes(32), b"")


def test_a_wrong_pin_is_told_and_never_tried_again(fresh_token: SoftToken) -> None:
    asked: list[int] = []

    def wrong() -> Secret:
        asked.append(1)
        return Secret(b"0000")

    guard = Pkcs11Guard(fresh_token.settings(), wrong)
    for _ in range(3):
        with pytest.raises(VaultError, match="refuses the PIN; correct it") as refused:
            guard.wrap(bytes(32), b"")
        assert "0000" not in str(refused.value)
    assert len(asked) == 1
    with pytest.raises(VaultError, match="refuses the PIN"):
        init_root(fresh_token.settings(), wrong)


def test_a_pin_that_is_no_text_is_refused(token: SoftToken) -> None:
    with pytest.raises(VaultError, match="not UTF-8"):
        Pkcs11Guard(token.settings(), lambda: Secret(b"\xff")).wrap(bytes(32), b"")


@pytest.mark.parametrize("template", [{"extractable": True}, {"sensitive": False}])
def test_a_key_that_can_be_taken_out_is_refused(token: SoftToken, template: dict[str, bool]) -> None:
    label = f"loose-{next(_number)}"
    _make_key(token, label, **({"sensitive": True, "extractable": False} | template))
    with pytest.raises(VaultError, match="can be taken out of the token and is refused"):
        Pkcs11Guard(token.settings(label), token.pin).wrap(bytes(32), b"")


def test_a_shorter_key_is_refused(token: SoftToken) -> None:
    label = f"short-{next(_number)}"
    _make_key(token, label, bits=128, sensitive=True, extractable=False)
    with pytest.raises(VaultError, match="not AES-256"):
        Pkcs11Guard(token.settings(label), token.pin).wrap(bytes(32), b"")


def test_two_keys_of_one_label_are_refused(token: SoftToken) -> None:
    label = f"twin-{next(_number)}"
    for _ in range(2):
        _make_key(token, label, sensitive=True, extractable=False)
    with pytest.raises(VaultError, match="several keys"):
        Pkcs11Guard(token.settings(label), token.pin).wrap(bytes(32), b"")


def test_a_lost_session_is_opened_again(token: SoftToken, settings: TokenSettings) -> None:
    guard = Pkcs11Guard(settings, token.pin)
    wrapped = guard.wrap(b"k" * 32, b"")
    _restart(token)
    assert guard.unwrap(wrapped, b"") == b"k" * 32


def test_a_guard_never_uses_the_session_of_another_that_restarted_the_library(
    token: SoftToken, fresh_token: SoftToken, settings: TokenSettings
) -> None:
    other = fresh_token.settings()
    init_root(other, fresh_token.pin)
    one, two = Pkcs11Guard(settings, token.pin), Pkcs11Guard(other, fresh_token.pin)
    for _ in range(3):
        wrapped = one.wrap(b"k" * 32, b"")
        _restart(token)
        wrapped_by_two = two.wrap(b"j" * 32, b"")
        assert one.unwrap(wrapped, b"") == b"k" * 32
        assert two.unwrap(wrapped_by_two, b"") == b"j" * 32


def test_a_device_that_keeps_failing_is_tried_twice_and_told(
    token: SoftToken, settings: TokenSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = Pkcs11Guard(settings, token.pin)
    tried: list[int] = []

    def fails(*arguments: object) -> None:
        tried.append(1)
        raise failures.DeviceError("unplugged")

    with monkeypatch.context() as patch:
        patch.setattr(room, "_find_key", fails)
        with pytest.raises(VaultError, match=r"does not work \(DeviceError unplugged\); check the device") as refused:
            guard.wrap(bytes(32), b"")
    assert len(tried) == 2
    assert isinstance(refused.value.__cause__, failures.DeviceError)
    assert guard.unwrap(guard.wrap(b"k" * 32, b""), b"") == b"k" * 32


def test_another_key_in_the_place_of_the_former_is_noticed(token: SoftToken, settings: TokenSettings) -> None:
    guard = Pkcs11Guard(settings, token.pin)
    before = guard.root_id
    with _session(token) as session:
        session.get_key(label=settings.label).destroy()
    init_root(settings, token.pin)
    with pytest.raises(VaultError, match=f"not {before} as before"):
        guard.wrap(bytes(32), b"")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (failures.PinLocked(), "is locked"),
        (failures.PinExpired(), "has expired"),
        (failures.UserPinNotInitialized(), "no user PIN"),
        (failures.PinLenRange(), "refuses the PIN"),
        (failures.MultipleTokensReturned(), "Several tokens"),
        (failures.DeviceRemoved(), "DeviceRemoved"),
    ],
)
def test_each_trouble_has_its_sentence(token: SoftToken, error: pkcs11.PKCS11Error, says: str) -> None:
    text = str(room._explained(error, token.settings()))
    assert says in text
    assert token.label in text
    assert text.endswith(".")
