-- Written by `djc sql` for PostgreSQL, as datajoint 0.14 would declare it: 3 tables in 1 schema.
-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.

CREATE SCHEMA IF NOT EXISTS "image";

CREATE TABLE IF NOT EXISTS "image"."image" (
  "image_id" integer NOT NULL,
  "taken" timestamp(0) NOT NULL,
  "pixels" bytea NOT NULL,
  PRIMARY KEY ("image_id")
);

COMMENT ON TABLE "image"."image" IS 'images as they were taken';

COMMENT ON COLUMN "image"."image"."image_id" IS 'running number';

COMMENT ON COLUMN "image"."image"."taken" IS 'when the shutter opened';

COMMENT ON COLUMN "image"."image"."pixels" IS ':<blob>:grey values, rows by columns';

CREATE TABLE IF NOT EXISTS "image"."#filter" (
  "filter_name" varchar(24) NOT NULL,
  "width" numeric(4,1) NOT NULL,
  PRIMARY KEY ("filter_name")
);

COMMENT ON TABLE "image"."#filter" IS 'filters that can be applied';

COMMENT ON COLUMN "image"."#filter"."width" IS 'full width at half maximum, in pixels';

CREATE TABLE IF NOT EXISTS "image"."__filtered_image" (
  "image_id" integer NOT NULL,
  "filter_name" varchar(24) NOT NULL,
  "filtered" bytea NOT NULL,
  PRIMARY KEY ("image_id", "filter_name"),
  FOREIGN KEY ("image_id") REFERENCES "image"."image" ("image_id") ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY ("filter_name") REFERENCES "image"."#filter" ("filter_name") ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX IF NOT EXISTS "idx___filtered_image_filter_name" ON "image"."__filtered_image" ("filter_name");

COMMENT ON TABLE "image"."__filtered_image" IS 'images after a filter';

COMMENT ON COLUMN "image"."__filtered_image"."image_id" IS 'running number';

COMMENT ON COLUMN "image"."__filtered_image"."filtered" IS ':<blob>:grey values after the filter';
