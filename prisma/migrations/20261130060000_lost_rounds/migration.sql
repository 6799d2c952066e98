-- Rounds that this database doesn't have and members hold receipts of: it was put back to an earlier day. Each counts as spent of a
-- privacy budget, and its number isn't used again.
CREATE TABLE "LostRound" (
  "groupId" TEXT NOT NULL REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "number" INTEGER NOT NULL,
  "noticedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "LostRound_pkey" PRIMARY KEY ("groupId", "number")
);
