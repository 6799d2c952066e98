// `colora devices`: what can run models on this machine, each tried by a small training step (doctor/device-survey.ts).
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { type Row, rowOf, tryApart } from '../doctor/device-survey.ts';
import { readInteger } from '../flags/option-values.ts';
import { print, printJson, printTable } from '../terminal/output.ts';
import { createProgressLine } from '../terminal/progress-line.ts';
import { UsageError } from '../usage-error.ts';

interface DevicesFlags {
  readonly only?: string;
  readonly threads: number;
  readonly json?: boolean;
}

export function devicesCommand(): Command {
  return new Command('devices')
    .description('What can run models on this machine: each device tried, and how to get those that fail')
    .option('--only <engine:device>', 'try this one, in this process, for instance onnx:webgpu')
    .option(
      '--threads <n>',
      'threads of the processor',
      readInteger(1, 1024),
      Math.min(availableParallelism(), 4),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ colora devices')
    .action(devices);
}

async function devices({ only, threads, json }: DevicesFlags): Promise<void> {
  const { surveyDevice, surveyTargets } = await import('@colora/training/devices/survey-device');
  if (only !== undefined) {
    const target = surveyTargets.find(({ engine, device }) => `${engine}:${device}` === only);
    if (target === undefined) {
      const known = surveyTargets.map(({ engine, device }) => `${engine}:${device}`).join(', ');
      throw new UsageError(`--only: use one of ${known}`);
    }
    return show([rowOf(target, await surveyDevice(target, threads))], json);
  }
  const progress = createProgressLine(process.stderr);
  const rows: Row[] = [];
  for (const target of surveyTargets) {
    if (process.stderr.isTTY) progress.progress(`trying ${target.engine} on ${target.device}`);
    rows.push(await tryApart(target, threads));
  }
  progress.clear();
  show(rows, json);
}

function show(rows: readonly Row[], json: boolean | undefined): void {
  if (json) {
    printJson(rows);
    return;
  }
  printTable(
    ['engine', 'device', 'works', 'ms a step', 'error'],
    rows.map(({ engine, device, works, milliseconds, error }) => [
      engine,
      device,
      works,
      milliseconds,
      error === null ? null : error.toExponential(0),
    ]),
    'Nothing was tried.',
  );
  const built = rows.filter(({ binary }) => binary === 'has').map(({ device }) => device);
  if (built.length > 0 && rows.length > 1) {
    // all were tried
    print();
    print(`onnxruntime's binary for ${process.platform} ${process.arch} has: ${built.join(', ')}`);
  }
  showFailed(rows.filter(({ works }) => !works));
}

/** Devices that fail for one reason are told of together. */
function showFailed(failed: readonly Row[]): void {
  const reasons = new Map<string, Row[]>();
  for (const row of failed) {
    const reason = `${row.engine} ${row.problem} ${row.advice}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), row]);
  }
  if (reasons.size > 0) print();
  for (const rows of reasons.values()) {
    const { engine, problem, advice } = rows[0]!;
    print(`${engine} on ${rows.map(({ device }) => device).join(', ')}: ${problem}`);
    if (advice !== null) print(`  ${advice}`);
  }
}
