// Checks the import of adapters against Python's peft: adapters that peft made with the fields that change scale and
// reach (check-peft-import.py), read and merged into the small llama and Qwen of the test fixtures, must give peft's outputs.
// Not here: the way out (check-peft.ts).
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importPeft } from '@colora/adapters/peft/peft';
import { openBaseModel } from '@colora/models/base-model';
import { writeMergedModel } from '@colora/models/merged-model';

const script = fileURLToPath(new URL('check-peft-import.py', import.meta.url));
const fixtures = fileURLToPath(new URL('../packages/models/fixtures/', import.meta.url));

/** Prints a line a case; false where an output differs. Throws where an adapter is refused or Python fails. */
export async function checkPeftImport(python: string): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'colora-check-peft-import-'));
  try {
    let passed = true;
    for (const model of ['tiny-llama', 'tiny-qwen3']) {
      console.log(`adapters made by peft, ${model}`);
      const cases = join(folder, model);
      await mkdir(cases);
      if (run(python, ['make', fixtures + model, cases]) !== 0) throw new Error(`${script} failed`);
      for (const name of await readdir(cases)) {
        await merge(join(cases, name), fixtures + model, join(cases, name, 'merged'));
      }
      passed = run(python, ['check', cases]) === 0 && passed;
    }
    return passed;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function merge(adapter: string, baseFolder: string, target: string): Promise<void> {
  const base = await openBaseModel(baseFolder);
  const { folded } = importPeft(
    {
      'adapter_config.json': await readFile(join(adapter, 'adapter_config.json')),
      'adapter_model.safetensors': await readFile(join(adapter, 'adapter_model.safetensors')),
    },
    base.linears,
  );
  await writeMergedModel({ base, folded, target, dtype: 'f32', shardBytes: 1e9 });
}

function run(python: string, args: readonly string[]): number | null {
  return spawnSync(python, [script, ...args], { stdio: 'inherit' }).status;
}
