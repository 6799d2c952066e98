// What is signed in a masked round, and what is only hashed: keys that are handed in ahead of it, the roster of those who
// take part, the set of senders that everybody has to be told alike, and an admin's word for a member. Keys are X25519
// (RFC 7748) and Ed25519 (RFC 8032) in hex. What is done with them is packages/privacy's masking.
import { z } from 'zod';
import { mostInteger, plain } from '../bounds/bounded.ts';
import { agreementKeySchema, hexSchema } from '../proofs/public-key.ts';
import { signatureSchema } from '../proofs/signatures.ts';
import { signedForm } from '../proofs/signed-form.ts';
import { exactInstant } from '../proofs/statement.ts';

const group = { group: plain(252).min(1), groupCreatedAt: exactInstant };
const whole = (least: number) => z.int().min(least).max(mostInteger);

/** So many members take part in a masked round at most. */
export const mostMasked = 1000;

/**
 * A key for one round's masks, handed in ahead of it, beside the key that shares are sealed to. Signed by `key`, the
 * member's signing key; `index` counts the keys that she ever handed in to this group, so that none serves twice.
 */
export const maskingKeyForm = signedForm('colora masking key v1', {
  ...group,
  key: hexSchema(32),
  index: whole(0),
  maskingKey: agreementKeySchema,
  sealingKey: agreementKeySchema,
});

/** An admin says that `key` is the signing key of a member whom she knows: signed on her machine. */
export const vouchForm = signedForm('colora vouch v1', { ...group, key: hexSchema(32) });

/** Of a member: signing key, index and masking key, sealing key, her signature under all (maskingKeyForm), the vouch or null. */
const rosterRow = z.tuple([
  hexSchema(32),
  whole(0),
  agreementKeySchema,
  agreementKeySchema,
  signatureSchema,
  signatureSchema.nullable(),
]);

const attempt = { ...group, round: whole(1), attempt: whole(1), version: whole(0) };
const members = z.array(rosterRow).min(3).max(mostMasked);

/**
 * Who takes part in an attempt at a round, in the order of their signing keys: a member's place in it is her number. Every
 * member reads the same text, and its sha256 stands for it. Neighbours and threshold follow from it (packages/privacy). So does what all
 * of them train at: the sha256 of the checkpoint's file as members download it, and of the settings that rounds go by
 * (roundSettingsHash). Told different ones, others' updates could be made small or known, and hers be what is left of the sum
 * (Pasquini, Francati and Ateniese 2022, arXiv 2111.07380).
 */
export const rosterForm = signedForm('colora roster v2', {
  ...attempt,
  checkpoint: hexSchema(32),
  settings: hexSchema(32),
  members,
});

/** As rosters were before they named checkpoint and settings: sums of then can be made again, nobody takes part by one. */
const rosterFormBefore = signedForm('colora roster v1', { ...attempt, members });

type Written = NonNullable<ReturnType<typeof rosterForm.read>>;
/** Null: the roster names none. */
export type Roster = Omit<Written, 'checkpoint' | 'settings'> & {
  readonly checkpoint: string | null;
  readonly settings: string | null;
};

/** Null where `text` is none. */
export function readRoster(text: string): Roster | null {
  const before = rosterFormBefore.read(text);
  return before === null ? rosterForm.read(text) : { ...before, checkpoint: null, settings: null };
}

/**
 * Whose contributions the sum is made of, by their numbers in the roster, rising: signed by each of them before anybody
 * reveals anything, so that a coordinator can't tell different members different sets (Bonawitz et al. 2017, figure 4, round 3).
 */
export const sendersForm = signedForm('colora masked senders v1', {
  roster: hexSchema(32),
  senders: z
    .array(
      z
        .int()
        .min(0)
        .max(mostMasked - 1),
    )
    .min(1)
    .max(mostMasked),
});
