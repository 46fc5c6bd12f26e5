-- Written by `djc sql` for PostgreSQL, as datajoint 2 would declare it: 7 tables in 1 schema.
-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.

CREATE SCHEMA IF NOT EXISTS "modern";

CREATE TABLE IF NOT EXISTS "modern"."~lineage" (
  "table_name" varchar(64) NOT NULL,
  "attribute_name" varchar(64) NOT NULL,
  "lineage" varchar(255) NOT NULL,
  PRIMARY KEY ("table_name", "attribute_name")
);

COMMENT ON TABLE "modern"."~lineage" IS '';

DO $djc$ BEGIN
  CREATE TYPE "modern"."enum_1dfac65e" AS ENUM ('mouse', 'rat', 'other');
EXCEPTION WHEN duplicate_object THEN NULL;
END $djc$;

CREATE TABLE IF NOT EXISTS "modern"."subject" (
  "subject_id" varchar(32) NOT NULL,
  "species" "modern"."enum_1dfac65e" NOT NULL DEFAULT 'mouse',
  "date_of_birth" date DEFAULT NULL,
  "note" varchar(255) NOT NULL DEFAULT '',
  PRIMARY KEY ("subject_id")
);

COMMENT ON TABLE "modern"."subject" IS 'animals of the colony';

COMMENT ON COLUMN "modern"."subject"."subject_id" IS ':varchar(32):name in the colony';

COMMENT ON COLUMN "modern"."subject"."species" IS ':enum(''mouse'', ''rat'', ''other''):';

COMMENT ON COLUMN "modern"."subject"."date_of_birth" IS ':date:';

COMMENT ON COLUMN "modern"."subject"."note" IS ':varchar(255):anything a reader should know';

DELETE FROM "modern"."~lineage" WHERE "table_name" = 'subject';

INSERT INTO "modern"."~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('subject', 'subject_id', 'modern.subject.subject_id');

