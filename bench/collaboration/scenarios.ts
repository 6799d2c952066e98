// All scenarios by name: those of reviews and of intents, whose labels a small encoder learns, and those of a language model.
import { intentScenarios } from './intent-scenarios.ts';
import { languageScenarios } from './language-scenarios.ts';
import { reviewScenarios } from './review-scenarios.ts';
import type { ScenarioRow } from './scenario.ts';

/** Of labels. */
export const labelScenarios: Readonly<Record<string, ScenarioRow>> = {
  ...reviewScenarios,
  ...intentScenarios,
};

export const scenarios: Readonly<Record<string, ScenarioRow>> = { ...labelScenarios, ...languageScenarios };
