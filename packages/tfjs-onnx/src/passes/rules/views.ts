// Rules for nodes that only move or repeat elements: chains of them are one, some are none.
import { broadcastShapes, type Node, sameShape, type Value } from '../../graph.ts';
import { attributeNumbers } from '../../kernel-row.ts';
import { kernelTable } from '../../kernel-table.ts';
import type { Rule } from '../rewriting.ts';

const reshapeOf = (x: Value, node: Node): Node => ({
  ...node,
  kernel: 'Reshape',
  inputs: [x],
  attributes: {},
});

const mergeReshapes: Rule = (node, { producerOf }) => {
  if (node.kernel !== 'Reshape') return undefined;
  const [x] = node.inputs as [Value];
  if (sameShape(x.shape, node.outputs[0]!.shape)) return x;
  const before = producerOf(x);
  return before?.kernel === 'Reshape' ? reshapeOf(before.inputs[0]!, node) : undefined;
};

const mergeTransposes: Rule = (node, { producerOf }) => {
  if (node.kernel !== 'Transpose') return undefined;
  const [x] = node.inputs as [Value];
  const perm = attributeNumbers(node, 'perm');
  if (perm.every((from, to) => from === to)) return x;
  // Where only axes of size 1 change places no element does.
  const moving = perm.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > moving[i - 1]!)) return reshapeOf(x, node);
  const before = producerOf(x);
  if (before?.kernel !== 'Transpose') return undefined;
  const first = attributeNumbers(before, 'perm');
  return { ...node, inputs: before.inputs, attributes: { perm: perm.map((axis) => first[axis]!) } };
};

const sumOfOne: Rule = (node) => {
  if (!['Sum', 'Max', 'Min', 'Prod'].includes(node.kernel)) return undefined;
  const [x] = node.inputs as [Value];
  return attributeNumbers(node, 'axes').every((axis) => x.shape[axis] === 1) ? reshapeOf(x, node) : undefined;
};

const mergeBroadcasts: Rule = (node, { producerOf }) => {
  if (node.kernel !== 'BroadcastTo') return undefined;
  const [x] = node.inputs as [Value];
  if (sameShape(x.shape, node.outputs[0]!.shape)) return x;
  const before = producerOf(x);
  return before?.kernel === 'BroadcastTo' ? { ...node, inputs: before.inputs } : undefined;
};

/** Element-wise nodes broadcast by themselves: an operand needn't be spread out before. */
const absorbBroadcasts: Rule = (node, { producerOf }) => {
  if (!kernelTable[node.kernel]?.broadcasts) return undefined;
  for (let i = 0; i < node.inputs.length; i++) {
    const before = producerOf(node.inputs[i]!);
    if (before?.kernel !== 'BroadcastTo') continue;
    const inputs = node.inputs.with(i, before.inputs[0]!);
    const shape = broadcastShapes(...inputs.map((input) => input.shape));
    if (shape !== null && sameShape(shape, node.outputs[0]!.shape)) return { ...node, inputs };
  }
  return undefined;
};

export const viewRules: readonly Rule[] = [
  mergeReshapes,
  mergeTransposes,
  sumOfOne,
  mergeBroadcasts,
  absorbBroadcasts,
];
