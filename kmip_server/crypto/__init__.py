"""What the operations need of cryptography: the room of pyca ``cryptography`` (KMIP 2.1 §6.1)."""

import warnings

# The library would rather see elliptic curves; the standard has this, and keys of old clients are of it.
warnings.filterwarnings("ignore", message="Diffie-Hellman over finite fields")

from kmip_server.crypto.ciphers import Ciphers  # noqa: E402

__all__ = ["Ciphers"]
