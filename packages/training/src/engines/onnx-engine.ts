// The default engine: a program is traced once, split at the frozen prefix, written as ONNX and run by onnxruntime.
// Not here: sessions (onnx-session.ts), what is kept an example (frozen-prefix.ts).
import { createHash } from 'node:crypto';
import { bytesOf, type Graph } from '@colora/tfjs-onnx/graph';
import { peakMemory, weightBytes } from '@colora/tfjs-onnx/memory/peak-memory';
import { type Dialect, emitOnnx } from '@colora/tfjs-onnx/onnx/emit';
import { emitWithFreeSizes, tracingSizes } from '@colora/tfjs-onnx/onnx/free-sizes';
import { type ChosenRows, takeChosenRows } from '@colora/tfjs-onnx/passes/chosen-rows';
import { examplesApart } from '@colora/tfjs-onnx/passes/examples-apart';
import { fuse } from '@colora/tfjs-onnx/passes/optimise';
import { recomputeActivations } from '@colora/tfjs-onnx/recompute';
import { splitPrefix } from '@colora/tfjs-onnx/split-prefix';
import { type InputSpec, traceFunction } from '@colora/tfjs-onnx/trace';
import { oncePerKey } from '../once-per-key.ts';
import { keepFloat32OnCuda } from './cuda-float32.ts';
import type { CompiledProgram, Engine, FreeSizes, Inputs, Outputs, Program } from './engine.ts';
import { type FrozenPrefix, frozenPrefix } from './feeds/frozen-prefix.ts';
import { createHeldFiles } from './feeds/held-files.ts';
import { createPrefixCache } from './feeds/prefix-cache.ts';
import { createPrefixFiles } from './feeds/prefix-files.ts';
import { openRows, type RowReader } from './feeds/read-rows.ts';
import { atSizesOf } from './free-sizes.ts';
import { type OnnxSession, openSession, type SessionOptions } from './onnx-session.ts';
import { createSessionPool } from './session-pool.ts';

export interface OnnxEngineOptions {
  readonly device: SessionOptions['device'];
  readonly threads: number;
  /** Bound on what is kept of the frozen prefix in memory. */
  readonly prefixBytes?: number;
  /** For files of what is kept beyond that; null, the default: it is computed again. */
  readonly prefixFolder?: string | null;
  /** Activations are computed again for the backward pass instead of being kept: less memory, more time. */
  readonly recompute?: boolean;
}

interface OnnxEngine extends Engine {
  /** What is kept of frozen prefixes: how many different ones, and the bytes of their rows in memory and in files. */
  readonly kept: { readonly prefixes: number; readonly bytes: number; readonly filed: number };
}

/** Providers that have kernels for onnxruntime's own operators; others would hand them to the processor. */
const dialectOf = (device: SessionOptions['device']): Dialect =>
  device === 'cpu' ? 'onnxruntime' : 'standard';

/**
 * What a process holds beside weights and a graph's tensors (measured, docs/decisions.md): Node and onnxruntime themselves;
 * for each node its descriptions, and what lies unused between its tensors; of what is trained the values, their gradients,
 * and the copies that go between steps and engine.
 */
const held = { itself: 210 * 2 ** 20, aNode: 16 * 1024, aTrainedByte: 4 };

/**
 * Weights beyond this are not copied for speed, threads of training sleep while they wait (onnx-session.ts), and rows that
 * are chosen are read here. Changed by tests alone.
 */
export const lean = { beyond: 64 * 2 ** 20 };

/** Weights of large models that open sessions map; each maps its own. */
const mappedBytes = 3 * 2 ** 30;

/** Where the rest goes into files, and where it is computed again. */
const prefixBytes = { besideFiles: 64 * 2 ** 20, alone: 256 * 2 ** 20 };

interface PreparedPrefix {
  readonly session: OnnxSession;
  readonly frozen: FrozenPrefix;
}

