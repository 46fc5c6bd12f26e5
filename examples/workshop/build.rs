//! Makes Rust of the pipeline before this crate is compiled.

fn main() {
    djc::build::Config::new().project("../../pipelines/workshop").field_type("workshop.MyParams.params", "crate::Params").compile();
}
