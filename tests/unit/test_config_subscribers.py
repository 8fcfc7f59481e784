"""The section on subscribers: what it takes, what it refuses, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmip_server.app import subscribers_of
from kmip_server.config import Config, ConfigurationError
from kmip_server.domain.subscriber import Event
from kmip_server.spec.enums import ObjectType
from kmip_server.spec.version import V1_4, V2_1


def load(folder: Path, text: str) -> Config:
    (folder / "server.toml").write_text(text)
    return Config.load(folder / "server.toml")


def test_nobody_is_told_unless_named(tmp_path: Path) -> None:
    assert subscribers_of(load(tmp_path, "")) == ()


def test_a_subscriber_has_the_rights_of_the_client_of_its_name_and_hears_of_everything(tmp_path: Path) -> None:
    (found,) = subscribers_of(load(tmp_path, '[subscribers.receivers.array]\naddress = "array.example:5696"\n'))
    assert (found.name, found.subject.name, found.subject.address) == ("array", "certificate:array", "array.example")
    assert (found.version, found.put, found.events, found.object_types) == (V1_4, False, frozenset(Event), frozenset())


def test_every_setting_is_taken_up(tmp_path: Path) -> None:
    text = """
    [subscribers]
    ca = ["theirs.pem"]
    receivers.a = { address = "[::1]:1", client = "c", groups = ["g"], version = "2.1", put = true, events = ["state"],
                    object_types = ["Symmetric Key"], owners = ["o"], object_groups = ["tapes"], server_name = "n" }
    """.replace("\n                    ", " ")
    config = load(tmp_path, text)
    (found,) = subscribers_of(config)
    assert (found.subject.name, found.subject.groups) == ("certificate:c", frozenset({"g"}))
    assert (found.version, found.put, found.events) == (V2_1, True, frozenset({Event.STATE}))
    assert found.object_types == frozenset({ObjectType.SYMMETRIC_KEY})
    assert (found.owners, found.groups) == (frozenset({"certificate:o"}), frozenset({"tapes"}))
    certificate, _, authorities = config.subscribers.files(config.tls.certificate, config.tls.key, config.tls.client_ca)
    assert (certificate, authorities) == (config.tls.certificate, (tmp_path / "theirs.pem",))


@pytest.mark.parametrize(
    "line",
    [
        'receivers.a = { put = true }',
        'receivers.a = { address = "nowhere" }',
        'receivers.a = { address = "a:1", version = "1.9" }',
        'receivers.a = { address = "a:1", events = ["birth"] }',
        'receivers.a = { address = "a:1", object_types = ["Key"] }',
        'receivers.a = { address = "a:1", colour = "red" }',
        'receivers.a = { address = "a:1", query = ["Query Application Namespaces"] }',
        'receivers.a = { address = "a:1", query = true }',
        'receivers.a = { address = "a:1", wrapping_key = "k", wrapping_key_name = "n" }',
        'own_certificate = "only.pem"',
        "give_up_seconds = 0",
    ],
)  # fmt: skip
def test_mistakes_stop_the_start(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError):
        load(tmp_path, f"[subscribers]\n{line}\n")


def test_an_unknown_setting_of_a_subscriber_names_itself(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, '[subscribers.receivers.a]\naddress = "a:1"\nputt = true\n')
    (said,) = caught.value.mistakes
    assert "subscribers.receivers.a.putt is not a setting; did you mean subscribers.receivers.a.put?" in said
