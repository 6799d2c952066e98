// Flower as a peer, where COLORA_BENCH_FLOWER_PYTHON names a Python that has it (peers/flower/requirements.txt): its SuperLink with
// light nodes, and its deprecated gRPC server, which keeps all in memory. Same bytes, same clients, FedAvg.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { killTree, track } from '../service/children.ts';
import { freePort } from '../service/free-port.ts';
import { cpuSeconds, processTree, residentMB, sampleTree } from '../service/process-figures.ts';
import type { CaseFigures, EchoCase } from './echo-case.ts';

export const peers = ['superlink', 'grpc'] as const;
export type Peer = (typeof peers)[number];

const patienceMs = 600_000;
const folder = fileURLToPath(new URL('../peers/flower/', import.meta.url));

/** A Python that has Flower, or why there is none. */
export function findFlower(): { python: string } | { skipped: string } {
  const python = process.env.COLORA_BENCH_FLOWER_PYTHON ?? '';
  if (python === '') return { skipped: 'COLORA_BENCH_FLOWER_PYTHON names no Python with flwr' };
  if (!existsSync(join(dirname(python), 'flower-superlink'))) {
    return { skipped: `there is no flower-superlink beside ${python}` };
  }
  return { python };
}

/** Its first rounds: none of them is known to be slower than the later ones. */
export async function runFlower(
  peer: Peer,
  python: string,
  wanted: EchoCase,
  rounds: number,
): Promise<CaseFigures> {
  const scratch = await mkdtemp(join(tmpdir(), 'colora-bench-flower-'));
  const environment = flowerEnvironment(python, scratch);
  const children: ChildProcess[] = [];
  const start = (command: string, args: readonly string[]): ChildProcess => {
    const child = spawn(command, args, { cwd: folder, env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', () => undefined); // seen as its end
    children.push(track(child));
    return child;
  };
  try {
    const run = peer === 'superlink' ? runSuperLink : runGrpc;
    return await run({ python, scratch, environment, start, wanted, rounds });
  } finally {
    for (const child of children) killTree(child);
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

interface Setting {
  readonly python: string;
  readonly scratch: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly start: (command: string, args: readonly string[]) => ChildProcess;
  readonly wanted: EchoCase;
  readonly rounds: number;
}

async function runSuperLink({ python, scratch, environment, start, wanted, rounds }: Setting) {
  const { clients, megabytes } = wanted;
  const address = `127.0.0.1:${await freePort()}`;
  const port = address.split(':')[1]!;
  writeFileSync(
    join(scratch, 'config.toml'),
    `[superlink]\ndefault = "bench"\n[superlink.bench]\naddress = "${address}"\ninsecure = true\n`,
  );
  const flags = ['--insecure', '--port', port, '--disable-runtime-dependency-installation'];
  const server = start('flower-superlink', flags);
  server.stdout!.resume();
  await answering(address);
  const nodes = start(python, ['light_nodes.py', address, `${clients}`, `${megabytes}`]);
  await lineOf(nodes, (line) => line === 'joined');
  const complaints: string[] = [];
  createInterface({ input: nodes.stdout! }).on('line', (line) => {
    if (line.startsWith('error ')) complaints.push(line.slice(6));
  });
  const marks = join(scratch, 'marks');
  const config = `clients=${clients} megabytes=${megabytes.toFixed(3)} rounds=${rounds} marks="${marks}"`;
  const observed = observe(server.pid!);
  execFileSync('flwr', ['run', '.', 'bench', '--run-config', config], {
    cwd: folder,
    env: environment,
    stdio: 'ignore',
  });
  const markAt = async (index: number): Promise<number> => {
    for (const since = Date.now(); ; ) {
      if (Date.now() - since > patienceMs) {
        throw new Error(
          `Flower did not end a round in ten minutes (its nodes: ${complaints.at(-1) ?? 'no error'})`,
        );
      }
      const lines = existsSync(marks) ? (await readFile(marks, 'utf8')).trim().split('\n') : [];
      if (lines.length > index) return Number(lines[index]);
      if (server.exitCode !== null || nodes.exitCode !== null) throw new Error('a process of Flower ended');
      await sleep(20);
    }
  };
  return observed.figures(markAt, wanted, rounds);
}

async function runGrpc({ python, start, wanted, rounds }: Setting) {
  const address = `127.0.0.1:${await freePort()}`;
  const size = [`${wanted.clients}`, `${wanted.megabytes}`];
  const server = start(python, ['grpc_server.py', address, ...size, `${rounds}`]);
  const marks: number[] = [];
  let wake: () => void = () => undefined;
  createInterface({ input: server.stdout! }).on('line', (line) => {
    if (!line.startsWith('mark ')) return;
    marks.push(Number(line.slice(5)));
    wake();
  });
  server.once('exit', () => wake());
  await answering(address);
  const observed = observe(server.pid!);
  start(python, ['grpc_clients.py', address, ...size]).stdout!.resume();
  const markAt = async (index: number): Promise<number> => {
    while (marks.length <= index) {
      if (server.exitCode !== null) throw new Error('the gRPC server ended');
      await new Promise<void>((done) => {
        wake = done;
      });
    }
    return marks[index]!;
  };
  return observed.figures(markAt, wanted, rounds);
}

/** Watches the server's processes while its rounds go by. */
function observe(pid: number) {
  const startMB = residentMB(pid);
  const sampler = sampleTree(pid, 'VmRSS');
  const cpu = () => cpuSeconds(processTree(pid));
  return {
    async figures(
      markAt: (index: number) => Promise<number>,
      { clients, megabytes }: EchoCase,
      rounds: number,
    ) {
      const begun = await markAt(0);
      const before = cpu();
      const ended = await markAt(rounds);
      const after = cpu();
      const seconds = (ended - begun) / rounds;
      return {
        roundsPerSecond: 1 / seconds,
        'MB/s': (clients * megabytes) / seconds,
        'server CPU s/round': before === null || after === null ? null : (after - before) / rounds,
        'server peak MB': sampler.stop(),
        'server start MB': startMB,
      };
    },
  };
}

function flowerEnvironment(python: string, scratch: string): NodeJS.ProcessEnv {
  mkdirSync(scratch, { recursive: true });
  const path = `${dirname(python)}:${process.env.PATH ?? ''}`;
  return {
    ...process.env,
    PATH: path,
    FLWR_HOME: scratch,
    FLWR_TELEMETRY_ENABLED: '0',
    PYTHONUNBUFFERED: '1',
  };
}

async function answering(address: string): Promise<void> {
  const { connect } = await import('node:net');
  const [host, port] = address.split(':');
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(Number(port), host!);
      socket.once('connect', () => done(true));
      socket.once('error', () => done(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(100);
  }
  throw new Error(`Flower does not listen at ${address}`);
}

async function lineOf(child: ChildProcess, wanted: (line: string) => boolean): Promise<void> {
  for await (const line of createInterface({ input: child.stdout! })) if (wanted(line)) return;
  throw new Error('a process of Flower ended');
}
