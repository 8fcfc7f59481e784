"""One-time passwords against the tables of RFC 4226 (Appendix D) and RFC 6238 (Appendix B)."""

from __future__ import annotations

import pytest

from kmip_server.crypto import Ciphers
from kmip_server.errors import KmipError
from kmip_server.spec.enums import HashingAlgorithm as Hash

SEED = b"12345678901234567890"
RFC_4226 = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
SEEDS = {
    Hash.SHA_1: SEED,
    Hash.SHA_256: b"12345678901234567890123456789012",
    Hash.SHA_512: b"1234567890" * 6 + b"1234",
}
RFC_6238 = [
    (59, Hash.SHA_1, "94287082"),
    (59, Hash.SHA_256, "46119246"),
    (59, Hash.SHA_512, "90693936"),
    (1111111109, Hash.SHA_1, "07081804"),
    (1111111109, Hash.SHA_256, "68084774"),
    (1111111109, Hash.SHA_512, "25091201"),
    (1111111111, Hash.SHA_1, "14050471"),
    (1111111111, Hash.SHA_256, "67062674"),
    (1111111111, Hash.SHA_512, "99943326"),
    (1234567890, Hash.SHA_1, "89005924"),
    (1234567890, Hash.SHA_256, "91819424"),
    (1234567890, Hash.SHA_512, "93441116"),
    (2000000000, Hash.SHA_1, "69279037"),
    (2000000000, Hash.SHA_256, "90698825"),
    (2000000000, Hash.SHA_512, "38618901"),
    (20000000000, Hash.SHA_1, "65353130"),
    (20000000000, Hash.SHA_256, "77737706"),
    (20000000000, Hash.SHA_512, "47863826"),
]


def test_the_table_of_rfc_4226() -> None:
    assert [Ciphers().one_time_password(SEED, count, 6, Hash.SHA_1) for count in range(10)] == RFC_4226


@pytest.mark.parametrize(("moment", "algorithm", "expected"), RFC_6238)
def test_the_table_of_rfc_6238(moment: int, algorithm: Hash, expected: str) -> None:
    assert Ciphers().one_time_password(SEEDS[algorithm], moment // 30, 8, algorithm) == expected


@pytest.mark.parametrize(("digits", "algorithm"), [(5, Hash.SHA_1), (9, Hash.SHA_1), (6, Hash.MD5), (6, Hash.SHA_384)])
def test_what_the_rfcs_do_not_have_is_refused(digits: int, algorithm: Hash) -> None:
    with pytest.raises(KmipError):
        Ciphers().one_time_password(SEED, 0, digits, algorithm)
