CREATE TABLE "lab.subject" (subject_id INTEGER NOT NULL, born TEXT, PRIMARY KEY (subject_id))
;
CREATE TABLE "lab._session" (
  subject_id INTEGER NOT NULL, session INTEGER NOT NULL, other INTEGER, weight REAL NOT NULL DEFAULT 1.5,
  PRIMARY KEY (subject_id, session),
  FOREIGN KEY (subject_id) REFERENCES "lab.subject" (subject_id) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (other) REFERENCES "lab.subject" (subject_id) ON DELETE CASCADE
)
;
CREATE TABLE "lab.gone__part" (a INTEGER NOT NULL, PRIMARY KEY (a))
;
CREATE TABLE plain (a INTEGER PRIMARY KEY)
;
CREATE TABLE "lab.Big Name" (a INTEGER PRIMARY KEY)
;
CREATE VIEW "lab.seen" AS SELECT subject_id FROM "lab.subject"
