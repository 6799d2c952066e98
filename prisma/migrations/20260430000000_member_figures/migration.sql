-- What members tell of their verdicts: whole numbers alone.
CREATE TABLE "MemberFigures" (
    "groupId" TEXT NOT NULL,
    "participantId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "shareOfCore" INTEGER NOT NULL,
    "gain" INTEGER NOT NULL,
    "standardError" INTEGER NOT NULL,
    "toldAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "MemberFigures_pkey" PRIMARY KEY ("groupId", "participantId"),
    CONSTRAINT "MemberFigures_groupId_participantId_fkey" FOREIGN KEY ("groupId", "participantId") REFERENCES "Membership"("groupId", "participantId") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "MemberFigures_groupId_version_toldAt_idx" ON "MemberFigures"("groupId", "version", "toldAt");
