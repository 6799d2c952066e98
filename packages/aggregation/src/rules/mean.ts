// The weighted mean: u_t = sum w_i x_it / sum w_i over those that sent tensor t (federated averaging, McMahan et al.
// 2017, arXiv 1602.05629, on updates and on subsets of tensors). A lone contribution comes out bit by bit.
// No robustness: one contribution moves it as far as it likes.
import type { CombinationRule } from './rule.ts';

export const mean: CombinationRule = {
  kind: 'combination',
  name: 'mean',
  minimum: 1,
  needs: 'nothing',
  combine: ({ weights }) => ({ coefficients: weights, shares: weights, metrics: {} }),
};
