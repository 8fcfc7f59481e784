"""What a case takes for granted of the server, as configuration.

Profiles 3.0 §4: "The test cases may depend on a specific configuration of a KMIP client and server being configured in
a manner consistent with the test case assumptions." Everything here is a setting that any operator may make.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

from kmip_server.app.facts import declared_validation
from kmip_server.config.serving import Validation, profile_called
from kmip_server.ports import DeclaredProfile
from kmip_server.spec.enums import ClientRegistrationMethod
from tests.conformance.cases import Case


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a case wants of its server."""

    users: dict[str, str] = field(default_factory=dict)
    """Users and their passwords."""
    devices: dict[str, str] = field(default_factory=dict)
    """Devices and theirs."""
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Sections of the configuration of a running server, and what stands in them."""
    policies: dict[str, Any] = field(default_factory=dict)
    """Policy files of a running server, by name."""

    @property
    def needs_own_server(self) -> bool:
        """Whether others must not share it."""
        return self != Wanted()


_ADMINISTERED = Wanted(
    users={"administrator": "password"},
    settings={"accounts.groups": {"administrator": ["admins"]}},
    policies={
        "admins": {
            "operations without object": {
                "groups": {
                    "admins": dict.fromkeys(("CREATE_CREDENTIAL", "CREATE_USER", "CREATE_GROUP"), "ALLOW_ALL"),
                },
            },
        },
    },
)
"""A server on which the administrator may make users, groups and their credentials."""

_MODEL = Wanted(
    users={"administrator": "password"},
    policies={
        "model": {
            "operations without object": {
                "preset": dict.fromkeys(("SET_CONSTRAINTS", "SET_DEFAULTS"), "ALLOW_ALL"),
            },
        },
    },
)
"""A server on which the client may say what holds for everybody's objects (2.1 §6.1.51, §6.1.52)."""

_OWN = dict.fromkeys(("LOCATE", "GET", "GET_ATTRIBUTES", "ADD_ATTRIBUTE", "REVOKE", "DESTROY"), "ALLOW_OWNER")
_FETCHED = ("PUBLIC_KEY", "PRIVATE_KEY", "CERTIFICATE")
_REGISTERING = Wanted(
    users={"one-time-user": "one-time-password"},
    settings={"accounts.groups": {"one-time-user": ["newcomers"]}, "policy": {"default_policy": "registration"}},
    policies={
        "registration": {
            "registration": {
                "preset": dict.fromkeys(_FETCHED, _OWN),
                "groups": {"newcomers": {kind: dict.fromkeys(("LOCATE", "GET"), "ALLOW_ALL") for kind in _FETCHED}},
            },
        },
    },
)
"""A server on which one client registers the keys and the certificate that another, new one fetches."""
_METHODS = ["server_pre_generated", "server_on_demand", "client_generated", "client_registered"]
_OTHERS: list[dict[str, Any]] = [
    {"name": f"{name} KMIP v{version}"}
    for name, version in (
        ("Baseline Server Basic", "1.2"),
        ("Baseline Server TLS v1.2", "1.2"),
        ("Complete Server Basic", "1.2"),
        ("Complete Server TLS v1.2", "1.2"),
        ("Basic Cryptographic Server", "1.2"),
        ("Advanced Cryptographic Server", "1.2"),
        ("Suite B minLOS_192 Server", "1.1"),
    )
]
"""Profiles that a published answer lists and the server does not claim by itself, for want of (passing) cases."""
_PLACED: list[dict[str, Any]] = [
    {"name": f"{name} KMIP v{version}", **place}
    for version in ("1.1", "1.2", "1.4")
    for name, place in (
        ("Baseline Server Basic", {}),
        ("HTTPS Server", {"uri": "https://SERVER-NAME:5696/kmip", "port": 65524}),
        ("XML Server", {"uri": "https://SERVER-NAME:5696/kmip", "port": 5696}),
    )
    if (name, version) != ("Baseline Server Basic", "1.1")
]
"""Profiles that the operator says the place of: which server and which port, only the operator knows."""


def _declared(profiles: list[dict[str, Any]]) -> tuple[DeclaredProfile, ...]:
    return tuple(DeclaredProfile(profile_called(each["name"]), each.get("uri"), each.get("port")) for each in profiles)


_VALIDATED: dict[str, Any] = {
    "authority": "nist_cmvp",
    "authority_country": "US",
    "authority_uri": "http://csrc.nist.gov/groups/STM/cmvp/",
    "version_major": 2,
    "type": "software",
    "level": 1,
    "certificate_identifier": "1747",
    "certificate_uri": "http://csrc.nist.gov/groups/STM/cmvp/documents/140-1/1401val2012.htm#1747",
}
"""What one of the two published answers tells of a validation; the other tells of none."""
_WANTED: tuple[tuple[str, Wanted], ...] = (
    ("TC-Q-PROF-2-??", Wanted(settings={"server": {"profiles": _OTHERS}})),
    ("TC-Q-VAL-1-??", Wanted(settings={"server": {"validations": [_VALIDATED]}})),
    ("TC-Q-PROF-3-??", Wanted(settings={"server": {"profiles": _PLACED}})),
    # "the client SHALL also receive both response payloads", and they say that the object is there.
    ("TC-111-??", Wanted(users={"Fred": "password1", "Barney": "secret2"}, settings={"policy": {"conceal": False}})),
    (
        "TC-112-??",
        Wanted(devices={"serNum123456": "secret", "serNum101010": "passwd"}, settings={"policy": {"conceal": False}}),
    ),
    ("TC-314-??", Wanted(devices={"serNum123456": "secret", "serNum101010": "passwd"})),
    ("TC-CREG-[123]-??", _REGISTERING),
    # Every way in which 1.3 §9.1.3.2.47 lets a client come to its certificate.
    ("TC-Q-CREG-1-??", Wanted(settings={"provisioning": {"registration_methods": _METHODS}})),
    ("BL-M-1[5-9]-30", _ADMINISTERED),
    ("TC-MD-*", _MODEL),
    ("BL-M-21-30", _ADMINISTERED),
    # Four answers to one and the same RNG Seed: taken whole, in part, ignored, denied.
    ("CS-RNG-O-2-??", Wanted(settings={"limits": {"max_seed": 16}})),
    ("CS-RNG-O-3-??", Wanted(settings={"limits": {"max_seed": 0}})),
    (
        "CS-RNG-O-4-??",
        Wanted(policies={"seeds": {"operations without object": {"preset": {"RNG_SEED": "DISALLOW_ALL"}}}}),
    ),
)


def wanted_by(case: Case) -> Wanted:
    """What a case wants; most want nothing."""
    return next((wanted for pattern, wanted in _WANTED if fnmatch(case.case_id, pattern)), Wanted())


OPTIONS: dict[str, dict[str, Any]] = {
    "TC-Q-PROF-2-??": {"https_port": 5697, "profiles": _declared(_OTHERS)},
    "TC-Q-VAL-1-??": {"validations": (declared_validation(Validation(**_VALIDATED)),)},
    "TC-Q-PROF-3-??": {"profiles": _declared(_PLACED)},
    "TC-11[12]-??": {"conceals": False},
    "TC-CREG-?-??": {"default_policy": "registration"},
    "TC-Q-CREG-1-??": {
        "client_registration_methods": tuple(ClientRegistrationMethod[name.upper()] for name in _METHODS)
    },
    "CS-RNG-O-2-??": {"maximum_seed_bytes": 16},
    "CS-RNG-O-3-??": {"maximum_seed_bytes": 0},
}
"""The same settings as ``_WANTED`` has, for a server without a configuration file."""
