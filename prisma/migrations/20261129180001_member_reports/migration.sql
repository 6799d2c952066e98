-- How a member's daemon ended with an error, in codes of short lists; its last word.
CREATE TABLE "MemberReport" (
  "groupId" TEXT NOT NULL,
  "participantId" TEXT NOT NULL,
  "exit" TEXT NOT NULL,
  "cause" TEXT,
  "round" INTEGER,
  "toldAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "MemberReport_pkey" PRIMARY KEY ("groupId", "participantId"),
  CONSTRAINT "MemberReport_groupId_participantId_fkey" FOREIGN KEY ("groupId", "participantId")
    REFERENCES "Membership"("groupId", "participantId") ON DELETE CASCADE ON UPDATE CASCADE
);
