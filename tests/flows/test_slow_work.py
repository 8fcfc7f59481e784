"""What takes long is done while no transaction is open, so that nobody waits for it but who asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES

from kmip_server.spec.attribute_values import AttributeItem, Attributes
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    DerivationMethod,
    HashingAlgorithm,
    KeyFormatType,
    LinkType,
    ObjectType,
    ResultReason,
    SecretDataType,
    State,
    UniqueIdentifierCode,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, SecretData
from kmip_server.spec.structures.parameters import CryptographicParameters, DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_1
from tests.flows.client import Client, attributes, name
from tests.flows.containers import PASSWORD, asked, link, password
from tests.flows.objects import secret, template
from tests.flows.requests import CreateKeyPair, DeriveKey, Destroy, Import, Register

DAY = 86_400
ALGORITHM, LENGTH = Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH
RSA = CryptographicAlgorithm.RSA


class Watching:
    """Ciphers that note whether a transaction was open while slow work was done."""

    def __init__(self, client: Client) -> None:
        self._ciphers = client.server.engine.rooms.ciphers
        self._store = client.server.store
        self.inside: list[bool] = []
        client.server.engine.rooms.ciphers = self
        self.meanwhile: Callable[[], object] = lambda: None

    def _watched(self, work: Callable[[], Any]) -> Any:
        self.inside.append(self._store._owner is not None)
        made = work()
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return made

    def generate_pair(self, *kind: Any) -> Any:
        return self._watched(lambda: self._ciphers.generate_pair(*kind))

    def derive(self, asked: Any) -> Any:
        return self._watched(lambda: self._ciphers.derive(asked))

    def read_container(self, *closed: Any, **how: Any) -> Any:
        return self._watched(lambda: self._ciphers.read_container(*closed, **how))

    def __getattr__(self, wanted: str) -> Any:
        return getattr(self._ciphers, wanted)


def rotating(client: Client, *more: tuple[Any, Any]) -> tuple[str, str]:
    """A key pair of RSA whose private half is rotated every day."""
    made = client.do(
        CreateKeyPair(
            common_attributes=attributes((ALGORITHM, RSA), (LENGTH, 1024), *more),
            private_key_attributes=attributes(
                (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.SIGN)), (Tag.ROTATE_AUTOMATIC, True), (Tag.ROTATE_INTERVAL, DAY)
            ),
            public_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.VERIFY))),
        )
    )
    return made.private_key_unique_identifier, made.public_key_unique_identifier


def replaced_by(client: Client, uid: str) -> list[str]:
    links = client.shown(uid, Tag.LINK)[Tag.LINK]
    return [link.linked_object_identifier for link in links if link.link_type is LinkType.REPLACEMENT_OBJECT_LINK]


# --- automatic rotation ---------------------------------------------------------------------------------


def test_the_pair_of_a_rotation_is_made_before_its_transaction(client: Client) -> None:
    private, public = rotating(client)
    client.server.clock.advance(DAY)
    watching = Watching(client)
    assert client.server.rotate_due() == 1
    assert watching.inside == [False]
    assert len(replaced_by(client, private)) == len(replaced_by(client, public)) == 1
    assert client.server.rotate_due() == 0


def test_a_pair_too_long_to_be_made_inside_a_transaction_is_rotated_too(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, _ = rotating(client)
    client.server.clock.advance(DAY)
    monkeypatch.setattr("kmip_server.operations.pairing._INLINE_BITS", 512)
    assert client.server.rotate_due() == 1
    assert [deed[3] for deed in client.server.own_deeds()] == ["Success"]
    assert len(replaced_by(client, private)) == 1


def test_a_rotation_that_another_process_was_faster_with_is_done_once(client: Client) -> None:
    private, _ = rotating(client)
    client.server.clock.advance(DAY)
    watching = Watching(client)
    watching.meanwhile = client.server.rotate_due
    assert client.server.rotate_due() == 0
    assert watching.inside == [False, False]
    assert len(replaced_by(client, private)) == 1
    assert len(client.located()) == 4
    assert [deed[3] for deed in client.server.own_deeds()] == ["Success"]


def test_a_key_that_is_destroyed_while_its_successor_is_made_has_none(client: Client) -> None:
    private, _ = rotating(client)
    client.server.clock.advance(DAY)
    watching = Watching(client)
    watching.meanwhile = lambda: client.server.store.objects.pop(private)
    assert client.server.rotate_due() == 0
    assert client.server.own_deeds() == []
    assert len(client.located()) == 1


# --- Create Key Pair ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "rest"),
    [
        ([(ALGORITHM, RSA), (LENGTH, 1024)], []),
        ([(ALGORITHM, RSA)], [(LENGTH, 1024)]),
        ([(LENGTH, 1024)], [(ALGORITHM, RSA)]),
        ([], [(ALGORITHM, RSA), (LENGTH, 1024)]),
    ],
)
def test_a_pair_is_made_before_the_transaction_whoever_says_its_kind(
    client: Client, asked: list[Any], rest: list[Any]
) -> None:
    old = client.speaking(V1_4)
    old.register(
        template(*(AttributeItem(tag, value) for tag, value in rest)),
        ObjectType.TEMPLATE,
        attributes((Tag.NAME, name("t"))),
    )
    watching = Watching(client)
    common = Attributes(
        [AttributeItem(tag, value) for tag, value in asked],
        [name("t")],
    )
    made = old.do(CreateKeyPair(common_attributes=common))
    assert watching.inside == [False]
    assert old.shown(made.private_key_unique_identifier, LENGTH)[LENGTH] == [1024]


def test_what_an_earlier_item_of_the_batch_says_is_made_in_its_turn_up_to_a_length(client: Client) -> None:
    old = client.speaking(V1_4)
    watching = Watching(client)
    common = Attributes([], [name("t")])
    for length, made in ((1024, True), (8192, False)):
        kept = Register(
            object_type=ObjectType.TEMPLATE,
            attributes=attributes((Tag.NAME, name("t"))),
            object=template(AttributeItem(ALGORITHM, RSA), AttributeItem(LENGTH, length)),
        )
        answers = old.ask(kept, CreateKeyPair(common_attributes=common))
        assert [answer.ok for answer in answers] == [True, made]
        old.do(Destroy(unique_identifier=answers[0].payload.unique_identifier))
    assert watching.inside == [True]


# --- PBKDF2 ---------------------------------------------------------------------------------------------


def derivation(named: Any, rounds: int) -> DeriveKey:
    return DeriveKey(
        object_type=ObjectType.SYMMETRIC_KEY,
        unique_identifier=[named],
        derivation_method=DerivationMethod.PBKDF2,
        derivation_parameters=DerivationParameters(
            cryptographic_parameters=CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256),
            salt=b"salt",
            iteration_count=rounds,
        ),
        attributes=attributes((ALGORITHM, CryptographicAlgorithm.AES), (LENGTH, 128)),
    )


@pytest.mark.parametrize(("rounds", "done"), [(1000, True), (100_000, True), (100_001, False)])
def test_iterations_over_what_the_batch_made_are_bounded_and_over_what_is_there_are_not(
    client: Client, rounds: int, done: bool
) -> None:
    client = client.speaking(V2_1)
    word = Register(
        object_type=ObjectType.SECRET_DATA,
        attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.DERIVE_KEY)), (Tag.ACTIVATION_DATE, 1)),
        object=secret(b"word"),
    )
    answers = client.ask(word, derivation(UniqueIdentifierCode.REGISTER, rounds))
    assert [answer.ok for answer in answers] == [True, done]
    if not done:
        assert answers[1].reason is ResultReason.FEATURE_NOT_SUPPORTED
    watching = Watching(client)
    assert client.do(derivation(answers[0].payload.unique_identifier, 100_001))
    assert watching.inside == [False]


# --- PKCS#12 --------------------------------------------------------------------------------------------


def costly(rounds: int) -> bytes:
    """A container whose password costs so much work for its key alone."""
    how = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds).key_cert_algorithm(PBES.PBESv2SHA256AndAES256CBC)
    key = ec.generate_private_key(ec.SECP256R1())
    return pkcs12.serialize_key_and_certificates(b"mine", key, None, None, how.build(PASSWORD))


def imported(given: Register) -> Import:
    """The same container, by Import."""
    own = (Tag.STATE, State.PRE_ACTIVE), (Tag.OBJECT_TYPE, ObjectType.PRIVATE_KEY)
    items = [*given.attributes.items, *(AttributeItem(tag, value) for tag, value in own)]
    return Import(unique_identifier="mine", attributes=Attributes(items), object=given.object)


@pytest.mark.parametrize("how", [lambda given: given, imported], ids=["Register", "Import"])
def test_a_container_is_opened_before_the_transaction(client: Client, how: Callable[[Register], Any]) -> None:
    client = client.speaking(V2_1)
    by = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    watching = Watching(client)
    assert client.do(how(asked(V2_1, costly(100_000), by))).unique_identifier
    assert watching.inside == [False]


@pytest.mark.parametrize("how", [lambda given: given, imported], ids=["Register", "Import"])
def test_a_wrong_password_is_tried_once_and_nobody_waits_for_it(client: Client, how: Callable[[Register], Any]) -> None:
    client = client.speaking(V2_1)
    by = link(LinkType.PKCS_12_PASSWORD_LINK, password(client, b"wrong"))
    watching = Watching(client)
    assert client.refusal(how(asked(V2_1, costly(100_000), by))) is ResultReason.BAD_PASSWORD
    assert watching.inside == [False]


def test_a_password_that_is_another_by_then_opens_nothing(client: Client) -> None:
    """It was right when the container was opened, and is destroyed when it is to be let in."""
    client = client.speaking(V2_1)
    word = password(client)
    by = link(LinkType.PKCS_12_PASSWORD_LINK, word)
    watching = Watching(client)
    watching.meanwhile = lambda: client.server.store.objects.pop(word)
    assert client.refusal(asked(V2_1, costly(2000), by)) is ResultReason.OBJECT_NOT_FOUND
    assert watching.inside == [False]


@pytest.mark.parametrize(("rounds", "done"), [(2000, True), (60_000, False)])
def test_a_container_whose_password_comes_in_the_same_batch_is_opened_in_its_turn_if_that_is_cheap(
    client: Client, rounds: int, done: bool
) -> None:
    client = client.speaking(V2_1)
    block = KeyBlock(key_format_type=KeyFormatType.OPAQUE, key_value=KeyValue(key_material=PASSWORD))
    word = Register(
        object_type=ObjectType.SECRET_DATA,
        attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 1), (Tag.ACTIVATION_DATE, 1)),
        object=SecretData(secret_data_type=SecretDataType.PASSWORD, key_block=block),
    )
    by = link(LinkType.PKCS_12_PASSWORD_LINK, UniqueIdentifierCode.REGISTER)  # type: ignore[arg-type]
    watching = Watching(client)
    answers = client.ask(word, asked(V2_1, costly(rounds), by))
    assert [answer.ok for answer in answers] == [True, done]
    assert watching.inside == [True]
    if not done:
        assert answers[1].reason is ResultReason.FEATURE_NOT_SUPPORTED
