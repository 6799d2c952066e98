-- What the contributions that hold a tensor weigh together: with it a member is told which part of a checkpoint is its own.
ALTER TABLE "Round" ADD COLUMN "tensorWeights" JSONB;
