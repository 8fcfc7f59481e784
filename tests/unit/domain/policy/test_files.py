"""Policy files: PyKMIP's two forms, what is refused and how it is said, and what is known of what was loaded."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmip_server.domain.policy import Permission, PolicyFileError, load_policies, parse_policies
from kmip_server.spec.enums import ObjectType, Operation

KEY_ROW = {"SYMMETRIC_KEY": {"GET": "ALLOW_ALL"}}
READ_ROW = {ObjectType.SYMMETRIC_KEY: {Operation.GET: Permission.ALLOW_ALL}}


def parse(content: Any) -> Any:
    return parse_policies(json.dumps(content), "file.json")


def refusal(content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(PolicyFileError) as caught:
        parse_policies(text, "file.json")
    return str(caught.value)


class TestForms:
    def test_the_older_form_is_a_preset(self) -> None:
        policy = parse({"a": KEY_ROW}).policies["a"]
        assert (policy.preset, policy.groups) == (READ_ROW, None)

    def test_preset_and_groups(self) -> None:
        policy = parse({"a": {"preset": KEY_ROW, "groups": {"backup": KEY_ROW, "none": {}}}}).policies["a"]
        assert policy.preset == READ_ROW
        assert policy.groups == {"backup": READ_ROW, "none": {}}

    def test_groups_alone(self) -> None:
        policy = parse({"a": {"groups": {"backup": KEY_ROW}}}).policies["a"]
        assert (policy.preset, policy.groups) == ({}, {"backup": READ_ROW})

    def test_an_empty_policy_allows_nothing(self) -> None:
        policy = parse({"a": {}}).policies["a"]
        assert (policy.preset, policy.groups) == ({}, None)

    def test_several_policies_in_one_file(self) -> None:
        assert parse({"a": KEY_ROW, "b": KEY_ROW}).policies.keys() == {"a", "b"}

    @pytest.mark.parametrize(
        ("spelled", "meant"),
        [("REKEY", "RE_KEY"), ("REKEY_KEY_PAIR", "RE_KEY_KEY_PAIR"), ("RECERTIFY", "RE_CERTIFY")],
    )
    def test_pykmips_spelling_of_operations(self, spelled: str, meant: str) -> None:
        rows = parse({"a": {"SYMMETRIC_KEY": {spelled: "ALLOW_OWNER"}}}).policies["a"].preset
        assert rows == {ObjectType.SYMMETRIC_KEY: {Operation[meant]: Permission.ALLOW_OWNER}}

    def test_pykmips_spelling_of_opaque_objects(self) -> None:
        assert parse({"a": {"OPAQUE_DATA": {}}}).policies["a"].preset == {ObjectType.OPAQUE_OBJECT: {}}

    def test_every_name_that_pykmip_knows_is_known(self) -> None:
        from kmip.core import enums

        preset = {kind.name: {} for kind in enums.ObjectType}
        preset["SYMMETRIC_KEY"] = {
            name: "ALLOW_OWNER" for name in ("GET", "REKEY", "ENCRYPT", "MAC_VERIFY", "SET_ATTRIBUTE", "CHECK")
        }
        assert len(parse({"a": {"preset": preset}}).policies["a"].preset) == len(enums.ObjectType)
        assert {permission.name for permission in enums.Policy} == {permission.name for permission in Permission}

    def test_operations_without_object(self) -> None:
        found = parse(
            {
                "operations without object": {
                    "preset": {"CREATE": "DISALLOW_ALL"},
                    "groups": {"a": {"HASH": "ALLOW_ALL"}},
                }
            }
        )
        assert found.policies == {}
        assert found.server.preset == {Operation.CREATE: Permission.DISALLOW_ALL}
        assert found.server.groups == {"a": {Operation.HASH: Permission.ALLOW_ALL}}


class TestRefusals:
    def test_an_unknown_type_names_the_known_ones(self) -> None:
        message = refusal({"a": {"preset": {"SYMMETRIC": {}}}})
        assert message.startswith('file.json: a > preset > SYMMETRIC: "SYMMETRIC" is not a type of object; allowed are')
        assert "SYMMETRIC_KEY" in message

    def test_an_unknown_operation_names_the_known_ones(self) -> None:
        message = refusal({"a": {"groups": {"g": {"SYMMETRIC_KEY": {"FETCH": "ALLOW_ALL"}}}}})
        assert message.startswith(
            'file.json: a > groups > g > SYMMETRIC_KEY > FETCH: "FETCH" is not an operation; allowed are'
        )
        assert "GET_ATTRIBUTES" in message

    @pytest.mark.parametrize("permission", ["ALLOW", "allow_all", "", None, 1, True, ["ALLOW_ALL"], {}])
    def test_an_unknown_permission_names_the_known_ones(self, permission: object) -> None:
        message = refusal({"a": {"SYMMETRIC_KEY": {"GET": permission}}})
        assert message == (
            f"file.json: a > SYMMETRIC_KEY > GET: {json.dumps(permission)} is not a permission; "
            "allowed are ALLOW_ALL, ALLOW_OWNER, DISALLOW_ALL."
        )

    @pytest.mark.parametrize(
        "text",
        [
            '{"a": {}, "a": {}}',
            '{"b": {"preset": {}, "preset": {}}, "a": {}}',
            '{"b": {"SYMMETRIC_KEY": {"GET": "ALLOW_ALL", "GET": "DISALLOW_ALL"}}}',
        ],
    )
    def test_a_name_that_stands_twice(self, text: str) -> None:
        assert re.fullmatch(r'file\.json: "(a|preset|GET)" stands twice in one object\.', refusal(text))

    def test_one_operation_by_two_names(self) -> None:
        message = refusal({"a": {"SYMMETRIC_KEY": {"REKEY": "ALLOW_ALL", "RE_KEY": "DISALLOW_ALL"}}})
        assert "RE_KEY stands here twice, by two names" in message

    def test_one_type_by_two_names(self) -> None:
        message = refusal({"a": {"OPAQUE_DATA": {}, "OPAQUE_OBJECT": {}}})
        assert "OPAQUE_OBJECT stands here twice, by two names" in message

    def test_a_rule_without_effect(self) -> None:
        message = refusal({"a": {"SYMMETRIC_KEY": {"CREATE": "DISALLOW_ALL"}}})
        assert 'a > SYMMETRIC_KEY > CREATE: a rule for this operation has no effect here; under "operations' in message
        assert parse({"a": {"TEMPLATE": {"CREATE": "DISALLOW_ALL"}}}).policies

    def test_an_object_operation_among_those_without(self) -> None:
        assert "has no effect here" in refusal({"operations without object": {"preset": {"GET": "ALLOW_ALL"}}})

    def test_an_owner_where_there_is_no_object(self) -> None:
        message = refusal({"operations without object": {"preset": {"CREATE": "ALLOW_OWNER"}}})
        assert message.endswith("allowed are ALLOW_ALL, DISALLOW_ALL.")

    @pytest.mark.parametrize("name", ["default", "public"])
    def test_the_standards_own_names(self, name: str) -> None:
        assert refusal({name: {}}).startswith(f"file.json: {name}: this policy is the standard's own")

    def test_both_forms_in_one_policy(self) -> None:
        assert "allowed there are only these two" in refusal({"a": {"preset": {}, "SYMMETRIC_KEY": {}}})

    @pytest.mark.parametrize(
        "content", [[], "text", 1, None, {"a": []}, {"a": {"preset": []}}, {"a": {"groups": {"g": 1}}}, {"": {}}]
    )
    def test_another_shape(self, content: object) -> None:
        message = refusal(json.dumps(content))
        assert "a JSON object ({...}) is expected" in message or "a name is empty" in message

    @pytest.mark.parametrize("text", ["", "{", "{'a': 1}", '{"a": {}} x', "[" * 100_000])
    def test_what_is_not_json(self, text: str) -> None:
        assert refusal(text).startswith("file.json is not JSON: ")

    @given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
    def test_any_text_gives_policies_or_a_refusal(self, text: str) -> None:
        try:
            parse_policies(text, "file.json")
        except PolicyFileError as error:
            assert str(error).startswith("file.json")


class TestDirectory:
    def test_files_are_read_beside_the_built_in_policies(self, tmp_path: Path) -> None:
        (tmp_path / "b.json").write_text(json.dumps({"b": KEY_ROW}))
        (tmp_path / "a.json").write_text("\ufeff" + json.dumps({"a": KEY_ROW}), encoding="utf-8")
        (tmp_path / "README").write_text("not a policy")
        (tmp_path / ".c.json").write_text("left by an editor")
        policies = load_policies(tmp_path)
        assert policies.names == {"default", "public", "a", "b"}
        assert [source.name for source in policies.sources] == ["a.json", "b.json"]

    def test_what_was_read_is_known_by_its_hash(self, tmp_path: Path) -> None:
        content = json.dumps({"a": KEY_ROW}).encode()
        (tmp_path / "a.json").write_bytes(content)
        first = load_policies(tmp_path)
        assert first.sources[0].sha256 == hashlib.sha256(content).hexdigest()
        assert load_policies(tmp_path).digest == first.digest
        (tmp_path / "a.json").write_bytes(content + b"\n")
        assert load_policies(tmp_path).digest != first.digest

    def test_an_empty_directory_is_the_standards_policies_alone(self, tmp_path: Path) -> None:
        policies = load_policies(tmp_path)
        assert policies.names == {"default", "public"}
        assert len(policies.digest) == 64

    def test_a_directory_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        """Without its files more would be allowed than was meant: creation by groups, for one."""
        with pytest.raises(PolicyFileError, match=r"cannot be read: No such file or directory\. It may be empty, but"):
            load_policies(tmp_path / "absent")

    def test_a_file_that_cannot_be_read_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").symlink_to(tmp_path / "absent")
        with pytest.raises(PolicyFileError, match=r"a\.json cannot be read: No such file"):
            load_policies(tmp_path)

    def test_a_file_that_is_not_text_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(PolicyFileError, match=r"a\.json is not UTF-8 text"):
            load_policies(tmp_path)

    @pytest.mark.parametrize("content", [{"a": {}}, {"operations without object": {}}])
    def test_one_policy_in_two_files_is_refused(self, tmp_path: Path, content: dict[str, Any]) -> None:
        for name in ("a.json", "b.json"):
            (tmp_path / name).write_text(json.dumps(content))
        with pytest.raises(PolicyFileError, match=r"b\.json: the policy .* stands in an earlier file already"):
            load_policies(tmp_path)

    def test_a_mistake_in_one_file_refuses_all(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text(json.dumps({"a": KEY_ROW}))
        (tmp_path / "b.json").write_text("{")
        with pytest.raises(PolicyFileError, match=r"b\.json is not JSON"):
            load_policies(tmp_path)
