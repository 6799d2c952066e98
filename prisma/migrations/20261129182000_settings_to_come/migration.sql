-- Settings that wait for the live round to be over, and a number by which members hear that theirs changed.
ALTER TABLE "TaskGroup" ADD COLUMN "nextSettings" JSONB;
ALTER TABLE "TaskGroup" ADD COLUMN "settingsVersion" INTEGER NOT NULL DEFAULT 0;
