// The property that fuzzing holds: whatever the bytes, a reader ends soon and in bounded memory, well or in words.
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { damaged } from './damage.ts';
import type { FuzzTarget } from './target.ts';
import { faultOf } from './words.ts';

/** Of one input of some kilobytes; sound ones take milliseconds. */
const mostCpuSeconds = 10;
const mostSeconds = 60;
/** That the process may grow by, over all inputs of a target. */
const mostMegabytes = 512;

export interface HoldOptions {
  readonly seed: number;
  /** Ends with whichever is first. */
  readonly inputs: number;
  readonly seconds: number;
}

/** Returns how many inputs were tried. Throws with the fault, the input in base64 and the seed. */
export async function holdTarget(target: FuzzTarget, options: HoldOptions): Promise<number> {
  const { seed, inputs, seconds } = options;
  if (!target.refusesSound)
    for (const [i, bytes] of target.corpus.entries())
      await target.read(bytes).catch((cause) => {
        throw new Error(`${target.name}: sound input ${i} is refused: ${cause}`, { cause });
      });
  const megabytes = () => process.resourceUsage().maxRSS / 1024;
  const before = megabytes();
  let tried = 0;
  const check = async (bytes: Uint8Array) => {
    tried += 1;
    const fault = await faultOfReading(target, bytes);
    if (fault !== null) throw new Error(`${fault}\nread from ${told(bytes)}`);
    const grown = megabytes() - before;
    if (grown > mostMegabytes) throw new Error(`${grown.toFixed(0)} MB more\nread from ${told(bytes)}`);
  };
  const run = await fc.check(fc.asyncProperty(damaged(target), check), {
    seed,
    numRuns: inputs,
    interruptAfterTimeLimit: seconds * 1000,
    endOnFailure: true,
  });
  const { errorInstance: fault } = run; // null too where time was over before the first input was done
  if (fault !== null)
    throw new Error(`${target.name}, seed ${seed}: ${fault instanceof Error ? fault.message : fault}`);
  return tried;
}

async function faultOfReading(target: FuzzTarget, bytes: Uint8Array): Promise<string | null> {
  const began = process.cpuUsage();
  const late = new AbortController();
  try {
    const ended = await Promise.race([
      target.read(bytes).then(() => true),
      delay(mostSeconds * 1000, false, { signal: late.signal }),
    ]);
    if (!ended) return `not done after ${mostSeconds} s`;
  } catch (error) {
    const fault = faultOf(error);
    if (fault !== null) return fault;
  } finally {
    late.abort();
  }
  const { user, system } = process.cpuUsage(began);
  return user + system > mostCpuSeconds * 1e6 ? `took ${(user + system) / 1e6} s of processor time` : null;
}

const told = (bytes: Uint8Array) =>
  `${bytes.length} bytes: ${Buffer.from(bytes.subarray(0, 6_000)).toString('base64')}`;
