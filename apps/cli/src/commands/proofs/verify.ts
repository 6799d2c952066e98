// `colora verify`: is each checkpoint of a group what its members' contributions make, and is this member's own among them? Reads a
// coordinator or an export of one. What is checked is verify/verify-group.ts's and the protocol's.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeptProofs } from '@colora/client/kept-proofs';
import { Command, InvalidArgumentError } from 'commander';
import { type ApiFlags, openAccess, openApi, withApiFlags } from '../../coordinator-api.ts';
import { exitCodes } from '../../exit-codes.ts';
import { readInteger, readName } from '../../flags/option-values.ts';
import { usualWorkspace } from '../../remembered/choose-profile.ts';
import { printJson } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';
import type { ProofSource } from '../../verify/proof-source.ts';

interface VerifyFlags extends ApiFlags {
  readonly checkpoint?: number;
  readonly from?: string;
  readonly workspace?: string;
  readonly coordinatorKey?: string;
}

export function verifyCommand(): Command {
  return withApiFlags(
    new Command('verify').description(
      'Verify a group’s checkpoints: signatures, the chain of manifests, your receipts, and each round once more where its contributions are at hand',
    ),
    ['from'],
  )
    .argument('<group>', 'name of the group', readName)
    .option('--checkpoint <n>', 'the bytes of this one alone, and the chain up to it', readInteger(0))
    .option('--from <folder>', 'an export (colora groups export-proof) in place of a coordinator')
    .option(
      '--workspace <folder>',
      `of a member: its key, and its receipts (default: ${usualWorkspace} here, else the one that is remembered)`,
    )
    .option(
      '--coordinator-key <key>',
      'the coordinator’s public key, as whoever runs it told you (default: as the workspace knows it)',
      readPublicKey,
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ colora verify reviews\n  $ colora verify reviews --from ./reviews-proof',
    )
    .action(verify);
}

function readPublicKey(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError('A public key is 64 digits of lower-case hex.');
}

async function verify(group: string, flags: VerifyFlags): Promise<void> {
  const { readKeptProofs } = await import('@colora/client/kept-proofs');
  const kept = await readKeptProofs(flags.workspace ?? (await workspaceOf(group)), group);
  const files = await mkdtemp(join(tmpdir(), 'colora-verify-'));
  try {
    const source = await openSource(group, flags, kept, files);
    const key = flags.coordinatorKey ?? kept.coordinatorKey ?? undefined;
    const { runVerification } = await import('../../verify/run-verification.ts');
    const { receipts, damaged } = kept;
    const verification = await runVerification(source, {
      key,
      checkpoint: flags.checkpoint,
      receipts,
      damaged,
    });
    const { printVerification, verificationJson } = await import('../../verify/verification-text.ts');
    if (flags.json) printJson(verificationJson(verification));
    else printVerification(verification);
    if (!verification.holds) process.exitCode = exitCodes.notProved.status;
  } finally {
    await rm(files, { recursive: true, force: true });
  }
}

/** Whoever is no member of it has none to read. */
async function workspaceOf(group: string): Promise<string> {
  const { workspaceFor } = await import('../../flags/member/place-flags.ts');
  return await workspaceFor({ groups: [group] });
}

async function openSource(
  group: string,
  flags: VerifyFlags,
  { access }: KeptProofs,
  files: string,
): Promise<ProofSource> {
  if (flags.from !== undefined) {
    const { folderSource } = await import('../../verify/folder-source.ts');
    const source = await folderSource(flags.from);
    if (source.group === group) return source;
    throw new UsageError(`--from: ${flags.from} is of the group ${source.group}, not of ${group}`);
  }
  const { coordinatorSource } = await import('../../verify/coordinator-source.ts');
  const own = await openAccess(flags);
  const { insecure } = flags;
  const api =
    own.hasKey || access === null
      ? own.api
      : await openApi({ ...access, ...(insecure === undefined ? {} : { insecure }) });
  return coordinatorSource(api, group, files);
}
