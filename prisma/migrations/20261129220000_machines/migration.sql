-- What a member's daemon ran with when it last joined, as it told: version of CoLoRA, engine and device; null where it told nothing.
ALTER TABLE "Membership" ADD COLUMN "version" TEXT, ADD COLUMN "engine" TEXT, ADD COLUMN "device" TEXT;
