//! The bridge to HiGHS's C callbacks: all `unsafe` code of the program is in this file.
//!
//! The callback only copies HiGHS's data into a channel, hands HiGHS a user solution if one is ready and
//! reads a flag; no foreign code runs inside a C frame.

use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use highs::{Model, SolvedModel};
use highs_sys::{
    Highs_setCallback, Highs_setCallbackSolution, Highs_startCallback, Highs_zeroAllClocks,
    HighsCallbackDataIn, HighsCallbackDataOut, HighsInt, kHighsCallbackCallbackMipUserSolution,
    kHighsCallbackIpmInterrupt, kHighsCallbackMipInterrupt, kHighsCallbackMipSolution,
    kHighsCallbackSimplexInterrupt, kHighsStatusOk,
};

use super::objective::Objective;
use super::{Event, Progress, Solution, SolverError, UserSolutions};
use crate::limits::StopFlag;

/// Progress is reported at most this often; solutions always.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// What the callback uses while HiGHS runs.
pub(super) struct Bridge {
    events: Sender<Event>,
    stop: StopFlag,
    user_solutions: UserSolutions,
    pub(super) objective: Objective,
    /// Time and dual bound of the last progress sent.
    last_progress: Mutex<Option<(Instant, f64)>>,
}

impl Bridge {
    pub(super) fn new(
        events: Sender<Event>,
        stop: StopFlag,
        user_solutions: UserSolutions,
        objective: Objective,
    ) -> Self {
        Self {
            events,
            stop,
            user_solutions,
            objective,
            last_progress: Mutex::new(None),
        }
    }

    pub(super) fn solution(&self, objective: f64, columns: &[f64]) {
        self.send(Event::Solution(Solution {
            objective: self.objective.value(objective),
            columns: columns.to_vec(),
        }));
    }

    /// Reports the bound of a problem without integers.
    pub(super) fn proved(&self, dual_bound: f64) {
        self.send(Event::Progress(Progress {
            primal_bound: self.objective.none(),
            dual_bound,
            nodes: 0,
        }));
    }

    /// Reports a new dual bound at once, and everything else at intervals.
    fn progress(&self, data: &HighsCallbackDataOut) {
        let now = Instant::now();
        let Ok(mut last) = self.last_progress.lock() else {
            return;
        };
        let due = last.is_none_or(|(time, bound)| {
            let elapsed = now.duration_since(time);
            bound != data.mip_dual_bound || elapsed >= PROGRESS_INTERVAL
        });
        if due {
            *last = Some((now, data.mip_dual_bound));
            self.send(Event::Progress(Progress {
                primal_bound: self.objective.best(data.mip_primal_bound),
                dual_bound: self.objective.bound(data.mip_dual_bound),
                nodes: data.mip_node_count,
            }));
        }
    }

    /// Sends an event; stops the solve if the receiver is gone.
    fn send(&self, event: Event) {
        if self.events.send(event).is_err() {
            self.stop.raise();
        }
    }
}

/// Solves `model`, with HiGHS's callbacks going to `bridge`.
pub(super) fn solve_watched(mut model: Model, bridge: &Bridge) -> Result<SolvedModel, SolverError> {
    let highs = model.as_mut_ptr();
    let data = std::ptr::from_ref(bridge).cast_mut().cast::<c_void>();
    let kinds = [
        kHighsCallbackMipSolution,
        kHighsCallbackMipInterrupt,
        kHighsCallbackSimplexInterrupt,
        kHighsCallbackIpmInterrupt,
        kHighsCallbackCallbackMipUserSolution,
    ];
    // SAFETY: `highs` is the live object owned by `model`; `trampoline` has the type HiGHS
    // asks for; `data` points to the bridge, borrowed for this whole call, and HiGHS calls back
    // only while it runs, which is within this function: the callback is cleared at its end.
    let mut statuses = vec![unsafe { Highs_setCallback(highs, Some(trampoline), data) }];
    for kind in kinds {
        // SAFETY: `highs` is live as above, and its callback is set.
        statuses.push(unsafe { Highs_startCallback(highs, kind) });
    }
    if statuses.iter().any(|&status| status != kHighsStatusOk) {
        return Err(SolverError::Failed(String::from("callbacks were refused")));
    }
    let solved = model.try_solve();
    let mut solved = solved.map_err(|status| SolverError::Failed(format!("{status:?}")))?;
    // SAFETY: the live object owned by `solved`, which is not running; no callback needs no data.
    unsafe { Highs_setCallback(solved.as_mut_ptr(), None, std::ptr::null_mut()) };
    Ok(solved)
}

/// Restarts HiGHS's clock at zero.
pub(super) fn restart_clock(model: &mut Model) {
    // SAFETY: the live object owned by `model`, which is not running.
    unsafe { Highs_zeroAllClocks(model.as_mut_ptr()) };
}

unsafe extern "C" fn trampoline(
    kind: c_int,
    _message: *const c_char,
    out: *const HighsCallbackDataOut,
    input: *mut HighsCallbackDataIn,
    bridge: *mut c_void,
) {
    // SAFETY: HiGHS hands back the pointer that `solve_watched` gave it, to a bridge that is
    // alive; it is only read, and it is `Sync`, so it does not matter on which threads.
    let bridge = unsafe { &*bridge.cast::<Bridge>() };
    // SAFETY: HiGHS passes valid structs, or null where a kind has none, for this call.
    let (out, mut input) = unsafe { (out.as_ref(), input.as_mut()) };
    let copied = catch_unwind(AssertUnwindSafe(|| {
        let Some(out) = out else { return };
        if kind == kHighsCallbackMipSolution && !out.mip_solution.is_null() {
            let length = usize::try_from(out.mip_solution_size).unwrap_or(0);
            // SAFETY: `mip_solution` points to `mip_solution_size` numbers during this call.
            let columns = unsafe { std::slice::from_raw_parts(out.mip_solution, length) };
            bridge.solution(out.objective_function_value, columns);
        } else if kind == kHighsCallbackMipInterrupt {
            bridge.progress(out);
        } else if kind == kHighsCallbackCallbackMipUserSolution
            && let Some(input) = &mut input
            && let Some(columns) = bridge.user_solutions.take()
        {
            let length = HighsInt::try_from(columns.len()).unwrap_or(0);
            let input: &mut HighsCallbackDataIn = input;
            // SAFETY: `input` is the struct that HiGHS passed for this call; HiGHS copies the numbers, no more of them
            // than it has columns.
            let status = unsafe { Highs_setCallbackSolution(input, length, columns.as_ptr()) };
            // HiGHS reads this field, but `Highs_setCallbackSolution` does not set it.
            input.user_has_solution = HighsInt::from(status == kHighsStatusOk);
        }
    }));
    if copied.is_err() {
        bridge.stop.raise();
    }
    if let Some(input) = input
        && bridge.stop.is_raised()
    {
        input.user_interrupt = 1;
    }
}
