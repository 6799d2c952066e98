-- What a masked round's members told of their verdicts, summed up under the masks; null where none of them did.
ALTER TABLE "Round" ADD COLUMN "verdicts" JSONB;
