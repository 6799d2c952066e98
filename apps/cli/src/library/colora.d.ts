// The public interface of the package `colora`, for programs that embed a member: docs/library.md. Versions follow semver: what stands
// here changes its meaning, or goes, in a major version only (before 1.0 in a minor one); fields and kinds of progress may come in any
// minor one. It names nothing of the house, and library.test.ts holds it to what is built (library.ts).

/** An invitation's link, or the address of a coordinator and the group's name. */
export type GroupAddress = string | NamedGroup;

export interface NamedGroup {
  /** Of the coordinator, such as `https://host`. */
  readonly url: string;
  readonly group: string;
  /** An API key of an enrolled participant; default: the workspace's, else one is enrolled. */
  readonly key?: string;
  readonly invitation?: string;
}

/** As a line of a .jsonl file has it; which fields a group needs is its task's. Other fields are not looked at. */
export type Example =
  | { readonly text: string; readonly label: string }
  | { readonly tokens: readonly string[]; readonly tags: readonly string[] }
  | { readonly prompt: string; readonly completion: string }
  | { readonly messages: readonly ChatMessage[]; readonly tools?: readonly unknown[] }
  | { readonly text: string };

export interface ChatMessage {
  /** `system`, `user`, `assistant`, or what else the model's chat template knows. */
  readonly role: string;
  readonly content: string | null;
  readonly [field: string]: unknown;
}

/** Something that needs a yes of the person whose machine and data this is. */
export type Asked =
  | {
      /** What the group asks of a member and tells of her, at the first join. */
      readonly kind: 'joining';
      /** Names exactly this: the group and its settings. */
      readonly id: string;
      readonly group: string;
      /** In words, a line each. */
      readonly terms: readonly string[];
    }
  | {
      /** The group asks or tells more than was agreed to before. */
      readonly kind: 'changes';
      readonly id: string;
      readonly group: string;
      readonly changes: readonly string[];
      readonly when: 'joining' | 'running';
    }
  | {
      /** The base model that the group names is not on this machine. */
      readonly kind: 'download';
      readonly id: string;
      readonly model: string;
      readonly revision: string;
      /** Null where only the user's token shows it. */
      readonly bytes: number | null;
      readonly licence: string | null;
      readonly from: string;
      readonly into: string;
      /** The user's Hugging Face token is sent to `from`. */
      readonly sendsToken: boolean;
    };

/**
 * Who agrees: a function that shows it to a person, or the ids of what she agreed to before (an error with the code `notAgreed` has what
 * was asked). What neither agrees to is not done. What the workspace holds her signed yes to is not asked again.
 */
export type Agree = readonly string[] | ((asked: Asked) => boolean | Promise<boolean>);

export interface EngineOptions {
  /** Default `auto`. */
  readonly engine?: 'auto' | 'onnx' | 'tfjs';
  /** Default `auto`. */
  readonly device?: 'auto' | 'cpu' | 'webgpu' | 'cuda' | 'directml' | 'coreml';
  /** Of a step; default: the cores, at most 4. */
  readonly threads?: number;
  /** What the base model's linear layers are kept in; default `32bit`, as the model stores them. */
  readonly basePrecision?: '32bit' | '16bit' | '8bit' | '4bit';
}

/** What this member allows, whatever the group asks: see `colora join --help`. */
export interface Limits {
  readonly maxMinutesPerRound?: number;
  readonly maxSteps?: number;
  readonly maxBytesPerDay?: number;
  readonly minNoise?: number;
  readonly maxEpsilon?: number;
  readonly requireClip?: number | true;
  readonly requireSecureAggregation?: boolean;
  /** A public key: 64 hexadecimal digits. */
  readonly requireVouched?: string;
}

/** What training may take of the machine. */
export interface MachineUse {
  /** Hours of the local day, such as `09:00-18:00`, in which nothing is trained. */
  readonly pauseBetween?: readonly string[];
  readonly onBattery?: 'train' | 'wait';
  /** Train only when nobody has touched the machine for so many minutes. */
  readonly idleMinutes?: number;
  /** Of the time that it works, above 0 and up to 1; it rests between steps. */
  readonly share?: number;
  /** Of the training threads; default `below-normal`. */
  readonly priority?: 'normal' | 'below-normal' | 'low';
  /** Bytes a second. */
  readonly maxUpload?: number;
  readonly maxDownload?: number;
  /** Bytes that a training step may need in all. */
  readonly maxMemory?: number;
  readonly recompute?: boolean;
  readonly fitMemory?: boolean;
}

