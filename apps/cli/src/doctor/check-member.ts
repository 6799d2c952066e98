// `colora doctor member`: looks at what training on this machine needs, at the workspace, and at the way to its coordinator. What a
// workspace is like is the client's to say (workspace-health.ts).
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type Finding, fault, faultOf, nodeFinding, ok, warning } from '@colora/protocol/doctor/finding';
import packageJson from '../../package.json' with { type: 'json' };
import { config } from '../config.ts';
import { say } from '../terminal/output.ts';
import { tryApart } from './device-survey.ts';

export async function checkMember(folder: string): Promise<Finding[]> {
  const workspace = resolve(folder);
  const { checkWorkspace } = await import('@colora/client/workspace-health');
  const all = await Promise.all([
    [nodeFinding([20, 19]), memoryFinding()],
    checkEngine(),
    checkDisk(workspace),
    checkWorkspace(workspace),
    checkCoordinator(workspace),
  ]);
  return all.flat();
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
/** The shipped base model's training step takes a third of it; a language model of 135 million weights all. */
const leastMemory = 1.5e9;
/** A base model of the Hub, its conversion and some checkpoints. */
const leastDisk = 2e9;

function memoryFinding(): Finding {
  const says = `${gigabytes(freemem())} of ${gigabytes(totalmem())} free, ${availableParallelism()} threads`;
  if (totalmem() >= leastMemory) return ok('memory', says);
  return warning(
    'memory',
    says,
    'small base models alone fit: --recompute takes less, and join says what a step takes',
  );
}

/** A training step on the processor: whoever has more devices sees them with `colora devices`. */
async function checkEngine(): Promise<Finding[]> {
  const threads = Math.min(availableParallelism(), 4);
  const onnx = await tryApart({ engine: 'onnx', device: 'cpu' }, threads);
  if (onnx.works)
    return [ok('engine', 'onnxruntime trains on the processor; colora devices tries the others')];
  const wasm = await tryApart({ engine: 'tfjs', device: 'wasm' }, threads);
  const mend = onnx.advice ?? 'npm ci installs it again; colora devices says more';
  if (wasm.works)
    return [
      warning('engine', `onnxruntime doesn’t run here (${onnx.problem}); tfjs does, more slowly`, mend),
    ];
  return [fault('engine', `nothing trains here: ${onnx.problem}; tfjs: ${wasm.problem}`, mend)];
}

async function checkDisk(workspace: string): Promise<Finding[]> {
  let folder = workspace;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const says = `${gigabytes(bavail * bsize)} left where ${workspace} is`;
  if (bavail * bsize >= leastDisk) return [ok('disk', says)];
  return [
    warning(
      'disk',
      says,
      'checkpoints, and base models of the Hub, need room: make some, or name another folder',
    ),
  ];
}

/** Of the coordinator that the workspace belongs to; none before it has joined. */
async function checkCoordinator(workspace: string): Promise<Finding[]> {
  const { openWorkspaceApi } = await import('@colora/client/workspace-api');
  const { ApiProblem } = await import('@colora/protocol/api-client');
  const log = (_: string, text: string) => say(text);
  try {
    const asking = { line: config.line, insecure: config.insecure, log };
    const { api, identity } = await openWorkspaceApi(workspace, asking);
    const { version } = await api.call('health', {});
    const findings = [
      version === packageJson.version
        ? ok('coordinator', `${identity.url} answers, of version ${version} as this one`)
        : warning(
            'coordinator',
            `${identity.url} answers, of version ${version}; this is ${packageJson.version}`,
            'the same version on both sides is best: update the older one',
          ),
    ];
    const key = await api.call('whoAmI', {}).then(
      ({ name }) => ok('access', `the key is ${name}’s`),
      (error: unknown) =>
        error instanceof ApiProblem
          ? fault('access', error.message, 'ask an admin for a key or an invitation, and join again')
          : faultOf('access', error),
    );
    return [...findings, key];
  } catch (error) {
    const notJoined = error instanceof Error && 'code' in error && error.code === 'not-joined';
    return notJoined ? [] : [faultOf('coordinator', error)];
  }
}
