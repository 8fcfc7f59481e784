"""What the server says of itself, out of its configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmip_server.app import facts_of
from kmip_server.config import Config, ConfigurationError
from kmip_server.spec.enums import ClientRegistrationMethod as Method
from kmip_server.spec.enums import Operation, ValidationAuthorityType, ValidationType

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


VALIDATED = """
[[server.validations]]
authority_country = "US"
version_major = 3
type = "hardware"
level = 2
certificate_identifier = "4711"
profiles = ["one", "two"]
"""


def test_validations_are_those_that_the_operator_declares(tmp_path: Path) -> None:
    assert facts_of(config(tmp_path, "")).validations == ()
    (told,) = facts_of(config(tmp_path, VALIDATED)).validations
    assert told.validation_authority_type is ValidationAuthorityType.NIST_CMVP
    assert (told.validation_authority_country, told.validation_version_major) == ("US", 3)
    assert (told.validation_type, told.validation_level) == (ValidationType.HARDWARE, 2)
    assert (told.validation_certificate_identifier, told.validation_profile) == ("4711", ["one", "two"])
    assert told.validation_version_minor is None


@pytest.mark.parametrize(
    ("old", "new"),
    [("hardware", "wetware"), ('"US"', '"Utopia"'), ("level = 2", "level = -1"), ("version_major = 3\n", "")],
)
def test_a_validation_that_makes_no_sense_stops_the_start(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ConfigurationError, match="validations"):
        config(tmp_path, VALIDATED.replace(old, new))