export function onnxEngine(options: OnnxEngineOptions): OnnxEngine {
  if (options.device === 'cuda') keepFloat32OnCuda();
  const dialect = dialectOf(options.device);
  const { prefixFolder = null } = options;
  const prefixFiles = prefixFolder === null ? undefined : createPrefixFiles({ folder: prefixFolder });
  const inMemory = options.prefixBytes ?? (prefixFiles ? prefixBytes.besideFiles : prefixBytes.alone);
  const cache = createPrefixCache(inMemory, prefixFiles);
  const prefixes = new Map<string, Promise<PreparedPrefix>>(); // equal prefix graphs are one session
  const programs = new Map<string, Promise<CompiledProgram>>();
  const sessions: OnnxSession[] = [];
  const files = createHeldFiles();
  const readers: RowReader[] = [];

  const large = createSessionPool(mappedBytes);
  const open = async (graph: Graph, bytes: Uint8Array, { base, packed }: Program): Promise<OnnxSession> => {
    const weights = weightBytes(graph);
    const isLean = packed !== true && weights > lean.beyond;
    const openOne = () =>
      openSession(bytes, specsOf(graph), {
        device: options.device,
        threads: options.threads,
        weightsFolder: base.weightsFolder,
        lean: isLean,
        spins: !isLean,
        converts: graph.externals.some(({ tensor: { quantised, dtype } }) =>
          quantised === undefined ? dtype !== 'F32' : 'block' in quantised,
        ),
      });
    if (isLean) return oneAtATime(() => large.add(openOne, weights)); // closes no session that runs
    const session = await openOne();
    sessions.push(session);
    return session;
  };
  const economical = (graph: Graph, { loss, recompute }: Program): Graph =>
    (options.recompute === true || recompute === true) && loss !== undefined
      ? recomputeActivations(graph, loss)
      : graph;
  const prepare = (split: Graph, program: Program): Promise<PreparedPrefix> => {
    const graph = examplesApart(split, program.batch);
    const bytes = emitOnnx(graph, dialect);
    const key = `${program.base.weightsFolder} ${createHash('sha256').update(bytes).digest('base64')}`;
    return oncePerKey(prefixes, key, () => preparePrefix(graph, bytes, key, program));
  };
  const preparePrefix = async (graph: Graph, bytes: Uint8Array, key: string, program: Program) => ({
    session: await open(graph, bytes, program),
    frozen: frozenPrefix(graph, key, program.batch, cache),
  });
  const compileFree = async (program: Program, { axes, at }: FreeSizes): Promise<CompiledProgram> => {
    const graphs = tracingSizes(axes.length).map((sizes) => {
      const { inputs, base, build } = at(sizes);
      return traceFunction(inputs, base.weights, build);
    });
    const session = await open(graphs[0]!, emitWithFreeSizes(graphs, axes, dialect), program);
    const run = (inputs: Inputs) => session.run(inputs, atSizesOf(program, inputs).inputs);
    return { run: (inputs) => oneAtATime(() => run(inputs)) };
  };
  const compileOnce = async (program: Program): Promise<CompiledProgram> => {
    if (program.free !== undefined) return compileFree(program, program.free);
    const { graph, chosen } = traced(program);
    const chosenAnew = chosen.filter(({ places }) => program.varying.has(places)).map(({ name }) => name);
    const isLarge = weightBytes(graph) > lean.beyond;
    const { prefix, rest } = splitPrefix(graph, new Set([...program.varying, ...chosenAnew]), isLarge);
    const step = economical(rest, program);
    const rows = openRows(chosen, program.base.weightsFolder, files);
    try {
      // the prefix first: it is kept for the next try where the rest can't be opened
      const prepared = prefix === null ? null : await prepare(prefix, program);
      const session = await open(step, emitOnnx(step, dialect), program);
      readers.push(rows);
      const run = (inputs: Inputs, keys: readonly string[] | undefined) =>
        runBoth(session, prepared, { ...inputs, ...rows.read(inputs) }, keys);
      return { run: (inputs, keys) => oneAtATime(async () => run(inputs, keys)) };
    } catch (error) {
      rows.close();
      throw error;
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  // programs that share a prefix share its buffers
  const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next;
    return next;
  };
  return {
    name: 'onnx',
    device: options.device,
    get kept() {
      return { prefixes: prefixes.size, bytes: cache.bytes, filed: cache.filed };
    },
    compile: (program) => oncePerKey(programs, program.key, () => compileOnce(program)),
    memoryOf: (program) => {
      const graph = fuse(economical(traced(program).graph, program), true);
      return { weights: weightBytes(graph), step: heldBy(graph) };
    },
    dispose: async () => {
      programs.clear();
      prefixes.clear();
      for (const session of sessions.splice(0)) await session.close();
      await large.close();
      for (const rows of readers.splice(0)) rows.close();
      cache.close();
    },
  };
}

function traced({ inputs, base, build }: Program): { readonly graph: Graph; readonly chosen: ChosenRows[] } {
  const graph = traceFunction(inputs, base.weights, build);
  return weightBytes(graph) > lean.beyond ? takeChosenRows(graph) : { graph, chosen: [] };
}

function heldBy(graph: Graph): number {
  const trained = graph.outputs.reduce((sum, { value }) => sum + bytesOf(value), 0);
  return held.itself + peakMemory(graph) + held.aNode * graph.nodes.length + held.aTrainedByte * trained;
}

async function runBoth(
  session: OnnxSession,
  prefix: PreparedPrefix | null,
  inputs: Inputs,
  keys: readonly string[] | undefined,
): Promise<Outputs> {
  if (prefix === null) return session.run(inputs);
  const frontier = await prefix.frozen.outputs(keys, async () => {
    const outputs = await prefix.session.run(inputs);
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
  });
  return session.run({ ...inputs, ...frontier });
}

function specsOf(graph: Graph): InputSpec[] {
  return graph.inputs.map(({ name, value }) => {
    const dtype = value.dtype === 'int32' ? 'int32' : 'float32';
    return { name, shape: value.shape, dtype };
  });
}
