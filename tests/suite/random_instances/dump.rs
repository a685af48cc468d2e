//! One instance as files, for inspection with other tools.

use std::fs;
use std::path::Path;

use pipeline::formats::{ModelFile, write_model};
use pipeline::instance::Ball;
use serde_json::json;

use super::case::{Case, compared, number};
use crate::support::groups;

/// Writes the network as `INDEX.safetensors` and the question, with its optimum if it is known, as `INDEX.json`.
pub fn dump(case: &Case, folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    let model = ModelFile {
        network: case.network.clone(),
        metadata: None,
    };
    let name = folder.join(format!("{}.safetensors", case.index));
    write_model(&name, &model).expect("a written model");
    let region = case.instance.region();
    let classes = compared(&case.instance).map(|(target, label)| (label, target));
    let optimum = case.optimum(1);
    let at = optimum
        .as_ref()
        .map(|o| o.at.iter().map(number).collect::<Vec<_>>());
    let question = json!({
        "family": format!("{:?}", case.family),
        "sizes": case.network.sizes(),
        "unstable": case.unstable,
        "lower": region.lower(),
        "upper": region.upper(),
        "centre": region.ball().map(Ball::centre),
        "radius": region.ball().map(Ball::radius),
        "groups": region.ball().map(groups),
        "rows": region.rows().iter().map(|row| json!([row.inputs, row.constant])).collect::<Vec<_>>(),
        "label and target": classes,
        "optimum": optimum.as_ref().map(|optimum| number(&optimum.value)),
        "at": at,
        "repeat": format!("scripts/random-instances.sh 1 {}", case.index),
        // The program only accepts balls around images of data sets.
        "command": classes.is_none().then(|| {
            format!("pipeline solve maximize --network {}.safetensors", case.index)
        }),
    });
    let text = serde_json::to_string_pretty(&question).expect("JSON");
    fs::write(folder.join(format!("{}.json", case.index)), text).expect("a written file");
}
