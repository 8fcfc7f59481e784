"""Who judges attestations, out of the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kmip_server.app.attestation import attesting_of
from kmip_server.config import Config, ConfigurationError
from kmip_server.spec.enums import AttestationType, Operation
from tests.tpm import PCRS, public_pem, quote

KEY = ec.generate_private_key(ec.SECP256R1())
QUOTE = AttestationType.TPM_QUOTE


def config(tmp_path: Path, text: str) -> Config:
    (tmp_path / "a.pem").write_bytes(public_pem(KEY))
    (tmp_path / "server.toml").write_text(text)
    return Config.load(tmp_path / "server.toml")


def test_without_keys_nothing_is_accepted(tmp_path: Path) -> None:
    assert attesting_of(config(tmp_path, "")) is None


@pytest.mark.parametrize("digest", [PCRS, bytes(32), None], ids=["right", "other", "any"])
def test_a_quote_is_judged_by_the_key_and_the_digest_of_its_client(tmp_path: Path, digest: bytes | None) -> None:
    text = '[attestation]\noperations = ["Get", "Re-key Key Pair"]\n[attestation.keys]\none = "a.pem"\n'
    if digest is not None:
        text += f'[attestation.pcr_digests]\none = "{digest.hex()}"\n'
    attesting = attesting_of(config(tmp_path, text))
    assert attesting is not None and attesting.operations == {Operation.GET, Operation.RE_KEY_KEY_PAIR}
    made = quote(KEY, b"nonce")
    assert attesting.judge("certificate:one", QUOTE, made, None, b"nonce") is (digest != bytes(32))
    assert not attesting.judge("certificate:two", QUOTE, made, None, b"nonce")
    assert not attesting.judge("certificate:one", QUOTE, made, b"said", b"nonce")
    assert not attesting.judge("certificate:one", QUOTE, None, None, b"nonce")
    assert not attesting.judge("certificate:one", AttestationType.TCG_INTEGRITY_REPORT, made, None, b"nonce")


@pytest.mark.parametrize(
    "text",
    [
        '[attestation]\noperations = ["Get"]\n',
        '[attestation]\noperations = ["Fetch"]\n[attestation.keys]\none = "a.pem"\n',
        '[attestation.pcr_digests]\none = "00"\n',
        f'[attestation.pcr_digests]\none = "{"00" * 32}"\n',
    ],
)
def test_what_makes_no_sense_stops_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        config(tmp_path, text)


def test_a_file_that_holds_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("none")
    for name in ("none.pem", "absent.pem"):
        with pytest.raises(ConfigurationError, match=name):
            attesting_of(config(tmp_path, f'[attestation.keys]\none = "{name}"\n'))
