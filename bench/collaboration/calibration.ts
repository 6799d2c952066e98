// What figures of `colora compare` say together, scenario by scenario: what people gain, and whether the verdicts that they were
// told are true on examples that are held out. Arithmetic alone; the files are read and shown by verdicts.ts.
import { type Figures, type PersonFigures, worseBy } from '@colora/cli/experiment/figures';
import { type Estimate, estimate, pairedDifference } from '@colora/cli/experiment/statistics';
import type { Kin } from './scenario.ts';

export interface ScenarioFigures {
  readonly scenario: string;
  /** Left out where nobody knows who is alike. */
  readonly kin?: Kin;
  readonly figures: Pick<Figures, 'users'>;
}

/** Of all people and draws of a scenario; shares are fractions of 1, null where there is nobody to count. */
export interface Calibration {
  readonly scenario: string;
  /** People times draws. */
  readonly people: number;
  /** `guarded - alone` and so on, of the methods that everybody has. */
  readonly gains: Readonly<Record<string, Estimate>>;
  /** More than `worseBy` below alone. */
  readonly worse: { readonly core: Estimate; readonly guarded: Estimate };
  readonly told: { readonly helped: number; readonly noGainSeen: number; readonly tooEarly: number };
  /** Of those told that it helped, who have more right by core than by alone. */
  readonly trulyHelped: number | null;
  /** Of pairs of people who are alike those in two clusters, and of pairs who aren't those in one; null without such pairs. */
  readonly parted: number | null;
  readonly merged: number | null;
  /** Of those told either way, who have more right by the other arm. */
  readonly wrong: number | null;
}

const pairs = [
  ['core', 'alone'],
  ['guarded', 'alone'],
  ['guarded', 'global'],
  ['guarded', 'core'],
] as const;

/** A row a scenario in the order they come, and one of all where there are several. Throws where somebody isn't guarded. */
export function calibrate(runs: readonly ScenarioFigures[]): Calibration[] {
  const names = [...new Set(runs.map(({ scenario }) => scenario))];
  const row = (name: string, wanted: readonly string[]) => {
    const some = runs.filter(({ scenario }) => wanted.includes(scenario));
    const users = some.flatMap(({ scenario, figures }) =>
      figures.users.map((user) => guarded(scenario, user)),
    );
    return calibration(name, users, some.flatMap(pairsOf));
  };
  const rows = names.map((scenario) => row(scenario, [scenario]));
  return names.length === 1 ? rows : [...rows, row('all', names)];
}

interface Pair {
  readonly isAlike: boolean;
  readonly isTogether: boolean;
}

/** Of people who were in one group of the coordinator. */
function pairsOf({ kin, figures: { users } }: ScenarioFigures): Pair[] {
  if (kin === undefined) return [];
  const kindOf = ({ group }: PersonFigures) => (kin === 'group' ? group.replace(/-\d+$/, '') : '');
  return users.flatMap((one, at) =>
    users.slice(at + 1).flatMap((other): Pair[] => {
      const isPlaced = one.cluster != null && other.cluster != null && one.seed === other.seed;
      const isAlike = kin !== 'nobody' && kindOf(one) === kindOf(other);
      return isPlaced ? [{ isAlike, isTogether: one.cluster === other.cluster }] : [];
    }),
  );
}

type Guarded = PersonFigures & { readonly [Needed in 'alone' | 'core' | 'guarded']: number };

function guarded(scenario: string, user: PersonFigures): Guarded {
  const { alone, core, guarded: mixed } = user;
  if (alone !== undefined && core !== undefined && mixed !== undefined && user.verdict !== undefined)
    return { ...user, alone, core, guarded: mixed };
  throw new Error(
    `${user.user} of ${scenario} has no figures for alone, core and guarded with a verdict; compare with --methods alone,global,core,guarded`,
  );
}

function calibration(scenario: string, users: readonly Guarded[], met: readonly Pair[]): Calibration {
  const gains = pairs
    .filter(([, other]) => users.every((user) => user[other] !== undefined))
    .map(([method, other]) => {
      const of = (name: typeof method | typeof other) => users.map((user) => user[name]!);
      return [`${method} - ${other}`, pairedDifference(of(method), of(other))] as const;
    });
  const worse = (method: 'core' | 'guarded') =>
    estimate(users.map((user) => Number(user[method] - user.alone < -worseBy - 1e-9)));
  const told = (verdict: PersonFigures['verdict']) => users.filter((user) => user.verdict === verdict);
  const [helped, noGainSeen] = [told('helped'), told('no-gain-seen')];
  const alike = met.filter(({ isAlike }) => isAlike);
  const strangers = met.filter(({ isAlike }) => !isAlike);
  const wrong = [...helped.filter(isWorse), ...noGainSeen.filter(isBetter)];
  return {
    scenario,
    people: users.length,
    gains: Object.fromEntries(gains),
    worse: { core: worse('core'), guarded: worse('guarded') },
    told: { helped: helped.length, noGainSeen: noGainSeen.length, tooEarly: told('too-early').length },
    trulyHelped: share(helped.filter(isBetter), helped),
    parted: share(
      alike.filter(({ isTogether }) => !isTogether),
      alike,
    ),
    merged: share(
      strangers.filter(({ isTogether }) => isTogether),
      strangers,
    ),
    wrong: share(wrong, [...helped, ...noGainSeen]),
  };
}

const isBetter = ({ core, alone }: Guarded) => core > alone;
const isWorse = ({ core, alone }: Guarded) => core < alone;
const share = (some: readonly unknown[], all: readonly unknown[]) =>
  all.length === 0 ? null : some.length / all.length;
