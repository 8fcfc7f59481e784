"""The comparer by example: what must pass and what must not. The exchanges here are our own."""

from __future__ import annotations

import pytest

from kmip_server.wire import xml
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, Exchange, Placeholder
from tests.conformance.comparison import compare
from tests.conformance.dialogue import Dialogue

NOW = 1_700_000_000
HERE = "2023-11-14T22:13:20+00:00"


def message(kind: str, version: str, header: str, *items: str) -> str:
    major, minor = version.split(".")
    batch = "".join(f"<BatchItem>{item}</BatchItem>" for item in items)
    return (
        f"<{kind}Message><{kind}Header><ProtocolVersion>"
        f'<ProtocolVersionMajor type="Integer" value="{major}"/><ProtocolVersionMinor type="Integer" value="{minor}"/>'
        f'</ProtocolVersion>{header}<BatchCount type="Integer" value="{len(items)}"/></{kind}Header>'
        f"{batch}</{kind}Message>"
    )


def tree(text: str) -> Item:
    return placeholders(xml.parse(text.encode()))


def placeholders(item: Item) -> Item:
    """Texts that begin with $ stand for placeholders."""
    tag, kind, value = item
    if isinstance(value, list):
        return tag, kind, [placeholders(each) for each in value]
    if isinstance(value, str) and value.startswith("$"):
        return tag, kind, Placeholder(value[1:])
    return item


def request(operation: str, payload: str = "", version: str = "1.2") -> str:
    asked = f'<Operation type="Enumeration" value="{operation}"/><RequestPayload>{payload}</RequestPayload>'
    return message("Request", version, "", asked)


def response(operation: str, payload: str = "", version: str = "1.2", extra: str = "", header: str = "") -> str:
    given = (
        f'<Operation type="Enumeration" value="{operation}"/><ResultStatus type="Enumeration" value="Success"/>'
        f"{extra}<ResponsePayload>{payload}</ResponsePayload>"
    )
    return message("Response", version, f'<TimeStamp type="DateTime" value="{HERE}"/>{header}', given)


def uid(value: str) -> str:
    return f'<UniqueIdentifier type="TextString" value="{value}"/>'


def attribute(name: str, kind: str, value: str, index: str = "") -> str:
    place = f'<AttributeIndex type="Integer" value="{index}"/>' if index else ""
    return (
        f'<Attribute><AttributeName type="TextString" value="{name}"/>{place}'
        f'<AttributeValue type="{kind}" value="{value}"/></Attribute>'
    )


def asking(*names: str) -> str:
    return "".join(f'<AttributeName type="TextString" value="{name}"/>' for name in names)


STATE = attribute("State", "Enumeration", "Active")
LENGTH = attribute("Cryptographic Length", "Integer", "256")


class Run:
    """A dialogue about exchanges that a test makes up."""

    def __init__(self, version: str = "1.2") -> None:
        self.version = version
        self.dialogue = Dialogue(Case(version, "OURS-1", "OURS", ()))
        self.dialogue.now = NOW

    def differences(self, asked: str, expected: str, actual: str) -> list[str]:
        exchange = Exchange(tree(asked), tree(expected))
        sent = self.dialogue.request(exchange.request, NOW)
        received = xml.parse(actual.encode())
        found = compare(exchange.response, received, sent, self.dialogue)
        self.dialogue.answered(sent, received)
        return [str(each) for each in found]

    def payloads(self, operation: str, asked: str, expected: str, actual: str) -> list[str]:
        return self.differences(
            request(operation, asked, self.version),
            response(operation, expected, self.version),
            response(operation, actual, self.version),
        )


def test_a_placeholder_is_bound_once_and_then_compared() -> None:
    run = Run()
    assert run.payloads("Activate", uid("x"), uid("$UNIQUE_IDENTIFIER_0"), uid("a")) == []
    assert run.payloads("Activate", uid("$UNIQUE_IDENTIFIER_0"), uid("$UNIQUE_IDENTIFIER_0"), uid("a")) == []
    assert run.payloads("Activate", uid("x"), uid("$UNIQUE_IDENTIFIER_0"), uid("b")) == [
        "BatchItem[0]/ResponsePayload/UniqueIdentifier: expected the value of $UNIQUE_IDENTIFIER_0, got another"
    ]


def test_two_objects_have_two_identifiers() -> None:
    run = Run()
    run.payloads("Create", "", uid("$UNIQUE_IDENTIFIER_0"), uid("a"))
    [difference] = run.payloads("ReKey", uid("$UNIQUE_IDENTIFIER_0"), uid("$UNIQUE_IDENTIFIER_1"), uid("a"))
    assert "a fresh value for $UNIQUE_IDENTIFIER_1" in difference


