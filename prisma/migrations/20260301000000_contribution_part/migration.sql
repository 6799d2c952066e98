-- How much of its round's update each contribution became, so that operators see whom a rule left out or held back.
ALTER TABLE "Contribution" ADD COLUMN "part" DOUBLE PRECISION;
