-- Clusters of members whose probes are alike. Groups that are there have none.
ALTER TABLE "TaskGroup" ADD COLUMN "isClustered" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "TaskGroup" ADD COLUMN "clusterRows" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "TaskGroup" ADD COLUMN "wantedClusters" JSONB;
ALTER TABLE "TaskGroup" ADD COLUMN "groupedFrom" TEXT;
ALTER TABLE "Membership" ADD COLUMN "awaitsProbe" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "Membership" ADD COLUMN "cluster" INTEGER;
ALTER TABLE "Assignment" ADD COLUMN "cluster" INTEGER;

CREATE TABLE "Probe" (
    "groupId" TEXT NOT NULL,
    "participantId" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "labels" TEXT[],
    "data" BYTEA NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Probe_pkey" PRIMARY KEY ("groupId","participantId")
);

CREATE TABLE "Cluster" (
    "groupId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "name" TEXT,
    "parent" INTEGER,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Cluster_pkey" PRIMARY KEY ("groupId","number")
);

CREATE TABLE "ClusterRow" (
    "groupId" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "cluster" INTEGER NOT NULL,
    "label" TEXT NOT NULL,
    "start" TEXT,
    "version" INTEGER NOT NULL,

    CONSTRAINT "ClusterRow_pkey" PRIMARY KEY ("groupId","at")
);

CREATE TABLE "Clustering" (
    "id" TEXT NOT NULL,
    "groupId" TEXT NOT NULL,
    "round" INTEGER NOT NULL,
    "clusters" JSONB NOT NULL,
    "moved" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Clustering_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "ClusterRow_groupId_cluster_label_key" ON "ClusterRow"("groupId", "cluster", "label");
CREATE INDEX "Clustering_groupId_createdAt_idx" ON "Clustering"("groupId", "createdAt");

ALTER TABLE "Probe" ADD CONSTRAINT "Probe_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Probe" ADD CONSTRAINT "Probe_participantId_fkey" FOREIGN KEY ("participantId") REFERENCES "Participant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Cluster" ADD CONSTRAINT "Cluster_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "ClusterRow" ADD CONSTRAINT "ClusterRow_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Clustering" ADD CONSTRAINT "Clustering_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "TaskGroup"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
