-- Written by `djc sql` for MySQL and MariaDB, as datajoint 0.14 would declare it: 3 tables in 1 schema.
-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.

CREATE DATABASE IF NOT EXISTS `image` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE IF NOT EXISTS `image`.`image` (
  `image_id` int NOT NULL COMMENT 'running number',
  `taken` datetime NOT NULL COMMENT 'when the shutter opened',
  `pixels` longblob NOT NULL COMMENT 'grey values, rows by columns',
  PRIMARY KEY (`image_id`)
) ENGINE=InnoDB COMMENT='images as they were taken';

CREATE TABLE IF NOT EXISTS `image`.`#filter` (
  `filter_name` varchar(24) NOT NULL,
  `width` decimal(4,1) NOT NULL COMMENT 'full width at half maximum, in pixels',
  PRIMARY KEY (`filter_name`)
) ENGINE=InnoDB COMMENT='filters that can be applied';

CREATE TABLE IF NOT EXISTS `image`.`__filtered_image` (
  `image_id` int NOT NULL COMMENT 'running number',
  `filter_name` varchar(24) NOT NULL,
  `filtered` longblob NOT NULL COMMENT 'grey values after the filter',
  PRIMARY KEY (`image_id`, `filter_name`),
  FOREIGN KEY (`image_id`) REFERENCES `image`.`image` (`image_id`) ON UPDATE CASCADE ON DELETE RESTRICT,
  FOREIGN KEY (`filter_name`) REFERENCES `image`.`#filter` (`filter_name`) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE=InnoDB COMMENT='images after a filter';
