// The REST routes as one table. Registration, the typed client and the OpenAPI document are made
// from these rows; a route that is not here does not exist.
import { z } from 'zod';
import { availabilitySchema } from './accounts/availability.ts';
import { nameSchema, numberInAddress, plain, wholeInText } from './bounds/bounded.ts';
import { rollbackRequestSchema } from './checkpoints/rollbacks.ts';
import {
  clustersChangeSchema,
  clustersViewSchema,
  probeAnswerSchema,
  similaritySchema,
} from './clusters/clusters.ts';
import { extensionSchema } from './deadlines/extension.ts';
import { stepTimeSchema, stepTimesSchema } from './deadlines/step-times.ts';
import {
  acknowledgementSchema,
  appliedSchema,
  assignmentSchema,
  checkpointSchema,
  eventSchema,
  groupSchema,
  newGroupNameSchema,
  roundDetailSchema,
  roundSchema,
} from './entities.ts';
import { manyAnswerBytes } from './failures/bounded-answer.ts';
import { announcedSchema, groupPlanSchema } from './groups/group-plan.ts';
import { unmaskingSchema } from './masking/unmasking.ts';
import { listOf, page, pageByTime, timeSpan } from './paging/page.ts';
import { lostRoundsSchema, receiptsSchema } from './proofs/lost-rounds.ts';
import { signedManifestSchema } from './proofs/manifest.ts';
import { manifestEntrySchema } from './proofs/manifest-entry.ts';
import { hexSchema } from './proofs/public-key.ts';
import { accountRows } from './route/account-rows.ts';
import { auditRows } from './route/audit-rows.ts';
import { guardRows } from './route/guard-rows.ts';
import { maskingRows } from './route/masking-rows.ts';
import { metricRows } from './route/metric-rows.ts';
import type { Route } from './route/route.ts';
import {
  admins,
  anyKey,
  eventKind,
  flag,
  group,
  groupRound,
  groupVersion,
  operators,
  participants,
} from './route/row-parts.ts';
import { sessionRows } from './route/session-rows.ts';
import { settingsRows } from './route/settings-rows.ts';
import { storageRows } from './route/storage-rows.ts';
import { whyRows } from './route/why-rows.ts';
import { accessSchema, groupStateSchema, roundStateSchema } from './states/states.ts';
import { downloadEncodingSchema, taskSettingsSchema } from './task-settings.ts';

const groupManifest = group.extend({ version: numberInAddress(0) });

