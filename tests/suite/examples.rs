//! The programs in `examples/`, which check what they print.

#[path = "../../examples/decide_under_uncertainty.rs"]
mod decide_under_uncertainty;
#[path = "../../examples/embed_in_milp.rs"]
mod embed_in_milp;
#[path = "../../examples/maximise_through_surrogate.rs"]
mod maximise_through_surrogate;
#[path = "../../examples/verify_image.rs"]
mod verify_image;

#[test]
fn every_example_runs() {
    decide_under_uncertainty::main().expect("decisions near the optimum");
    embed_in_milp::main().expect("an embedded network");
    maximise_through_surrogate::main().expect("an input and a bound");
    verify_image::main().expect("two verdicts");
}
