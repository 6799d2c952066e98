// One honest sentence for each scenario, made from its figures: what they show and what they don't.
import type { Figures } from '../experiment/figures.ts';
import { formatDifference } from '../experiment/table.ts';
import type { ScenarioName } from './scenario-names.ts';

/** Within two standard errors of the paired difference, nothing is claimed. */
function gain(figures: Figures, against: string): string {
  const difference = figures.differences[`core - ${against}`];
  if (difference === undefined) return `no comparison with ${against}`;
  const words = `${formatDifference(difference)} points against ${against}`;
  return Math.abs(difference.mean) < 2 * difference.standardError ? `${words} (no clear difference)` : words;
}

const openings: Record<ScenarioName, string> = {
  'little-data': 'With few sentences each, training together pays',
  newcomer: 'A newcomer who trains only a personal part on 16 sentences inherits what the others learned',
  'different-meanings':
    'Where people mean opposite things by a label, one adapter for all cannot serve them; personal cores can',
  'different-tasks': 'Where tasks differ under the same label names, personal cores keep the gain',
};

export function readFigures(name: ScenarioName, figures: Figures): string {
  const gains = ['alone', 'global', 'dual'].map((method) => gain(figures, method));
  return `${openings[name]}: core ${gains.join(', ')}.`;
}
