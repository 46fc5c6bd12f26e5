//! The settings that datajoint knows, and the variables that win over them. Only what is written wrong is looked up here.

use crate::ir::Generation;

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Boolean,
    /// `true`, `false`, or a map with paths of certificates.
    Tls,
    /// Any JSON; what is inside belongs to others.
    Any,
}

impl Kind {
    /// Returns the words of a message.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Kind::Text => "a text",
            Kind::Number => "a whole number",
            Kind::Boolean => "true or false",
            Kind::Tls => "true, false, null, or a map with `ca`, `cert` and `key`",
            Kind::Any => "a value",
        }
    }
}

/// Returns the keys of a generation with what they hold. Below `stores` and `custom` everything is allowed.
pub(super) fn keys(generation: Generation) -> &'static [(&'static str, Kind)] {
    match generation {
        Generation::Classic => CLASSIC,
        Generation::Modern => MODERN,
    }
}

/// Returns the variables of a generation with the key that each of them sets.
pub(super) fn variables(generation: Generation) -> &'static [(&'static str, &'static str)] {
    match generation {
        Generation::Classic => CLASSIC_VARIABLES,
        Generation::Modern => MODERN_VARIABLES,
    }
}

const CLASSIC: &[(&str, Kind)] = &[
    ("database.host", Kind::Text),
    ("database.user", Kind::Text),
    ("database.password", Kind::Text),
    ("database.port", Kind::Number),
    ("database.reconnect", Kind::Boolean),
    ("database.use_tls", Kind::Tls),
    ("connection.init_function", Kind::Text),
    ("connection.charset", Kind::Text),
    ("loglevel", Kind::Text),
    ("safemode", Kind::Boolean),
    ("fetch_format", Kind::Text),
    ("display.limit", Kind::Number),
    ("display.width", Kind::Number),
    ("display.show_tuple_count", Kind::Boolean),
    ("enable_python_native_blobs", Kind::Boolean),
    ("enable_python_pickle_blobs", Kind::Boolean),
    ("add_hidden_timestamp", Kind::Boolean),
    ("filepath_checksum_size_limit", Kind::Number),
    ("filepath_checksum_size_limit_insert", Kind::Number),
    ("query_cache", Kind::Text),
    ("cache", Kind::Text),
    ("external.aws_access_key_id", Kind::Text),
    ("external.aws_secret_access_key", Kind::Text),
    ("stores", Kind::Any),
    ("custom", Kind::Any),
];

const MODERN: &[(&str, Kind)] = &[
    ("database.host", Kind::Text),
    ("database.user", Kind::Text),
    ("database.password", Kind::Text),
    ("database.backend", Kind::Text),
    ("database.port", Kind::Number),
    ("database.name", Kind::Text),
    ("database.reconnect", Kind::Boolean),
    ("database.use_tls", Kind::Tls),
    ("database.database_prefix", Kind::Text),
    ("database.create_tables", Kind::Boolean),
    // djc's own: the file, where the backend is sqlite.
    ("database.path", Kind::Text),
    ("connection.charset", Kind::Text),
    ("display.limit", Kind::Number),
    ("display.width", Kind::Number),
    ("display.show_tuple_count", Kind::Boolean),
    ("display.diagram_direction", Kind::Text),
    ("display.diagram_theme", Kind::Text),
    ("jobs.auto_refresh", Kind::Boolean),
    ("jobs.keep_completed", Kind::Boolean),
    ("jobs.stale_timeout", Kind::Number),
    ("jobs.default_priority", Kind::Number),
    ("jobs.version_method", Kind::Text),
    ("jobs.allow_new_pk_fields_in_computed_tables", Kind::Boolean),
    ("jobs.add_job_metadata", Kind::Boolean),
    ("provenance.capture", Kind::Boolean),
    ("provenance.source", Kind::Any),
    ("stores", Kind::Any),
    ("loglevel", Kind::Text),
    ("safemode", Kind::Boolean),
    ("ignore_config_file", Kind::Boolean),
    ("query_cache", Kind::Text),
    ("download_path", Kind::Text),
    ("custom", Kind::Any),
];

const CLASSIC_VARIABLES: &[(&str, &str)] = &[
    ("DJ_HOST", "database.host"),
    ("DJ_USER", "database.user"),
    ("DJ_PASS", "database.password"),
    ("DJ_AWS_ACCESS_KEY_ID", "external.aws_access_key_id"),
    ("DJ_AWS_SECRET_ACCESS_KEY", "external.aws_secret_access_key"),
    ("DJ_LOG_LEVEL", "loglevel"),
];

const MODERN_VARIABLES: &[(&str, &str)] = &[
    ("DJ_HOST", "database.host"),
    ("DJ_USER", "database.user"),
    ("DJ_PASS", "database.password"),
    ("DJ_BACKEND", "database.backend"),
    ("DJ_PORT", "database.port"),
    ("DJ_DATABASE_NAME", "database.name"),
    ("DJ_DATABASE_PREFIX", "database.database_prefix"),
    ("DJ_CREATE_TABLES", "database.create_tables"),
    ("DJ_USE_TLS", "database.use_tls"),
    ("DJ_LOG_LEVEL", "loglevel"),
    ("DJ_DIAGRAM_DIRECTION", "display.diagram_direction"),
    ("DJ_DIAGRAM_THEME", "display.diagram_theme"),
    ("DJ_IGNORE_CONFIG_FILE", "ignore_config_file"),
    ("DJ_STORES", "stores"),
    ("DJ_JOBS_AUTO_REFRESH", "jobs.auto_refresh"),
    ("DJ_JOBS_KEEP_COMPLETED", "jobs.keep_completed"),
    ("DJ_JOBS_STALE_TIMEOUT", "jobs.stale_timeout"),
    ("DJ_JOBS_DEFAULT_PRIORITY", "jobs.default_priority"),
    ("DJ_JOBS_VERSION_METHOD", "jobs.version_method"),
    ("DJ_JOBS_ALLOW_NEW_PK_FIELDS_IN_COMPUTED_TABLES", "jobs.allow_new_pk_fields_in_computed_tables"),
    ("DJ_JOBS_ADD_JOB_METADATA", "jobs.add_job_metadata"),
    ("DJ_PROVENANCE_CAPTURE", "provenance.capture"),
    ("DJ_PROVENANCE_SOURCE", "provenance.source"),
];
