// Where to cut the forward pass for recomputation: which of its moments leave little to be kept. Numbers only; what
// is done with the cuts is recompute.ts.

/** A tensor of the forward pass, by places in the order of its nodes. */
export interface Activation {
  readonly bytes: number;
  /** Made by the node at this place. */
  readonly born: number;
  /** Last used by the forward node at this place; `born` where none uses it. */
  readonly used: number;
  /** The backward pass needs it. */
  readonly saved: boolean;
}

/** Bounds on a segment that are tried, as parts of everything saved; each is 0.8 of the one before. */
const bounds = Array.from({ length: 24 }, (_, i) => 0.8 ** i);

/**
 * Places after which to cut, ascending, such that what lies across the cuts and the largest of the segments between
 * them take the fewest bytes together: tensors across a cut stay, those within a segment are dropped and made again
 * when the backward pass comes there. None where that saves nothing. Chen and others (2016), arXiv 1604.06174, section 4,
 * with the sums exact instead of sqrt(n) segments.
 */
export function chooseCuts(activations: readonly Activation[], places: number): number[] {
  const saved = new Float64Array(places);
  for (const { bytes, born, saved: needed } of activations) if (needed) saved[born]! += bytes;
  for (let place = 1; place < places; place++) saved[place]! += saved[place - 1]!;
  const all = saved[places - 1] ?? 0;
  const moments = narrowMoments(activations, places);
  let best: { cost: number; cuts: number[] } = { cost: all, cuts: [] };
  for (const bound of bounds) {
    const cut = cheapest(moments, saved, bound * all);
    if (cut !== null && cut.kept + bound * all < best.cost) {
      best = { cost: cut.kept + bound * all, cuts: cut.cuts };
    }
  }
  return best.cuts;
}

interface Moment {
  /** After the node at this place. */
  readonly place: number;
  /** What lies across it. */
  readonly across: readonly Activation[];
}

/** Moments across which no more lies than across their neighbours: there are many, and no others are worth a cut. */
function narrowMoments(activations: readonly Activation[], places: number): Moment[] {
  const across: Activation[][] = Array.from({ length: places }, () => []);
  for (const activation of activations) {
    for (let place = activation.born; place < activation.used; place++) across[place]!.push(activation);
  }
  const bytes = across.map((list) => list.reduce((sum, activation) => sum + activation.bytes, 0));
  return across
    .map((list, place) => ({ place, across: list }))
    .filter(({ place, across: list }) => {
      const before = bytes[place - 1] ?? Infinity;
      const after = bytes[place + 1] ?? Infinity;
      return list.length > 0 && bytes[place]! < before && bytes[place]! <= after;
    });
}

/** The cuts that keep the fewest bytes with no more than `bound` saved in any segment; null where there are none. */
function cheapest(moments: readonly Moment[], saved: Float64Array, bound: number) {
  const savedUntil = (moment: number) => (moment < 0 ? 0 : saved[moments[moment]!.place]!);
  const total = saved[saved.length - 1] ?? 0;
  const kept: number[] = [];
  const from: number[] = [];
  for (let to = 0; to < moments.length; to++) {
    kept[to] = Infinity;
    from[to] = -1;
    for (let at = to - 1; at >= -1 && savedUntil(to) - savedUntil(at) <= bound; at--) {
      const start = at < 0 ? -1 : moments[at]!.place;
      const added = moments[to]!.across.reduce((sum, { born, bytes }) => sum + (born > start ? bytes : 0), 0);
      const cost = (at < 0 ? 0 : kept[at]!) + added;
      if (cost >= kept[to]!) continue;
      kept[to] = cost;
      from[to] = at;
    }
  }
  let last = -1;
  for (let at = 0; at < moments.length; at++) {
    if (total - savedUntil(at) <= bound && (last < 0 || kept[at]! < kept[last]!)) last = at;
  }
  if (last < 0 || kept[last] === Infinity) return null;
  const cuts: number[] = [];
  for (let at = last; at >= 0; at = from[at]!) cuts.unshift(moments[at]!.place);
  return { kept: kept[last]!, cuts };
}
