// Weights that are stored in fewer bits than floats and have to be made floats where they are used. A copy serves one use
// and those right after, so that none lives from the forward pass to the backward pass.
import type { External, Graph, Node, Value } from '../graph.ts';

/** A copy made for one node is used again by the nodes up to so many places after. */
export const copyServes = 12;

/** The weights whose floats a node wants: not those whose rows are chosen first, nor those that are multiplied as they lie. */
export function convertedBy(node: Node, weights: ReadonlyMap<Value, External>): External[] {
  return node.inputs.flatMap((input, operand) => {
    const external = weights.get(input);
    if (external === undefined) return [];
    const { quantised, dtype, name } = external.tensor;
    if (quantised !== undefined && 'block' in quantised)
      return isForward(node, operand, name) ? [] : [external];
    const chosen = node.kernel === 'GatherV2' && operand === 0 && node.attributes.batchDims === 0;
    return quantised !== undefined || dtype === 'F32' || chosen ? [] : [external];
  });
}

/** Whether a product uses a matrix in 4 bits as its rows lie, or its transpose. */
function isForward(node: Node, operand: number, name: string): boolean {
  return operand === 1 && (node.attributes.transposeB === true) !== name.endsWith('.T');
}

export function weightsOf({ externals }: Graph): ReadonlyMap<Value, External> {
  return new Map(externals.map((external) => [external.value, external]));
}
