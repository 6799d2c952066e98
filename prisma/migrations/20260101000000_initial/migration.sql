-- The first schema. Table and constraint names are Prisma's, so that its own tools agree with this file.

CREATE TYPE "Role" AS ENUM ('admin', 'operator', 'participant');
CREATE TYPE "Access" AS ENUM ('open', 'invitation');
CREATE TYPE "GroupState" AS ENUM ('draft', 'ready', 'running', 'paused', 'completed');
CREATE TYPE "RoundState" AS ENUM ('open', 'collecting', 'aggregating', 'committed', 'failed');

CREATE TABLE "Participant" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Participant_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Participant_name_key" ON "Participant"("name");

CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL,
    "role" "Role" NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "participantId" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revokedAt" TIMESTAMP(3),
    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "ApiKey_participantId_fkey" FOREIGN KEY ("participantId") REFERENCES "Participant"("id") ON DELETE SET NULL ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "ApiKey_hash_key" ON "ApiKey"("hash");

CREATE TABLE "TaskGroup" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "access" "Access" NOT NULL,
    "state" "GroupState" NOT NULL DEFAULT 'draft',
    "settings" JSONB NOT NULL,
    "committedRounds" INTEGER NOT NULL DEFAULT 0,
    "checkpointVersion" INTEGER,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "TaskGroup_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "TaskGroup_name_key" ON "TaskGroup"("name");

CREATE TABLE "Membership" (
    "groupId" TEXT NOT NULL,
    "participantId" TEXT NOT NULL,
    "joinedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeenAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Membership_pkey" PRIMARY KEY ("groupId", "participantId"),
    CONSTRAINT "Membership_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Membership_participantId_fkey" FOREIGN KEY ("participantId") REFERENCES "Participant"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "Membership_groupId_lastSeenAt_idx" ON "Membership"("groupId", "lastSeenAt");
CREATE INDEX "Membership_participantId_idx" ON "Membership"("participantId");

CREATE TABLE "Round" (
    "id" TEXT NOT NULL,
    "groupId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "state" "RoundState" NOT NULL DEFAULT 'open',
    "version" INTEGER NOT NULL,
    "contributed" INTEGER NOT NULL DEFAULT 0,
    "extensions" INTEGER NOT NULL DEFAULT 0,
    "openedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deadlineAt" TIMESTAMP(3) NOT NULL,
    "committedAt" TIMESTAMP(3),
    "closer" TEXT,
    "closerUntil" TIMESTAMP(3),
    "metrics" JSONB NOT NULL DEFAULT '{}',
    CONSTRAINT "Round_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Round_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "Round_groupId_number_key" ON "Round"("groupId", "number");
-- A group has at most one live round, whoever opens it.
CREATE UNIQUE INDEX "Round_groupId_live_key" ON "Round"("groupId") WHERE "state" IN ('open', 'collecting', 'aggregating');

CREATE TABLE "Assignment" (
    "roundId" TEXT NOT NULL,
    "participantId" TEXT NOT NULL,
    "assignedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Assignment_pkey" PRIMARY KEY ("roundId", "participantId"),
    CONSTRAINT "Assignment_roundId_fkey" FOREIGN KEY ("roundId") REFERENCES "Round"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Assignment_participantId_fkey" FOREIGN KEY ("participantId") REFERENCES "Participant"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "Blob" (
    "id" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Blob_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "BlobChunk" (
    "blobId" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "data" BYTEA NOT NULL,
    CONSTRAINT "BlobChunk_pkey" PRIMARY KEY ("blobId", "index"),
    CONSTRAINT "BlobChunk_blobId_fkey" FOREIGN KEY ("blobId") REFERENCES "Blob"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
-- Tensors of floats do not compress: store them as they are.
ALTER TABLE "BlobChunk" ALTER COLUMN "data" SET STORAGE EXTERNAL;

CREATE TABLE "Contribution" (
    "roundId" TEXT NOT NULL,
    "participantId" TEXT NOT NULL,
    "blobId" TEXT NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL,
    "norm" DOUBLE PRECISION NOT NULL,
    "examples" INTEGER NOT NULL,
    "personalLoss" DOUBLE PRECISION,
    "sharedLoss" DOUBLE PRECISION,
    "receivedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Contribution_pkey" PRIMARY KEY ("roundId", "participantId"),
    CONSTRAINT "Contribution_roundId_fkey" FOREIGN KEY ("roundId") REFERENCES "Round"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Contribution_participantId_fkey" FOREIGN KEY ("participantId") REFERENCES "Participant"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Contribution_roundId_participantId_fkey" FOREIGN KEY ("roundId", "participantId") REFERENCES "Assignment"("roundId", "participantId") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Contribution_blobId_fkey" FOREIGN KEY ("blobId") REFERENCES "Blob"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "Contribution_blobId_key" ON "Contribution"("blobId");

CREATE TABLE "Checkpoint" (
    "groupId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "blobId" TEXT NOT NULL,
    "optimizerBlobId" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Checkpoint_pkey" PRIMARY KEY ("groupId", "version"),
    CONSTRAINT "Checkpoint_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Checkpoint_blobId_fkey" FOREIGN KEY ("blobId") REFERENCES "Blob"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Checkpoint_optimizerBlobId_fkey" FOREIGN KEY ("optimizerBlobId") REFERENCES "Blob"("id") ON DELETE SET NULL ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "Checkpoint_blobId_key" ON "Checkpoint"("blobId");
CREATE UNIQUE INDEX "Checkpoint_optimizerBlobId_key" ON "Checkpoint"("optimizerBlobId");

CREATE TABLE "Metric" (
    "id" TEXT NOT NULL,
    "groupId" TEXT NOT NULL,
    "participantId" TEXT NOT NULL,
    "round" INTEGER,
    "name" TEXT NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Metric_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Metric_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Metric_participantId_fkey" FOREIGN KEY ("participantId") REFERENCES "Participant"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "Metric_groupId_createdAt_idx" ON "Metric"("groupId", "createdAt");

CREATE TABLE "AuditEvent" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "keyId" TEXT,
    "groupId" TEXT,
    "roundId" TEXT,
    "participantId" TEXT,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "AuditEvent_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "AuditEvent_groupId_createdAt_idx" ON "AuditEvent"("groupId", "createdAt");

CREATE TABLE "Invitation" (
    "id" TEXT NOT NULL,
    "groupId" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "usedAt" TIMESTAMP(3),
    "usedBy" TEXT,
    CONSTRAINT "Invitation_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Invitation_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "Invitation_hash_key" ON "Invitation"("hash");
