//! What a program connects with: settings, sessions, transactions, and a database that is held against its code.

#[path = "connection/drift.rs"]
mod drift;
#[path = "connection/lab.rs"]
mod lab;
#[path = "connection/session.rs"]
mod session;
#[path = "connection/settings.rs"]
mod settings;
