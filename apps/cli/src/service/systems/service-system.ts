// How a system is told to keep a program running for one of its users. Each system is a file beside this one, pure: what it is told
// follows from the facts alone. Writing the files and running the commands is ../told-system.ts's.

export interface ServiceFacts {
  /** A name as groups have: letters and digits of any script, ".", "_", "-". */
  readonly name: string;
  /** Absolute path of a program, then its arguments. Everybody on the machine sees them: no secret is in them. */
  readonly command: readonly [string, ...string[]];
  /** What it needs of the environment that it is installed from. Its user alone can read it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly user: ServiceUser;
}

/** Whose service it is. */
export interface ServiceUser {
  readonly home: string;
  /** XDG_CONFIG_HOME, if it is absolute. */
  readonly configHome: string | null;
  /** Null on Windows. */
  readonly id: number | null;
  /** On Windows with the domain: DESKTOP\ada. */
  readonly account: string;
}

export interface Step {
  readonly command: readonly [string, ...string[]];
  /** What it undoes may not be there. */
  readonly mayFail?: true;
}

export type ServiceState =
  /** `process`: its number, where the system tells it. */
  | { readonly state: 'running'; readonly process: number | null }
  /** It failed, and the system starts it again by itself. */
  | { readonly state: 'restarting'; readonly why: string }
  | { readonly state: 'failed'; readonly why: string }
  | { readonly state: 'stopped' }
  /** The system knows no such service. */
  | { readonly state: 'unknown' };

/** What a command answered. */
export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
}

export interface ServiceSystem {
  /** As its users call it. */
  readonly called: string;
  /** Does it tell exit statuses apart? Where not, a program that shall stay ended has to end with 0. */
  readonly knowsStatuses: boolean;
  /** The file that describes the service to the system: its absolute path. `folder`: the service's own. */
  file(facts: Pick<ServiceFacts, 'name' | 'user'>, folder: string): string;
  /** Throws UsageError where a path or variable can't stand in it. `version`: of the system, where it is known. */
  text(facts: ServiceFacts, version: number | null): Uint8Array;
  /** Once the file is written. The service runs then, anew where it ran already. */
  install(facts: ServiceFacts, file: string): readonly Step[];
  /** Before the file is deleted: it is ended, and waited for. */
  stop(facts: Pick<ServiceFacts, 'name' | 'user'>): readonly Step[];
  /** After that. */
  readonly forget: readonly Step[];
  restart(facts: Pick<ServiceFacts, 'name' | 'user'>): readonly Step[];
  ask(facts: Pick<ServiceFacts, 'name' | 'user'>): readonly [string, ...string[]];
  stateOf(answer: Answer): ServiceState;
}

/** The first wait before a start after a failure, and the longest, in seconds. */
export const firstWait = 30;
export const longestWait = 1800;
/** For the step under way and what comes after it, in seconds; then it is killed, which loses that step alone. */
export const patience = 300;
