// Rows of the routes table about who gets in: keys, participants, invitations, memberships.
import { z } from 'zod';
import {
  createdInvitationSchema,
  invitationRequestSchema,
  invitationSchema,
} from '../accounts/invitations.ts';
import { apiKeySchema, createdKeySchema, endedSchema, ownKeySchema } from '../accounts/keys.ts';
import { lifetimeSchema, overlapSchema } from '../accounts/lifetimes.ts';
import { machineSchema } from '../accounts/machine.ts';
import { roleSchema } from '../accounts/roles.ts';
import { participantKeySchema } from '../api-key.ts';
import { nameSchema, plain } from '../bounds/bounded.ts';
import { membershipSchema, participantSchema } from '../entities.ts';
import { listOf, page, pageByTime } from '../paging/page.ts';
import { hexSchema, publicKeySchema } from '../proofs/public-key.ts';
import { labelSchema, mostLabels } from '../task-kinds.ts';
import type { Route } from './route.ts';
import { admins, anyKey, flag, group, operators, participants, yesOrNo } from './row-parts.ts';

export const accountRows = {
  whoAmI: {
    method: 'GET',
    path: '/v1/me',
    access: anyKey,
    scoped: true,
    summary: 'What this key is',
    answer: ownKeySchema,
  },
  createKey: {
    method: 'POST',
    path: '/v1/keys',
    access: admins,
    summary:
      'Create an API key (a participant key creates its participant), for all groups or some, for ever or a time',
    body: z.strictObject({
      role: roleSchema,
      name: nameSchema,
      groups: z.array(nameSchema).min(1).max(100).optional(),
      expiresInSeconds: lifetimeSchema.optional(),
    }),
    answer: createdKeySchema,
  },
  listKeys: {
    method: 'GET',
    path: '/v1/keys',
    access: admins,
    summary: 'List API keys',
    query: page.extend({
      role: roleSchema.optional(),
      sort: z.enum(['oldest', 'newest']).default('oldest'),
    }),
    answer: listOf(apiKeySchema),
  },
  rotateKey: {
    method: 'POST',
    path: '/v1/keys/:id/rotate',
    access: anyKey,
    scoped: true,
    summary:
      'Another key in the place of this one, which admits its holder for the overlap still; own: the caller’s, which then lasts no longer; the others by admins for all groups',
    params: z.object({ id: plain(64).min(1) }),
    body: z.strictObject({
      overlapSeconds: overlapSchema.default(7 * 24 * 3600),
      expiresInSeconds: lifetimeSchema.optional(),
    }),
    answer: createdKeySchema,
  },
  revokeKey: {
    method: 'DELETE',
    path: '/v1/keys/:id',
    access: admins,
    summary:
      'Revoke an API key; a participant without one leaves its groups; the last admin key only with force; who signs in by OpenID Connect comes again only with readmit, by another key',
    params: z.object({ id: plain(64).min(1) }),
    query: z.object({ force: flag, readmit: flag }),
    answer: apiKeySchema,
  },
  forgetMe: {
    method: 'DELETE',
    path: '/v1/me',
    access: participants,
    scoped: true,
    summary: 'Delete the caller’s name, keys, figures and kept bytes, and end its memberships, for good',
    answer: endedSchema,
  },
  listParticipants: {
    method: 'GET',
    path: '/v1/participants',
    access: operators,
    scoped: true,
    summary: 'List participants',
    query: page.extend({
      group: nameSchema.optional(),
      participant: nameSchema.optional(),
      online: yesOrNo.optional(),
      sort: z.enum(['name', 'newest', 'oldest']).default('name'),
    }),
    answer: listOf(participantSchema),
  },
  removeParticipant: {
    method: 'DELETE',
    path: '/v1/participants/:participant',
    access: admins,
    summary:
      'Revoke all keys of a participant and end its memberships; with forget: delete its name, keys, figures and bytes too',
    params: z.object({ participant: nameSchema }),
    query: z.object({ forget: flag }),
    answer: endedSchema,
  },
  resetSigningKey: {
    method: 'DELETE',
    path: '/v1/participants/:participant/signing-key',
    access: admins,
    summary: 'Forget the public key of a participant: the next one it joins with is taken in its place',
    params: z.object({ participant: nameSchema }),
    answer: z.object({ participant: z.string(), forgotten: hexSchema(32).nullable() }),
  },
  createInvitation: {
    method: 'POST',
    path: '/v1/groups/:group/invitations',
    access: admins,
    summary: 'Create an invitation, which so many newcomers can use until it expires; its text is shown once',
    params: group,
    body: invitationRequestSchema,
    answer: createdInvitationSchema,
  },
  listInvitations: {
    method: 'GET',
    path: '/v1/groups/:group/invitations',
    access: admins,
    summary: 'List invitations, newest first, with who made and who used them (never their texts)',
    params: group,
    query: pageByTime,
    answer: listOf(invitationSchema),
  },
  revokeInvitation: {
    method: 'DELETE',
    path: '/v1/groups/:group/invitations/:id',
    access: admins,
    summary: 'Revoke an invitation: it lets nobody in any more; who came by it stays',
    params: group.extend({ id: plain(64).min(1) }),
    answer: invitationSchema,
  },
  joinGroup: {
    method: 'POST',
    path: '/v1/groups/:group/members',
    access: 'anyone',
    summary:
      'Join a group; without a key this enrols a new participant (repeatable if it brings the key it wants); with check: answer as joining would, and change nothing',
    params: group,
    body: z.strictObject({
      name: nameSchema.optional(),
      invitation: plain(200).optional(),
      /** The newcomer's own key to be: asked again with it, it is the same participant. */
      key: participantKeySchema.optional(),
      /** The public key that its contributions are signed with: taken where none is known, and never changed by this. */
      signingKey: publicKeySchema.optional(),
      /** Those of its examples: a head row travels once enough members have examples of its label. Left out: as told before, or none. */
      labels: z.array(labelSchema).max(mostLabels).optional(),
      /** What it runs with; left out: nothing is known of it any more. */
      machine: machineSchema.optional(),
      check: z.boolean().optional(),
    }),
    answer: membershipSchema,
  },
  leaveGroup: {
    method: 'DELETE',
    path: '/v1/groups/:group/membership',
    access: participants,
    summary: 'End one’s own membership: nothing is asked any more, and what was contributed stays',
    params: group,
    answer: endedSchema,
  },
  removeMember: {
    method: 'DELETE',
    path: '/v1/groups/:group/members/:participant',
    access: admins,
    summary: 'End a membership; it comes again by an invitation only',
    params: group.extend({ participant: nameSchema }),
    answer: endedSchema,
  },
} as const satisfies Record<string, Route>;