CREATE TABLE IF NOT EXISTS "modern"."subj_blinded" (
  "subject_id" uuid NOT NULL,
  "actual_id" varchar(32) NOT NULL,
  PRIMARY KEY ("subject_id"),
  FOREIGN KEY ("actual_id") REFERENCES "modern"."subject" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx_subj_blinded_actual_id" ON "modern"."subj_blinded" ("actual_id");

COMMENT ON TABLE "modern"."subj_blinded" IS 'animals under blinded names';

COMMENT ON COLUMN "modern"."subj_blinded"."subject_id" IS ':uuid:random name, says nothing about the animal';

DELETE FROM "modern"."~lineage" WHERE "table_name" = 'subj_blinded';

INSERT INTO "modern"."~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('subj_blinded', 'subject_id', 'modern.subj_blinded.subject_id'),
  ('subj_blinded', 'actual_id', 'modern.subject.subject_id');

CREATE TABLE IF NOT EXISTS "modern"."#my_params" (
  "param_name" varchar(32) NOT NULL,
  "params" jsonb NOT NULL,
  PRIMARY KEY ("param_name")
);

COMMENT ON TABLE "modern"."#my_params" IS 'parameters of the analyses';

COMMENT ON COLUMN "modern"."#my_params"."param_name" IS ':varchar(32):short name of the set';

COMMENT ON COLUMN "modern"."#my_params"."params" IS ':json:mapping of parameter name to value';

DELETE FROM "modern"."~lineage" WHERE "table_name" = '#my_params';

INSERT INTO "modern"."~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('#my_params', 'param_name', 'modern.#my_params.param_name');

CREATE TABLE IF NOT EXISTS "modern"."recording" (
  "subject_id" varchar(32) NOT NULL,
  "recording" smallint NOT NULL,
  "started" timestamp(3) NOT NULL,
  "usable" boolean NOT NULL DEFAULT 'true',
  "gain" real NOT NULL DEFAULT '1',
  "raw_file" jsonb DEFAULT NULL,
  "header" bytea DEFAULT NULL,
  PRIMARY KEY ("subject_id", "recording"),
  FOREIGN KEY ("subject_id") REFERENCES "modern"."subject" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

COMMENT ON TABLE "modern"."recording" IS 'recordings';

COMMENT ON COLUMN "modern"."recording"."recording" IS ':int16:number of the recording of this animal';

COMMENT ON COLUMN "modern"."recording"."started" IS ':datetime(3):';

COMMENT ON COLUMN "modern"."recording"."usable" IS ':bool:false when the electrode was loose';

COMMENT ON COLUMN "modern"."recording"."gain" IS ':float32:volts per unit';

COMMENT ON COLUMN "modern"."recording"."raw_file" IS ':<filepath@raw>:the file as the rig wrote it';

COMMENT ON COLUMN "modern"."recording"."header" IS ':<blob>:what the rig said about itself';

DELETE FROM "modern"."~lineage" WHERE "table_name" = 'recording';

INSERT INTO "modern"."~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('recording', 'subject_id', 'modern.subject.subject_id'),
  ('recording', 'recording', 'modern.recording.recording');

CREATE TABLE IF NOT EXISTS "modern"."__my_analysis" (
  "subject_id" varchar(32) NOT NULL,
  "recording" smallint NOT NULL,
  "param_name" varchar(32) NOT NULL,
  "mean_rate" double precision NOT NULL,
  "events" bigint NOT NULL,
  "trace" jsonb DEFAULT NULL,
  PRIMARY KEY ("subject_id", "recording", "param_name"),
  FOREIGN KEY ("subject_id", "recording") REFERENCES "modern"."recording" ("subject_id", "recording") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("param_name") REFERENCES "modern"."#my_params" ("param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx___my_analysis_param_name" ON "modern"."__my_analysis" ("param_name");

COMMENT ON TABLE "modern"."__my_analysis" IS 'events above threshold in one recording';

COMMENT ON COLUMN "modern"."__my_analysis"."mean_rate" IS ':float64:events per second over the whole recording';

COMMENT ON COLUMN "modern"."__my_analysis"."events" IS ':int64:events in total';

COMMENT ON COLUMN "modern"."__my_analysis"."trace" IS ':<blob@raw>:filtered samples, in the store';

DELETE FROM "modern"."~lineage" WHERE "table_name" = '__my_analysis';

INSERT INTO "modern"."~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('__my_analysis', 'subject_id', 'modern.subject.subject_id'),
  ('__my_analysis', 'recording', 'modern.recording.recording'),
  ('__my_analysis', 'param_name', 'modern.#my_params.param_name');

CREATE TABLE IF NOT EXISTS "modern"."__my_analysis__window" (
  "subject_id" varchar(32) NOT NULL,
  "recording" smallint NOT NULL,
  "param_name" varchar(32) NOT NULL,
  "window_start" numeric(9,3) NOT NULL,
  "events" integer NOT NULL,
  "snippet" jsonb DEFAULT NULL,
  PRIMARY KEY ("subject_id", "recording", "param_name", "window_start"),
  FOREIGN KEY ("subject_id", "recording", "param_name") REFERENCES "modern"."__my_analysis" ("subject_id", "recording", "param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

COMMENT ON TABLE "modern"."__my_analysis__window" IS 'events in one window';

COMMENT ON COLUMN "modern"."__my_analysis__window"."window_start" IS ':decimal(9, 3):seconds from the start of the recording';

COMMENT ON COLUMN "modern"."__my_analysis__window"."events" IS ':int32:events counted in the window';

COMMENT ON COLUMN "modern"."__my_analysis__window"."snippet" IS ':<npy@raw>:samples around the events';

DELETE FROM "modern"."~lineage" WHERE "table_name" = '__my_analysis__window';

INSERT INTO "modern"."~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('__my_analysis__window', 'subject_id', 'modern.subject.subject_id'),
  ('__my_analysis__window', 'recording', 'modern.recording.recording'),
  ('__my_analysis__window', 'param_name', 'modern.#my_params.param_name'),
  ('__my_analysis__window', 'window_start', 'modern.__my_analysis__window.window_start');
