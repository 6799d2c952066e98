// Matrix products. 2-D ones become Gemm, whose transA and transB read an [out, in] weight as it lies in its
// file; batched ones become onnxruntime's FusedMatMul, or Transpose and MatMul where only the standard is wanted.
import { broadcastShapes, type Node, type Value } from '../graph.ts';
import type { Emitter, KernelRow, KernelTable, QuantisedOperand } from '../kernel-row.ts';

function productShape(a: Value, b: Value, transposeA: boolean, transposeB: boolean): number[] {
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [m, innerA] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [innerB, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  if (a.shape.length < 2 || b.shape.length < 2 || batch === null || innerA !== innerB) {
    throw new RangeError(`matMul of [${a.shape}] and [${b.shape}]: the shapes don't fit`);
  }
  return [...batch, m, n];
}

function swapLastTwo(value: Value, e: Emitter): string {
  const rank = value.shape.length;
  const perm = value.shape.map((_, i) => (i < rank - 2 ? i : i === rank - 2 ? rank - 1 : rank - 2));
  return e.op('Transpose', [e.name(value)], { perm: { ints: perm } });
}

/** alpha op(a) op(b) + beta bias. */
function emitProduct(node: Node, e: Emitter, bias?: string): string {
  const [a, b] = node.inputs as [Value, Value];
  const transA = node.attributes.transposeA === true;
  const transB = node.attributes.transposeB === true;
  const alpha = (node.attributes.alpha as number | undefined) ?? 1;
  if (a.shape.length === 2 && b.shape.length === 2 && a.dtype === 'float32') {
    const quantised = transA ? undefined : e.quantised(b, transB);
    if (quantised !== undefined) return emitQuantised(node, e, quantised, bias);
    if (bias === undefined && transA && !transB && isNarrow(node)) return emitNarrow(e, a, b, alpha);
    const operands = [e.name(a), e.name(b), ...(bias === undefined ? [] : [bias])];
    const beta = (node.attributes.beta as number | undefined) ?? 1;
    return e.op('Gemm', operands, { ...gemmAttributes(alpha, transA, transB), beta: { f: beta } });
  }
  const product = emitBatched(e, a, b, alpha, transA, transB);
  return bias === undefined ? product : e.op('Add', [product, bias]);
}

function gemmAttributes(alpha: number, transA: boolean, transB: boolean) {
  return { alpha: { f: alpha }, transA: { i: transA ? 1 : 0 }, transB: { i: transB ? 1 : 0 } };
}

/** alpha a Q + beta bias with a matrix Q in fewer bits. */
function emitQuantised(node: Node, e: Emitter, q: QuantisedOperand, bias: string | undefined): string {
  const a = e.name(node.inputs[0]!);
  const { alpha = 1, beta = 1 } = node.attributes as { alpha?: number; beta?: number };
  const times = (name: string, factor: number) =>
    factor === 1 ? name : e.op('Mul', [name, e.scalar(factor, 'float32')]);
  const scaled = times(q.block === null ? emitBytes(e, a, q) : emitBlocks(node, e, a, q), alpha);
  return bias === undefined ? scaled : e.op('Add', [scaled, times(bias, beta)]);
}

/** Backwards the same values are made floats again: quantising the transpose too would be another function's gradient. */
function emitBlocks(
  node: Node,
  e: Emitter,
  a: string,
  q: Extract<QuantisedOperand, { block: number }>,
): string {
  if (!q.forward) return e.op('Gemm', [a, q.dequantised()]);
  return e.op('MatMulNBits', [a, q.data, q.scales], {
    K: { i: node.inputs[0]!.shape[1]! },
    N: { i: node.outputs[0]!.shape[1]! },
    bits: { i: q.bits },
    block_size: { i: q.block },
    accuracy_level: { i: 4 }, // products of int8, with a scale of its own for each block of each row
  });
}

/**
 * The rows of a are brought to one size first, since the operator quantises all of a with one scale, and a gradient's
 * rows differ by orders of magnitude.
 */
function emitBytes(
  e: Emitter,
  a: string,
  { data, scales, zeroPoints }: Extract<QuantisedOperand, { block: null }>,
): string {
  const sizes = e.op('ReduceMax', [e.op('Abs', [a]), e.ints([-1])], { keepdims: { i: 1 } }); // [rows, 1]
  const safe = e.op('Max', [sizes, e.scalar(1e-30, 'float32')]); // a row of zeros stays one
  const matrix = zeroPoints === undefined ? [data, scales] : [data, scales, zeroPoints];
  const product = e.op('DynamicQuantizeMatMul', [e.op('Div', [a, safe]), ...matrix]);
  return e.op('Mul', [product, safe]);
}

/** Up to this many columns a tall product is slower than its transpose, a wide one. */
const narrowest = 64;

function isNarrow({ outputs }: Node): boolean {
  const [rows, columns] = outputs[0]!.shape as [number, number];
  return columns <= narrowest && columns < rows;
}

/** a^T b = (b^T a)^T: the gradient of a [wide, rank] factor, with its long side along the columns. */
function emitNarrow(e: Emitter, a: Value, b: Value, alpha: number): string {
  const wide = e.op('Gemm', [e.name(b), e.name(a)], gemmAttributes(alpha, true, false));
  return e.op('Transpose', [wide], { perm: { ints: [1, 0] } });
}

function emitBatched(
  e: Emitter,
  a: Value,
  b: Value,
  alpha: number,
  transA: boolean,
  transB: boolean,
): string {
  if (e.extended && a.dtype === 'float32' && (alpha !== 1 || transA || transB)) {
    return e.op('FusedMatMul', [e.name(a), e.name(b)], gemmAttributes(alpha, transA, transB));
  }
  const left = transA ? swapLastTwo(a, e) : e.name(a);
  const right = transB ? swapLastTwo(b, e) : e.name(b);
  const product = e.op('MatMul', [left, right]);
  return alpha === 1 ? product : e.op('Mul', [product, e.scalar(alpha, 'float32')]);
}

const batchMatMul: KernelRow = {
  inputs: ['a', 'b'],
  trace: ([a, b], raw) => {
    const transposeA = raw.transposeA === true;
    const transposeB = raw.transposeB === true;
    const shape = productShape(a!, b!, transposeA, transposeB);
    return { attributes: { transposeA, transposeB }, outputs: [{ shape, dtype: a!.dtype }] };
  },
  emit: (node, e) => emitProduct(node, e),
};

/** tf.fused.matMul's activations and their ONNX names; its others are refused. */
const activations: Readonly<Record<string, string>> = {
  elu: 'Elu',
  relu: 'Relu',
  sigmoid: 'Sigmoid',
};

/** alpha a b, plus beta bias (2-D) or bias (any shape that broadcasts to it), then activation. */
const fusedMatMul: KernelRow = {
  inputs: ['a', 'b', 'bias'],
  trace: ([a, b, bias], raw) => {
    const activation = String(raw.activation ?? 'linear');
    if (activation !== 'linear' && activations[activation] === undefined) {
      throw new TypeError(
        `fused activation ${activation}: use ${Object.keys(activations).join(', ')} or a plain op`,
      );
    }
    const transposeA = raw.transposeA === true;
    const transposeB = raw.transposeB === true;
    const shape = productShape(a!, b!, transposeA, transposeB);
    if (bias !== undefined && broadcastShapes(shape, bias.shape) === null) {
      throw new RangeError(`a bias of [${bias.shape}] doesn't fit a product of [${shape}]`);
    }
    return { attributes: { transposeA, transposeB, activation }, outputs: [{ shape, dtype: a!.dtype }] };
  },
  emit: (node, e) => {
    const bias = node.inputs[2];
    const product = emitProduct(node, e, bias && e.name(bias));
    const opType = activations[String(node.attributes.activation)];
    return opType === undefined ? product : e.op(opType, [product]);
  },
};

export const matmulKernels: KernelTable = { BatchMatMul: batchMatMul, _FusedMatMul: fusedMatMul };
