// `npm run bench:verdicts -- FILES`: figures that `colora compare --json` wrote of many draws, as tables: what people gain (of
// language models in nats a token too), and how true the verdicts are that they were told. A file's scenario is the name of its folder.
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type Figures, score } from '@colora/cli/experiment/figures';
import { alignColumns, figuresTable, formatDifference, lossUnit } from '@colora/cli/experiment/table';
import { type Calibration, calibrate } from './calibration.ts';
import { scenarios } from './scenarios.ts';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.log(
    'usage: npm run bench:verdicts -- SCENARIO/FIGURES.json …   (of colora compare --methods alone,global,core,guarded --json)',
  );
} else {
  const runs = files.map(async (file) => ({
    ...scenarioOf(basename(dirname(resolve(file)))),
    figures: JSON.parse(await readFile(file, 'utf8')) as Figures,
  }));
  const read = await Promise.all(runs);
  const rows = calibrate(read);
  for (const line of [...gainsTable(rows), '', ...lossTables(read), ...verdictsTable(rows)])
    console.log(line);
  console.log(
    '\nPoints of accuracy, paired by person, ± standard error over people and draws; worse: more than 2 points below alone.',
  );
  console.log(
    'Parted: of pairs of people whose labels mean the same, those in two clusters; merged: of the other pairs, those in one.',
  );
  console.log(
    'Told and true: of those told that it helped, who have more right by core than by alone; wrong: of those told, the other way round.',
  );
}

function scenarioOf(scenario: string) {
  const row = scenarios[scenario];
  return { scenario, ...(row === undefined ? {} : { kin: row.kin }) };
}

function gainsTable(rows: readonly Calibration[]): string[] {
  const pairs = [...new Set(rows.flatMap(({ gains }) => Object.keys(gains)))];
  return alignColumns([
    ['scenario', 'people', ...pairs, 'worse by core, %', 'by guarded, %'],
    ...rows.map(({ scenario, people, gains, worse }) => [
      scenario,
      String(people),
      ...pairs.map((pair) => (gains[pair] === undefined ? '-' : formatDifference(gains[pair]))),
      ...[worse.core, worse.guarded].map(
        ({ mean, standardError }) => `${percent(mean)} ± ${percent(standardError)}`,
      ),
    ]),
  ]);
}

interface Read {
  readonly scenario: string;
  readonly figures: Figures;
}

/** A table a scenario of a language model. */
function lossTables(runs: readonly Read[]): string[] {
  const withLosses = runs.filter(({ figures }) => figures.losses !== undefined);
  return [...new Set(withLosses.map(({ scenario }) => scenario))].flatMap((name) => {
    const some = withLosses.filter(({ scenario }) => scenario === name);
    const users = some.flatMap(({ figures }) =>
      figures.losses!.users.map((user) => ({ ...user, group: name })),
    );
    return [name, ...figuresTable(score(users), lossUnit), ''];
  });
}

function verdictsTable(rows: readonly Calibration[]): string[] {
  return alignColumns([
    [
      'scenario',
      'people',
      'told helped',
      'and true, %',
      'told no gain',
      'too early',
      'wrong of told, %',
      'alike parted, %',
      'strangers merged, %',
    ],
    ...rows.map(({ scenario, people, told, trulyHelped, wrong, parted, merged }) => [
      ...[scenario, String(people), String(told.helped), percent(trulyHelped)],
      ...[String(told.noGainSeen), String(told.tooEarly), percent(wrong), percent(parted), percent(merged)],
    ]),
  ]);
}

function percent(share: number | null): string {
  return share === null ? '-' : (100 * share).toFixed(1);
}
