"""Who judges attestations: the keys and digests that the configuration names."""

from __future__ import annotations

from kmip_server.config import Config, ConfigurationError
from kmip_server.config.attestation import operation_named
from kmip_server.crypto.tpm import QuoteKey, is_good_quote, load_quote_key
from kmip_server.domain.subject import CERTIFICATE, qualified_name
from kmip_server.ports import Attesting
from kmip_server.spec.enums import AttestationType


def attesting_of(config: Config) -> Attesting | None:
    """What the configuration says, its files read, or None; ConfigurationError where one cannot be."""
    settings = config.attestation
    if not settings.keys:
        return None
    keys: dict[str, tuple[QuoteKey, bytes | None]] = {}
    for name, path in settings.keys.items():
        try:
            key = load_quote_key(path.read_bytes())
        except ValueError as error:
            raise ConfigurationError([f"attestation.keys: {path}: {error}."]) from error
        except OSError as error:
            raise ConfigurationError([f"attestation.keys: {path} cannot be read: {error.strerror}."]) from error
        digest = settings.pcr_digests.get(name)
        keys[qualified_name(CERTIFICATE, name)] = key, None if digest is None else bytes.fromhex(digest)

    def judge(
        holder: str, kind: AttestationType, measurement: bytes | None, assertion: bytes | None, nonce: bytes
    ) -> bool:
        """A quote is a measurement; what a third party asserts is not believed."""
        known = keys.get(holder)
        if known is None or measurement is None or kind is not AttestationType.TPM_QUOTE or assertion is not None:
            return False
        return is_good_quote(measurement, known[0], nonce, known[1])

    operations = frozenset(map(operation_named, settings.operations))
    return Attesting(operations, judge, nonce_seconds=settings.nonce_seconds)
