// Completion in the shells themselves: bash, and zsh and fish where they are installed, with what is remembered in a file.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { colora, noTerminal } from '../support/processes.ts';

const launcher = fileURLToPath(new URL('../../apps/cli/bin/colora.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'colora-completion-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const profiles = join(folder, 'config', 'colora', 'profiles');
mkdirSync(profiles, { recursive: true });
const member = { version: 1, kind: 'member', url: 'http://127.0.0.1:7070', participant: 'ada' };
writeFileSync(
  join(profiles, 'evening.json'),
  JSON.stringify({ ...member, group: 'stories', workspace: '/w' }),
);
writeFileSync(join(profiles, 'damaged.json'), '{');
const program = join(folder, 'colora');
writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`);
chmodSync(program, 0o755);
writeFileSync(join(folder, 'mine.jsonl'), '');
const env = {
  ...process.env,
  XDG_CONFIG_HOME: join(folder, 'config'),
  HOME: folder,
  PATH: [folder, process.env.PATH].join(delimiter),
  TERM: 'dumb',
};
const has = (shell: string) =>
  process.platform !== 'win32' && spawnSync(shell, ['--version']).status === 0 ? false : `needs ${shell}`;

async function scriptOf(shell: string): Promise<string> {
  const { status, stdout, stderr } = await colora(['completion', shell]);
  assert.equal(status, 0, stderr);
  const path = join(folder, `completion.${shell}`);
  writeFileSync(path, stdout);
  return path;
}

test('bash', { skip: has('bash') }, async () => {
  const script = await scriptOf('bash');
  const replies = (...words: string[]) => {
    const line = `source '${script}'; COMP_WORDS=(colora "$@"); COMP_CWORD=$#; _colora; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line, 'bash', ...words], { env, encoding: 'utf8' });
    assert.equal(stderr, '');
    return stdout.split('\n').filter((word) => word !== '');
  };
  assert.deepEqual(replies('prof'), ['profiles']);
  assert.deepEqual(replies('predict', '--group', ''), ['stories']);
  assert.deepEqual(replies('predict', '--profile', 'ev'), ['evening']);
  assert.deepEqual(replies('predict', '--works'), ['--workspace']);
  assert.deepEqual(replies('join', '--data', ''), [], 'bash completes files');
});

test('fish', { skip: has('fish') }, async () => {
  const script = await scriptOf('fish');
  const replies = (line: string) => {
    const command = `source '${script}'; cd '${folder}'; complete -C '${line}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', command], { env, encoding: 'utf8' });
    assert.equal(stderr, '');
    return stdout.split('\n').flatMap((word) => word.split('\t')[0] || []);
  };
  assert.deepEqual(replies('colora prof'), ['profiles']);
  assert.deepEqual(replies('colora predict --group '), ['stories']);
  assert.deepEqual(replies('colora predict --works'), ['--workspace']);
  assert.ok(replies('colora join --data ').includes('mine.jsonl'));
});

test('zsh, as it is typed', { skip: has('zsh') || noTerminal }, async () => {
  const script = await scriptOf('zsh');
  const typed = async (line: string) => {
    const start = `PS1='> '; autoload -Uz compinit; compinit -u -D; source '${script}'; setopt no_auto_menu`;
    const shell = spawn('script', ['-qec', 'zsh -f -i', '/dev/null'], { env, cwd: folder, stdio: 'pipe' });
    let shown = '';
    const seen = new Promise<void>((resolve) => {
      shell.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += text;
        if (/begun/.test(shown) && !shell.stdin.writableEnded && !shown.includes('#typed')) {
          shown += '#typed';
          shell.stdin.write(`${line}\t`);
        }
        if (/#typed[\s\S]*(profiles|stories) /.test(shown)) resolve();
      });
      shell.on('close', () => resolve());
    });
    shell.stdin.write(`${start}; echo be''gun\n`);
    await seen;
    shell.kill('SIGKILL');
    return shown.slice(shown.indexOf('#typed'));
  };
  assert.match(await typed('colora prof'), /profiles /);
  assert.match(await typed('colora predict --group '), /stories /);
});
