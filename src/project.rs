//! Reading a project.
