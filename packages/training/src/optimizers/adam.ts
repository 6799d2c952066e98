// Adam (Kingma and Ba 2015, arXiv 1412.6980, in the efficient form that ends its section 2) and
// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101). Steps are counted tensor by tensor.
import type { Tensor } from '@colora/tensors/tensor';
import { type LocalOptimizer, zerosLike } from './local-optimizer.ts';

interface AdamSettings {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  /** AdamW: decay the parameters themselves instead of adding weightDecay p to the gradient. */
  readonly decoupled?: boolean;
}

/** m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g^2; p <- p - rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps) */
export function adam(settings: AdamSettings = {}): LocalOptimizer {
  return {
    name: settings.decoupled ? 'adamw' : 'adam',
    init: (params) => new Map([...params].flatMap(([name, param]) => startOf(name, param))),
    next(state, params, gradients, rateOf) {
      const nextState = new Map(state);
      const nextParams = new Map(params);
      for (const [name, gradient] of gradients) {
        const param = params.get(name)!;
        const first = state.get(`first/${name}`) ?? zerosLike(param);
        const second = state.get(`second/${name}`) ?? zerosLike(param);
        const count = (state.get(`steps/${name}`)?.data[0] ?? 0) + 1;
        const step = moments({ param, gradient, first, second, count }, rateOf(name), settings);
        nextParams.set(name, { shape: param.shape, data: step.param });
        nextState.set(`first/${name}`, { shape: param.shape, data: step.first });
        nextState.set(`second/${name}`, { shape: param.shape, data: step.second });
        nextState.set(`steps/${name}`, { shape: [], data: Float32Array.of(count) });
      }
      return { state: nextState, params: nextParams };
    },
  };
}

function startOf(name: string, param: Tensor): [string, Tensor][] {
  return [
    [`first/${name}`, zerosLike(param)],
    [`second/${name}`, zerosLike(param)],
    [`steps/${name}`, { shape: [], data: new Float32Array(1) }],
  ];
}

/** What a step on one tensor starts from. */
interface Before {
  readonly param: Tensor;
  readonly gradient: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
  /** Of this step, from 1. */
  readonly count: number;
}

function moments(
  { param, gradient, first: oldFirst, second: oldSecond, count }: Before,
  rate: number,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decoupled = false }: AdamSettings,
): Record<'param' | 'first' | 'second', Float32Array> {
  const from = param.data; // looked up once: this loop is most of a small step's own time
  const slope = gradient.data;
  const before = oldFirst.data;
  const beforeSquared = oldSecond.data;
  const size = from.length;
  const next = new Float32Array(size);
  const first = new Float32Array(size);
  const second = new Float32Array(size);
  const scaledRate = (rate * Math.sqrt(1 - beta2 ** count)) / (1 - beta1 ** count);
  const inGradient = decoupled ? 0 : weightDecay;
  const keep = decoupled ? 1 - rate * weightDecay : 1;
  for (let i = 0; i < size; i += 1) {
    const g = slope[i]! + inGradient * from[i]!;
    const m = beta1 * before[i]! + (1 - beta1) * g;
    const v = beta2 * beforeSquared[i]! + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    next[i] = keep * from[i]! - (scaledRate * m) / (Math.sqrt(v) + epsilon);
  }
  return { param: next, first, second };
}
