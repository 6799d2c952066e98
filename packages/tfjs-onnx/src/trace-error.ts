// The error of everything that can go wrong while tracing, and where in the caller's code it did.
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

const deepEnough = 60;

/** tfjs's frames as installed, and as its source maps call them. */
const ofTfjs = /@tensorflow\/|\/tfjs-(core|backend-\w+)\/src\//;

function isForeign(line: string, here: string): boolean {
  if (ofTfjs.test(line) || line.includes('node:internal')) return false;
  return !line.includes(here) || /\.test\.[tj]s/.test(line);
}

/** The first stack frame outside tfjs and this package, as `file:line:column`, or 'an unknown place'. */
export function callSite(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = deepEnough;
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  Error.stackTraceLimit = limit;
  const here = /[^ (]*(?=trace-error\.)/.exec(lines[0]!)![0]; // this package's folder, as frames name it
  const frame = lines
    .find((line) => isForeign(line, here))
    ?.trim()
    .replace(/^at /, '');
  return frame === undefined ? 'an unknown place' : frame.replace('file://', '');
}
