// The recovery claim as a program: prints the relative error against observations per participant, together and
// alone, draws recovery.svg beside this file, and shows what the guard makes of it. The experiments themselves are experiment.ts
// and guard-experiment.ts.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { drawChart, type Series } from './chart.ts';
import { type Cell, fullPlan, type Plan, quickPlan, runPlan } from './experiment.ts';
import { estimates, guardPlan, kinds, measureGuard } from './guard-experiment.ts';

const usage = `usage: node …/examples/linear-regression/run.js [--full] [--out FILE.svg], from any folder
  --full   every cell, mean of three problems (several minutes); default: one problem, about a minute
  --out    where the chart goes; default: recovery.svg beside this program`;

function main(): void {
  const { values } = parseArgs({
    options: { full: { type: 'boolean' }, out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const plan = values.full ? fullPlan : quickPlan;
  const out = values.out ?? new URL('recovery.svg', import.meta.url);
  const { dimension: d, rank: r, noise } = plan;
  console.log(
    `y = <X, B* S_i* A*> + noise; d = ${d}, r = ${r}, noise ${noise}: each M_i has ${(2 * d - r) * r} free numbers.`,
  );
  console.log(
    `Together, a participant needs about r^2 + 2dr/k observations (shown as "need"); alone, more than ${(2 * d - r) * r}.\n`,
  );
  console.log(`${'participants'.padEnd(24)}${plan.samples.map((m) => `m=${m}`.padStart(8)).join('')}`);
  const cells = runPlan(plan, (row) => console.log(formatRow(plan, row)));
  writeFileSync(out, drawChart(chartSettings(plan), toSeries(cells)));
  console.log(`\nchart: ${out instanceof URL ? out.pathname : out}\n`);
  showGuard();
}

/** What the guard makes of the common part, for people who belong together and for strangers among them. */
function showGuard(): void {
  const { dimension, rank, related, strangers, samples } = guardPlan;
  console.log(
    `${related} related and ${strangers} strangers with spaces of their own work together, d = ${dimension}, r = ${rank}; guarded: the mean`,
  );
  console.log('of the two estimates, weighed by what each predicts of observations that it has not seen.\n');
  console.log(`${''.padEnd(28)}${samples.map((m) => `m=${m}`.padStart(8)).join('')}`);
  const cells = samples.map((m) => measureGuard(guardPlan, m));
  for (const kind of kinds)
    for (const name of [...estimates, 'weight'] as const) {
      const title = name === 'weight' ? 'weight of together' : name;
      const row = cells.map((cell) => cell[kind][name].toFixed(3).padStart(8)).join('');
      console.log(`${`${kind}, ${title}`.padEnd(28)}${row}`);
    }
}

function formatRow(plan: Plan, row: readonly Cell[]): string {
  const { dimension: d, rank: r } = plan;
  const k = row[0]!.participants;
  const name = k === 1 ? 'alone' : `k = ${k}, need ${r * r + Math.round((2 * d * r) / k)}`;
  const errors = plan.samples.map((m) => row.find((cell) => cell.samples === m)?.error.toFixed(3) ?? '-');
  return name.padEnd(24) + errors.map((error) => error.padStart(8)).join('');
}

function chartSettings({ dimension, rank, noise, samples }: Plan) {
  return {
    title: 'Together, few observations each are enough',
    subtitle: `relative error of M_i = B S_i A; d = ${dimension}, r = ${rank}, noise ${noise}`,
    xLabel: 'observations per participant',
    yLabel: 'relative error (median over participants)',
    xTicks: samples,
    yTicks: [0.01, 0.03, 0.1, 0.3, 1, 2],
  };
}

const colors = ['#9fb3c8', '#0b69a3', '#2d9d78', '#d97706'];

function toSeries(cells: readonly Cell[]): Series[] {
  const counts = [...new Set(cells.map((cell) => cell.participants))];
  return counts.map((k, i) => ({
    name: k === 1 ? 'alone' : `${k} together`,
    color: k === 1 ? '#c0392b' : colors[i % colors.length]!,
    isDashed: k === 1,
    points: cells
      .filter((cell) => cell.participants === k)
      .map((cell) => ({ x: cell.samples, y: cell.error })),
  }));
}

main();
