// All scenarios by name: those of reviews, and those of intents.
import { intentScenarios } from './intent-scenarios.ts';
import { reviewScenarios } from './review-scenarios.ts';
import type { ScenarioRow } from './scenario.ts';

export const scenarios: Readonly<Record<string, ScenarioRow>> = { ...reviewScenarios, ...intentScenarios };
