"""The vault: a root key wraps key-encryption keys, a key-encryption key seals one blob per object."""
