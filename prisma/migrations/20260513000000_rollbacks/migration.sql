-- How large a contribution may be, and which checkpoints had an earlier one's tensors put back.
ALTER TABLE "Round" ADD COLUMN "normLimit" DOUBLE PRECISION;
ALTER TABLE "TaskGroup" ADD COLUMN "rollbacks" JSONB NOT NULL DEFAULT '[]';
