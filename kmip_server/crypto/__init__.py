"""What the operations need of cryptography: the room of pyca ``cryptography`` (KMIP 2.1 §6.1)."""

from kmip_server.crypto.ciphers import Ciphers

__all__ = ["Ciphers"]
