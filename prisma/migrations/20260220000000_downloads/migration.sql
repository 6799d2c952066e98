-- A checkpoint's tensors as members download them, in the group's wire encoding.

ALTER TABLE "Checkpoint" ADD COLUMN "downloadBlobId" TEXT;
ALTER TABLE "Checkpoint" ADD CONSTRAINT "Checkpoint_downloadBlobId_fkey"
    FOREIGN KEY ("downloadBlobId") REFERENCES "Blob"("id") ON DELETE SET NULL ON UPDATE CASCADE;
CREATE UNIQUE INDEX "Checkpoint_downloadBlobId_key" ON "Checkpoint"("downloadBlobId");
