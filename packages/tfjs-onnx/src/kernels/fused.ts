// Kernels that the passes make out of others (normalisations.ts, silu.ts); none of them is ever traced.
import type { Node } from '../graph.ts';
import { attributeNumber, type Emitter, type KernelRow } from '../kernel-row.ts';

type Emit = NonNullable<KernelRow['emit']>;

const emitAs =
  (opType: string): Emit =>
  (node: Node, e: Emitter) =>
    e.ops(
      opType,
      node.inputs.map((input) => e.name(input)),
      node.outputs.length,
      { axis: { i: -1 }, epsilon: { f: attributeNumber(node, 'epsilon') } },
    );

/** LayerNorm: y, mean and 1 / deviation; RmsNorm: y and 1 / root mean square; Silu: y. */
export const fusedEmissions: Readonly<Record<string, Emit>> = {
  LayerNorm: emitAs('LayerNormalization'),
  RmsNorm: emitAs('SimplifiedLayerNormalization'),
  Silu: (node, e) => e.op('QuickGelu', [e.name(node.inputs[0]!)], { alpha: { f: 1 } }),
};
