"""KMIP over HTTPS without a socket: three encodings, one outcome; what is hostile in a text; what is KMIP's mistake."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from kmip_server.operations.activate import ActivateRequest
from kmip_server.operations.destroy import DestroyRequest
from kmip_server.operations.encrypt import EncryptRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.spec.enums import QueryFunction, ResultReason, State
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_4, V2_1, VERSIONS, Version
from kmip_server.wire import json, ttlv, xml
from tests.flows import strict
from tests.flows.client import EVERY_USE, Client, aes, name
from tests.kit import ALICE, BOB, Server
from tests.web_client import MEDIA_TYPE_OF, WebClient, response_of

ENCODINGS = [pytest.param(each, id=each.__name__.rpartition(".")[2]) for each in (ttlv, xml, json)]


def speaking(server: Server, encoding: ModuleType, version: Version = V2_1, who: Any = ALICE) -> Client:
    return Client(WebClient(server, who, encoding), version)  # type: ignore[arg-type]  # all it asks of a server is send()


def refusal(web: WebClient, media_type: str, body: bytes) -> tuple[ResultReason, str]:
    """Reason and message of a KMIP response that refuses."""
    encoding = next(each for each, known in MEDIA_TYPE_OF.items() if known == media_type)
    item = strict.children(encoding.parse(web.post(media_type, body)), Tag.BATCH_ITEM)[0]
    return ResultReason(strict.value(item, Tag.RESULT_REASON)), strict.value(item, Tag.RESULT_MESSAGE)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_key_lives_and_dies_in_every_encoding_and_version(encoding: ModuleType, version: Version) -> None:
    client = speaking(Server(), encoding, version)
    uid = client.create(aes(256, EVERY_USE, (Tag.NAME, name("häßlich <&\"'> \u20ac"))))
    assert client.shown(uid, Tag.NAME)[Tag.NAME] == [name("häßlich <&\"'> \u20ac")]
    assert client.do(ActivateRequest(unique_identifier=uid)).unique_identifier == uid
    assert client.shown(uid, Tag.STATE)[Tag.STATE] == [State.ACTIVE]
    key = client.do(GetRequest(unique_identifier=uid)).object.key_block.key_value.key_material
    assert len(key) == 32
    assert client.refusal(DestroyRequest(unique_identifier=uid)) is not None
    assert client.refusal(GetRequest(unique_identifier="nobody")) in (
        ResultReason.ITEM_NOT_FOUND, ResultReason.OBJECT_NOT_FOUND
    )  # fmt: skip
    assert uid in client.located((Tag.NAME, name("häßlich <&\"'> \u20ac")))


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_1], ids=str)
def test_the_same_request_has_the_same_answer_in_every_encoding(version: Version) -> None:
    server = Server()
    uid = Client(server, version).active()
    asked = [
        QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS, QueryFunction.QUERY_OBJECTS]),
        GetRequest(unique_identifier=uid),
        GetRequest(unique_identifier="nobody"),
        DestroyRequest(unique_identifier=uid),
        *([EncryptRequest(unique_identifier=uid, data=b"secret")] if version >= V1_4 else []),
    ]
    for each in asked:
        message = ttlv.print_(Client(server, version).message(each))
        answers = [ttlv.parse(WebClient(server, ALICE, encoding).send(message)) for encoding in MEDIA_TYPE_OF]
        if not isinstance(each, EncryptRequest):  # each makes its own IV
            assert answers[0] == answers[1] == answers[2] == ttlv.parse(server.send(message))
        statuses = [strict.value(one, Tag.BATCH_ITEM, Tag.RESULT_STATUS) for one in answers]
        assert len(set(statuses)) == 1


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_maximum_response_size_is_the_same_limit_in_every_encoding(encoding: ModuleType) -> None:
    client = speaking(Server(), encoding, V1_0)
    asked = QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS, QueryFunction.QUERY_OBJECTS])
    assert client.refusal(asked, maximum_response_size=256) is ResultReason.RESPONSE_TOO_LARGE
    assert client.do(asked, maximum_response_size=2048).operation


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_who_asks_is_who_the_certificate_says(encoding: ModuleType) -> None:
    server = Server()
    uid = speaking(server, encoding).create()
    assert (
        speaking(server, encoding, who=BOB).refusal(GetRequest(unique_identifier=uid)) is ResultReason.OBJECT_NOT_FOUND
    )


@pytest.mark.parametrize("media_type", MEDIA_TYPE_OF.values())
@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"B\x00x\x01\x00\x00\x00\x08", b"<", b"{", b"null", b"[]", b"<A/>", b"\xff\xfe<"]
)
def test_a_body_that_is_no_message_has_a_kmip_answer_and_the_connection_goes_on(media_type: str, body: bytes) -> None:
    web = WebClient(Server())
    assert refusal(web, media_type, body)[0] is ResultReason.INVALID_MESSAGE
    assert not web.session.closing
    assert refusal(web, media_type, body)[0] is ResultReason.INVALID_MESSAGE


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("encoding", [xml, json], ids=["xml", "json"])
def test_what_cannot_be_read_is_answered_in_its_own_version(encoding: ModuleType, version: Version) -> None:
    """§4, §6: "logically the same as if the message encoding was in TTLV form", in which clients count on it."""
    good = encoding.print_(
        Client(Server(), version).message(QueryRequest(query_function=[QueryFunction.QUERY_OBJECTS]))
    )
    bad = good.replace(b"QueryObjects", b"QueryNoSuchThing")
    assert bad != good
    answer = encoding.parse(WebClient(Server()).post(MEDIA_TYPE_OF[encoding], bad))
    (header,) = strict.children(answer, Tag.RESPONSE_HEADER)
    (claimed,) = strict.children(header, Tag.PROTOCOL_VERSION)
    numbers = [strict.value(claimed, tag) for tag in (Tag.PROTOCOL_VERSION_MAJOR, Tag.PROTOCOL_VERSION_MINOR)]
    assert numbers == [version.major, version.minor]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><RequestMessage>&a;</RequestMessage>', "document type declaration"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><RequestMessage/>', "document type declaration"),
        (b"<?php x?><RequestMessage/>", "processing instruction"),
        (b"<RequestMessage>&lol;</RequestMessage>", "not well-formed"),
        (b"<RequestMessage>" * 5000, "nested more than 32 deep"),
        ("<RequestMessage/>".encode("utf-16"), "not UTF-8"),
        (b'<?xml version="1.0" encoding="latin1"?><RequestMessage>\xe4</RequestMessage>', "not well-formed"),
    ],
)  # fmt: skip
def test_a_hostile_xml_is_refused_without_being_followed(body: bytes, said: str) -> None:
    reason, message = refusal(WebClient(Server()), "text/xml", body)
    assert reason is ResultReason.INVALID_MESSAGE
    assert said in message


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"tag":"RequestMessage","value":[' * 5000 + b"]}" * 5000,
        b'{"tag":"RequestMessage","value":' + b"9" * 100_000 + b"}",
        b'{"tag":"RequestMessage","tag":"RequestMessage","value":[]}',
        b'{"tag":"RequestMessage","value":[NaN]}',
        b'{"tag":"RequestMessage","value":"\\ud800"}',
    ],
)
def test_a_hostile_json_is_refused(body: bytes) -> None:
    assert refusal(WebClient(Server()), "application/json", body)[0] is ResultReason.INVALID_MESSAGE


def test_a_long_text_is_read_beside_the_loop_and_a_short_one_at_once() -> None:
    web = WebClient(Server())
    head = "POST /kmip HTTP/1.1\r\nHost: here\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n"
    short, long = b"<RequestMessage/>", b"<RequestMessage/>" + b" " * 10_000
    assert web.session.receive(head.format(len(short)).encode() + short)[0].slow is None
    (work,) = web.session.receive(head.format(len(long)).encode() + long)
    assert work.slow is not None and work.call is None
    work.slow()
    assert work.call is not None
    assert response_of(web.service.run([work], tuple)[0]).status == 200


def test_answers_of_http_and_of_kmip_keep_their_order_in_one_round() -> None:
    server = Server()
    web = WebClient(server)
    body = ttlv.print_(Client(server).message(QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS])))
    head = (
        f"POST /kmip HTTP/1.1\r\nHost: here\r\nContent-Type: {MEDIA_TYPE_OF[ttlv]}\r\nContent-Length: {len(body)}\r\n"
    )
    waiting = head.encode() + b"Expect: 100-continue\r\n\r\n"
    replies = web.raw(head.encode() + b"\r\n" + body + waiting)
    assert replies.startswith(b"HTTP/1.1 200 ") and replies.endswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    replies = web.raw(body + b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    assert replies.startswith(b"HTTP/1.1 200 ") and b"HTTP/1.1 404 " in replies
    assert web.session.closing


def test_a_refusal_of_http_never_reaches_the_engine() -> None:
    server = Server()
    web = WebClient(server)
    assert response_of(web.raw(b"GET /kmip HTTP/1.1\r\nHost: here\r\n\r\n")).status == 405
    assert list(server.store.audit_rows()) == []
