// Rows of the routes table by which a masked round goes: each is one arrow of the protocol (docs/PRIVACY.md).
import { z } from 'zod';
import { nameSchema } from '../bounds/bounded.ts';
import {
  maskedRoundSchema,
  maskingKeysAnswerSchema,
  maskingKeysSchema,
  revealsSchema,
  sendersSignatureSchema,
  sharesSchema,
  stepAnswerSchema,
} from '../masking/masking.ts';
import { hexSchema } from '../proofs/public-key.ts';
import { signatureSchema } from '../proofs/signatures.ts';
import type { Route } from './route.ts';
import { admins, group, groupRound, participants } from './row-parts.ts';

export const maskingRows = {
  putMaskingKeys: {
    method: 'PUT',
    path: '/v1/groups/:group/masking-keys',
    access: participants,
    summary: 'Hand in signed keys for masked rounds to come, each for one round',
    params: group,
    body: maskingKeysSchema,
    answer: maskingKeysAnswerSchema,
  },
  showMasking: {
    method: 'GET',
    path: '/v1/groups/:group/rounds/:round/masking',
    access: participants,
    summary: 'How far a masked round is, and what this member needs to go on in it',
    params: groupRound,
    query: z.object({ roster: hexSchema(32).optional() }),
    answer: maskedRoundSchema,
    mostAnswerBytes: 4 * 1024 * 1024,
  },
  putShares: {
    method: 'PUT',
    path: '/v1/groups/:group/rounds/:round/masking/shares',
    access: participants,
    summary: 'Hand in the shares of this member’s secrets of a masked round, each sealed to one neighbour',
    params: groupRound,
    body: sharesSchema,
    answer: stepAnswerSchema,
  },
  putSendersSignature: {
    method: 'PUT',
    path: '/v1/groups/:group/rounds/:round/masking/signature',
    access: participants,
    summary: 'Sign whose contributions a masked round sums up',
    params: groupRound,
    body: sendersSignatureSchema,
    answer: stepAnswerSchema,
  },
  putReveals: {
    method: 'PUT',
    path: '/v1/groups/:group/rounds/:round/masking/reveals',
    access: participants,
    summary: 'Reveal the shares that take the masks off a round’s sum, one for each neighbour',
    params: groupRound,
    body: revealsSchema,
    answer: stepAnswerSchema,
  },
  putVouch: {
    method: 'PUT',
    path: '/v1/groups/:group/members/:participant/vouch',
    access: admins,
    summary: 'Hand in an admin’s signature under a member’s signing key, made on the admin’s machine',
    params: group.extend({ participant: nameSchema }),
    body: z.strictObject({ signature: signatureSchema }),
    answer: z.object({ participant: z.string(), key: hexSchema(32) }),
  },
} as const satisfies Record<string, Route>;
