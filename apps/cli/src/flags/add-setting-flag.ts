// One settings flag of `groups create`, as a row of its table. The rows are in settings-flags.ts and, for rounds,
// in rounds-flags.ts.

/** Section and field of the settings, with a field of that field where it is an object. */
export type Path = readonly [section: string, field: string, part?: string];

export interface SettingsFlag {
  readonly flag: string;
  readonly path: Path;
  readonly about: string;
  readonly read?: (value: string) => unknown;
  readonly choices?: readonly string[];
}
