//! Names are the same on the command line, in files and in messages.

use pipeline::named::{Named, UnknownName};
use pipeline::{
    bounds, dataset, experiment, instance, linked, milp, pruning, regularisers, search, stochastic,
    training,
};

use crate::layers::{root, sources};

fn check_names<T>()
where
    T: Named + std::fmt::Debug + std::fmt::Display + std::str::FromStr<Err = UnknownName>,
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    for &(value, name) in T::NAMES {
        assert_eq!(value.to_string(), name);
        assert_eq!(name.parse::<T>(), Ok(value));
        let json = serde_json::to_value(value).unwrap();
        assert_eq!(json, name);
        assert_eq!(serde_json::from_value::<T>(json).unwrap(), value);
    }
    assert!("no such name".parse::<T>().is_err());
    assert!(serde_json::from_str::<T>(r#""no such name""#).is_err());
}

#[test]
fn names_are_the_same_on_the_command_line_and_in_files() {
    check_names::<pruning::Method>();
    check_names::<pruning::Granularity>();
    check_names::<pruning::Scope>();
    check_names::<pruning::OutputRows>();
    check_names::<dataset::DatasetName>();
    check_names::<dataset::SplitName>();
    check_names::<training::Device>();
    check_names::<training::DataOrder>();
    check_names::<instance::LabelSource>();
    check_names::<instance::Distance>();
    check_names::<milp::Sense>();
    check_names::<bounds::BoundKind>();
    check_names::<regularisers::RegulariserKind>();
    check_names::<stochastic::TwoStageName>();
    check_names::<search::Strategy>();
    check_names::<search::Verdict>();
    check_names::<linked::Way>();
    check_names::<linked::Status>();
    check_names::<experiment::Application>();
    check_names::<experiment::Preset>();
}

/// No enum with names is forgotten above.
#[test]
fn all_enums_with_names_are_checked() {
    let own = include_str!("names.rs");
    let mut missing = Vec::new();
    for file in sources(&root().join("src")) {
        let code = std::fs::read_to_string(&file).expect("a source file");
        for after in code.split("impl Named for ").skip(1) {
            let name: String = after.chars().take_while(|c| c.is_alphanumeric()).collect();
            if !own.contains(&format!("::{name}>()")) && !PRIVATE.contains(&&name[..]) {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// Those of the command line, which no other test can name.
const PRIVATE: [&str; 1] = ["RegionKind"];

#[test]
fn an_error_about_an_unknown_name_lists_the_expected_ones() {
    let error = "mag".parse::<pruning::Method>().unwrap_err();
    let message = r#"unknown pruning method "mag", expected magnitude or random"#;
    assert_eq!(error.to_string(), message);
}
