// Curves in Trackio, by the HTTP API of its own client (trackio/remote_client.py: POST /api/NAME with {args, kwargs}, answered
// {data} or {error}): a project for each group, in it a run for the rounds and one for each member. Each entry has an id made of
// what it is, under which the server keeps it once. Trackio itself writes down when an entry came, which is when it was exported.
import { NetworkProblem } from '@colora/protocol/failures/network-problem';
import { z } from 'zod';
import {
  curveOf,
  type ExportedGroup,
  type LastSteps,
  noteStep,
  type Point,
  type Tracker,
} from './tracker.ts';
import { askTracker, type TrackerLine } from './tracker-line.ts';

/** The run of the rounds; no member is called so, since names have no capitals. */
const roundsRun = 'Rounds';
/** What the server takes or tells at once. */
const mostEntries = 1000;
const mostRuns = 64;

const answerSchema = z.object({ data: z.unknown().optional(), error: z.unknown().optional() });
const runsSchema = z.array(z.object({ id: z.string().nullish(), name: z.string() }));
const logsSchema = z.array(
  z.object({ run: z.string().nullable(), logs: z.array(z.record(z.string(), z.unknown())) }),
);

/** Throws NetworkProblem where the server can't be reached, refuses or says something else. */
export function openTrackio(line: TrackerLine, { name: group, createdAt }: ExportedGroup): Tracker {
  const project = `colora-${group}`;
  return {
    async lastSteps() {
      const found = await ask('get_runs_for_project', { project }, runsSchema);
      const steps: LastSteps = new Map();
      for (let at = 0; at < found.length; at += mostRuns) {
        const some = found
          .slice(at, at + mostRuns)
          .map(({ id, name }) => ({ run: name, run_id: id ?? null }));
        const told = await ask('get_logs_batch', { project, runs: some, scalar_only: true }, logsSchema);
        for (const { run, logs } of told) noteLogs(steps, run, logs);
      }
      return steps;
    },
    async write(points) {
      const entries = entriesOf(points);
      for (let at = 0; at < entries.length; at += mostEntries) {
        const logs = entries.slice(at, at + mostEntries);
        await ask('bulk_log', { logs, hf_token: null }, z.unknown());
      }
    },
    close: async () => undefined,
  };

  function noteLogs(steps: LastSteps, run: string | null, logs: readonly Record<string, unknown>[]): void {
    const member = memberOf(run);
    if (member === undefined) return;
    for (const { step, ...values } of logs)
      for (const [name, value] of Object.entries(values))
        if (typeof value === 'number' && typeof step === 'number')
          noteStep(steps, curveOf({ member, name }), step);
  }

  /** One a run and step, with all that stands at it. */
  function entriesOf(points: readonly Point[]) {
    const entries = new Map<string, { run: string; step: number; metrics: Record<string, number> }>();
    for (const { member, name, step, value } of points) {
      const run = runOf(member);
      const entry = entries.get(`${run} ${step}`) ?? { run, step, metrics: {} };
      entry.metrics[name] = value;
      entries.set(`${run} ${step}`, entry);
    }
    return [...entries.values()].map((entry) => ({
      ...{ ...entry, project, run_id: null, config: null },
      log_id: [group, createdAt, entry.run, entry.step, ...Object.keys(entry.metrics).sort()].join(' '),
    }));
  }

  /** A group that is made anew under a name has runs of its own. */
  function runOf(member: string | null): string {
    return `${member ?? roundsRun} ${createdAt}`;
  }

  /** Undefined of another group's. */
  function memberOf(run: string | null): string | null | undefined {
    const [name, created] = run?.split(' ') ?? [];
    if (created !== createdAt) return undefined;
    return name === roundsRun ? null : name;
  }

  async function ask<Answer>(what: string, kwargs: object, schema: z.ZodType<Answer>): Promise<Answer> {
    const asked = { method: 'POST' as const, path: `/api/${what}`, body: { args: [], kwargs } };
    const { data, error } = await askTracker(line, { ...asked, schema: answerSchema });
    const known = schema.safeParse(data ?? null);
    if (known.success && (error === undefined || error === null)) return known.data;
    throw new NetworkProblem(
      `${line.url} refuses ${what}: ${typeof error === 'string' ? error.slice(0, 300) : 'its answer is no Trackio’s'}`,
      { final: true },
    );
  }
}
