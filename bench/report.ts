// What all benchmarks share: interleaved timing, peak memory, the table on the terminal and the JSON of `--json FILE`.
// Not here: any benchmark. Results: {"machine", "results": [{case, implementation, median, unit, peakMemoryMB}]};
// a peer that isn't installed has `skipped`, the reason, in place of figures.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

/** Times shrink and rates grow as things get better. */
type Unit =
  | 'ms'
  | 's'
  | 'CPU s'
  | 'us'
  | 'GB/s'
  | 'MB/s'
  | 'rounds/s'
  | 'requests/s'
  | 'tokens/s'
  | 'examples/s'
  | 'B/s'
  | 'KB'
  | 'MB'
  | 'share'
  | 'times';

export interface Measured {
  readonly case: string;
  readonly implementation: string;
  readonly median: number;
  readonly unit: Unit;
  /** Highest resident memory of the process that ran it; null where it can't be known. */
  readonly peakMemoryMB: number | null;
  /** What else is worth a column, named with its unit. */
  readonly figures?: Readonly<Record<string, number | null>>;
}

export interface Skipped {
  readonly case: string;
  readonly implementation: string;
  readonly skipped: string;
}

export type Result = Measured | Skipped;

export interface Implementation {
  readonly name: string;
  readonly run: () => unknown;
}

interface MeasureOptions {
  readonly case: string;
  readonly unit: Unit;
  /** Turns the seconds of one run into the unit. */
  readonly figure: (seconds: number) => number;
  readonly repeats?: number;
}

/**
 * Runs the implementations in turns (so that a busy machine disturbs all alike): once to warm up, then `repeats` times
 * for the median. Memory is taken from a process of its own for each (this script again, with --peak-of), since what
 * one implementation leaves behind would count for the next; it includes Node and the benchmark's data.
 */
export async function measure(
  implementations: readonly Implementation[],
  options: MeasureOptions,
): Promise<Measured[]> {
  if (peakOf !== undefined) return await reportPeak(implementations, options.case, peakOf);
  const seconds = new Map<string, number[]>(implementations.map(({ name }) => [name, []]));
  for (const { run } of implementations) await run();
  for (let i = 0; i < (options.repeats ?? 9); i += 1) {
    for (const { name, run } of implementations) {
      const begin = performance.now();
      await run();
      seconds.get(name)!.push((performance.now() - begin) / 1000);
    }
  }
  return implementations.map(({ name }) => ({
    case: options.case,
    implementation: name,
    median: rounded(options.figure(median(seconds.get(name)!))),
    unit: options.unit,
    peakMemoryMB: peakMemory(options.case, name),
  }));
}

const { values: flags } = parseArgs({
  options: { json: { type: 'string' }, 'peak-of': { type: 'string' } },
  strict: false,
});
const peakOf = typeof flags['peak-of'] === 'string' ? flags['peak-of'] : undefined;
const peakMark = 'peak of this process in MB: ';

/** In the child: runs the one that is asked for and ends; other cases come out empty at once. */
async function reportPeak(
  implementations: readonly Implementation[],
  caseName: string,
  wanted: string,
): Promise<Measured[]> {
  const found = implementations.find(({ name }) => `${caseName}/${name}` === wanted);
  if (found === undefined) return [];
  await found.run();
  console.log(`${peakMark}${Math.round(peakKilobytes() / 1024)}`);
  process.exit(0);
}

/** This process's highest resident memory. Not maxRSS on Linux: that one is inherited from the parent at exec (getrusage(2)). */
export function peakKilobytes(): number {
  if (platform() !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
}

/** The highest resident memory of a fresh process that runs this one implementation once; null if it fails. */
function peakMemory(caseName: string, implementation: string): number | null {
  const script = process.argv[1]!;
  const child = spawnSync(
    process.execPath,
    [...process.execArgv, script, `--peak-of=${caseName}/${implementation}`],
    { encoding: 'utf8' },
  );
  const line = child.stdout.split('\n').find((text) => text.startsWith(peakMark));
  return line === undefined ? null : Number(line.slice(peakMark.length));
}

/** The median; the mean of the middle two for an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Prints the table with ratios against the implementation named `reference` (if any), and writes `--json FILE` if asked to. */
export function report(results: readonly Result[], reference?: string): void {
  if (peakOf !== undefined) throw new Error(`no case and implementation ${peakOf}`);
  console.log(`${machine()}\n`);
  printTable(results, reference);
  if (typeof flags.json !== 'string') return;
  mkdirSync(dirname(flags.json), { recursive: true });
  writeFileSync(flags.json, `${JSON.stringify({ machine: machine(), results }, null, 2)}\n`);
  console.log(`\nwritten to ${flags.json}`);
}

/** The machine in words: processor, threads this process may use, system, Node. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  return `${model}, ${availableParallelism()} threads, ${platform()} ${arch()}, Node ${process.versions.node}`;
}

function printTable(results: readonly Result[], reference: string | undefined): void {
  const more = [
    ...new Set(results.flatMap((one) => ('figures' in one ? Object.keys(one.figures ?? {}) : []))),
  ];
  const ratioHead = reference === undefined ? '' : `x ${reference}`;
  const head = ['case', 'implementation', 'median', 'unit', ratioHead, 'peak MB', ...more];
  const rows = results.map((result) => {
    const blank = more.map(() => '');
    if ('skipped' in result) {
      return [result.case, result.implementation, 'skipped', result.skipped, '', '', ...blank];
    }
    const { median: figure, unit, peakMemoryMB, figures = {} } = result;
    const ratio = reference === undefined ? '' : speedRatio(result, results, reference);
    const others = more.map((name) => (figures[name] == null ? '-' : `${rounded(figures[name])}`));
    return [
      result.case,
      result.implementation,
      `${figure}`,
      unit,
      ratio,
      `${peakMemoryMB ?? '-'}`,
      ...others,
    ];
  });
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  for (const row of [head, ...rows]) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
  }
}

/** How many times as fast as the reference on the same case, whether the unit is a time or a rate. */
function speedRatio(result: Measured, results: readonly Result[], reference: string): string {
  const base = results.find((other) => other.case === result.case && other.implementation === reference);
  if (base === undefined || 'skipped' in base) return '-';
  const ratio = result.unit.endsWith('/s') ? result.median / base.median : base.median / result.median;
  return ratio.toFixed(2);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
