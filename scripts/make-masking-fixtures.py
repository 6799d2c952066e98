"""Writes packages/privacy/fixtures: secrets split by Shamir's scheme, one masked round and members' verdicts, computed without a line of the
TypeScript (https://cryptography.io for the primitives). Run with a Python that has cryptography: python scripts/make-masking-fixtures.py
"""

import hashlib
import json
import pathlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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


GROUP = ["masked", "2026-01-01T00:00:00.000Z"]
MEMBERS = 5
THRESHOLD = 3
GONE = 3  # shares, and sends nothing
RING = 3  # bytes
SEED = "recorded"
VECTORS = [[2**23 - 1, -(2**20), 7], [5, -3, 1], [0, 0, 0], [9, 9, 9], [-6, 2**20, 100]]


def raw(key):
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def signed_form(title, values):
    return title + "\n" + json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def derive(secret, info):
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info.encode()).derive(secret)


class Member:
    """Keys as testing-members.ts makes them."""

    def __init__(self, name):
        secret = lambda what: hashlib.sha256(what.encode()).digest()
        self.signing = Ed25519PrivateKey.from_private_bytes(secret(f"signing {name}"))
        self.sealing = X25519PrivateKey.from_private_bytes(secret(f"sealing {name}"))
        self.masking_bytes = secret(f"masking {name} 0")
        self.masking = X25519PrivateKey.from_private_bytes(self.masking_bytes)
        self.key = raw(self.signing).hex()
        keys = [raw(self.masking).hex(), raw(self.sealing).hex()]
        text = signed_form("colora masking key v1", [*GROUP, self.key, 0, *keys])
        self.row = [self.key, 0, *keys, self.signing.sign(text.encode()).hex(), None]
        self.draws = 0

    def random(self, number, length):
        """As testBytes of testing-round.ts draws."""
        self.draws += 1
        return stream(f"{SEED} {number} {self.draws}", length)


def mask(seed, count):
    key = derive(seed, "colora mask stream v1")
    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    data = encryptor.update(bytes(count * RING))
    return [int.from_bytes(data[at : at + RING], "little") for at in range(0, len(data), RING)]


def recorded_round():
    members = sorted((Member(str(at)) for at in range(MEMBERS)), key=lambda member: member.key)
    text = signed_form("colora roster v2", [*GROUP, 1, 1, 0, "c" * 64, "5" * 64, [member.row for member in members]])
    roster = hashlib.sha256(text.encode()).hexdigest()
    everybody = range(MEMBERS)
    shares = {}
    sealed = []
    for number, member in enumerate(members):
        neighbours = [other for other in everybody if other != number]
        member.self_mask = member.random(number, 32)
        for what, secret in (("key", member.masking_bytes), ("self", member.self_mask)):
            drawn = member.random(number, 32 * (THRESHOLD - 1))
            coefficients = [drawn[at : at + 32] for at in range(0, len(drawn), 32)]
            for to in neighbours:
                shares[what, number, to] = share(secret, coefficients, to + 1)
        row = []
        for to in neighbours:
            purpose = f"colora sealed shares v1\n{roster}\n{number}\n{to}"
            agreed = member.sealing.exchange(X25519PublicKey.from_public_bytes(raw(members[to].sealing)))
            nonce = member.random(number, 12)
            plain = shares["key", number, to] + shares["self", number, to]
            row.append((nonce + AESGCM(derive(agreed, purpose)).encrypt(nonce, plain, purpose.encode())).hex())
        sealed.append(row)

    count = len(VECTORS[0])
    contributions = []
    for number, member in enumerate(members):
        if number == GONE:
            contributions.append(None)
            continue
        total = [value + own for value, own in zip(VECTORS[number], mask(member.self_mask, count))]
        for other in everybody:
            if other == number:
                continue
            agreed = member.masking.exchange(X25519PublicKey.from_public_bytes(raw(members[other].masking)))
            pairwise = mask(derive(agreed, f"colora pairwise mask v1\n{roster}"), count)
            sign = 1 if number < other else -1
            total = [value + sign * one for value, one in zip(total, pairwise)]
        contributions.append(b"".join((value % 2 ** (8 * RING)).to_bytes(RING, "little") for value in total).hex())

    senders = [number for number in everybody if number != GONE]
    said = signed_form("colora masked senders v1", [roster, senders]).encode()
    return {
        "gone": GONE,
        "ring": 8 * RING,
        "seed": SEED,
        "vectors": VECTORS,
        "roster": roster,
        "sealed": sealed,
        "contributions": contributions,
        "signatures": [members[number].signing.sign(said).hex() for number in senders],
        "reveals": [
            {"by": by, "of": of, "what": what, "share": shares[what, of, by].hex()}
            for by in senders
            for of in everybody
            if of != by
            for what in ["key" if of == GONE else "self"]
        ],
        "sum": [sum(VECTORS[number][at] for number in senders) for at in range(count)],
    }


# opinion, share of core, gain and its standard error in hundredths
VERDICTS = [[0, 80, 20, 4], [1, 0, -100, 1], [2, 50, 0, 100], [2, 100, 100, 10], [0, 33, 7, 15]]


def verdicts():
    rows = []
    for opinion, share, gain, error in VERDICTS:
        weight = 0.1**2 / ((error / 100) ** 2 + 0.1**2)
        parts = [weight, weight**2, weight * (1 + gain / 100) / 2, weight * (gain / 100) ** 2]
        rows.append([int(opinion == at) for at in range(3)] + [share] + [int(1023 * part + 0.5) for part in parts])
    return {"told": VERDICTS, "numbers": rows, "sum": [sum(column) for column in zip(*rows)]}


def write(name, value):
    FIXTURES.mkdir(exist_ok=True)
    (FIXTURES / name).write_text(json.dumps(value, indent=1) + "\n")


write("shamir.json", list(shamir_rows()))
write("masked-round.json", recorded_round())
write("verdicts.json", verdicts())
