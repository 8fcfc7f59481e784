"""Floor 1a, sans-IO: bytes and text to messages and back; knows no socket, no clock, no policy."""
