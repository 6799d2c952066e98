// The process of all echo clients of a case. Its parent tells it what to do (EchoTask) and hears of each step (EchoNews).
import { drawTraining, type PeopleModel, personOf } from '@colora/cli/simulate/people';
import { seededRandom } from '@colora/tensors/random';
import type { WireEncodingName } from '@colora/tensors/wire/wire-encoding';
import type { Traffic } from '../light/http-connection.ts';
import { type EchoClient, joinEcho } from './echo-client.ts';
import { joinMaskedEcho } from './masked-echo.ts';
import { randomTensors, updateBodies } from './update-body.ts';

export interface EchoTask {
  readonly url: string;
  readonly group: string;
  readonly clients: number;
  readonly megabytes: number;
  readonly upload: WireEncodingName;
  readonly masked?: boolean;
  /** Left out: they train in no time, and all answer. */
  readonly people?: { readonly model: PeopleModel; readonly seed: number };
}

export type EchoNews =
  | { readonly kind: 'joined' }
  /** The first of the clients sees a round; bytes so far, of the HTTP connections of all. */
  | { readonly kind: 'round'; readonly round: number; readonly at: number; readonly traffic: Traffic }
  | { readonly kind: 'failed'; readonly reason: string };

const tell = (news: EchoNews) => process.send!(news);
/** Joining is a few statements: some at a time. */
const joinsAtOnce = 16;

process.once('message', (task: EchoTask) => {
  runEchoes(task).catch((error: unknown) => tell({ kind: 'failed', reason: String(error) }));
});
process.once('disconnect', () => process.exit(0));

async function runEchoes({
  url,
  group,
  clients,
  megabytes,
  upload,
  masked,
  people,
}: EchoTask): Promise<void> {
  const traffic: Traffic = { up: 0, down: 0 };
  let seen = 0;
  const onRound = (round: number) => {
    if (round <= seen) return;
    seen = round;
    tell({ kind: 'round', round, at: Date.now(), traffic: { ...traffic } });
  };
  const options = { url, group, traffic, bodyOf: updateBodies(megabytes, upload), onRound };
  const echoes: EchoClient[] = [];
  while (echoes.length < clients) {
    const count = Math.min(joinsAtOnce, clients - echoes.length);
    const first = echoes.length;
    const join = (_: unknown, index: number) =>
      masked
        ? joinMaskedEcho({ url, group, update: randomTensors(megabytes, 1e-3), onRound })
        : joinEcho({ ...options, train: trainingOf(people, first + index) });
    echoes.push(...(await Promise.all(Array.from({ length: count }, join))));
  }
  tell({ kind: 'joined' });
  await Promise.all(echoes.map((echo) => echo.run()));
}

/** What a round's training takes this client; null when it will not answer. */
function trainingOf(people: EchoTask['people'], number: number): () => number | null {
  if (people === undefined) return () => 0;
  const person = personOf(people.model, people.seed, number);
  const random = seededRandom(`echo ${people.seed} ${number}`);
  return () => drawTraining(random, people.model, person);
}
