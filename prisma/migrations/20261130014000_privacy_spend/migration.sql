-- What rounds with a privacy budget spent, of the group and of each member: so many with the same noise and the same chance to be asked.
CREATE TABLE "PrivacySpend" (
  "groupId" TEXT NOT NULL REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "noiseMultiplier" DOUBLE PRECISION NOT NULL,
  "rate" DOUBLE PRECISION NOT NULL,
  "rounds" INTEGER NOT NULL,
  CONSTRAINT "PrivacySpend_pkey" PRIMARY KEY ("groupId", "noiseMultiplier", "rate")
);
CREATE TABLE "MemberPrivacySpend" (
  "groupId" TEXT NOT NULL,
  "participantId" TEXT NOT NULL,
  "noiseMultiplier" DOUBLE PRECISION NOT NULL,
  "rate" DOUBLE PRECISION NOT NULL,
  "rounds" INTEGER NOT NULL,
  CONSTRAINT "MemberPrivacySpend_pkey" PRIMARY KEY ("groupId", "participantId", "noiseMultiplier", "rate"),
  CONSTRAINT "MemberPrivacySpend_groupId_participantId_fkey" FOREIGN KEY ("groupId", "participantId")
    REFERENCES "Membership"("groupId", "participantId") ON DELETE CASCADE ON UPDATE CASCADE
);
-- What the noise on a round's sum was drawn from. Secret: with it the noise can be taken off the checkpoint again.
CREATE TABLE "RoundNoise" (
  "roundId" TEXT NOT NULL PRIMARY KEY REFERENCES "Round"("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "seed" BYTEA NOT NULL,
  "deviation" DOUBLE PRECISION NOT NULL,
  "divisor" DOUBLE PRECISION NOT NULL
);
-- Of how many members a cohort was drawn by coin flips; null where it was not.
ALTER TABLE "Round" ADD COLUMN "drawnFrom" INTEGER;
