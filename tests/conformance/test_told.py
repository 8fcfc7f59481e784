"""Cases that are published in no version at hand, as far as others tell what is in them.

How many cases of each version use what is known, so that what those at hand do not use belongs to the absent ones. Each
is made here of its nearest relative, or written anew; it says which.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kmip_server.spec.enums import CryptographicAlgorithm, Operation
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, Exchange, child, read
from tests.conformance.moving.rewriting import changed, only
from tests.conformance.neighbours import at_hand, move, neighbour
from tests.conformance.run import run
from tests.material import CASE_FILES, NO_CASES

pytestmark = pytest.mark.skipif(not CASE_FILES, reason=NO_CASES)


def passes(case: Case) -> None:
    outcome = run(case)
    assert outcome.passed, str(outcome)


def with_values(case: Case, values: dict[tuple[int, Any], Any]) -> Case:
    """The case with other values: by tag and value."""

    def other(item: Item) -> list[Item]:
        if item[1] == ItemType.STRUCTURE:
            return [item]
        return [(item[0], item[1], values.get((item[0], item[2]), item[2]))]

    exchanges = tuple(
        Exchange(*(only(changed(each, other)) for each in (one.request, one.response))) for one in case.exchanges
    )
    return replace(case, exchanges=exchanges)


# --- of a relative ---------------------------------------------------------------------------------------------

PEOPLE = {"serNum123456": ("Fred", "password1"), "serNum101010": ("Barney", "secret2")}


def as_person(item: Item) -> list[Item]:
    """A device credential as the one of a user."""
    tag, kind, _ = item
    serial = child(item, Tag.DEVICE_SERIAL_NUMBER) if tag == Tag.CREDENTIAL_VALUE else None
    if serial is not None:
        fields = zip((Tag.USERNAME, Tag.PASSWORD), PEOPLE[serial[2]], strict=True)
        return [(tag, kind, [(int(name), int(ItemType.TEXT_STRING), text) for name, text in fields])]
    return [(tag, kind, 1)] if tag == Tag.CREDENTIAL_TYPE else [item]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_the_access_of_two_users(version: str) -> None:
    """TC-111 is TC-112 with user names instead of devices (1.0 knows no others)."""
    devices = at_hand()["1.2", "TC-112"]
    exchanges = tuple(replace(each, request=only(changed(each.request, as_person))) for each in devices.exchanges)
    people = replace(devices, case_id="TC-111-12", exchanges=exchanges)
    passes(move(people, version))


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_a_key_of_80_bits_for_skipjack(version: str) -> None:
    """SKFF-O-1 is to SKFF-O-2 and O-3 as O-4 to O-5 and O-6, which are about DES3 of 112 bits."""
    found = at_hand().get((version, "SKFF-O-4")) or neighbour("SKFF-O-4", version)
    named = {int(CryptographicAlgorithm.DES3): int(CryptographicAlgorithm.SKIPJACK), 112: 80}
    case = with_values(found, {(int(Tag.ATTRIBUTE_VALUE), old): new for old, new in named.items()})
    assert case != found
    passes(case)


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a_shortened_tag_of_poly1305(version: str) -> None:
    """CS-BC-M-CHACHA20POLY1305-1 of 2.x decrypts with 12 bytes of the tag, which 3.0 dropped."""
    case = neighbour("CS-BC-M-CHACHA20POLY1305-1", version)
    good = case.exchanges[2]

    def shorter(item: Item) -> list[Item]:
        tag, kind, value = item
        if tag == Tag.AUTHENTICATED_ENCRYPTION_TAG:
            return [(tag, kind, value[:12])]
        return [(tag, kind, 12)] if tag == Tag.TAG_LENGTH else [item]

    more = replace(good, request=only(changed(good.request, shorter)))
    assert more != good
    passes(replace(case, exchanges=(*case.exchanges[:6], more, *case.exchanges[6:])))


def with_count(item: Item) -> list[Item]:
    return [(item[0], item[1], 2)] if item[0] == Tag.REQUEST_COUNT else [item]


def test_a_ticket_for_two_requests() -> None:
    """TC-LOGIN-3 is TC-DLOGIN-1 with a Login: the third request is refused."""
    login, delegated = at_hand()["2.0", "TC-LOGIN-1"].exchanges, at_hand()["2.0", "TC-DLOGIN-1"].exchanges
    begin, asked = login[0], replace(login[1], request=only(changed(login[1].request, with_count)))
    refused = next(each for each in delegated if child(child(each.response, Tag.BATCH_ITEM), Tag.RESULT_REASON))
    case = Case("2.0", "TC-LOGIN-3-20", "TC-LOGIN", (begin, asked, login[2], login[2], refused))
    passes(case)
    bare = replace(refused, response=only(changed(refused.response, without_operation)))
    outcome = run(replace(case, exchanges=(*case.exchanges[:-1], bare)))
    assert outcome.explained and not outcome.passed, "its slip is excused, and nothing else"
    granted = replace(refused, response=login[2].response)
    assert not run(replace(case, exchanges=(*case.exchanges[:-1], granted))).explained


def without_operation(item: Item) -> list[Item]:
    return [] if item[0] == Tag.OPERATION else [item]


# --- written anew ----------------------------------------------------------------------------------------------


def message(kind: str, operation: Operation, payload: str, version: str) -> str:
    major, minor = version.split(".")
    count = "" if version == "3.0" else '<BatchCount type="Integer" value="1"/>'
    status = '<ResultStatus type="Enumeration" value="Success"/>' if kind == "Response" else ""
    stamp = '<TimeStamp type="DateTime" value="$NOW"/>' if kind == "Response" else ""
    return (
        f'<{kind}Message><{kind}Header><ProtocolVersion><ProtocolVersionMajor type="Integer" value="{major}"/>'
        f'<ProtocolVersionMinor type="Integer" value="{minor}"/></ProtocolVersion>{stamp}{count}</{kind}Header>'
        f'<BatchItem><Operation type="Enumeration" value="{operation.xml_name}"/>{status}'
        f"<{kind}Payload>{payload}</{kind}Payload></BatchItem></{kind}Message>"
    )


def written(name: str, version: str, *exchanges: tuple[Operation, str, str]) -> Case:
    text = "".join(
        message("Request", operation, asked, version) + message("Response", operation, given, version)
        for operation, asked, given in exchanges
    )
    if version == "3.0":
        text = text.replace('UniqueIdentifier type="TextString"', 'UniqueIdentifier type="Identifier"')
    return read(f"<KMIP>{text}</KMIP>".encode(), f"{name}-{version.replace('.', '')}")


UID = '<UniqueIdentifier type="TextString" value="$UNIQUE_IDENTIFIER_0"/>'
AES_KEY = """
    <SymmetricKey><KeyBlock><KeyFormatType type="Enumeration" value="Raw"/>
    <KeyValue><KeyMaterial type="ByteString" value="0123456789abcdef0123456789abcdef"/></KeyValue>
    <CryptographicAlgorithm type="Enumeration" value="AES"/><CryptographicLength type="Integer" value="128"/>
    </KeyBlock></SymmetricKey>
