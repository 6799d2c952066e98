// Weights that are stored in fewer bits than floats and have to be made floats where they are used. A copy serves one use
// and those right after, so that none lives from the forward pass to the backward pass.
import type { External, Node, Value } from '../graph.ts';

/** A copy made for one node is used again by the nodes up to so many places after. */
export const copyServes = 12;

/** The weights whose floats a node wants: not those whose rows are chosen first, nor those that are multiplied as they lie. */
export function convertedBy(node: Node, weights: ReadonlyMap<Value, External>): External[] {
  return node.inputs.flatMap((input, operand) => {
    const external = weights.get(input);
    if (external === undefined) return [];
    const { quantised, dtype, name } = external.tensor;
    if (quantised !== undefined && 'block' in quantised)
      return operand === 1 && liesForward(name, node.attributes.transposeB === true) ? [] : [external];
    const chosen = node.kernel === 'GatherV2' && operand === 0 && node.attributes.batchDims === 0;
    return quantised !== undefined || dtype === 'F32' || chosen ? [] : [external];
  });
}

/** Whether a product with a matrix in blocks (its transpose: `transposed`) uses its rows as they lie. */
export function liesForward(name: string, transposed: boolean): boolean {
  return transposed !== name.endsWith('.T');
}
