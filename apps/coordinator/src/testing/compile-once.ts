// For tests: WebAssembly as it is compiled first, without V8's second, optimising compiler. A test is over before that pays: of
// PGlite's it took half of the processor time, of Prisma's a second a process. The results are the same. No tests here.
import { setFlagsFromString } from 'node:v8';

/** What says so to a process that is started. */
export const onceFlag = '--liftoff-only';

/** In this process, from now on. */
export function compileOnce(): void {
  setFlagsFromString(onceFlag);
}
