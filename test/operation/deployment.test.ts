// What is deployed, started without a container engine: the tree that the image holds, by the image's command, with a member and a
// backup; the compose file, where docker-compose is installed; the chart, linted and rendered by Helm where COLORA_TEST_HELM names it; the
// units of systemd, where it is.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readConfig } from '@colora/coordinator/config';
import { layEmbeddedDatabase } from '@colora/coordinator/testing/embedded';
import { adminKey, joinAs, makeGroup, tensors } from '@colora/coordinator/testing/group';
import { compileHouse } from '../../scripts/compile-house.ts';
import { bytesOf, layTree } from '../../scripts/image/lay-tree.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'colora-deployment-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** As `npm run image-tree` compiles it; npm test has done so already, and the bundles that it adds are in no tree. */
function compiled(): string {
  if (existsSync(join(root, 'apps/cli/src/main.js'))) return root;
  const house = join(folder, 'house');
  mkdirSync(house);
  compileHouse(house);
  return house;
}

test('the image’s tree has no engine, and runs a coordinator, a round, a backup and a doctor', async () => {
  const tree = join(folder, 'tree');
  layTree(compiled(), tree);
  const engines = /onnxruntime|tensorflow|tokenizers|hugging|energetic|sentiment|esbuild|tsx|typescript/;
  const names = readdirSync(join(tree, 'node_modules'), { recursive: true, encoding: 'utf8' });
  assert.deepEqual(
    names.filter((name) => engines.test(name.split('/').slice(0, 2).join('/'))),
    [],
  );
  assert.ok(bytesOf(tree) < 90e6, `${bytesOf(tree)} bytes`);

  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const command: string[] = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)![1]!);
  assert.deepEqual(command.slice(0, 2), ['node', '/app/apps/cli/bin/colora.js']);
  const launcher = join(tree, 'apps/cli/bin/colora.js');
  const data = join(folder, 'data');
  await layEmbeddedDatabase(data);
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    COLORA_DATA: data,
    LOG_LEVEL: 'warn',
    COLORA_ADMIN_KEY: adminKey,
    PORT: '0',
  };
  const coordinator = spawn(process.execPath, [launcher, ...command.slice(2), '--json'], { env, cwd: data });
  const colora = (...args: string[]) =>
    spawnSync(process.execPath, [launcher, ...args], { env, cwd: data, encoding: 'utf8' });
  try {
    let said = '';
    const url = await new Promise<string>((resolve, reject) => {
      coordinator.stderr.on('data', (text: Buffer) => {
        said += text;
      });
      coordinator.stdout.on('data', (text: Buffer) => {
        said += text;
        const told = /"url": "([^"]+)"/.exec(said)?.[1];
        if (told !== undefined) resolve(told);
      });
      coordinator.on('close', () => reject(new Error(`it ended: ${said}`)));
    });
    await makeGroup(url, { settings: { rounds: { count: 1, participants: 1 } } });
    const ada = await joinAs(url, 'ada');
    await ada.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await ada.until('the end', ({ state }) => state === 'completed');
    const backup = colora('backup', join(folder, 'a.backup'));
    assert.equal(backup.status, 0, backup.stderr);
    const doctor = colora('doctor', 'coordinator', '--json');
    assert.equal(doctor.status, 0, doctor.stdout + doctor.stderr);
    const { findings } = JSON.parse(doctor.stdout);
    assert.match(JSON.stringify(findings), /process \d+ has it open/);
    assert.match(colora('devices', '--only', 'onnx:cpu').stderr, /has only what a coordinator needs/);
  } finally {
    coordinator.kill('SIGTERM');
    await new Promise((done) => coordinator.once('close', done));
  }
  assert.equal(coordinator.exitCode, 0);
});

const helm = process.env.COLORA_TEST_HELM;

test('Helm lints the chart, and renders it with everything on and off', {
  skip: helm === undefined && 'COLORA_TEST_HELM is not set',
}, () => {
  const chart = join(root, 'deploy/helm/colora');
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(helm!, args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr + stdout);
    return stdout;
  };
  run('lint', '--strict', chart);
  const kindsOf = (text: string) => [...text.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind).sort();
  const all = run(
    ...['template', 'c', chart, '--set', 'ingress.enabled=true', '--set', 'redis.secret=r'],
    ...['--set', 'metricsToken.secret=m', '--set', 'publicUrl=https://colora.example.org'],
    ...['--set', 'oidc.issuer=https://id.example.org,oidc.secret=o,oidc.roles=colora-admins=admin'],
  );
  assert.deepEqual(kindsOf(all), [
    ...['Deployment', 'Ingress', 'Job', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'ServiceAccount'],
  ]);
  for (const held of [
    /readOnlyRootFilesystem: true/,
    /runAsNonRoot: true/,
    /path: \/ready/,
    /secretKeyRef/,
    /port: 6379/,
    /port: 443/,
    /name: OIDC_ISSUER\n +value: "https:\/\/id\.example\.org"/,
    /name: OIDC_ROLES\n +value: "colora-admins=admin"/,
    /name: OIDC_CLIENT_SECRET\n +valueFrom:/,
  ])
    assert.match(all, held);
  const off = ['migration', 'podDisruptionBudget', 'networkPolicy'].flatMap((part) => [
    '--set',
    `${part}.enabled=false`,
  ]);
  const bare = run('template', 'c', chart, ...off);
  assert.deepEqual(kindsOf(bare), ['Deployment', 'Service', 'ServiceAccount']);
  assert.doesNotMatch(bare, /OIDC_|PUBLIC_URL/);
  const lacking = spawnSync(helm!, ['template', 'c', chart, '--set', 'oidc.issuer=https://id.example.org'], {
    encoding: 'utf8',
  });
  assert.match(lacking.stderr, /publicUrl: where the provider of oidc sends browsers back to/);
});

test('nothing listens but to this machine unless it is told to', () => {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const published = [...compose.matchAll(/^ +- "(.*):\d+"$/gm)].map(([, from]) => from!);
  assert.ok(published.length >= 3);
  for (const from of published) assert.match(from, /^(\$\{LISTEN:-127\.0\.0\.1\}|127\.0\.0\.1):/);
  assert.equal(readConfig({}).host, '127.0.0.1');
});

const hasCompose = spawnSync('docker-compose', ['version']).status === 0;

test('docker-compose takes its file with every profile', {
  skip: !hasCompose && 'docker-compose is not installed here',
}, () => {
  const profiles = ['scale', 'observe'].flatMap((profile) => ['--profile', profile]);
  const { status, stdout, stderr } = spawnSync(
    'docker-compose',
    ['-f', join(root, 'docker-compose.yml'), ...profiles, 'config', '--services'],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  const services = [
    'coordinator',
    'grafana',
    'postgres',
    'prometheus',
    'proxy',
    'redis',
    'replica-1',
    'replica-2',
  ];
  assert.deepEqual(stdout.trim().split('\n').sort(), services);
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test('systemd takes the units', { skip: !hasSystemd && 'systemd is not installed here' }, () => {
  const units = readdirSync(join(root, 'deploy/systemd')).map((name) => join(root, 'deploy/systemd', name));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...units], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
});
