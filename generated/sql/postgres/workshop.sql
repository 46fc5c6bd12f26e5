-- Written by `djc sql` for PostgreSQL, as datajoint 0.14 would declare it: 12 tables in 1 schema.
-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.

CREATE SCHEMA IF NOT EXISTS "demo_workshop";

DO $djc$ BEGIN
  CREATE TYPE "demo_workshop"."enum_1dfac65e" AS ENUM ('mouse', 'rat', 'other');
EXCEPTION WHEN duplicate_object THEN NULL;
END $djc$;

CREATE TABLE IF NOT EXISTS "demo_workshop"."subject" (
  "subject_id" varchar(32) NOT NULL,
  "species" "demo_workshop"."enum_1dfac65e" NOT NULL DEFAULT 'mouse',
  "date_of_birth" date DEFAULT NULL,
  "note" varchar(255) NOT NULL DEFAULT '',
  PRIMARY KEY ("subject_id")
);

COMMENT ON TABLE "demo_workshop"."subject" IS 'animals of the colony';

COMMENT ON COLUMN "demo_workshop"."subject"."subject_id" IS 'name in the colony';

COMMENT ON COLUMN "demo_workshop"."subject"."note" IS 'anything a reader should know';

CREATE TABLE IF NOT EXISTS "demo_workshop"."subj_blinded" (
  "subject_id" uuid NOT NULL,
  "actual_id" varchar(32) NOT NULL,
  PRIMARY KEY ("subject_id"),
  FOREIGN KEY ("actual_id") REFERENCES "demo_workshop"."subject" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_subj_blinded_actual_id" ON "demo_workshop"."subj_blinded" ("actual_id");

COMMENT ON TABLE "demo_workshop"."subj_blinded" IS 'animals under blinded names';

COMMENT ON COLUMN "demo_workshop"."subj_blinded"."subject_id" IS ':uuid:random name, says nothing about the animal';

COMMENT ON COLUMN "demo_workshop"."subj_blinded"."actual_id" IS 'name in the colony';

CREATE TABLE IF NOT EXISTS "demo_workshop"."#my_params" (
  "param_name" varchar(32) NOT NULL,
  "params" bytea NOT NULL,
  PRIMARY KEY ("param_name")
);

COMMENT ON TABLE "demo_workshop"."#my_params" IS 'parameters of the analyses';

COMMENT ON COLUMN "demo_workshop"."#my_params"."param_name" IS 'short name of the set';

COMMENT ON COLUMN "demo_workshop"."#my_params"."params" IS ':<blob>:mapping of parameter name to value';

CREATE TABLE IF NOT EXISTS "demo_workshop"."my_grouping" (
  "group_id" serial NOT NULL,
  "group_name" varchar(64) NOT NULL,
  PRIMARY KEY ("group_id")
);

CREATE UNIQUE INDEX IF NOT EXISTS "idx_my_grouping_group_name" ON "demo_workshop"."my_grouping" ("group_name");

COMMENT ON TABLE "demo_workshop"."my_grouping" IS 'named groups of animals';

COMMENT ON COLUMN "demo_workshop"."my_grouping"."group_id" IS ':int auto_increment:';

COMMENT ON COLUMN "demo_workshop"."my_grouping"."group_name" IS 'what people call the group';

CREATE TABLE IF NOT EXISTS "demo_workshop"."my_grouping__my_unit" (
  "group_id" integer NOT NULL,
  "subject_id" uuid NOT NULL,
  PRIMARY KEY ("group_id", "subject_id"),
  FOREIGN KEY ("group_id") REFERENCES "demo_workshop"."my_grouping" ("group_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("subject_id") REFERENCES "demo_workshop"."subj_blinded" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_my_grouping__my_unit_subject_id" ON "demo_workshop"."my_grouping__my_unit" ("subject_id");

COMMENT ON TABLE "demo_workshop"."my_grouping__my_unit" IS 'animals of a group';

COMMENT ON COLUMN "demo_workshop"."my_grouping__my_unit"."group_id" IS ':int auto_increment:';

COMMENT ON COLUMN "demo_workshop"."my_grouping__my_unit"."subject_id" IS ':uuid:random name, says nothing about the animal';

CREATE TABLE IF NOT EXISTS "demo_workshop"."my_analysis_selection" (
  "subject_id" uuid NOT NULL,
  "param_name" varchar(32) NOT NULL,
  PRIMARY KEY ("subject_id", "param_name"),
  FOREIGN KEY ("subject_id") REFERENCES "demo_workshop"."subj_blinded" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("param_name") REFERENCES "demo_workshop"."#my_params" ("param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_my_analysis_selection_param_name" ON "demo_workshop"."my_analysis_selection" ("param_name");

COMMENT ON TABLE "demo_workshop"."my_analysis_selection" IS 'animals and parameters to be analysed together';

COMMENT ON COLUMN "demo_workshop"."my_analysis_selection"."subject_id" IS ':uuid:random name, says nothing about the animal';

COMMENT ON COLUMN "demo_workshop"."my_analysis_selection"."param_name" IS 'short name of the set';

CREATE TABLE IF NOT EXISTS "demo_workshop"."__my_analysis" (
  "subject_id" uuid NOT NULL,
  "param_name" varchar(32) NOT NULL,
  "mean_rate" real NOT NULL,
  "analysed_at" timestamp(0) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY ("subject_id", "param_name"),
  FOREIGN KEY ("subject_id", "param_name") REFERENCES "demo_workshop"."my_analysis_selection" ("subject_id", "param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

COMMENT ON TABLE "demo_workshop"."__my_analysis" IS 'events above threshold in one animal';

COMMENT ON COLUMN "demo_workshop"."__my_analysis"."subject_id" IS ':uuid:random name, says nothing about the animal';

COMMENT ON COLUMN "demo_workshop"."__my_analysis"."param_name" IS 'short name of the set';

COMMENT ON COLUMN "demo_workshop"."__my_analysis"."mean_rate" IS 'events per second over the whole recording';

COMMENT ON COLUMN "demo_workshop"."__my_analysis"."analysed_at" IS ':timestamp:';

CREATE TABLE IF NOT EXISTS "demo_workshop"."__my_analysis__my_part" (
  "subject_id" uuid NOT NULL,
  "param_name" varchar(32) NOT NULL,
  "window_start" numeric(9,3) NOT NULL,
  "events" bigint NOT NULL,
  "trace" bytea DEFAULT NULL,
  PRIMARY KEY ("subject_id", "param_name", "window_start"),
  FOREIGN KEY ("subject_id", "param_name") REFERENCES "demo_workshop"."__my_analysis" ("subject_id", "param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

COMMENT ON TABLE "demo_workshop"."__my_analysis__my_part" IS 'events in one window';

COMMENT ON COLUMN "demo_workshop"."__my_analysis__my_part"."subject_id" IS ':uuid:random name, says nothing about the animal';

COMMENT ON COLUMN "demo_workshop"."__my_analysis__my_part"."param_name" IS 'short name of the set';

COMMENT ON COLUMN "demo_workshop"."__my_analysis__my_part"."window_start" IS 'seconds from the start of the recording';

COMMENT ON COLUMN "demo_workshop"."__my_analysis__my_part"."events" IS ':int unsigned:events counted in the window';

COMMENT ON COLUMN "demo_workshop"."__my_analysis__my_part"."trace" IS ':<blob>:samples of the window';

CREATE TABLE IF NOT EXISTS "demo_workshop"."__group_analysis" (
  "group_id" integer NOT NULL,
  "param_name" varchar(32) NOT NULL,
  "mean_rate" real NOT NULL,
  PRIMARY KEY ("group_id", "param_name"),
  FOREIGN KEY ("group_id") REFERENCES "demo_workshop"."my_grouping" ("group_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("param_name") REFERENCES "demo_workshop"."#my_params" ("param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx___group_analysis_param_name" ON "demo_workshop"."__group_analysis" ("param_name");

COMMENT ON TABLE "demo_workshop"."__group_analysis" IS 'events above threshold in a group';

COMMENT ON COLUMN "demo_workshop"."__group_analysis"."group_id" IS ':int auto_increment:';

COMMENT ON COLUMN "demo_workshop"."__group_analysis"."param_name" IS 'short name of the set';

COMMENT ON COLUMN "demo_workshop"."__group_analysis"."mean_rate" IS 'events per second, mean over the animals';

CREATE TABLE IF NOT EXISTS "demo_workshop"."analysis_output" (
  "merge_id" uuid NOT NULL,
  "source" varchar(32) NOT NULL,
  PRIMARY KEY ("merge_id")
);

COMMENT ON TABLE "demo_workshop"."analysis_output" IS 'results of all analyses';

COMMENT ON COLUMN "demo_workshop"."analysis_output"."merge_id" IS ':uuid:';

CREATE TABLE IF NOT EXISTS "demo_workshop"."analysis_output__my_analysis" (
  "merge_id" uuid NOT NULL,
  "subject_id" uuid NOT NULL,
  "param_name" varchar(32) NOT NULL,
  PRIMARY KEY ("merge_id"),
  FOREIGN KEY ("merge_id") REFERENCES "demo_workshop"."analysis_output" ("merge_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("subject_id", "param_name") REFERENCES "demo_workshop"."__my_analysis" ("subject_id", "param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_analysis_output__my_analysis_subject_id_param_name" ON "demo_workshop"."analysis_output__my_analysis" ("subject_id", "param_name");

COMMENT ON TABLE "demo_workshop"."analysis_output__my_analysis" IS '';

COMMENT ON COLUMN "demo_workshop"."analysis_output__my_analysis"."merge_id" IS ':uuid:';

COMMENT ON COLUMN "demo_workshop"."analysis_output__my_analysis"."subject_id" IS ':uuid:random name, says nothing about the animal';

COMMENT ON COLUMN "demo_workshop"."analysis_output__my_analysis"."param_name" IS 'short name of the set';

CREATE TABLE IF NOT EXISTS "demo_workshop"."analysis_output__group_analysis" (
  "merge_id" uuid NOT NULL,
  "group_id" integer NOT NULL,
  "param_name" varchar(32) NOT NULL,
  PRIMARY KEY ("merge_id"),
  FOREIGN KEY ("merge_id") REFERENCES "demo_workshop"."analysis_output" ("merge_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("group_id", "param_name") REFERENCES "demo_workshop"."__group_analysis" ("group_id", "param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_analysis_output__group_analysis_group_id_param_name" ON "demo_workshop"."analysis_output__group_analysis" ("group_id", "param_name");

COMMENT ON TABLE "demo_workshop"."analysis_output__group_analysis" IS '';

COMMENT ON COLUMN "demo_workshop"."analysis_output__group_analysis"."merge_id" IS ':uuid:';

COMMENT ON COLUMN "demo_workshop"."analysis_output__group_analysis"."group_id" IS ':int auto_increment:';

COMMENT ON COLUMN "demo_workshop"."analysis_output__group_analysis"."param_name" IS 'short name of the set';
