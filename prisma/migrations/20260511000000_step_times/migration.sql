-- How long a step takes a member, in whole seconds; null where it told nothing.
ALTER TABLE "Membership" ADD COLUMN "stepSeconds" INTEGER;
