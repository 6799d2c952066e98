-- How far a member got in a round that asked it, and when: told of it, downloading and having downloaded its checkpoint, sending
-- and having sent what it trained, refused. Null: not so far, or not known (a version before, a coordinator killed meanwhile).
ALTER TABLE "Assignment"
  ADD COLUMN "toldAt" TIMESTAMP(3),
  ADD COLUMN "downloadAt" TIMESTAMP(3),
  ADD COLUMN "downloadedAt" TIMESTAMP(3),
  ADD COLUMN "uploadAt" TIMESTAMP(3),
  ADD COLUMN "uploadedAt" TIMESTAMP(3),
  ADD COLUMN "refusedAt" TIMESTAMP(3),
  ADD COLUMN "refusedCode" TEXT,
  ADD COLUMN "refusedWhy" TEXT;

-- When a round failed; null of those that didn't, and of those that failed under a version before.
ALTER TABLE "Round" ADD COLUMN "failedAt" TIMESTAMP(3);
