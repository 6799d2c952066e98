// What the figures say of who is helped and who pays, as lines of plain words: made from the figures, true whatever they are.
import type { Opinion } from '@colora/protocol/guard/opinion';
import { type Figures, type PersonFigures, proposed, type WorseThanAlone, worseBy } from './figures.ts';
import { estimate } from './statistics.ts';

/** As verdict-text.ts says it in whole sentences. */
export const opinionWords: Readonly<Record<Opinion, string>> = {
  helped: 'helped',
  'no-gain-seen': 'no gain seen',
  'too-early': 'too early to say',
};

/** Nothing where `alone` or both of the proposed methods are missing, or nobody is guarded. */
export function guardLines(figures: Figures): string[] {
  const { users } = figures;
  const worse = worseText(figures);
  return [
    ...(worse === null ? [] : [`more than ${100 * worseBy} points worse than alone: ${worse}`]),
    ...(users.every(isGuarded) ? [saidText(users)] : []),
    ...clusterLines(users),
  ];
}

/** How many people share head rows with each other, of each seed: "clusters found: 2, of 6 and 6 people". */
function clusterLines(users: readonly PersonFigures[]): string[] {
  if (users.some(({ cluster }) => cluster == null)) return [];
  const sizes = new Map<number, Map<number, number>>();
  for (const { seed, cluster } of users) {
    const ofSeed = sizes.get(seed) ?? new Map<number, number>();
    sizes.set(seed, ofSeed.set(cluster!, (ofSeed.get(cluster!) ?? 0) + 1));
  }
  const foundText = (found: ReadonlyMap<number, number>) => {
    const largestFirst = [...found.values()].sort((a, b) => b - a);
    return `${found.size}, of ${largestFirst.join(' + ')} people`;
  };
  return [`clusters found: ${[...sizes.values()].map(foundText).join('; ')}`];
}

/** "core 12 of 12 (100 ± 0 %; chance alone makes 2.3), guarded 1 of 12 (…)"; null where nobody can be set against alone. */
export function worseText({ worseThanAlone, users }: Figures): string | null {
  const told = proposed.flatMap((method) => {
    const share = worseThanAlone[method];
    return share === undefined ? [] : [`${method} ${shareText(share, users.length)}`];
  });
  return told.length === 0 ? null : told.join(', ');
}

function shareText({ mean, standardError, byChance }: WorseThanAlone, of: number): string {
  const share = `${(100 * mean).toFixed(0)} ± ${(100 * standardError).toFixed(0)} %`;
  const chance = byChance === undefined ? '' : `; chance alone makes ${(byChance * of).toFixed(1)}`;
  return `${Math.round(mean * of)} of ${of} (${share}${chance})`;
}

type Guarded = PersonFigures & { readonly weightOfCore: number };

function isGuarded(user: PersonFigures): user is Guarded {
  return user.weightOfCore !== undefined;
}

function saidText(users: readonly Guarded[]): string {
  const counts = (Object.keys(opinionWords) as Opinion[]).map(
    (opinion) => `${opinionWords[opinion]} ${users.filter(({ verdict }) => verdict === opinion).length}`,
  );
  const weight = estimate(users.map(({ weightOfCore }) => weightOfCore));
  return `verdicts: ${counts.join(', ')}; core weighs ${weight.mean.toFixed(2)} in what they are guarded by`;
}
