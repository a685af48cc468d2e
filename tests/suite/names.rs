//! Words mean the same on the command line, in files and in messages.

use pipeline::named::{Named, UnknownName};
use pipeline::{dataset, instance, pruning, search, training};

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
    check_names::<training::Device>();
    check_names::<training::DataOrder>();
    check_names::<instance::LabelSource>();
    check_names::<search::Strategy>();
    check_names::<search::Verdict>();
}

#[test]
fn an_unknown_name_is_told_what_was_expected() {
    let error = "mag".parse::<pruning::Method>().unwrap_err();
    let message = r#"unknown pruning method "mag", expected magnitude or random"#;
    assert_eq!(error.to_string(), message);
}
