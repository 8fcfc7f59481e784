"""The roof: builds the rooms from the configuration and joins them. No logic lives here.

``service`` joins the rooms of one worker process, out of ``facts`` (what the server says of itself), ``keys`` (root key
and envelope) and ``subscribers``; ``network`` is what the transport is told; ``commands`` is what each command does.
"""

from kmip_server.app.commands import (
    AppError,
    check,
    init_ca,
    init_root,
    initialise,
    make_ca,
    serve,
    verify_audit,
)
from kmip_server.app.facts import facts_of, served
from kmip_server.app.keys import root_key_of
from kmip_server.app.service import make_service, policies_of
from kmip_server.app.subscribers import subscribers_of

__all__ = [
    "AppError",
    "check",
    "facts_of",
    "init_ca",
    "init_root",
    "initialise",
    "make_ca",
    "make_service",
    "policies_of",
    "root_key_of",
    "serve",
    "served",
    "subscribers_of",
    "verify_audit",
]
