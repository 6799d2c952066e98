// Test support: llama.cpp itself, by node-llama-cpp, out of a folder that it was installed into (CONTRIBUTING.md): no dependency.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

type Next = { readonly next: { readonly logits: ReadonlyMap<number, number> } };
interface Sequence {
  controlledEvaluate(tokens: readonly (readonly [number, object])[]): Promise<readonly Next[]>;
}
interface Context {
  getSequence(): Sequence;
}
interface Model {
  createContext(options: object): Promise<Context>;
  tokenize(text: string): readonly number[];
  dispose(): Promise<void>;
}

/** A model's file, and an adapter's to be laid over it. */
export interface LlamaFiles {
  readonly model: string;
  readonly adapter?: string;
}

export interface LlamaScores {
  /** The best of all tokens. */
  readonly best: number;
  /** Of the tokens that were asked about. */
  readonly scores: Float32Array;
}

export interface LlamaText {
  /**
   * What follows each of these, going on from those before. `about`: not more tokens than are needed, since each is looked
   * for along the whole vocabulary.
   */
  read(ids: readonly number[], about: readonly number[]): Promise<LlamaScores[]>;
  /** Without a start token. */
  tokenize(text: string): number[];
  close(): Promise<void>;
}

/** `folder`: holds a node_modules with node-llama-cpp. */
export async function openLlama(folder: string): Promise<(files: LlamaFiles) => Promise<LlamaText>> {
  const require = createRequire(join(resolve(folder), 'x.js'));
  const { getLlama } = await import(pathToFileURL(require.resolve('node-llama-cpp')).href);
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error', progressLogs: false });
  return async ({ model: modelPath, adapter }) => {
    const model: Model = await llama.loadModel({ modelPath });
    const lora = adapter === undefined ? {} : { lora: adapter };
    // one thread: several spin while they wait for each other, which beside other tests takes a hundred times as long
    const context = await model.createContext({ contextSize: 256, threads: 1, ...lora });
    const sequence = context.getSequence();
    return {
      async read(ids, about) {
        const logits = { filter: { tokens: about, includeTop: 1 } };
        const asked = ids.map((id) => [id, { generateNext: { logits } }] as const);
        return (await sequence.controlledEvaluate(asked)).map(({ next }) => scoresOf(next.logits, about));
      },
      tokenize: (text) => [...model.tokenize(text)],
      close: () => model.dispose(),
    };
  };
}

function scoresOf(logits: ReadonlyMap<number, number>, about: readonly number[]): LlamaScores {
  let [best] = logits.keys();
  for (const [id, score] of logits) if (score > logits.get(best!)!) best = id;
  return { best: best!, scores: Float32Array.from(about, (id) => logits.get(id)!) };
}
