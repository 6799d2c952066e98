-- Browsers that are signed in, and keys of people who sign in by OpenID Connect.
ALTER TABLE "ApiKey" ADD COLUMN "subject" TEXT;
CREATE UNIQUE INDEX "ApiKey_subject_key" ON "ApiKey"("subject");

CREATE TABLE "Session" (
    "id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastUsedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "endsAt" TIMESTAMP(3) NOT NULL,
    "endedAt" TIMESTAMP(3),
    "address" TEXT NOT NULL,
    "agent" TEXT,
    "flow" TEXT,
    CONSTRAINT "Session_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Session_keyId_fkey" FOREIGN KEY ("keyId") REFERENCES "ApiKey"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "Session_hash_key" ON "Session"("hash");
CREATE UNIQUE INDEX "Session_flow_key" ON "Session"("flow");
CREATE INDEX "Session_keyId_createdAt_idx" ON "Session"("keyId", "createdAt");
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");
CREATE INDEX "Session_endedAt_idx" ON "Session"("endedAt");