export interface JoinOptions extends EngineOptions {
  /** A file or folder as `colora join --data` takes it, or the examples. They stay in this process and the workspace. */
  readonly data: string | readonly Example[];
  /** Evaluated and never trained on. */
  readonly heldOut?: string | readonly Example[];
  /** Without `heldOut`: this share of the data. */
  readonly holdOut?: number;
  /** Folder for keys, personal tensors and resume marks; made where it isn't there. One program uses a group in it at a time. */
  readonly workspace: string;
  readonly agree: Agree;
  /** To enrol under. */
  readonly name?: string;
  /** A folder, a .gguf file or a Hub id; default: what the workspace was given before, else what the group names. */
  readonly baseModel?: string;
  readonly limits?: Limits;
  readonly machine?: MachineUse;
  /** When it ends by itself; default `completed`. */
  readonly until?: 'completed' | 'forever' | 'joined';
  /** Who comes when the group is completed: train only the personal part, so many steps. */
  readonly personaliseSteps?: number;
  /** When held-out examples are evaluated; default `each-round`. */
  readonly evaluate?: 'each-round' | 'end';
  /** False: train nothing alone beside the rounds and come to no verdict. */
  readonly guard?: boolean;
  /** False: tell the group neither figures of the verdict nor how long a step takes here and with what. */
  readonly figures?: boolean;
  /** False: where it ends with an error, tell those who run the group no code of it. */
  readonly reports?: boolean;
  /** The public key that the coordinator signs receipts with, where whoever runs it told it. */
  readonly coordinatorKey?: string;
  /** Keys may go over http:// to another machine. */
  readonly insecure?: boolean;
  /** The workspace was exported, or used in another place meanwhile, and goes on here: else that ends it with the code `workspace`. */
  readonly useHere?: boolean;
  /** To train the same again; whoever knows it can find out which examples they were. */
  readonly seed?: number;
  /** Ends it as `stop` does. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** What the command would print on the way: no text of an example, no key. */
  readonly onNote?: (note: Note) => void;
}

export interface Note {
  readonly level: 'debug' | 'info' | 'warn';
  readonly message: string;
}

export type Progress =
  | { readonly kind: 'downloading'; readonly what: string; readonly done: number; readonly total: number }
  | {
      readonly kind: 'joined';
      readonly participant: string;
      readonly examples: number;
      /** Examples that are longer than the model reads. */
      readonly truncated: number;
      /** Rounds so far, of so many. */
      readonly round: number;
      readonly of: number;
    }
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'training'; readonly round: number; readonly of: number }
  | {
      /** A step is done. */
      readonly kind: 'step';
      readonly what: string;
      readonly round: number | null;
      readonly step: number;
      readonly steps: number;
      readonly secondsLeft: number | null;
      readonly stepSecondsLeft: number | null;
    }
  | {
      /** Each second while something lasts. */
      readonly kind: 'working';
      readonly what: string;
      readonly round: number | null;
      readonly step: number | null;
      readonly steps: number | null;
      readonly seconds: number;
      readonly secondsLeft: number | null;
      readonly stepSecondsLeft: number | null;
    }
  | {
      readonly kind: 'contributed';
      readonly round: number;
      readonly of: number;
      readonly bytes: number;
      readonly personalLoss: number | null;
      readonly sharedLoss: number | null;
    }
  | {
      /** On the held-out examples. */
      readonly kind: 'evaluated';
      readonly round: number;
      readonly accuracy: number;
      readonly loss?: number;
      readonly exactMatch?: number;
      readonly spanF1?: number;
    }
  | { readonly kind: 'completed'; readonly rounds: number };

/** A member at work. */
export interface Joined {
  /** How it ended. Rejects with ColoraError. */
  readonly outcome: Promise<Outcome>;
  /** Ends it after the step under way; what is unfinished is done again by the next start. */
  stop(): Promise<Outcome>;
  /** Ends it and the membership. What was contributed stays in checkpoints, the workspace stays, and joining comes again. */
  leave(): Promise<void>;
}

export interface Outcome {
  /** The group's, or `stopped` where it was ended before. */
  readonly state: 'draft' | 'ready' | 'running' | 'paused' | 'completed' | 'stopped';
  /** The name that it takes part under; null where it was stopped before it had joined. */
  readonly participant: string | null;
  /** Contributions acknowledged in this run. */
  readonly rounds: number;
  /** Trained on. */
  readonly examples: number;
  /** On the held-out examples, where there are any, with the last checkpoint evaluated. */
  readonly accuracy?: number;
  readonly loss?: number;
  readonly exactMatch?: number;
  readonly spanF1?: number;
  /** Null before the group is completed, and where its members are not guarded. */
  readonly verdict: Verdict | null;
}

