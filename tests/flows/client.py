"""A client in one line a request: the server's own payload classes going in, dataclasses coming out.

    client = Client(server, V1_2)
    made = client.do(CreateRequest(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()))
    assert client.refusal(GetRequest(unique_identifier="none")) is ResultReason.ITEM_NOT_FOUND

What a payload class cannot say (a field twice, of the wrong type, missing) is said by a tree: ``raw``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kmip_server.domain.subject import Subject
from kmip_server.spec.attribute_values import AnyValue, AttributeItem, Attributes, VendorName
from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    NameType,
    ObjectType,
    Operation,
    PaddingMethod,
    ResultReason,
    ResultStatus,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.attributes import Name
from kmip_server.spec.structures.envelope import MessageExtension, RequestBatchItem, RequestHeader
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.structures.query import ProtocolVersion
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_1, Version
from kmip_server.wire import ttlv
from kmip_server.wire.binder import Binder
from kmip_server.wire.tree import Item
from tests.flows import strict
from tests.kit import ALICE, TABLE, Server

Mask = CryptographicUsageMask
EVERY_USE = int(Mask.ENCRYPT | Mask.DECRYPT | Mask.WRAP_KEY | Mask.UNWRAP_KEY | Mask.MAC_GENERATE | Mask.MAC_VERIFY)
CBC = CryptographicParameters(
    block_cipher_mode=BlockCipherMode.CBC,
    padding_method=PaddingMethod.PKCS5,
    cryptographic_algorithm=CryptographicAlgorithm.AES,
    random_iv=True,
)
"""As MongoDB and EDB encrypt: the server makes the IV."""
_OPERATION_OF = {handler.request: code for code, handler in TABLE.items()}
_BINDERS: dict[Version, Binder] = {}


def binder(version: Version) -> Binder:
    """The binder of a version, made once."""
    found = _BINDERS.get(version)
    if found is None:
        found = _BINDERS[version] = Binder(version)
    return found


# --- building --------------------------------------------------------------------------------------


def struct(tag: int, *fields: Item) -> Item:
    """A structure."""
    return int(tag), int(ItemType.STRUCTURE), list(fields)


def text(tag: int, content: str) -> Item:
    """A text string."""
    return int(tag), int(ItemType.TEXT_STRING), content


def integer(tag: int, content: int) -> Item:
    """An integer."""
    return int(tag), int(ItemType.INTEGER), content


def enumeration(tag: int, content: int) -> Item:
    """An enumeration."""
    return int(tag), int(ItemType.ENUMERATION), int(content)


def data(tag: int, content: bytes) -> Item:
    """A byte string."""
    return int(tag), int(ItemType.BYTE_STRING), content


def boolean(tag: int, content: bool) -> Item:
    """A boolean."""
    return int(tag), int(ItemType.BOOLEAN), content


def attributes(*pairs: tuple[Any, Any]) -> Attributes:
    """Attributes from keys and values."""
    return Attributes([AttributeItem(key, given) for key, given in pairs])


def name(content: str) -> Name:
    """A name as clients give it."""
    return Name(name_value=content, name_type=NameType.UNINTERPRETED_TEXT_STRING)


def custom(content: str, vendor: str = "x", what: str = "note") -> AttributeItem:
    """A vendor attribute holding text."""
    return AttributeItem(VendorName(vendor, what), AnyValue(ItemType.TEXT_STRING, content))


def aes(length: int = 256, mask: int = EVERY_USE, *more: tuple[Any, Any]) -> Attributes:
    """What makes an AES key."""
    return attributes(
        (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.AES),
        (Tag.CRYPTOGRAPHIC_LENGTH, length),
        (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(mask)),
        *more,
    )


@dataclass
class Ask:
    """One batch item: a payload, or a raw tree of one, with what else an item may carry."""

    payload: Any
    operation: Operation | int | None = None
    item_id: bytes | None = None
    extensions: list[MessageExtension] = field(default_factory=list)
    ephemeral: bool | None = None


def raw(operation: Operation | int, *fields: Item) -> Ask:
    """A payload as a tree."""
    return Ask(struct(Tag.REQUEST_PAYLOAD, *fields), operation)


# --- answers ---------------------------------------------------------------------------------------


@dataclass
class Answer:
    """One answered batch item."""

    operation: Operation | None
    item_id: bytes | None
    status: ResultStatus
    reason: ResultReason | None
    message: str | None
    payload: Any
    """The response payload, bound; None where the item failed."""
    tree: Item
    value: bytes | None = None
    """The Asynchronous Correlation Value of an item that is pending."""

    @property
    def ok(self) -> bool:
        return self.status is ResultStatus.SUCCESS


def _asked_for(sent: Item, data: bytes) -> list[Tag]:
    """What the answer's header must have besides: a Hashed Password that was right is answered by the server's."""
    if not any(each[0] == Tag.HASHED_PASSWORD for each in strict.walk(sent)):
        return []
    reasons = {each[2] for each in strict.walk(ttlv.parse(data)) if each[0] == Tag.RESULT_REASON}
    refusals = {ResultReason.AUTHENTICATION_NOT_SUCCESSFUL, ResultReason.FEATURE_NOT_SUPPORTED}
    return [] if reasons & refusals else [Tag.SERVER_HASHED_PASSWORD]


class Refused(AssertionError):
    """A request that was to succeed was refused."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.operation!r}: {answer.reason!r}: {answer.message}")
        self.reason = answer.reason


