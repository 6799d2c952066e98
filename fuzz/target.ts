// What is fuzzed: something that reads bytes which others may have written. How they are damaged is damage.ts's, what a fault is
// is hold-target.ts's.

export interface FuzzTarget {
  readonly name: string;
  /** What the bytes are, which says where they can be damaged but anywhere. */
  readonly form: 'bytes' | 'json' | 'safetensors';
  /** Sound ones, which `read` takes, unless they are those of others than it asks for. */
  readonly corpus: readonly Uint8Array[];
  readonly refusesSound?: boolean;
  /** Reads them to the end, or throws in words (words.ts). */
  read(bytes: Uint8Array): Promise<unknown>;
  close?(): Promise<void>;
}

/** Opens the targets of one kind; `folder` is a temporary one of their own. */
export type OpenTargets = (folder: string) => Promise<FuzzTarget[]>;

export const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const jsonBytes = (value: unknown): Uint8Array => textBytes(JSON.stringify(value));
