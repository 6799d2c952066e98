-- What the cleaner looks for.
CREATE INDEX "Blob_createdAt_idx" ON "Blob"("createdAt");
-- Work that one coordinator at a time does.
CREATE TABLE "Lease" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "Lease_pkey" PRIMARY KEY ("name")
);
