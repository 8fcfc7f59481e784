"""What one run of a test case knows: bound placeholders, dates the client fixed, objects the server made."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from kmip_server.spec.enums import CryptographicAlgorithm, Operation, PaddingMethod, ResultStatus
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V2_0, parse_version
from kmip_server.wire import value_names
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case, Placeholder, child, children, fill, walk
from tests.conformance.variations import About

_MAKING = {
    Operation.CREATE,
    Operation.CREATE_KEY_PAIR,
    Operation.RE_KEY,
    Operation.RE_KEY_KEY_PAIR,
    Operation.CREATE_SPLIT_KEY,
    Operation.CERTIFY,
    Operation.RE_CERTIFY,
}
"""Operations whose objects hold what the server made up."""

_INHERITING = {Operation.DERIVE_KEY, Operation.JOIN_SPLIT_KEY}
"""Operations whose objects do so where the objects they are made from do."""

IDENTIFIERS = (Tag.UNIQUE_IDENTIFIER, Tag.PRIVATE_KEY_UNIQUE_IDENTIFIER, Tag.PUBLIC_KEY_UNIQUE_IDENTIFIER)
_RANDOM_ENCRYPTION = {PaddingMethod.OAEP, PaddingMethod.PKCS1_V1_5}
_ON_CURVES = {CryptographicAlgorithm.EC, CryptographicAlgorithm.ECDSA}
_PLACEHOLDER_OF_TAG = {int(tag): re.sub("[ /]", "_", tag.title.upper()) for tag in Tag}


class Dialogue:
    """The state of one run of one case against one server."""

    def __init__(self, case: Case, made_by_server: set[Any] | None = None) -> None:
        """Begin a run; nothing is bound yet. Cases that go on where another ended share ``made_by_server``."""
        self.case = case
        self.bound: dict[str, Any] = {}
        self.made_by_server: set[Any] = set() if made_by_server is None else made_by_server
        """Unique identifiers of objects whose material the server made."""
        self.fixed_dates: set[tuple[int, int]] = set()
        """Attribute tag and seconds, as requests gave them."""
        self.now = 0
        self._responses: list[Item] = []
        requests = [item for exchange in case.exchanges for item in walk(exchange.request)]
        self._paddings = {item[2] for item in requests if item[0] == Tag.PADDING_METHOD}
        algorithms = {item[2] for item in requests if item[0] == Tag.CRYPTOGRAPHIC_ALGORITHM}
        self._on_curves = bool(algorithms & _ON_CURVES)

    def request(self, template: Item, now: int) -> Item:
        """Fill a request for sending at ``now`` (seconds since 1970)."""
        self.now = now
        sent = fill(template, self._value_for)
        return sent

    def answered(self, sent: Item, received: Item) -> None:
        """Take note of a response, after it has been compared."""
        self._responses.append(received)
        self.note_made(sent, received)

    def note_made(self, sent: Item, received: Item) -> None:
        """Take note of the objects the server made; before comparing too, for a batch may use what it makes."""
        for asked, given in zip(children(sent, Tag.BATCH_ITEM), children(received, Tag.BATCH_ITEM), strict=False):
            status = child(given, Tag.RESULT_STATUS)
            if status is None or status[2] != ResultStatus.OPERATION_FAILED:
                self._note_dates(asked)  # what was refused fixed nothing
            operation = child(asked, Tag.OPERATION)
            code = operation[2] if operation else None
            inputs = {item[2] for item in walk(asked) if item[0] in IDENTIFIERS}
            if code in _MAKING or (code in _INHERITING and inputs & self.made_by_server):
                self.made_by_server.update(item[2] for item in walk(given) if item[0] in IDENTIFIERS)

    def about(self, asked: Item, answer: Item) -> About:
        """What is known of a batch item, by its request and its answer."""
        operation, sent = child(asked, Tag.OPERATION), child(asked, Tag.REQUEST_PAYLOAD)
        payload = child(answer, Tag.RESPONSE_PAYLOAD)
        objects = [item for part in (sent, payload) if part for item in walk(part) if item[0] in IDENTIFIERS]
        made = any(item[2] in self.made_by_server for item in objects)
        code = operation[2] if operation else None
        varies = self._random(code, sent, payload, made)
        return About(code, sent, made, varies, self.fixed_dates, parse_version(self.case.version) >= V2_0)

    def _random(self, code: int | None, sent: Item | None, payload: Item | None, made: bool) -> bool:
        """Variable item 8: the object is the server's, or "the operation inherently contains variable output"."""
        if code == Operation.ENCRYPT:
            return made or child(payload, Tag.IV_COUNTER_NONCE) is not None or bool(self._paddings & _RANDOM_ENCRYPTION)
        if code == Operation.SIGN:
            return made or self._on_curves or PaddingMethod.PSS in self._paddings
        if code == Operation.DECRYPT and made:
            # The output is known only for what this key encrypted.
            data = child(sent, Tag.DATA)
            return data is not None and not self.came_from_server(data[2])
        return False

    def came_from_server(self, value: Any) -> bool:
        """Whether an earlier response held this value: what was encrypted here can be decrypted here."""
        return any(item[2] == value for response in self._responses for item in walk(response))

    def _value_for(self, placeholder: Placeholder, item: Item) -> Any:
        if placeholder.name == "NOW":
            return self.now + placeholder.offset
        if placeholder.name in self.bound:
            return self.bound[placeholder.name]
        stem = placeholder.name.rstrip("0123456789").rstrip("_")
        if stem.endswith("RANDOM"):
            invented = hashlib.sha256(f"{self.case} {placeholder.name}".encode())
            value = invented.digest() if item[1] == ItemType.BYTE_STRING else invented.hexdigest()[:32]
            return self.bound.setdefault(placeholder.name, value)
        # Never defined by the case: the element of that name in the latest response that has one.
        for response in reversed(self._responses):
            for found in walk(response):
                if _PLACEHOLDER_OF_TAG.get(found[0]) == stem:
                    return found[2]
        raise LookupError(f"{self.case}: nothing is known for ${placeholder.name}")

    def _note_dates(self, item: Item) -> None:
        named: int | None = None
        for each in item[2]:
            if each[1] == ItemType.STRUCTURE:
                self._note_dates(each)
            elif each[1] == ItemType.DATE_TIME:
                self.fixed_dates.add((value_names.names_under(each[0], named), each[2]))
            named = value_names.named_after(named, each[0], each[2])
