//! The algebra on every server: the scenarios of datajoint's own rules, and a law that random queries obey.

#[path = "algebra/law.rs"]
mod law;
#[path = "algebra/naive.rs"]
mod naive;
#[path = "algebra/scenario.rs"]
mod scenario;
#[path = "algebra/world.rs"]
mod world;