def test_a_placeholder_never_bound_is_the_latest_element_of_its_name() -> None:
    run = Run()
    mac = '<MACData type="ByteString" value="{}"/>'
    for value in ("aa", "bb"):
        run.payloads("MAC", "", mac.format(value), mac.format(value))
        template = (0x4200C6, 8, Placeholder("MAC_DATA"))
        assert run.dialogue.request((0x420079, 1, [template]), NOW)[2] == [(0x4200C6, 8, bytes.fromhex(value))]


def test_an_unknown_placeholder_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"\$TICKET_VALUE"):
        Run().dialogue.request((0x420079, 1, [(0x420148, 8, Placeholder("TICKET_VALUE"))]), NOW)


def test_now_is_when_the_request_is_sent() -> None:
    dialogue = Run().dialogue
    template = (0x420079, 1, [(0x420001, 9, Placeholder("NOW", -60))])
    assert dialogue.request(template, NOW)[2] == [(0x420001, 9, NOW - 60)]


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        (uid("a"), uid("a"), True),
        (uid("a"), "", False),
        ("", uid("a"), False),
        (uid("a"), '<UniqueIdentifier type="Identifier" value="a"/>', False),
        ('<DataLength type="Integer" value="8"/>', '<DataLength type="Integer" value="9"/>', False),
        (
            uid("a") + '<ObjectType type="Enumeration" value="PublicKey"/>',
            '<ObjectType type="Enumeration" value="PublicKey"/>' + uid("a"),
            False,
        ),
        ('<LeaseTime type="Interval" value="0"/>', '<LeaseTime type="Interval" value="3600"/>', True),
        ('<LeaseTime type="Interval" value="0"/>', '<LeaseTime type="Integer" value="0"/>', False),
        (uid("a"), uid("a") + "<TemplateAttribute/>", True),
    ],
)
def test_fields_are_compared_strictly(expected: str, actual: str, same: bool) -> None:
    assert (Run().payloads("Destroy", "", expected, actual) == []) is same


def result(text: str, reason: str) -> str:
    return message(
        "Response",
        "1.2",
        f'<TimeStamp type="DateTime" value="{HERE}"/>',
        '<Operation type="Enumeration" value="Get"/><ResultStatus type="Enumeration" value="OperationFailed"/>'
        f'<ResultReason type="Enumeration" value="{reason}"/>{text}',
    )


def test_a_result_message_varies_and_a_result_reason_does_not() -> None:
    words = '<ResultMessage type="TextString" value="words"/>'
    assert Run().differences(request("Get"), result(words, "ItemNotFound"), result("", "ItemNotFound")) == []
    assert Run().differences(request("Get"), result("", "ItemNotFound"), result(words, "ItemNotFound")) == []
    assert Run().differences(request("Get"), result(words, "ItemNotFound"), result(words, "PermissionDenied")) == [
        "BatchItem[0]/ResultReason: expected ItemNotFound, got PermissionDenied"
    ]


def test_the_header_is_compared() -> None:
    asked, good = request("Get"), response("Get")
    assert Run().differences(asked, good, response("Get", version="1.4")) == [
        "ResponseHeader/ProtocolVersion/ProtocolVersionMinor: expected 2, got 4"
    ]
    assert Run().differences(asked, good, good.replace(HERE, "2001-01-01T00:00:00Z")) == []
    without = good.replace(f'<TimeStamp type="DateTime" value="{HERE}"/>', "")
    assert Run().differences(asked, good, without) == ["ResponseHeader: expected TimeStamp, got no such field here"]
    extra = '<ServerCorrelationValue type="TextString" value="x"/>'
    assert Run().differences(asked, good, response("Get", header=extra)) == []


def test_every_batch_item_is_answered() -> None:
    assert Run().differences(request("Get"), response("Get"), message("Response", "1.2", "")) != []


def test_an_attribute_index_of_zero_is_optional_since_1_1() -> None:
    bare, zero, one = (attribute("State", "Enumeration", "Active", index) for index in ("", "0", "1"))
    assert Run("1.1").payloads("AddAttribute", "", bare, zero) == []
    assert Run("1.1").payloads("AddAttribute", "", zero, bare) == []
    assert Run("1.1").payloads("AddAttribute", "", bare, one) != []
    assert Run("1.0").payloads("AddAttribute", "", bare, zero) != []


def test_attributes_come_in_any_order() -> None:
    assert Run().payloads("GetAttributes", "", uid("a") + STATE + LENGTH, uid("a") + LENGTH + STATE) == []


def test_attributes_have_to_be_right() -> None:
    wrong = attribute("State", "Enumeration", "PreActive")
    assert Run().payloads("GetAttributes", "", STATE + LENGTH, LENGTH + wrong) == [
        "BatchItem[0]/ResponsePayload/State/AttributeValue: expected Active, got PreActive"
    ]
    assert Run().payloads("GetAttributes", "", STATE + LENGTH, LENGTH) == [
        "BatchItem[0]/ResponsePayload: expected State, got no such attribute"
    ]


