"""The one place that says yes or no: deny by default, and every answer names its rule (KMIP 1.4 §3.18).

A decision is what the policy that an object names says of the subject, the type of the object and the
operation; how a policy's parts combine stands at the head of ``policies.py``. What no rule allows is denied, and
so is everything under a policy that does not exist, to the owner too.
"""

from __future__ import annotations

from kmip_server.domain.policy.policies import Decision, Policies
from kmip_server.domain.search import Visibility
from kmip_server.domain.subject import Subject
from kmip_server.spec.enums import ObjectType, Operation

_LONGEST_NAME = 64
"""Characters of a client's own text that go into the name of a rule."""
_NOBODY = Decision(False, "not authenticated")
"""A subject without a name was never let in: nothing is allowed to it, whatever is allowed to all."""


def decide(
    policies: Policies,
    subject: Subject,
    operation: Operation,
    *,
    policy_name: str,
    object_type: ObjectType,
    owner: str,
) -> Decision:
    """Decide whether the subject may do this with an object of that policy, type and owner."""
    if not subject.name:
        return _NOBODY
    compiled = policies.compiled(policy_name, subject.groups)
    if compiled is None:
        return Decision(False, f'policy "{_printable(policy_name)}" unknown')
    verdict = compiled.verdicts.get((object_type, operation))
    if verdict is None:
        return Decision(False, f"{_printable(policy_name)}/{object_type.name}/{operation.name}: no rule")
    return verdict.owner if subject.name == owner else verdict.other


def decide_without_object(policies: Policies, subject: Subject, operation: Operation) -> Decision:
    """Decide over an operation before any object is known: Create, Query, Locate ... (1.4 §3.18.1).

    Every authenticated subject may, unless the policy files say otherwise; what is administrative only those may
    whom a policy file names.
    """
    return policies.without_object(subject.groups, operation) if subject.name else _NOBODY


def may_see(policies: Policies, subject: Subject, *, policy_name: str, object_type: ObjectType, owner: str) -> bool:
    """Whether a subject that was denied may know that the object exists.

    It may if it owns the object, or if any operation on the object is allowed to it: who may do one thing with it
    learns by that that it exists. It is then told Permission Denied. Everyone else is answered exactly as if
    there were no such object (Item Not Found): whether it exists, of what type it is and whose is not for them.
    """
    if not subject.name:
        return False
    if subject.name == owner:
        return True
    compiled = policies.compiled(policy_name, subject.groups)
    return compiled is not None and object_type in compiled.seen_by_other


def visibility(policies: Policies, subject: Subject) -> Visibility:
    """What the subject may find by Locate: for each object the same answer as :func:`decide` gives for Locate."""
    if not subject.name:
        return Visibility(owner="", own=frozenset(), any=frozenset())
    found = policies.locatable(subject.groups)
    return Visibility(owner=subject.name, own=found.own, any=found.any)


def _printable(text: str) -> str:
    """A client's text as it may stand in a log: short, on one line."""
    shown = "".join(character if character.isprintable() else "?" for character in text[:_LONGEST_NAME])
    return shown if len(text) <= _LONGEST_NAME else f"{shown}..."
