// The one door through which the command writes to its terminal: nothing that came from elsewhere passes with what would steer
// it. Escape codes of our own (bars, the rewritten line, the cursor) go by `steer`. How things are laid out is the callers'.
import { harmless, harmlessJson } from './harmless-text.ts';

type Out = Pick<NodeJS.WritableStream, 'write'>;

let elsewhere: { write(text: string): void } | null = null;

/** From now on all of it goes there: of a process that no terminal belongs to. */
export function sendElsewhere(place: { write(text: string): void }): void {
  elsewhere = place;
}

export function write(out: Out, text: string): void {
  (elsewhere ?? out).write(harmless(text));
}

export function writeJson(out: Out, json: string): void {
  (elsewhere ?? out).write(harmlessJson(json));
}

/** Only for texts that stand in this program. */
export function steer(out: Out, codes: string): void {
  if (elsewhere === null) out.write(codes);
}

/** A stream of JSON lines for pino. */
export function jsonLines(out: Out): { write(line: string): void } {
  return { write: (line) => writeJson(out, line) };
}
