// What the daemon tells: lines with a few facts beside them (round, version, losses). It takes a pino
// logger or a plain callback. Nothing here ever receives tensors, texts of examples or keys.
import type { Logger } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn';
export type LogFacts = Readonly<Record<string, string | number | boolean | null>>;
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly facts: LogFacts;
}
export type LogSink = Pick<Logger, LogLevel> | ((line: LogLine) => void);

export type Log = (level: LogLevel, message: string, facts?: LogFacts) => void;

/** The same, each line with what is known by then. */
export function withFacts(log: Log, known: () => LogFacts): Log {
  return (level, message, facts = {}) => log(level, message, { ...known(), ...facts });
}

/** One way of logging for both kinds of sink; without a sink it is silent. */
export function logTo(sink: LogSink | undefined): Log {
  if (sink === undefined) return () => undefined;
  if (typeof sink === 'function') return (level, message, facts = {}) => sink({ level, message, facts });
  return (level, message, facts = {}) => sink[level](facts, message);
}
