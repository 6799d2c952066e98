-- Which trace a contribution is of (W3C traceparent), where its member or coordinator traces: the round that counts it is linked to it.
ALTER TABLE "Contribution" ADD COLUMN "trace" TEXT;
