//! What did the hub of this process do? Every step is written down, for a judge, without holding up who takes them.
//!
//! The drive loop only puts a copy of a step into a queue. A thread of its own turns what is there into lines of JSON and writes them,
//! at once after a pause and at most every [`writer::PACE`] else: so much at most is lost by `kill -9`. A queue that is full drops steps
//! and says how many. What is written is in `netsession_fsm::recording`: inputs and outputs of the hub, which have no secrets, and the
//! names of configurations.

mod file;
mod writer;

use crate::client::StartError;
use netsession_fsm::hub::{Hub, Input, Output, Settings};
use netsession_fsm::recording::{FORMAT, Header, Named, Step};
use netsession_fsm::words::{ConfigurationId, ExecutorId};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::time::Instant;
use writer::Writer;

/// The environment variable that names the file.
const VARIABLE: &str = "NETSESSION_RECORD";

/// Where to it is recorded.
pub(crate) enum Target {
    Path(PathBuf),
    Writer(Box<dyn Write + Send>),
}

impl Target {
    pub(crate) fn path(path: PathBuf) -> Self {
        Self::Path(path)
    }

    pub(crate) fn writer(writer: impl Write + Send + 'static) -> Self {
        Self::Writer(Box::new(writer))
    }

    /// What the environment asks for.
    fn of_environment() -> Option<Self> {
        std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(|path| Self::Path(path.into()))
    }

    fn open(self) -> Result<Box<dyn Write + Send>, StartError> {
        match self {
            Self::Path(path) => match file::create(&path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(StartError::Record { path: path.display().to_string(), why: error.to_string() }),
            },
            Self::Writer(writer) => Ok(writer),
        }
    }
}

/// The side of the recorder that the drive loop has.
#[derive(Debug)]
pub(crate) struct Recorder {
    writer: Writer,
    begun: Instant,
    steps: u64,
}

impl Recorder {
    /// Begins to record, if it is asked for: by the program, else by the environment.
    pub(crate) fn start(
        target: Option<Target>,
        settings: Settings,
        executors: impl Iterator<Item = (ExecutorId, &'static str)>,
    ) -> Result<Option<Self>, StartError> {
        let Some(target) = target.or_else(Target::of_environment) else { return Ok(None) };
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let program = std::env::current_exe().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let header = Header {
            netsession_recording: FORMAT,
            program: format!("{} ({} {})", program.unwrap_or_default(), env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
            process: std::process::id(),
            started: u64::try_from(began.as_millis()).unwrap_or(u64::MAX),
            mutant: None,
            settings,
            executors: executors.map(|(id, name)| Named { id, name: name.to_owned() }).collect(),
        };
        let writer = Writer::start(target.open()?, header);
        let writer = writer.map_err(|error| StartError::Record { path: "a thread of its own".to_owned(), why: error.to_string() })?;
        Ok(Some(Self { writer, begun: Instant::now(), steps: 0 }))
    }

    /// The hub has taken a step. Copies it, and never waits.
    pub(crate) fn step(&mut self, input: &Input, outputs: &[Output], hub: &Hub, name: impl FnOnce(ConfigurationId) -> Option<Arc<str>>) {
        self.steps += 1;
        let at = u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let mut step = Step::of(hub, self.steps, at, input, outputs);
        if let Input::Define(definition) = input {
            step.name = name(definition.id()).map(|name| (*name).to_owned());
        }
        self.writer.put(step);
    }

    /// Everything was let go of in order. Dropped without this, the recording says that the hub was given up as it stood. Both wait until
    /// it is written, for [`writer::PATIENCE`] at most.
    pub(crate) fn end(self) {
        self.writer.end(true);
    }
}

#[cfg(test)]
mod tests;
