"""The configuration: what it refuses and in which words, where paths lead, and that the file and the code agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from kmip_server.cli import HEADING
from kmip_server.config import Config, ConfigurationError, Section, read_secret
from kmip_server.config.text import UNSET, render, toml_value
from kmip_server.engine.passwords import hash_password
from kmip_server.spec.version import V1_4, V3_0

FILE = Path(__file__).parents[2] / "conf" / "server.toml"


def load(folder: Path, text: str) -> Config:
    path = folder / "server.toml"
    path.write_text(text, encoding="utf-8")
    return Config.load(path)


def mistakes(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text)
    return caught.value.mistakes


def settings() -> dict[str, object]:
    """Every setting, by its dotted name, with its default."""
    config = Config()
    return {
        f"{section}.{name}": getattr(getattr(config, section), name)
        for section in Config.model_fields
        for name in type(getattr(config, section)).model_fields
    }


# -- what is refused, and how it is said


def test_an_unknown_setting_names_itself_what_was_meant_and_what_is_allowed(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, "[server]\nprot = 5696\n")
    assert said.startswith(f"{tmp_path}/server.toml: server.prot is not a setting; did you mean server.port?")
    assert "Allowed in [server]: application_namespaces, cluster_info, drain_seconds, failover_endpoints, " in said


def test_an_unknown_section_names_itself(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, "[servr]\nport = 1\n")
    assert "servr is not a setting; did you mean server?" in said
    assert "Allowed as sections: accounts, attestation, certificates, database, groups, " in said


def test_all_mistakes_are_told_at_once_and_each_in_one_line(tmp_path: Path) -> None:
    said = mistakes(
        tmp_path, '[server]\nport = 70000\nworkers = "2"\nxyzzy = 1\n[log]\nlevel = "loud"\n[tls]\nkey = 3\n'
    )
    assert len(said) == 5
    assert all("\n" not in each and each.endswith(".") for each in said)
    text = "\n".join(said)
    assert "server.port is 70000, but must be less than or equal to 65535." in text
    assert 'server.workers is "2", but must be a valid integer.' in text
    assert "log.level is \"loud\", but must be 'debug', 'info', 'warning' or 'error'." in text
    assert "tls.key is 3, but must be a path." in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nport = -1", "server.port is -1, but must be greater than or equal to 0"),
        ("[server]\nworkers = true", "server.workers is true, but must be a valid integer"),
        ("[server]\nworkers = 0", "server.workers is 0, but"),
        ('[server]\nlisten = "127.0.0.1"', 'server.listen is "127.0.0.1", but must be a list'),
        ("[server]\nlisten = []", "server.listen: the list is empty, but must name at least one"),
        ('[server]\nlisten = ["::", "localhost"]', "server.listen[1]: 'localhost' is not an IP address"),
        ('[server]\nversions = ["1.5"]', "server.versions[0]: '1.5' is not a KMIP version this server knows"),
        ('[server]\nversions = ["3.0"]', "name it in server.preview_versions"),
        ('[server]\npreview_versions = ["2.1"]', "name it in server.versions"),
        ("[server]\ndrain_seconds = nan", "server.drain_seconds is NaN, but"),
        ("[limits]\nidle_seconds = 0", "limits.idle_seconds is 0, but must be greater than 0"),
        ("[limits]\nmax_message = 1", "limits.max_message is 1, but"),
        ("server = 5", "server is 5, but must be a section"),
        ('[database]\nurl = "mysql://u:geheim@h/d"', 'url must begin with "sqlite:///" or "postgresql://"'),
        ('[database]\nurl = "postgresql://u:geheim@h/d"', "url holds a password"),
        ('[database]\npassword_env = "A"', "a password only goes with PostgreSQL"),
        ('[root_key]\npassphrase_file = "a"\npassphrase_env = "A"', "passphrase_file and passphrase_env are both set"),
        ('[root_key]\nguard = "pkcs11"', 'guard = "pkcs11" also needs library, token_label, pin_file or pin_env'),
        ('[root_key]\ntoken_label = "a"', 'root_key: token_label only goes with guard = "pkcs11"'),
        ("[groups.by_common_name]\nclient1 = [1]", "groups.by_common_name.client1[0] is 1, but must be a valid string"),
        ("[log]\nlevel = 1979-05-27", 'log.level is "1979-05-27", but'),
        ("[server", "is not TOML: "),
    ],
)
def test_a_wrong_value_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    (told,) = mistakes(tmp_path, text)
    assert said in told
    assert "geheim" not in told


def test_a_missing_file_is_told_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.toml cannot be read: No such file or directory\."):
        Config.load(tmp_path / "absent.toml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        Config.load(tmp_path / "server.toml")


# -- what is read


def test_relative_paths_start_at_the_files_folder_and_absolute_ones_stay(tmp_path: Path) -> None:
    config = load(tmp_path, '[tls]\nkey = "/etc/k.key"\nclient_ca = ["a.pem", "/b.pem"]\n')
    assert config.tls.key == Path("/etc/k.key")
    assert config.tls.client_ca == (tmp_path / "a.pem", Path("/b.pem"))
    assert config.tls.certificate == tmp_path / "certs" / "server.pem"
    assert config.root_key.file == tmp_path / "root.key"
    assert config.policy.directory == tmp_path / "policies"
    assert config.database.url == f"sqlite:///{tmp_path}/kmip.db"


def test_a_file_named_relative_to_the_working_directory_still_gives_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "server.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    assert Config.load(Path("server.toml")).root_key.file == tmp_path / "root.key"


def test_versions_are_served_in_order_and_a_preview_only_on_request(tmp_path: Path) -> None:
    assert V3_0 not in load(tmp_path, "").server.served_versions
    config = load(tmp_path, '[server]\nversions = ["1.4"]\npreview_versions = ["3.0"]\n')
    assert config.server.served_versions == (V1_4, V3_0)


def test_a_loaded_configuration_cannot_be_changed(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    with pytest.raises(ValueError, match="frozen"):
        setattr(config.server, "port", 1)  # noqa: B010
    assert config.with_port(7).server.port == 7
    assert config.with_port(None) is config
    assert config.server.port == 5696


def test_a_hardware_guard_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("1234\n")
    text = '[root_key]\nguard = "pkcs11"\nlibrary = "/l.so"\ntoken_label = "t"\npin_file = "pin"\n'
    root_key = load(tmp_path, text).root_key
    assert (root_key.library, root_key.token_label, root_key.key_label) == (Path("/l.so"), "t", "kmip-server-root")
    assert root_key.pin() == "1234"
    assert root_key.passphrase() is None


# -- secrets


def test_a_secret_is_in_no_representation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_SECRET", "geheim/@:")
    config = load(tmp_path, '[database]\nurl = "postgresql://u@h:5/d"\npassword_env = "DATABASE_SECRET"\n')
    assert config.database.resolved_url() == "postgresql://u:geheim%2F%40%3A@h:5/d"
    assert "geheim" not in repr(config) + str(config) + config.model_dump_json()


def test_an_absent_or_empty_secret_is_an_error_and_never_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ABSENT", raising=False)
    (tmp_path / "empty").write_text("\n")
    assert read_secret("the PIN", None, None) is None
    with pytest.raises(ConfigurationError, match="the PIN is empty or absent in the environment variable ABSENT"):
        read_secret("the PIN", None, "ABSENT")
    with pytest.raises(ConfigurationError, match=r"the PIN is empty or absent in /.*/empty"):
        read_secret("the PIN", tmp_path / "empty", None)
    with pytest.raises(ConfigurationError, match=r"the PIN cannot be read from /.*/none: No such file"):
        read_secret("the PIN", tmp_path / "none", None)


def test_only_the_line_end_is_taken_off_a_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(" a b \n")
    assert read_secret("the PIN", tmp_path / "secret", None) == " a b "


# -- conf/server.toml and the code agree


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_text() == render(Config, HEADING), "the text above and the comments come from the code alone"


def test_the_file_as_it_stands_changes_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, FILE.read_text()) == load(tmp_path, "")


def test_each_setting_stands_in_the_file_with_its_default_under_a_comment() -> None:
    text = FILE.read_text()
    uncommented = re.sub(r"(?m)^#(?=[a-z_]+ = )", "", text)
    table = tomllib.loads(uncommented)
    found = {f"{section}.{name}": value for section, rows in table.items() for name, value in rows.items()}
    expected = settings()
    assert found.keys() == expected.keys()
    lines = text.splitlines()
    for name, default in expected.items():
        short = name.split(".")[1]
        number = next(
            i
            for i, line in enumerate(lines)
            if re.match(rf"#?{short} = |\[(?:groups|accounts|attestation|subscribers)\.{short}\]", line)
        )
        assert lines[number - 1].startswith("# "), f"{name} has no comment"
        if default is None:
            assert lines[number].endswith(UNSET)
        elif default != {}:
            assert toml_value(found[name]) == toml_value(default), name


def test_every_default_written_out_is_accepted(tmp_path: Path) -> None:
    uncommented = re.sub(rf"(?m)^#(?=[a-z_]+ = )(?!.*{UNSET})", "", FILE.read_text())
    assert load(tmp_path, uncommented) == load(tmp_path, "")


def test_every_section_and_setting_says_what_it_is_for() -> None:
    for name, field in Config.model_fields.items():
        section = field.annotation
        assert isinstance(section, type), name
        assert issubclass(section, Section), name
        assert section.__doc__, name
        for setting, inner in section.model_fields.items():
            assert inner.description and inner.description.endswith("."), f"{name}.{setting}"


# -- writing


def test_chosen_values_are_written_and_read_back(tmp_path: Path) -> None:
    odd = 'ä "quoted" \\ \t\x7f 🗝'
    text = render(Config, "mine", {"server.port": 1, "tls.key": Path("a b.key"), "server.vendor_identification": odd})
    config = load(tmp_path, text)
    assert config.server.port == 1
    assert config.tls.key == tmp_path / "a b.key"
    assert config.server.vendor_identification == odd
    assert config.server.workers == Config().server.workers


def test_a_name_that_is_no_setting_cannot_be_written() -> None:
    with pytest.raises(KeyError, match=r"server\.prot"):
        render(Config, "mine", {"server.prot": 1})


def test_accounts_take_hashes_and_never_repeat_what_is_none(tmp_path: Path) -> None:
    hashed = hash_password("correct horse")
    accounts = load(tmp_path, f'[accounts.users]\nalice = "{hashed}"\n').accounts
    assert accounts.users == {"alice": hashed}
    (said,) = mistakes(tmp_path, '[accounts.users]\nalice = "correct horse"\n')
    assert "accounts.users.alice" in said
    assert "hash-password" in said
    assert "correct horse" not in said