"""
AES_128 = """
    <CryptographicUsageMask type="Integer" value="Encrypt"/><CryptographicAlgorithm type="Enumeration" value="AES"/>
    <CryptographicLength type="Integer" value="128"/>
"""
TYPE = '<ObjectType type="Enumeration" value="{}"/>'.format


def vendor(value: str) -> str:
    return (
        '<Attribute><VendorIdentification type="TextString" value="tc"/><AttributeName type="TextString" value="Set"/>'
        f'<AttributeValue type="TextString" value="{value}"/></Attribute>'
    )


def test_an_attribute_is_set_again() -> None:
    """TC-SETATTR-2: Register, Set Attribute and Get Attributes of a vendor attribute, called Set as in TC-SETATTR-3."""
    registered = TYPE("SymmetricKey") + f"<Attributes>{AES_128}</Attributes>" + AES_KEY
    name = (
        '<AttributeReference><VendorIdentification type="TextString" value="tc"/>'
        '<AttributeName type="TextString" value="Set"/></AttributeReference>'
    )
    steps = [(Operation.REGISTER, registered, UID)]
    for value in ("one", "two"):
        steps.append((Operation.SET_ATTRIBUTE, f"{UID}<NewAttribute>{vendor(value)}</NewAttribute>", UID))
        steps.append((Operation.GET_ATTRIBUTES, UID + name, f"{UID}<Attributes>{vendor(value)}</Attributes>"))
    passes(written("TC-SETATTR-2", "2.0", *steps))


MODULUS = """
    930451c9ecd94f5bb9da17dd09381bd23be43eca8c7539f301fc8a8cd5d5274c3e7699dbdc711c97a7aa91e2c50a82bd0b1034f0df493dec1636
    2427e58acce7f6ce0f9bcc617bbd8c90d0094a2703ba0d09eb19d1005f2fb265526aac75af32f8bc782cded2a57f811e03eaf67a944de5e78413
    dca8f232d074e6dcea4cec9f
