"""What the operations need of cryptography: the room of pyca ``cryptography`` (KMIP 2.1 §6.1)."""
