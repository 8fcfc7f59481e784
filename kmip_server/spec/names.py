"""From the standard's printed names to the names that XML and JSON messages use.

Additional Message Encodings 1.0 §6.1.3 gives the rule in six steps; where the published names
depart from it, the departure is listed.
"""

from __future__ import annotations

import re

_EXCEPTIONS: dict[str, str] = {}
"""Printed name to encoded name, where the two do not follow the rule."""


def xml_name(name: str) -> str:
    """Turn a printed name ("X.509 Certificate Subject") into its encoded one ("X_509CertificateSubject")."""
    if name in _EXCEPTIONS:
        return _EXCEPTIONS[name]
    spaced = re.sub(r"[()]", " ", name)
    spaced = re.sub(r"\W(?=[A-Za-z][a-z])", " ", spaced)
    words = [re.sub(r"\W", "_", word) for word in spaced.split()]
    digits = re.match(r"\d+", words[0])
    if digits:
        words[0] = words[0][digits.end() :] + digits.group()
    return "".join(word[:1].upper() + word[1:] for word in words)


def spaced_name(name: str) -> str:
    """Turn the name of a class ("CryptographicParameters") into words ("Cryptographic Parameters"), for messages."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
