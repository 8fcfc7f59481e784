"""What the server says of itself, out of its configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmip_server.app import facts_of
from kmip_server.config import Config
from kmip_server.spec.enums import ClientRegistrationMethod as Method
from kmip_server.spec.enums import Operation

ISSUER = 'issuer_key = "k"\nissuer_certificate = "c"\n'


def config(tmp_path: Path, text: str) -> Config:
    (tmp_path / "server.toml").write_text(text)
    return Config.load(tmp_path / "server.toml")


@pytest.mark.parametrize(
    ("settings", "methods"),
    [
        ("", (Method.SERVER_PRE_GENERATED,)),
        (
            ISSUER,
            (
                Method.SERVER_PRE_GENERATED,
                Method.SERVER_ON_DEMAND,
                Method.CLIENT_GENERATED,
                Method.CLIENT_REGISTERED,
            ),
        ),
        (ISSUER + 'registration_methods = ["unspecified"]\n', (Method.UNSPECIFIED,)),
        ('registration_methods = ["client_registered"]\n', (Method.CLIENT_REGISTERED,)),
    ],
)
def test_registration_methods_are_what_the_server_can_do_or_is_told(
    tmp_path: Path, settings: str, methods: tuple[Method, ...]
) -> None:
    facts = facts_of(config(tmp_path, f"[provisioning]\n{settings}"))
    assert facts.client_registration_methods == methods
    assert (Operation.RE_PROVISION in facts.operations) == ("issuer_key" in settings)
    assert Operation.CERTIFY not in facts.operations