export const routes = {
  ...accountRows,
  ...auditRows,
  ...metricRows,
  ...guardRows,
  ...maskingRows,
  ...whyRows,
  ...storageRows,
  ...settingsRows,
  ...sessionRows,
  health: {
    method: 'GET',
    path: '/health',
    access: 'anyone',
    summary: 'Is the coordinator alive (its database is not asked: see /ready)',
    answer: z.object({
      status: z.literal('ok'),
      version: z.string(),
      database: z.enum(['postgres', 'pglite']),
    }),
  },
  ready: {
    method: 'GET',
    path: '/ready',
    access: 'anyone',
    summary: 'Does it take work: its database answers and it is not shutting down; else 503',
    answer: z.object({ status: z.literal('ready') }),
  },
  showCoordinatorKey: {
    method: 'GET',
    path: '/v1/coordinator-key',
    access: 'anyone',
    summary: 'The public key that this coordinator’s receipts are signed with',
    answer: z.object({ key: hexSchema(32) }),
  },
  createGroup: {
    method: 'POST',
    path: '/v1/groups',
    access: admins,
    summary:
      'Create a task group (a draft until its initial checkpoint is there); with dry-run: say what it would mean, and create nothing',
    body: z.strictObject({
      name: newGroupNameSchema,
      access: accessSchema.default('invitation'),
      settings: taskSettingsSchema,
      announced: announcedSchema.optional(),
    }),
    query: z.object({ 'dry-run': flag }),
    answer: groupSchema.extend({ plan: groupPlanSchema.optional() }),
  },
  listGroups: {
    method: 'GET',
    path: '/v1/groups',
    access: anyKey,
    scoped: true,
    summary: 'List task groups: all, or for a participant those that it is a member of or may join',
    query: page.extend({
      state: groupStateSchema.optional(),
      sort: z.enum(['name', 'newest', 'oldest']).default('name'),
    }),
    answer: listOf(groupSchema),
  },
  showGroup: {
    method: 'GET',
    path: '/v1/groups/:group',
    access: anyKey,
    summary: 'Show a task group',
    params: group,
    answer: groupSchema,
  },
  startGroup: {
    method: 'POST',
    path: '/v1/groups/:group/start',
    access: operators,
    summary: 'Start or resume the rounds of a group',
    params: group,
    ifMatch: true,
    answer: groupSchema,
  },
  pauseGroup: {
    method: 'POST',
    path: '/v1/groups/:group/pause',
    access: operators,
    summary: 'Pause a group: no round opens and none collects until it is started again',
    params: group,
    ifMatch: true,
    answer: groupSchema,
  },
  endGroup: {
    method: 'POST',
    path: '/v1/groups/:group/end',
    access: operators,
    summary: 'End a group: it is completed with the checkpoint it has, and its live round is cancelled',
    params: group,
    ifMatch: true,
    answer: groupSchema,
  },
  extendGroup: {
    method: 'POST',
    path: '/v1/groups/:group/extend',
    access: operators,
    summary:
      'More rounds (a completed group goes on), more seconds for the live round, or another deadline for later ones',
    params: group,
    ifMatch: true,
    body: extensionSchema,
    answer: groupSchema,
  },
  rollbackGroup: {
    method: 'POST',
    path: '/v1/groups/:group/rollback',
    access: admins,
    summary: 'Go back to an earlier checkpoint: a new version with its tensors and optimizer state',
    params: group,
    ifMatch: true,
    body: rollbackRequestSchema,
    answer: groupSchema,
  },
  listEvents: {
    method: 'GET',
    path: '/v1/groups/:group/events',
    access: operators,
    summary: 'What happened in a group, newest first; kind contribution-refused: refusals with their reasons',
    params: group,
    query: pageByTime.extend({
      kind: eventKind.optional(),
      round: numberInAddress(1).optional(),
      participant: nameSchema.optional(),
      ...timeSpan,
    }),
    answer: listOf(eventSchema),
  },
  putAvailability: {
    method: 'PUT',
    path: '/v1/groups/:group/availability',
    access: participants,
    summary: 'When this member may be asked to take part in a round',
    params: group,
    body: availabilitySchema,
    answer: availabilitySchema,
  },
  putInitialCheckpoint: {
    method: 'PUT',
    path: '/v1/groups/:group/checkpoints/0',
    access: admins,
    summary: 'Upload the initial checkpoint (safetensors)',
    params: group,
    body: 'bytes',
    answer: checkpointSchema,
  },
  listCheckpoints: {
    method: 'GET',
    path: '/v1/groups/:group/checkpoints',
    access: anyKey,
    summary: 'List checkpoints, newest first',
    params: group,
    query: pageByTime.extend(timeSpan),
    answer: listOf(checkpointSchema),
  },
  getCheckpoint: {
    method: 'GET',
    path: '/v1/groups/:group/checkpoints/:version',
    access: anyKey,
    summary:
      'Download a checkpoint (safetensors), as stored or in the group’s download encoding; ETag is its sha256',
    params: groupVersion,
    query: z.object({ encoding: downloadEncodingSchema.default('f32') }),
    answer: 'bytes',
  },
  listManifests: {
    method: 'GET',
    path: '/v1/groups/:group/manifests',
    access: anyKey,
    summary: 'What checkpoints were made of, signed, from a version on: each names the one before',
    params: group,
    query: page.extend({ from: wholeInText(0).default(0), limit: wholeInText(1, 20).default(10) }),
    answer: listOf(signedManifestSchema),
    mostAnswerBytes: manyAnswerBytes,
  },
  showManifest: {
    method: 'GET',
    path: '/v1/groups/:group/manifests/:version',
    access: anyKey,
    summary: 'What a checkpoint was made of, signed, and the settings that it names',
    params: groupManifest,
    answer: signedManifestSchema.extend({
      settings: z.string(),
      /** For operators, of a masked round's checkpoint; null of others, and where it isn't kept any more. */
      unmasking: unmaskingSchema.nullable().default(null),
    }),
    mostAnswerBytes: manyAnswerBytes,
  },
  listManifestEntries: {
    method: 'GET',
    path: '/v1/groups/:group/manifests/:version/entries',
    access: anyKey,
    summary: 'What a manifest’s hashes of contributions stand for: a member’s own, or all for operators',
    params: groupManifest,
    query: page,
    answer: listOf(manifestEntrySchema),
  },
  getKeptFile: {
    method: 'GET',
    path: '/v1/groups/:group/files/:sha256',
    access: admins,
    summary:
      'Download a contribution, a checkpoint or its optimizer state by its sha256, while it is kept (safetensors); of contributions it is audited',
    params: group.extend({ sha256: hexSchema(32) }),
    answer: 'bytes',
  },
  getAssignment: {
    method: 'GET',
    path: '/v1/groups/:group/assignment',
    access: participants,
    summary: 'What this member should do now; also its heartbeat',
    params: group,
    answer: assignmentSchema,
  },
  putContribution: {
    method: 'PUT',
    path: '/v1/groups/:group/rounds/:round/contribution',
    access: participants,
    summary:
      'Contribute to a round (safetensors, Content-Digest required); answered after the commit; repeatable',
    params: groupRound,
    body: 'bytes',
    signed: true,
    answer: acknowledgementSchema,
  },
  showContribution: {
    method: 'GET',
    path: '/v1/groups/:group/rounds/:round/contribution',
    access: participants,
    summary:
      'What became of this member’s contribution to a round: with which weight each of its tensors is in which checkpoint',
    params: groupRound,
    answer: appliedSchema,
  },
  putProbe: {
    method: 'PUT',
    path: '/v1/groups/:group/probe',
    access: participants,
    summary: 'What tells this member’s cluster: a head row a label (safetensors, Content-Digest); repeatable',
    params: group,
    body: 'bytes',
    answer: probeAnswerSchema,
  },
  showClusters: {
    method: 'GET',
    path: '/v1/groups/:group/clusters',
    access: operators,
    summary: 'The clusters of a group, how alike its members’ probes are, and who would belong together',
    params: group,
    answer: clustersViewSchema,
    mostAnswerBytes: manyAnswerBytes,
  },
  changeClusters: {
    method: 'PUT',
    path: '/v1/groups/:group/clusters',
    access: admins,
    summary: 'Say who belongs together (from the next round on), what clusters are called, who decides it',
    params: group,
    ifMatch: true,
    body: clustersChangeSchema,
    answer: clustersViewSchema,
    mostAnswerBytes: manyAnswerBytes,
  },
  listRounds: {
    method: 'GET',
    path: '/v1/groups/:group/rounds',
    access: operators,
    summary: 'List rounds, newest first',
    params: group,
    query: pageByTime.extend({ state: roundStateSchema.optional(), ...timeSpan }),
    answer: listOf(roundSchema),
  },
  showRound: {
    method: 'GET',
    path: '/v1/groups/:group/rounds/:round',
    access: operators,
    summary: 'Show a round with its contributions',
    params: groupRound,
    query: page,
    answer: roundDetailSchema,
  },
  cancelRound: {
    method: 'POST',
    path: '/v1/groups/:group/rounds/:round/cancel',
    access: operators,
    summary: 'Cancel the live round: it fails, and its contributions are listed as refused',
    params: groupRound,
    answer: roundSchema,
  },
  putStepTime: {
    method: 'PUT',
    path: '/v1/groups/:group/step-time',
    access: participants,
    summary: 'Tell how long a training step takes this member, in whole seconds',
    params: group,
    body: stepTimeSchema,
    answer: stepTimeSchema,
  },
  putReceipts: {
    method: 'PUT',
    path: '/v1/groups/:group/receipts',
    access: participants,
    summary:
      'Show receipts that this coordinator gave: of rounds that it has lost since, its database being put back to an earlier day',
    params: group,
    body: receiptsSchema,
    answer: lostRoundsSchema,
  },
  showStepTimes: {
    method: 'GET',
    path: '/v1/groups/:group/step-times',
    access: operators,
    summary: 'How long a step takes the slowest member who told, and the deadline of the rounds to come',
    params: group,
    answer: stepTimesSchema,
  },
  similarity: {
    method: 'GET',
    path: '/v1/groups/:group/similarity',
    access: operators,
    summary: 'Cosines of the members’ updates, summed over the first rounds whose bytes are kept: advice',
    params: group,
    query: z.object({
      rounds: wholeInText(1, 100).default(3),
      suffix: plain(200).default('.B'),
    }),
    answer: similaritySchema,
    mostAnswerBytes: manyAnswerBytes,
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
