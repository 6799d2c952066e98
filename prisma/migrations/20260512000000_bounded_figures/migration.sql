-- A member's figure of a checkpoint counts once, with its last word, and only of a checkpoint that was there when it came.
DELETE FROM "Metric" k USING "TaskGroup" g
    WHERE g."id" = k."groupId" AND k."round" > coalesce(g."checkpointVersion", 0);
DELETE FROM "Metric" k USING "Checkpoint" c
    WHERE c."groupId" = k."groupId" AND c."version" = k."round" AND k."createdAt" < c."createdAt";
DELETE FROM "Metric" k USING (
    SELECT "id", row_number() OVER (PARTITION BY "groupId", "participantId", "name", coalesce("round", -1)
        ORDER BY "createdAt" DESC, "id" DESC) AS "age" FROM "Metric") l
    WHERE l."id" = k."id" AND l."age" > 1;
CREATE UNIQUE INDEX "Metric_once" ON "Metric"("groupId", "participantId", "name", (coalesce("round", -1)));

-- Settings of before there were bounds: what is beyond them becomes the largest that is taken.
DO $$
DECLARE path text[];
BEGIN
    FOREACH path SLICE 1 IN ARRAY ARRAY[['adapter', 'alpha'], ['adapter', 'personalAlpha'], ['task', 'headScale'],
        ['training', 'maxGradientNorm'], ['privacy', 'clipNorm'], ['privacy', 'noiseMultiplier'],
        ['aggregation', 'radius'], ['aggregation', 'tau']] LOOP
        UPDATE "TaskGroup" SET "settings" = jsonb_set("settings", path, '1000000000')
            WHERE ("settings" #>> path)::numeric > 1000000000;
    END LOOP;
    UPDATE "TaskGroup" SET "settings" = jsonb_set("settings", '{rounds,earlyStop,minDelta}', '1000000000')
        WHERE ("settings" #>> '{rounds,earlyStop,minDelta}')::numeric > 1000000000;
END $$;
