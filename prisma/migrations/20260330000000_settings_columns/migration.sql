-- What statements ask of a group's settings stands beside them, in columns that are written with them.
ALTER TABLE "TaskGroup"
    ADD COLUMN "isBuffered" BOOLEAN,
    ADD COLUMN "isSampled" BOOLEAN,
    ADD COLUMN "participants" INTEGER,
    ADD COLUMN "quorum" INTEGER,
    ADD COLUMN "maxStaleness" INTEGER,
    ADD COLUMN "stopMetric" TEXT,
    ADD COLUMN "downloadEncoding" TEXT;
-- Settings of old lack the fields that came later: those mean what they are filled with when they are read.
UPDATE "TaskGroup" SET
    "isBuffered" = coalesce("settings" #>> '{rounds,mode}', 'synchronous') = 'buffered',
    "isSampled" = "settings" #> '{rounds,cohort}' IS NOT NULL,
    "participants" = coalesce(("settings" #>> '{rounds,participants}')::int, 2),
    "quorum" = coalesce(("settings" #>> '{rounds,quorum}')::int, 1),
    "maxStaleness" = coalesce(("settings" #>> '{rounds,maxStaleness}')::int, 0),
    "stopMetric" = "settings" #>> '{rounds,earlyStop,metric}',
    "downloadEncoding" = coalesce("settings" #>> '{wire,download}', 'f32');
ALTER TABLE "TaskGroup"
    ALTER COLUMN "isBuffered" SET NOT NULL,
    ALTER COLUMN "isSampled" SET NOT NULL,
    ALTER COLUMN "participants" SET NOT NULL,
    ALTER COLUMN "quorum" SET NOT NULL,
    ALTER COLUMN "maxStaleness" SET NOT NULL,
    ALTER COLUMN "downloadEncoding" SET NOT NULL;
