-- Secure aggregation: members mask what they send, and a round's sum alone is learnt (docs/ARCHITECTURE.md, A masked round).
ALTER TABLE "TaskGroup" ADD COLUMN "isMasked" BOOLEAN NOT NULL DEFAULT false;

-- Asked for no masked round before it has a key for one, and an admin's word where its group asks for that.
ALTER TABLE "Membership" ADD COLUMN "awaitsKeys" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "vouchedKey" TEXT,
    ADD COLUMN "vouch" TEXT;

-- How far the live attempt of a masked round is; null of others.
ALTER TABLE "Round" ADD COLUMN "phase" TEXT;

CREATE TABLE "MaskingKey" (
    "groupId" TEXT NOT NULL,
    "participantId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "index" BIGINT NOT NULL,
    "sealingKey" TEXT NOT NULL,
    "maskingKey" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    "roundId" TEXT,
    "attempt" INTEGER,

    CONSTRAINT "MaskingKey_pkey" PRIMARY KEY ("groupId", "participantId", "key", "index"),
    CONSTRAINT "MaskingKey_groupId_participantId_fkey" FOREIGN KEY ("groupId", "participantId")
      REFERENCES "Membership"("groupId", "participantId") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "MaskingKey_roundId_idx" ON "MaskingKey"("roundId");
CREATE INDEX "MaskingKey_groupId_sealingKey_idx" ON "MaskingKey"("groupId", "sealingKey");
CREATE UNIQUE INDEX "MaskingKey_groupId_maskingKey_key" ON "MaskingKey"("groupId", "maskingKey");

CREATE TABLE "MaskedRound" (
    "roundId" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "roster" TEXT NOT NULL,
    "rosterHash" TEXT NOT NULL,
    "members" INTEGER NOT NULL,
    "threshold" INTEGER NOT NULL,
    "needed" INTEGER NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "MaskedRound_pkey" PRIMARY KEY ("roundId", "attempt"),
    CONSTRAINT "MaskedRound_roundId_fkey" FOREIGN KEY ("roundId") REFERENCES "Round"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "MaskedMember" (
    "roundId" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "participantId" TEXT NOT NULL,
    "sharesHash" TEXT,
    "sealed" BYTEA,
    "isSharer" BOOLEAN NOT NULL DEFAULT false,
    "isSender" BOOLEAN NOT NULL DEFAULT false,
    "leftSha256" TEXT,
    "leftStatement" TEXT,
    "leftSignature" TEXT,
    "signature" TEXT,
    "isSigner" BOOLEAN NOT NULL DEFAULT false,
    "reveals" JSONB,

    CONSTRAINT "MaskedMember_pkey" PRIMARY KEY ("roundId", "attempt", "number"),
    CONSTRAINT "MaskedMember_roundId_attempt_fkey" FOREIGN KEY ("roundId", "attempt")
      REFERENCES "MaskedRound"("roundId", "attempt") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "MaskedMember_roundId_attempt_participantId_key" ON "MaskedMember"("roundId", "attempt", "participantId");
CREATE INDEX "MaskedMember_participantId_idx" ON "MaskedMember"("participantId");
