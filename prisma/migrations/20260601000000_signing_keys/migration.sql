-- Who signed what: participants' public keys, the statements of contributions with their signatures, and the coordinator's own key.
ALTER TABLE "Participant" ADD COLUMN "signingKey" TEXT;
ALTER TABLE "Contribution" ADD COLUMN "statement" TEXT, ADD COLUMN "signature" TEXT;
CREATE TABLE "CoordinatorKey" (
    "name" TEXT NOT NULL,
    "privateKey" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CoordinatorKey_pkey" PRIMARY KEY ("name")
);
