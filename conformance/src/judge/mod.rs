//! Did the hub do in a run of this process what the machine says? Recorded in memory, judged by the model.

use netsession_backends::client::Tap;
use netsession_fsm::hub::{Input, Output, Settings};
use netsession_model::judge::Judge;
pub use netsession_model::judge::{Fault, judge};
use std::sync::{Arc, Mutex, PoisonError};

/// One input and the batch of outputs that answered it.
pub type Step = (Input, Vec<Output>);

/// Records every step of a hub.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    steps: Vec<Step>,
    ended: bool,
}

/// Dropped with the tap, when the drive loop ends.
struct End(Recorder);

impl Drop for End {
    fn drop(&mut self) {
        self.0.locked(|recorded| recorded.ended = true);
    }
}

impl Recorder {
    /// What [`netsession_backends::client::Builder::tap`] takes; one, once.
    #[must_use]
    pub fn tap(&self) -> Tap {
        let end = End(self.clone());
        Box::new(move |input, outputs| end.0.locked(|recorded| recorded.steps.push((input.clone(), outputs.to_vec()))))
    }

    /// What was recorded so far.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.locked(|recorded| recorded.steps.clone())
    }

    /// Whether the drive loop has ended, and with it the trace.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.locked(|recorded| recorded.ended)
    }

    /// Judges what was recorded from start to end; gives how many steps that were.
    ///
    /// # Errors
    /// [`Fault`], also if the drive loop has not ended.
    pub fn judge(&self, settings: Settings) -> Result<usize, Fault> {
        let (steps, ended) = self.locked(|recorded| (recorded.steps.clone(), recorded.ended));
        if !ended {
            return Err(Fault::Truncated("the drive loop has not ended".into()));
        }
        judge(settings, &steps)
    }

    /// A judge that goes along with the run.
    #[must_use]
    pub fn along(&self, settings: Settings) -> Along {
        Along { recorder: self.clone(), judge: Judge::new(settings), judged: 0 }
    }

    fn locked<T>(&self, with: impl FnOnce(&mut Recorded) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Judges steps while the run goes on.
#[derive(Debug)]
pub struct Along {
    recorder: Recorder,
    judge: Judge,
    judged: usize,
}

impl Along {
    /// Judges what was recorded since the last time; gives how many steps there were until now.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn go(&mut self) -> Result<usize, Fault> {
        let Self { recorder, judge, judged } = self;
        recorder.locked(|recorded| {
            for (input, run) in &recorded.steps[*judged..] {
                *judged += 1;
                judge.step(*judged as u64, input, run)?;
            }
            Ok(*judged)
        })
    }
}

#[cfg(test)]
mod tests;
