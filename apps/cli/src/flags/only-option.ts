// `--only`: looks at one of the models that a member of a guarded group predicts with, instead of what they make together.
import { Option } from 'commander';

export function onlyOption(): Option {
  return new Option(
    '--only <model>',
    'one model by itself: core (trained together), alone (trained on your examples alone) or base (default: what they make together where there are both, else core)',
  ).choices(['core', 'alone', 'base']);
}
