// There is one door (connections.ts), shown by the sources of all that runs on a member's machine: whoever else imports what opens
// connections, calls the platform's fetch or begins another program fails here, and so does a new dependency until it is known
// what it sends.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folders = ['apps/client/src', 'apps/cli/src'].concat(
  readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`),
);
const sources = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|\/testing[-/]/.test(file))
    .map((file) => ({ file, text: withoutComments(readFileSync(join(root, file), 'utf8')) })),
);

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

/** Modules that a file loads; types are nothing that runs. */
function loaded(text: string): string[] {
  const runs = text.replace(/^import type [^;]*;$/gms, '');
  return [...runs.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm)].map(
    (found) => (found[1] ?? found[2] ?? found[3])!,
  );
}

const importersOf = (isWanted: (name: string) => boolean) =>
  sources
    .flatMap(({ file, text }) =>
      loaded(text)
        .filter(isWanted)
        .map((name) => `${file}: ${name}`),
    )
    .sort();

test('nobody but the door and its ways opens connections', () => {
  const opening = /^(node:)?(http|https|http2|net|tls|dgram|dns|dns\/promises|inspector|quic)$/;
  assert.deepEqual(
    importersOf((name) => opening.test(name)),
    [
      'apps/cli/src/serve/http-door.ts: node:http', // answers; that it asks nobody is looked at below
      'apps/client/src/proxy/connections.ts: node:http',
      'apps/client/src/proxy/connections.ts: node:https',
      'apps/client/src/proxy/proxy-rule.ts: node:net', // compares addresses
      'apps/client/src/proxy/quick-fetch.ts: node:http',
      'apps/client/src/proxy/quick-fetch.ts: node:https',
    ],
  );
  const clients = ['undici', 'https-proxy-agent', 'socket.io-client', 'ws', 'engine.io-client'];
  assert.deepEqual(
    importersOf((name) => clients.includes(name)),
    [
      'apps/client/src/proxy/listed-socket.ts: socket.io-client',
      'apps/client/src/proxy/ways.ts: https-proxy-agent',
      'apps/client/src/proxy/ways.ts: undici',
    ],
  );
});

test('who serves on this machine asks nobody', () => {
  const { text } = sources.find(({ file }) => file.endsWith('serve/http-door.ts'))!;
  const [, names = ''] = /import \{([^}]*)\} from 'node:http'/.exec(text) ?? [];
  const values = names.split(',').filter((name) => !name.trim().startsWith('type '));
  assert.deepEqual(
    values.map((name) => name.trim()),
    ['createServer'],
  );
});

test('only the ways behind the door are gone by the door', () => {
  assert.deepEqual(
    importersOf((name) => name.endsWith('/ways.ts') || name.endsWith('proxy/ways')),
    ['apps/client/src/proxy/connections.ts: ./ways.ts'],
  );
});

test('the platform’s own fetch is called behind the door, and is the default of two that are given one', () => {
  const bare =
    /(?<![.\w'’])(fetch\s*\(|(?:\?\?|=|=>)\s*fetch\b(?!\w|\s*\()|WebSocket\(|EventSource\(|XMLHttpRequest|sendBeacon)/;
  const callers = sources.filter(({ text }) => bare.test(text)).map(({ file }) => file);
  assert.deepEqual(callers.sort(), [
    'apps/cli/src/metrics-export/tracker-line.ts', // is given the door's
    'apps/client/src/proxy/ways.ts',
    'packages/protocol/src/api-client.ts', // who calls it is looked at below
    'packages/tracing/src/otlp-tracing.ts', // the coordinator's; a member's is given the door's
  ]);
});

test('whoever asks a coordinator is given the door, but for one in the same process', () => {
  const asking = sources.filter(
    ({ file, text }) => file.startsWith('apps/') && /createApiClient\(/.test(text),
  );
  const without = asking.filter(({ text }) => !/openConnections\(|connectionsOf\(/.test(text));
  assert.deepEqual(without.map(({ file }) => file).sort(), [
    'apps/cli/src/compare/run-comparison.ts',
    'apps/cli/src/demo/private-demo.ts',
    'apps/cli/src/demo/run-demo.ts',
  ]);
  assert.ok(asking.length > without.length);
});

test('a member’s traces go by the door', () => {
  const openers = sources.filter(
    ({ text }) => /openTracing\(/.test(text) && !/function openTracing/.test(text),
  );
  assert.deepEqual(
    openers.map(({ file, text }) => [file, /openConnections\(/.test(text)]),
    [['apps/cli/src/member-tracing.ts', true]],
  );
});

test('programs that are begun are the system’s own and ours', () => {
  assert.deepEqual(
    importersOf((name) => name === 'node:child_process'),
    [
      'apps/cli/src/demo/spawn-daemons.ts: node:child_process', // daemons, whose own lists tell of them
      'apps/cli/src/doctor/device-survey.ts: node:child_process', // this program, to try devices
      'apps/cli/src/terminal/run-command.ts: node:child_process', // systemctl, launchctl, schtasks, npm
      'apps/client/src/guest/ask-system.ts: node:child_process', // battery and idleness
      'packages/training/src/text/templates/template-relay.ts: node:child_process', // ours, for chat templates
    ],
  );
});

test('it is known of each dependency that it sends nothing by itself', () => {
  const silent = [
    '@huggingface/gguf', // reads local files here
    '@huggingface/hub', // is given the door's fetch
    '@huggingface/jinja',
    '@napi-rs/keyring',
    '@opentelemetry/api',
    '@opentelemetry/context-async-hooks',
    '@opentelemetry/core',
    '@opentelemetry/otlp-transformer',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace-base',
    '@tensorflow/tfjs-core',
    'cli-progress',
    'commander',
    'csv-parse',
    'https-proxy-agent',
    'hyparquet',
    'hyparquet-compressors',
    'ml-matrix',
    'onnxruntime-node', // its telemetry is off: no-telemetry.ts
    'pino',
    'protobufjs',
    'socket.io-client',
    'tokenizers',
    'undici',
    'yaml',
    'zod',
  ];
  const names = sources.flatMap(({ text }) => loaded(text));
  const others = names.filter((name) => !/^(\.|node:|@colora\/|#)/.test(name) && /^[@\w]/.test(name));
  const packages = others.map((name) =>
    name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : name.split('/')[0]!,
  );
  assert.deepEqual([...new Set(packages)].filter((name) => !silent.includes(name)).sort(), []);
});
