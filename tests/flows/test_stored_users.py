"""Users who are managed objects sign in by every type of credential (2.1 §9.11; 3.0), and not once after they ended."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from kmip_server.audit.record import entry_of
from kmip_server.domain.policy import Permission, Policies, ServerPolicy
from kmip_server.engine.failures import Failures, SharedFailures
from kmip_server.engine.identity import Account, Accounts, Authenticator, GroupSettings
from kmip_server.engine.passwords import hash_password, parse_hash
from kmip_server.engine.users import StoredUsers
from kmip_server.errors import ItemNotFound
from kmip_server.operations.activate import ActivateRequest as Activate
from kmip_server.operations.add_attribute import AddAttributeRequest as AddAttribute
from kmip_server.operations.create_credential import CreateCredentialRequest as CreateCredential
from kmip_server.operations.create_group import CreateGroupRequest as CreateGroup
from kmip_server.operations.create_user import CreateUserRequest as CreateUser
from kmip_server.operations.deactivate import DeactivateRequest as Deactivate
from kmip_server.operations.login import LoginRequest
from kmip_server.operations.obliterate import ObliterateRequest as Obliterate
from kmip_server.operations.process import ProcessRequest as Process
from kmip_server.ports import StoreError
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import (
    CredentialType,
    HashingAlgorithm,
    ObjectType,
    Operation,
    OtpAlgorithm,
    ResultReason,
    RevocationReasonCode,
)
from kmip_server.spec.structures.credential_objects import (
    DeviceCredential,
    HashedPasswordCredential,
    OtpCredential,
    PasswordCredential,
)
from kmip_server.spec.structures.credentials import (
    Authentication,
    Credential,
    Device,
    HashedPassword,
    OneTimePassword,
    TicketCredential,
    UsernameAndPassword,
)
from kmip_server.spec.structures.keys import Certificate
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_1, V2_0, V2_1, V3_0, VERSIONS, Version
from kmip_server.wire import ttlv
from tests.flows import strict
from tests.flows.client import Client, attributes, name
from tests.flows.objects import EVERY_OBJECT
from tests.flows.requests import Destroy, Query, revoke
from tests.kit import ALICE, BOB, Server, subject

R = ResultReason
NOT = R.AUTHENTICATION_NOT_SUCCESSFUL
ADMIN = subject("root", ["admins"])
SECRET = "correct horse"
SEED = b"12345678901234567890"
CREDENTIALS = (Operation.CREATE_CREDENTIAL, Operation.CREATE_USER, Operation.CREATE_GROUP)


@pytest.fixture
def server() -> Server:
    allowed = dict.fromkeys(CREDENTIALS, Permission.ALLOW_ALL)
    policies = Policies(server=ServerPolicy(groups={"admins": allowed}))
    return Server(policies=policies, accounts=Accounts(stored=True))


@pytest.fixture
def admin(server: Server) -> Client:
    # The administrator comes by certificate, without credentials.
    return Client(server, V3_0, ADMIN)


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server, V2_1)


def keep(admin: Client, credential: Any) -> str:
    kinds = {
        PasswordCredential: (CredentialType.PASSWORD, "password_credential"),
        DeviceCredential: (CredentialType.DEVICE, "device_credential"),
        OtpCredential: (CredentialType.ONE_TIME_PASSWORD, "otp_credential"),
        HashedPasswordCredential: (CredentialType.HASHED_PASSWORD, "hashed_password_credential"),
        Certificate: (CredentialType.CERTIFICATE, "certificate"),
    }
    kind, field = kinds[type(credential)]
    made = admin.do(CreateCredential(credential_type=kind, **{field: credential}))
    return str(made.unique_identifier)


def user(admin: Client, called: str, *credentials: Any, groups: tuple[str, ...] = ()) -> tuple[str, list[str]]:
    """A user with credentials; its identifier and theirs."""
    links = [keep(admin, each) for each in credentials]
    pairs = [(Tag.CREDENTIAL_LINK, link) for link in links] + [(Tag.GROUP_LINK, group) for group in groups]
    made = admin.do(CreateUser(attributes=attributes((Tag.NAME, name(called)), *pairs)))
    return str(made.unique_identifier), links


def signed(*values: Any) -> dict[str, Any]:
    """A request header with credentials."""
    kinds = {
        UsernameAndPassword: CredentialType.USERNAME_AND_PASSWORD,
        Device: CredentialType.DEVICE,
        OneTimePassword: CredentialType.ONE_TIME_PASSWORD,
        HashedPassword: CredentialType.HASHED_PASSWORD,
    }
    credentials = [Credential(credential_type=kinds[type(each)], credential_value=each) for each in values]
    return {"authentication": Authentication(credential=credentials)}


def hashed_credential(kind: HashingAlgorithm | None, s1: bytes, s2: bytes) -> HashedPasswordCredential:
    return HashedPasswordCredential(hashing_algorithm=kind, hashed_username_password=s1, hashed_password_username=s2)


def by_password(called: str = "fred", password: str | None = SECRET) -> dict[str, Any]:
    return signed(UsernameAndPassword(username=called, password=password))


def hotp(counter: int, seed: bytes = SEED, digits: int = 6) -> str:
    return HOTP(seed, digits, hashes.SHA1()).generate(counter).decode()  # RFC 4226


def owner(server: Server, client: Client, **header: Any) -> str:
    """Whom a request makes an object for."""
    made = client.one(EVERY_CREATE, **header)
    assert made.ok, made.message
    return str(server.store.objects[made.payload.unique_identifier].owner)  # type: ignore[attr-defined]


EVERY_CREATE: Any = None


@pytest.fixture(autouse=True)
def _create() -> None:
    global EVERY_CREATE
    from tests.flows.client import aes
    from tests.kit import TABLE

    EVERY_CREATE = TABLE[Operation.CREATE].request(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes())


# --- passwords --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_user_signs_in_by_its_password_in_every_version(server: Server, admin: Client, version: Version) -> None:
    user(admin, "fred", PasswordCredential(password=SECRET))
    client = Client(server, version)
    assert owner(server, client, **by_password()) == "username:fred"
    for wrong in (by_password(password="wrong"), by_password("barney"), by_password(password=None), by_password("")):
        assert client.refusal(Query(), **wrong) in (NOT, R.ITEM_NOT_FOUND, R.PERMISSION_DENIED) or version < V2_0


def test_a_wrong_password_is_recorded_with_who_was_claimed_and_no_secret(server: Server, admin: Client) -> None:
    user(admin, "fred", PasswordCredential(password=SECRET))
    client = Client(server)
    assert client.refusal(Query(), **by_password(password="secret guess")) is NOT
    last = entry_of(list(server.store.audit_rows())[-1])
    assert "claimed to be username:fred" in last.detail and "guess" not in repr(last)
    client.do(Query(), **by_password())
    assert "as username:fred" in entry_of(list(server.store.audit_rows())[-1]).detail


def test_without_credentials_the_certificate_is_who_the_client_is(server: Server, client: Client) -> None:
    assert owner(server, client) == ALICE.name
    assert owner(server, client, **by_password("", "")) == ALICE.name


def test_groups_are_those_that_the_user_links_to(server: Server, admin: Client, client: Client) -> None:
    group = admin.do(CreateGroup(attributes=attributes((Tag.NAME, name("admins"))))).unique_identifier
    user(admin, "fred", PasswordCredential(password=SECRET), groups=(group,))
    user(admin, "barney", PasswordCredential(password=SECRET))
    ask = CreateCredential(
        credential_type=CredentialType.PASSWORD, password_credential=PasswordCredential(password="x")
    )
    newer = client.speaking(V3_0)
    assert newer.one(ask, **by_password("fred")).ok
    assert newer.refusal(ask, **by_password("barney")) is R.PERMISSION_DENIED
    # The groups of the machine do not count for who signs in over it.
    assert admin.refusal(ask, **by_password("barney")) is R.PERMISSION_DENIED
    admin.do(Destroy(unique_identifier=group))
    assert newer.refusal(ask, **by_password("fred")) is R.PERMISSION_DENIED


def test_two_users_of_one_name_are_nobody(admin: Client, client: Client) -> None:
    user(admin, "fred", PasswordCredential(password=SECRET))
    second, _ = user(admin, "fred", PasswordCredential(password="other"))
    assert client.refusal(Query(), **by_password()) is NOT
    admin.do(Destroy(unique_identifier=second))
    assert client.one(Query(), **by_password()).ok


def test_the_configuration_comes_first(server: Server, admin: Client, client: Client) -> None:
    account = Account(parse_hash(hash_password("configured")), frozenset({"admins"}))
    server.authenticator = Authenticator(GroupSettings(), Accounts(users={"fred": account}, stored=True))
    user(admin, "fred", PasswordCredential(password=SECRET))
    user(admin, "barney", PasswordCredential(password=SECRET))
    assert client.refusal(Query(), **by_password()) is NOT
    assert client.one(Query(), **by_password(password="configured")).ok
    assert owner(server, client, **by_password("barney")) == "username:barney"
    both = signed(
        UsernameAndPassword(username="fred", password="configured"),
        UsernameAndPassword(username="barney", password=SECRET),
    )
    assert owner(server, client, **both) == "username:fred"
    values = [each.credential_value for each in both["authentication"].credential]
    assert owner(server, client, **signed(*reversed(values))) == "username:barney"
    values[1].password = "wrong"
    assert client.refusal(Query(), **signed(*values)) is NOT  # 2.1 §9.4: "they must ALL be satisfied"


def test_those_who_have_ended_do_not_stand_in_the_way_of_a_new_one_of_the_name(admin: Client, client: Client) -> None:
    for _ in range(4):
        uid, _links = user(admin, "fred", PasswordCredential(password="old"))
        ended(admin, uid, "deactivated")
    user(admin, "fred", PasswordCredential(password=SECRET))
    assert client.one(Query(), **by_password()).ok
    assert client.refusal(Query(), **by_password(password="old")) is NOT


def test_a_user_called_like_a_machine_is_not_that_machine(server: Server, admin: Client, client: Client) -> None:
    """F-004: "identities from different auth methods share one name space"."""
    uid = client.create()
    user(admin, "alice", PasswordCredential(password=SECRET))
    over = Client(server, V2_1, BOB)
    assert over.refusal(Destroy(unique_identifier=uid), **by_password("alice")) in (
        R.ITEM_NOT_FOUND,
        R.OBJECT_NOT_FOUND,
    )


@pytest.mark.parametrize("failure", [StoreError("gone"), RuntimeError("odd"), ItemNotFound("odd")], ids=repr)
def test_when_the_check_itself_fails_nothing_is_done_as_somebody_else(
    admin: Client, client: Client, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """2025-007: "default-open when auth config fails"."""
    user(admin, "fred", PasswordCredential(password=SECRET))

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(StoredUsers, "prove", fail)
    before = set(client.server.store.objects)  # type: ignore[attr-defined]
    assert not client.one(EVERY_CREATE, **by_password()).ok
    assert set(client.server.store.objects) == before  # type: ignore[attr-defined]


def test_guessing_stops_who_guesses_and_nobody_else(server: Server, admin: Client) -> None:
    server.authenticator = Authenticator(GroupSettings(), Accounts(stored=True), failures=Failures(3))
    user(admin, "fred", PasswordCredential(password=SECRET))
    client = Client(server)
    for guess in ("a", "b", "c"):
        assert client.refusal(Query(), **by_password(password=guess)) is NOT
    refused = client.one(Query(), **by_password())
    assert refused.reason is NOT and "too many" in (refused.message or "")
    assert Client(server, V2_1, BOB).one(Query(), **by_password()).ok


def test_guesses_in_several_workers_count_together_and_what_proved_right_goes_on(server: Server, admin: Client) -> None:
    user(admin, "fred", PasswordCredential(password=SECRET))
    failures = [SharedFailures(3, server.store, server.clock) for _ in range(2)]
    workers = [Authenticator(GroupSettings(), Accounts(stored=True), failures=each) for each in failures]
    client = Client(server)
    server.authenticator = workers[1]
    assert client.one(Query(), **by_password()).ok
    for guess, worker in (("a", 0), ("b", 1), ("c", 0)):
        server.authenticator = workers[worker]
        assert client.refusal(Query(), **by_password(password=guess)) is NOT
    server.authenticator = workers[0]
    refused = client.one(Query(), **by_password())
    assert refused.reason is NOT and "too many" in (refused.message or "")
    server.authenticator = workers[1]
    assert client.one(Query(), **by_password()).ok  # this very password has proved right there
    refused = client.one(Query(), **by_password(password="d"))
    assert refused.reason is NOT and "too many" in (refused.message or "")
    assert Client(server, V2_1, BOB).one(Query(), **by_password()).ok


# --- the end of a user or a credential ---------------------------------------------------------------------------


def ended(admin: Client, uid: str, how: str) -> None:
    if how == "deactivated":
        admin.do(Activate(unique_identifier=uid))
        admin.do(Deactivate(unique_identifier=uid))
    elif how == "revoked":
        admin.do(Activate(unique_identifier=uid))
        admin.do(revoke(uid))
    elif how == "compromised":
        admin.do(revoke(uid, RevocationReasonCode.KEY_COMPROMISE))
    elif how == "destroyed":
        admin.do(Destroy(unique_identifier=uid))
    else:
        admin.do(Obliterate(unique_identifier=uid))


@pytest.mark.parametrize("how", ["deactivated", "revoked", "compromised", "destroyed", "obliterated"])
@pytest.mark.parametrize("which", ["user", "credential"])
def test_what_has_ended_is_useless_at_the_next_request(admin: Client, client: Client, which: str, how: str) -> None:
    uid, (link,) = user(admin, "fred", PasswordCredential(password=SECRET))
    assert client.one(Query(), **by_password()).ok
    ended(admin, uid if which == "user" else link, how)
    assert client.refusal(Query(), **by_password()) is NOT


def test_a_password_is_changed_by_another_credential(admin: Client, client: Client) -> None:
    uid, (old,) = user(admin, "fred", PasswordCredential(password=SECRET))
    new = keep(admin, PasswordCredential(password="new"))
    admin.do(AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.CREDENTIAL_LINK, new)))
    assert client.one(Query(), **by_password()).ok and client.one(Query(), **by_password(password="new")).ok
    admin.do(Destroy(unique_identifier=old))
    assert client.refusal(Query(), **by_password()) is NOT
    assert client.one(Query(), **by_password(password="new")).ok


# --- certificates -------------------------------------------------------------------------------------------------


def test_a_name_alone_is_proven_by_the_certificate_of_the_connection(server: Server, admin: Client) -> None:
    certificate = EVERY_OBJECT[ObjectType.CERTIFICATE]()
    user(admin, "fred", certificate)
    over = Client(server, V2_1, replace(BOB, certificate=certificate.certificate_value))
    assert owner(server, over, **by_password(password=None)) == "username:fred"
    assert owner(server, over) == BOB.name
    assert Client(server, V2_1, BOB).refusal(Query(), **by_password(password=None)) is NOT
    assert over.refusal(Query(), **by_password(password="a guess")) is NOT


# --- one-time passwords -------------------------------------------------------------------------------------------


def one_time(code: str, password: str | None = None, called: str = "fred") -> dict[str, Any]:
    return signed(OneTimePassword(username=called, password=password, one_time_password=code))


@pytest.mark.parametrize("version", [V2_0, V2_1, V3_0], ids=str)
def test_a_counter_based_password_is_good_once(server: Server, admin: Client, version: Version) -> None:
    user(admin, "fred", OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED))
    client = Client(server, version)
    assert owner(server, client, **one_time(hotp(0))) == "username:fred"
    assert client.refusal(Query(), **one_time(hotp(0))) is NOT
    assert client.one(Query(), **one_time(hotp(5))).ok  # within the look-ahead
    assert client.refusal(Query(), **one_time(hotp(3))) is NOT
    assert client.refusal(Query(), **one_time(hotp(16))) is NOT  # beyond it
    assert client.one(Query(), **one_time(hotp(6))).ok


def test_it_is_used_up_by_a_request_that_fails_too(admin: Client, client: Client) -> None:
    user(admin, "fred", OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED))
    assert client.refusal(Destroy(unique_identifier="none"), **one_time(hotp(0))) is R.OBJECT_NOT_FOUND
    assert client.refusal(Query(), **one_time(hotp(0))) is NOT


def test_two_requests_of_one_round_do_not_share_it(server: Server, admin: Client, client: Client) -> None:
    user(admin, "fred", OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED))
    data = ttlv.print_(client.message(Query(), **one_time(hotp(0))))
    answers = server.engine.run([server.call(data), server.call(data)])
    read = [strict.children(strict.read(each, V2_1), Tag.BATCH_ITEM)[0] for each in answers]
    assert [strict.value(each, Tag.RESULT_STATUS) for each in read] == [0, 1]


def test_a_time_based_password_is_good_once_and_for_its_time(server: Server, admin: Client, client: Client) -> None:
    user(admin, "fred", OtpCredential(otp_algorithm=OtpAlgorithm.TOTP, otp_seed=SEED, otp_interval=60, otp_digits=8))
    step = server.clock.seconds // 60
    assert client.refusal(Query(), **one_time(hotp(step + 2, digits=8))) is NOT
    assert client.one(Query(), **one_time(hotp(step - 1, digits=8))).ok
    assert client.one(Query(), **one_time(hotp(step + 1, digits=8))).ok
    for used in (step - 1, step, step + 1):
        assert client.refusal(Query(), **one_time(hotp(used, digits=8))) is NOT
    server.clock.advance(120)
    assert client.one(Query(), **one_time(hotp(step + 2, digits=8))).ok


def test_who_has_a_generator_must_use_it_and_give_the_password_with_it(admin: Client, client: Client) -> None:
    generator = OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED, otp_counter=7)
    _, (_, link) = user(admin, "fred", PasswordCredential(password=SECRET), generator)
    assert client.refusal(Query(), **by_password()) is NOT
    assert client.refusal(Query(), **one_time(hotp(7))) is NOT  # it is used up all the same
    assert client.refusal(Query(), **one_time(hotp(8), "wrong")) is NOT
    assert client.one(Query(), **one_time(hotp(8), SECRET)).ok
    beside = signed(
        UsernameAndPassword(username="fred", password=SECRET),
        OneTimePassword(username="fred", one_time_password=hotp(9)),
    )
    assert client.one(Query(), **beside).ok
    admin.do(Destroy(unique_identifier=link))
    assert client.one(Query(), **by_password()).ok


def test_a_generator_rests_after_ten_wrong_passwords(server: Server, admin: Client) -> None:
    server.authenticator = Authenticator(GroupSettings(), Accounts(stored=True), failures=Failures(1000))
    user(admin, "fred", OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED))
    client = Client(server)
    for _ in range(9):
        assert client.refusal(Query(), **one_time("000000")) is NOT
    assert client.one(Query(), **one_time(hotp(0))).ok
    for _ in range(10):
        assert client.refusal(Query(), **one_time("000000")) is NOT
    assert Client(server, V2_1, BOB).refusal(Query(), **one_time(hotp(1))) is NOT
    server.clock.advance(301)
    assert client.one(Query(), **one_time(hotp(1))).ok


def test_of_two_generators_the_one_not_used_never_rests(server: Server, admin: Client, client: Client) -> None:
    other = b"another secret seed!"
    user(
        admin,
        "fred",
        OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED),
        OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=other),
    )
    for counter in range(15):
        assert client.one(Query(), **one_time(hotp(counter))).ok
    assert client.one(Query(), **one_time(hotp(0, other))).ok


# --- hashed passwords ---------------------------------------------------------------------------------------------


def halves(algorithm: str = "sha256", called: str = "fred", password: str = SECRET) -> tuple[bytes, bytes]:
    """S1 and S2 of 2.1 §9.11."""
    make = lambda text: hashlib.new(algorithm, text.encode()).digest()  # noqa: E731
    return make(called + password), make(password + called)


def hashed(stamp: int, algorithm: str = "sha256", kind: HashingAlgorithm | None = None) -> HashedPassword:
    s1, s2 = halves(algorithm)
    proof = hashlib.new(algorithm, s1 + stamp.to_bytes(8, "big")).digest() + s2
    return HashedPassword(username="fred", timestamp=stamp, hashing_algorithm=kind, hashed_password=proof)


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [("sha256", None), ("sha256", HashingAlgorithm.SHA_256), ("sha512", HashingAlgorithm.SHA_512)],
)
@pytest.mark.parametrize("version", [V2_0, V2_1, V3_0], ids=str)
def test_a_hashed_password_proves_both_ends(
    server: Server, admin: Client, version: Version, algorithm: str, kind: HashingAlgorithm | None
) -> None:
    s1, s2 = halves(algorithm)
    user(admin, "fred", hashed_credential(kind, s1, s2))
    client = Client(server, version)
    stamp = server.clock.now_us
    assert owner(server, client, **signed(hashed(stamp, algorithm, kind))) == "username:fred"
    message = client.message(Query(), **signed(hashed(stamp + 1, algorithm, kind)))
    reply = strict.read(server.send(ttlv.print_(message)), version, [Tag.SERVER_HASHED_PASSWORD])
    told = strict.child(strict.child(reply, Tag.RESPONSE_HEADER), Tag.SERVER_HASHED_PASSWORD)
    make = lambda data: hashlib.new(algorithm, data).digest()  # noqa: E731
    # 2.1 §8.5: "Hash(Timestamp || S1 || Hash(S2))"
    assert told is not None and told[2] == make((stamp + 1).to_bytes(8, "big") + s1 + make(s2))


def test_its_time_stamp_must_be_now_and_later_than_the_last(server: Server, admin: Client, client: Client) -> None:
    user(admin, "fred", hashed_credential(None, *halves()))
    now = server.clock.now_us
    assert client.one(Query(), **signed(hashed(now))).ok
    for stamp in (now, now - 1, now - 301_000_000, now + 301_000_000):
        assert client.refusal(Query(), **signed(hashed(stamp))) is NOT
    server.clock.advance(1)
    assert client.one(Query(), **signed(hashed(now + 1_000_000))).ok


def test_what_is_not_the_hash_is_refused(server: Server, admin: Client, client: Client) -> None:
    user(admin, "fred", hashed_credential(None, *halves()))
    good = hashed(server.clock.now_us)
    for bad in (
        replace(good, hashed_password=good.hashed_password[:-1] + b"\0"),
        replace(good, hashed_password=b""),
        replace(good, timestamp=good.timestamp + 1),
        replace(good, username="barney"),
        replace(good, hashing_algorithm=HashingAlgorithm.SHA_512),
    ):
        assert client.refusal(Query(), **signed(bad)) is NOT
    assert client.one(Query(), **signed(good)).ok


# --- devices ------------------------------------------------------------------------------------------------------


def test_a_device_says_everything_that_its_credential_has(server: Server, admin: Client) -> None:
    kept = DeviceCredential(device_serial_number="SN/1", machine_identifier="M1", password=SECRET)
    user(admin, "array", kept)
    client = Client(server, V1_1)
    right = Device(device_serial_number="SN/1", machine_identifier="M1", password=SECRET)
    assert owner(server, client, **signed(right)) == "username:array"
    for bad in (
        replace(right, password="x"),
        replace(right, password=None),
        replace(right, machine_identifier="M2"),
        replace(right, machine_identifier=None),
        replace(right, media_identifier="more"),
        replace(right, device_serial_number=None),
        replace(right, device_serial_number="SN/2"),
    ):
        assert not client.one(Query(), **signed(bad)).ok


def test_what_identifies_a_device_is_configured(server: Server, admin: Client) -> None:
    identity = ("machine_identifier", "media_identifier")
    server.authenticator = Authenticator(GroupSettings(), Accounts(device_identity=identity, stored=True))
    user(admin, "disk", DeviceCredential(machine_identifier="M", media_identifier="D"))
    user(admin, "other", DeviceCredential(machine_identifier="M", media_identifier="E"))
    client = Client(server)
    disk = Device(machine_identifier="M", media_identifier="D")
    assert owner(server, client, **signed(disk)) == "username:disk"
    assert client.refusal(Query(), **signed(Device(machine_identifier="M"))) is NOT
    account = Account(parse_hash(hash_password("pw")), frozenset())
    named = Accounts(devices={"M%2F1/D%25": account}, device_identity=identity)
    server.authenticator = Authenticator(GroupSettings(), named)
    right = Device(machine_identifier="M/1", media_identifier="D%", password="pw")
    assert owner(server, client, **signed(right)) == "device:M%2F1/D%25"
    assert client.refusal(Query(), **signed(replace(right, media_identifier=None))) is NOT


# --- the rest -----------------------------------------------------------------------------------------------------


def test_without_stored_users_nobody_signs_in_so(admin: Client, client: Client) -> None:
    user(admin, "fred", PasswordCredential(password=SECRET))
    client.server.authenticator = Authenticator(GroupSettings(), Accounts())
    assert client.refusal(Query(), **one_time("123456")) is R.FEATURE_NOT_SUPPORTED
    assert client.refusal(Query(), **signed(hashed(1))) is R.FEATURE_NOT_SUPPORTED
    assert owner(client.server, client, **by_password()) == ALICE.name  # nobody signs in: nothing is looked at


def test_slow_work_and_asynchronous_requests_are_done_for_the_user(server: Server, admin: Client) -> None:
    user(admin, "fred", OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED))
    client = Client(server)
    from kmip_server.operations.create_key_pair import CreateKeyPairRequest
    from kmip_server.spec.enums import CryptographicAlgorithm

    slow = CreateKeyPairRequest(
        common_attributes=attributes(
            (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.RSA), (Tag.CRYPTOGRAPHIC_LENGTH, 2048)
        )
    )
    made = client.do(slow, **one_time(hotp(0)))
    assert server.store.objects[made.private_key_unique_identifier].owner == "username:fred"  # type: ignore[attr-defined]
    pending = client.one(EVERY_CREATE, asynchronous_indicator=(5, 1), **one_time(hotp(1)))
    assert pending.value is not None
    assert client.refusal(Process(asynchronous_correlation_value=pending.value)) is not None
    assert client.one(Process(asynchronous_correlation_value=pending.value), **one_time(hotp(2))).ok


def test_a_ticket_is_good_while_the_user_is(server: Server, admin: Client, client: Client) -> None:
    group = admin.do(CreateGroup(attributes=attributes((Tag.NAME, name("admins"))))).unique_identifier
    uid, _ = user(admin, "fred", PasswordCredential(password=SECRET), groups=(group,))
    ticket = client.do(LoginRequest(), **by_password()).ticket
    shown = Credential(credential_type=CredentialType.TICKET, credential_value=TicketCredential(ticket=ticket))
    header = {"authentication": Authentication(credential=[shown])}
    assert owner(server, client, **header) == "username:fred"
    newer = client.speaking(V3_0)
    grouped = CreateGroup(attributes=attributes((Tag.NAME, name("x"))))
    assert newer.one(grouped, **header).ok
    admin.do(Destroy(unique_identifier=group))
    assert newer.refusal(grouped, **header) is R.PERMISSION_DENIED
    admin.do(Destroy(unique_identifier=uid))
    assert client.refusal(Query(), **header) is R.INVALID_TICKET


def test_secrets_are_sealed_and_shown_to_nobody(server: Server, admin: Client) -> None:
    s1, s2 = halves()
    kept = [
        OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED),
        hashed_credential(None, s1, s2),
        DeviceCredential(device_serial_number="SN", password=SECRET),
    ]
    for credential in kept:
        uid = keep(admin, credential)
        found = server.store.objects[uid]  # type: ignore[attr-defined]
        for secret in (SEED, s1, s2, SECRET.encode()):
            assert secret not in found.body.form and secret not in (found.body.sealed or b"")
            assert secret.hex() not in repr(credential)
        from tests.flows.requests import Get

        assert admin.refusal(Get(unique_identifier=uid)) in (R.SENSITIVE, R.NOT_EXTRACTABLE)
        assert Tag.DIGEST not in admin.shown(uid)
    assert SECRET not in repr(server.store.sign_ins)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "bad",
    [
        OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=b"short"),
        OtpCredential(otp_algorithm=OtpAlgorithm.TOTP, otp_seed=SEED, otp_interval=0),
        OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED, otp_counter=-1),
        OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED, otp_digits=5),
        OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED, otp_digest=HashingAlgorithm.MD5),
        hashed_credential(None, bytes(20), bytes(20)),
        hashed_credential(None, bytes(32), b""),
        DeviceCredential(password="x"),
        DeviceCredential(device_serial_number=""),
        DeviceCredential(device_serial_number="x", password=""),
    ],
    ids=lambda bad: type(bad).__name__,
)
def test_credentials_that_could_prove_nothing_are_refused(admin: Client, bad: Any) -> None:
    with pytest.raises(AssertionError) as refused:
        keep(admin, bad)
    assert refused.value.reason in (R.INVALID_FIELD, R.FEATURE_NOT_SUPPORTED)  # type: ignore[attr-defined]


def test_credentials_can_be_registered_too(admin: Client, client: Client) -> None:
    uid = admin.register(OtpCredential(otp_algorithm=OtpAlgorithm.HOTP, otp_seed=SEED), ObjectType.ONE_TIME_PASSWORD_CREDENTIAL)  # fmt: skip  # noqa: E501
    admin.do(CreateUser(attributes=attributes((Tag.NAME, name("fred")), (Tag.CREDENTIAL_LINK, uid))))
    assert client.one(Query(), **one_time(hotp(0))).ok
    device = admin.register(DeviceCredential(device_serial_number="SN"), ObjectType.DEVICE_CREDENTIAL)
    admin.do(CreateUser(attributes=attributes((Tag.NAME, name("array")), (Tag.CREDENTIAL_LINK, device))))
    assert Client(client.server, V1_1).one(Query(), **signed(Device(device_serial_number="SN"))).ok
    assert V1_0 < V1_1
