"""A profile is claimed only where all of its mandatory published cases pass; ``test_conformance`` runs each of them."""

from __future__ import annotations

import pytest

from kmip_server.spec.profiles import PROFILES, Profile
from kmip_server.spec.version import Version, parse_version
from tests import material
from tests.conformance.cases import all_cases
from tests.conformance.excuses import excuse_for
from tests.conformance.test_conformance import cases

CLAIMS = [(profile, version) for profile in PROFILES for version in profile.versions]


@pytest.mark.skipif(not material.CASE_FILES, reason=material.NO_CASES)
@pytest.mark.parametrize(("profile", "version"), CLAIMS, ids=str)
def test_every_mandatory_case_of_a_claimed_profile_is_run_and_must_pass(profile: Profile, version: Version) -> None:
    mandatory = {
        case.case_id
        for case in all_cases()
        if case.case_id.startswith(profile.cases) and parse_version(case.version) == version
    }
    assert mandatory, "a claim without evidence"
    assert mandatory <= {case.case_id for case in cases()}, "a case needs an operation that is not served"
    assert not [case for case in mandatory if excuse_for(case)]


NOT_CLAIMED = {
    "QUANTUM_SAFE_SERVER": "Profiles 3.0 §3.3.1: no TLS 1.2, which is served unless the operator says otherwise",
}
EVIDENCE = {profile.cases: profile for profile in PROFILES}


@pytest.mark.skipif(not material.CASE_FILES, reason=material.NO_CASES)
def test_every_profile_whose_mandatory_cases_pass_is_claimed() -> None:
    """What is at hand decides, version by version; ``test_conformance`` runs each of the cases."""
    reached = {case.case_id for case in cases()}
    found: dict[tuple[str, Version], bool] = {}
    for case in all_cases():
        beginning, mandatory, _ = case.case_id.partition("-M-")
        if mandatory and beginning != "QS":
            key = f"{beginning}-M-", parse_version(case.version)
            found[key] = found.get(key, True) and case.case_id in reached and not excuse_for(case.case_id)
    passing = {(EVIDENCE[cases].name, version) for (cases, version), passed in found.items() if passed}
    assert passing == {(profile.name, version) for profile in PROFILES for version in profile.versions}
    assert not NOT_CLAIMED.keys() & {profile.name for profile in PROFILES}
