// The demo as a person sees it: where things go, what is said, the tables, the end. The story itself
// is run-demo.ts.
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { exportAdapter } from '../adapter/export-adapter.ts';
import { shippedModel } from '../base-model/base-model-name.ts';
import { resolveBaseModel } from '../base-model/resolve-base-model.ts';
import { config } from '../config.ts';
import { checkFigurePlace, writeFigures } from '../experiment/figure-file.ts';
import { guardLines } from '../experiment/guard-lines.ts';
import { classificationMethods } from '../experiment/method-names.ts';
import { methodMeanings } from '../experiment/methods.ts';
import { similarityTable } from '../experiment/similarity-table.ts';
import { figuresTable } from '../experiment/table.ts';
import { tellFinishing } from '../terminal/finishing.ts';
import { createProgressLine, type ProgressLine } from '../terminal/progress-line.ts';
import { stoppable, stopped } from '../terminal/stop-signals.ts';
import { UsageError } from '../usage-error.ts';
import { privateTable, runPrivateDemo, simulatedLines } from './private-demo.ts';
import { readFigures } from './readings.ts';
import { type DemoResult, runDemo } from './run-demo.ts';
import { type ScenarioName, scenarioNames } from './scenario-names.ts';
import { workspaceOf } from './spawn-daemons.ts';

interface DemoOptions {
  json?: string;
  seeds: number;
  folder: string;
  scenarios: ScenarioName[];
  private?: boolean;
}

export async function demo(options: DemoOptions): Promise<void> {
  const start = performance.now();
  if (options.scenarios.includes('newcomer') && !options.scenarios.includes('little-data')) {
    throw new UsageError('--scenarios: newcomer needs little-data, whose groups the newcomers join');
  }
  if (config.noGuard)
    throw new UsageError('the demo shows how people are guarded: unset COLORA_NO_GUARD for it');
  if (options.json !== undefined) await checkFigurePlace(options.json);
  const folder = await emptyDemoFolder(resolve(options.folder));
  const line = createProgressLine();
  if (options.private) {
    await stoppable(({ signal }) => runPrivate(folder, options, { line, start, signal }));
    return;
  }
  introduce(line.say);
  await stoppable(({ signal }) => runAndShow(folder, options, { line, start, signal }));
}

/** The same people, and what the coordinator can read of them. */
async function runPrivate(
  folder: string,
  options: DemoOptions,
  { line, start, signal }: Stage,
): Promise<void> {
  line.say(
    'CoLoRA demo: twelve people with 16 to 64 labelled sentences each, and what the coordinator can read of their updates.',
  );
  const told = tellFinishing(signal, line.now);
  const figures = await runPrivateDemo({
    folder,
    baseModel: (await resolveBaseModel(shippedModel)).folder,
    ...{ seeds: seedsOf(options), progress: line.progress, signal },
  }).finally(told);
  line.clear();
  for (const row of privateTable(figures)) line.say(row);
  line.say('');
  for (const row of await simulatedLines()) line.say(row);
  line.say(
    'Noise that hides one person hides one in twelve; docs/PRIVACY.md says what is promised, and what not.',
  );
  if (options.json !== undefined) await writeFigures(options.json, figures);
  line.say(`${((performance.now() - start) / 1000).toFixed(0)} s in all`);
}

const seedsOf = ({ seeds }: DemoOptions) => Array.from({ length: seeds }, (_, seed) => seed);

interface Stage {
  readonly line: ProgressLine;
  /** When it began, as `performance.now` counts. */
  readonly start: number;
  readonly signal: AbortSignal;
}

async function runAndShow(
  folder: string,
  options: DemoOptions,
  { line, start, signal }: Stage,
): Promise<void> {
  const told = tellFinishing(signal, line.now);
  const request = {
    folder,
    baseModel: (await resolveBaseModel(shippedModel)).folder,
    scenarios: options.scenarios,
    seeds: seedsOf(options),
    say: line.say,
    progress: line.progress,
    signal,
  };
  const result = await runDemo(request).finally(told);
  line.clear();
  try {
    printResult(result, line.say);
    if (options.json !== undefined) await writeFigures(options.json, { scenarios: result.scenarios });
    await printPlaces(folder, options, line.say);
    line.say(`${((performance.now() - start) / 1000).toFixed(0)} s in all`);
    if (process.stdout.isTTY) await stayUp(result, signal, line.say);
  } finally {
    await result.coordinator.close();
  }
}

const marker = '.colora-demo';

/** Empties a folder of an earlier demo; refuses to touch one that is not. */
async function emptyDemoFolder(folder: string): Promise<string> {
  const entries: string[] = await readdir(folder).catch(() => []);
  if (entries.length > 0 && !entries.includes(marker)) {
    throw new UsageError(`${folder} is not empty and not of an earlier demo; name another with --folder`);
  }
  await rm(folder, { recursive: true, force: true });
  makeFolder(folder);
  await writeFile(join(folder, marker), 'made by `colora demo`, which empties this folder\n');
  return folder;
}

function introduce(say: (line: string) => void): void {
  say('CoLoRA demo: people who each hold a few labelled sentences fine-tune one small transformer together.');
  say('Examples and personal adapters stay in each person’s process and folder. The methods compared:');
  for (const method of classificationMethods) say(`  ${method.padEnd(7)} ${methodMeanings[method]}`);
}

function printResult(result: DemoResult, say: (line: string) => void): void {
  for (const name of scenarioNames) {
    const figures = result.scenarios[name];
    if (figures === undefined) continue;
    say('');
    say(name);
    for (const row of [...figuresTable(figures), ...guardLines(figures)]) say(`  ${row}`);
    say(`  ${readFigures(name, figures)}`);
  }
  say('');
  say('± is the standard error over people (and seeds); "minus this" is paired by person.');
  if (result.similarity === null) return;
  say('');
  say('Who resembles whom: cosine similarity (x100) of the updates of rounds 1-3 in different-tasks.');
  say(
    'aya, cleo, eva, gita, ines and kofi label the mood, the others the topic; admins can group people by it.',
  );
  for (const row of similarityTable(result.similarity)) say(`  ${row}`);
}

async function printPlaces(folder: string, options: DemoOptions, say: (line: string) => void): Promise<void> {
  const here = (path: string) => relative('.', path) || '.';
  say('');
  if (options.scenarios.includes('little-data')) {
    const adapter = join(folder, 'adapters', 'aya');
    await exportAdapter({
      workspace: workspaceOf(join(folder, 'people'), 'aya'),
      group: 'little-data-core',
      baseModel: (await resolveBaseModel(shippedModel)).folder,
      target: adapter,
      only: 'core',
    });
    say(`aya's adapter of core, folded into one plain LoRA (PEFT format): ${here(adapter)}`);
  }
  say(`everybody's personal part: ${here(join(folder, 'people'))}/<name>/workspace`);
  say(`rounds, contributions and checkpoints: ${here(join(folder, 'coordinator'))} (embedded Postgres)`);
  if (options.json !== undefined) say(`figures: ${options.json}`);
}

async function stayUp(result: DemoResult, signal: AbortSignal, say: (line: string) => void): Promise<void> {
  say('');
  say(`The coordinator stays up at ${result.coordinator.url} until Ctrl-C. In another terminal:`);
  say(`  COLORA_KEY=${result.adminKey} npx colora status ${result.coordinator.url}`);
  await stopped(signal);
}
