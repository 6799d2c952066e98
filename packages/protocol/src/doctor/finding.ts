// What `colora doctor` found of one thing: that it is right, or what to do about it. Made by coordinator and client, shown by the
// command.

export interface Finding {
  /** In a word or two: disk, clock, key. */
  readonly what: string;
  /** `fault`: it doesn't work so; `warning`: it works, and won't always, or not for everybody. */
  readonly state: 'ok' | 'warning' | 'fault';
  readonly says: string;
  /** What to do, where `says` doesn't say it and something is to be done. */
  readonly mend?: string;
}

export const ok = (what: string, says: string): Finding => ({ what, state: 'ok', says });
export const warning = (what: string, says: string, mend: string): Finding => ({
  ...{ what, state: 'warning', says, mend },
});
export const fault = (what: string, says: string, mend: string): Finding => ({
  ...{ what, state: 'fault', says, mend },
});

/** Of an error, whose words say what to do. */
export function faultOf(what: string, error: unknown): Finding {
  return { what, state: 'fault', says: error instanceof Error ? error.message : String(error) };
}

/** The version of Node that this process runs on. `least`: as package.json's engines has it. */
export function nodeFinding(least: readonly [major: number, minor: number]): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const says = `Node ${process.versions.node}`;
  if (major > least[0] || (major === least[0] && minor >= least[1])) return ok('node', says);
  return fault('node', says, `install Node ${least.join('.')} or newer`);
}
