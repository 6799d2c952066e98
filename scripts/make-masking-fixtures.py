"""Writes packages/privacy/fixtures: secrets split by Shamir's scheme and one masked round, computed without a line of the
TypeScript (https://cryptography.io for the primitives). Run with a Python that has cryptography: python scripts/make-masking-fixtures.py
"""

import hashlib
import json
import pathlib

FIXTURES = pathlib.Path(__file__).parent.parent / "packages/privacy/fixtures"
PRIME = 2**256 + 297


def stream(name, length):
    """Bytes that look like chance and are the same for ever."""
    return hashlib.shake_256(name.encode()).digest(length)


def share(secret, coefficients, point):
    value = int.from_bytes(secret, "big")
    for power, coefficient in enumerate(coefficients, 1):
        value += int.from_bytes(coefficient, "big") * pow(point, power, PRIME)
    return (value % PRIME).to_bytes(33, "big")


def shamir_rows():
    for row, (threshold, points) in enumerate([(2, [1, 2, 3]), (3, [5, 2, 9, 1000]), (5, [1, 2, 3, 4, 5])]):
        secret = b"\xff" * 32 if row == 0 else stream(f"secret {row}", 32)
        coefficients = [stream(f"coefficient {row} {at}", 32) for at in range(threshold - 1)]
        yield {
            "secret": secret.hex(),
            "coefficients": [one.hex() for one in coefficients],
            "points": points,
            "shares": [share(secret, coefficients, point).hex() for point in points],
        }


def write(name, value):
    FIXTURES.mkdir(exist_ok=True)
    (FIXTURES / name).write_text(json.dumps(value, indent=1) + "\n")


write("shamir.json", list(shamir_rows()))
