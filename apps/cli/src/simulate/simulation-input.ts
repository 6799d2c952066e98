// From the flags of `colora simulate`, and a file of measured people, to what a simulation is given.
import { readFile } from 'node:fs/promises';
import { type RoundsSettings, roundsFields, roundsSchema } from '@colora/protocol/rounds-settings';
import { z } from 'zod';
import { UsageError } from '../usage-error.ts';
import { measuredCosts } from './measured-costs.ts';
import { defaultPeople, type PeopleModel, type Person } from './people.ts';
import type { SimulationInput } from './simulation.ts';

type Mode = RoundsSettings['mode'];

export interface SimulateFlags {
  readonly participants: number;
  readonly rounds: number;
  readonly mode: Mode | 'both';
  /** Default: 100, or half of those online. */
  readonly cohort?: number;
  readonly overSelection: number;
  readonly maxStaleness: number;
  readonly deadline: number;
  readonly megabytes: number;
  readonly checkpointMegabytes?: number;
  readonly trainingSeconds: number;
  readonly onlineShare: number;
  readonly dropout: number;
  readonly sessionMinutes: number;
  readonly people?: string;
  readonly coordinators: number;
  readonly databaseCores: number;
  readonly lineMbps: number;
  readonly seed: number;
}

/** One for each mode that is asked for. Throws UsageError naming the flag. */
export async function readInputs(flags: SimulateFlags): Promise<SimulationInput[]> {
  const people = await readPeople(flags);
  const modes = flags.mode === 'both' ? roundsFields.mode.unwrap().options : [flags.mode];
  return modes.map((mode) => inputOf(flags, people, mode));
}

function inputOf(flags: SimulateFlags, people: PeopleModel, mode: Mode): SimulationInput {
  const online = Math.round(flags.participants * people.onlineShare);
  const cohort = flags.cohort ?? Math.min(100, Math.floor(online / 2));
  if (cohort < 1 || online < cohort) {
    const [flag, mend] =
      flags.cohort === undefined ? ['--participants', 'simulate more'] : ['--cohort', 'ask for fewer'];
    throw new UsageError(
      `${flag}: only ${online} of ${flags.participants} people are online at a time; ${mend}, or raise --online-share`,
    );
  }
  const {
    megabytes,
    checkpointMegabytes: checkpointMB = megabytes,
    coordinators,
    databaseCores,
    lineMbps,
  } = flags;
  return {
    ...{ seed: flags.seed, participants: flags.participants, people, megabytes, checkpointMB },
    costs: measuredCosts,
    service: { coordinators, databaseCores, lineMbps },
    rounds: roundsOf({ ...flags, cohort }, mode),
  };
}

function roundsOf(flags: SimulateFlags & { readonly cohort: number }, mode: Mode): RoundsSettings {
  const { cohort, overSelection, maxStaleness } = flags;
  const own =
    mode === 'synchronous'
      ? { cohort: { count: cohort }, overSelection }
      : { bufferSize: cohort, maxStaleness };
  const parsed = roundsSchema.safeParse({
    ...{ mode, count: flags.rounds, participants: cohort, quorum: Math.ceil(cohort * 0.8) },
    ...{ deadlineSeconds: flags.deadline, retries: 10, ...own },
  });
  if (parsed.success) return parsed.data;
  throw new UsageError(`these rounds cannot be: ${z.prettifyError(parsed.error)}`);
}

async function readPeople(flags: SimulateFlags): Promise<PeopleModel> {
  const { onlineShare, dropout, sessionMinutes } = flags;
  requireRange('--online-share', onlineShare, 0, 1);
  requireRange('--dropout', dropout, 0, 0.999);
  for (const name of ['sessionMinutes', 'trainingSeconds', 'megabytes', 'lineMbps', 'deadline'] as const) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    requireRange(flag, flags[name], Number.MIN_VALUE, Number.MAX_VALUE);
  }
  return {
    ...defaultPeople,
    ...{ onlineShare, dropout, sessionMinutes },
    trainingSeconds: { ...defaultPeople.trainingSeconds, median: flags.trainingSeconds },
    measured: flags.people === undefined ? [] : await readMeasured(flags.people),
  };
}

function requireRange(flag: string, value: number, least: number, greatest: number): void {
  if (value >= least && value <= greatest) return;
  throw new UsageError(
    greatest > 1 ? `${flag} must be above 0` : `${flag} must be from ${least} to ${greatest}`,
  );
}

const personSchema = z.object({
  trainingSeconds: z.number().positive(),
  upMbps: z.number().positive(),
  downMbps: z.number().positive(),
});

async function readMeasured(path: string): Promise<Person[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--people: cannot read ${path} (${error.code ?? 'error'})`);
  });
  const lines = text.split('\n').map((line, index) => [line, index + 1] as const);
  const people = lines
    .filter(([line]) => line.trim() !== '')
    .map(([line, number]) => {
      const parsed = personSchema.safeParse(parseJson(line));
      if (parsed.success) return parsed.data;
      throw new UsageError(
        `--people: ${path}:${number} must be a JSON object with trainingSeconds, upMbps and downMbps above 0`,
      );
    });
  if (people.length === 0) throw new UsageError(`--people: ${path} holds nobody`);
  return people;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
