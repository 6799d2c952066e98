// The error of everything that can go wrong while tracing, and where in the caller's code it did.
import { fileURLToPath } from 'node:url';

export class TraceError extends Error {
  override readonly name = 'TraceError';
}

const here = fileURLToPath(new URL('.', import.meta.url));
const deepEnough = 60;

/** tfjs's frames as installed, and as its source maps call them. */
const ofTfjs = /@tensorflow\/|\/tfjs-(core|backend-\w+)\/src\//;

function isForeign(line: string): boolean {
  if (ofTfjs.test(line) || line.includes('node:internal')) return false;
  return !line.includes(here) || line.includes('.test.ts');
}

/** The first stack frame outside tfjs and this package, as `file:line:column`, or 'an unknown place'. */
export function callSite(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = deepEnough;
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  Error.stackTraceLimit = limit;
  const frame = lines.find(isForeign)?.trim().replace(/^at /, '');
  return frame === undefined ? 'an unknown place' : frame.replace('file://', '');
}