/** Whether training together helped this member, by her own examples. */
export interface Verdict {
  /** Of the checkpoint that was judged. */
  readonly checkpoint: number;
  /** In words. */
  readonly text: string;
  /** Null where nothing can be told; `text` says why. */
  readonly opinion: 'helped' | 'no-gain-seen' | 'too-early' | null;
  /** Probability, 0 to 1, that it helped. */
  readonly helped: number | null;
  /** How predictions are mixed of what was trained alone and together; they add up to 1. */
  readonly weights: { readonly alone: number; readonly core: number } | null;
}

/** Runs a member until the group is completed, it is stopped, or something is wrong. Returns at once. */
export function joinGroup(where: GroupAddress, options: JoinOptions): Joined;

export interface PersonalOptions extends EngineOptions {
  readonly workspace: string;
  readonly group: string;
  /** A folder, a .gguf file or a Hub id; default: what the workspace was given, else what the group names. */
  readonly baseModel?: string;
  /** Of a download of the base model; default: nobody does. */
  readonly agree?: Agree;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Extract<Progress, { readonly kind: 'downloading' }>) => void;
  readonly onNote?: (note: Note) => void;
}

/**
 * What a workspace has learnt in a group, without the coordinator; a member may be at work in it meanwhile, and what she learns is answered with from
 * the next request on. Rejects with ColoraError.
 */
export function loadPersonal(options: PersonalOptions): Promise<PersonalModel>;

export interface PersonalModel {
  readonly group: string;
  readonly kind: 'classification' | 'token-classification' | 'causal-lm';
  /** Version of the checkpoint that is answered with. */
  readonly checkpoint: number;
  /** Labels texts, an answer each; of a group with labels. Waits for what was asked before. */
  predict(texts: readonly string[], options?: PredictOptions): Promise<readonly Prediction[]>;
  /** Goes on from a text or a chat; of a language model. `onText` gets it while it is written. Waits for what was asked before. */
  generate(
    prompt: string | readonly ChatMessage[],
    options?: GenerateOptions,
    onText?: (text: string) => void,
  ): Promise<Generation>;
  /** Ends what is under way with an error, and frees the model. */
  close(): Promise<void>;
}

/** personal: shared and personal part; shared: what all members have. */
export type Part = 'personal' | 'shared';

export interface PredictOptions {
  /** Default `personal`. */
  readonly part?: Part;
  /** Gives it up before its turn. */
  readonly signal?: AbortSignal;
}

export interface GenerateOptions {
  /** Default `personal`; base: the base model as it is. */
  readonly part?: Part | 'base';
  /** Default 256. */
  readonly maxTokens?: number;
  /** 0 takes the likeliest token (the default), 1 draws by probability. */
  readonly temperature?: number;
  /** Draw from the likeliest tokens that make up this probability; default 1. */
  readonly topP?: number;
  /** Of the draws; default 0. */
  readonly seed?: number;
  /** Texts before which it ends. */
  readonly stop?: readonly string[];
  /** Ends it after the token under way; its text so far is the result. */
  readonly signal?: AbortSignal;
}

export type Prediction =
  | { readonly label: string; readonly probabilities: Readonly<Record<string, number>> }
  | { readonly words: readonly { readonly word: string; readonly tag: string | null }[] };

export interface Generation {
  readonly text: string;
  readonly tokens: number;
  readonly promptTokens: number;
  /** end: the model ended; stop: a stop text came; length: `maxTokens`; context: the model reads no more; interrupted: the signal. */
  readonly finish: 'end' | 'stop' | 'length' | 'context' | 'interrupted';
  /** Until the first token, and from then on. */
  readonly promptSeconds: number;
  readonly seconds: number;
}

/** Why something was not done, as the exit statuses of the command name it. */
export type ColoraErrorCode =
  | 'failed'
  | 'usage'
  | 'badData'
  | 'badModel'
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'notFound'
  | 'refused'
  | 'workspace'
  | 'diverged'
  | 'contributionRefused'
  | 'files'
  | 'excessive'
  | 'notAgreed'
  | 'noMemory'
  | 'interrupted';

/** The only error that is thrown. The message says what is wrong and how to mend it, with the command's flags for options. */
export class ColoraError extends Error {
  constructor(code: ColoraErrorCode, message: string, options?: ColoraErrorOptions);
  override readonly name: 'ColoraError';
  readonly code: ColoraErrorCode;
  /** Of `notAgreed`: what was not agreed to; else null. */
  readonly asked: Asked | null;
}

export interface ColoraErrorOptions extends ErrorOptions {
  readonly asked?: Asked | null;
}
