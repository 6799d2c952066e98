// What the kernel says of a process and its children (Linux's /proc): processor seconds and resident memory. Null
// where it can't be known.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Seconds of processor time of these processes, their ended and reaped children included. */
export function cpuSeconds(pids: readonly number[]): number | null {
  return sum(
    pids.map((pid) => {
      const stat = read(`/proc/${pid}/stat`);
      if (stat === null) return pids.length > 1 ? 0 : null;
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      return (fields[11]! + fields[12]! + fields[13]! + fields[14]!) / ticksPerSecond;
    }),
  );
}

/** From here on the peak counts anew. */
export function resetPeakMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // not ours or not Linux: the peak then counts from the process's start
  }
}

/** Highest resident memory in MiB (VmHWM). */
export function peakMemoryMB(pid: number): number | null {
  return statusMB(pid, 'VmHWM');
}

export function residentMB(pid: number): number | null {
  return statusMB(pid, 'VmRSS');
}

const sampleMs = 100;

/**
 * The highest memory of a process and all below it, sampled, in MiB: their resident sets, or for Postgres anonymous memory plus
 * shared memory once, since the shared buffers stand in every backend's resident set.
 */
export function sampleTree(root: number, kind: 'VmRSS' | 'postgres'): { stop: () => number } {
  let peak = 0;
  const sample = () => {
    const pids = processTree(root);
    const of = (field: string) => pids.map((pid) => statusMB(pid, field) ?? 0);
    const add = (values: number[]) => values.reduce((total, value) => total + value, 0);
    const now = kind === 'VmRSS' ? add(of('VmRSS')) : add(of('RssAnon')) + Math.max(0, ...of('RssShmem'));
    peak = Math.max(peak, now);
  };
  const timer = setInterval(sample, sampleMs);
  sample();
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

/** A process and all below it. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    if (stat === null) continue;
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

function statusMB(pid: number, field: string): number | null {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`) ?? '');
  return match === null ? null : Number(match[1]) / 1024;
}

function sum(values: readonly (number | null)[]): number | null {
  return values.includes(null) ? null : values.reduce<number>((total, value) => total + value!, 0);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
