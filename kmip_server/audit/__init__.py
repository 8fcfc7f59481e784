"""The audit trail: one record per batch item, each chained by hash to the one before."""

from kmip_server.audit.chain import AuditChain
from kmip_server.audit.export import Report, Selection, export, verify_lines
from kmip_server.audit.known import Known, parse_known
from kmip_server.audit.verify import verify

__all__ = ["AuditChain", "Known", "Report", "Selection", "export", "parse_known", "verify", "verify_lines"]
