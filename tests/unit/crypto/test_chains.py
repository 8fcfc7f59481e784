"""Certificate paths, judged as NIST's Public Key Interoperability Test Suite (PKITS 1.0.1) prints them.

The suite's certificates and lists come with ``cryptography_vectors``. Whoever asks us has no initial policies and is
content without a revocation list. What follows from that is named below; all else is as the suite has it: names,
constraints of names, policies and their mapping, lists of changes, lists of others.
"""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography import x509

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.errors import InvalidField, InvalidMessage, KmipError
from kmip_server.spec.enums import ValidityIndicator as Validity

SUITE = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
MOMENT = 1_420_070_400
"""2015-01-01: within the validity of the suite."""

EXACT = (
    "ValidCertificatePathTest1 InvalidCASignatureTest2 ValidDSASignaturesTest4 InvalidCAnotBeforeDateTest1 "
    "InvalidEEnotBeforeDateTest2 Validpre2000UTCnotBeforeDateTest3 ValidGeneralizedTimenotBeforeDateTest4 "
    "InvalidCAnotAfterDateTest5 InvalidEEnotAfterDateTest6 Invalidpre2000UTCEEnotAfterDateTest7 "
    "ValidGeneralizedTimenotAfterDateTest8 ValidNameUIDsTest6 ValidRFC3280MandatoryAttributeTypesTest7 "
    "ValidRFC3280OptionalAttributeTypesTest8 ValidUTF8StringEncodedNamesTest9 InvalidRevokedCATest2 "
    "InvalidRevokedEETest3 ValidTwoCRLsTest7 InvalidUnknownCRLEntryExtensionTest8 "
    "ValidGeneralizedTimeCRLnextUpdateTest13 ValidLongSerialNumberTest16 ValidLongSerialNumberTest17 "
    "InvalidLongSerialNumberTest18 InvalidMissingbasicConstraintsTest1 InvalidcAFalseTest2 InvalidcAFalseTest3 "
    "ValidbasicConstraintsNotCriticalTest4 InvalidpathLenConstraintTest5 InvalidpathLenConstraintTest6 "
    "ValidpathLenConstraintTest7 ValidpathLenConstraintTest8 InvalidpathLenConstraintTest9 "
    "InvalidpathLenConstraintTest10 InvalidpathLenConstraintTest11 InvalidpathLenConstraintTest12 "
    "ValidpathLenConstraintTest13 ValidpathLenConstraintTest14 InvalidkeyUsageCriticalkeyCertSignFalseTest1 "
    "InvalidkeyUsageNotCriticalkeyCertSignFalseTest2 ValidkeyUsageNotCriticalTest3 "
    "ValidUnknownNotCriticalCertificateExtensionTest1"
).split()
"""Tests whose answer is ours, word for word: signatures, dates, names, revocation, basic constraints, key usage."""

WITHOUT_LIST = {
    "InvalidMissingCRLTest1",
    "InvalidBadCRLIssuerNameTest5",
    "InvalidWrongCRLTest6",
    "InvalidIDPwithindirectCRLTest26",
    "InvalidcRLIssuerTest27",
}
"""Invalid in the suite because there is no list of the certificate's own issuer: that we do not ask for."""

_LEFT_OPEN = (
    "BadCRLSignatureTest4 NameChainingOrderTest2 NameChainingTest1 NegativeSerialNumberTest15 OldCRLnextUpdateTest11 "
    "SeparateCertificateandCRLKeysTest21 UnknownCRLExtensionTest10 UnknownCRLExtensionTest9 cRLIssuerTest35 "
    "UnknownCriticalCertificateExtensionTest2 deltaCRLIndicatorNoBaseTest1 deltaCRLTest10 distributionPointTest3 "
    "distributionPointTest8 distributionPointTest9 keyUsageCriticalcRLSignFalseTest4 "
    "keyUsageNotCriticalcRLSignFalseTest5 onlyContainsAttributeCertsTest14 onlyContainsCACertsTest12 "
    "onlyContainsUserCertsTest11 onlySomeReasonsTest17 pre2000CRLnextUpdateTest12"
)
LEFT_OPEN = {f"Invalid{each}" for each in _LEFT_OPEN.split()}
"""Invalid in the suite, as its verifier must have a good list; here nobody says that the certificate is revoked."""

