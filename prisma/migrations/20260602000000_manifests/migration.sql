-- What each checkpoint was made of, signed, each manifest naming the one before. Groups that are there begin with their next
-- checkpoint.
CREATE TABLE "Manifest" (
    "groupId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    "through" INTEGER NOT NULL,
    "settings" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Manifest_pkey" PRIMARY KEY ("groupId", "version"),
    CONSTRAINT "Manifest_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE TABLE "ManifestEntry" (
    "groupId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "isCounted" BOOLEAN NOT NULL,
    "at" INTEGER NOT NULL,
    "participantId" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "ManifestEntry_pkey" PRIMARY KEY ("groupId", "version", "isCounted", "at"),
    CONSTRAINT "ManifestEntry_groupId_version_fkey" FOREIGN KEY ("groupId", "version") REFERENCES "Manifest"("groupId", "version") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "ManifestEntry_participantId_groupId_version_idx" ON "ManifestEntry"("participantId", "groupId", "version");
CREATE TABLE "GroupSettings" (
    "sha256" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "GroupSettings_pkey" PRIMARY KEY ("sha256")
);
