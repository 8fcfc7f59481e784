"""A real PKCS#11 token for tests: SoftHSM2, initialised in a folder of its own.

The library reads its configuration once per process, when it is first started; so one folder serves a whole
test process, and each test takes as many tokens in it as it needs, told apart by their labels.

    token = soft_token("audit-1")          # made, empty, with a user PIN
    guard = Pkcs11Guard(token.settings(), token.pin)

A server started by a test sees the same tokens with ``token.environment`` in its environment.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from kmip_server.domain.secret import Secret
from kmip_server.vault.pkcs11 import TokenSettings
from kmip_server.vault.vendors import VENDORS

ABSENT = "SoftHSM2 is absent, so no real token was tested; run: apt-get install softhsm2"
PIN, SECURITY_OFFICER_PIN = "4-Test-Only", "8-Test-Only"

_folder: Path | None = None


@dataclass(frozen=True)
class SoftToken:
    """An initialised token and how to reach it."""

    label: str
    library: str
    environment: dict[str, str]

    def settings(self, label: str = "root", token: str | None = None) -> TokenSettings:
        return TokenSettings(token=token or self.label, label=label, vendor="softhsm2", library=self.library)

    @staticmethod
    def pin() -> Secret:
        return Secret(PIN.encode())


def soft_token(label: str) -> SoftToken:
    """Initialise a token; without SoftHSM2 skip with the reason, but fail where it could be installed (root, CI)."""
    utility = shutil.which("softhsm2-util")
    library = next((path for path in VENDORS["softhsm2"].libraries if Path(path).is_file()), None)
    if utility is None or library is None:
        if os.geteuid() == 0 or os.environ.get("CI"):
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)
    environment = {"SOFTHSM2_CONF": str(_configuration())}
    os.environ.update(environment)
    subprocess.run(
        [utility, "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SECURITY_OFFICER_PIN],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        timeout=60,
    )
    return SoftToken(label, library, environment)


def _configuration() -> Path:
    global _folder
    if _folder is None or not _folder.is_dir():
        _folder = Path(tempfile.mkdtemp(prefix="kmip-softhsm-"))
        atexit.register(_remove, _folder, os.getpid())
        (_folder / "tokens").mkdir()
        lines = (f"directories.tokendir = {_folder}/tokens", "objectstore.backend = file", "log.level = ERROR")
        (_folder / "softhsm2.conf").write_text("\n".join(lines) + "\n")
    return _folder / "softhsm2.conf"


def _remove(folder: Path, owner: int) -> None:
    # A forked child inherits this; only the process that made the folder removes it.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
