// Normalisations as single nodes: made by passes/normalisations.ts out of their parts, never traced.
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

/** Outputs y, mean and 1 / deviation; y and 1 / root mean square. */
export const normalisationEmissions: Readonly<Record<string, Emit>> = {
  LayerNorm: emitAs('LayerNormalization'),
  RmsNorm: emitAs('SimplifiedLayerNormalization'),
};
