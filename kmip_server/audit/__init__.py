"""The audit trail: one record per batch item, each chained by hash to the one before."""
