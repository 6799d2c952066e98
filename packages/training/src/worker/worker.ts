// The worker thread: owns the engine, the base models and all learners and generators, and answers the trainer's calls
// one at a time. What a call does is theirs (learner.ts, generator.ts).
import { parentPort, workerData } from 'node:worker_threads';
import { chooseEngine } from '../devices/choose-engine.ts';
import { lowerPriority, openPace, pacedEngine } from '../engines/wrappers/paced-engine.ts';
import { stopFlag, stoppableEngine } from '../engines/wrappers/stoppable-engine.ts';
import { openGenerator } from '../generation/generator.ts';
import { openLearner } from '../learning/learner.ts';
import { type SharedResources, shareResources, tellingMatrices } from '../programs/shared-resources.ts';
import { TrainingError } from '../training-error.ts';
import { type Exposed, type Host, hostId, type Reply, type Request } from './messages.ts';
import { pack, unpack } from './packing.ts';
import { settingsForPrecision } from './precision-settings.ts';
import { toRemote } from './remote-error.ts';

if (parentPort === null) throw new Error('worker.ts runs in a worker thread: start it by startTrainer');
const port = parentPort;
const shared = workerData as { stop: SharedArrayBuffer; pace: SharedArrayBuffer };
const stop = stopFlag(shared.stop);
const pace = openPace(shared.pace);
let resources: SharedResources | undefined;

const post = (reply: Reply, buffers: ArrayBuffer[] = []) => port.postMessage(reply, buffers);
const log = (line: string) => post({ log: line });

const host: Host = {
  async start({ guest, ...asked }) {
    const settings = settingsForPrecision(asked);
    const failed = lowerPriority(guest.priority);
    if (failed !== null) log(failed);
    const { engine, why } = await chooseEngine(settings, log);
    const paced = pacedEngine(engine, pace, guest.share, stop);
    resources = shareResources(stoppableEngine(paced, stop), log, settings, stop);
    return { engine: engine.name, device: engine.device, why };
  },
  openLearner: async (options) =>
    expose('learner', await openLearner(tellingMatrices(started(), options), options)),
  openGenerator: async (options) => expose('generator', await openGenerator(started(), options)),
  async close(id) {
    const found = things.get(id);
    if (found !== undefined) things.set(id, { ...found, thing: null });
  },
  async stop() {
    things.clear();
    await resources?.engine.dispose();
  },
};

/** What can be called, by number; null once it is closed. */
const things = new Map<number, { readonly name: string; readonly thing: object | null }>([
  [hostId, { name: 'trainer', thing: host }],
]);
let opened: number = hostId;

function expose<Thing extends object>(name: string, thing: Thing): Exposed<Thing> {
  opened += 1;
  things.set(opened, { name, thing });
  const members = Object.entries(thing);
  const methods = members.filter(([, member]) => typeof member === 'function').map(([method]) => method);
  const values = Object.fromEntries(members.filter(([method]) => !methods.includes(method)));
  return { id: opened, methods, values: values as Exposed<Thing>['values'] };
}

function started(): SharedResources {
  if (resources === undefined) throw new TrainingError('no-engine', 'the trainer has not started');
  return resources;
}

async function answer({ id, of, method, given }: Request): Promise<void> {
  try {
    const { name, thing } = things.get(of) ?? { name: 'trainer', thing: null };
    if (thing === null) throw new TrainingError('closed', `this ${name} is closed`);
    // messages.ts pairs methods with their arguments, on the side that asks
    const call = (thing as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]!;
    const args = unpack(given, (callback, values) => post({ id, callback, given: values })) as unknown[];
    const { message, buffers } = pack(await call(...args));
    post({ id, answer: message }, buffers);
  } catch (error) {
    post({ id, error: toRemote(error) });
  }
}

// One call at a time: they share the processor, and tracing switches tfjs's global backend.
let queue: Promise<void> = Promise.resolve();
port.on('message', (request: Request) => {
  queue = queue.then(() => answer(request)).then(() => closeAfter(request));
});

/** Nothing keeps the thread then but what is still under way. */
function closeAfter({ of, method }: Request): void {
  if (of === hostId && method === 'stop') port.close();
}
