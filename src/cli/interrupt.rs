//! Interrupts: SIGINT and SIGTERM. SIGHUP is not handled, so that `nohup` works.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_default, register_conditional_shutdown};
use signal_hook::low_level::emulate_default_handler;

use crate::limits::StopFlag;

const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];
/// Exit status after a second interrupt.
const INTERRUPTED: i32 = 130;

/// The first interrupt raises the flag, so that the command ends with a report; a second one ends the process.
pub fn stop_on_interrupt() -> anyhow::Result<StopFlag> {
    let stop = StopFlag::default();
    FLAGGED.store(true, Ordering::Relaxed);
    ends_at_once().store(false, Ordering::Relaxed);
    for signal in SIGNALS {
        // In this order: the flag is checked before it is raised.
        register_conditional_shutdown(signal, INTERRUPTED, stop.shared())
            .and_then(|_| register(signal, stop.shared()))
            .context("cannot listen for interrupts")?;
    }
    Ok(stop)
}

/// Whether interrupts are handled from now on, instead of ending the process.
static FLAGGED: AtomicBool = AtomicBool::new(false);

/// Whether an interrupt ends the process at once, where [`uninterrupted`] listens for it.
fn ends_at_once() -> &'static Arc<AtomicBool> {
    static ENDS: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    ENDS.get_or_init(Arc::default)
}

/// Runs `work` to completion, which takes less than half a second and would leave temporary data behind if cut short:
/// an interrupt meanwhile ends the process afterwards.
pub fn uninterrupted<T>(work: impl FnOnce() -> T) -> anyhow::Result<T> {
    let raised = Arc::new(AtomicBool::new(false));
    for signal in SIGNALS {
        register_conditional_default(signal, Arc::clone(ends_at_once()))
            .and_then(|_| register(signal, Arc::clone(&raised)))
            .context("cannot listen for interrupts")?;
    }
    ends_at_once().store(false, Ordering::Relaxed);
    let done = work();
    if !FLAGGED.load(Ordering::Relaxed) {
        ends_at_once().store(true, Ordering::Relaxed);
        if raised.load(Ordering::Relaxed) {
            emulate_default_handler(SIGINT).context("cannot end after an interrupt")?;
        }
    }
    Ok(done)
}

/// Ignores SIGINT and SIGTERM: the parent process handles them.
pub fn ignore_interrupts() -> anyhow::Result<()> {
    let unread = Arc::new(AtomicBool::new(false));
    FLAGGED.store(true, Ordering::Relaxed);
    for signal in SIGNALS {
        register(signal, Arc::clone(&unread)).context("cannot listen for interrupts")?;
    }
    Ok(())
}
