"""The vectors of the package ``cryptography_vectors`` (NIST CAVP, RFCs) as records; read evenly, few stand for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

Record = dict[str, str]

package = pytest.importorskip("cryptography_vectors", reason="cryptography-vectors is not installed: 20 suites not run")


def files(folder: str, pattern: str) -> list[str]:
    """The files of a folder, by their names inside the package."""
    root = Path(package.__file__).parent
    return sorted(str(path.relative_to(root)) for path in (root / folder).glob(pattern))


def records(name: str) -> Iterator[Record]:
    """The records of a file of ``name = value`` lines; what stands alone above them holds until it comes again.

    A record ends at an empty line, or where its first name comes again. ``[name = value]`` and values of a
    record without result, such as the modulus above its signatures, are part of each record that follows.
    """
    standing: Record = {}
    record: Record = {}
    with package.open_vector_file(name, "r") as lines:
        for line in [*lines, ""]:
            text = line.strip()
            if text.startswith("[") and text.endswith("]"):
                standing |= _section(text[1:-1])
            elif text.startswith("#"):
                continue
            elif "=" in text:
                field, value = (part.strip() for part in text.split("=", 1))
                if field.lower() in record and field.lower() in ("count", "len"):
                    yield standing | record
                    record = {}
                record[field.lower()] = value
            elif text == "FAIL":
                record["fail"] = "yes"
            elif not text and record:
                if len(record) <= 3 and record.keys() <= _ABOVE:
                    standing |= record
                else:
                    yield standing | record
                record = {}


_ABOVE = {"count", "n", "p", "q", "g", "key", "d", "e", "nonce", "alen", "nlen", "plen", "tlen"}


def _section(text: str) -> Record:
    """``Keylen = 256``, ``Alen = 0, Plen = 0``, ``ENCRYPT``, ``P-256,SHA-1``."""
    pairs = [part.split("=") for part in text.split(",")]
    if all(len(pair) == 2 for pair in pairs):
        return {field.strip().lower(): value.strip() for field, value in pairs}
    return {"section": text}


def sample(found: Iterator[Record], most: int) -> list[Record]:
    """At most so many, evenly over the whole file."""
    whole = list(found)
    assert whole, "the file has no records: it is read wrongly"
    if len(whole) <= most:
        return whole
    return [whole[at * len(whole) // most] for at in range(most)]


def data(record: Record, *names: str) -> bytes:
    """Bytes of a record, of several names one after the other."""
    return b"".join(bytes.fromhex(record[name].strip('"')) for name in names)


def chapters(name: str, titles: dict[str, str]) -> Iterator[Record]:
    """The files of RSA Laboratories: values of hexadecimal lines below titles that begin with ``# ``.

    ``titles`` says which title gives which field; a field holds until its title comes again.
    """
    record: Record = {}
    field = None
    with package.open_vector_file(name, "r") as lines:
        for line in lines:
            text = line.strip()
            if text.startswith("#"):
                title = text.lstrip("# ").rstrip(":").lower()
                field = next((given for start, given in titles.items() if title.startswith(start)), None)
                if field is not None:
                    record[field] = ""
            elif field is not None and text:
                record[field] += text.replace(" ", "")
            elif field == _LAST and record.get(_LAST):
                yield dict(record)
                field = None
    if field == _LAST:
        yield dict(record)


_LAST = "output"
"""The field that ends a record."""
