"""Bytes in and out: TLS, the loop, the worker processes, the limits. Knows no KMIP word."""
