-- How many members have to hold a tensor before a round moves it, of groups and of how many at each round; whose labels are whose.
ALTER TABLE "TaskGroup" ADD COLUMN "minMembers" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "Round" ADD COLUMN "members" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Round" ADD COLUMN "travelling" JSONB;
ALTER TABLE "Membership" ADD COLUMN "labels" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];
