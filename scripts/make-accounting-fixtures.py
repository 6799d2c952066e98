#!/usr/bin/env python3
"""Epsilons by Google's dp-accounting, for the accountants of packages/privacy: Rényi divergences at the same orders, which
ours are held to within 1 % and never below, and, where it knows the mechanism's privacy loss distribution, the nearly exact
epsilon, which ours must never be below either.

    pip install dp-accounting==0.6.0
    python3 scripts/make-accounting-fixtures.py   # writes packages/privacy/fixtures/epsilons.json
"""
import json
import math
import pathlib

import dp_accounting
from dp_accounting.pld import PLDAccountant
from dp_accounting.rdp import RdpAccountant

ORDERS = [1 + (i + 1) / 10 for i in range(99)] + list(range(11, 64))
ORDERS += [72, 80, 96, 112, 128, 160, 192, 256, 384, 512, 768, 1024, 2048, 4096]


def epsilons(event, rounds, delta, exact):
    composed = dp_accounting.SelfComposedDpEvent(event, rounds)
    answer = {"rdp": RdpAccountant(orders=ORDERS).compose(composed).get_epsilon(delta)}
    if exact and answer["rdp"] > 1:  # its grid rounds up, which shows below
        answer["pld"] = PLDAccountant(value_discretization_interval=1e-3).compose(composed).get_epsilon(delta)
    return answer


def gaussians():
    for z in (0.3, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0, 12.0, 40.0):
        for rounds, delta in ((1, 1e-5), (8, 1e-6), (40, 1e-3), (300, 1e-8), (2000, 1e-5)):
            event = dp_accounting.GaussianDpEvent(z)
            yield {"mechanism": "gaussian", "z": z, "rounds": rounds, "delta": delta, **epsilons(event, rounds, delta, z >= 0.5)}


def sampled():
    for z in (0.4, 0.6, 0.8, 1.0, 1.3, 2.0, 4.0, 10.0):
        for rate in (0.001, 0.01, 0.1, 0.3, 0.9):
            for rounds, delta in ((10, 1e-5), (500, 1e-6), (10_000, 1e-7)):
                event = dp_accounting.PoissonSampledDpEvent(rate, dp_accounting.GaussianDpEvent(z))
                exact = z >= 0.8 and rounds <= 500
                told = epsilons(event, rounds, delta, exact)
                yield {"mechanism": "sampled", "z": z, "rate": rate, "rounds": rounds, "delta": delta, **told}


def sums():
    """Theorem 1 and Prop. 14 of arXiv 2102.06387: what grows with the order is zero-concentrated, the rest a constant."""
    for variance in (1, 2, 4, 100, 10_000):
        for members in (2, 12, 200):
            for dimension, clip, rounds, delta in ((100, 3.0, 5, 1e-5), (100_000, 20.0, 8, 1e-6)):
                tau = 10 * sum(math.exp(-2 * math.pi**2 * variance * k / (k + 1)) for k in range(1, members))
                likely = clip**2 + dimension / 4 + math.sqrt(2 * 0.5) * (clip + math.sqrt(dimension) / 2)
                sensitivity = min(math.sqrt(likely), clip + math.sqrt(dimension))
                scale = sensitivity / math.sqrt(members * variance)
                added = dp_accounting.ZCDpEvent(scale**2 / 2, tau * dimension)
                joined = dp_accounting.ZCDpEvent((scale + tau * math.sqrt(dimension)) ** 2 / 2, 0)
                rdp = min(epsilons(event, rounds, delta, False)["rdp"] for event in (added, joined))
                told = {"variance": variance, "members": members, "dimension": dimension, "norm": clip}
                yield {"mechanism": "sum", **told, "rounds": rounds, "delta": delta, "rdp": rdp}


rows = [*gaussians(), *sampled(), *sums()]
path = pathlib.Path(__file__).parent.parent / "packages/privacy/fixtures/epsilons.json"
path.write_text(json.dumps({"orders": ORDERS, "settings": rows}, indent=1) + "\n")
print(f"{len(rows)} settings")
