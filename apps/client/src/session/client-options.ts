// What runs a daemon and what comes of it: the public shapes of this app. No behaviour here.

import type { GroupState, TaskGroup } from '@colora/protocol/entities';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { ErrorReport } from '@colora/protocol/why/error-report';
import type { Tracing } from '@colora/tracing/tracing';
import type { DataSource } from '@colora/training/data/data';
import type { DeviceName } from '@colora/training/engines/device-names';
import type { EngineName } from '@colora/training/engines/engine-settings';
import type { PersonalTensors } from '@colora/training/programs/personal-tensors';
import type { Example } from '@colora/training/tasks/tasks';
import type { Trainer } from '@colora/training/trainer';
import type { LogSink } from '../client-log.ts';
import type { AcceptChanges, AcceptTerms } from '../consent/agree.ts';
import type { OwnLimits } from '../consent/own-limits.ts';
import type { Guest } from '../guest/guest-settings.ts';
import type { Backoff } from '../line/backoff.ts';
import type { LineSettings } from '../proxy/ways.ts';
import type { WorkProgress } from '../work/watch-work.ts';
import type { GuardReport } from '../workspace/guard-store.ts';

export interface FoundBaseModel {
  readonly folder: string;
  /** Absolute path of the file or folder it came from, to be remembered; left out for what can be found by its name. */
  readonly source?: string;
}

/**
 * Finds what the group names; whether it is the same model is checked afterwards. `remembered`: the place that this
 * workspace was given it in before. `signal` ends the search.
 */
export type FindBaseModel = (
  wanted: TaskSettings['baseModel'],
  remembered: string | undefined,
  signal: AbortSignal,
) => Promise<FoundBaseModel>;

/** Asked once joining the group is agreed to. */
export type FindData = (group: TaskGroup) => Promise<string>;

/** completed: end when the group is completed. forever: stay until the signal. joined: end once it is a member. */
export const untils = ['completed', 'forever', 'joined'] as const;
export type Until = (typeof untils)[number];

/** When held-out examples are evaluated: after each committed round, or only at the end. */
export const evaluationTimes = ['each-round', 'end'] as const;
export type EvaluationTime = (typeof evaluationTimes)[number];

