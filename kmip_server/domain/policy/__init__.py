"""Who may do what: operation policies and the one function that decides by them (KMIP 1.4 §3.18)."""

from __future__ import annotations

from kmip_server.domain.policy.decide import decide, decide_without_object, may_see, visibility
from kmip_server.domain.policy.files import PolicyFileError, load_policies, parse_policies
from kmip_server.domain.policy.policies import Decision, Policies, Source
from kmip_server.domain.policy.rows import WITHOUT_OBJECT, OperationPolicy, Permission, ServerPolicy

__all__ = [
    "WITHOUT_OBJECT",
    "Decision",
    "OperationPolicy",
    "Permission",
    "Policies",
    "PolicyFileError",
    "ServerPolicy",
    "Source",
    "decide",
    "decide_without_object",
    "load_policies",
    "may_see",
    "parse_policies",
    "visibility",
]
