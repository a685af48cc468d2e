//! A plan: the tasks of a study, each once, in the order in which they are done.

use std::collections::HashSet;

use super::task::Task;

/// Tasks, those of earlier stages first within what they are needed for.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan<T> {
    tasks: Vec<T>,
}

impl<T> Default for Plan<T> {
    fn default() -> Self {
        Self { tasks: Vec::new() }
    }
}

impl<T: Task> Plan<T> {
    /// A plan of `tasks` and of all that they need, each once.
    pub fn of(tasks: impl IntoIterator<Item = T>) -> Self {
        let (mut plan, mut known) = (Self::default(), HashSet::new());
        for task in tasks {
            plan.add(task, &mut known);
        }
        plan
    }

    fn add(&mut self, task: T, known: &mut HashSet<String>) {
        if known.insert(task.key()) {
            for needed in task.needs() {
                self.add(needed, known);
            }
            self.tasks.push(task);
        }
    }

    pub fn tasks(&self) -> &[T] {
        &self.tasks
    }

    /// The tasks of the stage with this index.
    pub fn stage(&self, stage: usize) -> impl Iterator<Item = &T> {
        let tasks = self.tasks.iter();
        tasks.filter(move |task| task.stage() == stage)
    }

    /// The tasks that are timed runs.
    pub fn runs(&self) -> impl Iterator<Item = &T> {
        let tasks = self.tasks.iter();
        tasks.filter(|task| T::STAGES[task.stage()].is_timed)
    }

    /// The part of the plan whose tasks satisfy `keep`.
    #[must_use]
    pub fn part(&self, keep: impl Fn(&T) -> bool) -> Self {
        let tasks = self.tasks.iter().filter(|task| keep(task));
        Self {
            tasks: tasks.cloned().collect(),
        }
    }

    /// The part of the plan with these keys.
    #[must_use]
    pub fn with_keys(&self, keys: &HashSet<String>) -> Self {
        self.part(|task| keys.contains(&task.key()))
    }

    /// The timed runs for which `open` is true, and what they need.
    #[must_use]
    pub fn only(&self, open: impl Fn(&T) -> bool) -> Self {
        let runs = self.runs().filter(|task| open(task));
        let needed: HashSet<String> = Self::of(runs.cloned())
            .tasks
            .iter()
            .map(Task::key)
            .collect();
        self.with_keys(&needed)
    }

    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Maximum number of threads of a task.
    pub fn most_threads(&self) -> u32 {
        self.tasks.iter().map(Task::threads).max().unwrap_or(1)
    }
}
