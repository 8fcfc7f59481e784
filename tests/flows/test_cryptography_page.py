"""docs/cryptography.md says what is served: its tables are those that test_served_values and test_made_values prove."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import DerivationMethod, DigitalSignatureAlgorithm, HashingAlgorithm, RecommendedCurve
from kmip_server.spec.version import V2_1
from tests.flows.test_made_values import KEYS, PAIRS
from tests.flows.test_served_values import (
    CURVES,
    HASHES,
    MONTGOMERY,
    SYMMETRIC,
    the_library_authenticates,
    the_library_encrypts,
)

PAGE = Path(__file__).parents[2] / "docs/cryptography.md"


def named(values: Iterable[Algorithm | Mode | HashingAlgorithm | RecommendedCurve | DigitalSignatureAlgorithm]) -> str:
    return ", ".join(each.title for each in values) or "none"


def ciphers() -> list[str]:
    rows = ["| Cryptographic Algorithm | Encrypt, Decrypt with Block Cipher Mode | MAC |", "|---|---|---|"]
    for algorithm in sorted({*SYMMETRIC, *(each for each in KEYS if each.name.startswith("HMAC_"))}):
        modes = [mode for mode in Mode if the_library_encrypts(algorithm, mode)]
        without = ["without a mode"] if the_library_encrypts(algorithm, None) else []
        codes = "CMAC" if the_library_authenticates(algorithm, Mode.CMAC) else "no"
        if the_library_authenticates(algorithm, None) and codes == "no":
            codes = "yes"
        used = ", ".join([*(mode.title for mode in modes), *without]) or "no"
        rows.append(f"| {algorithm.title} | {used} | {codes} |")
    return rows


def lists() -> list[str]:
    hashes = [each for each in HashingAlgorithm if each in HASHES.values() or each is HashingAlgorithm.RIPEMD_160]
    curves = [each for each in RecommendedCurve if each in CURVES.values() or each in MONTGOMERY]
    made = [each for each in Algorithm if each in KEYS and not the_library_uses(each)]
    lacking = [each for each in Algorithm if each.in_version(V2_1) and each not in KEYS and each not in PAIRS]
    md2 = DigitalSignatureAlgorithm.MD2_WITH_RSA_ENCRYPTION
    return [
        f"* Key pairs: {named(PAIRS)}.",
        f"* Curves: {named(curves)}.",
        f"* Hashing Algorithms: {named(hashes)}.",
        f"* Digital Signature Algorithms: all but {md2.title}.",
        f"* Derivation Methods: {', '.join(each.title for each in DerivationMethod)}.",
        f"* Keys that are made and kept, and cannot be used: {named(made)}.",
        f"* Keys that are kept where they are registered, and not made: {named(lacking)}.",
    ]


def the_library_uses(algorithm: Algorithm) -> bool:
    if algorithm is Algorithm.ONE_TIME_PAD:
        return True
    modes = (None, *Mode)
    return any(the_library_encrypts(algorithm, mode) or the_library_authenticates(algorithm, mode) for mode in modes)


def page() -> str:
    return "\n".join([*ciphers(), "", *lists()])


def test_the_page_says_what_is_served() -> None:
    assert page() in PAGE.read_text()
