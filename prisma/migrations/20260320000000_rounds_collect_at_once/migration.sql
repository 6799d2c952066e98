-- A round collects from the moment it is there: the state before that was left in the transaction that made it.

-- One that a coordinator of old may have left there goes on, and is complete with what it would want were it opened now.
UPDATE "Round" r SET "state" = 'collecting', "wanted" = greatest(r."wanted",
    (SELECT count(*) FROM "Assignment" a WHERE a."roundId" = r."id"), (g."settings" #>> '{rounds,quorum}')::int)
    FROM "TaskGroup" g WHERE g."id" = r."groupId" AND r."state" = 'open';

-- Postgres takes no value out of an enum: another takes its place.
DROP INDEX "Round_groupId_live_key";
ALTER TABLE "Round" ALTER COLUMN "state" DROP DEFAULT;
ALTER TYPE "RoundState" RENAME TO "RoundState_old";
CREATE TYPE "RoundState" AS ENUM ('collecting', 'aggregating', 'committed', 'failed');
ALTER TABLE "Round" ALTER COLUMN "state" TYPE "RoundState" USING "state"::text::"RoundState";
ALTER TABLE "Round" ALTER COLUMN "state" SET DEFAULT 'collecting';
DROP TYPE "RoundState_old";
CREATE UNIQUE INDEX "Round_groupId_live_key" ON "Round"("groupId") WHERE "state" IN ('collecting', 'aggregating');
