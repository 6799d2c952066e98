// A service's log as lines for people: time, level, message, then what goes with it. Programs read the JSON it is made
// from; what is logged is not known here.
import { harmlessLine } from './harmless-text.ts';
import { localTime } from './output.ts';

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'ERROR',
  60: 'FATAL',
};

/** Said of the process, not of what happened. */
const unsaid = new Set(['time', 'level', 'msg', 'pid', 'hostname', 'name']);

/** A stream for pino: each JSON line becomes one line of `write`, an error's stack further ones. */
export function logLines(write: (line: string) => void): { write(line: string): void } {
  return { write: (line) => write(logLine(line)) };
}

function logLine(json: string): string {
  const entry = JSON.parse(json) as Record<string, unknown>;
  const time = localTime(new Date(Number(entry.time)).toISOString());
  const level = (levels[Number(entry.level)] ?? String(entry.level)).padEnd(5);
  const { err, ...rest } = entry;
  const figures = Object.entries(rest)
    .filter(([name]) => !unsaid.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const line = harmlessLine(
    [time, level, entry.msg, ...figures].filter((part) => part !== undefined).join(' '),
  );
  const stack = (err as { stack?: string } | undefined)?.stack;
  return stack === undefined ? line : `${line}\n${stack}`;
}
