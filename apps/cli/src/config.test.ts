// The environment as it is read: what huggingface_hub (Python) makes of the same variables, and values out of files.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

/** The settings of a fresh process with these variables. */
function configWith(variables: Record<string, string>): Record<string, unknown> {
  const module = new URL('./config.ts', import.meta.url).href;
  const script = `const { config } = await import(${JSON.stringify(module)}); const { hub, key, url, cache } = config;
    console.log(JSON.stringify({ ...hub, hubCache: hub.cache, tokenFile: hub.tokenFile, key, url, cache }));`;
  const env = { PATH: process.env.PATH ?? '', HOME: '/home/ada', ...variables };
  const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    env,
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

test('folders are found where Hugging Face’s own tools find them, ~ and variables expanded', () => {
  const plain = configWith({ HF_HOME: '~/hf' });
  assert.deepEqual([plain.hubCache, plain.tokenFile], ['/home/ada/hf/hub', '/home/ada/hf/token']);
  const named = configWith({
    BIG: '/big',
    HF_HUB_CACHE: '$BIG/hub',
    HF_TOKEN_PATH: '~/t',
    COLORA_CACHE: '~/c',
  });
  assert.deepEqual(
    [named.hubCache, named.tokenFile, named.cache],
    ['/big/hub', '/home/ada/t', '/home/ada/c'],
  );
  assert.equal(configWith({ XDG_CACHE_HOME: '~/.xdg' }).hubCache, '/home/ada/.xdg/huggingface/hub');
  assert.equal(configWith({ TRANSFORMERS_OFFLINE: '1' }).offline, true);
  assert.equal(configWith({ TRANSFORMERS_OFFLINE: '1', HF_HUB_OFFLINE: '0' }).offline, false);
});

test('a line break at the end of a value, as files of secrets have it, is none of it', () => {
  const { token, key, url, offline } = configWith({
    HF_TOKEN: 'hf_abc\n',
    COLORA_KEY: 'colora_o_abc\r\n',
    COLORA_URL: 'http://127.0.0.1:7070\r',
    HF_HUB_OFFLINE: '1\r',
  });
  assert.deepEqual([token, key, url, offline], ['hf_abc', 'colora_o_abc', 'http://127.0.0.1:7070', true]);
});
