// The schedule of faults: a pure function of the seed, the length and who there is to strike. What the
// processes are doing at that instant is not: a seed repeats the strikes, not the interleaving.
import { seededRandom } from '@colora/tensors/random';
import { type FaultKind, type FaultName, faultKinds, type Target } from './fault-kinds.ts';

export interface Fault {
  readonly kind: FaultName;
  readonly target: Target;
  /** Which of the coordinators, crews or groups. */
  readonly index: number;
  /** Seconds from the start. */
  readonly at: number;
  readonly seconds: number;
}

export interface Stage {
  readonly seconds: number;
  readonly counts: Readonly<Record<Target, number>>;
}

/** Mean pause between two strikes: most overlap with another's aftermath, few with each other on one target. */
const meanPause = 2;
/** So long a struck target is left alone afterwards, so that it sometimes comes to work. */
const recovery: Readonly<Record<Target, number>> = { coordinator: 6, crew: 4, postgres: 8, group: 3 };

/** In the order of their times; every fault is over by the end, none takes a third of it. A target is struck once at a time. */
export function planFaults(seed: number, { seconds, counts }: Stage): Fault[] {
  const random = seededRandom(`faults/${seed}`);
  const free = new Map<string, number>();
  const faults: Fault[] = [];
  for (let at = random.next() * meanPause; at < seconds; at += -Math.log(1 - random.next()) * meanPause) {
    const kind = draw(random.next());
    const index = random.integer(counts[kind.target]);
    const [least, most] = kind.seconds;
    const lasts = least + random.next() * (most - least);
    const key = `${kind.target}/${index}`;
    if (at < (free.get(key) ?? 0) || at + lasts > seconds || lasts > seconds / 3) continue;
    free.set(key, at + lasts + recovery[kind.target]);
    faults.push({ kind: kind.name, target: kind.target, index, at, seconds: lasts });
  }
  return faults;
}

const total = faultKinds.reduce((sum, { weight }) => sum + weight, 0);

function draw(uniform: number): FaultKind & { name: FaultName } {
  let left = uniform * total;
  for (const kind of faultKinds) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  return faultKinds[0];
}
