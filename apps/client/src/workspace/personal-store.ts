// The one file that stores personal tensors. One safetensors file holds the personal part, its
// optimizer state, head rows that stay with their owner, what compression left of contributions, the account of what was contributed and the resume mark,
// so that one rename moves all of them forward together. Nothing in it ever goes to the network; the residual, which is
// of shared tensors, is added to the next contribution there is (compress.ts).

import { contributionForm } from '@colora/protocol/proofs/statement';
import { allFinite } from '@colora/tensors/arithmetic';
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import type { OwnRows } from '@colora/training/head-rows/own-rows';
import { asPersonal, type PersonalTensors } from '@colora/training/programs/personal-tensors';
import { z } from 'zod';
import { ClientError } from '../client-error.ts';
import { writeAtomic } from './atomic-file.ts';
import type { GroupPaths } from './group-workspace.ts';
import {
  accountMark,
  accountMarkSchema,
  accountOf,
  accountTensors,
  emptyAccount,
  type KeptAccount,
  lostAccount,
} from './own-account.ts';
import { underPrefix, withPrefix } from './prefixed-tensors.ts';
import { readIfThere } from './read-if-there.ts';

const markSchema = z.object({
  group: z.string(),
  groupCreatedAt: z.string(),
  /** The last round this personal part was trained for, and the contribution made in it. */
  trained: z
    .object({
      round: z.int(),
      version: z.int(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      /** What is signed when it is sent (protocol/proofs/statement.ts); an earlier version signed nothing. */
      statement: z.string().optional(),
      /** Of the group in that round, where all shared one head; left out where they didn't. */
      together: z.int().min(0).optional(),
    })
    .nullable(),
  /** The last training of the personal part alone: at which checkpoint, how many steps. */
  personalised: z.object({ version: z.int(), steps: z.int() }).nullable(),
});
/** How far the workspace has come: what a restarted daemon must not do a second time. */
export type ResumeMark = z.infer<typeof markSchema>;

/** The sha256 of the checkpoint's file that a contribution was made at; undefined where its statement doesn't tell. */
export function madeAtOf(trained: ResumeMark['trained']): string | undefined {
  return contributionForm.read(trained?.statement ?? '')?.checkpoint;
}

export interface PersonalState {
  readonly personal: PersonalTensors;
  readonly optimizerState: TensorMap;
  /** Of the contributions up to the mark's, by names of shared tensors; empty where the group's wire loses nothing. */
  readonly residual: TensorMap;
  /** Head rows that stand in for the checkpoint's; none where all rows travel, and before the first round. */
  readonly rows: OwnRows;
  /** Null where none is kept: the group's members aren't guarded, or an earlier version wrote the file. */
  readonly account: KeptAccount | null;
  readonly mark: ResumeMark;
}

const ownPrefix = 'personal:';
const optimizerPrefix = 'optimizer:';
const residualPrefix = 'residual:';
const rowPrefix = 'row:';
const rowFromPrefix = 'row-from:';

/** Durable when it returns; a crash before leaves the previous state whole. */
export async function keepPersonal(path: string, state: PersonalState): Promise<void> {
  const { account, mark } = state;
  const tensors = new Map([
    ...underPrefix(ownPrefix, state.personal),
    ...underPrefix(optimizerPrefix, state.optimizerState),
    ...underPrefix(residualPrefix, state.residual),
    ...underPrefix(rowPrefix, state.rows.rows),
    ...underPrefix(rowFromPrefix, state.rows.from),
    ...(account === null ? [] : accountTensors(account)),
  ]);
  const metadata = {
    mark: JSON.stringify(mark),
    ...(account === null ? {} : { account: JSON.stringify(accountMark(account)) }),
  };
  await writeAtomic(path, encode(tensors, { metadata }));
}

/** The kept state, or null in a fresh workspace. Throws 'workspace-damaged' naming the file. */
export async function readPersonal(path: string): Promise<PersonalState | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    const { tensors, metadata } = decode(bytes);
    if (!allFinite(tensors)) throw new RangeError('NaN or infinite values');
    const mark = markSchema.parse(JSON.parse(metadata.mark ?? ''));
    return {
      personal: asPersonal(withPrefix(tensors, ownPrefix)),
      optimizerState: withPrefix(tensors, optimizerPrefix),
      residual: withPrefix(tensors, residualPrefix),
      rows: { rows: withPrefix(tensors, rowPrefix), from: withPrefix(tensors, rowFromPrefix) },
      account:
        metadata.account === undefined
          ? null
          : accountOf(accountMarkSchema.parse(JSON.parse(metadata.account)), tensors),
      mark,
    };
  } catch (error) {
    throw new ClientError(
      'workspace-damaged',
      `${path} is damaged (${error instanceof Error ? error.name : 'unreadable'}); restore it from a copy, or move it away to start a new personal part`,
    );
  }
}

/** The same, of this very group. Throws 'workspace-mismatch' where it is of an earlier one of that name. */
export async function readPersonalOf(
  { personal, folder }: Pick<GroupPaths, 'personal' | 'folder'>,
  { name, createdAt }: { readonly name: string; readonly createdAt: string },
): Promise<PersonalState | null> {
  const state = await readPersonal(personal);
  if (state === null || state.mark.groupCreatedAt === createdAt) return state;
  throw new ClientError(
    'workspace-mismatch',
    `${folder} holds the personal part of an earlier group named ${name}; move that folder away, or use another workspace`,
  );
}

/** A workspace that took part without one, unguarded or before accounts were kept, has none, and nothing makes it whole. */
export function accountAtStart(personal: PersonalState | null): KeptAccount {
  if (personal?.account != null) return personal.account;
  if (personal?.mark.trained == null) return emptyAccount;
  return lostAccount(
    'this workspace took part without keeping account of its own part: with --no-guard, or in an earlier version',
  );
}
