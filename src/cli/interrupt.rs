//! What interrupts the program. A hangup is left as it is, so that `nohup` protects from it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

use crate::solver::StopFlag;

const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];
/// Exit status after a second interrupt.
const INTERRUPTED: i32 = 130;

/// The first interrupt raises the flag, so that the command ends with a report; a second one ends the process.
pub fn stop_on_interrupt() -> anyhow::Result<StopFlag> {
    let stop = StopFlag::default();
    for signal in SIGNALS {
        // In this order: the flag is checked before it is raised.
        register_conditional_shutdown(signal, INTERRUPTED, stop.shared())
            .and_then(|_| register(signal, stop.shared()))
            .context("cannot listen for interrupts")?;
    }
    Ok(stop)
}

/// Ignores SIGINT and SIGTERM: the parent process handles them.
pub fn ignore_interrupts() -> anyhow::Result<()> {
    let unread = Arc::new(AtomicBool::new(false));
    for signal in SIGNALS {
        register(signal, Arc::clone(&unread)).context("cannot listen for interrupts")?;
    }
    Ok(())
}
