"""One transaction over a database: every verb of ``ports.Transaction`` as statements on the held connection.

``held`` says how a transaction begins, fails and ends; each other file holds one family of verbs, and a family of the
same name stands in ``store/memory/``. A family is a class of its own, so that a verb costs one call and no more.
"""

from __future__ import annotations

from kmip_server.store.transaction.chain import Chain, head_of_chain
from kmip_server.store.transaction.held import Cursor
from kmip_server.store.transaction.jobs import Jobs
from kmip_server.store.transaction.objects import Objects
from kmip_server.store.transaction.outbox import Outbox
from kmip_server.store.transaction.server_wide import ServerWide
from kmip_server.store.transaction.sign_ins import SignIns
from kmip_server.store.transaction.streams import Streams
from kmip_server.store.transaction.tickets import Tickets

__all__ = ["Cursor", "SqlTransaction", "head_of_chain"]


class SqlTransaction(Objects, Chain, Streams, Jobs, Outbox, Tickets, SignIns, ServerWide):
    """Implements ``ports.Transaction``; made by ``SqlStore.transaction``."""

    __slots__ = ()
