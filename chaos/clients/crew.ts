// A process with several light clients, each in every group: what the run kills. Started with the path of a
// JSON file; SIGTERM lets what is under way be answered.
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runClient } from './client-loop.ts';
import type { Form } from './content.ts';
import { openLedger } from './ledger.ts';

export interface CrewPlan {
  readonly seed: number;
  readonly urls: readonly string[];
  /** Where the ledgers lie, one a client and group. */
  readonly folder: string;
  readonly clients: readonly { readonly name: string; readonly key: string }[];
  readonly groups: readonly {
    readonly name: string;
    readonly form: Form;
    readonly thinkSeconds: readonly [number, number];
  }[];
}

const plan = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as CrewPlan;
const stop = new AbortController();
setMaxListeners(0, stop.signal); // every pause of every client listens to it
process.once('SIGTERM', () => stop.abort());

console.log('clients are at work');
await Promise.all(
  plan.clients.flatMap(({ name, key }) =>
    plan.groups.map(async ({ name: group, form, thinkSeconds }) => {
      const ledger = openLedger(join(plan.folder, `${name}@${group}.jsonl`));
      const { seed, urls } = plan;
      await runClient({ seed, name, key, urls, group, ...form, thinkSeconds, ledger, stopped: stop.signal });
      ledger.close();
    }),
  ),
);
