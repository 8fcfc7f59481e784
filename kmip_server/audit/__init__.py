"""The audit trail: one record per batch item, each chained by hash to the one before."""

from kmip_server.audit.chain import AuditChain
from kmip_server.audit.verify import verify

__all__ = ["AuditChain", "verify"]
