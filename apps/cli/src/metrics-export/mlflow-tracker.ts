// Curves in MLflow, by its REST API 2.0 (mlflow.org/docs/latest/rest-api.html): an experiment for each group, in it a run for the rounds
// and a nested one for each member. What is there is asked of the server.
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

/** What log-batch takes at once. */
const mostInBatch = 1000;
const tagOfGroup = 'colora.created';
const tagOfMember = 'colora.member';

const metricSchema = z.object({ key: z.string(), step: z.coerce.number().default(0) });
const runSchema = z.object({
  info: z.object({ run_id: z.string() }),
  data: z.object({
    metrics: z.array(metricSchema).default([]),
    tags: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
  }),
});
const runsSchema = z.object({ runs: z.array(runSchema).default([]), next_page_token: z.string().optional() });
const foundSchema = z.object({ experiment: z.object({ experiment_id: z.string() }) });
const createdSchema = z.object({ experiment_id: z.string() });
const newRunSchema = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });

/** Throws NetworkProblem where the server can't be reached or says something else. */
export async function openMlflow(line: TrackerLine, group: ExportedGroup): Promise<Tracker> {
  const ask = <Answer>(method: 'GET' | 'POST', path: string, body: object, schema: z.ZodType<Answer>) =>
    askTracker(line, { method, path: `/api/2.0/mlflow/${path}`, body, schema });
  const experiment = await findExperiment();
  const runs = new Map<string, string>(); // member, '' for the rounds -> run
  const openRun = async (member: string | null, at: number): Promise<string> => {
    const known = runs.get(member ?? '');
    if (known !== undefined) return known;
    const parent = member === null ? undefined : await openRun(null, at);
    const made = await ask('POST', 'runs/create', newRun(experiment, member, at, parent), newRunSchema);
    runs.set(member ?? '', made.run.info.run_id);
    return made.run.info.run_id;
  };
  return {
    async lastSteps() {
      const steps: LastSteps = new Map();
      for (let token: string | undefined; ; ) {
        const page = { experiment_ids: [experiment], max_results: 1000, page_token: token };
        const found = await ask('POST', 'runs/search', page, runsSchema);
        for (const { info, data } of found.runs) {
          const tags = new Map(data.tags.map(({ key, value }) => [key, value]));
          if (tags.get(tagOfGroup) !== group.createdAt) continue; // an earlier group of that name
          const member = tags.get(tagOfMember) ?? '';
          runs.set(member, info.run_id);
          for (const { key, step } of data.metrics)
            noteStep(steps, curveOf({ member: member || null, name: key }), step);
        }
        token = found.next_page_token;
        if (!token) return steps;
      }
    },
    async write(points) {
      const members = [...new Set(points.map(({ member }) => member))];
      for (const member of members) {
        const own = points.filter((point) => point.member === member);
        const run_id = await openRun(member, own[0]!.at);
        for (let at = 0; at < own.length; at += mostInBatch) {
          const metrics = own.slice(at, at + mostInBatch).map(metricOf);
          await ask('POST', 'runs/log-batch', { run_id, metrics }, z.object({}));
        }
      }
    },
    close: async () => undefined,
  };

  async function findExperiment(): Promise<string> {
    const name = `colora ${group.name}`;
    const path = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    const found = await ask('GET', path, {}, foundSchema.or(z.null()));
    if (found !== null) return found.experiment.experiment_id;
    return (await ask('POST', 'experiments/create', { name }, createdSchema)).experiment_id;
  }

  function newRun(experiment_id: string, member: string | null, at: number, parent: string | undefined) {
    const tags = { [tagOfGroup]: group.createdAt, 'mlflow.source.name': 'colora metrics export' };
    const more = member === null ? {} : { [tagOfMember]: member, 'mlflow.parentRunId': parent! };
    const all = Object.entries({ ...tags, ...more }).map(([key, value]) => ({ key, value }));
    return { experiment_id, run_name: member ?? group.name, start_time: Math.floor(at), tags: all };
  }
}

const metricOf = ({ name, step, value, at }: Point) => ({
  key: name,
  step,
  value,
  timestamp: Math.floor(at),
});
