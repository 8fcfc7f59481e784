"""A KMIP key manager: mutual TLS in front, a lifecycle and a policy inside, sealed objects in SQL below."""

__version__ = "0.1.0"
