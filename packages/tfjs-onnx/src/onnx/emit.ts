// Writes a graph as an ONNX model, ready for onnxruntime. How each kernel is written is said in kernels/.
import type { Graph, NamedValue } from '../graph.ts';
import { kernelTable } from '../kernel-table.ts';
import { fusedEmissions } from '../kernels/fused.ts';
import { fuse } from '../passes/optimise.ts';
import {
  dataTypes,
  type ModelContent,
  modelMessage,
  type NodeMessage,
  type ValueInfoMessage,
} from './onnx-schema.ts';
import { microsoft, OnnxWriter } from './onnx-writer.ts';

/**
 * `onnxruntime`: with the operators that onnxruntime adds to the standard and runs best on its cpu and CUDA providers;
 * `standard`: ONNX's own only, for providers that would leave others to the processor.
 */
export type Dialect = 'onnxruntime' | 'standard';

/**
 * Operator sets and the IR versions that go with them: 18 has ReduceX with axes as an input, 21 four-bit numbers in
 * blocks.
 */
const versions = { standard: { opset: 18, ir: 9 }, onnxruntime: { opset: 21, ir: 10 } } as const;

/**
 * The ONNX model of a graph, as bytes. Inputs and outputs keep their names; weights are external data whose
 * location is the tensor's `file`, relative to the folder the session is told
 * (`extra.session.model_external_initializers_file_folder_path`).
 */
export function emitOnnx(traced: Graph, dialect: Dialect = 'onnxruntime'): Uint8Array {
  return modelMessage.encode(onnxModel(traced, dialect)).finish();
}

/** The same before it is made bytes. */
export function onnxModel(traced: Graph, dialect: Dialect): ModelContent {
  const extended = dialect === 'onnxruntime';
  const graph = fuse(traced, extended);
  const writer = new OnnxWriter(graph.constants, graph.externals, extended);
  for (const { name, value } of graph.inputs) writer.define(value, name);
  for (const [place, node] of graph.nodes.entries()) {
    writer.begin(place);
    const emit = kernelTable[node.kernel]?.emit ?? fusedEmissions[node.kernel];
    if (emit === undefined) throw new Error(`no emission for kernel ${node.kernel}`);
    const names = emit(node, writer);
    node.outputs.forEach((value, i) => {
      writer.define(value, typeof names === 'string' ? names : names[i]!);
    });
  }
  nameOutputs(graph, writer);
  return {
    ir_version: versions[dialect].ir,
    producer_name: 'colora',
    opset_import: [
      { domain: '', version: versions[dialect].opset },
      ...(extended ? [{ domain: microsoft, version: 1 }] : []),
    ],
    graph: {
      name: 'step',
      node: resultsLast(writer.nodes),
      initializer: writer.initializers,
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
    },
  };
}

/** onnxruntime's optimizers that have to be off for a model to run as it is written, and no larger. */
export const unwantedOptimizers = {
  /** Turns round products that are written transposed since they are faster so, and makes them run last. */
  always: ['GemmTransposeFusion'],
  /** Where weights are made floats each time that they are used: would keep them, or make one of two uses. */
  converts: ['ConstantFolding', 'CommonSubexpressionElimination', 'FuseFp16InitializerToFp32NodeTransformer'],
} as const;

/**
 * onnxruntime goes depth-first from the nodes whose results no other uses, those listed last first. In the order of the
 * graph it would begin with the gradient that is made last, pass over all those on the way, and keep what they are made of.
 */
function resultsLast(nodes: readonly NodeMessage[]): NodeMessage[] {
  const used = new Set(nodes.flatMap((node) => node.input));
  const isResult = (node: NodeMessage) => !node.output.some((name) => used.has(name));
  return [...nodes.filter((node) => !isResult(node)), ...nodes.filter(isResult).reverse()];
}

/** Renames the node outputs that are graph outputs; what is no node's output, or has two names, is copied. */
function nameOutputs(graph: Graph, writer: OnnxWriter): void {
  const made = new Set(writer.nodes.flatMap((node) => node.output));
  const renamed = new Map<string, string>();
  for (const { name, value } of graph.outputs) {
    const internal = writer.name(value);
    if (made.has(internal) && !renamed.has(internal)) renamed.set(internal, name);
    else writer.append(identity(renamed.get(internal) ?? internal, name));
  }
  const rename = (names: string[]): string[] => names.map((name) => renamed.get(name) ?? name);
  for (const node of writer.nodes) {
    node.input = rename(node.input);
    node.output = rename(node.output);
  }
}

function identity(from: string, to: string): NodeMessage {
  return { op_type: 'Identity', name: `Identity:${to}`, input: [from], output: [to], attribute: [] };
}

function valueInfo({ name, value }: NamedValue): ValueInfoMessage {
  const dim = value.shape.map((dim_value) => ({ dim_value }));
  return { name, type: { tensor_type: { elem_type: dataTypes[value.dtype], shape: { dim } } } };
}
