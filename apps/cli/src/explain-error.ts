// From an error to what a person reads and the exit status. Errors are told apart by name and code, so
// that explaining one loads none of the heavy packages that throw them.
import type { ClientErrorCode } from '@colora/client/client-error';
import { systemErrorOf } from '@colora/protocol/failures/system-errors';
import type { ProblemCode } from '@colora/protocol/problem-table';
import type { TrainingErrorCode } from '@colora/training/training-error';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { harmlessLine } from './terminal/harmless-text.ts';

export interface Explanation {
  readonly code: ExitCode;
  readonly status: number;
  readonly message: string;
}

const clientCodes: Readonly<Record<ClientErrorCode, ExitCode>> = {
  unauthorized: 'unauthorized',
  'plain-address': 'usage',
  'untrusted-coordinator': 'workspace',
  forbidden: 'forbidden',
  'unknown-group': 'notFound',
  'name-taken': 'refused',
  'fingerprint-mismatch': 'badModel',
  'bad-file': 'badData',
  'not-joined': 'workspace',
  'workspace-locked': 'workspace',
  'workspace-mismatch': 'workspace',
  'workspace-damaged': 'workspace',
  refused: 'refused',
  'contribution-refused': 'contributionRefused',
  diverged: 'diverged',
  excessive: 'excessive',
  'not-agreed': 'notAgreed',
  'used-elsewhere': 'workspace',
};

const trainingCodes: Readonly<Record<TrainingErrorCode, ExitCode>> = {
  'no-examples': 'badData',
  'wrong-task': 'badData',
  'no-token': 'badData',
  'bad-tensors': 'workspace',
  'not-finite': 'diverged',
  'context-full': 'badData',
  'no-engine': 'usage',
  'bad-settings': 'failed',
  'not-enough-memory': 'noMemory',
  closed: 'failed',
  'worker-failed': 'failed',
};

const byName: Readonly<Record<string, ExitCode>> = {
  UsageError: 'usage',
  ProxyError: 'usage',
  FileProblem: 'files',
  UnreadableFile: 'files',
  DataError: 'badData',
  SafetensorsError: 'badData',
  ModelError: 'badModel',
  HubError: 'badModel',
  NotAgreed: 'notAgreed',
  AdapterError: 'badModel',
  TokenizerError: 'badModel',
  NetworkProblem: 'unreachable',
  StartError: 'cannotServe',
};

const byStatus: Readonly<Record<number, ExitCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  503: 'unreachable',
};

/** Errors that hold words of a coordinator, which are told as one line whatever they hold. */
const quoting: ReadonlySet<string> = new Set([
  'ApiProblem',
  'ClientError',
  'NetworkProblem',
  'HubError',
  'NotAgreed',
]);

export function explainError(error: unknown): Explanation {
  const code = codeOf(error);
  const message = error instanceof Error ? messageOf(error) : String(error);
  const isForeign = error instanceof Error && quoting.has(error.name);
  return { code, status: exitCodes[code].status, message: isForeign ? harmlessLine(message) : message };
}

function codeOf(error: unknown): ExitCode {
  if (!(error instanceof Error)) return 'failed';
  const { name } = error;
  const code = 'code' in error ? String(error.code) : '';
  if (name === 'ClientError') return exitOf(clientCodes, code);
  if (name === 'TrainingError') return exitOf(trainingCodes, code);
  if (name === 'ApiProblem' && 'problem' in error) {
    const { status } = error.problem as { status: number };
    return byStatus[status] ?? (status < 500 ? 'refused' : 'failed');
  }
  if (name === 'AdapterError' && code.startsWith('bad-peft')) return 'badData';
  if (name === 'AbortError')
    return 'stopped' in error && error.stopped === 'SIGTERM' ? 'terminated' : 'interrupted';
  if (byName[name] !== undefined) return byName[name];
  if (!isSystemError(error)) return 'failed';
  if (error.syscall === 'listen') return 'cannotServe';
  return error.path === undefined && error.syscall !== 'write' ? 'failed' : 'files';
}

function isMissingPackage(error: Error): boolean {
  return (
    'code' in error && error.code === 'ERR_MODULE_NOT_FOUND' && /^Cannot find package/.test(error.message)
  );
}

/** An error of the system that nobody gave words to; the others have theirs. */
function isSystemError(error: Error): error is NodeJS.ErrnoException {
  return 'errno' in error && systemErrorOf(error) !== undefined;
}

/** What was to be done, by the name of the system call. */
const doing: Readonly<Record<string, string>> = {
  open: 'open',
  mkdir: 'make the folder',
  scandir: 'read the folder',
  stat: 'find',
  lstat: 'find',
  access: 'find',
  read: 'read',
  readlink: 'read',
  copyfile: 'copy',
  rename: 'rename',
  unlink: 'remove',
  rm: 'remove',
  rmdir: 'remove',
};

function systemMessage(error: NodeJS.ErrnoException): string {
  const { syscall = '', path } = error;
  const { words, code } = systemErrorOf(error)!;
  if (path !== undefined) return `cannot ${doing[syscall] ?? 'use'} ${path}: ${words}`;
  return `${words} (${code}${syscall === '' ? '' : `, ${syscall}`})`;
}

function exitOf(codes: Readonly<Record<string, ExitCode>>, code: string): ExitCode {
  return codes[code] ?? 'failed';
}

/** What the user of a command does about a refusal; who speaks HTTP reads the refusal's own words. */
const instead: Partial<Readonly<Record<ProblemCode, string>>> = {
  'missing-key': 'this needs an API key: pass it with --key-file or COLORA_KEY, or keep it by colora login',
  'invalid-key': 'this key is unknown or was revoked: pass a valid one with --key-file or COLORA_KEY',
};

const further: Partial<Readonly<Record<ProblemCode, string>>> = {
  'wrong-role': 'pass another with --key-file or COLORA_KEY',
  'name-taken': 'choose another name',
  'unknown-group': 'colora groups list shows which are',
};

function refusalText({ code, detail }: { readonly code: string; readonly detail: string }): string {
  const more = further[code as ProblemCode];
  return instead[code as ProblemCode] ?? (more === undefined ? detail : `${detail}: ${more}`);
}

function messageOf(error: Error): string {
  if (error.name === 'AbortError') return 'interrupted';
  if (error.name === 'ApiProblem' && 'problem' in error)
    return refusalText(error.problem as { code: string; detail: string });
  if (isSystemError(error)) return systemMessage(error);
  if (isMissingPackage(error) && error.message.includes("'@colora/coordinator'"))
    return 'this runs a coordinator, whose package is not installed: npm install @colora/coordinator beside colora';
  if (isMissingPackage(error))
    return `${error.message}: this installation has only what a coordinator needs (an image, say), or isn't whole; npm ci installs all of it`;
  return error.message === '' ? error.name : error.message;
}
