// Examples in the OpenAPI document: what is sent, by route, and what is answered, by the name of its schema. openapi.test.ts holds
// them to the schemas; they are of one group whose members sort reviews.
import type { RouteName } from '../routes.ts';

const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const signature = sha256 + sha256;
const sealed = `${'A'.repeat(126)}==`;
const at = '2026-05-04T09:30:00.000Z';
const later = '2026-05-04T09:40:00.000Z';

const settings = {
  baseModel: { name: 'use-lite', modelType: 'use-lite', fingerprint: sha256 },
  task: { kind: 'classification', labels: ['good', 'bad'] },
  rounds: { count: 8, participants: 3 },
};
const checkpoint = { version: 3, encoding: 'f32', sha256, bytes: 173_512, createdAt: at };
const round = {
  ...{ number: 4, state: 'collecting', version: 3, cohort: 3, contributions: 1, wanted: 3, normLimit: 2.5 },
  ...{
    attempt: 1,
    reason: null,
    deadlineAt: later,
    openedAt: at,
    committedAt: null,
    metrics: { retries: 0 },
  },
};
const key = {
  ...{ id: '019a4c7e-5f1b-7a3e-8b1d-2f6f0c9d1e2a', role: 'operator', name: 'grafana', participantId: null },
  ...{ createdAt: at, revokedAt: null, expiresAt: null, lastUsedAt: null, groups: ['reviews'] },
};

/** Of the routes that take JSON. */
export const bodyExamples: Partial<Readonly<Record<RouteName, unknown>>> = {
  createKey: { role: 'operator', name: 'grafana', groups: ['reviews'], expiresInSeconds: 7_776_000 },
  signIn: { key: 'colora_o_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' },
  rotateKey: { overlapSeconds: 3600 },
  createInvitation: { uses: 12, expiresInSeconds: 604_800 },
  joinGroup: {
    name: 'ada',
    labels: ['good', 'bad'],
    machine: { version: '0.1.0', engine: 'onnx', device: 'cpu' },
  },
  createGroup: { name: 'reviews', access: 'invitation', settings },
  changeSettings: { settings, check: true },
  extendGroup: { rounds: 5 },
  rollbackGroup: { toVersion: 2 },
  putAvailability: { awayUntil: null, windows: [{ from: 1320, to: 360 }] },
  changeClusters: { mode: 'fixed', clusters: [['ada', 'bob'], ['eve']] },
  postMetrics: { round: 3, metrics: { accuracy: 0.87, heldOutLoss: 0.41 } },
  putFigures: { version: 3, shareOfCore: 70, gain: 4, standardError: 2 },
  putStepTime: { stepSeconds: 2 },
  putReceipts: {
    receipts: [
      {
        statement: 'colora contribution v1\n[]',
        receipt: { statement: sha256, round: 4, at, key: sha256, signature },
      },
    ],
  },
  putErrorReport: { exit: 'diverged', cause: null, round: 4 },
  putMaskingKeys: { sealingKey: sha256, keys: [{ index: 0, maskingKey: sha256, signature }] },
  putShares: {
    ...{ attempt: 1, roster: sha256 },
    shares: [
      { to: 1, sealed },
      { to: 2, sealed },
    ],
  },
  putSendersSignature: { attempt: 1, roster: sha256, signature },
  putReveals: { attempt: 1, roster: sha256, reveals: [{ of: 1, what: 'self', share: `00${sha256}` }] },
  putVouch: { signature },
};

/** By the names of openapi.ts's components. */
export const answerExamples: Readonly<Record<string, unknown>> = {
  Problem: {
    ...{
      type: 'urn:colora:problem:unknown-group',
      title: 'No task group of that name is open to this caller',
    },
    ...{ status: 404, code: 'unknown-group', detail: 'no task group called reviewz is open to you' },
  },
  Round: round,
  Checkpoint: checkpoint,
  Assignment: {
    ...{ state: 'running', checkpoint, committedRounds: 3, pollSeconds: 30 },
    round: { number: 4, version: 3, deadlineAt: later, secondsLeft: 540, contributed: false },
  },
  Availability: { awayUntil: null, windows: [{ from: 1320, to: 360 }] },
  Participant: {
    ...{
      id: '019a4c7e-0a3b-7c11-9a55-0c8e5b7d4f10',
      name: 'ada',
      groups: ['reviews'],
      online: true,
      revoked: false,
    },
    ...{ asked: 4, answered: 4, missed: 0, createdAt: at, lastSeenAt: later },
  },
  ApiKey: key,
  CreatedKey: { ...key, key: 'colora_o_shown-once' },
  GroupEvent: {
    ...{ at, kind: 'contribution-refused', round: 4, participant: 'eve', by: null },
    detail: { code: 'norm-exceeded', message: 'its L2 norm is 80, and at most 2.5 is taken' },
  },
  Metric: { participant: 'ada', round: 3, name: 'accuracy', value: 0.87, createdAt: at },
};
