-- Written by `djc sql` for MySQL and MariaDB, as datajoint 0.14 would declare it: 12 tables in 1 schema.
-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.

CREATE DATABASE IF NOT EXISTS `demo_workshop` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS `demo_workshop`.`subject` (
  `subject_id` varchar(32) NOT NULL COMMENT 'name in the colony',
  `species` enum('mouse','rat','other') NOT NULL DEFAULT 'mouse',
  `date_of_birth` date NULL DEFAULT NULL,
  `note` varchar(255) NOT NULL DEFAULT '' COMMENT 'anything a reader should know',
  PRIMARY KEY (`subject_id`)
) ENGINE=InnoDB COMMENT='animals of the colony';

CREATE TABLE IF NOT EXISTS `demo_workshop`.`subj_blinded` (
  `subject_id` binary(16) NOT NULL COMMENT ':uuid:random name, says nothing about the animal',
  `actual_id` varchar(32) NOT NULL COMMENT 'name in the colony',
  PRIMARY KEY (`subject_id`),
  FOREIGN KEY (`actual_id`) REFERENCES `demo_workshop`.`subject` (`subject_id`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='animals under blinded names';

CREATE TABLE IF NOT EXISTS `demo_workshop`.`#my_params` (
  `param_name` varchar(32) NOT NULL COMMENT 'short name of the set',
  `params` blob NOT NULL COMMENT 'mapping of parameter name to value',
  PRIMARY KEY (`param_name`)
) ENGINE=InnoDB COMMENT='parameters of the analyses';

CREATE TABLE IF NOT EXISTS `demo_workshop`.`my_grouping` (
  `group_id` int NOT NULL AUTO_INCREMENT,
  `group_name` varchar(64) NOT NULL COMMENT 'what people call the group',
  PRIMARY KEY (`group_id`),
  UNIQUE INDEX (`group_name`)
) ENGINE=InnoDB COMMENT='named groups of animals';

CREATE TABLE IF NOT EXISTS `demo_workshop`.`my_grouping__my_unit` (
  `group_id` int NOT NULL,
  `subject_id` binary(16) NOT NULL COMMENT ':uuid:random name, says nothing about the animal',
  PRIMARY KEY (`group_id`, `subject_id`),
  FOREIGN KEY (`group_id`) REFERENCES `demo_workshop`.`my_grouping` (`group_id`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`subject_id`) REFERENCES `demo_workshop`.`subj_blinded` (`subject_id`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='animals of a group';

CREATE TABLE IF NOT EXISTS `demo_workshop`.`my_analysis_selection` (
  `subject_id` binary(16) NOT NULL COMMENT ':uuid:random name, says nothing about the animal',
  `param_name` varchar(32) NOT NULL COMMENT 'short name of the set',
  PRIMARY KEY (`subject_id`, `param_name`),
  FOREIGN KEY (`subject_id`) REFERENCES `demo_workshop`.`subj_blinded` (`subject_id`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`param_name`) REFERENCES `demo_workshop`.`#my_params` (`param_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='animals and parameters to be analysed together';

CREATE TABLE IF NOT EXISTS `demo_workshop`.`__my_analysis` (
  `subject_id` binary(16) NOT NULL COMMENT ':uuid:random name, says nothing about the animal',
  `param_name` varchar(32) NOT NULL COMMENT 'short name of the set',
  `mean_rate` float NOT NULL COMMENT 'events per second over the whole recording',
  `analysed_at` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (`subject_id`, `param_name`),
  FOREIGN KEY (`subject_id`, `param_name`) REFERENCES `demo_workshop`.`my_analysis_selection` (`subject_id`, `param_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='events above threshold in one animal';

CREATE TABLE IF NOT EXISTS `demo_workshop`.`__my_analysis__my_part` (
  `subject_id` binary(16) NOT NULL COMMENT ':uuid:random name, says nothing about the animal',
  `param_name` varchar(32) NOT NULL COMMENT 'short name of the set',
  `window_start` decimal(9,3) NOT NULL COMMENT 'seconds from the start of the recording',
  `events` int unsigned NOT NULL COMMENT 'events counted in the window',
  `trace` longblob NULL DEFAULT NULL COMMENT 'samples of the window',
  PRIMARY KEY (`subject_id`, `param_name`, `window_start`),
  FOREIGN KEY (`subject_id`, `param_name`) REFERENCES `demo_workshop`.`__my_analysis` (`subject_id`, `param_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='events in one window';

CREATE TABLE IF NOT EXISTS `demo_workshop`.`__group_analysis` (
  `group_id` int NOT NULL,
  `param_name` varchar(32) NOT NULL COMMENT 'short name of the set',
  `mean_rate` float NOT NULL COMMENT 'events per second, mean over the animals',
  PRIMARY KEY (`group_id`, `param_name`),
  FOREIGN KEY (`group_id`) REFERENCES `demo_workshop`.`my_grouping` (`group_id`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`param_name`) REFERENCES `demo_workshop`.`#my_params` (`param_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='events above threshold in a group';

CREATE TABLE IF NOT EXISTS `demo_workshop`.`analysis_output` (
  `merge_id` binary(16) NOT NULL COMMENT ':uuid:',
  `source` varchar(32) NOT NULL,
  PRIMARY KEY (`merge_id`)
) ENGINE=InnoDB COMMENT='results of all analyses';

CREATE TABLE IF NOT EXISTS `demo_workshop`.`analysis_output__my_analysis` (
  `merge_id` binary(16) NOT NULL COMMENT ':uuid:',
  `subject_id` binary(16) NOT NULL COMMENT ':uuid:random name, says nothing about the animal',
  `param_name` varchar(32) NOT NULL COMMENT 'short name of the set',
  PRIMARY KEY (`merge_id`),
  FOREIGN KEY (`merge_id`) REFERENCES `demo_workshop`.`analysis_output` (`merge_id`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`subject_id`, `param_name`) REFERENCES `demo_workshop`.`__my_analysis` (`subject_id`, `param_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `demo_workshop`.`analysis_output__group_analysis` (
  `merge_id` binary(16) NOT NULL COMMENT ':uuid:',
  `group_id` int NOT NULL,
  `param_name` varchar(32) NOT NULL COMMENT 'short name of the set',
  PRIMARY KEY (`merge_id`),
  FOREIGN KEY (`merge_id`) REFERENCES `demo_workshop`.`analysis_output` (`merge_id`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`group_id`, `param_name`) REFERENCES `demo_workshop`.`__group_analysis` (`group_id`, `param_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB;
