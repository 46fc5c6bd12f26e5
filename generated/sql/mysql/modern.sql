-- Written by `djc sql` for MySQL and MariaDB, as datajoint 2 would declare it: 7 tables in 1 schema.
-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.

CREATE DATABASE IF NOT EXISTS `modern` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS `modern`.`~lineage` (
  `table_name` varchar(64) NOT NULL COMMENT 'table name within the schema',
  `attribute_name` varchar(64) NOT NULL COMMENT 'attribute name',
  `lineage` varchar(255) NOT NULL COMMENT 'origin: schema.table.attribute',
  PRIMARY KEY (`table_name`, `attribute_name`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `modern`.`subject` (
  `subject_id` varchar(32) NOT NULL COMMENT ':varchar(32):name in the colony',
  `species` enum('mouse','rat','other') NOT NULL DEFAULT 'mouse' COMMENT ':enum(''mouse'', ''rat'', ''other''):',
  `date_of_birth` date NULL DEFAULT NULL COMMENT ':date:',
  `note` varchar(255) NOT NULL DEFAULT '' COMMENT ':varchar(255):anything a reader should know',
  PRIMARY KEY (`subject_id`)
) ENGINE=InnoDB COMMENT='animals of the colony';

DELETE FROM `modern`.`~lineage` WHERE `table_name` = 'subject';

INSERT INTO `modern`.`~lineage` (`table_name`, `attribute_name`, `lineage`) VALUES
  ('subject', 'subject_id', 'modern.subject.subject_id');

CREATE TABLE IF NOT EXISTS `modern`.`subj_blinded` (
  `subject_id` binary(16) NOT NULL COMMENT ':uuid:random name, says nothing about the animal',
  `actual_id` varchar(32) NOT NULL COMMENT 'name in the colony',
  PRIMARY KEY (`subject_id`),
  FOREIGN KEY (`actual_id`) REFERENCES `modern`.`subject` (`subject_id`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='animals under blinded names';

DELETE FROM `modern`.`~lineage` WHERE `table_name` = 'subj_blinded';

INSERT INTO `modern`.`~lineage` (`table_name`, `attribute_name`, `lineage`) VALUES
  ('subj_blinded', 'subject_id', 'modern.subj_blinded.subject_id'),
  ('subj_blinded', 'actual_id', 'modern.subject.subject_id');

CREATE TABLE IF NOT EXISTS `modern`.`#my_params` (
  `param_name` varchar(32) NOT NULL COMMENT ':varchar(32):short name of the set',
  `params` json NOT NULL COMMENT ':json:mapping of parameter name to value',
  PRIMARY KEY (`param_name`)
) ENGINE=InnoDB COMMENT='parameters of the analyses';

DELETE FROM `modern`.`~lineage` WHERE `table_name` = '#my_params';

INSERT INTO `modern`.`~lineage` (`table_name`, `attribute_name`, `lineage`) VALUES
  ('#my_params', 'param_name', 'modern.#my_params.param_name');

CREATE TABLE IF NOT EXISTS `modern`.`recording` (
  `subject_id` varchar(32) NOT NULL COMMENT 'name in the colony',
  `recording` smallint NOT NULL COMMENT ':int16:number of the recording of this animal',
  `started` datetime(3) NOT NULL COMMENT ':datetime(3):',
  `usable` tinyint NOT NULL DEFAULT '1' COMMENT ':bool:false when the electrode was loose',
  `gain` float NOT NULL DEFAULT '1' COMMENT ':float32:volts per unit',
  `raw_file` json NULL DEFAULT NULL COMMENT ':<filepath@raw>:the file as the rig wrote it',
  `header` longblob NULL DEFAULT NULL COMMENT ':<blob>:what the rig said about itself',
  PRIMARY KEY (`subject_id`, `recording`),
  FOREIGN KEY (`subject_id`) REFERENCES `modern`.`subject` (`subject_id`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='recordings';

DELETE FROM `modern`.`~lineage` WHERE `table_name` = 'recording';

INSERT INTO `modern`.`~lineage` (`table_name`, `attribute_name`, `lineage`) VALUES
  ('recording', 'subject_id', 'modern.subject.subject_id'),
  ('recording', 'recording', 'modern.recording.recording');

CREATE TABLE IF NOT EXISTS `modern`.`__my_analysis` (
  `subject_id` varchar(32) NOT NULL COMMENT 'name in the colony',
  `recording` smallint NOT NULL COMMENT 'number of the recording of this animal',
  `param_name` varchar(32) NOT NULL COMMENT 'short name of the set',
  `mean_rate` double NOT NULL COMMENT ':float64:events per second over the whole recording',
  `events` bigint NOT NULL COMMENT ':int64:events in total',
  `trace` json NULL DEFAULT NULL COMMENT ':<blob@raw>:filtered samples, in the store',
  PRIMARY KEY (`subject_id`, `recording`, `param_name`),
  FOREIGN KEY (`subject_id`, `recording`) REFERENCES `modern`.`recording` (`subject_id`, `recording`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`param_name`) REFERENCES `modern`.`#my_params` (`param_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='events above threshold in one recording';

DELETE FROM `modern`.`~lineage` WHERE `table_name` = '__my_analysis';

INSERT INTO `modern`.`~lineage` (`table_name`, `attribute_name`, `lineage`) VALUES
  ('__my_analysis', 'subject_id', 'modern.subject.subject_id'),
  ('__my_analysis', 'recording', 'modern.recording.recording'),
  ('__my_analysis', 'param_name', 'modern.#my_params.param_name');

CREATE TABLE IF NOT EXISTS `modern`.`__my_analysis__window` (
  `subject_id` varchar(32) NOT NULL COMMENT 'name in the colony',
  `recording` smallint NOT NULL COMMENT 'number of the recording of this animal',
  `param_name` varchar(32) NOT NULL COMMENT 'short name of the set',
  `window_start` decimal(9,3) NOT NULL COMMENT ':decimal(9, 3):seconds from the start of the recording',
  `events` int NOT NULL COMMENT ':int32:events counted in the window',
  `snippet` json NULL DEFAULT NULL COMMENT ':<npy@raw>:samples around the events',
  PRIMARY KEY (`subject_id`, `recording`, `param_name`, `window_start`),
  FOREIGN KEY (`subject_id`, `recording`, `param_name`) REFERENCES `modern`.`__my_analysis` (`subject_id`, `recording`, `param_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='events in one window';

DELETE FROM `modern`.`~lineage` WHERE `table_name` = '__my_analysis__window';

INSERT INTO `modern`.`~lineage` (`table_name`, `attribute_name`, `lineage`) VALUES
  ('__my_analysis__window', 'subject_id', 'modern.subject.subject_id'),
  ('__my_analysis__window', 'recording', 'modern.recording.recording'),
  ('__my_analysis__window', 'param_name', 'modern.#my_params.param_name'),
  ('__my_analysis__window', 'window_start', 'modern.__my_analysis__window.window_start');
