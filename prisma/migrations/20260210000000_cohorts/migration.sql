-- Cohorts drawn at random and anew, availability, late contributions, and reasons why a group rests.

ALTER TABLE "TaskGroup"
    ADD COLUMN "pausedReason" TEXT,
    ADD COLUMN "endedReason" TEXT,
    ADD COLUMN "bestVersion" INTEGER,
    ADD COLUMN "judgedFrom" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "Membership"
    ADD COLUMN "onlineUntil" TIMESTAMP(3),
    ADD COLUMN "awayUntil" TIMESTAMP(3),
    ADD COLUMN "windows" JSONB;
UPDATE "Membership" SET "onlineUntil" = "lastSeenAt" + INTERVAL '30 seconds';
ALTER TABLE "Membership" ALTER COLUMN "onlineUntil" SET NOT NULL;
DROP INDEX "Membership_groupId_lastSeenAt_idx";
CREATE INDEX "Membership_groupId_onlineUntil_idx" ON "Membership"("groupId", "onlineUntil");

ALTER TABLE "Round"
    ADD COLUMN "wanted" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "attempt" INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN "retries" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "reason" TEXT;
UPDATE "Round" r SET "wanted" = (SELECT count(*) FROM "Assignment" a WHERE a."roundId" = r."id");

ALTER TABLE "Assignment" ADD COLUMN "attempt" INTEGER NOT NULL DEFAULT 1;

ALTER TABLE "Contribution"
    ADD COLUMN "madeForId" TEXT,
    ADD COLUMN "version" INTEGER,
    ADD COLUMN "staleness" INTEGER NOT NULL DEFAULT 0;
UPDATE "Contribution" k SET "madeForId" = k."roundId", "version" = r."version" FROM "Round" r WHERE r."id" = k."roundId";
ALTER TABLE "Contribution"
    ALTER COLUMN "madeForId" SET NOT NULL,
    ALTER COLUMN "version" SET NOT NULL,
    ADD CONSTRAINT "Contribution_madeForId_fkey" FOREIGN KEY ("madeForId") REFERENCES "Round"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
-- What was made for a round counts once, in whichever round it does.
CREATE UNIQUE INDEX "Contribution_madeForId_participantId_key" ON "Contribution"("madeForId", "participantId");

CREATE INDEX "Metric_groupId_name_round_idx" ON "Metric"("groupId", "name", "round");