export interface ClientOptions {
  /** Address of the coordinator. */
  readonly url: string;
  readonly group: string;
  /** Folder of the base model, or who finds the group's own: asked when the group is known. */
  readonly baseModel: string | FindBaseModel;
  /** The private examples: a file, a folder (`-`: standard input) or rows as `readExamples` takes them, or who says which; or examples that were read. */
  readonly dataPath?: DataSource | FindData;
  readonly examples?: readonly Example[];
  /** Examples for evaluation, never trained on. */
  readonly heldOutPath?: DataSource;
  readonly heldOut?: readonly Example[];
  /** Without held-out examples: hold out this share (0 to 1) of dataPath's examples. */
  readonly holdOut?: number;
  /** Folder for the key, personal tensors and resume marks. */
  readonly workspace: string;
  readonly key?: string;
  /** `key` may take the place of another participant's in the workspace, which is then gone. */
  readonly replaceKey?: boolean;
  /** The public key (hex) of the coordinator, as whoever runs it says: else the one that the workspace first met. */
  readonly coordinatorKey?: string;
  /** Name to enrol under when there is no key yet. */
  readonly name?: string;
  readonly invitation?: string;
  /** A trainer shared with other daemons of this process (not closed here), or who starts it: asked when data and base model have been found. Else one is started. */
  readonly trainer?: Trainer | (() => Promise<Trainer>);
  readonly engine?: EngineName;
  readonly device?: DeviceName;
  readonly threads?: number;
  /** Listen to hints (default true); false polls only. */
  readonly socket?: boolean;
  /** A key may be sent to another machine over http://, where it can be read on the way. */
  readonly insecure?: boolean;
  /** Default: no proxy, whatever the environment says, and no certificate. */
  readonly line?: LineSettings;
  /** Default: nothing is traced. Opened and closed by whoever gives it. */
  readonly tracing?: Tracing;
  readonly signal: AbortSignal;
  readonly log?: LogSink;
  readonly onProgress?: (progress: ClientProgress) => void;
  /** Default completed. */
  readonly until?: Until;
  /** Who comes when the group is completed trains only the personal part, so many steps, on the final checkpoint. */
  readonly personaliseSteps?: number;
  /** Default each-round. */
  readonly evaluate?: EvaluationTime;
  /** Default true: where the group's kind allows it, train alone too, in idle moments, and judge whether the group helped. */
  readonly guard?: boolean;
  /**
   * Default true: of a verdict, three figures are told to the group (guard/own-figures.ts; with secure aggregation under the mask), how long a step takes here, and what it
   * is taken with (told-at-joining.ts).
   */
  readonly figures?: boolean;
  /** Of an error that ends the daemon, what those who run the group are told, or null; default: nothing (session/tell-ending.ts). */
  readonly reportOf?: (error: unknown) => Omit<ErrorReport, 'round'> | null;
  /** Trained alone on these very examples already, elsewhere: nothing is trained alone again. */
  readonly alone?: PersonalTensors;
  /**
   * Seeds batches, personal starts and rounding, for runs that can be run again: whoever knows it can train the same and see by
   * the result which examples they were. `of-group`: made from the group's seed and the participant. Default: the workspace's secret.
   */
  readonly seed?: number | 'of-group';
  /** Keep what leaves beside its list in the workspace, so many bytes of it; default: only the list. */
  readonly keepBodies?: number | undefined;
  readonly backoff?: Backoff;
  /** Seconds without progress after which an up- or download is tried again; default 120. */
  readonly patienceSeconds?: number;
  /** Caps and pauses, shared by the daemons of one machine. */
  readonly guest?: Guest;
  /** The workspace was exported or is used elsewhere too, and goes on here all the same. */
  readonly useHere?: boolean;
  /** What this member allows, whatever the group asks. */
  readonly limits?: OwnLimits;
  /** Asked at the first join, with what the group asks; default: joining is the yes. */
  readonly acceptTerms?: AcceptTerms;
  /** Asked at join, where the group costs or tells more than was agreed to; default: that is refused. */
  readonly acceptChanges?: AcceptChanges;
}

export interface ClientOutcome {
  /** Null when the daemon was stopped before it had joined. */
  readonly participant: string | null;
  /** Contributions acknowledged in this run. */
  readonly rounds: number;
  /** On the held-out examples, with the last checkpoint evaluated. */
  readonly accuracy?: number;
  readonly loss?: number;
  /** Of a language model: share of held-out completions that it would write exactly. */
  readonly exactMatch?: number;
  readonly spanF1?: number;
  /** Examples trained on. */
  readonly examples: number;
  /** What one's own examples said, where the group's members are guarded and it is completed. */
  readonly guard: GuardReport | null;
  /** The group's state at the end, or stopped: the signal came first. */
  readonly state: GroupState | 'stopped';
}

export type ClientProgress =
  | {
      readonly kind: 'joined';
      readonly participant: string;
      readonly examples: number;
      readonly truncated: number;
      /** Rounds committed so far. */
      readonly round: number;
      readonly of: number;
    }
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'training'; readonly round: number; readonly of: number }
  | WorkProgress
  | {
      readonly kind: 'contributed';
      readonly round: number;
      readonly of: number;
      readonly bytes: number;
      readonly personalLoss: number | null;
      readonly sharedLoss: number | null;
    }
  | {
      readonly kind: 'evaluated';
      readonly round: number;
      readonly accuracy: number;
      readonly loss?: number;
      readonly exactMatch?: number;
      readonly spanF1?: number;
    }
  | { readonly kind: 'completed'; readonly rounds: number };
