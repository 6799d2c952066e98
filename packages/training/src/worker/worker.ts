// The worker thread: owns the engine, the base models and all learners, and answers the trainer's calls one at a
// time. What a call does is the learner's (learner.ts).
import { parentPort, workerData } from 'node:worker_threads';
import type { TensorMap } from '@colora/tensors/tensor';
import { chooseEngine } from '../devices/choose-engine.ts';
import { lowerPriority, openPace, pacedEngine } from '../engines/paced-engine.ts';
import { stopFlag, stoppableEngine } from '../engines/stoppable-engine.ts';
import { type GeneratorWork, openGenerator } from '../generation/generator.ts';
import { type LearnerWork, openLearner } from '../learning/learner.ts';
import { createWorkshop, type Workshop } from '../programs/shared-resources.ts';
import { TrainingError } from '../training-error.ts';
import { buffersOf, type Calls, type Method, type Reply, type Request } from './messages.ts';
import { openBase, settingsForPrecision } from './open-base.ts';
import { packTensors, unpackTensors } from './packed-tensors.ts';
import { toRemote } from './remote-error.ts';

const port = parentPort!;
const shared = workerData as { stop: SharedArrayBuffer; pace: SharedArrayBuffer };
const stop = stopFlag(shared.stop);
const pace = openPace(shared.pace);
const learners = new Map<number, LearnerWork>();
const generators = new Map<number, GeneratorWork>();
let workshop: Workshop | undefined;
let opened = 0;

const post = (reply: Reply) => port.postMessage(reply, 'gives' in reply ? buffersOf(reply.gives) : []);
const log = (line: string) => post({ log: line });

type Tell = (piece: string) => void;
type Handlers = { [M in Method]: (takes: Calls[M]['takes'], tell: Tell) => Promise<Calls[M]['gives']> };

const handlers: Handlers = {
  async start({ guest, ...asked }) {
    const settings = settingsForPrecision(asked);
    const failed = lowerPriority(guest.priority);
    if (failed !== null) log(failed);
    const { engine, why } = await chooseEngine(settings, log);
    const paced = pacedEngine(engine, pace, guest.share, stop.isRaised);
    workshop = createWorkshop(stoppableEngine(paced, stop.isRaised), log, (folder) =>
      openBase(folder, settings),
    );
    return { engine: engine.name, device: engine.device, why };
  },
  async open({ personal, optimizerState, ...options }) {
    const learner = await openLearner(started(), {
      ...options,
      ...(personal === null ? {} : { personal: unpackTensors(personal) }),
      ...(optimizerState === null ? {} : { optimizerState: unpackTensors(optimizerState) }),
    });
    opened += 1;
    learners.set(opened, learner);
    return { learner: opened, summary: learner.summary };
  },
  async trainRound({ learner, shared, round }) {
    const result = await find(learner).trainRound({ shared: unpackTensors(shared), round });
    return { ...result, contribution: packTensors(result.contribution), ...packedState(result) };
  },
  async personalise({ learner, shared, steps }) {
    const result = await find(learner).personalise({ shared: unpackTensors(shared), steps });
    return { ...result, ...packedState(result) };
  },
  evaluate: ({ learner, shared }) => find(learner).evaluate({ shared: unpackTensors(shared) }),
  predict: ({ learner, shared, texts }) => find(learner).predict({ shared: unpackTensors(shared), texts }),
  tag: ({ learner, shared, texts }) => find(learner).tag({ shared: unpackTensors(shared), texts }),
  async close({ learner }) {
    learners.delete(learner);
    return null;
  },
  async openGenerator({ baseModel, settings, tensors }) {
    const adapter = settings === null ? null : { settings, tensors: unpackTensors(tensors) };
    const generator = await openGenerator(started(), { baseModel, adapter });
    opened += 1;
    generators.set(opened, generator);
    return { generator: opened };
  },
  async generate({ generator, request, stop: memory }, tell) {
    const found = generators.get(generator);
    if (found === undefined) throw new TrainingError('closed', 'this generator is closed');
    return found.generate(request, tell, stopFlag(memory).isRaised);
  },
  async closeGenerator({ generator }) {
    generators.delete(generator);
    return null;
  },
  async stop() {
    learners.clear();
    generators.clear();
    await workshop?.engine.dispose();
    return null;
  },
};

function packedState({ personal, optimizerState }: Record<'personal' | 'optimizerState', TensorMap>) {
  return { personal: packTensors(personal), optimizerState: packTensors(optimizerState) };
}

function started(): Workshop {
  if (workshop === undefined) throw new TrainingError('no-engine', 'the trainer has not started');
  return workshop;
}

function find(learner: number): LearnerWork {
  const found = learners.get(learner);
  if (found === undefined) throw new TrainingError('closed', 'this learner is closed');
  return found;
}

async function answer({ id, method, takes }: Request): Promise<void> {
  try {
    // the table pairs each method with its own argument; the union of requests can't say so
    const handle = handlers[method] as (takes: unknown, tell: Tell) => Promise<Calls[Method]['gives']>;
    post({ id, gives: await handle(takes, (piece) => post({ id, piece })) });
  } catch (error) {
    post({ id, error: toRemote(error) });
  }
}

// One call at a time: they share the processor, and tracing switches tfjs's global backend.
let queue: Promise<void> = Promise.resolve();
port.on('message', (request: Request) => {
  queue = queue.then(() => answer(request));
});
