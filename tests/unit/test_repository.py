"""What is under version control: nothing private, ever."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MARK = b"-----BEGIN "
PRIVATE = (b"PRIVATE KEY-----", b"RSA PRIVATE KEY-----", b"EC PRIVATE KEY-----", b"ENCRYPTED PRIVATE KEY-----",
           b"OPENSSH PRIVATE KEY-----", b"PGP PRIVATE KEY BLOCK-----")  # fmt: skip


def git(*arguments: str) -> str:
    """What git answers; where there is no checkout (a source archive), there is nothing to ask."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so no file is tracked and none ignored")
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def tracked() -> list[Path]:
    """Every file that git knows."""
    return [ROOT / name for name in git("ls-files", "-z").split("\0") if name and (ROOT / name).is_file()]


def holds_private_key(content: bytes) -> bool:
    """A PEM block's first line and the base64 that follows it; the mere words are not one."""
    for kind in PRIVATE:
        _, found, rest = content.partition(MARK + kind)
        if found and rest.strip(b"\r\n \\n")[:16].isalnum():
            return True
    return False


def test_no_private_key_is_tracked() -> None:
    files = tracked()
    assert len(files) > 100
    assert [str(path) for path in files if holds_private_key(path.read_bytes())] == []


def test_what_a_server_makes_is_not_tracked() -> None:
    names = [path.name for path in tracked()]
    assert [name for name in names if name.endswith((".key", ".db", ".p12", ".pfx")) or name == "root.key"] == []


def test_what_a_server_makes_cannot_be_added_by_accident() -> None:
    made = ("certs/server.key", "certs/client1.key", "certs/ca.key", "var/kmip.db", "var/root.key", "var/server.toml")
    assert git("check-ignore", "--no-index", *made).split() == list(made)


def test_a_private_key_would_be_found() -> None:
    block = MARK + PRIVATE[2] + b"\nMHcCAQEEIKZ1WZ8n0Yk3oV7nqOQ2\n"
    assert holds_private_key(b"some text\n" + block)
    assert not holds_private_key(b"looks for " + MARK + PRIVATE[0] + b" in files")


LONGEST = 400
"""Lines of a module: what is longer is about more than one thing."""
TABLES = frozenset({"spec/enums.py", "spec/tags.py"})
"""Written by hand, a row a line, as long as the standard's."""


def test_no_module_is_too_long_to_be_read() -> None:
    package = ROOT / "kmip_server"
    lengths = {str(path.relative_to(package)): len(path.read_text().splitlines()) for path in package.rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length > LONGEST and name not in TABLES} == {}
