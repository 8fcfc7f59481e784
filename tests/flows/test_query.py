"""Query tells what is so, in every function (2.1 §6.1.40, §7.5, §7.31, §7.37)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from kmip_server.operations import load_all
from kmip_server.ports import CERTIFYING, PROVISIONING, DeclaredProfile
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import (
    DestroyAction,
    ObjectType,
    Operation,
    ProfileName,
    QueryFunction,
    ResultReason,
    UnwrapMode,
    ValidationAuthorityType,
    ValidationType,
)
from kmip_server.spec.structures.attributes import ApplicationSpecificInformation
from kmip_server.spec.structures.keys import OBJECT_STRUCTURES
from kmip_server.spec.structures.query import ValidationInformation
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_3, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.conformance.listing import specified
from tests.flows.client import Client, aes
from tests.flows.objects import EVERY_OBJECT
from tests.flows.registry import FILE, NO_REGISTRY, VERSIONS_WITH_TEXT
from tests.flows.requests import AddAttribute, Create, Destroy, Get, ModifyAttribute, Query

F = QueryFunction
SINCE_1_3 = [version for version in VERSIONS if version >= V1_3]


def told(client: Client, function: QueryFunction) -> Any:
    return client.do(Query(query_function=[function]))


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_operations_and_objects_are_those_served_in_the_version(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    assert told(speaking, F.QUERY_OPERATIONS).operation == sorted(
        code for code in load_all().keys() - CERTIFYING - PROVISIONING - {Operation.INTEROP} if code.in_version(version)
    )
    kinds = told(speaking, F.QUERY_OBJECTS).object_type
    # 3.0: users and groups are objects without a value of their own.
    served = {*OBJECT_STRUCTURES, ObjectType.USER, ObjectType.GROUP}
    assert kinds == sorted(kind for kind in served if kind.in_version(version))
    for kind in EVERY_OBJECT:
        if kind in kinds:
            assert speaking.register(EVERY_OBJECT[kind](), kind)


@pytest.mark.parametrize("version", VERSIONS_WITH_TEXT, ids=str)
@pytest.mark.skipif(not FILE.exists(), reason=NO_REGISTRY)
def test_with_everything_set_up_the_operations_are_the_specifications(make_server: Any, version: Version) -> None:
    server = make_server(interop=True)
    facts = server.engine.rooms.facts
    # What an authority for Certify and one for Re-Provision add when they are configured (tests/unit/test_facts.py).
    server.engine.rooms.facts = dataclasses.replace(facts, operations=facts.operations | CERTIFYING | PROVISIONING)
    listed = set(told(Client(server, version), F.QUERY_OPERATIONS).operation)
    assert listed == specified(version) - {Operation.NOTIFY, Operation.PUT}  # there are no subscribers


def test_server_information_has_every_field_that_the_server_knows(make_server: Any) -> None:
    server = make_server()
    facts = dataclasses.replace(
        server.engine.rooms.facts,
        build_level="Python 3.11",
        build_date="2026-01-31",
        serial_number="4711",
        cluster_info="one of three",
        failover_endpoints=("a:5696", "b:5696"),
        load=lambda: "0.25",
    )
    server.engine.rooms.facts = facts
    information = told(Client(server, V2_1), F.QUERY_SERVER_INFORMATION).server_information
    assert information.server_name == facts.server_name
    assert (information.server_version, information.product_name) == ("0", "test")
    assert (information.server_serial_number, information.server_load) == ("4711", "0.25")
    assert (information.build_level, information.build_date) == ("Python 3.11", "2026-01-31")
    assert information.cluster_info == "one of three"
    assert information.alternate_failover_endpoints == ["a:5696", "b:5696"]
    old = told(Client(server, V1_4), F.QUERY_SERVER_INFORMATION)
    assert old.vendor_identification == "test"
    assert old.server_information.server_name is None


@pytest.mark.parametrize(
    "function", [F.QUERY_ATTESTATION_TYPES, F.QUERY_EXTENSION_LIST, F.QUERY_EXTENSION_MAP, F.QUERY_VALIDATIONS]
)
def test_of_what_there_is_none_nothing_is_told(client: Client, function: QueryFunction) -> None:
    answer = client.one(Query(query_function=[function]))
    assert answer.ok
    assert all(not getattr(answer.payload, each.name) for each in dataclasses.fields(answer.payload))


@pytest.mark.parametrize("version", SINCE_1_3, ids=str)
def test_capabilities_are_what_the_server_does(client: Client, version: Version) -> None:
    speaking = client.speaking(version)
    (capability,) = told(speaking, F.QUERY_CAPABILITIES).capability_information
    served = told(speaking, F.QUERY_OPERATIONS).operation
    assert capability.asynchronous_capability == (Operation.POLL in served)
    assert capability.attestation_capability is False
    assert capability.unwrap_mode is UnwrapMode.NOT_PROCESSED
    assert capability.destroy_action is DestroyAction.KEY_MATERIAL_DELETED
    if version >= V1_4:
        assert capability.batch_undo_capability and capability.batch_continue_capability


def test_destroy_deletes_the_key_and_keeps_what_is_told_of_it(client: Client) -> None:
    uid = client.create()
    client.do(Destroy(unique_identifier=uid))
    assert client.refusal(Get(unique_identifier=uid)) is ResultReason.OBJECT_DESTROYED
    assert client.shown(uid)
    with client.server.store.transaction() as tx:
        found = tx.load(uid)
    assert found is not None and found.body.sealed is None


@pytest.mark.parametrize("version", SINCE_1_3, ids=str)
def test_profiles_are_told_by_the_names_of_the_version(client: Client, version: Version) -> None:
    claimed = told(client.speaking(version), F.QUERY_PROFILES).profile_information
    names = [each.profile_name for each in claimed]
    assert names and all(name.in_version(version) for name in names)
    if version < V2_0:
        assert len(set(names)) == len(names)
        assert ProfileName.SYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_0 in names
        assert (ProfileName.SYMMETRIC_KEY_LIFECYCLE_SERVER_KMIP_V1_4 in names) == (version == V1_4)
    else:
        versions = {
            (each.profile_version.profile_version_major, each.profile_version.profile_version_minor) for each in claimed
        }
        assert versions == {tuple(each) for each in VERSIONS if V2_0 <= each <= version}


def test_profiles_over_https_are_claimed_where_it_is_served_and_what_is_declared_is_told(make_server: Any) -> None:
    """1.4 §2.1.19: Server URI and Server Port say where; only the operator knows."""
    declared = DeclaredProfile(ProfileName.XML_SERVER_KMIP_V1_4, "https://kms.example:5697/kmip", 5697)
    for options, web in (({}, False), ({"https_port": 5697}, True), ({"profiles": (declared,)}, False)):
        claimed = told(Client(make_server(**options), V1_4), F.QUERY_PROFILES).profile_information
        names = [each.profile_name for each in claimed]
        assert (ProfileName.HTTPS_SERVER_KMIP_V1_4 in names) == web
        assert names.count(ProfileName.XML_SERVER_KMIP_V1_4) == (web or "profiles" in options)
    assert (claimed[0].server_uri, claimed[0].server_port) == ("https://kms.example:5697/kmip", 5697)
    older = told(Client(make_server(profiles=(declared,)), V1_3), F.QUERY_PROFILES).profile_information
    assert ProfileName.XML_SERVER_KMIP_V1_4 not in [each.profile_name for each in older]


@pytest.mark.parametrize("version", SINCE_1_3, ids=str)
def test_validations_are_those_declared(make_server: Any, version: Version) -> None:
    """2.1 §7.41: a server that has none says nothing."""
    assert told(Client(make_server(), version), F.QUERY_VALIDATIONS).validation_information == []
    declared = ValidationInformation(
        validation_authority_type=ValidationAuthorityType.NIST_CMVP,
        validation_version_major=3,
        validation_type=ValidationType.HARDWARE,
        validation_level=2,
    )
    speaking = Client(make_server(validations=(declared,)), version)
    assert told(speaking, F.QUERY_VALIDATIONS).validation_information == [declared]


def test_a_profile_of_a_version_that_is_not_served_is_not_claimed(make_server: Any) -> None:
    speaking = Client(make_server(versions=[V1_3, V2_1]), V2_1)
    claimed = told(speaking, F.QUERY_PROFILES).profile_information
    assert {each.profile_version.profile_version_minor for each in claimed} == {1}


@pytest.mark.parametrize("function", list(F), ids=str)
def test_a_question_asked_twice_is_answered_once(client: Client, function: QueryFunction) -> None:
    speaking = client if function.in_version(V2_1) else client.speaking(VERSIONS[-1])
    assert speaking.do(Query(query_function=[function, function])) == told(speaking, function)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_application_data_is_made_for_the_namespaces_told_and_for_no_other(client: Client, version: Version) -> None:
    """2.1 §4.4: a client may omit the Application Data; for a namespace that is not supported that is an error."""
    speaking = client.speaking(version)
    (known,) = told(speaking, F.QUERY_APPLICATION_NAMESPACES).application_namespace
    tag = Tag.APPLICATION_SPECIFIC_INFORMATION
    ours, other = (ApplicationSpecificInformation(application_namespace=each) for each in (known, "another"))
    made = [speaking.create(aes(256, 4, (tag, ours))) for _ in range(2)]
    speaking.do(AddAttribute(unique_identifier=speaking.create(), new_attribute=AttributeItem(tag, ours)))
    data = {speaking.shown(uid, tag)[tag][0].application_data for uid in made}
    assert len(data) == 2 and None not in data
    refused = (
        Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 4, (tag, other))),
        AddAttribute(unique_identifier=made[0], new_attribute=AttributeItem(tag, other)),
        ModifyAttribute(unique_identifier=made[0], new_attribute=AttributeItem(tag, other)),
    )
    for asked in refused:
        assert speaking.refusal(asked) is ResultReason.APPLICATION_NAMESPACE_NOT_SUPPORTED
    given = ApplicationSpecificInformation(application_namespace="another", application_data="mine")
    assert speaking.create(aes(256, 4, (tag, given)))
