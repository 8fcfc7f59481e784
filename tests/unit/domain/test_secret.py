from __future__ import annotations

import copy
import json
import pickle
import traceback
from collections.abc import Callable

import pytest

from kmip_server.domain.secret import Secret

VALUE = b"canary-key-bytes"


def test_expose_is_the_way_to_the_value() -> None:
    assert Secret(VALUE).expose() == VALUE
    assert Secret(bytearray(VALUE)).expose() == VALUE


@pytest.mark.parametrize(
    "shown",
    [
        lambda s: repr(s),
        lambda s: str(s),
        lambda s: f"{s}",
        lambda s: f"{s!r:>40}",
        lambda s: format(s, ">40"),
        lambda s: f"{s} {[s]!r}",
        lambda s: "".join(traceback.format_exception(ValueError(s))),
    ],
)
def test_no_text_shows_it(shown: Callable[[Secret], str]) -> None:
    text = shown(Secret(VALUE))
    assert "canary" not in text
    assert "<secret>" in text


@pytest.mark.parametrize(
    "leak",
    [
        lambda s: pickle.dumps(s),
        lambda s: copy.copy(s),
        lambda s: copy.deepcopy(s),
        lambda s: json.dumps(s),
        lambda s: s == Secret(VALUE),
        lambda s: s == VALUE,
        lambda s: s != VALUE,
        lambda s: hash(s),
        lambda s: len(s),
        lambda s: list(s),
        lambda s: bytes(s),
        lambda s: s[0],
        lambda s: VALUE in s,
        lambda s: bool(s),
        lambda s: vars(s),
    ],
)
def test_every_other_way_is_refused(leak: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as refused:
        leak(Secret(VALUE))
    assert "canary" not in str(refused.value)


def test_matches_compares_the_values() -> None:
    secret = Secret(VALUE)
    assert secret.matches(VALUE)
    assert secret.matches(Secret(VALUE))
    assert not secret.matches(VALUE[:-1])
    assert not secret.matches(VALUE[:-1] + b"x")


def test_leaving_the_block_wipes_the_bytes_in_place() -> None:
    with Secret(VALUE) as secret:
        held = secret._held
        assert secret.expose() == VALUE
    assert secret.expose() == b""
    assert held == b""


def test_an_exception_wipes_too() -> None:
    secret = Secret(VALUE)
    with pytest.raises(RuntimeError), secret:
        raise RuntimeError
    assert secret.expose() == b""


def test_it_does_not_wipe_what_it_was_given() -> None:
    given = bytearray(VALUE)
    Secret(given).wipe()
    assert given == VALUE
