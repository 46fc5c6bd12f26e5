-- Written by `djc sql` for SQLite, as datajoint 2 would declare it: 7 tables in 1 schema.
-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.

CREATE TABLE IF NOT EXISTS "~djc" (
  "schema" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "column" TEXT NOT NULL,
  "type" TEXT,
  "comment" TEXT NOT NULL,
  "generation" TEXT,
  PRIMARY KEY ("schema", "table", "column")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('modern', '', '', NULL, '', NULL);

CREATE TABLE IF NOT EXISTS "modern.~lineage" (
  "table_name" TEXT NOT NULL,
  "attribute_name" TEXT NOT NULL,
  "lineage" TEXT NOT NULL,
  PRIMARY KEY ("table_name", "attribute_name")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('modern', '~lineage', '', NULL, '', '2'),
  ('modern', '~lineage', 'table_name', 'varchar(64)', '', NULL),
  ('modern', '~lineage', 'attribute_name', 'varchar(64)', '', NULL),
  ('modern', '~lineage', 'lineage', 'varchar(255)', '', NULL);

CREATE TABLE IF NOT EXISTS "modern.subject" (
  "subject_id" TEXT NOT NULL,
  "species" TEXT NOT NULL DEFAULT 'mouse' CHECK ("species" IN ('mouse', 'rat', 'other')),
  "date_of_birth" TEXT DEFAULT NULL,
  "note" TEXT NOT NULL DEFAULT '',
  PRIMARY KEY ("subject_id")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('modern', 'subject', '', NULL, 'animals of the colony', '2'),
  ('modern', 'subject', 'subject_id', 'varchar(32)', 'name in the colony', NULL),
  ('modern', 'subject', 'species', 'enum(''mouse'', ''rat'', ''other'')', '', NULL),
  ('modern', 'subject', 'date_of_birth', 'date', '', NULL),
  ('modern', 'subject', 'note', 'varchar(255)', 'anything a reader should know', NULL);

DELETE FROM "modern.~lineage" WHERE "table_name" = 'subject';

INSERT INTO "modern.~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('subject', 'subject_id', 'modern.subject.subject_id');

CREATE TABLE IF NOT EXISTS "modern.subj_blinded" (
  "subject_id" BLOB NOT NULL,
  "actual_id" TEXT NOT NULL,
  PRIMARY KEY ("subject_id"),
  FOREIGN KEY ("actual_id") REFERENCES "modern.subject" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "modern.subj_blinded.actual_id" ON "modern.subj_blinded" ("actual_id");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('modern', 'subj_blinded', '', NULL, 'animals under blinded names', '2'),
  ('modern', 'subj_blinded', 'subject_id', 'uuid', 'random name, says nothing about the animal', NULL),
  ('modern', 'subj_blinded', 'actual_id', 'varchar(32)', 'name in the colony', NULL);

DELETE FROM "modern.~lineage" WHERE "table_name" = 'subj_blinded';

INSERT INTO "modern.~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('subj_blinded', 'subject_id', 'modern.subj_blinded.subject_id'),
  ('subj_blinded', 'actual_id', 'modern.subject.subject_id');

CREATE TABLE IF NOT EXISTS "modern.#my_params" (
  "param_name" TEXT NOT NULL,
  "params" TEXT NOT NULL CHECK ("params" IS NULL OR json_valid("params")),
  PRIMARY KEY ("param_name")
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('modern', '#my_params', '', NULL, 'parameters of the analyses', '2'),
  ('modern', '#my_params', 'param_name', 'varchar(32)', 'short name of the set', NULL),
  ('modern', '#my_params', 'params', 'json', 'mapping of parameter name to value', NULL);

DELETE FROM "modern.~lineage" WHERE "table_name" = '#my_params';

INSERT INTO "modern.~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('#my_params', 'param_name', 'modern.#my_params.param_name');

CREATE TABLE IF NOT EXISTS "modern.recording" (
  "subject_id" TEXT NOT NULL,
  "recording" INTEGER NOT NULL,
  "started" TEXT NOT NULL,
  "usable" INTEGER NOT NULL DEFAULT 1,
  "gain" REAL NOT NULL DEFAULT 1,
  "raw_file" TEXT DEFAULT NULL CHECK ("raw_file" IS NULL OR json_valid("raw_file")),
  "header" BLOB DEFAULT NULL,
  PRIMARY KEY ("subject_id", "recording"),
  FOREIGN KEY ("subject_id") REFERENCES "modern.subject" ("subject_id") ON UPDATE CASCADE ON DELETE RESTRICT
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('modern', 'recording', '', NULL, 'recordings', '2'),
  ('modern', 'recording', 'subject_id', 'varchar(32)', 'name in the colony', NULL),
  ('modern', 'recording', 'recording', 'int16', 'number of the recording of this animal', NULL),
  ('modern', 'recording', 'started', 'datetime(3)', '', NULL),
  ('modern', 'recording', 'usable', 'bool', 'false when the electrode was loose', NULL),
  ('modern', 'recording', 'gain', 'float32', 'volts per unit', NULL),
  ('modern', 'recording', 'raw_file', '<filepath@raw>', 'the file as the rig wrote it', NULL),
  ('modern', 'recording', 'header', '<blob>', 'what the rig said about itself', NULL);

DELETE FROM "modern.~lineage" WHERE "table_name" = 'recording';

INSERT INTO "modern.~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('recording', 'subject_id', 'modern.subject.subject_id'),
  ('recording', 'recording', 'modern.recording.recording');

CREATE TABLE IF NOT EXISTS "modern.__my_analysis" (
  "subject_id" TEXT NOT NULL,
  "recording" INTEGER NOT NULL,
  "param_name" TEXT NOT NULL,
  "mean_rate" REAL NOT NULL,
  "events" INTEGER NOT NULL,
  "trace" TEXT DEFAULT NULL CHECK ("trace" IS NULL OR json_valid("trace")),
  PRIMARY KEY ("subject_id", "recording", "param_name"),
  FOREIGN KEY ("subject_id", "recording") REFERENCES "modern.recording" ("subject_id", "recording") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("param_name") REFERENCES "modern.#my_params" ("param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "modern.__my_analysis.param_name" ON "modern.__my_analysis" ("param_name");

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('modern', '__my_analysis', '', NULL, 'events above threshold in one recording', '2'),
  ('modern', '__my_analysis', 'subject_id', 'varchar(32)', 'name in the colony', NULL),
  ('modern', '__my_analysis', 'recording', 'int16', 'number of the recording of this animal', NULL),
  ('modern', '__my_analysis', 'param_name', 'varchar(32)', 'short name of the set', NULL),
  ('modern', '__my_analysis', 'mean_rate', 'float64', 'events per second over the whole recording', NULL),
  ('modern', '__my_analysis', 'events', 'int64', 'events in total', NULL),
  ('modern', '__my_analysis', 'trace', '<blob@raw>', 'filtered samples, in the store', NULL);

DELETE FROM "modern.~lineage" WHERE "table_name" = '__my_analysis';

INSERT INTO "modern.~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('__my_analysis', 'subject_id', 'modern.subject.subject_id'),
  ('__my_analysis', 'recording', 'modern.recording.recording'),
  ('__my_analysis', 'param_name', 'modern.#my_params.param_name');

CREATE TABLE IF NOT EXISTS "modern.__my_analysis__window" (
  "subject_id" TEXT NOT NULL,
  "recording" INTEGER NOT NULL,
  "param_name" TEXT NOT NULL,
  "window_start" TEXT NOT NULL,
  "events" INTEGER NOT NULL,
  "snippet" TEXT DEFAULT NULL CHECK ("snippet" IS NULL OR json_valid("snippet")),
  PRIMARY KEY ("subject_id", "recording", "param_name", "window_start"),
  FOREIGN KEY ("subject_id", "recording", "param_name") REFERENCES "modern.__my_analysis" ("subject_id", "recording", "param_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

INSERT OR REPLACE INTO "~djc" ("schema", "table", "column", "type", "comment", "generation") VALUES
  ('modern', '__my_analysis__window', '', NULL, 'events in one window', '2'),
  ('modern', '__my_analysis__window', 'subject_id', 'varchar(32)', 'name in the colony', NULL),
  ('modern', '__my_analysis__window', 'recording', 'int16', 'number of the recording of this animal', NULL),
  ('modern', '__my_analysis__window', 'param_name', 'varchar(32)', 'short name of the set', NULL),
  ('modern', '__my_analysis__window', 'window_start', 'decimal(9, 3)', 'seconds from the start of the recording', NULL),
  ('modern', '__my_analysis__window', 'events', 'int32', 'events counted in the window', NULL),
  ('modern', '__my_analysis__window', 'snippet', '<npy@raw>', 'samples around the events', NULL);

DELETE FROM "modern.~lineage" WHERE "table_name" = '__my_analysis__window';

INSERT INTO "modern.~lineage" ("table_name", "attribute_name", "lineage") VALUES
  ('__my_analysis__window', 'subject_id', 'modern.subject.subject_id'),
  ('__my_analysis__window', 'recording', 'modern.recording.recording'),
  ('__my_analysis__window', 'param_name', 'modern.#my_params.param_name'),
  ('__my_analysis__window', 'window_start', 'modern.__my_analysis__window.window_start');
