// The demo's scenarios by name, in the order they are played. Nothing else.
export const scenarioNames = [
  'little-data',
  'newcomer',
  'different-meanings',
  'different-tasks',
  'nothing-shared',
] as const;
export type ScenarioName = (typeof scenarioNames)[number];