"""
PUBLIC_KEY = f"""
    <PublicKey><KeyBlock><KeyFormatType type="Enumeration" value="PKCS_1"/><KeyValue><KeyMaterial type="ByteString"
    value="30818902818100{"".join(MODULUS.split())}0203010001"/></KeyValue>
    <CryptographicAlgorithm type="Enumeration" value="RSA"/>
    <CryptographicLength type="Integer" value="1024"/></KeyBlock></PublicKey>
"""
PRIME = """
    fca682ce8e12caba26efccf7110e526db078b05edecbcd1eb4a208f3ae1617ae01f35b91a47e6df63413c5e12ed0899bcd132acd50d99151bdc4
    3ee737592e17
"""
GENERATOR = """
    678471b27a9cf44ee91a49c5147db1a9aaf244f05a434d6486931d2d14271b9e35030b71fd73da179069b32e2935630e1c2062354d0da20a6c41
    6e50be794ca4
"""
PRIVATE_KEY = f"""
    <PrivateKey><KeyBlock><KeyFormatType type="Enumeration" value="TransparentDSAPrivateKey"/><KeyValue><KeyMaterial>
    <P type="BigInteger" value="0000000000000000{"".join(PRIME.split())}"/>
    <Q type="BigInteger" value="00000000962eddcc369cba8ebb260ee6b6a126d9346e38c5"/>
    <G type="BigInteger" value="{"".join(GENERATOR.split())}"/>
    <X type="BigInteger" value="000000002070b3223dba372fde1c0ffc7b2e3b498b260614"/></KeyMaterial></KeyValue>
    <CryptographicAlgorithm type="Enumeration" value="DSA"/><CryptographicLength type="Integer" value="512"/></KeyBlock>
    </PrivateKey>
"""


@pytest.mark.parametrize("version", ["2.1", "3.0"])
@pytest.mark.parametrize(
    ("name", "kind", "use", "key"),
    [("BL-M-6", "PublicKey", "Verify", PUBLIC_KEY), ("BL-M-13", "PrivateKey", "Sign", PRIVATE_KEY)],
)
def test_a_key_is_got_as_it_was_registered(version: str, name: str, kind: str, use: str, key: str) -> None:
    """BL-M-6 and BL-M-13: Register, Get, Get Attributes of an RSA public key in PKCS#1 and of a transparent DSA private
    key; the state Active, a name, whether it is fresh, and in 3.0 the Object Class."""
    called = (
        f'<Name type="TextString" value="{name}"/>'
        if version == "3.0"
        else f'<Name><NameValue type="TextString" value="{name}"/><NameType type="Enumeration" '
        'value="UninterpretedTextString"/></Name>'
    )
    mask = f'<CryptographicUsageMask type="Integer" value="{use}"/>'
    active = '<ActivationDate type="DateTime" value="2000-02-01T00:00:00+10:00"/>'
    wanted = {
        "State": '<State type="Enumeration" value="Active"/>',
        "ObjectType": TYPE(kind),
        "Fresh": '<Fresh type="Boolean" value="false"/>',
        "Name": called,
        "CryptographicUsageMask": mask,
        "ActivationDate": active,
    }
    if version == "3.0":
        wanted["ObjectClass"] = '<ObjectClass type="Enumeration" value="User"/>'
    references = "".join(f'<AttributeReference type="Enumeration" value="{each}"/>' for each in wanted)
    attributes = f"<Attributes>{''.join(wanted.values())}</Attributes>"
    case = written(
        name,
        version,
        (Operation.REGISTER, f"{TYPE(kind)}<Attributes>{called}{mask}{active}</Attributes>{key}", UID),
        (Operation.GET, UID, TYPE(kind) + UID + key),
        (Operation.GET_ATTRIBUTES, UID + references, UID + attributes),
    )
    passes(case)


def test_constraints_are_set_and_got() -> None:
    """TC-MD-24: Set Constraints and Get Constraints of 2.1, about an AES key."""
    constraints = f"""
        <Constraints><Constraint><ObjectTypes>{TYPE("SymmetricKey")}</ObjectTypes><Attributes>
        <CryptographicAlgorithm type="Enumeration" value="AES"/></Attributes></Constraint></Constraints>
    """
    case = written(
        "TC-MD-24",
        "2.1",
        (Operation.SET_CONSTRAINTS, constraints, ""),
        (Operation.GET_CONSTRAINTS, "", constraints),
        (Operation.CREATE, f"{TYPE('SymmetricKey')}<Attributes>{AES_128}</Attributes>", TYPE("SymmetricKey") + UID),
        (Operation.SET_CONSTRAINTS, "<Constraints/>", ""),
    )
    passes(case)
