// A project of somebody else's that imports `colora` as it is installed: the programs of docs/library.md and one of its own, type-checked as
// strictly as can be, under both ways of finding packages, and run.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Program {
  readonly name: string;
  readonly text: string;
}

/** Code blocks that begin with the name of a file. */
export async function programsOf(page: string): Promise<Program[]> {
  const blocks = (await readFile(page, 'utf8')).matchAll(
    /```(?:js|ts|python)\n(?:\/\/|#) (\S+)\n([\s\S]*?)```/g,
  );
  return [...blocks].map(([, name, text]) => ({ name: name!, text: text! }));
}

/** Of Electron what the page uses: the types of its own package come with a download of 100 MB. */
const electron = `declare module 'electron' {
  export const app: {
    whenReady(): Promise<void>;
    getPath(name: 'userData'): string;
    on(event: 'before-quit', listener: (event: { preventDefault(): void }) => void): void;
    quit(): void;
  };
  export class BrowserWindow {
    constructor(options: { webPreferences: { preload: string } });
    readonly webContents: { send(channel: string, ...given: unknown[]): void };
  }
  export const dialog: {
    showMessageBox(
      window: BrowserWindow,
      options: { message: string; detail: string; buttons: string[] },
    ): Promise<{ response: number }>;
  };
  export const ipcMain: { handle(channel: string, listener: (event: unknown, ...given: any[]) => unknown): void };
}
`;

/** CommonJS, all by the ids of what was asked, examples of its own. */
const ownProgram = `
const assert = require('node:assert/strict');
void (async () => {
  const { ColoraError, joinGroup, loadPersonal, ...further } = await import('colora');
  assert.deepEqual(Object.keys(further), []);
  const [url = '', baseModel = ''] = process.argv.slice(2);
  const data = ['cat', 'dog', 'hen', 'cow'].map((animal) => ({ prompt: \`The \${animal} was\`, completion: ' very happy.' }));
  const where = { url, group: 'tales' };
  const options = { data, workspace: 'my-workspace', baseModel, guard: false, threads: 1 };
  const refused = await joinGroup(where, { ...options, agree: [] }).outcome.catch((error) => error);
  assert.ok(refused instanceof ColoraError && refused.code === 'notAgreed' && refused.asked?.kind === 'joining');
  /** @type {Set<string>} */
  const kinds = new Set();
  const agree = [refused.asked.id];
  const member = joinGroup(where, { ...options, agree, onProgress: ({ kind }) => kinds.add(kind) });
  const { state, rounds, examples, verdict } = await member.outcome;
  assert.deepEqual([state, rounds, examples, verdict], ['completed', 2, 4, null]);
  for (const kind of ['joined', 'training', 'step', 'contributed', 'completed']) assert.ok(kinds.has(kind), kind);
  await member.leave();
  const model = await loadPersonal({ workspace: 'my-workspace', group: 'tales', threads: 1 });
  assert.equal(model.kind, 'causal-lm');
  assert.equal(model.checkpoint, 2);
  const wrong = await model.predict(['a text']).catch((error) => error);
  assert.ok(wrong instanceof ColoraError && wrong.code === 'usage');
  let pieces = '';
  const asked = { maxTokens: 6 };
  const [own, shared, base] = [
    await model.generate('The cat was', asked, (piece) => (pieces += piece)),
    await model.generate('The cat was', { ...asked, part: 'shared' }),
    await model.generate('The cat was', { ...asked, part: 'base' }),
  ];
  assert.equal(pieces, own.text);
  assert.notEqual(own.text, base.text);
  assert.equal(typeof shared.text, 'string');
  await model.close();
  assert.equal(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM'), 0);
  assert.equal('require' in globalThis, false);
})();
`;

const strict = {
  strict: true,
  skipLibCheck: false,
  allowJs: true,
  checkJs: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  target: 'es2023',
  lib: ['es2023'],
  types: ['node'],
};

/** Lays them into `folder`, where \`colora\` is installed, checks their types and compiles them. `root`: whose TypeScript does it. */
export async function buildConsumer(
  folder: string,
  root: string,
  programs: readonly Program[],
): Promise<void> {
  const own = { name: 'own.cjs', text: ownProgram };
  for (const { name, text } of [...programs, own]) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'electron.d.ts'), electron);
  const include = [...programs, own].map(({ name }) => name).filter((name) => /\.[cm]?[jt]s$/.test(name));
  const typeRoots = [join(root, 'node_modules/@types')];
  for (const [name, options] of [
    ['tsconfig.json', { module: 'node16', moduleResolution: 'node16', outDir: 'built' }],
    ['tsconfig.bundler.json', { module: 'esnext', moduleResolution: 'bundler', noEmit: true }],
  ] as const) {
    const text = {
      compilerOptions: { ...strict, typeRoots, ...options },
      include: ['electron.d.ts', ...include],
    };
    await writeFile(join(folder, name), JSON.stringify(text));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, '-p', name], { cwd: folder }).catch((error: { stdout: string }) =>
      assert.fail(`${name}: ${error.stdout}`),
    );
  }
}
