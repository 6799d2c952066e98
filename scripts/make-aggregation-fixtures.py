#!/usr/bin/env python3
"""Reference values of the aggregation rules, from the papers' formulas in numpy: dense float64 matrices, everything in
memory, no inner-product tricks and nothing shared with the TypeScript code.

    pip install numpy
    python3 scripts/make-aggregation-fixtures.py   # writes packages/aggregation/fixtures/rules.json

A contribution is a row over all elements of the checkpoint, zero where it lacks a tensor. `held` says which it has.
"""
import json
import pathlib

import numpy as np

SHAPES = {"a": [3, 4], "b": [5], "head/x": [3], "head/y": [3]}
SLICES = {}
SIZE = 0
for name, shape in SHAPES.items():
    SLICES[name] = slice(SIZE, SIZE + int(np.prod(shape)))
    SIZE += int(np.prod(shape))

TRIM, BYZANTINE, RADIUS = 0.2, 2, 2.5


class Round:
    def __init__(self, rng, count, subsets, late, hostile):
        truth = rng.normal(size=SIZE)
        rows = truth + 0.5 * rng.normal(size=(count, SIZE))
        rows[:hostile] = rng.normal(size=(hostile, SIZE)) * 300
        self.rows = rows.astype(np.float32).astype(np.float64)
        self.weights = rng.integers(1, 40, size=count).astype(float)
        self.staleness = rng.integers(0, 4, size=count) if late else np.zeros(count, int)
        self.held = [sorted(SHAPES)] * count
        if subsets:
            heads = [["head/x"], ["head/y"], ["head/x", "head/y"], []]
            self.held = [["a", "b"] + heads[i % 4] for i in range(count)]
        for row, held in zip(self.rows, self.held):
            for name, where in SLICES.items():
                if name not in held:
                    row[where] = 0

    def scaled(self):
        return self.rows / np.sqrt(1 + self.staleness)[:, None]

    def json(self):
        return [
            {
                "weight": float(w),
                "staleness": int(s),
                "tensors": {name: row[SLICES[name]].tolist() for name in SHAPES if name in held},
            }
            for row, w, s, held in zip(self.rows, self.weights, self.staleness, self.held)
        ]


def combined(rnd, coefficients, shares, centre=None):
    """sum c x / d + (1 - sum c / d) centre, over each tensor's senders, d = max(sum c, sum v)."""
    rows = rnd.scaled()
    update = {}
    for name, where in SLICES.items():
        who = [i for i, held in enumerate(rnd.held) if name in held]
        c, v = np.asarray(coefficients)[who], np.asarray(shares)[who]
        d = max(c.sum(), v.sum())
        if d == 0:
            continue
        values = c @ rows[who][:, where] / d
        if centre is not None:
            values = values + (1 - c.sum() / d) * centre[where]
        update[name] = values
    return update


def by_coordinate(rnd, rule):
    rows = rnd.scaled()
    return {
        name: rule(rows[[i for i, held in enumerate(rnd.held) if name in held]][:, where])
        for name, where in SLICES.items()
        if any(name in held for held in rnd.held)
    }


def trimmed(values):
    n = len(values)
    cut = min(int(np.ceil(round(TRIM * n, 9))), (n - 1) // 2)
    return np.sort(values, axis=0)[cut : n - cut].mean(axis=0)


def krum_scores(rows):
    n = len(rows)
    distances = ((rows[:, None, :] - rows[None, :, :]) ** 2).sum(axis=2)
    scores = []
    for i in range(n):
        others = np.sort(np.delete(distances[i], i))
        scores.append(others[: n - BYZANTINE - 2].sum())
    return np.array(scores)


def chosen(rnd, count):
    order = np.argsort(krum_scores(rnd.scaled()), kind="stable")[:count]
    c = np.zeros(len(rnd.rows))
    c[order] = 1
    return combined(rnd, c, c)


def geometric_median(rnd):
    rows, w = rnd.scaled(), rnd.weights
    norms = np.linalg.norm(rows, axis=1)
    nu = 1e-6 * np.sort(norms)[len(norms) // 2]
    z = np.average(rows, axis=0, weights=w)
    for _ in range(20000):
        b = w / np.maximum(nu, np.linalg.norm(rows - z, axis=1))
        z = b @ rows / b.sum()
    return combined(rnd, b / b.sum() * w.sum(), w)


def norm_bound(rnd):
    norms = np.linalg.norm(rnd.scaled(), axis=1)
    return combined(rnd, rnd.weights * np.minimum(1, RADIUS / norms), rnd.weights)


def centered_clipping(rnd, centre):
    mask = np.zeros_like(rnd.rows)
    for row, held in zip(mask, rnd.held):
        for name in held:
            row[SLICES[name]] = 1
    distances = np.linalg.norm((rnd.scaled() - centre) * mask, axis=1)
    update = combined(rnd, rnd.weights * np.minimum(1, RADIUS / distances), rnd.weights, centre)
    after = centre.copy()
    for name, values in update.items():
        after[SLICES[name]] = values.astype(np.float32)  # what is stored
    return update, after


def case(name, rounds):
    expected = {}
    centre = np.zeros(SIZE)
    for rnd in rounds:
        n = len(rnd.rows)
        clipped, centre = centered_clipping(rnd, centre)
        results = {
            "mean": combined(rnd, rnd.weights, rnd.weights),
            "norm-bound": norm_bound(rnd),
            "median": by_coordinate(rnd, lambda values: np.median(values, axis=0)),
            "trimmed-mean": by_coordinate(rnd, trimmed),
            "krum": chosen(rnd, 1),
            "multi-krum": chosen(rnd, n - BYZANTINE - 2),
            "geometric-median": geometric_median(rnd),
            "centered-clipping": clipped,
        }
        for rule, update in results.items():
            values = {tensor: [float(f"{v:.12g}") for v in row] for tensor, row in update.items()}
            expected.setdefault(rule, []).append(values)
    return {"name": name, "rounds": [rnd.json() for rnd in rounds], "expected": expected}


def main():
    rng = np.random.default_rng(7)
    cases = [
        case("everybody holds everything", [Round(rng, 8, False, False, 0) for _ in range(2)]),
        case("two hostile ones", [Round(rng, 9, False, False, 2) for _ in range(2)]),
        case("heads by label, some late", [Round(rng, 7, True, True, 1) for _ in range(3)]),
    ]
    settings = {"trim": TRIM, "byzantine": BYZANTINE, "radius": RADIUS}
    path = pathlib.Path(__file__).parent.parent / "packages/aggregation/fixtures/rules.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"shapes": SHAPES, "settings": settings, "cases": cases}) + "\n")
    print(f"{path}: {path.stat().st_size} bytes, numpy {np.__version__}")


if __name__ == "__main__":
    main()
