-- The audit trail is a chain: each event has a link with a hash over it and the link before. Links are made by the database
-- itself when a transaction commits, so that those of several coordinators stand one after the other, and no lock is waited
-- for while others are held. Neither table takes anything back.
ALTER TABLE "AuditEvent" ADD COLUMN "by" TEXT, ADD COLUMN "role" TEXT, ADD COLUMN "address" TEXT,
  ADD COLUMN "before" JSONB, ADD COLUMN "after" JSONB;

CREATE TABLE "AuditLink" (
    "seq" INTEGER NOT NULL,
    "eventId" TEXT NOT NULL,
    "previous" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "AuditLink_pkey" PRIMARY KEY ("seq")
);
CREATE UNIQUE INDEX "AuditLink_eventId_key" ON "AuditLink"("eventId");

-- A text that no other event has: each field by its length in bytes, or - where there is none (protocol/audit/audit-chain.ts).
CREATE FUNCTION "audit_text"(fields TEXT[]) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(coalesce(octet_length(f)::text || ':' || f, '-'), E'\n' ORDER BY n) FROM unnest(fields) WITH ORDINALITY AS x(f, n)
$$;

CREATE FUNCTION "audit_link"(e "AuditEvent") RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  last RECORD;
  fields TEXT[];
BEGIN
  PERFORM pg_advisory_xact_lock(72707371);
  SELECT "seq", "hash" INTO last FROM "AuditLink" ORDER BY "seq" DESC LIMIT 1;
  fields := ARRAY[(coalesce(last."seq", 0) + 1)::text, coalesce(last."hash", ''), e."id",
    to_char(e."createdAt", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), e."kind", e."by", e."role", e."keyId", e."address", e."groupId",
    e."roundId", e."participantId", e."detail"::text, e."before"::text, e."after"::text];
  INSERT INTO "AuditLink" ("seq", "eventId", "previous", "hash")
    VALUES (coalesce(last."seq", 0) + 1, e."id", coalesce(last."hash", ''),
      encode(sha256(convert_to("audit_text"(fields), 'UTF8')), 'hex'));
END $$;

CREATE FUNCTION "audit_chain"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "audit_link"(NEW);
  RETURN NULL;
END $$;

CREATE FUNCTION "audit_keep"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail only grows: % is refused', TG_OP;
END $$;

DO $$
DECLARE
  e "AuditEvent";
BEGIN
  FOR e IN SELECT * FROM "AuditEvent" ORDER BY "createdAt", "id" LOOP
    PERFORM "audit_link"(e);
  END LOOP;
END $$;

CREATE CONSTRAINT TRIGGER "AuditEvent_chain" AFTER INSERT ON "AuditEvent"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "audit_chain"();
CREATE TRIGGER "AuditEvent_keep" BEFORE UPDATE OR DELETE OR TRUNCATE ON "AuditEvent"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_keep"();
CREATE TRIGGER "AuditLink_keep" BEFORE UPDATE OR DELETE OR TRUNCATE ON "AuditLink"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_keep"();