class Client:
    """A client of one version under one name; every answer it gets is checked by ``strict``."""

    def __init__(self, server: Server, version: Version = V2_1, who: Subject = ALICE) -> None:
        self.server = server
        self.version = version
        self.who = who

    def speaking(self, version: Version) -> Client:
        """The same client in another version."""
        return Client(self.server, version, self.who)

    def message(self, *asked: Any, **header: Any) -> Item:
        """The request as a tree."""
        bind = binder(self.version)
        given = RequestHeader(
            protocol_version=ProtocolVersion(major=self.version.major, minor=self.version.minor),
            batch_count=header.pop("batch_count", len(asked)),
            **header,
        )
        items = [struct(Tag.BATCH_ITEM, *self._item(each if isinstance(each, Ask) else Ask(each))) for each in asked]
        return struct(Tag.REQUEST_MESSAGE, struct(Tag.REQUEST_HEADER, *bind.unbind(given)), *items)

    def _item(self, asked: Ask) -> list[Item]:
        bind = binder(self.version)
        payload = asked.payload
        if not isinstance(payload, tuple):
            payload = struct(Tag.REQUEST_PAYLOAD, *bind.unbind(payload))
        operation = _OPERATION_OF[type(asked.payload)] if asked.operation is None else asked.operation
        bound = bind.unbind(
            RequestBatchItem(
                operation=Operation(operation),
                ephemeral=asked.ephemeral,
                unique_batch_item_id=asked.item_id,
                message_extension=asked.extensions,
            )
        )
        if not bound or bound[0][0] != Tag.OPERATION:  # an operation that the version does not have
            bound.insert(0, enumeration(Tag.OPERATION, int(operation)))
        place = next((at for at, each in enumerate(bound) if each[0] == Tag.MESSAGE_EXTENSION), len(bound))
        return [*bound[:place], payload, *bound[place:]]

    def send(self, tree: Item) -> list[Answer]:
        """Send a request, read the answer strictly, give its items."""
        data = self.server.send(ttlv.print_(tree), self.who)
        reply = strict.read(data, self.version, _asked_for(tree, data))
        return [self._answer(item) for item in strict.children(reply, Tag.BATCH_ITEM)]

    def ask(self, *asked: Any, **header: Any) -> list[Answer]:
        """The same for payloads."""
        return self.send(self.message(*asked, **header))

    def one(self, asked: Any, **header: Any) -> Answer:
        """The answer to a single item."""
        (answer,) = self.ask(asked, **header)
        return answer

    def do(self, asked: Any, **header: Any) -> Any:
        """The response payload; Refused where there is none."""
        answer = self.one(asked, **header)
        if not answer.ok:
            raise Refused(answer)
        return answer.payload

    def refusal(self, asked: Any, **header: Any) -> ResultReason | None:
        """The Result Reason of a request that must fail."""
        answer = self.one(asked, **header)
        assert not answer.ok, "the request succeeded"
        return answer.reason

    def _answer(self, item: Item) -> Answer:
        operation = strict.child(item, Tag.OPERATION)
        code = None if operation is None else Operation(operation[2])
        payload = strict.child(item, Tag.RESPONSE_PAYLOAD)
        bound = None
        if payload is not None and code is not None:
            bound = binder(self.version).bind(TABLE[code].response, payload[2])
        item_id, reason, message, value = (
            strict.child(item, tag)
            for tag in (
                Tag.UNIQUE_BATCH_ITEM_ID,
                Tag.RESULT_REASON,
                Tag.RESULT_MESSAGE,
                Tag.ASYNCHRONOUS_CORRELATION_VALUE,
            )
        )
        return Answer(
            operation=code,
            item_id=None if item_id is None else item_id[2],
            status=ResultStatus(strict.value(item, Tag.RESULT_STATUS)),
            reason=None if reason is None else ResultReason(reason[2]),
            message=None if message is None else message[2],
            payload=bound,
            tree=item,
            value=None if value is None else value[2],
        )

    # --- the usual beginnings ---------------------------------------------------------------------

    def create(self, given: Attributes | None = None, object_type: ObjectType = ObjectType.SYMMETRIC_KEY) -> str:
        """Make an AES key, or what else is said; its identifier."""
        request = TABLE[Operation.CREATE].request
        made = self.do(request(object_type=object_type, attributes=aes() if given is None else given))
        return str(made.unique_identifier)

    def active(self, given: Attributes | None = None) -> str:
        """The same, activated."""
        uid = self.create(given)
        self.do(TABLE[Operation.ACTIVATE].request(unique_identifier=uid))
        return uid

    def register(self, what: Any, object_type: ObjectType, given: Attributes | None = None) -> str:
        """Register an object; its identifier."""
        request = TABLE[Operation.REGISTER].request
        done = self.do(request(object_type=object_type, attributes=given or Attributes(), object=what))
        return str(done.unique_identifier)

    def shown(self, uid: str | None, *keys: Any) -> dict[Any, list[Any]]:
        """The attributes of an object: key to values."""
        request = TABLE[Operation.GET_ATTRIBUTES].request
        found: dict[Any, list[Any]] = {}
        given = self.do(request(unique_identifier=uid, attribute_reference=list(keys))).attributes
        for item in [] if given is None else given.items:
            found.setdefault(item.key, []).append(item.value)
        return found

    def located(self, *pairs: tuple[Any, Any], **options: Any) -> list[str]:
        """What Locate finds."""
        request = TABLE[Operation.LOCATE].request
        found = self.do(request(attributes=attributes(*pairs) if pairs else None, **options))
        return list(found.unique_identifier)
