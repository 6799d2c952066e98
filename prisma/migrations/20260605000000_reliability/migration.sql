-- Members that were asked lately and sent nothing: how often in a row, and how often of that their round ended while they were
-- online. Who delivers has no row.
CREATE TABLE "MissedRounds" (
  "groupId" TEXT NOT NULL,
  "participantId" TEXT NOT NULL,
  "missed" INTEGER NOT NULL,
  "stalled" INTEGER NOT NULL,
  CONSTRAINT "MissedRounds_pkey" PRIMARY KEY ("groupId", "participantId"),
  CONSTRAINT "MissedRounds_groupId_participantId_fkey" FOREIGN KEY ("groupId", "participantId")
    REFERENCES "Membership"("groupId", "participantId") ON DELETE CASCADE ON UPDATE CASCADE
);