def test_attributes_nobody_asked_for_come_only_where_all_are_asked_for() -> None:
    assert Run().payloads("GetAttributes", "", STATE, STATE + LENGTH) == []
    assert Run().payloads("GetAttributes", asking("State"), STATE, STATE + LENGTH) == [
        "BatchItem[0]/ResponsePayload: expected nothing beyond what was asked for, got Cryptographic Length"
    ]


def test_attributes_of_version_2() -> None:
    state = '<State type="Enumeration" value="Active"/>'
    length = '<CryptographicLength type="Integer" value="256"/>'
    run = Run("2.1")
    payload = "<Attributes>{}</Attributes>".format
    assert run.payloads("GetAttributes", "", payload(state + length), payload(length + state)) == []
    assert run.payloads("GetAttributes", "", payload(state + length), payload(length)) != []
    vendor = (
        '<Attribute><VendorIdentification type="TextString" value="x"/>'
        '<AttributeName type="TextString" value="n"/><AttributeValue type="TextString" value="{}"/></Attribute>'
    )
    assert run.payloads("GetAttributes", "", payload(vendor.format("v")), payload(vendor.format("v"))) == []
    assert run.payloads("GetAttributes", "", payload(vendor.format("v")), payload(vendor.format("w"))) != []


def test_attribute_names_come_in_any_order_and_more_of_them() -> None:
    run = Run()
    assert run.payloads("GetAttributeList", "", asking("State", "Name"), asking("Name", "Digest", "State")) == []
    assert run.payloads("GetAttributeList", "", asking("State", "Name"), asking("Name")) != []
    assert run.payloads("GetAttributeList", "", asking("State"), asking("State", "State")) != []


def test_a_date_varies_unless_the_client_fixed_it() -> None:
    date = attribute("Activation Date", "DateTime", "{}").format
    one, other = date("2001-01-01T00:00:00Z"), date("2002-01-01T00:00:00Z")
    assert Run().payloads("GetAttributes", "", one, other) == []
    fixed = Run()
    fixed.payloads("Create", f"<TemplateAttribute>{one}</TemplateAttribute>", "", "")
    assert fixed.payloads("GetAttributes", "", one, one) == []
    assert fixed.payloads("GetAttributes", "", one, other) != []


def test_now_is_compared_with_a_tolerance() -> None:
    run = Run()
    expected = tree(response("Get"))
    stamp = (0x420001, 9, Placeholder("NOW"))
    expected[2][1][2][2][2].append(stamp)
    for offset, same in ((0, True), (250, True), (-250, True), (900, False)):
        actual = xml.parse(response("Get").encode())
        actual[2][1][2][2][2].append((0x420001, 9, NOW + offset))
        assert (compare(expected, actual, tree(request("Get")), run.dialogue) == []) is same


def key(material: str, form: str = "Raw") -> str:
    return (
        f'<SymmetricKey><KeyBlock><KeyFormatType type="Enumeration" value="{form}"/><KeyValue>'
        f'<KeyMaterial type="ByteString" value="{material}"/></KeyValue></KeyBlock></SymmetricKey>'
    )


def test_material_varies_only_where_the_server_made_it() -> None:
    run = Run()
    run.payloads("Create", "", uid("$UNIQUE_IDENTIFIER_0"), uid("a"))
    run.payloads("Register", "", uid("$UNIQUE_IDENTIFIER_1"), uid("b"))
    assert run.payloads("Get", uid("a"), uid("a") + key("00"), uid("a") + key("11")) == []
    assert run.payloads("Get", uid("b"), uid("b") + key("00"), uid("b") + key("11")) == [
        "BatchItem[0]/ResponsePayload/SymmetricKey/KeyBlock/KeyValue/KeyMaterial: expected 00, got 11"
    ]
    raw = '<KeyFormatType type="Enumeration" value="Raw"/>'
    assert run.payloads("Get", uid("a"), uid("a") + key("00"), uid("a") + key("11", "Opaque")) == []
    assert run.payloads("Get", uid("a") + raw, uid("a") + key("00"), uid("a") + key("11", "Opaque")) != []


def test_a_key_derived_from_a_made_one_is_made() -> None:
    run = Run()
    run.payloads("Create", "", uid("$UNIQUE_IDENTIFIER_0"), uid("a"))
    run.payloads("DeriveKey", uid("a"), uid("$UNIQUE_IDENTIFIER_1"), uid("b"))
    run.payloads("DeriveKey", uid("registered"), uid("$UNIQUE_IDENTIFIER_2"), uid("c"))
    assert run.payloads("Get", uid("b"), uid("b") + key("00"), uid("b") + key("11")) == []
    assert run.payloads("Get", uid("c"), uid("c") + key("00"), uid("c") + key("11")) != []


