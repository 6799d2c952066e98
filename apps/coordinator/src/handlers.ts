// Which use case stands behind which row of the routes table. The compiler sees that none is missing.
import { changeClusters } from './clusters/change-clusters.ts';
import { putProbe } from './clusters/put-probe.ts';
import { showClusters } from './clusters/show-clusters.ts';
import { putContribution } from './contributions/put-contribution.ts';
import { showContribution } from './contributions/show-contribution.ts';
import { similarity } from './contributions/similarity.ts';
import { changeSettings } from './groups/change-settings.ts';
import { getCheckpoint, listCheckpoints, putInitialCheckpoint } from './groups/checkpoint-handlers.ts';
import { createGroup, listGroups, pauseGroup, showGroup, startGroup } from './groups/group-handlers.ts';
import { getKeptFile, listManifestEntries, listManifests, showManifest } from './groups/manifest-handlers.ts';
import { countVerdicts, putFigures, showFigures } from './guard/figure-handlers.ts';
import type { Handlers } from './http/call.ts';
import { health, ready } from './http/health.ts';
import { listMetrics, postMetrics } from './metrics/metric-handlers.ts';
import { showMetricSeries } from './metrics/series-handlers.ts';
import { putAvailability } from './participants/availability.ts';
import { createInvitation, listInvitations, revokeInvitation } from './participants/invitation-handlers.ts';
import { joinGroup } from './participants/join-group.ts';
import { createKey, listKeys, revokeKey, rotateKey, whoAmI } from './participants/key-handlers.ts';
import { forgetMe, leaveGroup, removeMember, removeParticipant } from './participants/leaving-handlers.ts';
import { putMaskingKeys, putVouch } from './participants/masking-key-handlers.ts';
import { listParticipants } from './participants/participant-handlers.ts';
import { putErrorReport } from './participants/report-handlers.ts';
import { resetSigningKey, showCoordinatorKey } from './participants/signing-keys.ts';
import { putStepTime, showStepTimes } from './participants/step-time-handlers.ts';
import { showStorage } from './retention/storage-handlers.ts';
import { getAssignment } from './rounds/assignment.ts';
import { cancelRound } from './rounds/cancel-round.ts';
import { listEvents } from './rounds/event-handlers.ts';
import { endGroup, extendGroup } from './rounds/extend-group.ts';
import { putReceipts } from './rounds/lost/put-receipts.ts';
import { putReveals, putSendersSignature, putShares } from './rounds/masked/put-steps.ts';
import { showMasking } from './rounds/masked/show-masking.ts';
import { rollbackGroup } from './rounds/rollback/rollback-group.ts';
import { listRounds, showRound } from './rounds/round-handlers.ts';
import { explainGroup } from './rounds/why/explain-group.ts';
import { showTimeline } from './rounds/why/show-timeline.ts';
import { endSession, endSessions, listSessions } from './sessions/listed-sessions.ts';
import { finishOidc, startOidc } from './sessions/oidc-sign-in.ts';
import { showSession, signIn, signOut } from './sessions/own-session.ts';
import { listAudit } from './trail/audit-handlers.ts';

export const handlers: Handlers = {
  health,
  ready,
  showCoordinatorKey,
  whoAmI,
  showSession,
  signIn,
  signOut,
  startOidc,
  finishOidc,
  listSessions,
  endSessions,
  endSession,
  createKey,
  listKeys,
  revokeKey,
  rotateKey,
  removeParticipant,
  removeMember,
  leaveGroup,
  forgetMe,
  listAudit,
  explainGroup,
  showTimeline,
  putErrorReport,
  listParticipants,
  resetSigningKey,
  createGroup,
  listGroups,
  showGroup,
  changeSettings,
  startGroup,
  pauseGroup,
  endGroup,
  extendGroup,
  rollbackGroup,
  listEvents,
  putAvailability,
  createInvitation,
  listInvitations,
  revokeInvitation,
  joinGroup,
  putInitialCheckpoint,
  listCheckpoints,
  getCheckpoint,
  listManifests,
  showManifest,
  listManifestEntries,
  getKeptFile,
  getAssignment,
  putContribution,
  showContribution,
  putMaskingKeys,
  showMasking,
  putShares,
  putSendersSignature,
  putReveals,
  putVouch,
  putProbe,
  showClusters,
  changeClusters,
  listRounds,
  showRound,
  cancelRound,
  postMetrics,
  listMetrics,
  showMetricSeries,
  putFigures,
  showFigures,
  putReceipts,
  putStepTime,
  showStepTimes,
  countVerdicts,
  similarity,
  showStorage,
};
