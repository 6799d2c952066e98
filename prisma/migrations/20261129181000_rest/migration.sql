-- Each change of what a group is (not of how far its rounds are) is a revision of it: changes are asked for with If-Match.
ALTER TABLE "TaskGroup" ADD COLUMN "revision" INTEGER NOT NULL DEFAULT 1;

CREATE FUNCTION "count_revision"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF ROW(NEW."name", NEW."access", NEW."settings", NEW."state", NEW."pausedReason", NEW."endedReason", NEW."rollbacks",
      NEW."wantedClusters", NEW."nextSettings")
    IS DISTINCT FROM ROW(OLD."name", OLD."access", OLD."settings", OLD."state", OLD."pausedReason", OLD."endedReason", OLD."rollbacks",
      OLD."wantedClusters", OLD."nextSettings")
  THEN
    NEW."revision" := OLD."revision" + 1;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "TaskGroup_revision" BEFORE UPDATE ON "TaskGroup" FOR EACH ROW EXECUTE FUNCTION "count_revision"();

-- Answers to requests with an Idempotency-Key, sealed, for a day.
CREATE TABLE "KeptAnswer" (
    "keyId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "answer" BYTEA,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "KeptAnswer_pkey" PRIMARY KEY ("keyId", "key")
);
CREATE INDEX "KeptAnswer_keyId_createdAt_idx" ON "KeptAnswer"("keyId", "createdAt");
CREATE INDEX "KeptAnswer_createdAt_idx" ON "KeptAnswer"("createdAt");

-- Pages of listings: the order of each, with what tells rows of one instant apart, and what is filtered or counted by.
DROP INDEX "AuditEvent_groupId_createdAt_idx";
CREATE INDEX "AuditEvent_groupId_createdAt_id_kind_idx" ON "AuditEvent"("groupId", "createdAt", "id", "kind");
CREATE INDEX "AuditEvent_kind_createdAt_id_idx" ON "AuditEvent"("kind", "createdAt", "id");
CREATE INDEX "AuditEvent_participantId_createdAt_id_idx" ON "AuditEvent"("participantId", "createdAt", "id");
CREATE INDEX "AuditEvent_roundId_createdAt_id_idx" ON "AuditEvent"("roundId", "createdAt", "id");
CREATE INDEX "AuditEvent_createdAt_id_idx" ON "AuditEvent"("createdAt", "id");
DROP INDEX "Metric_groupId_createdAt_idx";
CREATE INDEX "Metric_groupId_createdAt_id_idx" ON "Metric"("groupId", "createdAt", "id");
-- A series is read from it alone.
DROP INDEX "Metric_groupId_name_round_idx";
CREATE INDEX "Metric_groupId_name_round_participantId_value_idx" ON "Metric"("groupId", "name", "round", "participantId", "value");