def test_output_varies_only_where_it_must() -> None:
    def data(value: str) -> str:
        return f'<Data type="ByteString" value="{value}"/>'

    nonce = '<IVCounterNonce type="ByteString" value="{}"/>'.format
    run = Run()
    run.payloads("Create", "", uid("$UNIQUE_IDENTIFIER_0"), uid("made"))
    assert run.payloads("Encrypt", uid("b"), data("00"), data("11")) != []
    assert run.payloads("Decrypt", uid("made"), data("00"), data("11")) != []
    assert run.payloads("Encrypt", uid("made"), data("00"), data("11")) == []
    assert run.payloads("Encrypt", uid("b"), data("00") + nonce("00"), data("11") + nonce("22")) == []
    assert run.payloads("RNGRetrieve", "", data("00"), data("11")) == []
    assert run.payloads("RNGRetrieve", "", data("00"), data("1122")) != []


def test_the_content_of_a_digest_varies_and_its_fields_do_not() -> None:
    whole = (
        '<Digest><HashingAlgorithm type="Enumeration" value="{}"/><DigestValue type="ByteString" value="00"/></Digest>'
    )
    run = Run("2.1")
    payload = "<Attributes>{}</Attributes>".format
    sha_256, sha_512 = (payload(whole.format(name)) for name in ("SHA_256", "SHA_512"))
    # Item 12: "provided that a Digest is always available with the Hashing Algorithm of SHA256".
    assert run.payloads("GetAttributes", "", sha_256, sha_512) != []
    half = payload('<Digest><HashingAlgorithm type="Enumeration" value="SHA_256"/></Digest>')
    assert run.payloads("GetAttributes", "", sha_256, half) != []


def operations(*names: str) -> str:
    return "".join(f'<Operation type="Enumeration" value="{name}"/>' for name in names)


def test_query_lists_hold_what_was_published_and_may_hold_more() -> None:
    run = Run()
    vendor = '<VendorIdentification type="TextString" value="V"/>'
    types = '<ObjectType type="Enumeration" value="PublicKey"/>'
    assert run.payloads("Query", "", operations("Get"), operations("Create", "Get")) == []
    assert run.payloads("Query", "", operations("Get", "Locate"), operations("Get")) != []
    assert run.payloads("Query", "", operations("Get"), operations("Get", "Get")) != []
    assert run.payloads("Query", "", operations("Get"), operations("Get") + vendor) == []
    assert run.payloads("Query", "", operations("Get") + types, types + operations("Get")) != []
    assert run.payloads("Query", "", operations("Get"), operations("Get") + types) != []


def version(minor: int) -> str:
    return (
        '<ProtocolVersion><ProtocolVersionMajor type="Integer" value="1"/>'
        f'<ProtocolVersionMinor type="Integer" value="{minor}"/></ProtocolVersion>'
    )


def test_more_versions_are_discovered_only_where_the_client_named_none() -> None:
    run = Run()
    assert run.payloads("DiscoverVersions", "", version(2) + version(1), version(4) + version(2) + version(1)) == []
    assert run.payloads("DiscoverVersions", "", version(2) + version(1), version(1) + version(2)) != []
    assert run.payloads("DiscoverVersions", version(2), version(2), version(2)) == []
    assert run.payloads("DiscoverVersions", version(2), version(2), version(4) + version(2)) != []


def test_located_objects_come_in_any_order() -> None:
    run = Run()
    run.payloads("Create", "", uid("$UNIQUE_IDENTIFIER_0"), uid("b"))
    run.payloads("Create", "", uid("$UNIQUE_IDENTIFIER_1"), uid("a"))
    both = uid("$UNIQUE_IDENTIFIER_0") + uid("$UNIQUE_IDENTIFIER_1")
    count = '<LocatedItems type="Integer" value="2"/>'
    assert run.payloads("Locate", "", both, uid("a") + uid("b")) == []
    assert run.payloads("Locate", "", both, count + uid("a") + uid("b")) == []
    assert run.payloads("Locate", "", both, uid("a")) != []
    assert run.payloads("Locate", "", both, uid("a") + uid("c")) != []
    assert run.payloads("Locate", "", uid("$UNIQUE_IDENTIFIER_0"), uid("b") + uid("c")) != []


def test_message_extensions_may_come_unless_critical() -> None:
    extension = (
        '<MessageExtension><VendorIdentification type="TextString" value="v"/>'
        '<CriticalityIndicator type="Boolean" value="{}"/></MessageExtension>'
    )
    good, asked = response("Get"), request("Get")
    assert Run().differences(asked, good, response("Get", extra=extension.format("false"))) == []
    assert Run().differences(asked, good, response("Get", extra=extension.format("true"))) != []
