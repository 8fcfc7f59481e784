"""The elliptic curves at hand, by the standard's names (KMIP 2.1 §11.46, Recommended Curve)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from kmip_server.crypto.refusals import bad_parameters, unsupported_parameters
from kmip_server.spec.enums import RecommendedCurve

CURVES: dict[RecommendedCurve, ec.EllipticCurve] = {
    RecommendedCurve.P_192: ec.SECP192R1(),
    RecommendedCurve.P_224: ec.SECP224R1(),
    RecommendedCurve.P_256: ec.SECP256R1(),
    RecommendedCurve.P_384: ec.SECP384R1(),
    RecommendedCurve.P_521: ec.SECP521R1(),
    RecommendedCurve.SECP256K1: ec.SECP256K1(),
    RecommendedCurve.BRAINPOOLP256R1: ec.BrainpoolP256R1(),
    RecommendedCurve.BRAINPOOLP384R1: ec.BrainpoolP384R1(),
    RecommendedCurve.BRAINPOOLP512R1: ec.BrainpoolP512R1(),
}
"""Curves in the form of Weierstrass; CURVE25519 and CURVE448 are keys of another kind."""

_BY_NAME = {curve.name: name for name, curve in CURVES.items()}
_BY_LENGTH = {
    192: RecommendedCurve.P_192,
    224: RecommendedCurve.P_224,
    256: RecommendedCurve.P_256,
    384: RecommendedCurve.P_384,
    521: RecommendedCurve.P_521,
    512: RecommendedCurve.BRAINPOOLP512R1,
}


def curve_of(name: RecommendedCurve | None) -> ec.EllipticCurve:
    """Return the library's curve; raises where it is missing or not at hand."""
    if name is None:
        raise bad_parameters("The Recommended Curve is missing")
    curve = CURVES.get(name)
    if curve is None:
        raise unsupported_parameters(f"The curve {name.title} is not supported")
    return curve


def name_of(curve: ec.EllipticCurve) -> RecommendedCurve | None:
    """Return the standard's name of a curve, if it has one."""
    return _BY_NAME.get(curve.name)


def curve_for_length(bits: int | None) -> RecommendedCurve:
    """Return the NIST curve of that many bits: clients of 1.0 name the length only."""
    curve = _BY_LENGTH.get(bits or 0)
    if curve is None:
        raise bad_parameters("Neither Recommended Curve nor Cryptographic Length names a curve")
    return curve
