-- A participant whose last key was revoked takes part no more, and its place is free.
ALTER TABLE "Membership" ADD COLUMN "endedAt" TIMESTAMP(3);
UPDATE "Membership" m SET "endedAt" = now() AT TIME ZONE 'UTC', "onlineUntil" = least(m."onlineUntil", now() AT TIME ZONE 'UTC')
    WHERE EXISTS (SELECT 1 FROM "ApiKey" k WHERE k."participantId" = m."participantId")
    AND NOT EXISTS (SELECT 1 FROM "ApiKey" k WHERE k."participantId" = m."participantId" AND k."revokedAt" IS NULL);
-- Whose keys they are is asked when one is revoked.
CREATE INDEX "ApiKey_participantId_idx" ON "ApiKey"("participantId");
