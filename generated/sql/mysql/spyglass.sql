-- Written by `djc sql` for MySQL and MariaDB, as datajoint 0.14 would declare it: 34 tables in 7 schemas.
-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.

CREATE DATABASE IF NOT EXISTS `common_device` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE DATABASE IF NOT EXISTS `common_interval` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE DATABASE IF NOT EXISTS `common_lab` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE DATABASE IF NOT EXISTS `common_nwbfile` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE DATABASE IF NOT EXISTS `common_session` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE DATABASE IF NOT EXISTS `common_subject` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE DATABASE IF NOT EXISTS `common_usage` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS `common_device`.`data_acquisition_device_system` (
  `data_acquisition_device_system` varchar(80) NOT NULL,
  PRIMARY KEY (`data_acquisition_device_system`)
) ENGINE=InnoDB COMMENT='systems that acquisition devices belong to';

CREATE TABLE IF NOT EXISTS `common_device`.`data_acquisition_device_amplifier` (
  `data_acquisition_device_amplifier` varchar(80) NOT NULL,
  PRIMARY KEY (`data_acquisition_device_amplifier`)
) ENGINE=InnoDB COMMENT='amplifiers of acquisition devices';

CREATE TABLE IF NOT EXISTS `common_device`.`data_acquisition_device` (
  `data_acquisition_device_name` varchar(80) NOT NULL,
  `data_acquisition_device_system` varchar(80) NULL DEFAULT NULL,
  `data_acquisition_device_amplifier` varchar(80) NULL DEFAULT NULL,
  `adc_circuit` varchar(2000) NULL DEFAULT NULL,
  PRIMARY KEY (`data_acquisition_device_name`),
  FOREIGN KEY (`data_acquisition_device_system`) REFERENCES `common_device`.`data_acquisition_device_system` (`data_acquisition_device_system`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`data_acquisition_device_amplifier`) REFERENCES `common_device`.`data_acquisition_device_amplifier` (`data_acquisition_device_amplifier`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_device`.`camera_device` (
  `camera_name` varchar(80) NOT NULL,
  `meters_per_pixel` float NOT NULL DEFAULT '0' COMMENT 'edge of a pixel, in metres',
  `manufacturer` varchar(2000) NOT NULL DEFAULT '',
  `model` varchar(2000) NOT NULL DEFAULT '',
  `lens` varchar(2000) NOT NULL DEFAULT '',
  `camera_id` int NOT NULL DEFAULT '-1',
  PRIMARY KEY (`camera_name`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_device`.`probe_type` (
  `probe_type` varchar(80) NOT NULL,
  `probe_description` varchar(2000) NOT NULL COMMENT 'what it is',
  `manufacturer` varchar(200) NOT NULL DEFAULT '' COMMENT 'who makes it',
  `num_shanks` int NOT NULL COMMENT 'how many shanks it has',
  PRIMARY KEY (`probe_type`)
) ENGINE=InnoDB COMMENT='kinds of probe, whatever their channel map';

CREATE TABLE IF NOT EXISTS `common_device`.`probe` (
  `probe_id` varchar(80) NOT NULL COMMENT 'name of probe and configuration',
  `probe_type` varchar(80) NOT NULL,
  `data_acquisition_device_name` varchar(80) NULL DEFAULT NULL,
  `contact_side_numbering` enum('True','False') NOT NULL COMMENT 'whether contacts are numbered as seen from the front',
  PRIMARY KEY (`probe_id`),
  FOREIGN KEY (`probe_type`) REFERENCES `common_device`.`probe_type` (`probe_type`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`data_acquisition_device_name`) REFERENCES `common_device`.`data_acquisition_device` (`data_acquisition_device_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='one configuration of a kind of probe';

CREATE TABLE IF NOT EXISTS `common_device`.`probe__shank` (
  `probe_id` varchar(80) NOT NULL COMMENT 'name of probe and configuration',
  `probe_shank` int NOT NULL COMMENT 'number of the shank within the probe',
  PRIMARY KEY (`probe_id`, `probe_shank`),
  FOREIGN KEY (`probe_id`) REFERENCES `common_device`.`probe` (`probe_id`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_device`.`probe__electrode` (
  `probe_id` varchar(80) NOT NULL COMMENT 'name of probe and configuration',
  `probe_shank` int NOT NULL COMMENT 'number of the shank within the probe',
  `probe_electrode` int NOT NULL COMMENT 'number of the contact',
  `contact_size` float NULL DEFAULT NULL COMMENT 'micrometres',
  `rel_x` float NULL DEFAULT NULL COMMENT 'micrometres',
  `rel_y` float NULL DEFAULT NULL COMMENT 'micrometres',
  `rel_z` float NULL DEFAULT NULL COMMENT 'micrometres',
  PRIMARY KEY (`probe_id`, `probe_shank`, `probe_electrode`),
  FOREIGN KEY (`probe_id`, `probe_shank`) REFERENCES `common_device`.`probe__shank` (`probe_id`, `probe_shank`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='contacts of a shank';

CREATE TABLE IF NOT EXISTS `common_nwbfile`.`~external_raw` (
  `hash` binary(16) NOT NULL COMMENT ':uuid:hash of contents (blob), of filename + contents (attach), or relative filepath (filepath)',
  `size` bigint unsigned NOT NULL COMMENT 'size of object in bytes',
  `attachment_name` varchar(255) NULL DEFAULT NULL COMMENT 'the filename of an attachment',
  `filepath` varchar(1000) NULL DEFAULT NULL COMMENT 'relative filepath or attachment filename',
  `contents_hash` binary(16) NULL DEFAULT NULL COMMENT ':uuid:used for the filepath datatype',
  `timestamp` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'automatic timestamp',
  PRIMARY KEY (`hash`)
) ENGINE=InnoDB COMMENT='external storage tracking';

CREATE TABLE IF NOT EXISTS `common_nwbfile`.`nwbfile` (
  `nwb_file_name` varchar(64) NOT NULL COMMENT 'file name, without its folder',
  `nwb_file_abs_path` binary(16) NOT NULL COMMENT ':filepath@raw:',
  PRIMARY KEY (`nwb_file_name`),
  FOREIGN KEY (`nwb_file_abs_path`) REFERENCES `common_nwbfile`.`~external_raw` (`hash`) ON UPDATE RESTRICT ON DELETE RESTRICT,
  INDEX (`nwb_file_abs_path`)
) ENGINE=InnoDB COMMENT='raw NWB files';

CREATE TABLE IF NOT EXISTS `common_subject`.`subject` (
  `subject_id` varchar(80) NOT NULL,
  `age` varchar(200) NULL DEFAULT NULL,
  `description` varchar(2000) NULL DEFAULT NULL,
  `genotype` varchar(2000) NULL DEFAULT NULL,
  `sex` enum('M','F','U') NOT NULL DEFAULT 'U',
  `species` varchar(200) NULL DEFAULT NULL,
  PRIMARY KEY (`subject_id`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_lab`.`institution` (
  `institution_name` varchar(80) NOT NULL,
  PRIMARY KEY (`institution_name`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_lab`.`lab` (
  `lab_name` varchar(80) NOT NULL,
  PRIMARY KEY (`lab_name`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_session`.`_session` (
  `nwb_file_name` varchar(64) NOT NULL COMMENT 'file name, without its folder',
  `subject_id` varchar(80) NULL DEFAULT NULL,
  `institution_name` varchar(80) NULL DEFAULT NULL,
  `lab_name` varchar(80) NULL DEFAULT NULL,
  `session_id` varchar(200) NULL DEFAULT NULL,
  `session_description` varchar(2000) NOT NULL,
  `session_start_time` datetime NOT NULL,
  `timestamps_reference_time` datetime NOT NULL,
  `experiment_description` varchar(2000) NULL DEFAULT NULL,
  PRIMARY KEY (`nwb_file_name`),
  FOREIGN KEY (`nwb_file_name`) REFERENCES `common_nwbfile`.`nwbfile` (`nwb_file_name`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`subject_id`) REFERENCES `common_subject`.`subject` (`subject_id`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`institution_name`) REFERENCES `common_lab`.`institution` (`institution_name`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`lab_name`) REFERENCES `common_lab`.`lab` (`lab_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='recording sessions';

CREATE TABLE IF NOT EXISTS `common_interval`.`interval_list` (
  `nwb_file_name` varchar(64) NOT NULL COMMENT 'file name, without its folder',
  `interval_list_name` varchar(170) NOT NULL COMMENT 'what the list is called',
  `valid_times` longblob NOT NULL COMMENT 'start and end of each interval, seconds, one row each',
  `pipeline` varchar(64) NOT NULL DEFAULT '' COMMENT 'which pipeline made the list',
  PRIMARY KEY (`nwb_file_name`, `interval_list_name`),
  FOREIGN KEY (`nwb_file_name`) REFERENCES `common_session`.`_session` (`nwb_file_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='intervals that analyses use';

CREATE TABLE IF NOT EXISTS `common_lab`.`lab_member` (
  `lab_member_name` varchar(80) NOT NULL,
  `first_name` varchar(200) NOT NULL,
  `last_name` varchar(200) NOT NULL,
  PRIMARY KEY (`lab_member_name`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_lab`.`lab_member__lab_member_info` (
  `lab_member_name` varchar(80) NOT NULL,
  `google_user_name` varchar(200) NOT NULL COMMENT 'account for curation',
  `datajoint_user_name` varchar(200) NOT NULL DEFAULT '' COMMENT 'account of the database',
  `admin` tinyint(1) NOT NULL DEFAULT '0' COMMENT 'whether permission checks are skipped',
  PRIMARY KEY (`lab_member_name`),
  FOREIGN KEY (`lab_member_name`) REFERENCES `common_lab`.`lab_member` (`lab_member_name`) ON UPDATE CASCADE ON DELETE RESTRICT,
  UNIQUE INDEX (`datajoint_user_name`),
  UNIQUE INDEX (`google_user_name`)
) ENGINE=InnoDB COMMENT='accounts of a lab member';

CREATE TABLE IF NOT EXISTS `common_lab`.`lab_team` (
  `team_name` varchar(80) NOT NULL,
  `team_description` varchar(2000) NOT NULL DEFAULT '',
  PRIMARY KEY (`team_name`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_lab`.`lab_team__lab_team_member` (
  `team_name` varchar(80) NOT NULL,
  `lab_member_name` varchar(80) NOT NULL,
  PRIMARY KEY (`team_name`, `lab_member_name`),
  FOREIGN KEY (`team_name`) REFERENCES `common_lab`.`lab_team` (`team_name`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`lab_member_name`) REFERENCES `common_lab`.`lab_member` (`lab_member_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_nwbfile`.`analysis_registry` (
  `full_table_name` varchar(128) NOT NULL COMMENT 'the table, as the server writes it',
  `created_at` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'time of registration',
  `created_by` varchar(32) NOT NULL COMMENT 'account that registered it',
  PRIMARY KEY (`full_table_name`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_nwbfile`.`~external_analysis` (
  `hash` binary(16) NOT NULL COMMENT ':uuid:hash of contents (blob), of filename + contents (attach), or relative filepath (filepath)',
  `size` bigint unsigned NOT NULL COMMENT 'size of object in bytes',
  `attachment_name` varchar(255) NULL DEFAULT NULL COMMENT 'the filename of an attachment',
  `filepath` varchar(1000) NULL DEFAULT NULL COMMENT 'relative filepath or attachment filename',
  `contents_hash` binary(16) NULL DEFAULT NULL COMMENT ':uuid:used for the filepath datatype',
  `timestamp` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'automatic timestamp',
  PRIMARY KEY (`hash`)
) ENGINE=InnoDB COMMENT='external storage tracking';

CREATE TABLE IF NOT EXISTS `common_nwbfile`.`analysis_nwbfile` (
  `analysis_file_name` varchar(64) NOT NULL COMMENT 'file name, without its folder',
  `nwb_file_name` varchar(64) NOT NULL COMMENT 'file name, without its folder',
  `analysis_file_abs_path` binary(16) NOT NULL COMMENT ':filepath@analysis:where the file is',
  `analysis_file_description` varchar(2000) NOT NULL DEFAULT '' COMMENT 'free text about the analysis',
  `analysis_parameters` blob NULL DEFAULT NULL COMMENT 'further parameters, for analyses over several recordings',
  PRIMARY KEY (`analysis_file_name`),
  FOREIGN KEY (`nwb_file_name`) REFERENCES `common_nwbfile`.`nwbfile` (`nwb_file_name`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`analysis_file_abs_path`) REFERENCES `common_nwbfile`.`~external_analysis` (`hash`) ON UPDATE RESTRICT ON DELETE RESTRICT,
  INDEX (`analysis_file_abs_path`)
) ENGINE=InnoDB COMMENT='NWB files that hold results';

CREATE TABLE IF NOT EXISTS `common_session`.`_session__data_acquisition_device` (
  `nwb_file_name` varchar(64) NOT NULL COMMENT 'file name, without its folder',
  `data_acquisition_device_name` varchar(80) NOT NULL,
  PRIMARY KEY (`nwb_file_name`, `data_acquisition_device_name`),
  FOREIGN KEY (`nwb_file_name`) REFERENCES `common_session`.`_session` (`nwb_file_name`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`data_acquisition_device_name`) REFERENCES `common_device`.`data_acquisition_device` (`data_acquisition_device_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='devices of a session';

CREATE TABLE IF NOT EXISTS `common_session`.`_session__experimenter` (
  `nwb_file_name` varchar(64) NOT NULL COMMENT 'file name, without its folder',
  `lab_member_name` varchar(80) NOT NULL,
  PRIMARY KEY (`nwb_file_name`, `lab_member_name`),
  FOREIGN KEY (`nwb_file_name`) REFERENCES `common_session`.`_session` (`nwb_file_name`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`lab_member_name`) REFERENCES `common_lab`.`lab_member` (`lab_member_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='experimenters of a session';

CREATE TABLE IF NOT EXISTS `common_usage`.`cautious_delete` (
  `id` int NOT NULL AUTO_INCREMENT,
  `dj_user` varchar(64) NOT NULL,
  `duration` float NOT NULL,
  `origin` varchar(64) NOT NULL,
  `restriction` varchar(255) NOT NULL,
  `merge_deletes` blob NULL DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_usage`.`insert_error` (
  `id` int NOT NULL AUTO_INCREMENT,
  `dj_user` varchar(64) NOT NULL,
  `connection_id` int NOT NULL COMMENT 'number of the connection at the server',
  `nwb_file_name` varchar(64) NOT NULL,
  `table` varchar(64) NOT NULL,
  `error_type` varchar(64) NOT NULL,
  `error_message` varchar(255) NOT NULL,
  `error_raw` blob NULL DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_usage`.`activity_log` (
  `id` int NOT NULL AUTO_INCREMENT,
  `function` varchar(64) NOT NULL,
  `dj_user` varchar(64) NOT NULL,
  `timestamp` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_usage`.`export_selection` (
  `export_id` int NOT NULL AUTO_INCREMENT,
  `paper_id` varchar(32) NOT NULL,
  `analysis_id` varchar(32) NOT NULL,
  `spyglass_version` varchar(16) NOT NULL,
  `time` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (`export_id`),
  UNIQUE INDEX (`paper_id`, `analysis_id`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_usage`.`export_selection__table` (
  `export_id` int NOT NULL,
  `table_id` int NOT NULL,
  `table_name` varchar(128) NOT NULL,
  `restriction` varchar(2048) NOT NULL,
  PRIMARY KEY (`export_id`, `table_id`),
  FOREIGN KEY (`export_id`) REFERENCES `common_usage`.`export_selection` (`export_id`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_usage`.`export_selection__file` (
  `export_id` int NOT NULL,
  `analysis_file_name` varchar(64) NOT NULL COMMENT 'file name, without its folder',
  PRIMARY KEY (`export_id`, `analysis_file_name`),
  FOREIGN KEY (`export_id`) REFERENCES `common_usage`.`export_selection` (`export_id`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`analysis_file_name`) REFERENCES `common_nwbfile`.`analysis_nwbfile` (`analysis_file_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_usage`.`__export` (
  `export_id` int NOT NULL,
  `paper_id` varchar(32) NOT NULL,
  `included_nwb_file_names` mediumblob NULL DEFAULT NULL COMMENT 'raw files that belong to it',
  PRIMARY KEY (`export_id`),
  FOREIGN KEY (`export_id`) REFERENCES `common_usage`.`export_selection` (`export_id`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_usage`.`__export__table` (
  `export_id` int NOT NULL,
  `table_id` int NOT NULL,
  `table_name` varchar(128) NOT NULL,
  `restriction` mediumblob NOT NULL,
  PRIMARY KEY (`export_id`, `table_id`),
  FOREIGN KEY (`export_id`) REFERENCES `common_usage`.`__export` (`export_id`) ON UPDATE CASCADE ON DELETE RESTRICT,
  UNIQUE INDEX (`export_id`, `table_name`)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_usage`.`__export__file` (
  `export_id` int NOT NULL,
  `file_id` int NOT NULL,
  `file_path` varchar(255) NOT NULL,
  PRIMARY KEY (`export_id`, `file_id`),
  FOREIGN KEY (`export_id`) REFERENCES `common_usage`.`__export` (`export_id`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS `common_usage`.`export_error_log` (
  `file` varchar(255) NOT NULL COMMENT 'the file',
  `source` varchar(255) NOT NULL COMMENT 'where it failed',
  PRIMARY KEY (`file`, `source`)
) ENGINE=InnoDB;