ciphers = Ciphers()


def certificate(name: str) -> bytes:
    return (SUITE / "certs" / f"{name}.crt").read_bytes()


@cache
def authorities() -> tuple[bytes, ...]:
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in sorted((SUITE / "certs").glob("*Cert.crt")):
            try:
                x509.load_der_x509_certificate(path.read_bytes())
            except ValueError:
                continue  # DSA parameters that are inherited: the library reads no such key
            found.append(path.read_bytes())
    return tuple(found)


@cache
def lists() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((SUITE / "crls").glob("*.crl")))


def judge(name: str, moment: int = MOMENT) -> Validity:
    root = certificate("TrustAnchorRootCertificate")
    return ciphers.validate_chain([certificate(name)], authorities(), [root], lists(), moment)


def leaves() -> list[str]:
    return sorted(path.stem for path in (SUITE / "certs").glob("*EE.crt"))


@pytest.mark.parametrize("test", EXACT)
def test_as_the_suite_says(test: str) -> None:
    expected = Validity.VALID if test.startswith("Valid") else Validity.INVALID
    assert judge(f"{test}EE") is expected


def test_what_the_suite_calls_invalid_is_never_valid_and_what_it_calls_valid_hardly_ever_invalid() -> None:
    judged: dict[str, Validity | None] = {}
    for name in leaves():
        try:
            judged[name.removesuffix("EE")] = judge(name)
        except KmipError:
            judged[name.removesuffix("EE")] = None
    assert len(judged) > 200
    wrong = {name for name, found in judged.items() if name.startswith("Invalid") and found is Validity.VALID}
    assert wrong == WITHOUT_LIST
    harsh = {name for name, found in judged.items() if name.startswith("Valid") and found is Validity.INVALID}
    assert harsh == set()
    unsure = {name for name, found in judged.items() if name.startswith("Valid") and found is not Validity.VALID}
    assert unsure == {"ValidDSAParameterInheritanceTest5"}  # the library reads no such key
    left_open = {name for name, found in judged.items() if name.startswith("Invalid") and found is Validity.UNKNOWN}
    assert left_open == LEFT_OPEN


def test_a_false_signature_is_invalid_where_its_issuer_is_named() -> None:
    root, ca = certificate("TrustAnchorRootCertificate"), certificate("GoodCACert")
    forged = certificate("InvalidEESignatureTest3EE")
    for others, chain in (((), (forged, ca)), ((ca,), (forged,))):
        assert ciphers.validate_chain(chain, others, [root], [], MOMENT) is Validity.INVALID
    assert ciphers.validate_chain([forged], [], [root], [], MOMENT) is Validity.UNKNOWN


def test_the_order_of_the_chain_does_not_matter_and_its_end_does() -> None:
    root, ca, leaf = map(certificate, ("TrustAnchorRootCertificate", "GoodCACert", "ValidCertificatePathTest1EE"))
    for chain in ([leaf, ca, root], [root, ca, leaf], [ca, leaf], [ca, root, leaf, leaf]):
        assert ciphers.validate_chain(chain, [], [root], [], MOMENT) is Validity.VALID
        assert ciphers.validate_chain(chain, [], [], [], MOMENT) is Validity.UNKNOWN
    assert ciphers.validate_chain([root], [], [root], [], MOMENT) is Validity.VALID
    assert ciphers.validate_chain([leaf], [], [root], [], MOMENT) is Validity.UNKNOWN
    assert ciphers.validate_chain([leaf, ca], [], [root], [], 0) is Validity.INVALID


def test_what_is_not_one_chain_and_what_is_no_certificate_is_refused() -> None:
    leaf, other = certificate("ValidCertificatePathTest1EE"), certificate("ValidDSASignaturesTest4EE")
    with pytest.raises(InvalidMessage):
        ciphers.validate_chain([leaf, other], [], [], [], MOMENT)
    for bad in (b"", b"\x30\x00", leaf[:-1], leaf + b"\x00", b"nonsense"):
        with pytest.raises(InvalidField):
            ciphers.validate_chain([bad], [], [], [], MOMENT)
