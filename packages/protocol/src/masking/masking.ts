// What members and the coordinator tell each other in a masked round (docs/PRIVACY.md draws it), as JSON. Members are called by
// their numbers in the roster. Bytes are hex (keys, signatures, shares) or base64 (what is sealed).
import { z } from 'zod';
import { mostInteger } from '../bounds/bounded.ts';
import { agreementKeySchema, hexSchema } from '../proofs/public-key.ts';
import { signatureSchema } from '../proofs/signatures.ts';
import { mostMasked } from './masking-forms.ts';

/**
 * sharing     members hand in the shares of their secrets, and train
 * masking     who shared is fixed: masked contributions are taken
 * signing     who sent is fixed: each of them signs the set
 * revealing   who signed is fixed: each of them reveals what takes the masks off the sum
 */
export const maskingPhaseSchema = z.enum(['sharing', 'masking', 'signing', 'revealing']);
export type MaskingPhase = z.infer<typeof maskingPhaseSchema>;

const number = z
  .int()
  .min(0)
  .max(mostMasked - 1);
const attempt = z.int().min(1).max(mostInteger);
const roster = hexSchema(32);

/** Keys kept ahead at most, and the number below which a member hands in more. */
export const mostKeysAhead = 64;
export const fewestKeysAhead = 8;

/** Handing the same in again is answered the same; an index that is taken by another key is refused. */
export const maskingKeysSchema = z.strictObject({
  sealingKey: agreementKeySchema,
  keys: z
    .array(
      z.strictObject({
        index: z.int().min(0).max(mostInteger),
        maskingKey: agreementKeySchema,
        signature: signatureSchema,
      }),
    )
    .min(1)
    .max(mostKeysAhead),
});

export const maskingKeysAnswerSchema = z.object({
  /** Keys of this member, under her signing key and sealing key of now, that no round has used. */
  unused: z.int().min(0),
});

/**
 * Two Shamir shares, each with its tag, sealed to one neighbour: 12 bytes nonce, the two shares of 33 bytes (masking key, self
 * mask), 16 bytes tag of AES-256-GCM.
 */
const sealed = z
  .string()
  .length(128)
  .regex(/^[A-Za-z0-9+/]{126}==$/);

export const sharesSchema = z.strictObject({
  attempt,
  roster,
  shares: z
    .array(z.strictObject({ to: number, sealed }))
    .min(2)
    .max(mostMasked),
});

export const sendersSignatureSchema = z.strictObject({ attempt, roster, signature: signatureSchema });

/** What a member reveals of a neighbour: a share of her self mask where she is among the senders, else of her masking key. Never both. */
export const revealsSchema = z.strictObject({
  attempt,
  roster,
  reveals: z
    .array(z.strictObject({ of: number, what: z.enum(['self', 'key']), share: hexSchema(33) }))
    .min(1)
    .max(mostMasked),
});

/** How far a masked round is, for this member: all that she needs to do what is hers to do. */
export const maskedRoundSchema = z.object({
  attempt,
  phase: maskingPhaseSchema,
  /** Of the roster's text; the text itself is left out where the question names this hash. */
  roster,
  rosterText: z.string().nullable(),
  /** From this answer to the end of the phase. */
  secondsLeft: z.number().min(0),
  /** Who shared, rising; null while that isn't fixed. */
  sharers: z.array(number).nullable(),
  /** What they sealed to this member; null while it isn't fixed who shared. */
  sealed: z.array(z.object({ from: number, sealed })).nullable(),
  /** Who sent a contribution, rising; null while that isn't fixed. */
  senders: z.array(number).nullable(),
  /** Who signed that set, and the signatures; null while that isn't fixed. */
  signatures: z.array(z.object({ by: number, signature: signatureSchema })).nullable(),
  /** What the coordinator has of this member. */
  done: z.object({ shared: z.boolean(), sent: z.boolean(), signed: z.boolean(), revealed: z.boolean() }),
});
export type MaskedRound = z.infer<typeof maskedRoundSchema>;

export const stepAnswerSchema = z.object({
  /** True where the very same was there before. */
  repeated: z.boolean(),
});

/** With a round's assignment, in a group with secure aggregation. */
export const maskedAssignmentSchema = z.object({
  attempt,
  phase: maskingPhaseSchema,
  /** Something of this round is this member's to do now. */
  awaited: z.boolean(),
});

/** For operators, with a round. */
export const maskedProgressSchema = z.object({
  attempt,
  phase: maskingPhaseSchema,
  members: z.int(),
  shared: z.int(),
  sent: z.int(),
  signed: z.int(),
  revealed: z.int(),
  /** Of the shares of one secret, as many as rebuild it. */
  threshold: z.int(),
});
