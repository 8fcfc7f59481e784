"""The roof: builds the rooms from the configuration and joins them. No logic lives here.

``service`` joins the rooms of one worker process, out of ``facts`` (what the server says of itself), ``keys`` (root key
and envelope) and ``subscribers``; ``network`` is what the transport is told; ``commands``, ``auditing``
and ``users`` are what each command does.
"""

from kmip_server.app.auditing import export_audit, known_hashes, selection, verify_audit, verify_audit_file
from kmip_server.app.commands import (
    check,
    init_ca,
    init_root,
    initialise,
    make_ca,
    serve,
)
from kmip_server.app.explaining import AppError
from kmip_server.app.facts import facts_of, served
from kmip_server.app.keys import root_key_of
from kmip_server.app.service import make_service, policies_of
from kmip_server.app.subscribers import ask_subscribers, subscribers_of
from kmip_server.app.users import add_user, remove_user

__all__ = [
    "AppError",
    "add_user",
    "ask_subscribers",
    "check",
    "export_audit",
    "facts_of",
    "init_ca",
    "init_root",
    "initialise",
    "known_hashes",
    "make_ca",
    "make_service",
    "policies_of",
    "remove_user",
    "root_key_of",
    "selection",
    "serve",
    "served",
    "subscribers_of",
    "verify_audit",
    "verify_audit_file",
]
