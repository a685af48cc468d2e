//! Settings as JSON, and the keys that are hashes of it.

use serde::Serialize;

use crate::files::sha256;

/// Hexadecimal digits of a key: 128 bits.
const KEY_DIGITS: usize = 32;

/// Hashes settings of a `kind` as JSON, whose fields are in the order of their definition and whose
/// numbers are the shortest that read back the same.
///
/// # Panics
/// When the settings have map keys that are not strings.
pub fn key(kind: &str, settings: &impl Serialize) -> String {
    let text = serde_json::to_string(settings).expect("settings have string keys only");
    let mut digest = sha256(format!("{kind} {text}").as_bytes());
    digest.truncate(KEY_DIGITS);
    digest
}

/// Settings as a value, for the headers of model files.
pub(super) fn json(settings: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(settings).expect("settings have string keys only")
}
