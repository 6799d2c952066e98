// `npm run fuzz -- [--minutes N] [--seed S] [--only KIND]`: the fuzz of fuzz.test.ts for as long as told, from seeds of its own.
// Exit code 1 on a fault, 2 on a command line that can't be meant.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type TargetKind, targetKinds, withTargets } from './all-targets.ts';
import { holdTarget } from './hold-target.ts';

const kinds = Object.keys(targetKinds) as TargetKind[];

/** Throws where the command line can't be meant. */
function readOptions() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { minutes: text, seed: text, only: text } });
  const minutes = Number(values.minutes ?? 10);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6));
  if (!(minutes > 0 && minutes <= 24 * 60)) throw new Error('--minutes wants a number up to 1440');
  if (!Number.isInteger(seed)) throw new Error('--seed wants a whole number');
  const chosen = values.only === undefined ? kinds : kinds.filter((kind) => kind === values.only);
  if (chosen.length === 0) throw new Error(`--only wants one of ${kinds.join(', ')}`);
  return { minutes, seed, chosen };
}

/** Returns how many faults were found. */
async function fuzz({ minutes, seed, chosen }: ReturnType<typeof readOptions>): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'colora-fuzz-'));
  const ends = performance.now() + minutes * 60_000;
  const faulty = new Map<string, unknown>();
  const passSeconds = Math.min(60, (minutes * 60) / chosen.length);
  for (let pass = seed; performance.now() < ends; pass += 1)
    for (const kind of chosen)
      await withTargets(kind, join(folder, `${pass}`), async (targets) => {
        for (const target of targets) {
          if (faulty.has(target.name) || performance.now() > ends) continue;
          const options = { seed: pass, inputs: 1e6, seconds: passSeconds / targets.length };
          await holdTarget(target, options).then(
            (tried) => console.log(`${target.name}: ${tried} inputs, seed ${pass}`),
            (fault) => {
              faulty.set(target.name, fault);
              console.log(`${target.name}: FAULT, seed ${pass}\n${fault?.message}`);
            },
          );
        }
      });
  await rm(folder, { recursive: true, force: true });
  console.log(`faults: ${faulty.size}`);
  return faulty.size;
}

try {
  process.exitCode = (await fuzz(readOptions())) > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
