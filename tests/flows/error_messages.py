"""The errors of 1.4 §11.1 and §11.43 that are of a message and of no operation: each produced, its answer told."""

from __future__ import annotations

from collections.abc import Callable

from kmip_server.spec.enums import BatchErrorContinuationOption as Option
from kmip_server.spec.enums import ResultReason, ResultStatus
from kmip_server.spec.tags import Tag
from kmip_server.wire import ttlv
from tests.flows import strict
from tests.flows.client import Answer, Client, integer, struct
from tests.flows.error_works import register
from tests.flows.requests import Get
from tests.kit import Server

OK, FAILED, UNDONE = ResultStatus.SUCCESS, ResultStatus.OPERATION_FAILED, ResultStatus.OPERATION_UNDONE


def _without_operation(answers: list[Answer]) -> str:
    """ "Response message containing a header and a Batch Item without Operation, but with ... Operation Failed"."""
    (answer,) = answers
    assert answer.operation is None and answer.status is FAILED and answer.reason is not None
    return answer.reason.title.lower()


def _mismatch(client: Client) -> str:
    tree = client.message(Get())
    strict.children(tree, Tag.REQUEST_HEADER)[0][2][0] = struct(
        Tag.PROTOCOL_VERSION, integer(Tag.PROTOCOL_VERSION_MAJOR, 9), integer(Tag.PROTOCOL_VERSION_MINOR, 0)
    )
    # The answer comes in the version nearest to it that is served.
    client.server = Server(versions=[client.version])
    return _without_operation(client.send(tree))


def _unreadable(client: Client) -> str:
    """ "Message cannot be parsed": an item in the middle of the header says it is longer than the message."""
    data = bytearray(ttlv.print_(client.message(Get())))
    data[12:16] = b"\x7f\xff\xff\xf0"
    client.server = Server(versions=[client.version])
    reply = strict.read(client.server.send(bytes(data), client.who), client.version, [])
    return _without_operation([client._answer(item) for item in strict.children(reply, Tag.BATCH_ITEM)])


def _batch(option: Option, expected: list[ResultStatus]) -> Callable[[Client], str]:
    """Two items that succeed, with one between them that does not."""

    def run(client: Client) -> str:
        answers = client.ask(
            register(), Get(unique_identifier="none"), register(), batch_error_continuation_option=option
        )
        assert [answer.status for answer in answers] == expected
        failed = answers[1]
        assert failed.reason in (ResultReason.ITEM_NOT_FOUND, ResultReason.OBJECT_NOT_FOUND)
        held = len(client.server.store.objects)  # type: ignore[attr-defined]
        assert held == expected.count(OK)
        return "see tables above, referring to the operation being performed in the batch item that failed"

    return run


RECIPES: dict[str, Callable[[Client], str]] = {
    "version mismatch": _mismatch,
    "message that is none": _unreadable,
    "batch stops": _batch(Option.STOP, [OK, FAILED]),
    "batch continues": _batch(Option.CONTINUE, [OK, FAILED, OK]),
    "batch is undone": _batch(Option.UNDO, [UNDONE, FAILED]),
}
