// What `npm run chaos` is told on its command line. Nothing else is configurable: a run is its seed.
import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly minutes: number;
  /** Determines the schedule of faults and the content of every contribution. */
  readonly seed: number;
  readonly coordinators: number;
  /** Light clients; each takes part in every group. */
  readonly clients: number;
  /** Hostile members; each attacks every group. */
  readonly hostile: number;
  /** Keeps the folder (databases, logs, ledgers) even when nothing was wrong. */
  readonly keep: boolean;
}

export const usage = `npm run chaos -- [--minutes N] [--seed S] [--coordinators N] [--clients N] [--hostile N] [--keep]

Kills, stops and cuts off coordinators, clients and a Postgres of its own at random, while hostile members attack, and checks from the
database and from the clients' ledgers that nothing acknowledged was lost or counted twice.`;

/** A command line that cannot be meant; its message says what would be right. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** Null when help was asked for. Throws OptionError. */
export function readOptions(args: readonly string[]): ChaosOptions | null {
  const { values } = parse(args);
  if (values.help) return null;
  return {
    minutes: numberOf('minutes', values.minutes, 1, { min: 0.2, max: 24 * 60 }),
    seed: numberOf('seed', values.seed, Math.floor(Math.random() * 1e6), {
      min: 0,
      max: 2 ** 31,
      whole: true,
    }),
    coordinators: numberOf('coordinators', values.coordinators, 2, { min: 1, max: 8, whole: true }),
    clients: numberOf('clients', values.clients, 8, { min: 4, max: 256, whole: true }),
    hostile: numberOf('hostile', values.hostile, 2, { min: 0, max: 64, whole: true }),
    keep: values.keep ?? false,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        minutes: text,
        seed: text,
        coordinators: text,
        clients: text,
        hostile: text,
        keep: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new OptionError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function numberOf(
  name: string,
  given: string | undefined,
  fallback: number,
  { min, max, whole = false }: { min: number; max: number; whole?: boolean },
): number {
  if (given === undefined) return fallback;
  const value = Number(given);
  const fits = given.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value));
  if (fits) return value;
  throw new OptionError(
    `--${name} wants a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not ${given}`,
  );
}
