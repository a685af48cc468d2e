//! Keys: hashes of complete settings.

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
