-- Invitations with uses, expiry and who made them; keys that expire and are good for some groups; members who leave, are
-- removed or forgotten; enrolments counted by address. Invitations made before can't be used any more: they bore no signature.
CREATE TYPE "Ending" AS ENUM ('left', 'removed', 'revoked');
ALTER TABLE "Membership" ADD COLUMN "ending" "Ending";
UPDATE "Membership" SET "ending" = 'revoked' WHERE "endedAt" IS NOT NULL;

ALTER TABLE "Participant" ADD COLUMN "ownName" TEXT, ADD COLUMN "isOwn" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "forgottenAt" TIMESTAMP(3);

ALTER TABLE "ApiKey" ADD COLUMN "expiresAt" TIMESTAMP(3), ADD COLUMN "lastUsedAt" TIMESTAMP(3),
  ADD COLUMN "groups" TEXT[] DEFAULT ARRAY[]::TEXT[];

DROP TABLE "Invitation";
CREATE TABLE "Invitation" (
    "id" TEXT NOT NULL,
    "groupId" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    "uses" INTEGER NOT NULL,
    "used" INTEGER NOT NULL DEFAULT 0,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "revokedAt" TIMESTAMP(3),

    CONSTRAINT "Invitation_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Invitation_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "Invitation_groupId_createdAt_idx" ON "Invitation"("groupId", "createdAt");

CREATE TABLE "InvitationUse" (
    "invitationId" TEXT NOT NULL,
    "participantId" TEXT NOT NULL,
    "usedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "InvitationUse_pkey" PRIMARY KEY ("invitationId","participantId"),
    CONSTRAINT "InvitationUse_invitationId_fkey" FOREIGN KEY ("invitationId") REFERENCES "Invitation"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "Enrolment" (
    "id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Enrolment_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "Enrolment_address_at_idx" ON "Enrolment"("address", "at");

CREATE TABLE "Secret" (
    "name" TEXT NOT NULL,
    "value" BYTEA NOT NULL,

    CONSTRAINT "Secret_pkey" PRIMARY KEY ("name")
);

-- Which keys stopped counting lately is asked all the time.
CREATE INDEX "ApiKey_revokedAt_idx" ON "ApiKey"("revokedAt");
CREATE INDEX "ApiKey_expiresAt_idx" ON "ApiKey"("expiresAt");
