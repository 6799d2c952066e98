// One sentence for each scenario, made from its figures: what they show and what they don't, whatever they are.
import type { Figures } from '../experiment/figures.ts';
import { formatDifference } from '../experiment/table.ts';
import type { ScenarioName } from './scenario-names.ts';

const situations: Record<ScenarioName, string> = {
  'little-data': 'One task, few sentences each',
  newcomer: 'Newcomers with 16 sentences, who train only a personal part',
  'different-meanings': 'Half of the people mean the opposite by the same labels',
  'different-tasks': 'Half of the people label something else by the same names',
  'nothing-shared': 'Nothing in common but the names of the labels',
};

/** Within two standard errors of the paired difference, nothing is claimed. */
export function readFigures(name: ScenarioName, { differences }: Figures): string {
  const found = Object.entries(differences).flatMap(([pair, difference]) => {
    const [method, other] = pair.split(' - ');
    if (method !== 'guarded') return [];
    const { mean, standardError } = difference;
    const claim = Math.abs(mean) <= 2 * standardError ? 'unclear' : mean > 0 ? 'better' : 'worse';
    return [{ claim, text: `${other} (${formatDifference(difference)})` }];
  });
  const told = Object.entries(phrases).flatMap(([claim, phrase]) => {
    const texts = found.filter((one) => one.claim === claim).map(({ text }) => text);
    return texts.length === 0 ? [] : [`${phrase} ${texts.join(', ')}`];
  });
  return `${situations[name]}: guarded is ${told.length === 0 ? 'set against nothing' : told.join('; ')}.`;
}

const phrases = {
  better: 'better than',
  worse: 'worse than',
  unclear: 'not clearly other than',
} as const;
