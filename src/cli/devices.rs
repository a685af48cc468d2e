//! `pipeline devices`: lists the devices that networks can be trained on.

use clap::Args;
use serde::Serialize;

use super::output::{print, print_json};
use crate::named::Named;
use crate::training::Device;

/// List the devices that networks can be trained on, and what is missing for the others
///
/// Example: pipeline devices
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Record {
    device: String,
    usable: bool,
    /// Names; the hardware that is used comes first.
    hardware: Vec<String>,
    /// Why the device cannot be used.
    missing: Option<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let devices = Device::NAMES.iter().map(|&(device, _)| Record::of(device));
    let devices: Vec<Record> = devices.collect();
    if arguments.json {
        return print_json(&serde_json::json!({ "devices": devices }));
    }
    let lines: Vec<String> = devices.iter().map(Record::line).collect();
    print(&lines.join("\n"))
}

impl Record {
    fn of(device: Device) -> Self {
        let hardware = device.hardware();
        Self {
            device: device.to_string(),
            usable: hardware.is_ok(),
            missing: hardware.as_ref().err().map(ToString::to_string),
            hardware: hardware.unwrap_or_default(),
        }
    }

    fn line(&self) -> String {
        let usable = if self.usable { "yes" } else { "no" };
        let what = match &self.missing {
            Some(missing) => missing.clone(),
            None => self.hardware.join("; "),
        };
        format!("{:8} {usable:3}  {what}", self.device)
    }
}
